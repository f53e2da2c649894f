"""After a question: once more to who has not answered, and to all what became of their answers."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.broadcast import answers, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import OUTCOME, OWN, QUESTION, WORDS, Content
from bot.broadcast.send import HOLD, Plan
from bot.model import Value
from bot.store.database import Tx
from bot.store.tables import broadcast
from bot.translation.texts import SOURCE

_LIFE = timedelta(days=3)  # so long it is worth hearing what the school does with the answers
_NOT_SENT = ("taken_back", "refused", "late")
_b = broadcast.c


def remind(tx: Tx, broadcast_id: int, staff_id: int, now: datetime) -> int | None:
    """Ask those who have not answered once more, and only once: a second time is the same broadcast. None where
    nobody is left to ask, or hardly any time."""
    asked = answers.question(tx, broadcast_id)
    if asked is None or asked.until <= now + HOLD or not answers.unanswered(tx, asked.id):
        return None
    again = _b.about_id == asked.id, _b.kind == QUESTION, _b.state.in_(_NOT_SENT)
    before = tx.execute(select(func.count()).where(*again)).scalar_one()  # what never went out may be made anew
    audience = Audience(asked.school, unanswered=asked.id)
    key = f"again:{asked.id}:{before}"
    plan = Plan(audience, asked.content, "broadcast", staff_id, key, now, asked.until, about_id=asked.id)
    return send.make(tx, plan, now)


def is_reminded(tx: Tx, broadcast_id: int) -> bool:
    """Whether it was asked once more."""
    again = _b.about_id == answers.root(tx, broadcast_id), _b.kind == QUESTION, _b.state.not_in(_NOT_SENT)
    return tx.execute(select(_b.id).where(*again).limit(1)).first() is not None


def outcome(tx: Tx, broadcast_id: int, staff_id: int, words: str, key: str, now: datetime) -> int | None:
    """You said, we did: what the school does with the answers, in the teacher's own words, to all who were asked.

    `key`: the form it came from. None where the question is not kept any more.
    """
    asked = answers.question(tx, broadcast_id)
    if asked is None:
        return None
    whom = tx.execute(select(_b.audience).where(_b.id == asked.id)).scalar_one()
    content = Content(OWN, OUTCOME, {WORDS: Value("words", words, SOURCE)})
    plan = Plan(Audience(asked.school, *whom), content, "broadcast", staff_id, key, now, now + _LIFE, about_id=asked.id)
    return send.make(tx, plan, now)
