"""Files over the drivers: Telegram is brought each once, Twilio fetches them; where neither can, the link goes."""

import asyncio
from pathlib import Path

import pytest

from bot.channels.files import carried, is_here
from bot.channels.phone import LIMITS
from bot.config import ChannelSettings
from bot.errors import InDoubt, Rejected, Unsent
from bot.model import Address, File, Outbound, Status
from tests.fakes.bot import Listener
from tests.fakes.telegram import Telegram
from tests.fakes.telegram_case import ELIF, driver, opened
from tests.fakes.twilio_case import PUBLIC
from tests.fakes.twilio_case import driver as twilio_driver
from tests.fakes.twilio_stage import grounded, staged
from tests.harness import pictures

CHAT, LINK = int(ELIF.value), "Foto: https://bot.school.example/bijlage/x"
FATIMA = Address("whatsapp", "+31612000103")


def photo(bot: Listener, name: str = "foto.png", data: bytes = b"") -> File:
    bot.files[name] = "image/png", data or pictures.png()
    return File(f"{bot.url}/bijlage/{name}", "image/png", name)


def to(chat: int, file: File) -> Outbound:
    return Outbound(f"{chat}-1", Address("telegram", str(chat)), LINK, file=file)


def said(telegram: Telegram) -> list[str]:
    return [each.text for each in telegram.messages(CHAT) if each.who == "bot"]


# --- Telegram
async def test_each_is_brought_once_and_goes_to_everybody(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel, file = driver(api=api), photo(bot)
        for chat in range(CHAT, CHAT + 4):
            await telegram.say(chat, "/start")
        found = await asyncio.gather(*(channel.send(to(chat, file)) for chat in range(CHAT, CHAT + 4)))
        assert len({*found}) == 4
        assert bot.fetched == ["foto.png"]
        assert len(telegram.book.files) == 1
        assert all(telegram.shown(chat) == ["foto.png"] for chat in range(CHAT, CHAT + 4))
        assert said(telegram) == [""], "a picture has no words of its own: these went before it"
        await channel.close()


async def test_where_the_first_fails_the_others_try_again_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        channel, file = driver(api=api), photo(bot)
        for chat in (CHAT, CHAT + 1):
            await telegram.say(chat, "/start")
        await telegram.block(CHAT)
        first, second = await asyncio.gather(
            *(channel.send(to(chat, file)) for chat in (CHAT, CHAT + 1)), return_exceptions=True
        )
        assert [type(first).__name__, type(second).__name__] == ["Blocked", "Unsent"]
        assert isinstance(second, Unsent)
        assert await channel.send(to(CHAT + 1, file))
        assert telegram.shown(CHAT + 1) == ["foto.png"]
        await channel.close()


@pytest.mark.parametrize("trouble", ["gone", "large", "unfit", "nowhere"])
async def test_what_telegram_does_not_get_goes_as_a_link(tmp_path: Path, trouble: str) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        await telegram.say(CHAT, "/start")
        channel = driver(api=api)
        file = {
            "gone": File(f"{bot.url}/bijlage/weg", "image/png", "foto.png"),
            "large": photo(bot, data=pictures.png() + bytes(5 << 20)),
            "unfit": photo(bot, data=b"no picture at all"),
            "nowhere": File("http://127.0.0.1:1/bijlage/x", "image/png", "foto.png"),
        }[trouble]
        for number in range(2):
            assert await channel.send(Outbound(f"{number}-1", ELIF, LINK, file=file))
        assert said(telegram) == [LINK, LINK]
        assert telegram.shown(CHAT) == []
        assert len(bot.fetched) <= 1, "it is not tried for everybody"
        await channel.close()


async def test_a_file_in_doubt_is_in_doubt_and_not_sent_as_a_link(tmp_path: Path) -> None:
    async with opened(tmp_path) as (api, telegram, bot):
        await telegram.say(CHAT, "/start")
        channel, file = driver(api=api), photo(bot)
        telegram.dice.load(telegram.dice.faults.parse({"cut_after": 1}))
        with pytest.raises(InDoubt):
            await channel.send(Outbound("1-1", ELIF, LINK, file=file))
        assert telegram.shown(CHAT) == ["foto.png"]
        assert said(telegram) == [""]
        await channel.close()


# --- Twilio
async def test_twilio_fetches_it_and_finds_it_again(tmp_path: Path) -> None:
    async with grounded() as ground, staged(ground, tmp_path) as stage:
        whatsapp = twilio_driver("whatsapp", api=stage.api)
        await stage.twilio.say(FATIMA, "hoi")
        photo(stage.bot)
        file = File(f"{PUBLIC}/bijlage/foto.png", "image/png", "foto.png")
        before = stage.twilio.now()
        stage.twilio.fault(cut_after=1)
        message = Outbound("1-1", FATIMA, LINK, file=file)
        with pytest.raises(InDoubt):
            await whatsapp.send(message)
        stage.twilio.fault()
        await whatsapp.send(Outbound("1-0", FATIMA, LINK))  # its words, where it goes as a link
        found = await whatsapp.find(message, before, ())
        (event,) = [each for each in stage.events("accepted") if each["media"]]
        assert (event["sid"], event["text"], event["media"][0]["content_type"]) == (found, "", "image/png")
        assert await whatsapp.find(message, before, {found}) == "", "another one like it is not this one"
        assert stage.bot.fetched == ["foto.png"]
        await whatsapp.close()


async def test_what_twilio_cannot_fetch_does_not_arrive_and_says_so(tmp_path: Path) -> None:
    async with grounded() as ground, staged(ground, tmp_path) as stage:
        whatsapp = twilio_driver("whatsapp", api=stage.api)
        await stage.twilio.say(FATIMA, "hoi")
        file = File(f"{PUBLIC}/bijlage/weg", "image/png", "foto.png")
        assert await whatsapp.send(Outbound("1-1", FATIMA, LINK, file=file))
        (receipt,) = await stage.statuses(whatsapp, "1-1")
        assert (receipt.status, receipt.code) == (Status.FAILED, "refused 63019")
        await whatsapp.close()


async def test_where_nobody_outside_can_reach_us_twilio_gets_no_file(tmp_path: Path) -> None:
    here = twilio_driver("whatsapp", hooks="http://localhost:8000/hooks/whatsapp")
    assert here.limits.files == frozenset()
    with pytest.raises(Rejected):
        await here.send(Outbound("1-0", FATIMA, LINK, file=File("http://localhost:8000/bijlage/x", "image/png", "x")))
    assert [is_here(each) for each in ("http://127.0.0.1:8000", "https://bot.school.nl", "")] == [True, False, False]
    kinds = LIMITS["whatsapp"].files
    assert carried(ChannelSettings("whatsapp", "phone", hooks="http://localhost/hooks/whatsapp"), kinds) == kinds
    await here.close()
