"""The evening on which rounds of talks open: every family of 60 schools is asked, and books within ten minutes."""

import asyncio
from collections.abc import Callable, Iterator
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
from bot.booking import opening
from bot.channels.phone import LIMITS
from bot.config import ChannelSettings, Config, School
from bot.inbox import receive
from bot.model import PURPOSES, Address, Inbound, Outbound
from bot.people import consent, contacts, staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Database, Tx

OPENS = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # four in the afternoon at school, when nobody sleeps
DAYS = [date(2026, 12, day) for day in (1, 2, 3)]
YEAR = school_year(date(2026, 11, 23))
HOURS = (("15:00", "17:30"), ("18:30", "20:30"))  # of each teacher, on each of these days
GROUP = 25  # families of a teacher
RATE = 300.0  # messages a second, as on a snow day
BOUND = 3.0  # seconds until a parent reads that it is agreed
OTHER = 0.2  # of all parents want another moment than the first
STEP = 0.05  # seconds between two looks at who answers now
LOST = 60.0  # seconds without any message: somebody waits in vain


class Size(NamedTuple):
    """How many schools, families of each, and the seconds within which all of them answer."""

    schools: int = 60
    families: int = 300
    seconds: float = 600.0

    @property
    def many(self) -> int:
        return self.schools * self.families


WHOLE = Size()


class Provider(drain.Provider):
    """It notes what it was given for whom, and when."""

    name = "telegram"
    limits = LIMITS["telegram"]

    def __init__(self) -> None:
        super().__init__()
        self.got: dict[str, int] = {}  # messages by address
        self.at: dict[str, float] = {}  # the last of them
        self.asks: set[str] = set()  # whose last message has something to choose
        self.last = 0.0  # of all

    async def send(self, message: Outbound) -> str:
        who = message.to.value
        self.got[who] = self.got.get(who, 0) + 1
        (self.asks.add if message.choices else self.asks.discard)(who)
        self.at[who] = self.last = perf_counter()
        return await super().send(message)


class Seen(NamedTuple):
    """What one evening showed, in seconds; talks that are agreed, and those of them that share an hour."""

    asked: float
    p95: float
    agreed: int
    twice: int


def measure(_: float, bar: Progress, size: Size = WHOLE, on: Server = server.alone) -> list[Figure | Skipped]:
    """On both databases, one after the other."""
    with parents.folder() as home, ExitStack() as stack:
        found: list[Figure | Skipped] = []
        found += _on(f"sqlite:///{home / 'opening.db'}", "SQLite", home, size, lambda done: bar(done / 2))
        try:
            (url,) = stack.enter_context(on(home, ("opening",)))
        except ModuleNotFoundError as missing:
            bar(1.0)
            return [*found, Skipped("a round opens, PostgreSQL", f"{missing.name} is not installed")]
        found += _on(url, "PostgreSQL", home, size, lambda done: bar(0.5 + done / 2))
    bar(1.0)
    return found


def _on(url: str, name: str, home: Path, size: Size, bar: Progress) -> list[Figure]:
    with parents.open_database(url) as database:
        for number in range(size.schools):
            with database.begin() as tx:
                _school(tx, f"school-{number}", number * size.families, size.families)
        seen = asyncio.run(_evening(database, _settings(home, size), size, bar))
    if seen.twice or seen.agreed != size.many:
        raise RuntimeError(f"{seen.agreed} of {size.many} talks are agreed, {seen.twice} hours were given away twice")
    what = f"{size.many:,} families of {size.schools} schools"
    return [
        Figure(f"{what} have a proposal, {name}", seen.asked, "s", size.seconds),
        Figure(f"and book in {size.seconds:.0f} s, none twice: p95 of a confirmation", seen.p95, "s", BOUND),
    ]


# --- who there is
def _school(tx: Tx, school: str, first: int, many: int) -> None:
    round_id = tx.execute(t.talk_round.insert().returning(t.talk_round.c.id), _round(school)).scalar_one()
    for number, start in enumerate(range(0, many, GROUP)):
        name = f"groep {number}"
        who = staff.add(tx, school, f"t{number}", f"juf {number}", "leerkracht", [], YEAR)
        group = {"school": school, "year": YEAR, "name": name}
        group_id = tx.execute(t.group.insert().returning(t.group.c.id), group).scalar_one()
        tx.execute(t.group_staff.insert(), {"group_id": group_id, "staff_id": who})
        tx.execute(t.round_group.insert(), {"round_id": round_id, "group_id": group_id})
        hours = [
            {"round_id": round_id, "staff_id": who, "day": day.isoformat(), "from_at": begins, "until_at": ends}
            for day in DAYS
            for begins, ends in HOURS
        ]
        tx.execute(t.talk_hours.insert(), hours)
        for at in range(first + start, first + min(start + GROUP, many)):
            _family(tx, school, group_id, at)


def _round(school: str) -> dict[str, object]:
    return {
        "school": school, "kind": "rapport", "name": "Rapport", "state": "planned", "per": "child", "minutes": 10,
        "pause": 0, "opens_at": OPENS, "closes_at": OPENS + timedelta(days=6), "prepares": False, "key": "rapport",
        "made_at": OPENS,
    }  # fmt: skip


