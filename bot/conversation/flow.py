"""A flow as the engine sees it: named steps, read from one TOML file and checked for form."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.conversation.rules import Rule, rules
from bot.conversation.shape import Table, read
from bot.errors import ContentError
from bot.model import CLASSES, PURPOSES, RANKS, WEEKDAYS

KINDS = ("opvoeding", "communicatie", "vrijwilligerswerk", "thuis-leren", "besluitvorming", "buurt", "huis")
PHASES = ("voor", "hoofd", "na")
TYPES = ("choice", "text", "number", "time", "weekday", "date", "yesno", "phone")


@dataclass(frozen=True, slots=True)
class Retry:
    """Asked again `max` times; the miss after that goes to `then` ("" = a person)."""

    say: str = "algemeen.kies"
    max: int = 2
    then: str = ""


@dataclass(frozen=True, slots=True)
class Timeout:
    """No answer `after` so long: one nudge (`say`) and as long again, then `then`; without `say`, `then` at once."""

    after: timedelta
    then: str
    say: str = ""


@dataclass(frozen=True, slots=True)
class Remind:
    """The parent's own weekly plan; `on` and `at` are a value or a field in braces."""

    id: str
    say: str
    on: str
    at: str
    every: str = "week"
    skip: tuple[str, ...] = ()
    fade: tuple[int, ...] = ()
    until: str = "einde-schooljaar"


