"""Forgetting what was told to many, and what was made of people's words in other languages."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, false, or_, select, true

from bot.broadcast import content
from bot.broadcast.content import OWN, QUESTION, READY, Content
from bot.model import Value
from bot.privacy.rule import Marks, Rule, holds
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.orders import PERSON

_LIVE = ("asked", "planned", "starting", "going")
_DAY = 24 * 60 * 60 * 1000  # milliseconds, at most, from its file to the broadcast that it goes with
_YEAR = timedelta(days=365)
_MONTH = timedelta(days=60)  # from the end of a school year until a month after its words are gone


def _blank(kind: str) -> str:
    """What is left of a content: readers find an own text, with nothing in it."""
    return Content(kind, fields={content.WORDS: Value("words", "", "nl")}).dump()


_LONGEST_BLANK = max((_blank(kind) for kind in (READY, OWN, QUESTION)), key=len)


def _contents(m: Marks) -> ColumnElement[bool]:
    b = t.broadcast.c
    return and_(b.state.not_in(_LIVE), b.due_at < m.over, or_(holds(b.content, _LONGEST_BLANK), b.reason.is_not(None)))


def _no_content(tx: Tx, _: Marks) -> dict[str, Any]:
    sealed = {kind: tx.seal("broadcast.content", _blank(kind)) for kind in (READY, OWN, QUESTION)}
    by_kind = case(sealed, value=t.broadcast.c.kind, else_=sealed[OWN])
    return {"content": by_kind, "reason": None}


def _answers(m: Marks) -> ColumnElement[bool]:
    """Whom it was about and what they chose; that they were told and when they answered can be counted on."""
    to, b = t.broadcast_to.c, t.broadcast.alias()
    over = select(b.c.id).where(b.c.id == to.broadcast_id, b.c.state.not_in(_LIVE), b.c.due_at < m.over)
    return and_(over.exists(), or_(to.answer.is_not(None), cast(to.children, String) != "[]"))


def _translations(m: Marks) -> ColumnElement[bool]:
    """30 days after somebody last asked for them; a doubt of these days keeps them, the end of the year does not."""
    tr, d = t.translation.c, t.doubt.alias()
    doubted = select(d.c.id).where(d.c.translation_id == tr.id, d.c.state == "open", d.c.at > m.silent)
    unused = and_(tr.used_at < m.silent, ~doubted.exists())
    return and_(tr.state != "waiting", or_(unused, tr.asked_at < m.over))


def _tags(m: Marks) -> ColumnElement[bool]:
    """Names for families of whom none is here any more; looked for when a year is over, for a new one is empty too."""
    its = select(t.tagged.c.id).where(t.tagged.c.tag_id == t.tag.c.id)
    return and_(~its.exists(), true() if m.now < m.over + _MONTH else false())


def _rows(m: Marks) -> ColumnElement[bool]:
    b, o = t.broadcast.c, t.outbox.alias()
    sent = select(o.c.id).where(o.c.broadcast_id == b.id)  # its number may be given anew
    return and_(b.state.not_in(_LIVE), b.due_at < m.gone, ~sent.exists())


WORDS = (
    Rule("contents of broadcasts", t.broadcast, _contents, _no_content),
    Rule("answers to broadcasts", t.broadcast_to, _answers, lambda _tx, _m: {"answer": None, "children": []}),
    Rule("files of broadcasts", t.attachment, lambda m: t.attachment.c.made_at < m.silent, most=2),  # large ones
    Rule("doubts", t.doubt, lambda m: t.doubt.c.at < m.over),
    Rule("translations", t.translation, _translations),
    Rule(
        "phrases", t.phrase, lambda m: and_(t.phrase.c.origin != PERSON, t.phrase.c.used_at < m.now - _YEAR),
    ),
)  # fmt: skip

ROWS = (Rule("rows of broadcasts", t.broadcast, _rows, most=20), Rule("tags", t.tag, _tags))
