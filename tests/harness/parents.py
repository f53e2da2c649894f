"""A school full of parents, their phones, and the network's log of all that they said and read."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bot.model import Address
from bot.people import consent, contacts, staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.stage import CHANNELS, PATIENCE, SCHOOL, Stage, answers


@dataclass(frozen=True)
class Parent:
    """An enrolled parent with one child and one phone."""

    number: int
    contact_id: int
    address: Address

    def __str__(self) -> str:
        return f"parent {self.number}"


def address(number: int, channel: str) -> Address:
    """The phone of a fictional parent."""
    return Address(channel, str(700_000_000 + number) if channel == "telegram" else f"+316120{number:05}")


def enrol(
    tx: Tx, count: int, now: datetime, *, channels: Sequence[str] = CHANNELS, languages: Sequence[str] = ("nl",)
) -> list[Parent]:
    """A school with so many parents, spread over channels and languages, all enrolled and with every consent."""
    phones = [address(number, channels[number % len(channels)]) for number in range(count)]
    known = contacts.resolve(tx, phones, now)
    group_id = _group(tx, now)
    year = school_year(now.date())
    for number, phone in enumerate(phones):
        contact_id, address_id = known[phone]
        language = languages[number % len(languages)]
        contacts.link(tx, address_id, contact_id, now)
        contacts.set_language(tx, contact_id, language)
        consent.give(tx, contact_id, SCHOOL, phone.channel, ("school", "tips"), "ja", None, now)
        child = {"school": SCHOOL, "name": tx.seal("child.name", f"Kind {number}"), "created_at": now}
        child_id = tx.execute(t.child.insert().returning(t.child.c.id), child).scalar_one()
        name = tx.seal("guardian.name", f"Ouder {number}")
        guardian = {"contact_id": contact_id, "child_id": child_id, "school": SCHOOL, "name": name}
        tx.execute(t.guardian.insert(), {**guardian, "language": tx.seal("guardian.language", language)})
        tx.execute(t.membership.insert(), {"child_id": child_id, "group_id": group_id, "year": year})
    return [Parent(number, known[phone][0], phone) for number, phone in enumerate(phones)]


def _group(tx: Tx, now: datetime) -> int:
    """A group with its teacher."""
    group = {"school": SCHOOL, "year": school_year(now.date()), "name": "groep 4"}
    group_id = int(tx.execute(t.group.insert().returning(t.group.c.id), group).scalar_one())
    staff.add(tx, SCHOOL, "janneke", "juf Janneke", "leerkracht", [group["name"]], group["year"])
    return group_id


# --- the network's log ------------------------------------------------------------------------------------------------
class Log:
    """The network's durable log, read along while it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._news = asyncio.Event()
        self.said: dict[str, Address] = {}  # the parents' messages by their id, in order
        self.confirmed: set[str] = set()  # those that the bot answered with a 2xx
        self.accepted: dict[Address, list[str]] = defaultdict(list)  # our ids on each phone, in order, doubles too

    def read(self) -> None:
        """Take in what is new."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._take(json.loads(line))

    def _take(self, event: Mapping[str, Any]) -> None:
        if event["what"] == "said":
            self.said[event["id"]] = Address(event["channel"], event["from"])
        elif event["what"] == "heard" and event["confirmed"] and event["key"] in self.said:
            self.confirmed.add(event["key"])
        elif event["what"] == "accepted":
            self.accepted[Address(event["channel"], event["to"])].append(event["id"])

    async def follow(self) -> None:
        """Read along for ever, and tell who waits."""
        while True:
            before = self._read
            self.read()
            if self._read > before:
                self._news.set()
                self._news = asyncio.Event()
            await asyncio.sleep(0.02)

    async def shows(self, here: Callable[[], bool], what: str) -> None:
        """Wait until what was read shows it."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not here():
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE} s in vain for {what}") from None

    def arrived(self, phone: Address) -> int:
        """How many different messages of the bot came to this phone."""
        return len(set(self.accepted[phone]))


class Phones:
    """The parents' hands: they type on their phones, and read along what comes."""

    def __init__(self, http: httpx.AsyncClient, log: Log, levers: str = "") -> None:
        self._http = http
        self.log = log
        self._levers = levers

    async def say(self, parent: Parent, text: str) -> None:
        """Type a message."""
        (await self._http.post(f"{self._levers}/phones/{parent.address}/say", json={"text": text})).raise_for_status()

    async def ask(self, parent: Parent, text: str) -> None:
        """Type a message and wait for the answer."""
        before = self.log.arrived(parent.address)
        await self.say(parent, text)
        await self.log.shows(lambda: self.log.arrived(parent.address) > before, f"an answer to {parent}")

    async def faults(self, **faults: float) -> None:
        """From now on only these."""
        (await self._http.post(f"{self._levers}/faults", json=faults)).raise_for_status()


@asynccontextmanager
async def phones(stage: Stage, **faults: float) -> AsyncIterator[Phones]:
    """The phones of a stage, and their network, with these faults."""
    log = Log(stage.log)
    levers = stage.provider.levers
    await answers(f"{stage.network_url}{levers}/log", stage.start_network(**faults))
    limits = httpx.Limits(keepalive_expiry=2)  # sooner than the network hangs up, or it would do so while we ask
    async with httpx.AsyncClient(base_url=stage.network_url, timeout=30, limits=limits) as http:
        reading = asyncio.create_task(log.follow())
        try:
            yield Phones(http, log, levers)
        finally:
            reading.cancel()
