"""Once more to who has not answered a question."""

from datetime import datetime

from sqlalchemy import func, select

from bot.broadcast import answers, hers, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION
from bot.broadcast.send import HOLD, NOT_BEGUN, Plan
from bot.config import Config
from bot.store.database import Tx
from bot.store.tables import broadcast

_b = broadcast.c


def may_remind(tx: Tx, config: Config, broadcast_id: int, staff_id: int, now: datetime) -> bool:
    """Whether somebody who was asked has not answered, time is left to do so, and these families are hers today."""
    asked = answers.question(tx, broadcast_id)
    if asked is None or asked.until <= now + HOLD:
        return False
    row = tx.execute(select(*_b["state", "audience"]).where(_b.id == asked.id)).one()
    if row.state not in ("going", "done") or not answers.unanswered(tx, asked.id):
        return False
    return hers.may_tell(tx, config, staff_id, Audience(asked.school, *row.audience), now)


def remind(tx: Tx, config: Config, broadcast_id: int, staff_id: int, now: datetime) -> int | None:
    """Ask those who have not answered once more, and only once: a second time is the same broadcast. None where she
    may not (see `may_remind`)."""
    asked = answers.question(tx, broadcast_id)
    if asked is None or not may_remind(tx, config, asked.id, staff_id, now):
        return None
    again = _b.about_id == asked.id, _b.kind == QUESTION, _b.state.in_(NOT_BEGUN)
    before = tx.execute(select(func.count()).where(*again)).scalar_one()  # what never went out may be made anew
    audience = Audience(asked.school, unanswered=asked.id)
    key = f"again:{asked.id}:{before}"
    plan = Plan(audience, asked.content, "broadcast", staff_id, key, now, asked.until, about_id=asked.id)
    return send.make(tx, plan, now)


def is_reminded(tx: Tx, broadcast_id: int) -> bool:
    """Whether it was asked once more."""
    again = _b.about_id == answers.root(tx, broadcast_id), _b.kind == QUESTION, _b.state.not_in(NOT_BEGUN)
    return tx.execute(select(_b.id).where(*again).limit(1)).first() is not None
