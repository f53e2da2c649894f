"""What is hers to see: one question per kind of id that can stand in an address. Foreign ids do not exist for her."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, select

from bot.console.visit import COACH, IB, NETWORK, OFFICES, TEACHER, Who
from bot.store import tables as t
from bot.store.database import Tx

Rule = Callable[[Who], ColumnElement[bool]]
MOST = 1 << 62  # no id is larger


def may_see(tx: Tx, who: Who, kind: str, number: int) -> bool:
    """Whether this row is there, at a school of hers, and hers to see."""
    if who.role == NETWORK:  # numbers of schools, and nothing about anybody
        return False
    table = TABLES[kind]
    return bool(tx.execute(select(exists().where(table.c.id == number, RULES[kind](who)))).scalar())


def school_of(tx: Tx, who: Who, kind: str, number: int | None) -> str:
    """At which of her schools this row is, so that it is noted there what she did; else where she works."""
    table: Any = t.guardian if kind == "contact" else TABLES.get(kind)
    if number is None or table is None or "school" not in table.c or len(who.schools) < 2:
        return who.school
    its = table.c.contact_id == number if kind == "contact" else table.c.id == number
    found = set(tx.execute(select(table.c.school).where(its, table.c.school.in_(who.schools))).scalars())
    return who.school if who.school in found else min(found, default=who.school)


def children(who: Who) -> ColumnElement[bool]:
    """The rows of `child` that she may see: all of an office's school, those of a teacher's groups, those whose talk
    a coach was given."""
    c, here = t.child.c, t.child.c.school.in_(who.schools)
    if who.role in OFFICES:
        return here
    if who.role == TEACHER:
        m = t.membership.alias()
        return here & exists().where(m.c.child_id == c.id, m.c.group_id.in_(who.groups))
    if who.role in (COACH, IB):
        g = t.guardian.alias()
        return here & exists().where(g.c.child_id == c.id, g.c.contact_id.in_(_talked_with(who)))
    return false()


def contacts(who: Who) -> ColumnElement[bool]:
    """The rows of `contact` that she may see: guardians of the children that she may see."""
    g = t.guardian.alias()
    hers = exists().where(g.c.contact_id == t.contact.c.id, g.c.child_id == t.child.c.id, children(who))
    if who.role in (COACH, IB):
        return or_(hers, t.contact.c.id.in_(_talked_with(who)))
    return hers if who.role != NETWORK else false()


def threads(who: Who) -> ColumnElement[bool]:
    """The rows of `thread` that she may see: her school's, her groups', what was given to her, what is tense."""
    th = t.thread.c
    here = th.school.in_(who.schools)
    if who.role in OFFICES:
        return here
    if who.role == TEACHER:
        return here & or_(th.staff_id == who.staff_id, _of_her_groups(who))
    if who.role in (COACH, IB):
        return here & or_(th.staff_id == who.staff_id, th.tense if who.role == COACH else false())
    return false()


def _of_her_groups(who: Who) -> ColumnElement[bool]:
    """Talks about a child of her groups; where no child is named, those of its parents."""
    m, g, th = t.membership.alias(), t.guardian.alias(), t.thread.c
    named = exists().where(m.c.child_id == th.child_id, m.c.group_id.in_(who.groups))
    parent = exists().where(g.c.contact_id == th.contact_id, g.c.child_id == m.c.child_id, m.c.group_id.in_(who.groups))
    return or_(named, th.child_id.is_(None) & parent)


def _talked_with(who: Who) -> Any:
    th = t.thread.alias()
    hers = or_(th.c.staff_id == who.staff_id, th.c.tense if who.role == COACH else false())
    return select(th.c.contact_id).where(th.c.school.in_(who.schools), hers)


def _media(who: Who) -> ColumnElement[bool]:
    m, th = t.thread_message.alias(), t.thread
    return exists().where(m.c.inbox_id == t.media.c.inbox_id, m.c.thread_id == th.c.id, threads(who))


def _absences(who: Who) -> ColumnElement[bool]:
    return exists().where(t.child.c.id == t.absence.c.child_id, children(who))


def _promises(who: Who) -> ColumnElement[bool]:
    p = t.promise.c
    here = p.school.in_(who.schools)
    return here if who.role in OFFICES else here & (p.staff_id == who.staff_id)


def _groups(who: Who) -> ColumnElement[bool]:
    here = t.group.c.school.in_(who.schools)
    return here if who.role in OFFICES else t.group.c.id.in_(who.groups)


def _colleagues(who: Who) -> ColumnElement[bool]:
    """Who works at her school: names are no secret there. What one may do to them is the door's."""
    return t.staff.c.school.in_(who.schools) if who.role != NETWORK else false()


def broadcasts(who: Who) -> ColumnElement[bool]:
    """What was told to many at her schools: all of it for an office, else what she sent herself."""
    b = t.broadcast.c
    here = b.school.in_(who.schools)
    if who.role in OFFICES:
        return here
    return here & (b.staff_id == who.staff_id) if who.role != NETWORK else false()


