"""The driver telegram alone: what each update means, what each refusal means, and a token that nothing ever shows."""

import asyncio
import json
import logging
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.telegram import LONG_POLL, SECRET, TelegramChannel
from bot.config import ChannelSettings
from bot.errors import Blocked, ChannelError, ConfigError, ForgedRequest, InDoubt, Rejected, Throttled, Unsent
from bot.model import Address, Choice, Inbound, Media, Outbound, Request
from tests.fakes.clock import wall_clock
from tests.fakes.providers import NOWHERE, TOKEN
from tests.fakes.server import answering, free_port, resetting, silent, talking
from tests.fakes.telegram_case import BOT_TOKEN, ELIF, PAYLOAD, driver, opened, update, webhook

JOY = Address("telegram", "700000107")
HALLO = Outbound("17-1", ELIF, "Dag, hier juf Janneke.")


def read(file: str) -> list[Inbound]:
    found = driver().read(webhook(update(file)))
    assert all(isinstance(each, Inbound) for each in found)
    return found  # type: ignore[return-value]


# --- what an update means ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("file", "kind", "text", "media"),
    [
        ("audio", "voice", "het liedje", Media("voice", "CQACAgQAAudio", "audio/mpeg", 501000, "liedje.mp3")),
        ("video", "video", "", Media("video", "BAACAgQAVideo", "video/mp4", 1200345)),
        ("video-note", "video", "", Media("video", "DQACAgQANote", "video/mp4", 300123)),
        ("document", "document", "", Media("document", "BQACAgQADoc", "application/pdf", 84111, "verlof aanvraag.pdf")),
        ("animation", "video", "", Media("video", "CgACAgQAGif", "video/mp4", 40100, "hoi.mp4")),
        ("sticker", "sticker", "", Media("sticker", "CAACAgQASticker", "application/x-tgsticker", 9000, "👍")),
        ("location", "location", "", Media("location", name="52.0907,5.1214")),
        ("venue", "location", "Bibliotheek, Domplein 1", Media("location", name="52.0907,-5.121399")),
        ("contact", "contact", "", Media("contact", name="Fatima +31612000103")),
        ("contact-own", "contact", "", Media("contact", name="Joy Okafor +31612000107")),
        ("poll", "other", "", None),
    ],
)
def test_what_she_sends_besides_words(file: str, kind: str, text: str, media: Media | None) -> None:
    (heard,) = read(file)
    assert (heard.sender, heard.kind, heard.text, heard.name) == (JOY, kind, text, "Joy Okafor")
    assert heard.media == ((media,) if media else ())


def test_an_album_has_one_mark_and_a_photo_the_largest_size_that_may_be_kept() -> None:
    (first,), (second,) = read("photo"), read("photo-2")
    assert first.album == second.album == "14091827364501234"
    assert first.id != second.id
    assert (first.text, first.media) == ("kijk", (Media("image", "AgACAgQAAxkBAAIBPhoto14", "image/jpeg", 190000),))


def test_a_photo_of_which_every_size_is_too_large_is_kept_as_the_smallest() -> None:
    raw = json.loads(update("photo"))
    raw["message"]["photo"] = [{"file_id": f"P{size}", "file_size": size} for size in (9_000_000, 6_000_000)]
    (heard,) = driver().read(webhook(json.dumps(raw).encode()))
    assert isinstance(heard, Inbound)
    assert heard.media[0].reference == "P6000000"


@pytest.mark.parametrize(
    "file",
    ["unblocked", "pinned", "live-location", "group", "group-joined", "group-left", "channel-joined", "reaction",
     "business", "unknown"],
)  # fmt: skip
def test_what_is_not_for_us_is_no_letter(file: str) -> None:
    assert read(file) == []


def test_a_reply_names_the_message_of_ours_alone() -> None:
    assert [each.theirs for each in read("reply") + read("reply-own")] == ["402", ""]


def test_a_tap_on_a_message_too_old_to_be_shown_still_counts() -> None:
    (heard,) = read("tap-old")
    assert (heard.kind, heard.choice, heard.ours, heard.text) == ("choice", "bedtijd", "17-1", "")


