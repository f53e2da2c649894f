"""The driver telegram and its stand-in together: webhooks, asking for updates, politeness, files, setting up."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.base import Examines, Fetches, Finding, Installs, Polls, Tidies
from bot.channels.telegram import API, TelegramChannel
from bot.errors import InDoubt, Rejected, Throttled, Unsent
from bot.model import Address, Choice, Inbound, Outbound, Request
from tests.fakes.providers import TOKEN
from tests.fakes.server import free_port
from tests.fakes.telegram import Telegram
from tests.fakes.telegram_case import BOT_TOKEN, ELIF, driver, opened, webhook

ROOT = Path(__file__).parent.parent
CHAT = int(ELIF.value)
YESNO = (Choice("ja", "Ja"), Choice("nee", "Nee"))


def heard(channel: TelegramChannel, requests: Sequence[Request]) -> list[Inbound]:
    return [each for request in requests for each in channel.read(request) if isinstance(each, Inbound)]


def texts(letters: Sequence[Inbound]) -> list[str]:
    return [each.text for each in letters]


def wrong(findings: Sequence[Finding]) -> list[str]:
    return [each.what for each in findings if not each.ok]


def test_it_has_the_powers_that_telegram_allows() -> None:
    channel = driver()
    assert all(isinstance(channel, power) for power in (Polls, Tidies, Fetches, Examines, Installs))
    assert API.startswith("https://")


# --- webhooks ---------------------------------------------------------------------------------------------------------
async def test_a_question_and_her_tap(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel = driver(api=api)
        await telegram.say(CHAT, "/start 7KQ29FMX")
        number = await channel.send(Outbound("17-1", ELIF, "Komt u *donderdag*? https://x.example", YESNO, "buttons"))
        await telegram.tap(CHAT, int(number), "Ja")
        await bot.until(2)
        tap = heard(channel, bot.heard)[-1]
        assert (tap.choice, tap.ours, tap.kind, tap.text) == ("ja", "17-1", "choice", "Ja")
        (bubble,) = (each for each in telegram.messages(CHAT) if each.who == "bot")
        assert (bubble.text, list(bubble.buttons)) == ("Komt u *donderdag*? https://x.example", ["Ja", "Nee"])
        reply = await _reply(telegram, channel, bot.heard, bubble.raw)
        assert reply.theirs == number
        await channel.close()


async def _reply(telegram: Telegram, channel: TelegramChannel, heard_: list[Request], to: dict[str, Any]) -> Inbound:
    count = len(heard_)
    await telegram.say(CHAT, "goed", reply_to_message=to)
    while len(heard_) == count:
        await asyncio.sleep(0.005)
    return heard(channel, heard_)[-1]


async def test_what_the_bot_does_not_confirm_comes_again_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, telegram, bot):
        bot.answers = [500, 503]
        for text in ("een", "twee"):
            await telegram.say(CHAT, text)
        await bot.until(4)
        channel = driver()
        assert texts(heard(channel, bot.heard)) == ["een", "een", "een", "twee"]
        assert len({each.id for each in heard(channel, bot.heard)}) == 2


async def test_an_edit_a_block_and_ids_that_start_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel = driver(api=api)
        await telegram.say(CHAT, "dinsdag")
        await telegram.edit(CHAT, 1, "donderdag")
        telegram.restart_ids(5)
        await telegram.block(CHAT)
        await telegram.open(CHAT)
        await bot.until(4)
        letters = heard(channel, bot.heard)
        assert [(each.kind, each.text) for each in letters] == [
            ("text", "dinsdag"), ("edit", "donderdag"), ("blocked", ""),
        ]  # fmt: skip
        assert letters[-1].id.startswith("5-")
        assert await channel.send(Outbound("1-1", ELIF, "welkom terug"))
        await channel.close()


async def test_too_fast_for_one_chat(tmp_path: Path) -> None:
    async with opened(tmp_path, rates=True) as (api, telegram, _):
        channel = driver(api=api)
        await telegram.say(CHAT, "/start")
        await channel.send(Outbound("1-1", ELIF, "een"))
        with pytest.raises(Throttled) as asked:
            await channel.send(Outbound("2-1", ELIF, "twee"))
        assert asked.value.wait.total_seconds() == 1
        await channel.close()


# --- asking for updates -----------------------------------------------------------------------------------------------
async def test_what_was_not_stored_comes_again_and_what_was_does_not(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, _):
        channel = driver(api=api, mode="polling", poll=0)
        for text in ("een", "twee"):
            await telegram.say(CHAT, text)
        first, offset = await channel.poll(0)
        again, same = await channel.poll(0)  # it stopped before it stored
        assert texts(heard(channel, first)) == texts(heard(channel, again)) == ["een", "twee"]
        assert offset == same
        assert heard(channel, first) == heard(channel, again)
        await telegram.say(CHAT, "drie")
        third, offset = await channel.poll(offset)
        assert texts(heard(channel, third)) == ["drie"]
        assert await channel.poll(offset) == ([], 0)
        assert await channel.poll(0) == ([], 0)
        await channel.close()


async def test_asking_waits_until_somebody_writes(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, _):
        channel = driver(api=api, mode="polling", poll=5)
        asked = asyncio.create_task(channel.poll(0))
        await asyncio.sleep(0.05)
        assert not asked.done()
        await telegram.say(CHAT, "hallo")
        requests, _offset = await asyncio.wait_for(asked, 3)
        assert texts(heard(channel, requests)) == ["hallo"]
        await channel.close()


async def test_a_senseless_update_does_not_keep_the_others(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, _):
        channel = driver(api=api, mode="polling", poll=0)
        await telegram.say(CHAT, "een")
        await telegram.tell(CHAT, "my_chat_member", {"date": "yesterday", "later": 1})
        await telegram.say(CHAT, "twee")
        (first, poison, last), offset = await channel.poll(0)
        with pytest.raises(ValueError, match="chat"):
            channel.read(poison)
        assert json.loads(poison.body)["my_chat_member"]["later"] == 1  # fields that nobody knows come along
        assert texts(heard(channel, [first, last])) == ["een", "twee"]
        assert await channel.poll(offset) == ([], 0)
        await channel.close()


async def test_an_offset_of_before_a_silent_week_loses_and_repeats_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, _):
        channel = driver(api=api, mode="polling", poll=0)
        await telegram.say(CHAT, "een")
        _, offset = await channel.poll(0)
        telegram.book.waiting.clear()  # the bot stood still; a week later
        telegram.restart_ids(41)
        await telegram.say(CHAT, "twee")
        requests, offset = await channel.poll(offset)
        assert texts(heard(channel, requests)) == ["twee"]
        assert offset == 42
        assert await channel.poll(offset) == ([], 0)
        await channel.close()


async def test_a_webhook_of_before_is_removed_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        bot.answers = [500] * 10_000
        await telegram.say(CHAT, "hallo")
        channel = driver(api=api, mode="polling", poll=0)
        requests, offset = await channel.poll(0)
        assert texts(heard(channel, requests)) == ["hallo"]
        other = driver(api=api, hooks=f"{bot.url}/hooks/telegram")
        await other.install({})  # somebody sets it again
        await other.close()
        with pytest.raises(Throttled) as refused:
            await channel.poll(offset)
        assert refused.value.code == "config 409"
        await channel.close()


async def test_of_two_that_ask_the_older_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, _):
        older, newer = (driver(api=api, mode="polling", poll=5) for _ in range(2))
        older._unhooked = True
        waiting = asyncio.create_task(older.poll(0))
        await asyncio.sleep(0.1)
        asked = asyncio.create_task(newer.poll(0))
        with pytest.raises(Throttled):
            await asyncio.wait_for(waiting, 3)
        await telegram.say(CHAT, "hallo")
        assert len((await asked)[0]) == 1
        for channel in (older, newer):
            await channel.close()


async def test_asking_where_nobody_answers() -> None:
    channel = driver(api=f"http://127.0.0.1:{free_port()}", mode="polling")
    with pytest.raises(Unsent):
        await channel.poll(0)
    await channel.close()


# --- politeness -------------------------------------------------------------------------------------------------------
async def test_a_tap_is_answered_and_a_group_is_left(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel = driver(api=api)
        await telegram.say(CHAT, "/start")
        number = await channel.send(Outbound("17-1", ELIF, "Komt u?", YESNO, "buttons"))
        await telegram.tap(CHAT, int(number), "nee")
        await telegram.add_to_group(-4123456789, CHAT)
        await bot.until(3)
        for request in bot.heard:
            await channel.tidy(request)
            await channel.tidy(request)  # too late the second time, and no matter
        assert list(telegram.book.taps.values()) == [True]
        assert telegram.book.groups == set()
        assert heard(channel, bot.heard)[-1].kind == "choice"  # nothing of the group
        for body in (b"", b"[]", b'{"callback_query": 7}', b'{"message": {"chat": 7}}'):
            await channel.tidy(webhook(body))
        await channel.close()


# --- files ------------------------------------------------------------------------------------------------------------
FILES = [
    (b"OggS" + b"\x00" * 90, "voice/file_0.oga", "audio/ogg"),
    (b"\xff\xd8\xff\xe0" + b"\x00" * 90, "photos/file_1.png", "image/jpeg"),
    (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "stickers/file_2.webp", "image/webp"),
    (b"\x00\x00\x00\x18ftypisom", "videos/file_3.mp4", "video/mp4"),
    (b"%PDF-1.7 ", "documents/verlof aanvraag.pdf", "application/pdf"),
    (b"a,b\n1,2\n", "documents/lijst.csv", "text/csv"),
    (b"\x01\x02", "documents/file_6", "application/octet-stream"),
]


async def test_a_file_comes_with_what_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel = driver(api=api)
        for data, path, _ in FILES:
            await telegram.send_file(CHAT, "document", data, path=path, file_name="x")
        await bot.until(len(FILES))
        for letter, (data, _, kind) in zip(heard(channel, bot.heard), FILES, strict=True):
            assert await channel.fetch(letter.media[0].reference, 1000) == (kind, data)
        await channel.close()


async def test_what_is_too_large_or_gone_is_not_fetched(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel = driver(api=api)
        await telegram.send_file(CHAT, "voice", b"OggS" + b"x" * 2000)
        await bot.until(1)
        reference = heard(channel, bot.heard)[0].media[0].reference
        assert len((await channel.fetch(reference, 2004)).data) == 2004
        for wanted, most in ((reference, 2003), ("nobody-knows-this", 5000)):
            with pytest.raises(Rejected):
                await channel.fetch(wanted, most)
        with pytest.raises(Rejected):  # also where its size was not told truly
            await channel._wire.download(f"{api}/file/bot{BOT_TOKEN}/voice/file_0", 100)
        with pytest.raises(Rejected) as gone:
            await channel._wire.download(f"{api}/file/bot{BOT_TOKEN}/voice/file_9", 100)
        assert gone.value.code == "absent 404"
        await channel.close()


# --- setting up -------------------------------------------------------------------------------------------------------
COMMANDS = {"": [("menu", "What I can do")], "nl": [("menu", "Wat ik kan"), ("stop", "Geen berichten meer")]}


async def test_set_up_by_webhook(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, bot):
        channel = driver(api=api, hooks=f"{bot.url}/hooks/telegram")
        assert wrong(await channel.examine()) == [
            "telegram: webhook none", "telegram: Telegram tells what the bot needs to hear",
        ]  # fmt: skip
        assert wrong(await channel.install({**COMMANDS, "zgh": [("menu", "three letters")]})) == []
        assert telegram.book.commands[""] == [{"command": "menu", "description": "What I can do"}]
        assert set(telegram.book.commands) == {"", "nl"}
        assert wrong(await channel.examine()) == []
        await telegram.tell(CHAT, "message_reaction", {"chat": {"id": CHAT, "type": "private"}})
        await telegram.say(CHAT, "hallo")
        await bot.until(1)
        assert texts(heard(channel, bot.heard)) == ["hallo"]  # its secret is ours, and reactions are not told
        await channel.close()


async def test_set_up_to_ask(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, _):
        channel = driver(api=api, mode="polling", poll=0)
        assert wrong(await channel.examine()) == ["telegram: no webhook stands in the way"]
        await telegram.say(CHAT, "hallo")
        assert wrong(await channel.install({})) == []
        assert wrong(await channel.examine()) == []
        assert telegram.book.hook.url == ""
        await channel.close()


async def test_what_telegram_refuses_is_told_with_a_way_out(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, _, _bot):
        channel = driver(api=api, hooks="http://school.example/hooks/telegram")
        findings = await channel.install({"nl": [("Menu!", "Wat ik kan")]})
        assert len(wrong(findings)) == 2
        assert all(each.way_out for each in findings)
        await channel.close()


async def test_what_does_not_fit_the_configuration_is_found(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        telegram.me.update(username="DeVaartBot", can_join_groups=True, can_read_all_group_messages=True)
        bot.answers = [403] * 10_000
        await telegram.say(CHAT, "hallo")
        await bot.until(2)
        channel = driver(api=api, hooks="https://bot.example/hooks/telegram")
        findings = await channel.examine()
        assert len(wrong(findings)) == 6
        assert any("403" in each.what for each in findings)
        assert all(bool(each.way_out) != each.ok for each in findings)
        await channel.close()


# --- the stand-in as a process ----------------------------------------------------------------------------------------
@asynccontextmanager
async def _process(port: int, log: Path, *words: str) -> Any:
    line = [sys.executable, "-m", "tests.fakes.telegram", "--port", str(port), "--log", str(log), "--token", BOT_TOKEN]
    process = await asyncio.create_subprocess_exec(*line, *words, cwd=ROOT)
    try:
        async with asyncio.timeout(20), httpx.AsyncClient() as http:
            while True:
                try:
                    await http.get(f"http://127.0.0.1:{port}/log")
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
                else:
                    break
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_the_stand_in_accepted_survives_a_kill(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "telegram.jsonl"
    api = f"http://127.0.0.1:{port}"
    channel = driver(api=api, mode="polling", poll=0)
    async with _process(port, log) as process, httpx.AsyncClient() as http:
        await http.post(f"{api}/chats/{CHAT}/say", json={"text": "hallo"})
        await channel.send(Outbound("1-1", ELIF, "een"))
        await http.post(f"{api}/faults", json={"cut_after": 1})
        with pytest.raises(InDoubt):
            await channel.send(Outbound("2-1", ELIF, "twee"))
        process.kill()
        await process.wait()
    async with _process(port, log, "--secret", TOKEN, "--faults", "{}") as process:
        requests, _ = await channel.poll(0)
        assert texts(heard(channel, requests)) == ["hallo"]
        assert await channel.send(Outbound("3-1", ELIF, "drie")) == "4"  # the numbers go on
        with pytest.raises(Rejected):
            await channel.send(Outbound("4-1", Address("telegram", "700000009"), "vier"))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    await channel.close()
    sent = [each["message"]["text"] for each in map(json.loads, log.read_text().splitlines()) if each["what"] == "sent"]
    assert sent == ["een", "twee", "drie"]