def rounds(who: Who) -> ColumnElement[bool]:
    """Rounds of talks: all of an office's school; of a teacher those of her groups, and in which she has hours."""
    r, of, h = t.talk_round.c, t.round_group.alias(), t.talk_hours.alias()
    here = r.school.in_(who.schools)
    if who.role in OFFICES:
        return here
    if who.role != TEACHER:
        return false()
    hers = exists().where(of.c.round_id == r.id, of.c.group_id.in_(who.groups))
    return here & or_(hers, exists().where(h.c.round_id == r.id, h.c.staff_id == who.staff_id))


def invited(who: Who) -> ColumnElement[bool]:
    """Who may book in a round; a teacher sees those of her groups, and who talks with her. None that was shut out."""
    i = t.invitee.c
    here = i.school.in_(who.schools) & (i.state != "shut")
    if who.role in OFFICES:
        return here
    if who.role != TEACHER:
        return false()
    m = t.membership.alias()
    hers = exists().where(m.c.child_id == i.child_id, m.c.group_id.in_(who.groups))
    return here & or_(i.staff_id == who.staff_id, hers)


def talks(who: Who) -> ColumnElement[bool]:
    """Agreed talks: those of her school, of her groups, and her own; of a coach also with parents given to her."""
    return _with_families(who, t.appointment)


def _requests(who: Who) -> ColumnElement[bool]:
    """Talks that somebody asked for, like those that are agreed."""
    return _with_families(who, t.talk_request)


def _with_families(who: Who, table: Any) -> ColumnElement[bool]:
    here: ColumnElement[bool] = table.c.school.in_(who.schools)
    hers: ColumnElement[bool] = table.c.staff_id == who.staff_id
    if who.role in OFFICES:
        return here
    if who.role == TEACHER:
        m = t.membership.alias()
        return here & or_(hers, exists().where(m.c.child_id == table.c.child_id, m.c.group_id.in_(who.groups)))
    if who.role in (COACH, IB):
        return here & or_(hers, table.c.contact_id.in_(_talked_with(who)))
    return false()


def _attachments(who: Who) -> ColumnElement[bool]:
    a = t.attachment.c
    here = a.school.in_(who.schools)
    return here if who.role in OFFICES else here & (a.staff_id == who.staff_id)


def _doubts(who: Who) -> ColumnElement[bool]:
    """What sounded wrong to somebody: for the coach, and where there is none the office."""
    return t.doubt.c.school.in_(who.schools) if who.role in {COACH, *OFFICES} else false()


def _referrals(who: Who) -> ColumnElement[bool]:
    """Who wants to be called about an offer: the office and the coach pass that on, and nobody else reads it."""
    return t.referral.c.school.in_(who.schools) if who.role in {COACH, *OFFICES} else false()


def _gatherings(who: Who) -> ColumnElement[bool]:
    """Evenings: all of an office's school; of a teacher those of her groups, and those that she made."""
    g, of = t.gathering.c, t.gathering_group.alias()
    here = g.school.in_(who.schools)
    if who.role in OFFICES:
        return here
    hers = exists().where(of.c.gathering_id == g.id, of.c.group_id.in_(who.groups))
    return here & or_(hers, g.staff_id == who.staff_id) if who.role == TEACHER else false()


def _of_the_office(table: Any) -> Rule:
    def rule(who: Who) -> ColumnElement[bool]:
        return table.c.school.in_(who.schools) if who.role in OFFICES else false()

    return rule


TABLES = {
    "thread": t.thread, "contact": t.contact, "child": t.child, "group": t.group, "staff": t.staff, "media": t.media,
    "absence": t.absence, "promise": t.promise, "free_day": t.free_day, "fact": t.fact, "broadcast": t.broadcast,
    "attachment": t.attachment, "doubt": t.doubt, "tag": t.tag, "round": t.talk_round, "invitee": t.invitee,
    "interpreter": t.interpreter, "appointment": t.appointment, "talk_request": t.talk_request, "referral": t.referral,
    "gathering": t.gathering,
    "ballot": t.ballot,
}  # fmt: skip
RULES: Mapping[str, Rule] = {
    "thread": threads, "contact": contacts, "child": children, "group": _groups, "staff": _colleagues, "media": _media,
    "absence": _absences, "promise": _promises, "free_day": _of_the_office(t.free_day), "fact": _of_the_office(t.fact),
    "broadcast": broadcasts, "attachment": _attachments, "doubt": _doubts, "tag": _of_the_office(t.tag),
    "round": rounds, "invitee": invited, "interpreter": _of_the_office(t.interpreter),
    "appointment": talks, "talk_request": _requests, "referral": _referrals,
    "gathering": _gatherings,
    "ballot": _of_the_office(t.ballot),
}  # fmt: skip
