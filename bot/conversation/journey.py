"""A journey: which flow begins when in a school year, read from one TOML file and checked for form."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from bot.conversation.shape import Table, read
from bot.errors import ContentError
from bot.model import WEEKDAYS

START, END, ENROLLED = "start", "einde", "inschrijving"
SKIPS = ("vakantie",)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,19}")  # it stands in the scope of what is laid
_LEVEL = re.compile(r"(?<!\d)[1-8](?!\d)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One flow at one moment of the year, once per family and school.

    The day: `week` N of the year counted from its first or back from its last school day (`since` start or einde), the
    `nth` weekday of a `month`, or so many `days` after a family has enrolled.
    """

    journey: str
    name: str
    flow: str
    at: time
    within: timedelta  # so long it may wait; then it is left out
    since: str = ""  # start einde inschrijving; "": a month
    week: int = 0
    days: int = 0
    month: int = 0
    nth: int = 0
    day: str = ""  # a weekday; "" only after enrolment
    groups: tuple[int, ...] = ()  # none: every group
    skip: tuple[str, ...] = ()
    unless: str = ""  # a plan, or a topic of which she told; whoever has it is passed over

    @property
    def id(self) -> str:
        return f"{self.journey}.{self.name}"


@dataclass(frozen=True, slots=True)
class Journey:
    """What a school does with every family, and when."""

    name: str
    entries: tuple[Entry, ...]


def levels(group: str) -> frozenset[int]:
    """The years of school in a group's name: `groep 8`, `8a` and `7/8` are or have an 8."""
    return frozenset(map(int, _LEVEL.findall(group)))


def read_folder(folder: Path) -> tuple[Journey, ...]:
    """All journeys of a folder; none where there is no such folder. Raises ContentError."""
    return tuple(load(path) for path in sorted(folder.glob("*.toml")))


def load(path: Path) -> Journey:
    """Read a journey's file. Raises ContentError that names the file, the entry and the key."""
    return read(path, parse)


def parse(source: str, file: str) -> Journey:
    """Read a journey from TOML. Raises ContentError that names the file, the entry and the key."""
    try:
        return _journey(tomllib.loads(source), file.removesuffix(".toml"))
    except ValueError as error:  # also what tomllib raises
        raise ContentError(f"{file}: {error}") from None


def _journey(raw: dict[str, Any], stem: str) -> Journey:
    table = Table(raw, "", ("journey", "entry"))
    name = table.text("journey")
    if name != stem:
        raise ValueError(f"journey = {name!r}; the file is called {stem}.toml: give both the same name")
    bodies = raw.get("entry")
    if not isinstance(bodies, dict) or not bodies:
        raise ValueError("there is no entry; write [entry.<name>]")
    return Journey(_named(name, "journey"), tuple(_entry(name, *each) for each in bodies.items()))


def _named(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{what} {name!r}: a name has at most 20 small letters, digits, - and _")
    return name


def _entry(journey: str, name: str, body: Any) -> Entry:
    table = Table(body, f"entry {_named(name, 'entry')}", _KEYS)
    since = table.one_of("from", (START, END, ENROLLED)) if "from" in table else ""
    _fits(table, since)
    table.one_of("per", ("family",), "family")
    return Entry(
        journey=journey,
        name=name,
        flow=table.text("flow"),
        at=_clock(table),
        within=table.span("within"),
        since=since,
        week=_within(table, "week", 1, 45) if since in (START, END) else 0,
        days=_within(table, "days", 0, 365) if since == ENROLLED else 0,
        month=_within(table, "month", 1, 12) if not since else 0,
        nth=_within(table, "nth", 1, 4) if not since else 0,
        day=table.one_of("day", WEEKDAYS) if since != ENROLLED or "day" in table else "",
        groups=_groups(table),
        skip=_all_of(table, "skip", SKIPS),
        unless=_plan(table),
    )


def _fits(table: Table, since: str) -> None:
    """Only the keys of its own way to say a day."""
    if not since and "month" not in table:
        raise ValueError(f"{table.where}'from' or 'month' is missing")
    own = {START: ("week",), END: ("week",), ENROLLED: ("days",), "": ("month", "nth")}[since]
    for key in ("week", "days", "month", "nth"):
        if key in table and key not in own:
            way = f"from = {since!r}" if since else "month"
            raise ValueError(f"{table.where}{key} does not go with {way}; that has {', '.join(own)}")


def _within(table: Table, key: str, low: int, high: int) -> int:
    number = table.number(key)
    if not low <= number <= high:
        raise table.wrong(key, f"a number from {low} to {high}")
    return number


def _clock(table: Table) -> time:
    text = table.text("at")
    if not re.fullmatch(r"[0-2][0-9]:[0-5][0-9]", text) or text >= "24:00":
        raise table.wrong("at", 'a time such as "09:30"')
    return time.fromisoformat(text)


def _groups(table: Table) -> tuple[int, ...]:
    found = table.numbers("groups")
    if not all(1 <= each <= 8 for each in found):
        raise table.wrong("groups", "groups from 1 to 8, such as [7, 8]")
    return found


def _all_of(table: Table, key: str, allowed: Iterable[str]) -> tuple[str, ...]:
    found = table.texts(key)
    if not set(found) <= set(allowed):
        raise table.wrong(key, f"a list of {', '.join(allowed)}")
    return found


def _plan(table: Table) -> str:
    text = table.text("unless", "")
    if text and not re.fullmatch(r"(plan|known):\w+", text):
        raise table.wrong("unless", 'a plan of hers, such as "plan:voorlezen", or what she told: "known:feest"')
    return text


_KEYS = (
    "flow", "from", "week", "days", "month", "nth", "day", "at", "groups", "per", "within", "skip", "unless",
)  # fmt: skip
