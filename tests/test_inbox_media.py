"""What she sends besides words is noted once with its letter and fetched afterwards, whatever the provider does."""

import asyncio
import struct
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, select, update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import Channel, Fetched
from bot.channels.phone import PhoneChannel
from bot.config import ChannelSettings
from bot.demo.samples import sample
from bot.inbox import media, receive
from bot.model import Address, Inbound, Media
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Database
from tests.fakes.clock import wall_clock
from tests.fakes.providers import TOKEN, PhoneCase
from tests.fakes.server import serving
from tests.world import Line

FATIMA, STRANGER = Address("whatsapp", "+31612000001"), Address("whatsapp", "+31612000099")
PHOTO = b"\xff\xd8\xff\xe0" + bytes(3000)


class Shelf:
    """A provider's files, with what goes wrong when one asks for them: /media/<how>-<number>."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.hold = asyncio.Event()
        self.hold.set()

    async def get(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.asked[name] += 1
        await self.hold.wait()
        how = name.partition("-")[0]
        if how in ("400", "500"):
            return Response(b'{"code": "absent"}', int(how))
        if how == "429":
            return Response(status_code=429, headers={"Retry-After": "600"})
        if how == "large":
            return Response(PHOTO + bytes(media.MOST), media_type="image/jpeg")
        return Response(b"MZ" if how == "program" else PHOTO, media_type="image/jpeg")


@asynccontextmanager
async def shelf() -> AsyncIterator[tuple[Shelf, dict[str, Channel]]]:
    found = Shelf()
    async with serving(Starlette(routes=[Route("/media/{name}", found.get)])) as api:
        channel = PhoneChannel(ChannelSettings("whatsapp", "phone", api=api, token=TOKEN), wall_clock)
        yield found, {"whatsapp": channel}
        await channel.close()


def enrolled(database: Database, now: datetime, who: Address = FATIMA) -> int:
    with database.begin() as tx:
        contact_id, address_id = contacts.resolve(tx, [who], now)[who]
        contacts.link(tx, address_id, contact_id, now)
    return contact_id


def arrives(database: Database, now: datetime, *references: str, who: Address = FATIMA) -> None:
    letters = [
        Inbound(f"in-{each}", who, "kijk", kind="image", media=(Media("image", each, "image/jpeg", 3004, "knie.jpg"),))
        for each in references
    ]
    with database.begin() as tx:
        receive.store(tx, letters, now)


def rows(database: Database) -> Sequence[Row[Any]]:
    with database.read() as tx:
        return tx.execute(select(t.media).order_by(t.media.c.id)).all()


# --- with the letter
def test_it_is_noted_once_however_often_the_webhook_comes(database: Database, now: datetime) -> None:
    contact_id = enrolled(database, now)
    for _ in range(3):
        arrives(database, now, "a-1", "a-2")
    noted = rows(database)
    assert [(row.contact_id, row.kind, row.state, row.size, row.due_at) for row in noted] == [
        (contact_id, "image", "waiting", 3004, now)
    ] * 2
    with database.read() as tx:
        assert [tx.open("media.reference", row.reference) for row in noted] == ["a-1", "a-2"]
        assert tx.open("media.name", noted[0].name) == "knie.jpg"
    assert b"knie" not in noted[0].name


def test_several_files_in_one_message_stand_in_order(database: Database, now: datetime) -> None:
    enrolled(database, now)
    sent = (Media("image", "a-1"), Media("sticker", "a-2"), Media("location", name="52.0907,5.1214"), Media("voice"))
    with database.begin() as tx:
        receive.store(tx, [Inbound("in-1", FATIMA, kind="image", media=sent)], now)
    noted = [(row.position, row.kind, row.state, row.reason) for row in rows(database)]
    assert noted == [(0, "image", "waiting", None), (2, "location", "kept", None), (3, "voice", "refused", "no_way")]


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "é", "x" * 300, "image/jpeg\r\n"])
def test_odd_names_and_types_are_no_trouble(database: Database, now: datetime, odd: str) -> None:
    enrolled(database, now)
    with database.begin() as tx:
        sent = (Media("image", odd, odd, 2**40, odd),)
        receive.store(tx, [Inbound("in-1", FATIMA, kind="image", media=sent, album=odd, theirs=odd)], now)
        [row] = tx.execute(select(t.media)).all()
        assert tx.open("media.name", row.name) == odd


async def test_for_a_stranger_nothing_is_fetched(database: Database, now: datetime) -> None:
    arrives(database, now, "a-1", who=STRANGER)
    async with shelf() as (found, channels):
        assert await media.fetch_due(database, channels, lambda: now) == 0
    [row] = rows(database)
    assert (row.state, row.reason, found.asked) == ("refused", "stranger", Counter())
    with database.read() as tx:
        assert tx.open("media.reference", row.reference) == ""


def test_what_is_said_to_be_too_large_is_not_even_asked_for(database: Database, now: datetime) -> None:
    enrolled(database, now)
    big = Media("video", "a-1", "video/mp4", media.MOST + 1)
    with database.begin() as tx:
        receive.store(tx, [Inbound("in-1", FATIMA, kind="video", media=(big,))], now)
    assert [(row.state, row.reason) for row in rows(database)] == [("refused", "too_large")]


# --- afterwards
async def test_a_photo_is_fetched_and_kept_sealed(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now, "a-1")
    async with shelf() as (found, channels):
        assert await media.fetch_due(database, channels, lambda: now) == 1
        assert await media.fetch_due(database, channels, lambda: now + timedelta(days=1)) == 0
    [row] = rows(database)
    assert (row.state, row.reason, row.content_type, row.size, row.token) == ("kept", None, "image/jpeg", 3004, None)
    assert PHOTO[:8] not in row.data
    with database.read() as tx:
        assert tx.open_bytes("media.data", row.data) == PHOTO
    assert found.asked == {"a-1": 1}


async def test_a_photo_of_a_phone_of_the_demo_is_fetched(database: Database, now: datetime, tmp_path: Path) -> None:
    enrolled(database, now)
    async with PhoneCase("whatsapp").open(tmp_path) as provider:
        for kind in ("image", "voice", "location", "sticker"):
            sid = await provider.network.say(FATIMA, kind=kind)  # type: ignore[attr-defined]
            request = await provider.bot.message(sid)
            with database.begin() as tx:
                receive.store(tx, provider.channel.read(request), now)  # type: ignore[arg-type]
        assert await media.fetch_due(database, {"whatsapp": provider.channel}, lambda: now) == 2
    photo, voice, place = rows(database)
    with database.read() as tx:
        assert tx.open_bytes("media.data", photo.data) == sample("image").data  # type: ignore[union-attr]
        assert tx.open_bytes("media.data", voice.data) == sample("voice").data  # type: ignore[union-attr]
        assert tx.open("media.name", place.name) == "52.0907,5.1214"
    assert (photo.content_type, voice.content_type, place.state) == ("image/png", "audio/ogg", "kept")


@pytest.mark.parametrize(("how", "reason"), [("400", "gone"), ("large", "too_large"), ("program", "type")])
async def test_what_cannot_be_kept_is_refused_with_its_reason(
    database: Database, now: datetime, how: str, reason: str
) -> None:
    enrolled(database, now)
    arrives(database, now, f"{how}-1", "a-1")
    async with shelf() as (_, channels):
        assert await media.fetch_due(database, channels, lambda: now) == 2
    assert [(row.state, row.reason, row.data is None) for row in rows(database)] == [
        ("refused", reason, True),
        ("kept", None, False),
    ]


async def test_what_fails_is_tried_again_later_and_later_and_given_up(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now, "500-1")
    at, waits = now, []
    async with shelf() as (found, channels):
        while await media.fetch_due(database, channels, lambda: at):  # noqa: B023 - it is asked in this round
            [row] = rows(database)
            waits.append(row.due_at - at)
            at = row.due_at
    assert (row.state, row.reason, row.data) == ("refused", "not_fetched", None)
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=9)]
    assert found.asked == {"500-1": media.TRIES}


async def test_who_asks_for_patience_gets_it(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now, "429-1")
    async with shelf() as (_, channels):
        await media.fetch_due(database, channels, lambda: now)
    [row] = rows(database)
    assert (row.state, row.due_at) == ("waiting", now + timedelta(minutes=10))


async def test_a_channel_without_files_says_so(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now, "a-1")
    await media.fetch_due(database, {"whatsapp": Line("whatsapp")}, lambda: now)
    assert [(row.state, row.reason) for row in rows(database)] == [("refused", "no_way")]


async def test_who_dies_with_a_file_in_hand_only_delays_it(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now, "a-1")
    async with shelf() as (found, channels):
        found.hold.clear()
        dying = asyncio.create_task(media.fetch_due(database, channels, lambda: now))
        while not found.asked:
            await asyncio.sleep(0.005)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        found.hold.set()
        assert await media.fetch_due(database, channels, lambda: now) == 0, "nobody knows yet that it has died"
        later = now + media.LEASE
        assert await media.fetch_due(database, channels, lambda: later) == 1
    assert [(row.state, row.tries) for row in rows(database)] == [("kept", 2)]


async def test_who_comes_back_too_late_writes_nothing(database: Database, now: datetime) -> None:
    """The lease ran out and another took it: the late one's answer does not count."""
    enrolled(database, now)
    arrives(database, now, "a-1")
    async with shelf() as (found, channels):
        found.hold.clear()
        late = asyncio.create_task(media.fetch_due(database, channels, lambda: now))
        while not found.asked:
            await asyncio.sleep(0.005)
        with database.begin() as tx:
            tx.execute(update(t.media).values(token="f" * 32))
        found.hold.set()
        await late
    assert [(row.state, row.token, row.data) for row in rows(database)] == [("waiting", "f" * 32, None)]


