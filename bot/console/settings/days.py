"""The days of the school year, as a list by month and as a picture; the office adds and removes the school's own."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select

from bot.console.settings import undo
from bot.console.visit import OFFICES, TALKING, Answer, Go, Page, Visit, get, post
from bot.errors import RosterError
from bot.people import freedays
from bot.people.addresses import is_school_year, school_year
from bot.schooldays import KINDS, PUBLIC, Free, Schooldays
from bot.store.database import Tx
from bot.store.tables import free_day

_DAY = timedelta(days=1)
_FIRST_MONTH = 8
_FIELDS = ("van", "tot", "soort", "naam")


class Entry(NamedTuple):
    """Days without school. `own`: the id of its row where the school itself said so."""

    span: str
    name: str
    kind: str
    source: str
    own: int | None


class Cell(NamedTuple):
    """A day in the picture. `sort`: vakantie studiedag vrij weekend today, or ""."""

    number: int
    sort: str
    today: bool


class Month(NamedTuple):
    name: str
    starts: int  # the column of its first day: Monday is 1
    cells: Sequence[Cell]
    entries: Sequence[Entry]
    over: bool  # of this year, and past


def show(visit: Visit, tx: Tx) -> Answer:
    return page(visit, tx)


def page(visit: Visit, tx: Tx, status: int = 200, **given: object) -> Page:
    """The year that is asked for; `given` is what was typed and what is wrong with it."""
    asked = visit.query.get("jaar", "")
    year = asked if is_school_year(asked) and "2000" < asked < "2100" else school_year(visit.local.date())
    almanac = visit.house.books.almanac
    days = almanac.of(tx, visit.who.school)
    begins, own = int(year[:4]), _ids(tx, visit.who.school)
    months = [_month(visit, days, each, own) for each in _months(begins)]
    values = {
        "year": year, "before": f"{begins - 1}-{begins}", "after": f"{begins + 1}-{begins + 2}",
        "months": [each for each in months if not each.over], "over": [each for each in months if each.over],
        "known_until": _long(visit, days.known_until), "source": almanac.regional.source, "kinds": KINDS,
        "checked": _long(visit, date.fromisoformat(almanac.regional.checked_on)), "wrong": "",
        "typed": dict.fromkeys(_FIELDS, ""),
    }  # fmt: skip
    return Page("instellingen_dagen.html", {**values, **given}, status)


def _months(begins: int) -> Iterator[date]:
    for number in range(12):
        month = _FIRST_MONTH + number
        yield date(begins + (month > 12), (month - 1) % 12 + 1, 1)


def _month(visit: Visit, days: Schooldays, first: date, own: dict[tuple[date, date, str], int]) -> Month:
    last = (first + 31 * _DAY).replace(day=1) - _DAY
    here = [each for each in days.free if each.last >= first and each.first <= last]
    opens = first.month == _FIRST_MONTH  # else each stands in the month it begins in
    begun = [each for each in here if opens or each.first >= first]
    numbers = (first + number * _DAY for number in range(last.day))
    cells = [_cell(days, day, visit.local.date()) for day in numbers]
    entries = [_entry(visit, each, own.get(each[:3])) for each in begun]
    name = _long(visit, first).partition(" ")[2]
    today = visit.local.date()
    return Month(name, first.weekday() + 1, cells, entries, last < today and school_year(first) == school_year(today))


def _cell(days: Schooldays, day: date, today: date) -> Cell:
    free = days.free_on(day)
    return Cell(day.day, free.kind if free else "weekend" if day.weekday() > 4 else "", day == today)


def _entry(visit: Visit, free: Free, own: int | None) -> Entry:
    set_by = "" if own is None else visit.say("dagen.zelf")
    if own is None:
        set_by = visit.say("dagen.landelijk" if free.source == PUBLIC else "dagen.regio")
    elif free.source != freedays.BY_HAND:
        set_by = visit.say("dagen.uit_bestand", bestand=free.source)
    return Entry(span(visit, free), named(visit, free), free.kind, set_by, own)


def named(visit: Visit, free: Free) -> str:
    """What the days are called: a holiday by its name in the reader's language."""
    key, words = f"vakantie.{free.name}", visit.house.books.catalogue
    return words.words(visit.who.language).say(key, {}) if words.has(key) else free.name


