"""A snow day from its confirmation: 60 schools tell every family at once, and somebody is answered meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from sqlalchemy import func, select

from bot.app import Bot
from bot.bench import drain, parents, server
from bot.bench.figures import Figure, Progress, Skipped
from bot.bench.server import Server
from bot.broadcast import begin, progress, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import READY, Content
from bot.broadcast.send import Plan
from bot.channels.phone import LIMITS
from bot.config import ChannelSettings, Config, School
from bot.model import PURPOSES, Address, Outbound, Part, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import consent, contacts, staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Database, Tx

DAWN = datetime(2026, 11, 23, 5, 45, tzinfo=UTC)  # 06:45 at school: its hours are quiet, and this is urgent
RATE = 300.0  # messages a second: what three senders of a large provider may, so that a measurement ends
REPLY = 1.0  # seconds that an answer may wait in the midst of it
LEAST = 25.0  # per cent of its families that every school has reached when half of all are reached
EVERY = 0.5  # seconds between two answers
LOOK = 10.0  # milliseconds for how far it is, by name
LOOKS = 40


class Size(NamedTuple):
    """How many schools, and families of each."""

    schools: int = 60
    families: int = 300

    @property
    def many(self) -> int:
        return self.schools * self.families


WHOLE = Size()


class Provider(drain.Provider):
    """It notes when it was given what."""

    name = "telegram"
    limits = LIMITS["telegram"]

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[int, float] = {}  # row of the outbox -> when

    async def send(self, message: Outbound) -> str:
        self.at[int(message.id.partition("-")[0])] = perf_counter()
        return await super().send(message)


class Seen(NamedTuple):
    """What one snow day showed, in seconds; `least` in per cent, `told` in milliseconds."""

    queued: float
    drained: float
    least: float
    replied: float
    told: float


def measure(
    _: float, bar: Progress, size: Size = WHOLE, rate: float = RATE, on: Server = server.alone
) -> list[Figure | Skipped]:
    """On both databases, one after the other."""
    with parents.folder() as home, ExitStack() as stack:
        found: list[Figure | Skipped] = []
        found += _on(f"sqlite:///{home / 'snow.db'}", "SQLite", home, size, rate, lambda done: bar(done / 2))
        try:
            (url,) = stack.enter_context(on(home, ("snow",)))
        except ModuleNotFoundError as missing:
            bar(1.0)
            return [*found, Skipped("a snow day, PostgreSQL", f"{missing.name} is not installed")]
        found += _on(url, "PostgreSQL", home, size, rate, lambda done: bar(0.5 + done / 2))
    bar(1.0)
    return found


def _on(url: str, name: str, home: Path, size: Size, rate: float, bar: Progress) -> list[Figure]:
    with parents.open_database(url) as database:
        people = _lay(database, size)
        seen = asyncio.run(_snow(database, _settings(home, size, rate), people, bar))
    return [
        Figure(f"{size.schools} schools tell {size.many:,} people: queued, {name}", seen.queued, "s", drain.QUEUED),
        Figure(f"and drained at {rate:.0f}/s", seen.drained, "s", drain.LATE * size.many / rate),
        Figure("reached of the school that has least, at half time", seen.least, "%", LEAST),
        Figure("p95 of an answer in the midst of it", seen.replied, "s", REPLY),
        Figure(f"p95 of its progress by name, {size.families} people", seen.told, "ms", LOOK),
    ]


# --- who there is
def _lay(database: Database, size: Size) -> dict[str, list[int]]:
    """The contacts of each school; everybody has said yes, and each has a child there."""
    people: dict[str, list[int]] = {}
    for number in range(size.schools):
        with database.begin() as tx:
            people[f"school-{number}"] = _school(tx, f"school-{number}", number * size.families, size.families)
    return people


def _school(tx: Tx, school: str, first: int, many: int) -> list[int]:
    addresses = [Address("telegram", str(700_000_000 + first + n)) for n in range(many)]
    ids = [contact_id for contact_id, _ in contacts.resolve(tx, addresses, DAWN).values()]
    for each in ids:
        consent.give(tx, each, school, "telegram", PURPOSES, "ja", None, DAWN)
    staff.add(tx, school, "nel", "Nel", "directie", [], school_year(date(2026, 11, 23)))
    last = tx.execute(select(func.coalesce(func.max(t.child.c.id), 0))).scalar_one()
    numbers = range(last + 1, last + many + 1)
    child = {"school": school, "created_at": DAWN}
    tx.execute(
        t.child.insert(), [{**child, "id": each, "name": tx.seal("child.name", f"Kind {each}")} for each in numbers]
    )
    guardian = {"school": school, "language": tx.seal("guardian.language", "nl")}
    rows = [
        {**guardian, "contact_id": each, "child_id": number, "name": tx.seal("guardian.name", f"Ouder {number}")}
        for each, number in zip(ids, numbers, strict=True)
    ]
    tx.execute(t.guardian.insert(), rows)
    return ids


def _settings(home: Path, size: Size, rate: float) -> Config:
    found = parents.settings(home)
    schools = {key: School(key, "De Brug") for key in (f"school-{n}" for n in range(size.schools))}
    line = ChannelSettings("telegram", "phone", sender="DeBrugBot", rate=rate)
    return replace(found, schools=schools, channels={"telegram": line})


# --- what happens
async def _snow(database: Database, config: Config, people: dict[str, list[int]], bar: Progress) -> Seen:
    began = perf_counter()
    provider = Provider()

    def clock() -> datetime:
        return DAWN + timedelta(seconds=perf_counter() - began)

    bot = Bot(config, database, clock=clock, channels={"telegram": provider})
    await bot.start(ticking=False)
    told = [await database.write(lambda tx, key=key: _confirm(tx, key, clock())) for key in people]  # type: ignore[misc]
    start = perf_counter()
    await begin.begin_due(database, bot.books, clock())
    queued = perf_counter() - start
    bot.wake()
    many = sum(map(len, people.values()))
    asked: dict[int, float] = {}
    dice = Random(1)  # noqa: S311 - the same ones every time
    while len(provider.at) < many + len(asked):
        bar(min(len(provider.at) / many, 1.0))
        if len(provider.at) < many:
            row_id = await database.write(lambda tx: _answer(tx, people, dice, clock()))
            asked[row_id] = perf_counter()
            bot.wake()
        await asyncio.sleep(EVERY)
    await bot.stop()
    return _seen(database, provider, queued, asked, told)


def _confirm(tx: Tx, school: str, now: datetime) -> int:
    """One colleague of each school has confirmed it."""
    sender = staff.by_key(tx, school, "nel").id
    content = Content(READY, "school_dicht", {"dag": Value("date", "2026-11-23")})
    audience = Audience(school, all=True)
    plan = Plan(audience, content, send.URGENT, sender, "sneeuw", now, now + timedelta(hours=6), "sneeuw")
    return send.make(tx, plan, now)


def _answer(tx: Tx, people: dict[str, list[int]], dice: Random, now: datetime) -> int:
    """An answer to the words of somebody, who has got the message or has not; its row."""
    school = dice.choice([*people])
    contact_id = dice.choice(people[school])
    tx.execute(t.address.update().where(t.address.c.contact_id == contact_id).values(heard_at=now))
    fields = {name: Value("name", "Nel") for name in ("leerkracht", "school")} | {"tekst": Value("text", "Dank u.")}
    queue.put(tx, [Draft(contact_id, "reply", "school", school, parts=[Part("draad.antwoord", fields)])], now)
    return int(tx.execute(select(func.max(t.outbox.c.id))).scalar_one())


def _seen(
    database: Database, provider: Provider, queued: float, asked: dict[int, float], told: Sequence[int]
) -> Seen:  # fmt: skip
    with database.begin() as tx:
        if tx.postgres:  # as it does by itself within minutes
            tx.connection.exec_driver_sql("ANALYZE")
        rows = tx.execute(select(t.outbox.c.id, t.outbox.c.school).where(t.outbox.c.broadcast_id.is_not(None))).all()
        spent = []
        for number in range(LOOKS):
            start = perf_counter()
            progress.of(tx, told[number % len(told)])
            spent.append((perf_counter() - start) * 1000)
    in_order = sorted(rows, key=lambda row: provider.at[row.id])
    half = Counter(row.school for row in in_order[: len(rows) // 2])
    every = Counter(row.school for row in rows)
    least = min(100 * half[school] / many for school, many in every.items())
    drained = provider.at[in_order[-1].id] - provider.at[in_order[0].id]
    waited = [provider.at[row_id] - moment for row_id, moment in asked.items()]
    return Seen(queued, drained, least, _p95(waited), _p95(spent))


def _p95(spent: Sequence[float]) -> float:
    return quantiles(spent, n=20, method="inclusive")[18]
