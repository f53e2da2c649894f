"""Forgetting what belongs to talks: who was invited, whose time it was, who asked for one, who interpreted.

What hangs on an appointment goes with it: what was said before it, who came along, what was agreed on.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Exists, and_, or_, select

from bot.model import HOME
from bot.privacy import ties
from bot.privacy.rule import Marks, Rule
from bot.store import tables as t

_LET_GO = ("lapsed", "let_go")  # moments that were kept for somebody who took another


def _offers(m: Marks) -> ColumnElement[bool]:
    """What was kept for her and not taken; while the round goes on it is not offered to her again."""
    a = t.appointment.c
    return and_(a.state.in_(_LET_GO), a.changed_at < m.silent)


def _requests(m: Marks) -> ColumnElement[bool]:
    """With the words of their year; one that nobody answered stays on somebody's list a year longer."""
    r = t.talk_request.c
    return or_(and_(r.state != "open", r.made_at < m.over), r.made_at < m.gone)


def _of_old_rounds(round_id: ColumnElement[int], m: Marks) -> Exists:
    """Whether it belongs to a round of which no talk lies in a year that goes on."""
    r, h, a = t.talk_round.alias(), t.talk_hours.alias(), t.appointment.alias()
    later = select(h.c.id).where(h.c.round_id == r.c.id, h.c.day >= _day(m.over))
    talks = select(a.c.id).where(a.c.round_id == r.c.id, a.c.starts_at >= m.over)
    old = r.c.id == round_id, r.c.closes_at < m.over, ~later.exists(), ~talks.exists()
    return select(r.c.id).where(*old).exists()


def _rounds(m: Marks) -> ColumnElement[bool]:
    r = t.talk_round.c
    return and_(r.closes_at < m.gone, _of_old_rounds(r.id, m))


def _interpreters(m: Marks) -> ColumnElement[bool]:
    """Who worked for the school until a year that is over."""
    i, a = t.interpreter.c, t.appointment.alias()
    talks = select(a.c.id).where(a.c.interpreter_id == i.id, a.c.starts_at >= m.over)
    return and_(i.left_at < m.over, ~talks.exists())


def _day(moment: datetime) -> str:
    return moment.astimezone(HOME).date().isoformat()


WORDS = (
    Rule("offers of talks", t.appointment, _offers),
    Rule("time of talks", t.busy, lambda m: t.busy.c.at < m.silent),
    Rule("requests for talks", t.talk_request, _requests),
    Rule("invitations to talks", t.invitee, lambda m: _of_old_rounds(t.invitee.c.round_id, m)),
    Rule("hours for talks", t.talk_hours, lambda m: _of_old_rounds(t.talk_hours.c.round_id, m)),
    Rule("hours of interpreters", t.interpreter_hours, lambda m: t.interpreter_hours.c.day < _day(m.silent)),
    Rule("interpreters", t.interpreter, _interpreters, before=ties.without_interpreter),
    Rule("feeds", t.feed, lambda m: t.feed.c.ended_at < m.silent),
)
ROWS = (Rule("rows of rounds", t.talk_round, _rounds, most=20),)
