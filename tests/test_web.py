"""The web side over real HTTP: hooks that store before they answer, health, metrics, and the page about privacy."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from sqlalchemy import func, select

from bot import web
from bot.app import Bot
from bot.broadcast import attachments
from bot.channels.phone import SIGNATURE, sign
from bot.check.rehearsal import Clock
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from bot.web import BODY, application
from tests.fakes.server import serving
from tests.harness import pictures, shelf
from tests.world import MONDAY, settings

TOKEN = "a token of this test"
HELLO = {"id": "m1", "from": "+31612000001", "text": "hallo"}


class Site(NamedTuple):
    bot: Bot
    client: httpx.AsyncClient

    async def post(self, path: str, body: bytes, **headers: str) -> int:
        """The status of a webhook that is signed as it should be."""
        signed = {SIGNATURE: sign(TOKEN, path, body), **headers}
        return (await self.client.post(path, content=body, headers=signed)).status_code

    def letters(self) -> int:
        with self.bot.database.read() as tx:
            return int(tx.execute(select(func.count()).select_from(t.inbox)).scalar_one())


@pytest.fixture
async def site(sqlite_url: str, ring: Ring, tmp_path: Path) -> AsyncIterator[Site]:
    config = settings(tmp_path)
    bot = Bot(config, Database(sqlite_url, ring), clock=Clock(MONDAY), books=shelf.books(config))
    async with serving(application(bot)) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield Site(bot, client)
    await bot.stop()


# --- files
async def test_a_file_is_for_whoever_has_its_address(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    now, data = MONDAY, pictures.OGG
    with site.bot.database.begin() as tx:
        number = attachments.keep(tx, "brug", 1, attachments.sealed(tx.ring, "Elif.ogg", data), now)
        value = attachments.value(tx, "", number)
    assert value is not None
    got = await site.client.get(value.value)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, data, "audio/ogg")
    told = {name: got.headers[name] for name in ("x-content-type-options", "x-robots-tag", "referrer-policy")}
    assert told == {"x-content-type-options": "nosniff", "x-robots-tag": "noindex", "referrer-policy": "no-referrer"}
    assert got.headers["content-disposition"] == 'inline; filename="stem.ogg"', "her name for it stays here"
    assert got.headers["cache-control"].startswith("private")
    policy = got.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy
    assert "sandbox" not in policy, "with it Chrome plays no sound and Safari shows no paper"
    head = await site.client.head(value.value)  # Twilio looks before it fetches
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "audio/ogg")
    piece = await site.client.get(value.value, headers={"range": "bytes=4-7"})
    assert (piece.status_code, piece.content) == (206, data[4:8])
    assert piece.headers["content-range"] == f"bytes 4-7/{len(data)}"
    wrong = (value.value[:-1], value.value + "x", "/bijlage/", "/bijlage", f"/bijlage/{'%00' * 9}", "/bijlage/%F0%9F")
    for path in wrong:
        assert (await site.client.get(path)).status_code == 404
    assert (await site.client.post(value.value)).status_code == 405
    site.bot.clock.move(now + attachments.LIFE)  # type: ignore[attr-defined]
    assert (await site.client.get(value.value)).status_code == 404
    out = capfd.readouterr()
    assert value.value.rpartition("/")[2] not in out.out + out.err


# --- hooks
async def test_a_2xx_means_stored(site: Site) -> None:
    assert await site.post("/hooks/sms", json.dumps(HELLO).encode()) == 200
    assert site.letters() == 1


async def test_the_same_message_twice_is_one_letter(site: Site) -> None:
    for _ in range(2):
        assert await site.post("/hooks/whatsapp", json.dumps(HELLO).encode()) == 200
    assert site.letters() == 1


async def test_a_status_is_taken_whether_or_not_we_know_the_message(site: Site) -> None:
    for ours in ("1-0", "999-0", "x"):
        assert await site.post(f"/hooks/sms/status/{ours}", b'{"status": "read"}') == 200
    assert site.letters() == 0


@pytest.mark.parametrize("path", ["/hooks/fax", "/hooks/SMS", "/hooks/sms2", "/hooks/fax/status/1"])
async def test_an_unknown_channel_is_not_found(site: Site, path: str) -> None:
    assert await site.post(path, b"{}") == 404


@pytest.mark.parametrize("signature", ["", "x", "0" * 64, "é" * 8, sign("another token", "/hooks/sms", b"{}")])
async def test_a_forged_webhook_writes_nothing(site: Site, signature: str) -> None:
    body = json.dumps(HELLO).encode()
    headers = [(SIGNATURE.encode(), signature.encode())] if signature else []
    answer = await site.client.post("/hooks/sms", content=body, headers=headers)
    assert answer.status_code == 403
    assert answer.content == b""
    assert site.letters() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b'{"id": "m1"}', b'{"id": 3, "from": "+31612000001"}',
        b'{"id": "m1", "from": "x"}', b'{"id": "", "from": "+31612000001"}', b"[" * 50_000,
        b'{"id": "m1", "from": "+31612000001", "text": ["x"]}', b'{"id": "\\ud800", "from": "+31612000001"}',
    ],
)  # fmt: skip
async def test_a_malformed_webhook_is_refused(site: Site, body: bytes) -> None:
    assert await site.post("/hooks/sms", body) == 400
    assert site.letters() == 0


async def test_words_arrive_whatever_they_are(site: Site) -> None:
    for place, text in enumerate(["", "\x00", "\ud800", "x" * 60_000, "\u202eabc", "😀" * 1000]):
        body = json.dumps({**HELLO, "id": f"m{place}", "text": text}).encode()
        assert await site.post("/hooks/sms", body) == 200
    assert site.letters() == 6


@pytest.mark.parametrize("size", [BODY + 1, 10 * 1024 * 1024])
async def test_a_body_that_is_too_large_is_refused(site: Site, size: int) -> None:
    answer = await site.client.post("/hooks/sms", content=b"x" * size)
    assert answer.status_code == 413


async def test_a_body_that_does_not_say_how_large_it_is_is_refused_too(site: Site) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY // 1024 + 1):
            yield b"x" * 1024

    answer = await site.client.post("/hooks/sms", content=chunks())
    assert answer.status_code == 413


async def test_a_body_of_just_that_size_is_read(site: Site) -> None:
    body = json.dumps(HELLO).encode()
    assert await site.post("/hooks/sms", body + b" " * (BODY - len(body))) == 200


async def test_hooks_are_only_posted_to(site: Site) -> None:
    assert (await site.client.get("/hooks/sms")).status_code == 405


# --- health and metrics
async def test_health_says_how_it_is(site: Site) -> None:
    await site.post("/hooks/sms", json.dumps(HELLO).encode())
    answer = await site.client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True, "inbox_waiting": 1, "inbox_failed": 0, "outbox_waiting": 0, "threads_open": 0, "alarms_open": 0,
        "resting": {},
    }  # fmt: skip


async def test_without_its_database_it_is_not_healthy(site: Site) -> None:
    site.bot.database.close()
    answer = await site.client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["ok"] is False


async def test_a_channel_that_rests_is_told(site: Site) -> None:
    until = MONDAY + timedelta(minutes=5)
    with site.bot.database.begin() as tx:
        rows = [{"name": "sms:+31612000000", "next_at": MONDAY}, {"name": "rest:sms", "next_at": until}]
        tx.execute(t.limiter.insert(), rows)
    answer = await site.client.get("/health")
    assert (answer.status_code, answer.json()["resting"]) == (200, {"sms": until.isoformat()})
    metrics = (await site.client.get("/metrics")).text
    assert 'ouderbrug_channel_resting{channel="sms"} 1.0' in metrics
    assert 'ouderbrug_channel_resting{channel="telegram"} 0.0' in metrics


async def test_a_loop_that_keeps_failing_is_not_healthy(site: Site) -> None:
    site.bot.pulse.ill("outbox", MONDAY - timedelta(seconds=59))
    assert (await site.client.get("/health")).status_code == 200
    for ago in (60, 30, 0):
        site.bot.pulse.ill("desk", MONDAY - timedelta(seconds=ago))
    answer = await site.client.get("/health")
    assert (answer.status_code, answer.json()["why"]) == (503, "failing: desk")
    site.bot.pulse.well("desk")
    assert (await site.client.get("/health")).status_code == 200


async def test_who_only_works_has_no_hooks(site: Site) -> None:
    async with serving(application(site.bot, hooks=False)) as url, httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/health")).status_code == 200
        assert (await client.get(f"{url}/metrics")).status_code == 200
        assert (await client.post(f"{url}/hooks/sms", content=b"{}")).status_code == 404


async def test_metrics_are_counts_without_anything_personal(site: Site) -> None:
    await site.post("/hooks/sms", json.dumps(HELLO).encode())
    answer = await site.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'ouderbrug_inbox_rows{state="waiting"} 1.0' in answer.text
    assert not any(word in answer.text for word in ("31612", "hallo"))


# --- who does not come to the point
@asynccontextmanager
async def line(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    try:
        async with asyncio.timeout(5):
            yield reader, writer
    finally:
        writer.close()


HEAD = b"POST /hooks/sms HTTP/1.1\r\nhost: x\r\n"


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(site: Site) -> None:
    async with line(str(site.client.base_url).rstrip("/")) as (reader, writer):
        writer.write(HEAD + b"content-length: 10000000\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")


async def test_slow_and_endless_requests_are_hung_up_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SLOW", 0.3)
    good = HEAD + b"content-length: 2\r\n\r\n{}"
    async with serving(application(site.bot), http=web.Guarded) as url:
        async with line(url) as (reader, writer):  # a second request that never ends its headers
            writer.write(good)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 403")
            writer.write(HEAD)
            assert await reader.read() == b""
        async with line(url) as (reader, _):  # silence
            assert await reader.read() == b""
        async with line(url) as (reader, writer):  # a body that does not come
            writer.write(HEAD + b"content-length: 20\r\n\r\n{")
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        async with line(url) as (reader, writer):  # headers without end
            for number in range(2000):
                writer.write(b"x-%d: %s\r\n" % (number, b"y" * 100) if number else HEAD)
            with suppress(ConnectionError):
                assert await reader.read() == b""
        async with line(url) as (reader, writer):  # all is still well
            writer.write(good + good)
            for _ in range(2):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 403")


# --- privacy
@pytest.mark.parametrize(
    ("language", "direction"),
    [("nl", "ltr"), ("en", "ltr"), ("tr", "ltr"), ("ar", "rtl"), ("pl", "ltr"), ("uk", "ltr")],
)
async def test_the_page_about_privacy_in_every_language(site: Site, language: str, direction: str) -> None:
    answer = await site.client.get(f"/privacy/{language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{direction}"' in answer.text
    assert "STOP" in answer.text
    assert site.bot.catalogue.words(language).say("privacy.titel", {}) in unescape(answer.text)


@pytest.mark.parametrize("language", ["xx", "NL", "nl.po", "..%2Fnl", "%00", "a" * 3000])
async def test_a_language_nobody_speaks_here_is_not_found(site: Site, language: str) -> None:
    assert (await site.client.get(f"/privacy/{language}")).status_code == 404


@pytest.fixture(autouse=True)
def nothing_is_written_to_the_screen(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever comes in, no name, number or word of it is logged."""
    yield
    heard = "".join(capfd.readouterr())
    assert "31612" not in heard
    assert "hallo" not in heard
