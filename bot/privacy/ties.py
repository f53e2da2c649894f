"""Who has nothing to do with any school any more, and what has to go before they can."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, or_, select, update

from bot.model import Address
from bot.people.contacts import new_contacts
from bot.store import settings
from bot.store import tables as t
from bot.store.database import Tx

NOBODY = "nobody"  # the setting that holds the number of the contact to whom empty addresses belong
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_OF_COLLEAGUES = (
    t.thread, t.thread_message, t.appointment, t.broadcast, t.attachment, t.phrase, t.doubt, t.talk_round, t.invitee,
    t.talk_request, t.agreement, t.gathering, t.referral, t.offer_seen, t.ballot, t.erasure,
)  # fmt: skip


# --- who
def promised(thread_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether somebody at school still owes an answer to this talk."""
    p = t.promise.alias()
    return select(p.c.id).where(p.c.thread_id == thread_id, p.c.state == "open").exists()


def forgotten(ended: str) -> ColumnElement[bool]:
    """Children of whom nobody said that they left, but who were in no group in a whole year in which others were."""
    m, g = t.membership.alias(), t.group.alias()
    known = select(m.c.id).where(m.c.child_id == t.child.c.id)
    year = select(m.c.id).join(g, g.c.id == m.c.group_id).where(g.c.school == t.child.c.school, g.c.year == ended)
    left = t.child.c.left_at.is_(None), known.exists(), ~known.where(m.c.year >= ended).exists()
    return and_(*left, year.correlate(t.child).exists())


def child_left(ended: str, over: datetime, silent: datetime) -> ColumnElement[bool]:
    """Children whose last school year is over since 30 days, and about whom nothing is open.

    Who turned out later to have left with that year goes 30 days after that was said: it may be a mistake.
    """
    c, m, g = t.child.c, t.membership.alias(), t.guardian.alias()
    in_group = select(m.c.id).where(m.c.child_id == c.id)
    th = t.thread.alias()
    talk = select(th.c.id).join(g, g.c.contact_id == th.c.contact_id)
    open_talk = talk.where(g.c.child_id == c.id, th.c.school == c.school, th.c.state == "open")
    p = t.promise.alias()
    owed = select(p.c.id).join(g, g.c.contact_id == p.c.contact_id)
    open_promise = owed.where(g.c.child_id == c.id, p.c.school == c.school, p.c.state == "open")
    since = or_(c.left_at <= over, and_(c.left_at <= silent, in_group.exists()))
    return and_(since, ~in_group.where(m.c.year > ended).exists(), ~open_talk.exists(), ~open_promise.exists())


def consent_of_nobody(silent: datetime) -> ColumnElement[bool]:
    """What was withdrawn at a school where no child of hers is known any more, and where she does not work."""
    c, g, s = t.consent.c, t.guardian.alias(), t.staff.alias()
    child = select(g.c.id).where(g.c.contact_id == c.contact_id, g.c.school == c.school)
    work = select(s.c.id).where(s.c.contact_id == c.contact_id, s.c.school == c.school)
    return and_(c.withdrawn_at <= silent, ~child.exists(), ~work.exists())


def colleague_left(since: datetime) -> ColumnElement[bool]:
    """People of the school who left in a year that is over, and have nothing open."""
    s, p, th, a = t.staff.c, t.promise.alias(), t.thread.alias(), t.appointment.alias()
    owes = select(p.c.id).where(p.c.staff_id == s.id, p.c.state == "open")
    hers = select(th.c.id).where(th.c.staff_id == s.id, th.c.state == "open")
    planned = select(a.c.id).where(a.c.staff_id == s.id, a.c.state == "planned", a.c.starts_at > since)
    # The newest number may be given anew: while the audit names it, nobody else gets it.
    newer, did = t.staff.alias(), t.audit.alias()
    newest = ~select(newer.c.id).where(newer.c.id > s.id).exists()
    named = select(did.c.id).where(did.c.staff_id == s.id).exists()
    return and_(s.left_at <= since, ~owes.exists(), ~hers.exists(), ~planned.exists(), ~and_(newest, named))


def nobody(silent: datetime, now: datetime, duty: Sequence[str]) -> ColumnElement[bool]:
    """Contacts with no child, no work at school, no duty and nothing open, of whom nothing was heard for 30 days."""
    tables = t.guardian, t.staff, t.address, t.thread, t.promise, t.appointment, t.inbox, t.outbox
    g, s, a, th, p, ap, i, o = (each.alias() for each in tables)
    v, ga, r, e = (each.alias() for each in (t.visitor, t.gathering, t.referral, t.erasure))
    me = t.contact.c.id
    reasons = (
        select(g.c.id).where(g.c.contact_id == me),
        select(s.c.id).where(s.c.contact_id == me),
        select(a.c.id).where(a.c.contact_id == me, or_(a.c.heard_at > silent, a.c.find.in_(duty))),
        select(th.c.id).where(th.c.contact_id == me, th.c.state == "open"),
        select(p.c.id).where(p.c.contact_id == me, p.c.state == "open"),
        select(ap.c.id).where(ap.c.contact_id == me, ap.c.state == "planned", ap.c.starts_at > now),
        select(i.c.id).where(i.c.contact_id == me, i.c.state == "waiting"),
        select(o.c.id).where(o.c.contact_id == me, o.c.status.in_(("queued", "sending"))),
        select(v.c.id).join(ga, ga.c.id == v.c.gathering_id).where(v.c.contact_id == me, ga.c.starts_at > silent),
        select(r.c.id).where(r.c.contact_id == me, r.c.state.in_(("open", "passed"))),
        select(e.c.id).where(e.c.contact_id == me, e.c.state != "done"),  # it is under way already
    )
    kept = select(t.setting.c.name).where(t.setting.c.name == NOBODY, t.setting.c.value == cast(me, String))
    return and_(t.contact.c.created_at < silent, ~_newest_of_erased(), *(~each.exists() for each in (*reasons, kept)))


