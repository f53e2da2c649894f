"""A snow day: one message to every family of 60 schools, through one sender with its rate."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bot.app import Bot
from bot.bench import parents
from bot.bench.figures import Figure, Progress, Skipped
from bot.channels.phone import LIMITS
from bot.config import ChannelSettings, Config, QuietHours, School
from bot.errors import ForgedRequest
from bot.model import PURPOSES, Address, Inbound, Outbound, Part, Receipt, Request, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import consent, contacts
from bot.store.database import Database, Tx

MANY, SCHOOLS = 18_000, 60
RATE = 900.0  # messages a second: more than any provider allows today, so that a measurement ends
QUEUED = 1.0  # seconds in which all of it must be queued
LATE = 1.05  # how much longer than the rate allows it may take
SLICE = 500  # rows in one write: nobody waits long for the writer
ANSWER = 0.02  # seconds that a provider takes


class Provider:
    """A channel without a wire, as quick as a provider nearby; it notes when it was given the first and the last."""

    name = "sms"
    limits = LIMITS["sms"]

    def __init__(self) -> None:
        self.moments: list[float] = []

    def read(self, request: Request) -> list[Inbound | Receipt]:
        raise ForgedRequest

    async def send(self, message: Outbound) -> str:
        self.moments.append(perf_counter())
        await asyncio.sleep(ANSWER)
        return f"taken-{message.id}"

    async def close(self) -> None:
        """Nothing to close."""


def measure(_: float, progress: Progress, many: int = MANY, rate: float = RATE) -> list[Figure | Skipped]:
    with parents.folder() as home, parents.open_database(f"sqlite:///{home / 'snow.db'}") as database:
        ids = list(_families(database, many))
        queued, drained = asyncio.run(_snow(database, home, ids, rate, progress))
    return [
        Figure(f"{many:,} messages queued", queued, "s", QUEUED),
        Figure(f"and drained at {rate:.0f}/s", drained, "s", LATE * many / rate),
    ]


def _families(database: Database, many: int) -> Iterator[tuple[int, str]]:
    """So many contacts that may be written to: each with its school."""
    now = _now()
    for start in range(0, many, SLICE):
        some = [Address("sms", f"+31612{n:06}") for n in range(start, min(start + SLICE, many))]
        with database.begin() as tx:
            for n, (contact_id, _) in enumerate(contacts.resolve(tx, some, now).values(), start):
                school = _school(n)
                consent.give(tx, contact_id, school, "sms", PURPOSES, "ja", None, now)
                yield contact_id, school


def _school(number: int) -> str:
    return f"school-{number % SCHOOLS}"


async def _snow(
    database: Database, home: Path, ids: list[tuple[int, str]], rate: float, progress: Progress
) -> tuple[float, float]:
    """Seconds until everything was queued, and from the first message sent to the last."""
    provider = Provider()
    bot = Bot(_settings(home, rate), database, clock=_now, channels={"sms": provider})
    await bot.start()
    began = perf_counter()
    for start in range(0, len(ids), SLICE):
        await database.write(lambda tx, some=ids[start : start + SLICE]: _queue(tx, some))  # type: ignore[misc]
    queued = perf_counter() - began
    while len(provider.moments) < len(ids):
        progress(len(provider.moments) / len(ids))
        await asyncio.sleep(0.2)
    progress(1.0)
    await bot.stop()
    return queued, provider.moments[-1] - provider.moments[0]


def _queue(tx: Tx, some: list[tuple[int, str]]) -> None:
    fields = {"leerkracht": Value("name", "juf Janneke"), "school": Value("name", "De Brug")}
    fields["tekst"] = Value("text", "Er ligt veel sneeuw. De school is vandaag dicht.")
    part = Part("draad.antwoord", fields)
    queue.put(tx, [Draft(each, "broadcast", "school", school, parts=[part]) for each, school in some], _now())


def _settings(home: Path, rate: float) -> Config:
    """No hour is quiet, so that it can be measured at night."""
    found = replace(
        parents.settings(home),
        schools={_school(n): School(_school(n), "De Brug") for n in range(SCHOOLS)},
        channels={"sms": ChannelSettings("sms", "phone", sender="+31612000000", rate=rate)},
    )
    nearly = found.quiet_hours.start.replace(hour=23, minute=59, second=59)
    return replace(found, quiet_hours=QuietHours(nearly, found.quiet_hours.end.min, found.quiet_hours.end.min))


def _now() -> datetime:
    return datetime.now(UTC)
