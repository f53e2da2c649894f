"""What a round of talks comes to, as a picture before it is opened and as a list afterwards."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.cli import common, talks_words

if TYPE_CHECKING:
    from bot.booking.plan import Facts, Plan, Problem
    from bot.config import School
    from bot.store.database import Tx

_WIDE = 20  # letters of the widest bar


def show(plan: "Plan", facts: "Facts", found: "list[Problem]", school: str) -> None:
    """For each colleague her days, and how many talks there is room for beside how many children come."""
    from rich.table import Table
    from rich.text import Text

    from bot.booking.plan import seats

    groups = ", ".join(facts.groups[each] for each in plan.groups)
    out = common.console()
    out.print(f"{plan.name} ({plan.kind}), {school}: {groups}", soft_wrap=True)
    per = "one talk for each child" if plan.per == "child" else "each household of a child may have its own"
    pause = f", {plan.pause} between" if plan.pause else ""
    out.print(f"{plan.minutes} minutes{pause}; {per}")
    table = Table("with", "days", "talks", "children", "", title_justify="left")
    for name in (2, 3):
        table.columns[name].justify = "right"
    there = seats(plan, facts)
    most = max((max(each.slots, each.children) for each in there), default=1) or 1
    for each in there:
        days = sorted({hours.day for hours in plan.hours if hours.staff_id == each.staff_id})
        shown = " ".join(f"{common.weekday(day)} {day:%d-%m}" for day in days)
        full = -(-min(each.children, each.slots) * _WIDE // most)
        bar = Text("#" * full, "green") + Text("." * (each.slots * _WIDE // most - full), "dim")
        bar += Text("!" * (-(-max(0, each.children - each.slots) * _WIDE // most)), "bold red")
        table.add_row(each.name, shown, str(each.slots), str(each.children), bar)
    out.print(table)
    moments = {
        "families with several children in it choose from": plan.early_at,
        "the others choose from": plan.opens_at, "nobody chooses any more from": plan.closes_at,
    }  # fmt: skip
    for what, moment in moments.items():
        if moment:
            out.print(f"  {what} {moment.astimezone(facts.zone):%d-%m-%Y %H:%M}")
    for problem in found:
        out.print(Text(f"  ! {talks_words.sentence(problem)}", "yellow"), soft_wrap=True)


def data(plan: "Plan", facts: "Facts", found: "list[Problem]") -> dict[str, Any]:
    """The same for scripts."""
    from bot.booking.plan import seats

    return {
        "name": plan.name, "kind": plan.kind, "per": plan.per, "minutes": plan.minutes, "pause": plan.pause,
        "groups": [facts.groups[each] for each in plan.groups],
        "early_at": plan.early_at and _wall(plan.early_at, facts), "opens_at": _wall(plan.opens_at, facts),
        "closes_at": _wall(plan.closes_at, facts),
        "staff": [{"name": each.name, "talks": each.slots, "children": each.children} for each in seats(plan, facts)],
        "problems": [talks_words.plain(each) for each in found],
    }  # fmt: skip


def _wall(moment: datetime, facts: "Facts") -> str:
    return moment.astimezone(facts.zone).isoformat(timespec="minutes")


# --- rounds that are there
def rows(tx: "Tx", school: "School") -> list[dict[str, Any]]:
    """Each round, with how many parents are how far; in counts: no names."""
    from sqlalchemy import func, select

    from bot.booking import rounds
    from bot.store.tables import invitee

    found = []
    for each in rounds.listed(tx, school.key):
        states = select(invitee.c.state, func.count().label("many")).where(invitee.c.round_id == each.id)
        many = {row.state: row.many for row in tx.execute(states.group_by(invitee.c.state).order_by(invitee.c.state))}
        found.append({
            "id": each.id, "name": each.name, "kind": each.kind, "state": each.state,
            "opens_at": each.opens_at.astimezone(school.zone).isoformat(timespec="minutes"),
            "closes_at": each.closes_at.astimezone(school.zone).isoformat(timespec="minutes"),
            "groups": [*rounds.groups(tx, each.id).values()], "invited": many,
        })  # fmt: skip
    return found


def table(rows: list[dict[str, Any]], school: str) -> None:
    from rich.table import Table

    shown = Table("no", "name", "state", "opens", "closes", "booked", "to go", title=school, title_justify="left")
    for each in rows:
        opens, closes = (datetime.fromisoformat(each[name]) for name in ("opens_at", "closes_at"))
        many = each["invited"]
        booked, away = many.get("booked", 0), sum(many.get(state, 0) for state in ("summary", "away", "shut"))
        shown.add_row(
            str(each["id"]), each["name"], each["state"], f"{opens:%d-%m-%Y %H:%M}", f"{closes:%d-%m-%Y %H:%M}",
            str(booked), str(sum(many.values()) - booked - away),
        )  # fmt: skip
    common.console().print(shown)


def standing(tx: "Tx", round_id: int, now: datetime) -> int:
    """How many talks of a round are agreed and still to come."""
    from sqlalchemy import func, select

    from bot.store.tables import appointment as a

    coming = a.c.round_id == round_id, a.c.state == "planned", a.c.starts_at > now
    return int(tx.execute(select(func.count()).where(*coming)).scalar_one())
