"""What a conversation leaves behind, as a transcript states it: `= done`, or `# due voorlezen di 19:30` on a text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, Table, select

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
    ended = [row.result for row in _hers(tx, parent, _RUNS, t.run) if row.flow == flow]
    return ended[-1] or "" if ended else ""


# What all who stand there have left behind: asked once for each line, not once for each of them.
_RUNS = select(*t.run.c["contact_id", "flow", "result"]).order_by(t.run.c.id)
_PLANS = select(*t.followup.c["contact_id", "scope", "rule", "due_at", "zone"]).where(
    t.followup.c.state == "waiting", t.followup.c.kind == "plan"
)
_THREADS = select(t.thread.c.contact_id, t.thread.c.kind, t.thread_message.c.id).outerjoin(
    t.thread_message, t.thread_message.c.thread_id == t.thread.c.id
)
_ABSENT = select(t.absence).where(t.absence.c.withdrawn_at.is_(None))
_ANSWERS = select(*t.broadcast_to.c["contact_id", "answer"]).where(t.broadcast_to.c.answered_at.is_not(None))
_TALKS = select(*t.appointment.c["contact_id", "state", "starts_at"]).where(t.appointment.c.state.in_(_SAID))


def _hers(tx: Tx, parent: Parent, look: Select[Any], *tables: Table) -> Sequence[Row[Any]]:
    """Her rows among those of all."""

    def every() -> Mapping[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = {}
        for row in tx.execute(look):
            found.setdefault(row.contact_id, []).append(row)
        return found

    return tx.once(look, tables, every).get(parent.contact_id, [])


def _due(tx: Tx, parent: Parent) -> set[str]:
    """Her plans that wait: `voorlezen di 19:30`."""
    rows = _hers(tx, parent, _PLANS, t.followup)
    return {f"{row.scope.rpartition(':')[2]} {row.rule['weekday']} {row.rule['time']}" for row in rows}


def _next(tx: Tx, parent: Parent) -> set[str]:
    """The day on which each of her plans is due next: `voorlezen 2027-01-05`."""
    rows = _hers(tx, parent, _PLANS, t.followup)
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
    rows = _hers(tx, parent, _THREADS, t.thread, t.thread_message)
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
    rows = _hers(tx, parent, _ABSENT, t.absence)
    return {f"{row.kind} {row.day} {row.time}".strip() for row in rows}


def _answered(tx: Tx, parent: Parent) -> set[str]:
    """What stands as her answer to a question that was put to many: `2`, `ja`, `1 3`."""
    return {" ".join(row.answer) for row in _hers(tx, parent, _ANSWERS, t.broadcast_to)}


def _talked(tx: Tx, parent: Parent) -> set[str]:
    """What she has agreed upon, or what is kept for her: `geboekt do 15:10`, `bewaard di 19:00`."""
    rows = _hers(tx, parent, _TALKS, t.appointment)
    walls = [(row.state, row.starts_at.astimezone(HOME)) for row in rows]
    return {f"{_SAID[state]} {WEEKDAYS[at.weekday()]} {at:%H:%M}" for state, at in walls}


def _referred(tx: Tx, parent: Parent) -> set[str]:
    """What she said yes to, and how that stands: `taalcafe open`."""
    r = t.referral.c
    return {
        f"{row.offer} {row.state}"
        for row in tx.execute(select(r.offer, r.state).where(r.contact_id == parent.contact_id))
    }


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
    "referral": _referred,
}
