"""What this day asks of a colleague: what she promised, whom to call back, who is absent; and her talks of tomorrow."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import literal_column, select

from bot.console import reach
from bot.console.mine import day
from bot.console.needs import Need, Tap, to
from bot.console.visit import TEACHER, Visit
from bot.people import families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx

SHOWN = 6  # children by their names; more are a number


def promises(visit: Visit, tx: Tx) -> Iterator[Need]:
    """What she said she would do, today or before."""
    p, today = t.promise.c, visit.local.date()
    hers = p.staff_id == visit.who.staff_id, p.state == literal_column("'open'"), p.due_on <= today.isoformat()
    for row in tx.execute(select(p.id, p.words, p.due_on).where(*hers).order_by(p.due_on, p.id)):
        due = date.fromisoformat(row.due_on)
        more = visit.say("vandaag.beloofd.laat", dag=due) if due < today else visit.say("vandaag.beloofd.vandaag")
        done = (Tap(visit.say("vandaag.tik.gedaan"), f"/vandaag/beloofd/{row.id}/gedaan", True),)
        text = visit.say("vandaag.beloofd", wat=tx.open("promise.words", row.words))
        yield Need("beloofd", text, done, more, id=row.id)


def call_back(visit: Visit, tx: Tx) -> Iterator[Need]:
    """A text message may come from anybody: who reported by SMS is called back by the office."""
    if not visit.who.is_office:
        return
    a = t.absence.c
    waiting = a.school == visit.who.school, a.day == _today(visit), a.channel == "sms"
    rows = tx.execute(select(a.child_id).where(*waiting, a.withdrawn_at.is_(None), a.called_at.is_(None))).all()
    if rows:
        names = _names(tx, [row.child_id for row in rows])
        text = visit.say("vandaag.terugbellen", aantal=len(rows))
        yield Need("terugbellen", text, to(visit, "/afwezig", "bel"), names)


def absent(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Who of her groups is not there, or comes later."""
    if visit.who.role != TEACHER:
        return
    a = t.absence.c
    today = a.school == visit.who.school, a.day == _today(visit), a.withdrawn_at.is_(None)
    hers = select(a.child_id, a.kind).join(t.child, t.child.c.id == a.child_id)
    rows = tx.execute(hers.where(*today, reach.children(visit.who))).all()
    for kind, found in (
        ("afwezig", [row.child_id for row in rows if row.kind != "laat"]),
        ("later", [row.child_id for row in rows if row.kind == "laat"]),
    ):
        if found:
            names = _names(tx, found)
            text = (
                visit.say(f"vandaag.{kind}.wie", wie=names)
                if names
                else visit.say(f"vandaag.{kind}", aantal=len(found))
            )
            yield Need(kind, text, to(visit, "/afwezig"))


def tomorrow(visit: Visit, tx: Tx) -> str:
    """`Morgen: 4 gesprekken vanaf 15.00`; "" where there are none."""
    found = day.tomorrow(visit, tx)
    if not found:
        return ""
    first = visit.say.hour(found[0].starts_at, visit.school.zone)
    return visit.say("vandaag.morgen", aantal=len(found), uur=first)


def _names(tx: Tx, children: list[int]) -> str:
    """What the children are called; "" where they are many."""
    if len(children) > SHOWN:
        return ""
    return ", ".join(sorted(first_name(name) for name in families.of_children(tx, children).values()))


def _today(visit: Visit) -> str:
    return visit.local.date().isoformat()
