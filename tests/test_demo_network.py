"""The phones' network: what it remembers, in which order it delivers, and what becomes of a message."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.network import Network
from bot.errors import ConfigError, Rejected
from bot.model import Address
from tests.fakes.bot import listening
from tests.fakes.phones import ELIF, FATIMA, JOY, YESNO, Phones, confirmed, outbound
from tests.fakes.providers import NOWHERE, TOKEN


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[Phones]:
    async with listening() as bot:
        yield Phones(tmp_path / "network.jsonl", bot)


# --- what it remembers ------------------------------------------------------------------------------------------------
async def test_everything_survives_a_restart(phones: Phones) -> None:
    async with phones.open() as network:
        await network.say(ELIF, "hoi")
        question = outbound(ELIF, "Kunt u?", layout="buttons", choices=YESNO)
        sid = await network.accept(question)
        await network.say(ELIF, choice="ja", ours=question.id)
        await network.accept(outbound(FATIMA, "ş" * 71))
        await confirmed(network, 7)
        before = [network.messages(ELIF), network.messages(FATIMA)]
        version = await network.changed(0, 1)
    async with phones.open() as network:
        assert [network.messages(ELIF), network.messages(FATIMA)] == before
        assert network.find(question.id, datetime(2026, 11, 23, tzinfo=UTC)) == sid
        assert await network.changed(0, 1) == version
    asked = before[0][1]
    assert (asked.who, asked.choices, asked.answered, asked.status) == ("bot", YESNO, "ja", "read")
    assert [(each.text, each.kind, each.status) for each in before[0]] == [
        ("hoi", "text", "delivered"), ("Kunt u?", "text", "read"), ("Ja", "choice", "delivered"),
    ]  # fmt: skip
    assert before[1][0].parts == 2


@pytest.mark.parametrize("torn", [b'{"what":"said","id":"IN', b"{}", b"\0\0\0\0"])
async def test_a_torn_last_line_is_cut_off(phones: Phones, torn: bytes) -> None:
    async with phones.open() as network:
        await network.say(ELIF, "een")
    whole = phones.log.read_bytes()
    phones.log.write_bytes(whole + torn)
    async with phones.open() as network:
        assert [each.text for each in network.messages(ELIF)] == ["een"]
        await network.say(ELIF, "twee")
    assert phones.log.read_bytes().startswith(whole)
    async with phones.open() as network:
        assert [each.text for each in network.messages(ELIF)] == ["een", "twee"]


async def test_a_damaged_line_inside_is_an_error(phones: Phones) -> None:
    phones.log.write_bytes(b'{"what":\n{}\n')
    with pytest.raises(ConfigError, match="line 1"):
        async with phones.open():
            pass


async def test_a_message_given_twice_is_accepted_twice(phones: Phones) -> None:
    async with phones.open() as network:
        message = outbound(FATIMA)
        assert await network.accept(message) != await network.accept(message)
        assert [each.id for each in network.messages(FATIMA)] == [message.id] * 2
        events = [json.loads(line) for line in network.log().splitlines()]
    assert [each["id"] for each in events if each["what"] == "accepted"] == [message.id] * 2


async def test_a_change_wakes_who_waits(phones: Phones) -> None:
    async with phones.open() as network:
        version = await network.changed(0, 0.01)
        assert await network.changed(version, 0.01) == version
        await network.say(ELIF, "hoi")
        assert await network.changed(version, 1) > version


# --- in which order it delivers ---------------------------------------------------------------------------------------
async def test_a_phone_is_delivered_in_order_however_the_bot_answers(phones: Phones) -> None:
    phones.bot.answers = [500, 503, 404, 301] * 5
    async with phones.open() as network:
        for number in range(10):
            await network.say(FATIMA, str(number))
        await phones.bot.until(30)
    confirmed = dict.fromkeys(each["text"] for each in phones.bot.messages())
    assert list(confirmed) == [str(number) for number in range(10)]


async def test_one_phone_does_not_wait_for_another(phones: Phones) -> None:
    async with phones.open() as network:
        for number in range(300):
            await network.say(Address("sms", f"+316120{number % 100:05}"), str(number))
        await phones.bot.until(300)
    heard = phones.bot.messages()
    for phone in {each["from"] for each in heard}:
        texts = [int(each["text"]) for each in heard if each["from"] == phone]
        assert texts == sorted(texts)


async def test_what_the_bot_did_not_confirm_comes_after_a_restart(phones: Phones) -> None:
    async with phones.open(hooks=NOWHERE) as network:
        for text in ("een", "twee", "drie"):
            await network.say(FATIMA, text)
        assert {each.status for each in network.messages(FATIMA)} == {"sent"}
    async with phones.open() as network:
        await confirmed(network, 3)
    assert [each["text"] for each in phones.bot.messages()] == ["een", "twee", "drie"]
    async with phones.open() as network:
        assert {each.status for each in network.messages(FATIMA)} == {"delivered"}
    assert len(phones.bot.heard) == 3


async def test_it_gives_up_in_the_end_and_goes_on(phones: Phones) -> None:
    phones.bot.answers = [500] * 3
    async with phones.open(tries=3) as network:
        await network.say(FATIMA, "een")
        await network.say(FATIMA, "twee")
        await phones.bot.until(4)
        assert network.messages(FATIMA)[0].status == "sent"
    assert [each["text"] for each in phones.bot.messages()] == ["een", "een", "een", "twee"]


# --- what becomes of a message ----------------------------------------------------------------------------------------
async def test_receipts_go_from_sent_to_read(phones: Phones) -> None:
    async with phones.open() as network:
        await network.say(ELIF, "hoi")
        message = outbound(ELIF)
        await network.accept(message)
        await phones.bot.until(3)
        assert phones.bot.statuses(message.id) == ["sent", "delivered"]
        network.read(ELIF)
        network.read(ELIF)
        await phones.bot.until(4)
        assert phones.bot.statuses(message.id) == ["sent", "delivered", "read"]
        answered = outbound(ELIF)
        await network.accept(answered)
        await network.say(ELIF, "1")
        await phones.bot.until(8)
    assert phones.bot.statuses(answered.id) == ["sent", "delivered", "read"]
    assert phones.bot.statuses(message.id) == ["sent", "delivered", "read"]


@pytest.mark.parametrize("phone", [FATIMA, JOY], ids=["sms", "telegram"])
async def test_only_whatsapp_tells_what_was_read(phones: Phones, phone: Address) -> None:
    async with phones.open() as network:
        await network.say(phone, "/start")
        message = outbound(phone)
        await network.accept(message)
        assert network.messages(phone)[-1].new
        network.read(phone)
        network.read(phone)
        assert network.log().count('"what":"seen"') == 1
        await network.say(phone, "hoi")
        await phones.bot.until(4)
    async with phones.open() as network:
        kept = network.messages(phone)[1]
        assert (kept.status, kept.new) == ("delivered", False), "it is seen also after a restart"
    assert phones.bot.statuses(message.id) == ["sent", "delivered"]


async def test_a_lost_message_stays_sent(phones: Phones) -> None:
    message = outbound(FATIMA)
    async with phones.open(lose=1) as network:
        await network.accept(message)
    async with phones.open() as network:
        network.read(FATIMA)
        await network.say(FATIMA, "hoi")
        await phones.bot.until(2)
        assert network.messages(FATIMA)[0].status == "sent"
    assert phones.bot.statuses(message.id) == ["sent"]


async def test_a_delayed_message_arrives_later_or_expires(phones: Phones) -> None:
    late, in_time = outbound(FATIMA, expires_at=phones.now + timedelta(minutes=5)), outbound(FATIMA)
    async with phones.open(delay=1, delay_by=0.05) as network:
        await network.accept(late)
        await network.accept(in_time)
        phones.now += timedelta(minutes=5)
        assert {each.status for each in network.messages(FATIMA)} == {"sent"}
        await phones.bot.until(4)
        assert [each.status for each in network.messages(FATIMA)] == ["failed", "delivered"]
    assert phones.bot.statuses(late.id) == ["sent", "failed"]
    assert phones.bot.statuses(in_time.id) == ["sent", "delivered"]


async def test_what_was_on_its_way_arrives_after_a_restart(phones: Phones) -> None:
    message = outbound(FATIMA)
    async with phones.open(delay=1, delay_by=60) as network:
        await network.accept(message)
    async with phones.open():
        await phones.bot.until(2)
    assert phones.bot.statuses(message.id) == ["sent", "delivered"]


async def test_webhooks_can_come_twice(phones: Phones) -> None:
    async with phones.open(double=1) as network:
        await network.say(FATIMA, "hoi")
        await phones.bot.until(2)
    assert [each["text"] for each in phones.bot.messages()] == ["hoi", "hoi"]


# --- on the phone -----------------------------------------------------------------------------------------------------
async def test_the_window_of_whatsapp_is_remembered(phones: Phones) -> None:
    async with phones.open() as network:
        with pytest.raises(Rejected, match="24 hours"):
            await network.accept(outbound(ELIF))
        await network.say(ELIF, "hoi")
    async with phones.open() as network:
        await network.accept(outbound(ELIF))
        phones.now += timedelta(hours=24)
        with pytest.raises(Rejected, match="24 hours"):
            await network.accept(outbound(ELIF))
        assert len(network.messages(ELIF)) == 2


async def test_one_taps_only_what_stands_on_the_phone(phones: Phones) -> None:
    async with phones.open() as network:
        await network.say(JOY, "/start")
        question = outbound(JOY, layout="buttons", choices=YESNO)
        await network.accept(question)
        for phone, choice, ours in ((JOY, "misschien", question.id), (JOY, "ja", "m-0"), (ELIF, "ja", question.id)):
            with pytest.raises(ValueError, match="no such option"):
                await network.say(phone, choice=choice, ours=ours)


@pytest.mark.parametrize("hooks", ["http://192.0.2.1:8000", "http://localhost.example.org", "127.0.0.1:8000"])
def test_it_speaks_to_this_machine_alone(tmp_path: Path, hooks: str) -> None:
    with pytest.raises(ConfigError, match="this machine"):
        Network(tmp_path / "log", hooks=hooks, token=TOKEN, now=lambda: datetime.now(UTC))
