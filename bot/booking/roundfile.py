"""round.toml: a round of talks as somebody at the office writes it down. Every mistake is one line: key and way out."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from bot import hours as wall
from bot.booking.plan import Facts, Plan, without
from bot.booking.slots import Hours
from bot.people.addresses import same_name
from bot.people.freedays import day as written_day

KEYS = ("name", "kind", "groups", "length", "pause", "per", "opens", "early", "closes", "place", "mode", "prepares")
ROW = ("staff", "day", "from", "until", "break", "mode", "place", "link")
_DAY = "write a day as 2026-11-26 or 26-11-2026"
_TIME = 'write a time as "15:00"'
_MOMENT = 'write a day and a time as "2026-11-24 16:00" or "24-11-2026 16:00"'
T = TypeVar("T")


class Read(NamedTuple):
    """What stands in the file; no plan where something is wrong: then each line says what."""

    plan: Plan | None
    wrong: list[str]


def read(text: str, school: str, facts: Facts, now: datetime) -> Read:
    """The plan that this file describes. What is wrong with the plan itself is not looked at here: see faults.py."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Read(None, [f"{error}; see an example: ouderbrug talks example"])
    whole = _Table(raw, "", (*KEYS, "hours"))
    rows = raw.get("hours", [])
    if not (isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows)):
        return Read(None, ["hours: write a table of its own for each colleague, under [[hours]]"])
    tables = [_Table(row, f"[[hours]] {number} ", ROW) for number, row in enumerate(rows, 1)]
    found = [_hours(table, whole, facts, number) for number, table in enumerate(tables, 1)]
    links = {each.staff_id: table.text("link") for table, some in zip(tables, found, strict=True) for each in some}
    plan = Plan(
        school,
        " ".join(whole.text("name", needed=True).split()),
        tuple(whole.each("groups", _one_of(facts.groups, "group"))),
        tuple(hour for some in found for hour in some),
        whole.number("length", needed=True),
        whole.value("opens", _moment(facts.zone), _MOMENT) or now,
        whole.value("closes", _moment(facts.zone), _MOMENT, needed=True) or now,
        whole.text("kind") or "anders",
        whole.value("early", _moment(facts.zone), _MOMENT),
        whole.number("pause"),
        whole.text("per") or "child",
        whole.flag("prepares", default=True),
        {staff_id: link for staff_id, link in links.items() if link},
    )
    wrong = [*whole.wrong, *(line for table in tables for line in table.wrong)]
    return Read(None if wrong else plan._replace(key=_key(raw)), wrong)


def _key(raw: Mapping[str, Any]) -> str:
    """The same words are the same round, however they are laid out; also where no `opens` says that it opens now."""
    return f"file:{hashlib.sha256(repr(sorted(raw.items())).encode()).hexdigest()[:32]}"