def test_a_tap_on_a_button_of_another_program_is_what_it_says() -> None:
    (heard,) = read("tap-foreign")
    assert (heard.kind, heard.text, heard.choice, heard.ours) == ("text", "Yes", "", "")


@pytest.mark.parametrize("file", PAYLOAD)
def test_an_id_names_nobody(file: str) -> None:
    (heard,) = read(file)
    raw = json.loads(update(file))
    tap = int(raw.get("callback_query", {"id": 0})["id"])
    assert JOY.value not in heard.id
    assert f"{int(JOY.value):x}" not in heard.id
    assert not tap or str(tap) not in heard.id


def test_ids_that_start_again_do_not_meet_the_old_ones() -> None:
    raw = json.loads(update("text"))
    raw["message"]["date"] += 8 * 24 * 3600
    (later,) = driver().read(webhook(json.dumps(raw).encode()))
    (before,) = read("text")
    assert isinstance(later, Inbound)
    assert later.id != before.id
    assert read("text")[0].id == before.id  # the same update, brought twice


def test_a_forged_update_is_not_read() -> None:
    for headers in ({}, {SECRET: ""}, {SECRET: TOKEN + "x"}, {SECRET: TOKEN[:-1]}, {"x-other": TOKEN}):
        with pytest.raises(ForgedRequest):
            driver().read(Request("/hooks/telegram", headers, b"{"))


