"""A school year played for one family: the real planner, desk and outbox, a clock that jumps, no wire."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Row, bindparam, select

from bot.check.rehearsal import Bot, Clock, Wireless, settings
from bot.config import Config
from bot.model import Address, Inbound, Request
from bot.outbox.queue import load_parts
from bot.outbox.render import render
from bot.scheduler.playing import play
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.texts import SOURCE

ANSWERS = ("first", "none")
_A_WHILE = timedelta(minutes=10)  # before she answers
_o, _f = t.outbox.c, t.followup.c
_HERS: BindParameter[int] = bindparam("contact_id")
_HELD = select(_o.id, _o.reason).where(_o.contact_id == _HERS, _o.status == "queued", _o.reason.is_not(None))
_LAID = select(t.followup).where(_f.contact_id == _HERS).order_by(_f.id)
_SAID = {"text": "Dat is fijn, dank u wel.", "number": "3", "time": "19:00", "date": "1 mei"}


class Mark(NamedTuple):
    """A message that she got, or what was left out. `at`, `planned`: UTC; `reason`: why later, or not at all."""

    at: datetime
    what: str  # the flow, or the scope of a plan
    cls: str
    keys: tuple[str, ...]
    dutch: str
    hers: str
    language: str
    options: tuple[str, ...]  # in Dutch
    planned: datetime | None = None
    reason: str = ""
    left_out: bool = False
    answer: str = ""  # what she says to it


def scratch(config: Config) -> Config:
    """These settings with channels on which nobody waits, and without a machine that translates."""
    schools = {key: replace(school, translation=None) for key, school in config.schools.items()}
    return replace(settings(config), schools=schools)


async def play_year(
    bot: Bot, clock: Clock, lines: Mapping[str, Wireless], contact_id: int, until: datetime,
    *, answers: bool, seen: Callable[[datetime], None],
) -> list[Mark]:  # fmt: skip
    """Let the year pass and write down what reaches her. `seen` is told how far it is."""
    reader = _Reader(bot, clock, lines, contact_id, answers, seen)
    await play(clock, reader, until)
    left_out = await bot.database.fetch(lambda tx: list(_left_out(tx, contact_id)))
    return sorted([*reader.marks, *left_out], key=lambda mark: mark.at)


class _Reader:
    """The bot, with somebody who reads what it sends, and answers."""

    def __init__(
        self, bot: Bot, clock: Clock, lines: Mapping[str, Wireless], contact_id: int, answers: bool,
        seen: Callable[[datetime], None],
    ) -> None:  # fmt: skip
        self.bot, self.clock, self.lines, self.contact_id = bot, clock, lines, contact_id
        self.marks: list[Mark] = []
        self._answers = answers
        self._seen = seen
        self._ids = count(1)
        self._pending: list[tuple[datetime, Address, str]] = []
        self._begun: set[tuple[str, datetime]] = set()  # what was laid, and has been read
        self._why: dict[str, str] = {}  # by flow, scope, or number of the message

    async def tick(self) -> None:
        now = self.clock()
        due = [each for each in self._pending if each[0] <= now]
        self._pending = [each for each in self._pending if each[0] > now]
        for _, sender, text in due:
            letter = Inbound(f"year-{next(self._ids)}", sender, text)
            await self.bot.receive(sender.channel, Request("/", {}, json.dumps(asdict(letter)).encode()))
        await self.bot.tick()

    async def settle(self) -> None:
        await self.bot.settle()
        self._why |= await self.bot.database.fetch(lambda tx: _reasons(tx, self.contact_id))
        sent = [message for line in self.lines.values() for message in line.sent]
        for line in self.lines.values():
            line.sent.clear()
        texts: dict[int, list[str]] = {}
        to: dict[int, Address] = {}
        for message in sent:
            number = int(message.id.partition("-")[0])
            texts.setdefault(number, []).append(message.text)
            to[number] = message.to
        if texts:
            for row in await self.bot.database.fetch(lambda tx: _letters(tx, self.contact_id, sorted(texts))):
                self._write_down(row, "\n".join(texts[row.id]), to[row.id])
        self._seen(self.clock())

    async def next_due(self) -> datetime | None:
        moments = [await self.bot.next_due(), *(each[0] for each in self._pending)]
        return min((moment for moment in moments if moment), default=None)

    def _write_down(self, row: "_Letter", hers: str, to: Address) -> None:
        catalogue = self.bot.catalogue
        parts, ask, kind, shown = load_parts(row.parts)
        dutch = render(catalogue, SOURCE, parts, ask, kind, shown, isolates=False)
        what = row.flow or row.scope or ""
        reason = self._why.pop(f"#{row.id}", "") or (self._why.pop(what, "") if row.cls not in ("reply",) else "")
        said = ""
        if ask and self._answers:
            said = _SAID.get(kind, "1")
            self._pending.append((self.clock() + _A_WHILE, to, said))
        planned = row.planned if row.planned and (what, row.planned) not in self._begun else None
        self._begun |= {(what, planned)} if planned else set()
        self.marks.append(
            Mark(
                self.clock(), what, row.cls, tuple(part.key for part in parts), "\n".join(dutch.texts), hers,
                row.language, tuple(choice.label for choice in dutch.choices), planned, reason, answer=said,
            )
        )  # fmt: skip


class _Letter(NamedTuple):
    """A message that left, opened."""

    id: int
    cls: str
    scope: str | None
    flow: str | None
    parts: str
    language: str
    planned: datetime | None


def _letters(tx: Tx, contact_id: int, ids: Sequence[int]) -> list[_Letter]:
    o, r = t.outbox.c, t.run.c
    columns = select(o.id, o.cls, o.scope, r.flow, o.parts, t.contact.c.language)
    both = t.outbox.join(t.contact, t.contact.c.id == o.contact_id).outerjoin(t.run, r.id == o.run_id)
    rows = tx.execute(columns.select_from(both).where(o.id.in_(ids), o.contact_id == contact_id).order_by(o.id)).all()
    begun = {row.flow: row.due_at for row in _laid(tx, contact_id) if row.state == "done"}
    return [
        _Letter(
            row.id, row.cls, row.scope, row.flow, tx.open("outbox.parts", row.parts),
            tx.open("contact.language", row.language), begun.get(row.flow) if row.cls != "reply" else None,
        )
        for row in rows
    ]  # fmt: skip


def _laid(tx: Tx, contact_id: int) -> Sequence[Row[Any]]:
    return tx.execute(_LAID, {"contact_id": contact_id}).all()


def _reasons(tx: Tx, contact_id: int) -> dict[str, str]:
    """Why something of hers waits at this moment."""
    found = {f"#{row.id}": row.reason for row in tx.execute(_HELD, {"contact_id": contact_id})}
    for row in _laid(tx, contact_id):
        why = row.reason or row.rule.get("moved")
        if row.state == "waiting" and why:
            found[row.scope if row.kind == "plan" else row.flow] = why
    return found


def _left_out(tx: Tx, contact_id: int) -> list[Mark]:
    return [
        Mark(row.due_at, row.flow, row.cls, (), "", "", "", (), None, row.reason or "", left_out=True)
        for row in _laid(tx, contact_id)
        if row.state == "dropped" and row.kind == "journey"
    ]
