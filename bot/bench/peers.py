"""The same conversation in python-telegram-bot's ConversationHandler: all in memory, nothing kept, no network.

Alone, it lays its answers in a list. With its reply, it hands them to its Bot, whose request is answered in memory.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from itertools import count
from time import perf_counter
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.ext import Application, ContextTypes, ConversationHandler, ExtBot, MessageHandler, filters
from telegram.request import BaseRequest, RequestData

from bot.bench.talk import BEGIN, FLOW, LAST, talk_of
from bot.desk.books import Books
from bot.model import WEEKDAYS

_Context = ContextTypes.DEFAULT_TYPE
_TIME = re.compile(r"(\d{1,2})[:.](\d\d)")
_MOMENT, _DAY, _CLOCK, _TIMES = range(4)


class _Nobody(BaseRequest):
    """Answers what the bot asks of Telegram at once, as Telegram would."""

    read_timeout = 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        given = request_data.parameters if request_data else {}
        result: dict[str, Any] = {"id": 1, "is_bot": True, "first_name": "Ouderbrug", "username": "ouderbrug_bot"}
        if url.endswith("/sendMessage"):
            chat = {"id": given["chat_id"], "type": "private"}
            result = {"message_id": 1, "date": int(BEGIN.timestamp()), "chat": chat, "text": given["text"]}
        return 200, json.dumps({"ok": True, "result": result}).encode()


class Peer:
    """So many parents who talk with the handler."""

    def __init__(self, books: Books, many: int, *, replies: bool) -> None:
        self.many = many
        self._numbers = count(1)
        self._script = _Script(books, replies=replies)
        self._loop = asyncio.new_event_loop()
        self._bot = ExtBot("1:none", request=_Nobody(), get_updates_request=_Nobody())
        self._application = Application.builder().bot(self._bot).updater(None).job_queue(None).build()
        self._application.add_handler(self._script.handler())
        self._loop.run_until_complete(self._application.initialize())

    def conversation(self) -> tuple[int, float]:
        """All hold their conversation once; says how many turns it took, and in how many seconds."""
        turns, seconds = 0, 0.0
        for question in range(LAST + 1):
            updates = [update for n in range(self.many) if (update := self._update(n, question))]
            began = perf_counter()
            self._loop.run_until_complete(self._process(updates))
            seconds += perf_counter() - began
            turns += len(updates)
        return turns, seconds

    def answered(self) -> int:
        """How often it had an answer."""
        return len(self._script.said)

    def close(self) -> None:
        self._loop.run_until_complete(self._application.shutdown())
        self._loop.close()

    async def _process(self, updates: list[Update]) -> None:
        for update in updates:
            await self._application.process_update(update)

    def _update(self, parent: int, question: int) -> Update | None:
        text, tap = talk_of(parent).said[question]
        if not (text or tap):
            return None
        number = next(self._numbers)
        chat, user = Chat(1000 + parent, "private"), User(1000 + parent, "P", is_bot=False)
        message = Message(number, BEGIN, chat, from_user=user, text=text or tap)
        message.set_bot(self._bot)
        return Update(number, message)


class _Script:
    """The conversation as one would write it by hand: a function per question, its words in a table."""

    def __init__(self, books: Books, *, replies: bool) -> None:
        self.said: list[str] = []
        self._replies = replies
        flow = books.library.newest(FLOW, "nl")
        self._moments = _table(books, "voorlezen.wanneer", flow.steps["wanneer"].options)
        self._days = _table(books, "voorlezen.dag", WEEKDAYS)
        every = [books.catalogue.words(language) for language in books.catalogue.languages]
        self._keywords = sorted({word for words in every for word in words.list("kw.voorlezen")}, key=len)
        self._times = {word: str(n) for words in every for word, n in words.tables.counted.items()}

    def handler(self) -> ConversationHandler[_Context]:
        starts = filters.Regex(re.compile(f"^(?:{'|'.join(map(re.escape, self._keywords))})$", re.IGNORECASE))
        states = {_MOMENT: self.moment, _DAY: self.day, _CLOCK: self.clock, _TIMES: self.times}
        return ConversationHandler(
            entry_points=[MessageHandler(starts, self.begin)],
            states={state: [MessageHandler(filters.TEXT, answer)] for state, answer in states.items()},
            fallbacks=[],
            allow_reentry=True,
        )

    async def begin(self, update: Update, context: _Context) -> int:
        return await self._say(update, "Wanneer past het bij u thuis?", _MOMENT)

    async def moment(self, update: Update, context: _Context) -> int:
        moment = self._moments.get(_words(update))
        if moment is None:
            return await self._say(update, "Kies een van deze.", _MOMENT)
        _answers(context)["moment"] = moment
        if moment == "lukt_niet":
            return await self._say(update, "Geen probleem.", ConversationHandler.END)
        return await self._say(update, "Op welke dag?", _DAY)

    async def day(self, update: Update, context: _Context) -> int:
        day = self._days.get(_words(update))
        if day is None:
            return await self._say(update, "Kies een van deze.", _DAY)
        _answers(context)["day"] = day
        return await self._say(update, "Hoe laat?", _CLOCK)

    async def clock(self, update: Update, context: _Context) -> int:
        found = _TIME.search(_words(update))
        if found is None:
            return await self._say(update, "Kies een tijd.", _CLOCK)
        _answers(context)["time"] = f"{found[1]}:{found[2]}"
        return await self._say(update, "Elke week op {day} om {time}.".format(**_answers(context)), _TIMES)

    async def times(self, update: Update, context: _Context) -> int:
        words = _words(update)
        _answers(context)["times"] = self._times.get(words, words)
        return await self._say(update, "Wat fijn!", ConversationHandler.END)

    async def _say(self, update: Update, text: str, state: int) -> int:
        self.said.append(text)
        if self._replies:
            assert update.message is not None
            await update.message.reply_text(text)
        return state


def _table(books: Books, ask: str, options: tuple[str, ...]) -> Mapping[str, str]:
    """Number, option id, label or synonym in any language -> option."""
    found = {str(number): option for number, option in enumerate(options, 1)} | {option: option for option in options}
    for language in books.catalogue.languages:
        found |= books.catalogue.words(language).labels(ask, options)
    return found


def _words(update: Update) -> str:
    assert update.message is not None and update.message.text is not None
    return update.message.text.strip().casefold()


def _answers(context: _Context) -> dict[Any, Any]:
    assert context.user_data is not None
    return context.user_data