# --- settings ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"token": ""}, "BOT_CHANNELS_TELEGRAM_TOKEN"),
        ({"token": "900000001:kort"}, "BOT_CHANNELS_TELEGRAM_TOKEN"),
        ({"token": BOT_TOKEN + "/../x"}, "BOT_CHANNELS_TELEGRAM_TOKEN"),
        ({"secret": "fifteen-signs.."}, "BOT_CHANNELS_TELEGRAM_SECRET"),
        ({"secret": "spaces are not for Telegram"}, "BOT_CHANNELS_TELEGRAM_SECRET"),
        ({"sender": ""}, "sender"),
        ({"sender": "+31612000000"}, "sender"),
        ({"api": "ftp://127.0.0.1"}, "api"),
        ({"name": "sms"}, "[channels.telegram]"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_showing_a_secret(wrong: dict[str, str], told: str) -> None:
    good = {"name": "telegram", "driver": "telegram", "sender": "DeBrugBot", "token": BOT_TOKEN, "secret": TOKEN}
    with pytest.raises(ConfigError) as refused:
        TelegramChannel(ChannelSettings(**{**good, **wrong}), wall_clock)  # type: ignore[arg-type]
    assert told in str(refused.value)
    for secret in (wrong.get("token"), wrong.get("secret")):
        assert not secret or secret not in str(refused.value)


async def test_where_it_asks_for_updates_it_needs_no_secret_and_believes_no_webhook() -> None:
    channel = driver(mode="polling", secret="")
    assert channel.polling
    assert timedelta(seconds=10) < LONG_POLL
    for given in ("", TOKEN):
        with pytest.raises(ForgedRequest):
            channel.read(webhook(update("text"), given))
    await channel.close()


# --- what a refusal means ---------------------------------------------------------------------------------------------
def refusing(status: int, description: str, **parameters: int) -> Any:
    body = json.dumps({"ok": False, "error_code": status, "description": description, "parameters": parameters})
    return answering(f"HTTP/1.1 {status} No\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


@pytest.mark.parametrize(
    ("status", "description", "error", "code"),
    [
        (403, "Forbidden: bot was blocked by the user", Blocked, "blocked 403"),
        (403, "Forbidden: user is deactivated", Blocked, "blocked 403"),
        (403, "Forbidden: bot can't initiate conversation with a user", Rejected, "absent 403"),
        (403, "Forbidden: bot can't send messages to bots", Rejected, "refused 403"),
        (400, "Bad Request: chat not found", Rejected, "absent 400"),
        (400, "Bad Request: message is too long", Rejected, "refused 400"),
        (401, "Unauthorized", Throttled, "config 401"),
        (404, "Not Found", Throttled, "config 401"),
        (409, "Conflict: terminated by other getUpdates request", Throttled, "config 409"),
        (500, "Internal Server Error", InDoubt, ""),
        (502, "Bad Gateway", InDoubt, ""),
    ],
)
async def test_every_refusal_has_its_error(status: int, description: str, error: type[ChannelError], code: str) -> None:
    async with talking(refusing(status, description)) as api:
        channel = driver(api=api)
        with pytest.raises(ChannelError) as refused:
            await channel.send(HALLO)
        await channel.close()
    assert (type(refused.value), refused.value.code) == (error, code)
    if isinstance(refused.value, Throttled):
        assert refused.value.wait == (timedelta(seconds=10) if status == 409 else timedelta(minutes=5))


async def test_a_403_that_telegram_did_not_write_is_no_opt_out() -> None:
    async with talking(answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\n<html>")) as api:
        channel = driver(api=api)
        with pytest.raises(Throttled, match="api and token"):
            await channel.send(HALLO)
        await channel.close()


@pytest.mark.parametrize(
    "answer", [b'{"ok":true,"result":true}', b'{"ok":true,"result":{"message_id":"7"}}', b'{"ok":true,"result":[]}']
)
async def test_an_answer_of_another_shape_leaves_doubt(answer: bytes) -> None:
    async with talking(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))) as api:
        channel = driver(api=api)
        with pytest.raises(InDoubt):
            await channel.send(HALLO)
        await channel.close()


async def test_what_never_got_a_connection_did_not_go() -> None:
    async with talking(silent) as api:
        settings = ChannelSettings(
            "telegram", "telegram", sender="DeBrugBot", api=api, token=BOT_TOKEN, secret=TOKEN
        )  # fmt: skip
        channel = TelegramChannel(settings, wall_clock, timeout=httpx.Timeout(0.6, pool=0.1))
        errors = await asyncio.gather(*(channel.send(HALLO) for _ in range(19)), return_exceptions=True)
        await channel.close()
    assert sorted(type(each).__name__ for each in errors) == ["InDoubt"] * 15 + ["Unsent"] * 4
    assert {each.code for each in errors if isinstance(each, Unsent)} == {"PoolTimeout"}


def told(error: BaseException) -> str:
    """All that this error and what hangs on it can ever write."""
    chain: list[BaseException] = [error]
    for each in chain:
        chain += [more for more in (each.__cause__, each.__context__) if more and more not in chain]
    return "".join("".join(traceback.format_exception(each)) + repr(each.args) for each in chain)


async def test_the_token_stands_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    closed = f"http://127.0.0.1:{free_port()}"
    talks = (resetting, silent, answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n<"), refusing(401, "No"))
    for talk in talks:
        async with talking(talk) as api:
            await _every_call_fails(api)
    await _every_call_fails(closed)
    async with opened(tmp_path) as (api, telegram, bot):
        channel = driver(api=api)
        await telegram.say(int(ELIF.value), "/start")
        await bot.until(1)
        await channel.send(HALLO)
        await channel.close()
    written = " ".join(f"{each.name} {each.getMessage()}" for each in caplog.records if each.name != "uvicorn.access")
    assert BOT_TOKEN.partition(":")[2] not in written
    assert HALLO.text not in written


async def _every_call_fails(api: str) -> None:
    channel = driver(api=api, impatient=True, poll=0)
    assert BOT_TOKEN not in repr(channel)
    for call in (channel.send(HALLO), channel.fetch("AgAC", 1000)):
        with pytest.raises(ChannelError) as failed:
            await call
        assert BOT_TOKEN.partition(":")[2] not in told(failed.value)
        assert HALLO.text not in told(failed.value)
    for finding in await channel.examine():
        assert not finding.ok
        assert BOT_TOKEN.partition(":")[2] not in str(finding)
    await channel.tidy(webhook(update("tap")))
    await channel.close()


@pytest.mark.parametrize(
    "choices",
    [(Choice("ja", "\ud83d"),), (Choice("\udc00", "ja"),), (Choice("x" * 60, "Ja"),)],
    ids=["label", "id", "too-long"],
)
async def test_a_button_that_cannot_be_is_refused_before_it_goes(choices: tuple[Choice, ...]) -> None:
    channel = driver(api=NOWHERE)
    with pytest.raises(Rejected, match="telegram"):
        await channel.send(Outbound("17-1", ELIF, "Ja of nee?", choices, "buttons"))
    await channel.close()
