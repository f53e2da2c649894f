"""Forgetting what belongs to a year together: what families told, evenings, what partners offer, deciding together."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, or_, select

from bot.model import HOME
from bot.privacy import ties
from bot.privacy.rule import Marks, Rule
from bot.store import tables as t
from bot.store.database import Tx

_HELPED = ("called", "closed")


def _told(m: Marks) -> ColumnElement[bool]:
    """What somebody told a school where no child of hers is known any more."""
    k, g = t.known.c, t.guardian.alias()
    child = select(g.c.id).where(g.c.contact_id == k.contact_id, g.c.school == k.school)
    return and_(k.said_at < m.silent, ~child.exists())


def _visitors(m: Marks) -> ColumnElement[bool]:
    """With the words of their year."""
    g = t.gathering.alias()
    return t.visitor.c.gathering_id.in_(select(g.c.id).where(g.c.starts_at < m.over))


def _summaries(m: Marks) -> ColumnElement[bool]:
    g = t.gathering.c
    return and_(g.starts_at < m.over, or_(*(column.is_not(None) for column in (g.words, g.summary, g.reason))))


def _referrals(m: Marks) -> ColumnElement[bool]:
    """Of whom somebody was helped, or not any more; one that nobody closed stays on the list for a year longer."""
    r = t.referral.c
    return or_(and_(r.state.in_(_HELPED), r.changed_at < m.over), r.asked_at < m.gone)


def _decided(ballot_id: ColumnElement[int], before: datetime) -> ColumnElement[bool]:
    b = t.ballot.alias()
    return ballot_id.in_(select(b.c.id).where(b.c.closes_at < before))


def _seen(m: Marks) -> ColumnElement[bool]:
    return t.offer_seen.c.seen_on < m.gone.astimezone(HOME).date().isoformat()


def _no_summary(_tx: Tx, _m: Marks) -> dict[str, Any]:
    return {"words": None, "summary": None, "reason": None}


def _of_nobody(contact_id: ColumnElement[int]) -> ColumnElement[bool]:
    """What stayed of somebody who was forgotten, until no provider brings it again."""
    s = t.setting.c
    return cast(contact_id, String).in_(select(s.value).where(s.name == ties.NOBODY))


WORDS = (
    Rule(
        "letters of nobody",
        t.inbox,
        lambda m: and_(t.inbox.c.received_at < m.silent, _of_nobody(t.inbox.c.contact_id)),
        before=ties.without_letter,
    ),
    Rule(
        "messages to nobody",
        t.outbox,
        lambda m: and_(t.outbox.c.queued_at < m.silent, _of_nobody(t.outbox.c.contact_id)),
    ),
    Rule("what families told", t.known, _told),
    Rule("visitors", t.visitor, _visitors),
    Rule("words of evenings", t.gathering, _summaries, _no_summary),
    Rule("codes of posters", t.poster, lambda m: t.poster.c.ends_at < m.silent),
    Rule("referrals", t.referral, _referrals),
    Rule("looks at offers", t.offer_seen, _seen),
    Rule("who voted", t.voter, lambda m: _decided(t.voter.c.ballot_id, m.silent)),
    Rule("candidates", t.candidate, lambda m: _decided(t.candidate.c.ballot_id, m.over)),
    Rule("remarks beside votes", t.remark, lambda m: _decided(t.remark.c.ballot_id, m.over)),
    Rule("handed over", t.handout, lambda m: t.handout.c.expires_at < m.now),
)
ROWS = (
    Rule("rows of evenings", t.gathering, lambda m: t.gathering.c.starts_at < m.gone, most=20),
    Rule("rows of ballots", t.ballot, lambda m: t.ballot.c.closes_at < m.gone, most=20),
    Rule("rows of erasures", t.erasure, lambda m: and_(t.erasure.c.state == "done", t.erasure.c.done_at < m.gone)),
)
