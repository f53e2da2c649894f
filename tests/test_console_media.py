"""Voice notes and photos: played and seen in the talk, from behind the sign-in, by who may see the talk."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.console import files
from bot.console.visit import File
from bot.inbox import receive
from bot.inbox.media import LIFE
from bot.model import Inbound, Media
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.test_console_talks import asks
from tests.world import A_MOMENT, KARIN, World

OGG = b"OggS\x00\x02" + bytes(40)


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


async def sends(
    world: World, kind: str, content_type: str, data: bytes | None = OGG, name: str = ""
) -> tuple[int, int]:
    """Karin sends something in a talk, and it was fetched; the numbers of the talk and of the file."""
    talk = await asks(world, KARIN, "Kijk eens")
    world.clock.move(world.clock() + A_MOMENT)
    letter = Inbound(f"m-{kind}", KARIN, "", kind=kind, media=(Media(kind, "ref", content_type, 48),))
    world.write(lambda tx: receive.store(tx, [letter], world.clock()))
    await world.settled(KARIN)
    await world.say(KARIN, "1")
    m = t.media

    def fetched(tx: Any) -> int:
        sealed = tx.seal_bytes("media.data", data) if data is not None else None
        values = {"state": "kept", "content_type": content_type, "size": len(data or b""), "data": sealed}
        return int(tx.execute(update(m).values(values).returning(m.c.id)).scalar_one())

    return talk, world.write(fetched)


async def test_a_voice_note_is_played_in_the_talk(world: World) -> None:
    talk, number = await sends(world, "voice", "audio/ogg")
    desk = Desk(world, "janneke")
    page = await desk.get(f"/gesprekken/{talk}")
    assert f'<audio controls preload="none" src="/console/media/{number}"' in page
    assert "te openen tot woensdag 23 december" in page
    heard = await desk.get(f"/media/{number}")
    assert (heard.status, heard.data, heard.headers["content-type"]) == (200, OGG, "audio/ogg")
    assert heard.headers["content-disposition"].startswith("inline")
    assert heard.headers["x-content-type-options"] == "nosniff"
    assert heard.headers["cache-control"] == "no-store"
    assert "spraakbericht" in await desk.get("/gesprekken")


async def test_a_photo_is_seen_and_a_document_is_a_file(world: World) -> None:
    talk, number = await sends(world, "image", "image/jpeg")
    assert f'<img src="/console/media/{number}" alt="foto' in await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    world.write(lambda tx: tx.execute(update(t.media).values(content_type="text/html", kind="document")))
    desk = Desk(world, "janneke")
    assert f'<a href="/console/media/{number}">bestand' in await desk.get(f"/gesprekken/{talk}")
    got = await desk.get(f"/media/{number}")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")


async def test_only_who_may_see_the_talk(world: World) -> None:
    _, number = await sends(world, "voice", "audio/ogg")
    for key, school, status in (
        ("janneke", "brug", 200), ("wil", "brug", 200), ("bas", "brug", 404), ("fenna", "brug", 404),
        ("ida", "brug", 404), ("net", "brug", 404), ("kees", "vaart", 404), ("noor", "vaart", 404),
    ):  # fmt: skip
        assert (await Desk(world, key, school).get(f"/media/{number}")).status == status, key
    assert (await Desk(world).bare("GET", f"/media/{number}")).status_code == 303


@pytest.mark.parametrize("wrong", ["0", "99999", "x", "-1", "1.5", "9" * 30])
async def test_wrong_numbers_are_not_there(world: World, wrong: str) -> None:
    assert (await Desk(world, "wil").get(f"/media/{wrong}")).status == 404


async def test_what_was_not_fetched_is_a_line(world: World) -> None:
    talk, number = await sends(world, "voice", "audio/ogg", None)
    world.write(lambda tx: tx.execute(update(t.media).values(state="refused", reason="too_large")))
    desk = Desk(world, "janneke")
    assert "niet bewaard: te groot" in await desk.get(f"/gesprekken/{talk}")
    assert (await desk.get(f"/media/{number}")).status == 404


async def test_after_thirty_days_the_talk_says_what_was_there(world: World) -> None:
    talk, number = await sends(world, "voice", "audio/ogg")
    world.write(lambda tx: tx.execute(delete(t.media)))
    world.clock.move(world.clock() + LIFE)
    desk = Desk(world, "janneke")
    page = await desk.get(f"/gesprekken/{talk}")
    assert "spraakbericht: was te openen tot woensdag 23 december" in page
    assert (await desk.get(f"/media/{number}")).status == 404


@pytest.mark.parametrize(
    ("asked", "status", "of"),
    [
        ("bytes=0-1", 206, "bytes 0-1/8"), ("bytes=2-", 206, "bytes 2-7/8"), ("bytes=-3", 206, "bytes 5-7/8"),
        ("bytes=0-99", 206, "bytes 0-7/8"), ("bytes=8-", 416, "bytes */8"), ("bytes=5-2", 416, "bytes */8"),
        ("bytes=x", 200, None), ("bytes=-", 200, None), ("bytes=0-1,4-5", 200, None),
    ],
)  # fmt: skip
def test_a_player_may_ask_for_a_piece(asked: str, status: int, of: str | None) -> None:
    """Some telephones play a voice note only where they get the piece that they ask for."""
    answer = files.response(File("a.ogg", "audio/ogg", b"01234567", inline=True), asked, {})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, of)
    if status == 206 and of:
        first, last = of.split()[1].split("/")[0].split("-")
        assert answer.body == b"01234567"[int(first) : int(last) + 1]