def _family(tx: Tx, school: str, group_id: int, number: int) -> None:
    address = Address("telegram", _chat(number))
    ((contact_id, _),) = contacts.resolve(tx, [address], OPENS).values()
    consent.give(tx, contact_id, school, "telegram", PURPOSES, "ja", None, OPENS)
    child = {"school": school, "name": tx.seal("child.name", f"Kind {number}"), "created_at": OPENS}
    child_id = tx.execute(t.child.insert().returning(t.child.c.id), child).scalar_one()
    tx.execute(t.membership.insert(), {"child_id": child_id, "group_id": group_id, "year": YEAR})
    guardian = {
        "contact_id": contact_id, "child_id": child_id, "school": school,
        "name": tx.seal("guardian.name", f"Ouder {number}"), "language": tx.seal("guardian.language", "nl"),
    }  # fmt: skip
    tx.execute(t.guardian.insert(), guardian)


def _chat(number: int) -> str:
    return str(700_000_000 + number)


def _settings(home: Path, size: Size) -> Config:
    schools = {key: School(key, "De Brug") for key in (f"school-{n}" for n in range(size.schools))}
    line = ChannelSettings("telegram", "phone", sender="DeBrugBot", rate=RATE)
    return replace(parents.settings(home), schools=schools, channels={"telegram": line})


# --- what happens
async def _evening(database: Database, config: Config, size: Size, bar: Progress) -> Seen:
    began, provider = perf_counter(), Provider()

    def clock() -> datetime:
        return OPENS + timedelta(seconds=perf_counter() - began)

    bot = Bot(config, database, clock=clock, channels={"telegram": provider})
    await bot.start(ticking=False)
    start = perf_counter()
    await opening.begin_due(database, bot.books, clock())
    bot.wake()
    while len(provider.got) < size.many:
        _is_alive(provider, start)
        await asyncio.sleep(STEP)
    asked = perf_counter() - start
    waited = await _answers(bot, provider, size, clock, bar)
    await bot.stop()
    with database.read() as tx:
        return Seen(asked, quantiles(waited, n=20, method="inclusive")[18], *_agreed(tx))


async def _answers(
    bot: Bot, provider: Provider, size: Size, clock: Callable[[], datetime], bar: Progress
) -> list[float]:
    """Each answers at a moment of her own: 1, or 2 and then 1 as soon as she sees the others. How long each waited to
    read that it is agreed."""
    dice, start = Random(7), perf_counter()  # noqa: S311 - the same ones every time
    coming = sorted((dice.random() * size.seconds, number) for number in range(size.many))
    picky = {number for number in range(size.many) if dice.random() < OTHER}
    asked: dict[int, tuple[float, int]] = {}  # who says 1: when, and what she had got then
    looking: dict[int, int] = {}
    waited: list[float] = []
    ids = iter(range(1, 10 * size.many))
    while coming or looking or asked:
        said: list[Inbound] = []
        for number in _now(coming, perf_counter() - start):
            had = provider.got[_chat(number)]
            said.append(_says(next(ids), number, "2" if number in picky else "1"))
            if number in picky:
                looking[number] = had
            else:
                asked[number] = perf_counter(), had
        for number in [each for each, had in looking.items() if provider.got[_chat(each)] > had]:
            del looking[number]
            asked[number] = perf_counter(), provider.got[_chat(number)]
            said.append(_says(next(ids), number, "1"))
        for number in [each for each, (_, had) in asked.items() if provider.got[_chat(each)] > had]:
            if _chat(number) in provider.asks:  # somebody else was first; she takes the first of the next
                asked[number] = asked[number][0], provider.got[_chat(number)]
                said.append(_says(next(ids), number, "1"))
            else:
                waited.append(provider.at[_chat(number)] - asked.pop(number)[0])
        if said:
            await bot.database.write(lambda tx, some=said: receive.store(tx, some, clock()))  # type: ignore[misc]
            bot.wake()
        bar(len(waited) / size.many)
        _is_alive(provider, start)
        await asyncio.sleep(STEP)
    return waited


def _now(coming: list[tuple[float, int]], since: float) -> Iterator[int]:
    """Whose moment has come."""
    while coming and coming[0][0] <= since:
        yield coming.pop(0)[1]


def _says(message: int, number: int, text: str) -> Inbound:
    return Inbound(f"in-{message}", Address("telegram", _chat(number)), text)


def _is_alive(provider: Provider, start: float) -> None:
    if perf_counter() - max(start, provider.last) > LOST:
        raise RuntimeError("no message has left for a minute, and somebody still waits")


def _agreed(tx: Tx) -> tuple[int, int]:
    """How many talks are agreed, and how many of them are at an hour of their teacher that another has too."""
    a = t.appointment.c
    planned = select(func.count().label("many")).where(a.state == "planned").group_by(a.staff_id, a.starts_at)
    hours = [row.many for row in tx.execute(planned)]
    return sum(hours), sum(many - 1 for many in hours)
