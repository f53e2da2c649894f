"""A flow as the engine sees it: named steps, read from one TOML file and checked for form."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.errors import ContentError
from bot.model import CLASSES, PURPOSES, RANKS, WEEKDAYS

KINDS = ("opvoeding", "communicatie", "vrijwilligerswerk", "thuis-leren", "besluitvorming", "buurt", "huis")
PHASES = ("voor", "hoofd", "na")
TYPES = ("choice", "text", "number", "time", "weekday", "date", "yesno", "phone")
_SPAN = re.compile(r"(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


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
class Rule:
    """One line of `next`: where all of `conditions` hold, go to `go`. A condition is (answer, test, value)."""

    go: str
    conditions: tuple[tuple[str, str, str], ...] = ()


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
    language: str = ""  # a flow that replaces another in one language
    source: str = field(default="", repr=False, compare=False)

    @property
    def first(self) -> Step:
        return next(iter(self.steps.values()))

    def texts(self) -> "set[str]":
        """The text keys that a parent can meet in this flow, without labels."""
        found: set[str] = set()
        for step in self.steps.values():
            found |= {
                step.say,
                step.ask,
                step.remind.say if step.remind else "",
                step.handoff.say if step.handoff else "",
            }
            found |= {step.timeout.say if step.timeout else "", step.retry.say if step.ask else ""}
        return found - {""}

    def labels(self) -> "set[str]":
        """The text keys of all options, but for days, yes and no, which have names of their own."""
        asked = (step for step in self.steps.values() if step.type == "choice")
        return {f"{step.ask}.{option}" for step in asked for option in step.options}


def span(text: str) -> timedelta:
    """`90m`, `24h`, `7d`, `2w` as a timedelta; raises ValueError on anything else."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no length of time; write 90m, 24h, 7d or 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def load(path: Path) -> Flow:
    """Read a flow file. Raises ContentError that names the file, the step and the key."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(source: str, file: str) -> Flow:
    """Read a flow from TOML. Raises ContentError that names the file, the step and the key."""
    try:
        raw = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{file}: {error}") from None
    try:
        return _flow(raw, source, file)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ContentError(f"{file}: {what}") from None


def _flow(raw: dict[str, Any], source: str, file: str) -> Flow:
    known = {"flow", "kind", "phase", "rank", "class", "purpose", "cell", "start", "expires", "on_edit", "menu", "step"}
    _refuse_unknown(raw, known, "the flow")
    if raw.get("cell") == 12:
        raise ValueError("cell 12 stays empty: a school does not decide at home")
    steps = {name: _step(name, body) for name, body in raw["step"].items()}
    names = list(steps)
    start = raw.get("start", {})
    _refuse_unknown(start, {"keyword", "journey"}, "start")
    stem = file.removesuffix(".toml").split(".")
    return Flow(
        name=raw["flow"],
        version=hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:16],
        kind=_one_of(raw["kind"], KINDS, "kind"),
        phase=_one_of(raw["phase"], PHASES, "phase"),
        rank=_one_of(raw["rank"], RANKS, "rank"),
        cls=_one_of(raw["class"], CLASSES, "class"),
        purpose=_one_of(raw["purpose"], PURPOSES, "purpose"),
        cell=int(raw.get("cell", 0)),
        keyword=start.get("keyword", ""),
        journey=start.get("journey", ""),
        menu=int(raw.get("menu", 0)),
        expires=span(raw.get("expires", "21d")),
        on_edit=_one_of(raw.get("on_edit", "finish-old"), ("finish-old", "stop"), "on_edit"),
        steps=steps,
        following=dict(pairwise(names)),
        language=stem[1] if len(stem) > 1 else "",
        source=source,
    )


def _step(name: str, body: dict[str, Any]) -> Step:
    known = {each.name for each in fields(Step)} - {"name", "given"} | {"with"}
    _refuse_unknown(body, known, f"step {name}")
    try:
        return Step(
            name=name,
            say=body.get("say", ""),
            ask=body.get("ask", ""),
            type=_one_of(body.get("type", "choice"), TYPES, "type"),
            options=_options(body),
            options_from=body.get("options_from", ""),
            save=body.get("save", ""),
            range=_range(body),
            retry=Retry(**body.get("retry", {})),
            timeout=_timeout(body.get("timeout")),
            wait=span(body["wait"]) if "wait" in body else None,
            next=_rules(body.get("next", ())),
            do=body.get("do", ""),
            given=tuple(body.get("with", {}).items()),
            remind=_remind(body.get("remind")),
            handoff=Handoff(**body["handoff"]) if "handoff" in body else None,
            start=body.get("start", ""),
            end=body.get("end", ""),
            was=tuple((old, new) for new, olds in body.get("was", {}).items() for old in olds),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"step {name}: {error}") from None


def _options(body: dict[str, Any]) -> tuple[str, ...]:
    if body.get("type") == "yesno":
        return ("ja", "nee")
    if body.get("type") == "weekday":
        return tuple(body.get("options", WEEKDAYS))
    return tuple(body.get("options", ()))


def _range(body: dict[str, Any]) -> tuple[str, str] | None:
    if "range" not in body:
        return None
    low, high = body["range"]
    return str(low), str(high)


def _timeout(body: dict[str, str] | None) -> Timeout | None:
    if body is None:
        return None
    _refuse_unknown(body, {"after", "say", "then"}, "timeout")
    return Timeout(after=span(body["after"]), then=body["then"], say=body.get("say", ""))


def _remind(body: dict[str, Any] | None) -> Remind | None:
    if body is None:
        return None
    return Remind(**{**body, "skip": tuple(body.get("skip", ())), "fade": tuple(body.get("fade", ()))})


def _rules(body: Any) -> tuple[Rule, ...]:
    """`next` in its three forms: a step's name, {option or result = step, else = step}, [{if, go}, ...]."""
    if isinstance(body, str):
        return (Rule(body),)
    if isinstance(body, dict):
        rules = [Rule(go, (("", "is", value),)) for value, go in body.items() if value != "else"]
        return (*rules, *([Rule(body["else"])] if "else" in body else []))
    return tuple(Rule(line["go"], tuple(_conditions(line.get("if", {})))) for line in body)


def _conditions(tests: dict[str, Any]) -> "list[tuple[str, str, str]]":
    found = []
    for answer, test in tests.items():
        for name, value in (test if isinstance(test, dict) else {"is": test}).items():
            found.append((answer, _one_of(name, ("is", "min", "max"), f"if {answer}"), str(value)))
    return found


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> str:
    if value not in allowed:
        raise ValueError(f"{what} = {value!r}; it must be one of {', '.join(allowed)}")
    return value


def _refuse_unknown(body: Mapping[str, Any], known: "set[str]", where: str) -> None:
    for key in body:
        if key not in known:
            raise ValueError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")