class _Table:
    """One table of the file: gives its values one by one, and notes what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], where: str, known: Sequence[str]) -> None:
        self._raw, self._where = raw, where
        unknown = [key for key in raw if key not in known]
        self.wrong = [f"{where}{key} is unknown; known are {', '.join(known)}" for key in unknown]

    def text(self, key: str, *, needed: bool = False) -> str:
        return self.value(key, _text, 'write words between quotes: "..."', needed=needed) or ""

    def number(self, key: str, *, needed: bool = False) -> int:
        return self.value(key, _number, "write a number of minutes, without quotes: 10", needed=needed) or 0

    def flag(self, key: str, *, default: bool) -> bool:
        found = self.value(key, lambda said: said if isinstance(said, bool) else None, "write true or false")
        return default if found is None else found

    def value(self, key: str, made: Callable[[Any], T | None], out: str, *, needed: bool = False) -> T | None:
        """What stands there; None where nothing does, or nothing that can be read."""
        if key not in self._raw:
            if needed:
                self.wrong.append(f"{self._where}{key} is missing; {out}")
            return None
        try:
            found = made(self._raw[key])
        except ValueError as error:  # it knows a better way out
            self.wrong.append(f"{self._where}{key} = {_shown(self._raw[key])}: {error}")
            return None
        if found is None:
            self.wrong.append(f"{self._where}{key} = {_shown(self._raw[key])} cannot be read; {out}")
        return found

    def each(self, key: str, made: Callable[[Any], T]) -> Iterator[T]:
        """What stands in the list there; one thing may stand there without a list."""
        said = self._raw.get(key)
        if said is None:
            self.wrong.append(f'{self._where}{key} is missing; write a list: ["...", "..."]')
        for one in said if isinstance(said, list) else [] if said is None else [said]:
            try:
                yield made(one)
            except ValueError as error:
                self.wrong.append(f"{self._where}{key} = {_shown(one)}: {error}")


def _hours(table: _Table, whole: _Table, facts: Facts, number: int) -> list[Hours]:
    """The hours of one [[hours]]: on each of its days what lies between the breaks."""
    name = table.value("staff", _one_of(facts.staff, "colleague", facts.keys), "write her name or key", needed=True)
    days = list(table.each("day", _day))
    start = table.value("from", _wall, _TIME, needed=True)
    until = table.value("until", _wall, _TIME, needed=True)
    breaks = table.value("break", _breaks, 'write ["19:00", "19:15"], or a list of those') or []
    mode = table.text("mode") or whole.text("mode") or "school"
    place = table.text("place") or (whole.text("place") if mode == "school" else "")
    if name is None or start is None or until is None:
        return []
    if start >= until:  # said by faults.py, for every way in which a round is made
        return [Hours(name, each, start, until, mode, place, number) for each in days]
    for first, last in breaks:
        if not start <= first < last <= until:
            table.wrong.append(
                f"[[hours]] {number} break: {first:%H:%M} - {last:%H:%M} does not lie between {start:%H:%M} and "
                f"{until:%H:%M}"
            )
    pieces = list(without(start, until, breaks))
    return [Hours(name, day, *piece, mode, place, number) for day in days for piece in pieces]


# --- of each kind
def _text(said: Any) -> str | None:
    return said.strip() if isinstance(said, str) else None


def _number(said: Any) -> int | None:
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _day(said: Any) -> date:
    if isinstance(said, date) and not isinstance(said, datetime):
        return said
    if not isinstance(said, str):
        raise ValueError(_DAY)
    return written_day(said)


def _wall(said: Any) -> time | None:
    if isinstance(said, time):
        return said
    try:
        return time.fromisoformat(said.strip().replace(".", ":").zfill(5)) if isinstance(said, str) else None
    except ValueError:
        return None


def _breaks(said: Any) -> list[tuple[time, time]] | None:
    pairs = said if isinstance(said, list) and all(isinstance(each, list) for each in said) else [said]
    found = []
    for pair in pairs:
        walls = [_wall(each) for each in pair] if isinstance(pair, list) else []
        match walls:
            case [time() as first, time() as last]:
                found.append((first, last))
            case _:
                return None
    return found


def _moment(zone: ZoneInfo) -> Callable[[Any], datetime | None]:
    def made(said: Any) -> datetime | None:
        if isinstance(said, datetime):
            return said if said.tzinfo else wall.at(said.date(), said.time(), zone)
        if not isinstance(said, str):
            return None
        on, _, at = said.strip().replace("T", " ").rpartition(" ")
        clock = _wall(at)
        return wall.at(written_day(on), clock, zone) if clock and on else None

    return made


def _one_of(named: Mapping[int, str], what: str, keys: Mapping[str, int] | None = None) -> Callable[[Any], int]:
    """By its name as anybody writes it, or by its key."""
    by_name = {same_name(name): number for number, name in named.items()}

    def made(said: Any) -> int:
        number = (keys or {}).get(str(said)) or by_name.get(same_name(str(said)))
        if number is None:
            raise ValueError(f"there is no such {what}; there are: {', '.join(named.values()) or 'none'}")
        return number

    return made


def _shown(said: Any) -> str:
    return f'"{said}"' if isinstance(said, str) else str(said)


# --- an example
_EXAMPLE = """\
# Een gespreksronde. Kijk eerst: ouderbrug talks check round.toml   Dan: ouderbrug talks open round.toml
name   = "Rapportgesprekken"       # zo heet de ronde op de pagina's
kind   = "rapport"                 # start, rapport of anders
groups = [{groups}]
length = 10                        # minuten, in stappen van 5
pause  = 0                         # minuten tussen twee gesprekken
per    = "child"                   # child: een gesprek per kind; household: elk huishouden een eigen gesprek
early  = "{early} 16:00"      # gezinnen met meer kinderen in de ronde kiezen dan al; mag weg
opens  = "{opens} 16:00"      # de andere gezinnen; zonder deze regel: meteen
closes = "{closes} 12:00"      # daarna kiest niemand meer zelf
place  = "eigen lokaal"
prepares = true                    # vooraf een paar korte vragen aan de ouders

# Voor elke collega een of meer keer: op welke dagen, van hoe laat tot hoe laat.
{hours}"""
_EXAMPLE_HOURS = """\
[[hours]]
staff = "{staff}"
day   = ["{first}", "{second}"]
from  = "15:00"
until = "20:30"
break = ["17:00", "18:30"]         # meer pauzes: [["17:00", "18:30"], ["19:30", "19:40"]]

[[hours]]
staff = "{staff}"
day   = "{third}"
from  = "18:30"
until = "20:30"
mode  = "video"                    # school, phone, video of home
link  = "https://video.example.org/lokaal-1"
"""


def example(facts: Facts, today: date) -> str:
    """A round.toml with groups, a colleague and days of this school, to copy and to change."""
    taught = [group for group in facts.groups if facts.teachers.get(group)][:2]
    who = facts.staff.get(facts.teachers[taught[0]][0], "juf Janneke") if taught else "juf Janneke"
    days: list[date] = []
    after = today + timedelta(days=14)
    while len(days) < 3:
        after = facts.days.school_day_after(after, 1)
        days.append(after)
    early, opens, closes = (days[0] - timedelta(days=back) for back in (9, 8, 1))
    return _EXAMPLE.format(
        groups=", ".join(f'"{facts.groups[each]}"' for each in taught) or '"groep 3", "groep 4"',
        early=early, opens=opens, closes=closes,
        hours=_EXAMPLE_HOURS.format(staff=who, first=days[0], second=days[1], third=days[2]),
    )  # fmt: skip
