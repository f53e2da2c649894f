"""What a conversation leaves behind, as a transcript states it: `= done`, or `# due voorlezen di 19:30` on a text."""

from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.check.casting import Parent
from bot.check.transcript import Line
from bot.model import HOME, WEEKDAYS
from bot.people import consent, contacts
from bot.store import tables as t
from bot.store.database import Tx

NONE = "none"
_SAID = {"planned": "geboekt", "offered": "bewaard"}


def wrong(tx: Tx, flow: str, parent: Parent, line: Line) -> Iterator[tuple[str, str]]:
    """What a line states and is not so: (stated, found)."""
    if line.kind == "=":
        name, _, stated = line.text.rpartition(" ")
        found = result(tx, parent, name or flow)
        if found != stated:
            yield f"= {line.text}", found or "nothing has ended"
    word, _, stated = line.comment.partition(" ")
    if word in FACTS:
        known = FACTS[word](tx, parent) or {NONE}
        if stated not in known:
            yield line.comment, f"{word} {', '.join(sorted(known))}"


def states(line: Line) -> bool:
    """Whether a line says something about what is left behind."""
    return line.kind == "=" or line.comment.partition(" ")[0] in FACTS


def result(tx: Tx, parent: Parent, flow: str) -> str:
    """How her last run of this flow ended; "" where it has not."""
    last = select(t.run.c.result).where(t.run.c.contact_id == parent.contact_id, t.run.c.flow == flow)
    return tx.execute(last.order_by(t.run.c.id.desc()).limit(1)).scalar() or ""


def _due(tx: Tx, parent: Parent) -> set[str]:
    """Her plans that wait: `voorlezen di 19:30`."""
    plan = t.followup.c
    rows = tx.execute(
        select(plan.scope, plan.rule).where(
            plan.contact_id == parent.contact_id, plan.state == "waiting", plan.kind == "plan"
        )
    )
    return {f"{row.scope.rpartition(':')[2]} {row.rule['weekday']} {row.rule['time']}" for row in rows}


def _next(tx: Tx, parent: Parent) -> set[str]:
    """The day on which each of her plans is due next: `voorlezen 2027-01-05`."""
    plan = t.followup.c
    waiting = plan.contact_id == parent.contact_id, plan.state == "waiting", plan.kind == "plan"
    rows = tx.execute(select(plan.scope, plan.due_at, plan.zone).where(*waiting))
    return {f"{row.scope.rpartition(':')[2]} {row.due_at.astimezone(ZoneInfo(row.zone)).date()}" for row in rows}


def _paused(tx: Tx, parent: Parent) -> set[str]:
    """Until when she wants a pause: `2026-12-21`."""
    until = tx.execute(select(t.contact.c.paused_until).where(t.contact.c.id == parent.contact_id)).scalar()
    return {str(until.astimezone(HOME).date())} if until else set()


def _rest(tx: Tx, parent: Parent) -> set[str]:
    """Her own hours without messages: `22:30-06:30`."""
    hers = select(t.contact.c.rest_from, t.contact.c.rest_until).where(t.contact.c.id == parent.contact_id)
    return {f"{row.rest_from}-{row.rest_until}" for row in tx.execute(hers) if row.rest_from}


def _threads(tx: Tx, parent: Parent) -> set[str]:
    """Her threads with the school, and how many messages of hers are in each: `mens 2`."""
    rows = tx.execute(
        select(t.thread.c.kind, t.thread_message.c.id)
        .outerjoin(t.thread_message, t.thread_message.c.thread_id == t.thread.c.id)
        .where(t.thread.c.contact_id == parent.contact_id)
    ).all()
    kinds = {row.kind for row in rows}
    return {f"{kind} {sum(row.kind == kind and row.id is not None for row in rows)}" for kind in kinds}


def _consents(tx: Tx, parent: Parent) -> set[str]:
    """What she has said yes to: `school tips`."""
    purposes = {purpose for _, _, purpose in consent.open_for(tx, [parent.contact_id]).get(parent.contact_id, ())}
    return {" ".join(sorted(purposes))} - {""}


def _language(tx: Tx, parent: Parent) -> set[str]:
    return {contacts.languages(tx, [parent.contact_id])[parent.contact_id]}


def _alarms(tx: Tx, parent: Parent) -> set[str]:
    """The state of the alarms she raised: `open`."""
    rows = tx.execute(
        select(t.alarm.c.state).join(t.thread, t.thread.c.id == t.alarm.c.thread_id)
        .where(t.thread.c.contact_id == parent.contact_id)
    )  # fmt: skip
    return set(rows.scalars())


def _absent(tx: Tx, parent: Parent) -> set[str]:
    """What she reported and did not take back: `ziek 2026-11-24`, `laat 2026-11-24 10:30`."""
    a = t.absence.c
    rows = tx.execute(select(t.absence).where(a.contact_id == parent.contact_id, a.withdrawn_at.is_(None)))
    return {f"{row.kind} {row.day} {row.time}".strip() for row in rows}


def _answered(tx: Tx, parent: Parent) -> set[str]:
    """What stands as her answer to a question that was put to many: `2`, `ja`, `1 3`."""
    hers = t.broadcast_to.c.contact_id == parent.contact_id, t.broadcast_to.c.answered_at.is_not(None)
    return {" ".join(each) for each in tx.execute(select(t.broadcast_to.c.answer).where(*hers)).scalars()}


def _talked(tx: Tx, parent: Parent) -> set[str]:
    """What she has agreed upon, or what is kept for her: `geboekt do 15:10`, `bewaard di 19:00`."""
    a = t.appointment.c
    hers = a.contact_id == parent.contact_id, a.state.in_(_SAID)
    rows = tx.execute(select(a.state, a.starts_at).where(*hers)).all()
    walls = [(row.state, row.starts_at.astimezone(HOME)) for row in rows]
    return {f"{_SAID[state]} {WEEKDAYS[at.weekday()]} {at:%H:%M}" for state, at in walls}


FACTS: Mapping[str, Callable[[Tx, Parent], set[str]]] = {
    "due": _due,
    "next": _next,
    "paused": _paused,
    "rest": _rest,
    "thread": _threads,
    "consent": _consents,
    "language": _language,
    "alarm": _alarms,
    "absent": _absent,
    "answered": _answered,
    "talk": _talked,
}