def span(visit: Visit, free: Free) -> str:
    """`vrijdag 4 december`, or from and until."""
    first = visit.say.day(free.first)
    return first if free.first == free.last else visit.say("dagen.van_tot", van=first, tot=visit.say.day(free.last))


def _long(visit: Visit, day: date | None) -> str:
    return visit.say.full(day) if day else ""


def _ids(tx: Tx, school: str) -> dict[tuple[date, date, str], int]:
    d = free_day.c
    rows = tx.execute(select(d.id, d.first, d.last, d.kind).where(d.school == school))
    return {(date.fromisoformat(row.first), date.fromisoformat(row.last), row.kind): row.id for row in rows}


# --- what the office does
def add(visit: Visit, tx: Tx) -> Answer:
    typed = {name: visit.form.get(name, "").strip() for name in _FIELDS}
    try:
        free = _typed(visit, typed)
    except ValueError:
        return page(visit, tx, 422, typed=typed, wrong=visit.say("dagen.fout_dag"))
    except RosterError as error:
        later = "before it begins" in str(error)
        return page(visit, tx, 422, typed=typed, wrong=visit.say("dagen.fout_volgorde" if later else "dagen.fout"))
    there = [each for each in freedays.of(tx, visit.who.school) if each[:3] == free[:3]]
    freedays.save(tx, visit.who.school, [free])
    mark = undo.keep(visit, tx, "dagen", [rows([free]), rows(there)])
    note = "klaar.vakantie" if free.kind == "vakantie" else "klaar.vrije_dag"
    return Go(_to(free), note, undo=f"/instellingen/dagen/terug{mark}")


def _typed(visit: Visit, typed: dict[str, str]) -> Free:
    """The days that were typed. Raises ValueError, or RosterError."""
    first = freedays.day(typed["van"])
    last = freedays.day(typed["tot"]) if typed["tot"] else first
    kind = typed["soort"] if typed["soort"] in KINDS else "vrij"
    words = " ".join(typed["naam"].split())
    guessed, name = freedays.guess(words)
    today = visit.local.date()
    named_ = (name if guessed == kind else words) or visit.say(f"dagen.{kind}")
    return freedays.check(Free(first, last, kind, named_, freedays.BY_HAND, today.isoformat()), today)


def remove(visit: Visit, tx: Tx) -> Answer:
    d = free_day.c
    row = tx.execute(select(d.first, d.last, d.kind).where(d.id == visit.ids["free_day"])).one()
    gone = [
        each for each in freedays.of(tx, visit.who.school)
        if (each.first.isoformat(), each.last.isoformat(), each.kind) == (row.first, row.last, row.kind)
    ]  # fmt: skip
    freedays.remove(tx, visit.who.school, gone)
    mark = undo.keep(visit, tx, "dagen", [[], rows(gone)])
    return Go(_to(gone[0]) if gone else "/instellingen/dagen", "klaar.dag_weg", undo=f"/instellingen/dagen/terug{mark}")


def _to(free: Free) -> str:
    return f"/instellingen/dagen?jaar={school_year(free.first)}"


def undone(visit: Visit, tx: Tx) -> Answer:
    """What was added goes, what was removed is back."""
    was = undo.take(visit, tx, "dagen")
    if was is None:
        return Go("/instellingen/dagen", "klaar.terug_te_laat")
    added, before = (list(of_rows(each)) for each in was)
    freedays.remove(tx, visit.who.school, added)
    freedays.save(tx, visit.who.school, before)
    return Go(_to((added + before)[0]) if added + before else "/instellingen/dagen", "klaar.teruggezet")


def rows(days: Sequence[Free]) -> list[list[str]]:
    """Days as plain text, for a page to carry."""
    return [[each.first.isoformat(), each.last.isoformat(), *each[2:]] for each in days]


def of_rows(found: Sequence[Sequence[str]]) -> Iterator[Free]:
    """Those days again. Raises ValueError, TypeError where it is something else."""
    for first, last, *rest in found:
        yield Free(date.fromisoformat(first), date.fromisoformat(last), *rest)


DOORS = (
    get("/instellingen/dagen", show, TALKING),
    post("/instellingen/dagen/erbij", add, OFFICES, "dag"),
    post("/instellingen/dagen/{free_day}/weg", remove, OFFICES, "dag"),
    post("/instellingen/dagen/terug", undone, OFFICES, "dag"),
)