def _newest_of_erased() -> ColumnElement[bool]:
    """Somebody forgotten whose number would be given anew: the erasure would seem to be somebody else's."""
    newer, e = t.contact.alias(), t.erasure.alias()
    erased = select(e.c.id).where(e.c.contact_id == t.contact.c.id).exists()
    return and_(erased, ~select(newer.c.id).where(newer.c.id > t.contact.c.id).exists())


# --- what goes first, where no foreign key does it
def without_child(tx: Tx, ids: Sequence[int]) -> None:
    """What was agreed about these children goes; other rows keep their number, and forget who it was."""
    for table in (t.appointment, t.known):
        tx.execute(delete(table).where(table.c.child_id.in_(ids)))
    blank = {"state": "done", "due_at": None, "child_id": None, "fields": tx.seal("followup.fields", "{}")}
    tx.execute(update(t.followup).where(t.followup.c.child_id.in_(ids)).values(blank))
    for table in (t.run, t.thread, t.referral):
        tx.execute(update(table).where(table.c.child_id.in_(ids)).values(child_id=None))
    _told_of_others(tx, ids)


def _told_of_others(tx: Tx, ids: Sequence[int]) -> None:
    """Whoever was told something was told it about her other children only."""
    to, g = t.broadcast_to.c, t.guardian.c
    theirs = select(g.contact_id).where(g.child_id.in_(ids))
    for row in tx.execute(select(to.id, to.children).where(to.contact_id.in_(theirs))).all():
        others = [child for child in row.children if child not in ids]
        if others != row.children:
            tx.execute(update(t.broadcast_to).where(to.id == row.id).values(children=others))


def without_colleague(tx: Tx, ids: Sequence[int]) -> None:
    """Talks, what she wrote in them, appointments and what she told many outlive her; her number may be given anew."""
    for table in _OF_COLLEAGUES:
        tx.execute(update(table).where(table.c.staff_id.in_(ids)).values(staff_id=None))
    _without_time(tx, "staff", ids)
    tx.execute(update(t.alarm).where(t.alarm.c.taken_staff.in_(ids)).values(taken_staff=None))
    tx.execute(update(t.broadcast).where(t.broadcast.c.approved_by.in_(ids)).values(approved_by=None))


def _without_time(tx: Tx, kind: str, ids: Sequence[int]) -> None:
    """The time that they gave to talks of others."""
    tx.execute(delete(t.busy).where(t.busy.c.kind == kind, t.busy.c.who.in_(ids)))


def without_interpreter(tx: Tx, ids: Sequence[int]) -> None:
    """Their time, and on which talks they were: their number may be given anew."""
    _without_time(tx, "interpreter", ids)
    tx.execute(update(t.appointment).where(t.appointment.c.interpreter_id.in_(ids)).values(interpreter_id=None))


def without_letter(tx: Tx, ids: Sequence[int]) -> None:
    """A number may be given anew: no talk may take the next letter for one that it holds already."""
    tx.execute(update(t.thread_message).where(t.thread_message.c.inbox_id.in_(ids)).values(inbox_id=None))


def without_contact(tx: Tx, ids: Sequence[int]) -> None:
    """What others hold of these people: calls on duty about them, alarms they took, the pace of their addresses."""
    al, th = t.alarm.c, t.thread.c
    alarms = tx.execute(select(al.id, al.position).join(t.thread, th.id == al.thread_id).where(th.contact_id.in_(ids)))
    without_calls(tx, alarms.all())
    tx.execute(update(t.alarm).where(al.taken_by.in_(ids)).values(taken_by=None))
    _without_time(tx, "contact", ids)
    _empty_addresses(tx, ids)


def without_calls(tx: Tx, alarms: Sequence[Any]) -> None:
    """An alarm's number may be given anew, and a call that seems to have been made would not be made."""
    calls = [f"alarm:{row.id}:{position}" for row in alarms for position in range(row.position + 1)]
    if calls:
        tx.execute(delete(t.inbox).where(t.inbox.c.channel == "bot", t.inbox.c.provider_id.in_(calls)))


def _empty_addresses(tx: Tx, contact_ids: Sequence[int]) -> None:
    """Nothing stands in them any more. The rows stay, with a contact that is nobody: to delete one, the database would
    have to look through every letter and message for it, which has no index, and hold the writer as long."""
    a = t.address.c
    rows = tx.execute(select(a.id, a.channel).where(a.contact_id.in_(contact_ids))).all()
    if not rows:
        return
    tx.execute(delete(t.attempt).where(t.attempt.c.address_id.in_([row.id for row in rows])))
    tx.execute(delete(t.limiter).where(t.limiter.c.name.in_([f"to:{row.id}" for row in rows])))
    to, empty = empty_contact(tx), dict.fromkeys(("linked_at", "heard_at", "blocked_at", "answered_at", "alias_of"))
    for row in rows:
        blank = Address(row.channel, f"-{row.id}")
        sealed = {"find": tx.find(str(blank)), "sealed": tx.seal("address.sealed", blank.value)}
        tx.execute(update(t.address).where(a.id == row.id).values(contact_id=to, **sealed, **empty))


def empty_contact(tx: Tx) -> int:
    """The contact that is nobody; it is made when it is first needed."""
    known = settings.get(tx, NOBODY)
    if not known:
        made = new_contacts(tx, ["nl"], _LONG_AGO)[0]
        known = str(made)
        settings.put(tx, NOBODY, known)
    return int(known)