async def test_side_by_side_each_fetches_its_own(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now, *(f"a-{number}" for number in range(12)))

    async def fetch_all() -> int:
        total = 0
        while count := await media.fetch_due(database, channels, lambda: now):
            total += count
        return total

    async with shelf() as (found, channels):
        counts = await asyncio.gather(*(fetch_all() for _ in range(3)))
    assert sum(counts) == 12
    assert set(found.asked.values()) == {1}
    assert {row.state for row in rows(database)} == {"kept"}


def test_after_thirty_days_it_is_gone(database: Database, now: datetime) -> None:
    enrolled(database, now)
    arrives(database, now - media.LIFE - timedelta(seconds=1), "a-1", "a-2")
    arrives(database, now - media.LIFE, "a-3")
    with database.begin() as tx:
        assert media.expire(tx, now, most=1) == 1
        assert media.expire(tx, now) == 1
        assert media.expire(tx, now) == 0
        assert tx.execute(select(func.count()).select_from(t.inbox)).scalar_one() == 3, "her words stay"
    assert len(rows(database)) == 1


async def test_an_archive_with_a_hundred_thousand_names_holds_nobody_up() -> None:
    """It takes a second to look at; webhooks are answered meanwhile."""
    name = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, *[0] * 8, 1, *[0] * 6) + b"a"
    listed = name * 100_000
    data = b"PK\x03\x04" + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(listed), 4, 0)
    line = Line("whatsapp")
    line.fetch = lambda reference, most: _given(data)  # type: ignore[attr-defined]
    turns, asked = 0, asyncio.create_task(media._fetch(line, media.Claimed(1, "", "whatsapp", "x", "", 1)))
    while not asked.done():
        turns += 1
        await asyncio.sleep(0.005)
    assert (await asked).reason == "type"
    assert turns > 5, "where it is looked at in between, there are two"


async def _given(data: bytes) -> Fetched:
    return Fetched("application/zip", data)