@dataclass(frozen=True, slots=True)
class Free:
    """Words that are none of the options are no miss: they become the answer `save`, and the step `go` reads them."""

    save: str
    go: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """To a person: `to` names the role, `say` what the parent reads. Ends the run."""

    to: str
    say: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Its verbs in their order: wait, say, remind, do, ask; then start, handoff, end or next."""

    name: str
    say: str = ""
    ask: str = ""
    type: str = "choice"
    options: tuple[str, ...] = ()
    options_from: str = ""
    save: str = ""
    range: tuple[str, str] | None = None
    retry: Retry = field(default_factory=Retry)
    free: Free | None = None
    timeout: Timeout | None = None
    wait: timedelta | None = None
    next: tuple[Rule, ...] = ()
    do: str = ""
    given: tuple[tuple[str, str], ...] = ()  # arguments of `do`: (name, value or {answer})
    remind: Remind | None = None
    handoff: Handoff | None = None
    start: str = ""  # another flow, or an answer in braces; ends this run
    end: str = ""
    was: tuple[tuple[str, str], ...] = ()  # renamed options: (old id, new id)


@dataclass(frozen=True, slots=True)
class Flow:
    """One conversation. `version` is the hash of its content: a running conversation ends on the one it began with."""

    name: str
    version: str
    kind: str
    phase: str
    rank: str
    cls: str
    purpose: str
    cell: int
    keyword: str
    journey: str
    menu: int  # its place in the menu; 0 = not there
    expires: timedelta
    on_edit: str
    steps: Mapping[str, Step]
    following: Mapping[str, str]  # the step after each, in the file's order
    hard: bool = False  # something that is hard to read: never what a family hears first
    language: str = ""  # a flow that replaces another in one language
    source: str = field(default="", repr=False, compare=False)

    @property
    def first(self) -> Step:
        return next(iter(self.steps.values()))

    def texts(self) -> "set[str]":
        """The text keys that a parent can meet in this flow, without labels."""
        found: set[str] = set()
        for step in self.steps.values():
            found |= {step.say, step.ask, step.remind.say if step.remind else ""}
            found |= {step.handoff.say if step.handoff else ""}
            found |= {step.timeout.say if step.timeout else "", step.retry.say if step.ask else ""}
        return found - {""}

    def labels(self) -> "set[str]":
        """The text keys of all options, but for days, yes and no, which have names of their own."""
        asked = (step for step in self.steps.values() if step.type in ("choice", "text"))
        return {f"{step.ask}.{option}" for step in asked for option in step.options}


def load(path: Path) -> Flow:
    """Read a flow file. Raises ContentError that names the file, the step and the key."""
    return read(path, parse)


def parse(source: str, file: str) -> Flow:
    """Read a flow from TOML. Raises ContentError that names the file, the step and the key."""
    try:
        return _flow(tomllib.loads(source), source, file)
    except ValueError as error:  # also what tomllib raises
        raise ContentError(f"{file}: {error}") from None


def _flow(raw: dict[str, Any], source: str, file: str) -> Flow:
    table = Table(raw, "", _FLOW)
    if raw.get("cell") == 12:
        raise ValueError("cell 12 stays empty: a school does not decide at home")
    begins = table.table("start", ("keyword", "journey"))
    bodies = raw.get("step")
    if not isinstance(bodies, dict) or not bodies:
        raise ValueError("there is no step; write [step.<name>]")
    steps = {name: _step(name, body) for name, body in bodies.items()}
    stem = file.removesuffix(".toml").split(".")
    return Flow(
        name=table.text("flow"),
        version=hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:16],
        kind=table.one_of("kind", KINDS),
        phase=table.one_of("phase", PHASES),
        rank=table.one_of("rank", RANKS),
        cls=table.one_of("class", CLASSES),
        purpose=table.one_of("purpose", PURPOSES),
        cell=table.number("cell", 0),
        keyword=begins.text("keyword", ""),
        journey=begins.text("journey", ""),
        menu=table.number("menu", 0),
        expires=table.span("expires", "21d"),
        on_edit=table.one_of("on_edit", ("finish-old", "stop"), "finish-old"),
        steps=steps,
        following=dict(pairwise(steps)),
        hard=table.flag("hard"),
        language=stem[1] if len(stem) > 1 else "",
        source=source,
    )


def _step(name: str, body: Any) -> Step:
    table = Table(body, f"step {name}", _STEP)
    return Step(
        name=name,
        say=table.text("say", ""),
        ask=table.text("ask", ""),
        type=table.one_of("type", TYPES, "choice"),
        options=_options(table),
        options_from=table.text("options_from", ""),
        save=table.text("save", ""),
        range=_range(table),
        retry=_retry(table.table("retry", _names(Retry))),
        free=_free(table),
        timeout=_timeout(table.table("timeout", _names(Timeout))),
        wait=table.span("wait") if "wait" in table else None,
        next=rules(table),
        do=table.text("do", ""),
        given=_given(table),
        remind=_remind(table.table("remind", _names(Remind))),
        handoff=_handoff(table.table("handoff", _names(Handoff))),
        start=table.text("start", ""),
        end=table.text("end", ""),
        was=_was(table),
    )


def _options(table: Table) -> tuple[str, ...]:
    if table.raw.get("type") == "yesno":
        return ("ja", "nee")
    return table.texts("options", WEEKDAYS if table.raw.get("type") == "weekday" else ())


def _range(table: Table) -> tuple[str, str] | None:
    match table.raw.get("range"):
        case None:
            return None
        case [int() | str() as low, int() | str() as high]:
            return str(low), str(high)
    raise table.wrong("range", "two values: [lowest, highest]")


def _retry(table: Table) -> Retry:
    house = Retry()
    return Retry(table.text("say", house.say), table.number("max", house.max), table.text("then", house.then))


def _free(table: Table) -> Free | None:
    free = table.table("free", _names(Free))
    if not free.raw:
        return None
    if not table.raw.get("ask") or table.raw.get("type", "choice") != "choice":
        raise table.wrong("free", "beside a question with options")
    return Free(free.text("save"), free.text("go"))


def _timeout(table: Table) -> Timeout | None:
    return Timeout(table.span("after"), table.text("then"), table.text("say", "")) if table.raw else None


def _handoff(table: Table) -> Handoff | None:
    return Handoff(table.text("to"), table.text("say")) if table.raw else None


def _remind(table: Table) -> Remind | None:
    if not table.raw:
        return None
    return Remind(
        **{name: table.text(name) for name in ("id", "say", "on", "at")},
        every=table.text("every", "week"),
        skip=table.texts("skip"),
        fade=table.numbers("fade"),
        until=table.text("until", "einde-schooljaar"),
    )


def _given(table: Table) -> tuple[tuple[str, str], ...]:
    given = table.table("with", table.raw.get("with", ()))
    return tuple((name, given.text(name)) for name in given.raw)


def _was(table: Table) -> tuple[tuple[str, str], ...]:
    renamed = table.table("was", table.raw.get("was", ()))
    return tuple((old, new) for new in renamed.raw for old in renamed.texts(new))


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


_FLOW = (
    "flow", "kind", "phase", "rank", "class", "purpose", "cell", "start", "expires", "on_edit", "menu", "hard", "step",
)  # fmt: skip
_STEP = (*(name for name in _names(Step) if name not in ("name", "given")), "with")
