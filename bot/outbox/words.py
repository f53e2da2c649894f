"""Somebody's own words in what leaves: in the language of who reads them, or as they were written and a line that says
so. A message is translated as a whole or not at all."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bot.model import Offer, Part, Value
from bot.outbox.fit import load_pieces
from bot.outbox.forms import Message
from bot.outbox.queue import BULK, load_parts
from bot.outbox.render import BY_MACHINE, NOT_TRANSLATED
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Said, Wanted
from bot.translation.sentences import has_words

TRANSLATING = "translating"  # why a message waits
_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
SOON, LATER = timedelta(seconds=0.5), timedelta(seconds=2)  # before it is looked at again: an answer; what is for many


def own(message: Message) -> Iterator[tuple[str, str]]:
    """Words that somebody wrote, each with its language; what holds no letter says the same everywhere."""
    fields = (value for part in message.parts for value in part.fields.values() if value.kind == "words")
    offers = (Offer(*each) for each in message.shown or ())
    said = [(each.value, each.of) for each in fields] + [(each.label, each.of) for each in offers]
    return ((text, language) for text, language in said if language and has_words(text))


def wanted(message: Message, school: str, language: str) -> tuple[Wanted, ...]:
    """What must be translated for who reads this language."""
    others = (Wanted(school, source, language, text) for text, source in own(message) if source != language)
    return tuple(dict.fromkeys(others))


def spoken(message: Message, school: str, language: str, found: Mapping[Wanted, Said]) -> Message:
    """The message as she reads it: translated and so marked, unless people made all of it; else as it was written."""
    needed = wanted(message, school, language)
    if not needed:
        return message
    said = [found[each] for each in needed if each in found]
    if len(said) < len(needed) or any(each.state != orders.DONE for each in said):
        return message._replace(parts=[*message.parts, Part(NOT_TRANSLATED, {}, language)])
    by_text = {(each.source, each.text): found[each].text for each in needed}
    parts = [
        part._replace(fields={name: _in_hers(value, by_text, language) for name, value in part.fields.items()})
        for part in message.parts
    ]
    offers = [Offer(*each) for each in message.shown or ()]
    shown = [[each.id, by_text.get((each.of, each.label), each.label)] for each in offers]
    changed = any(one.text != each.text for each, one in zip(needed, said, strict=True))
    by_machine = changed and any(each.origin != orders.PERSON for each in said)
    note = [Part(BY_MACHINE, {}, language)] if by_machine else []
    return message._replace(parts=[*parts, *note], shown=shown if message.shown is not None else None)


def _in_hers(value: Value, by_text: Mapping[tuple[str, str], str], language: str) -> Value:
    text = by_text.get((value.of, value.value)) if value.kind == "words" else None
    return value if text is None else Value("words", text, language)


def stands_in(text: str, body: str) -> bool:
    """Whether these words are part of what left, however it was cut."""
    return _bare(text) in _bare(" ".join(piece.text for piece in load_pieces(body)))


def _bare(text: str) -> str:
    return "".join(_MARKS.sub("", text).split())


class Words:
    """What the rows of one claim say, opened once; their words are looked up together where the first needs them."""

    def __init__(self, tx: Tx, rows: Sequence[Row[Any]], now: datetime) -> None:
        self._tx = tx
        self._rows = rows
        self._now = now
        self._opened: dict[str, Message] = {}
        self._found: dict[Wanted, Said] | None = None
        self._missing: set[Wanted] = set()

    def written(self, row: Row[Any]) -> Message:
        """What stands in the queue."""
        message = self._opened.get(row.parts)  # what is told to many was put down once
        if message is None:
            message = Message(*load_parts(self._tx.open("outbox.parts", row.parts)))
            self._opened[row.parts] = message
        return message

    def message(self, row: Row[Any]) -> Message:
        """What she reads, with what there is of its words."""
        message = self.written(row)
        needed = self._wanted(row)
        return spoken(message, row.school or "", needed[0].target, self._there_is()) if needed else message

    def wait(self, row: Row[Any]) -> datetime | None:
        """When to look at this row again, because its words are not ready; None: it need not wait for them.

        What has found its place behind a busy sender does not wait any more, and neither does its second half.
        """
        needed = () if row.piece or row.lane else self._wanted(row)
        if not needed:
            return None
        found = self._there_is()
        new = [each for each in needed if self._must_be_asked(row, found.get(each))]
        self._missing.update(new)
        if not new and all(found[each].is_ready(self._now) for each in needed):
            return None
        soon = self._now + (SOON if row.rank < BULK else LATER)
        return None if row.until_at and row.until_at <= soon else soon

    def ask(self) -> None:
        """Order what was missing."""
        orders.order(self._tx, sorted(self._missing), self._now)

    def _must_be_asked(self, row: Row[Any], said: Said | None) -> bool:
        """Nobody has asked for it, or it failed a while ago; what has waited for it already does not begin anew."""
        if said is None:
            return True
        asked_at = said.deadline_at - orders.PATIENCE if said.deadline_at else self._now
        return said.state == orders.FAILED and row.reason != TRANSLATING and self._now - asked_at >= orders.AGAIN

    def _there_is(self) -> Mapping[Wanted, Said]:
        if self._found is None:
            needed = {each for row in self._rows for each in self._wanted(row)}
            self._found = orders.said(self._tx, needed)
        return self._found

    def _wanted(self, row: Row[Any]) -> tuple[Wanted, ...]:
        message = self.written(row)
        if not any(own(message)):
            return ()
        return wanted(message, row.school or "", self._tx.open("contact.language", row.language))
