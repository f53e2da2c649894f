"""A new round in one form: its name, whose children, how long a talk is, when parents choose, and colleagues' hours."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.booking.plan import KINDS, LONGEST, NAME, PER, SPARE, Plan
from bot.booking.slots import MODES
from bot.console.letters_page import groups_of, year_of
from bot.console.rounds import named, wishes
from bot.console.rounds.sheet import (
    CELLS,
    DAYS,
    FILL,
    Backwards,
    Sheet,
    cell,
    filled,
    forget,
    keep,
    kept,
    spans,
    typed,
    walls,
    without,
)  # fmt: skip
from bot.console.sheets import whole
from bot.console.visit import CLASS, TEACHER, Answer, Go, Page, Visit, get, post
from bot.store import tables as t
from bot.store.database import Tx

NEW, LOOK = "/afspraken/nieuw", "/afspraken/bekijk"
EARLY = ("0", "1", "2")  # days before the others


class Colleague(NamedTuple):
    """A row of the table: who, of which groups, where, and her hours by day."""

    id: int
    name: str
    groups: str
    room: str
    cells: list[tuple[str, str, str, str]]  # the field, its day in words, what stands in it, what is wrong


def blank(visit: Visit, tx: Tx) -> Answer:
    """A new sheet, or the one that she had begun."""
    begun = kept(visit, tx)
    return page(visit, tx, begun or fresh(visit, tx), {}, begun=begun is not None)


def fresh(visit: Visit, tx: Tx) -> Sheet:
    """What most schools want, to be changed. Where there is only one group to choose, it is chosen."""
    groups = list(groups_of(visit, tx))
    tomorrow = visit.local.date() + timedelta(days=1)
    return Sheet({
        "groep": [str(each) for each in groups] if len(groups) == 1 else [],
        "soort": ["rapport"], "per": ["child"], "minuten": ["10"], "pauze": ["0"], "vorm": ["school"], "vragen": ["1"],
        "open_dag": [tomorrow.isoformat()], "open_uur": ["16:00"], "sluit_uur": ["20:00"], "vroeg": ["1"],
        "vul_van": ["15:00"], "vul_tot": ["20:00"], "vul_pauze": ["17:30"], "vul_pauze_tot": ["18:30"],
    })  # fmt: skip


def fill(visit: Visit, tx: Tx) -> Answer:
    """A day for all colleagues at once, or for one of them."""
    sheet = typed(visit)
    ids = [*teachers(visit, tx, sheet)]
    chosen = whole(sheet["vul_wie"])
    sheet, wrong = filled(sheet, [chosen] if chosen in ids else ids)
    if not wrong and not ids:
        wrong = "afspraken.fout_wie"
    if wrong:
        return page(visit, tx, typed(visit), {"vul": visit.say(wrong, dagen=DAYS, aantal=CELLS)})
    keep(visit, tx, sheet)
    return Go(f"{NEW}#uren")


def drop(visit: Visit, tx: Tx) -> Answer:
    """Not on that day after all."""
    keep(visit, tx, without(typed(visit), visit.form.get("dag_weg", "")))
    return Go(f"{NEW}#uren")


def look(visit: Visit, tx: Tx) -> Answer:
    """What she typed is kept, and she looks at what comes of it; nobody hears of it yet."""
    sheet = typed(visit)
    _, wrong = checked(visit, tx, sheet)
    if wrong:
        return page(visit, tx, sheet, wrong)
    keep(visit, tx, sheet)
    return Go(LOOK)


def empty(visit: Visit, tx: Tx) -> Answer:
    """She begins again."""
    forget(visit, tx)
    return Go(NEW)


def checked(visit: Visit, tx: Tx, sheet: Sheet) -> tuple[Plan, dict[str, str]]:
    """The round that she wants, and everything that is wrong with it at once, field by field."""
    everybody = teachers(visit, tx, sheet)
    odd = _odd(visit, sheet, everybody)
    read = sheet.with_fields(dict.fromkeys(odd, ""))
    plan, unread = wishes.plan(visit, tx, read, everybody)
    stops = wishes.stops(visit, tx, plan)
    for name in (*([wishes.EVERYWHERE] if odd else []), *(wishes.MOMENTS if unread else ())):
        stops.pop(name, None)  # that follows from what cannot be read
    return plan, {**stops, **unread, **odd}


def _odd(visit: Visit, sheet: Sheet, everybody: Mapping[int, str]) -> dict[str, str]:
    """What is wrong with hours as they were typed, field by field."""
    wrong = {}
    for who, day, text in walls(sheet, everybody):
        try:
            spans(text)
        except Backwards:
            wrong[cell(who, day)] = visit.say("afspraken.fout_uren_volgorde")
        except ValueError:
            wrong[cell(who, day)] = visit.say("afspraken.fout_uren")
    return wrong


def teachers(visit: Visit, tx: Tx, sheet: Sheet) -> dict[int, str]:
    """Who teaches the chosen groups, or any where none is chosen yet; a teacher fills in her own hours only."""
    if visit.who.role == TEACHER:
        return {visit.who.staff_id: visit.who.name}
    chosen = [each for each in sheet.groups if each in groups_of(visit, tx)] or list(groups_of(visit, tx))
    of, s = t.group_staff.c, t.staff.c
    columns = select(of.staff_id).join(t.staff, s.id == of.staff_id).where(of.group_id.in_(chosen), s.left_at.is_(None))
    names = named.staff(tx, set(tx.execute(columns).scalars()))
    return dict(sorted(names.items(), key=lambda each: (each[1].casefold(), each[0])))


def page(visit: Visit, tx: Tx, sheet: Sheet, wrong: Mapping[str, str], *, begun: bool = False) -> Page:
    """The sheet; after a form with what is wrong in it, and with what was typed."""
    today, everybody = visit.local.date(), teachers(visit, tx, sheet)
    values: dict[str, Any] = {
        "sheet": sheet, "wrong": dict(wrong), "first_wrong": next(iter(wrong.values()), ""), "begun": begun,
        "groups": groups_of(visit, tx), "kinds": KINDS, "pers": PER, "modes": MODES, "most": LONGEST, "spare": SPARE,
        "long": NAME, "days": [(each.isoformat(), visit.say.day(each)) for each in sheet.days], "early": EARLY,
        "colleagues": _rows(visit, tx, sheet, everybody, wrong), "today": today.isoformat(),
        "far": (today + timedelta(days=400)).isoformat(), "fill": FILL, "alone": visit.who.role == TEACHER,
    }  # fmt: skip
    return Page("afspraken_nieuw.html", values, 422 if wrong else 200)


def _rows(
    visit: Visit, tx: Tx, sheet: Sheet, everybody: Mapping[int, str], wrong: Mapping[str, str]
) -> list[Colleague]:
    taught = _taught(visit, tx, everybody)
    return [
        Colleague(who, name, taught.get(who, ""), sheet[f"lokaal.{who}"], [
            _cell(visit, sheet, who, day, wrong) for day in sheet.days
        ])
        for who, name in everybody.items()
    ]  # fmt: skip


def _cell(visit: Visit, sheet: Sheet, who: int, day: date, wrong: Mapping[str, str]) -> tuple[str, str, str, str]:
    name = cell(who, day)
    return name, visit.say.day(day), sheet[name], wrong.get(name, "")


def _taught(visit: Visit, tx: Tx, everybody: Mapping[int, str]) -> dict[int, str]:
    """`groep 4, groep 5` of each colleague."""
    of, g = t.group_staff.c, t.group.c
    rows = select(of.staff_id, g.name).join(t.group, g.id == of.group_id)
    here = of.staff_id.in_(everybody), g.year == year_of(visit), g.school == visit.who.school
    found: dict[int, list[str]] = {}
    for row in tx.execute(rows.where(*here).order_by(g.name)):
        found.setdefault(row.staff_id, []).append(row.name)
    return {who: ", ".join(names) for who, names in found.items()}


DOORS = (
    get(NEW, blank, CLASS),
    post(NEW, look, CLASS, ""),
    post(f"{NEW}/dag", fill, CLASS, ""),
    post(f"{NEW}/dag-weg", drop, CLASS, ""),
    post(f"{NEW}/leeg", empty, CLASS, ""),
)
