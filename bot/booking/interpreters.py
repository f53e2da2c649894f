"""Interpreters: their languages, hours and cost, and the talks of a day in a row. Never a child."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, or_, select, update

from bot import hours as wall
from bot.booking import cells
from bot.booking.slots import CELL
from bot.config import Config
from bot.errors import BotError
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import languages as spoken
from bot.translation.languages import LANGUAGES

MODES = ("phone", "video", "site")
DEAREST = 100_000  # cents an hour; more is a slip
_STEP = int(CELL.total_seconds()) // 60
_NAME = 80
_i, _h, _a = t.interpreter.c, t.interpreter_hours.c, t.appointment.c
Walls = tuple[time, time]


class Interpreter(NamedTuple):
    """Somebody who interprets. `cost`: cents an hour."""

    id: int
    school: str
    name: str
    phone: str
    languages: tuple[str, ...]
    modes: tuple[str, ...]
    cost: int = 0
    left_at: datetime | None = None


class Job(NamedTuple):
    """One talk of an interpreter; of whose child it is stands nowhere."""

    interpreter_id: int
    appointment_id: int
    starts_at: datetime
    minutes: int
    staff: str
    mode: str
    place: str
    language: str


# --- who they are
def add(
    tx: Tx, school: str, name: str, languages: Iterable[str], now: datetime, *, phone: str = "",
    modes: Iterable[str] = ("phone",), cost: int = 0,
) -> int:  # fmt: skip
    """Somebody who interprets for this school. Raises BotError that says what is wrong."""
    row = _values(tx, name=name, phone=phone, languages=languages, modes=modes, cost=cost)
    made = t.interpreter.insert().returning(_i.id)
    number: int = tx.execute(made, {"school": school, "made_at": now, **row}).scalar_one()
    return number


def change(tx: Tx, interpreter_id: int, **values: Any) -> None:
    """`name`, `phone`, `languages`, `modes` or `cost` are that from now on. Raises BotError that says what is wrong."""
    tx.execute(update(t.interpreter).where(_i.id == interpreter_id).values(_values(tx, **values)))


def leave(tx: Tx, interpreter_id: int, now: datetime) -> list[int]:
    """She interprets here no more. Her hours go, and so does what is kept for somebody with her; the talks that she was
    to come to, by id: they need somebody else."""
    here = _i.id == interpreter_id, _i.left_at.is_(None)
    tx.execute(update(t.interpreter).where(*here).values(left_at=now))
    tx.execute(delete(t.interpreter_hours).where(_h.interpreter_id == interpreter_id))
    kept = select(_a.id).where(_a.interpreter_id == interpreter_id, _a.state == "offered")
    cells.let_go(tx, tx.execute(kept).scalars().all(), "let_go", now)
    to_come = _a.interpreter_id == interpreter_id, _a.state == "planned", _a.starts_at > now
    return list(tx.execute(select(_a.id).where(*to_come).order_by(_a.starts_at)).scalars())


def languages(tx: Tx, school: str) -> set[str]:
    """Which languages somebody interprets for this school."""
    here = select(_i.languages).where(_i.school == school, _i.left_at.is_(None))
    look = ("interpreted", school), [t.interpreter]
    return tx.once(*look, lambda: {each for spoken in tx.execute(here).scalars() for each in spoken})


def of_school(tx: Tx, school: str, *, left: bool = False) -> list[Interpreter]:
    """Who interprets for this school, by name; also who has `left`."""
    rows = select(t.interpreter).where(_i.school == school)
    rows = rows if left else rows.where(_i.left_at.is_(None))
    return sorted((_interpreter(tx, row) for row in tx.execute(rows)), key=lambda each: (each.name.casefold(), each.id))


def known(tx: Tx, interpreter_id: int, school: str) -> Interpreter:
    """This interpreter of this school. Raises BotError where there is none."""
    row = tx.execute(select(t.interpreter).where(_i.id == interpreter_id, _i.school == school)).first()
    if row is None:
        raise BotError(f"there is no interpreter {interpreter_id} here; see: ouderbrug interpreter list")
    return _interpreter(tx, row)


def _interpreter(tx: Tx, row: Row[Any]) -> Interpreter:
    phone = tx.open("interpreter.phone", row.phone) if row.phone else ""
    name = tx.open("interpreter.name", row.name)
    return Interpreter(row.id, row.school, name, phone, (*row.languages,), (*row.modes,), row.cost, row.left_at)


def _values(tx: Tx, **given: Any) -> dict[str, Any]:
    """These as columns."""
    values: dict[str, Any] = {}
    for key, value in given.items():
        match key:
            case "name":
                values[key] = tx.seal("interpreter.name", _name(value))
            case "phone":
                values[key] = tx.seal("interpreter.phone", value.strip()) if value.strip() else None
            case "languages":
                values[key] = _languages(value)
            case "modes":
                values[key] = _modes(value)
            case "cost" if 0 <= value <= DEAREST:
                values[key] = value
            case "cost":
                raise BotError(f"the cost of an hour lies between 0 and {DEAREST // 100} euros")
            case _:
                raise BotError(f"an interpreter has no {key}")
    return values


def _name(said: str) -> str:
    name = " ".join(said.split())
    if not 0 < len(name) <= _NAME:
        raise BotError(f"an interpreter has a name of at most {_NAME} letters")
    return name


def _languages(said: Iterable[str]) -> list[str]:
    found = []
    for each in said:
        language = LANGUAGES.get(each) or spoken.find(each)
        if language is None:
            raise BotError(f"{each!r} is no language that is known here; write for example ar, tr or Arabisch")
        found.append(language.code)
    if not found:
        raise BotError("an interpreter speaks at least one language")
    return list(dict.fromkeys(found))


def _modes(said: Iterable[str]) -> list[str]:
    modes = [each for each in MODES if each in set(said)]
    if not modes or set(said) - set(modes):
        raise BotError(f"an interpreter comes by {', '.join(MODES)}")
    return modes


# --- when they have time
def hours(tx: Tx, interpreter_id: int, day: date, walls: Sequence[Walls]) -> list[Walls]:
    """She has time then on that day, and at no other time of it; what meets becomes one. None: she has no time."""
    merged = _merged(walls)
    that_day = _h.interpreter_id == interpreter_id, _h.day == day.isoformat()
    tx.execute(select(_i.id).where(_i.id == interpreter_id).with_for_update())  # two forms at once: one after the other
    tx.execute(delete(t.interpreter_hours).where(*that_day))
    rows = [
        {"interpreter_id": interpreter_id, "day": day.isoformat(), "from_at": f"{a:%H:%M}", "until_at": f"{b:%H:%M}"}
        for a, b in merged
    ]
    if rows:
        tx.execute(t.interpreter_hours.insert(), rows)
    return merged


def hours_of(tx: Tx, interpreter_ids: Iterable[int], since: date) -> dict[int, dict[date, list[Walls]]]:
    """When each of them has time, from a day on."""
    rows = select(t.interpreter_hours).where(_h.interpreter_id.in_([*interpreter_ids]), _h.day >= since.isoformat())
    found: dict[int, dict[date, list[Walls]]] = {}
    for row in tx.execute(rows.order_by(_h.day, _h.from_at)):
        walls = time.fromisoformat(row.from_at), time.fromisoformat(row.until_at)
        found.setdefault(row.interpreter_id, {}).setdefault(date.fromisoformat(row.day), []).append(walls)
    return found


def _merged(walls: Sequence[Walls]) -> list[Walls]:
    found: list[Walls] = []
    for start, until in sorted(walls):
        if start >= until:
            raise BotError(f"from {start:%H:%M} until {until:%H:%M} is no time; the second must be later")
        if any(at.minute % _STEP or at.second for at in (start, until)):
            raise BotError(f"{start:%H:%M} - {until:%H:%M}: write whole five minutes, such as 15:00 or 15:25")
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((start, until))
    return found


# --- their work
def day(tx: Tx, config: Config, school: str, on: date) -> list[Job]:
    """The talks of each interpreter on this day, in order."""
    zone = config.zone(school)
    begins, ends = wall.at(on, time.min, zone), wall.at(on + timedelta(days=1), time.min, zone)
    return _jobs(tx, _a.school == school, _a.starts_at >= begins, _a.starts_at < ends)


def of_round(tx: Tx, round_id: int) -> list[Job]:
    """The talks with an interpreter in a round, in order of interpreter and time."""
    return _jobs(tx, _a.round_id == round_id)


def cost(tx: Tx, round_id: int) -> int:
    """What the interpreters of a round cost, in cents: each for the minutes of her talks."""
    rows = select(_i.cost, _a.minutes).join(t.appointment, _a.interpreter_id == _i.id)
    done = rows.where(_a.round_id == round_id, _a.state.in_(("planned", "held", "missed")))
    cents: int = sum(row.cost * row.minutes for row in tx.execute(done))
    return round(cents / 60)


def _jobs(tx: Tx, *which: Any) -> list[Job]:
    v, s, p = t.invitee.c, t.staff.c, t.contact.c
    columns = _a["id", "interpreter_id", "starts_at", "minutes", "mode", "place"]
    rows = (
        select(*columns, s.name.label("staff"), v.interpreter.label("asked"), p.language)
        .join(t.contact, p.id == _a.contact_id)
        .outerjoin(t.staff, s.id == _a.staff_id)
        .outerjoin(
            t.invitee, (v.round_id == _a.round_id) & (v.contact_id == _a.contact_id) & (v.child_id == _a.child_id)
        )
        .where(_a.interpreter_id.is_not(None), or_(_a.state == "planned", _a.state == "held"), *which)
        .order_by(_a.interpreter_id, _a.starts_at, _a.id)
    )
    return [_job(tx, row) for row in tx.execute(rows)]


def _job(tx: Tx, row: Row[Any]) -> Job:
    language = row.asked if row.asked in LANGUAGES else tx.open("contact.language", row.language)
    staff = tx.open("staff.name", row.staff) if row.staff else ""
    return Job(row.interpreter_id, row.id, row.starts_at, row.minutes, staff, row.mode, row.place, language)
