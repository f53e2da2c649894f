"""The driver twilio against its stand-in: what is asked of Twilio, what is found again, swept up and fetched."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_whatsapp import TwilioWhatsApp
from bot.errors import Blocked, InDoubt, Rejected, Throttled, Unsent
from bot.model import Address, Choice, Form, Inbound, Media, Outbound, Status
from tests.fakes.bot import listening
from tests.fakes.providers import IMPATIENT
from tests.fakes.server import answering, serving, talking
from tests.fakes.twilio import ACCOUNT, PNG, SERVICE, SMS, WHATSAPP, Twilio
from tests.fakes.twilio_case import PUBLIC, driver, prepared
from tests.fakes.twilio_hooks import Pace
from tests.fakes.twilio_stage import Ground, Stage, grounded, staged

FATIMA = Address("sms", "+31612000103")
ELIF = Address("whatsapp", "+31612000101")
pytestmark = pytest.mark.asyncio(loop_scope="module")  # the servers are opened once


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground() -> AsyncIterator[Ground]:
    async with grounded() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def stage(ground: Ground, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(ground, tmp_path) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def sms(stage: Stage) -> AsyncIterator[TwilioChannel]:
    channel = driver("sms", api=stage.api)
    yield channel
    await channel.close()


@pytest_asyncio.fixture(loop_scope="module")
async def whatsapp(stage: Stage) -> AsyncIterator[TwilioWhatsApp]:
    channel = driver("whatsapp", api=stage.api)
    assert isinstance(channel, TwilioWhatsApp)
    yield channel
    await channel.close()


# --- what is asked of Twilio ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("left", "seconds"),
    [(None, 36000), (timedelta(days=2), 36000), (timedelta(seconds=90.7), 90), (timedelta(milliseconds=20), 1)],
)
async def test_twilio_keeps_a_message_only_while_it_is_of_use(
    stage: Stage, left: timedelta | None, seconds: int
) -> None:
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    channel = driver("sms", api=stage.api, clock=lambda: now)
    await channel.send(Outbound("1-0", FATIMA, "Dag", expires_at=now + left if left else None))
    assert [each["validity"] for each in stage.events("accepted")] == [seconds]
    await channel.close()


async def test_what_is_too_late_is_not_sent(stage: Stage) -> None:
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    channel = driver("sms", api=stage.api, clock=lambda: now)
    with pytest.raises(Rejected) as refused:
        await channel.send(Outbound("1-0", FATIMA, "Dag", expires_at=now))
    assert refused.value.code == "refused expired"
    assert not stage.events("accepted")
    await channel.close()


async def test_the_callback_carries_our_id_and_asks_to_be_repeated(stage: Stage, sms: TwilioChannel) -> None:
    sid = await sms.send(Outbound("17-0-1", FATIMA, "Dag"))
    (accepted,) = stage.events("accepted")
    assert (accepted["callback"], accepted["sid"]) == (f"{PUBLIC}/hooks/sms/status/17-0-1#rc=5&rp=all", sid)
    receipts = await stage.statuses(sms, "17-0-1", 2)
    assert {each.status for each in receipts} == {Status.SENT, Status.DELIVERED}
    assert {each.theirs for each in receipts} == {sid}


@pytest.mark.parametrize(("name", "sender"), [("sms", SMS), ("whatsapp", f"whatsapp:{WHATSAPP}")])
async def test_a_pool_of_numbers_chooses_the_sender(stage: Stage, name: str, sender: str) -> None:
    channel = driver(name, api=stage.api, sender=SERVICE)
    person = Address(name, "+31612000101")
    await stage.twilio.say(person, "hoi")
    await channel.send(Outbound("1-0", person, "Dag"))
    assert [(each["sender"], each["service"]) for each in stage.events("accepted")] == [(sender, SERVICE)]
    await channel.close()


async def test_a_person_without_a_number_is_written_to_by_her_id(stage: Stage, whatsapp: TwilioChannel) -> None:
    person = Address("whatsapp", "NL.1349847212")
    await stage.twilio.say(person, "hoi")
    await whatsapp.send(Outbound("1-0", person, "Dag"))
    assert [each.text for each in stage.twilio.messages(person)] == ["hoi", "Dag"]


async def test_options_without_a_content_are_a_mistake_of_ours(whatsapp: TwilioChannel) -> None:
    with pytest.raises(Rejected) as refused:
        await whatsapp.send(Outbound("1-0", ELIF, "Dag", layout="buttons"))
    assert refused.value.code == "template missing"


# --- what becomes of it -----------------------------------------------------------------------------------------------
async def test_who_stops_is_blocked_until_she_starts(stage: Stage, sms: TwilioChannel) -> None:
    await stage.twilio.say(FATIMA, " Stop ")
    with pytest.raises(Blocked) as blocked:
        await sms.send(Outbound("1-0", FATIMA, "Dag"))
    assert blocked.value.code == "blocked 21610"
    await stage.twilio.say(FATIMA, "START")
    assert await sms.send(Outbound("1-1", FATIMA, "Dag"))


async def test_a_closed_window_comes_as_a_status(stage: Stage, whatsapp: TwilioChannel) -> None:
    assert await whatsapp.send(Outbound("1-0", ELIF, "Dag"))
    (receipt,) = await stage.statuses(whatsapp, "1-0")
    assert (receipt.status, receipt.code) == (Status.FAILED, "window 63016")


async def test_only_so_many_people_a_day_outside_their_windows(stage: Stage, whatsapp: TwilioChannel) -> None:
    stage.twilio.rules = replace(stage.twilio.rules, portfolio=1)
    codes = []
    for number, value in enumerate(("+31612000101", "+31612000102", "+31612000101")):
        first = Outbound(f"{number}-0", Address("whatsapp", value), "Dag, tot morgen.", template="algemeen.welkom")
        message = await prepared(whatsapp, stage.twilio, replace(first, text=f"Dag, tot morgen. ({number})"))
        await whatsapp.send(message)
        codes.append((await stage.statuses(whatsapp, message.id))[0].code)
    assert codes == ["", "limit 63018", ""]


async def test_a_phone_that_is_off(stage: Stage, sms: TwilioChannel) -> None:
    stage.twilio.unreachable[FATIMA] = 30003
    await sms.send(Outbound("1-0", FATIMA, "Dag"))
    (receipt,) = await stage.statuses(sms, "1-0")
    assert (receipt.status, receipt.code) == (Status.FAILED, "off 30003")


async def test_too_many_at_once(stage: Stage, sms: TwilioChannel) -> None:
    stage.twilio.rules = replace(stage.twilio.rules, rate=2)
    await sms.send(Outbound("1-0", FATIMA, "een"))
    await sms.send(Outbound("2-0", FATIMA, "twee"))
    with pytest.raises(Throttled) as asked:
        await sms.send(Outbound("3-0", FATIMA, "drie"))
    assert (asked.value.wait, asked.value.code) == (timedelta(seconds=1), "slow 20429")


async def test_a_wrong_token_loses_nothing(stage: Stage) -> None:
    channel = driver("sms", api=stage.api, token="a-token-of-somebody-else")
    with pytest.raises(Throttled) as asked:
        await channel.send(Outbound("1-0", FATIMA, "Dag"))
    assert (asked.value.wait, asked.value.code) == (timedelta(minutes=5), "config 20003")
    await channel.close()


# --- what is found again ----------------------------------------------------------------------------------------------
async def _in_doubt(stage: Stage, channel: TwilioChannel, message: Outbound, fault: str) -> datetime:
    """Send it so that nobody knows; when the attempt began."""
    before = datetime.now(UTC)
    stage.twilio.fault(**{fault: 1})
    with pytest.raises(InDoubt):
        await channel.send(message)
    stage.twilio.fault()
    return before


async def test_two_equal_texts_to_one_person_are_two_messages(stage: Stage, sms: TwilioChannel) -> None:
    first, second = (Outbound(each, FATIMA, "Tot morgen!") for each in ("1-0", "2-0"))
    sid = await sms.send(first)
    before = await _in_doubt(stage, sms, second, "error_before")
    assert await sms.find(second, before, ()) == ""
    assert await sms.find(first, before, ()) == sid
    await _in_doubt(stage, sms, second, "error_after")
    found = await sms.find(second, before, ())
    assert found not in ("", sid)


async def test_another_worker_is_told_what_belongs_to_others(stage: Stage, sms: TwilioChannel) -> None:
    first, second = (Outbound(each, FATIMA, "Tot morgen!") for each in ("1-0", "2-0"))
    sid = await sms.send(first)
    before = await _in_doubt(stage, sms, second, "cut_after")
    other = driver("sms", api=stage.api)
    with pytest.raises(InDoubt, match="alike"):
        await other.find(second, before, ())
    found = await other.find(second, before, {sid})
    assert found not in ("", sid)
    await other.close()


async def test_a_callback_tells_whose_message_it_is(stage: Stage, sms: TwilioChannel) -> None:
    first, second = (Outbound(each, FATIMA, "Tot morgen!") for each in ("1-0", "2-0"))
    before = await _in_doubt(stage, sms, first, "cut_after")
    await stage.statuses(sms, "1-0")
    assert await sms.find(first, before, ())
    assert await sms.find(second, before, ()) == ""


async def test_what_could_not_be_delivered_was_accepted(stage: Stage, sms: TwilioChannel) -> None:
    stage.twilio.unreachable[FATIMA] = 30005
    message = Outbound("1-0", FATIMA, "Dag")
    before = await _in_doubt(stage, sms, message, "error_after")
    assert await sms.find(message, before, ())


@pytest.mark.parametrize("rule", [{}, {"shows_content": False}, {"trial": True}])
async def test_a_content_is_found_by_what_it_says(stage: Stage, whatsapp: TwilioChannel, rule: dict[str, bool]) -> None:
    stage.twilio.rules = replace(stage.twilio.rules, **rule)
    await stage.twilio.say(ELIF, "hoi")
    asked = Outbound("1-0", ELIF, "Zullen we  bellen?\n", layout="buttons", choices=(Choice("ja", "Ja"),))
    message = await prepared(whatsapp, stage.twilio, asked)
    before = await _in_doubt(stage, whatsapp, message, "error_after")
    assert await whatsapp.find(message, before, ())
    if not rule:
        fresh = driver("whatsapp", api=stage.api)
        assert await fresh.find(replace(message, id="2-0", text="Iets anders", form=None), before, ()) == ""
        await fresh.close()


async def test_a_content_is_found_after_a_crash_too(stage: Stage, whatsapp: TwilioChannel) -> None:
    """Who looks after a dead process knows the form, not the content's id."""
    stage.twilio.rules = replace(stage.twilio.rules, shows_content=False)
    await stage.twilio.say(ELIF, "hoi")
    asked = Outbound("1-0", ELIF, "Zullen we bellen?", layout="buttons", choices=(Choice("ja", "Ja"),))
    message = await prepared(whatsapp, stage.twilio, asked)
    before = await _in_doubt(stage, whatsapp, message, "error_after")
    assert await whatsapp.find(replace(message, content=""), before, ())


async def test_an_earlier_wording_that_stood_in_is_found_by_its_values(stage: Stage, whatsapp: TwilioWhatsApp) -> None:
    """Else it would go a second time: what Twilio shows is what was approved then, not what we would say today."""
    old = Form("klop.vraag", "nl", "plain", "Dag, hier {{1}} van {{2}}. Leest u het?", (), ("leerkracht", "school"))
    sid = await whatsapp.make(old)
    await whatsapp.submit(sid, old)
    stage.twilio.approve(sid)
    today = old._replace(body="Goedendag, {{1}} van {{2}} schreef u. Wilt u het lezen?")
    said = "Goedendag, juf Janneke van De Brug schreef u. Wilt u het lezen?"
    values = ("juf Janneke", "De Brug")
    message = Outbound("1-0", ELIF, said, template="klop.vraag", form=today, values=values, content=sid)
    before = await _in_doubt(stage, whatsapp, message, "error_after")
    assert await whatsapp.find(replace(message, values=("juf Noor", "De Brug")), before, ()) == ""
    assert await whatsapp.find(message, before, ())


async def test_a_long_history_is_read_as_far_as_needed(stage: Stage, sms: TwilioChannel) -> None:
    stage.twilio.fault(lose_hook=1)
    old = datetime.now(UTC) - timedelta(hours=1)
    stage.twilio.now = lambda: old
    form = {"To": FATIMA.value, "From": SMS, "ValidityPeriod": "60"}
    for number in range(130):
        ours = f"{PUBLIC}/hooks/sms/status/{number}-0"
        await stage.twilio.accept({**form, "Body": f"Dag {number}", "StatusCallback": ours})
    message = Outbound("500-0", FATIMA, "Dag 5")
    assert await sms.find(message, old + timedelta(seconds=5), ()) == ""
    sid = next(each.sid for each in stage.twilio.messages(FATIMA) if each.id == "5-0")
    assert await sms.find(message, old - timedelta(seconds=5), ()) == sid


# --- what came in although its webhook was lost -----------------------------------------------------------------------
async def test_what_was_lost_is_swept_up_with_the_same_ids(stage: Stage, sms: TwilioChannel) -> None:
    stage.twilio.fault(lose_hook=1)
    since = datetime.now(UTC)
    sids = [await stage.twilio.say(FATIMA, "een"), await stage.twilio.say(FATIMA, kind="image")]
    await stage.twilio.say(ELIF, "op WhatsApp")
    await sms.send(Outbound("1-0", FATIMA, "Dag"))
    text, photo = await sms.sweep(since)
    assert [text.id, photo.id] == sids
    assert text.written_at is not None
    assert since - timedelta(seconds=1) <= text.written_at <= datetime.now(UTC), "not the hour at which it was found"
    assert (text.sender, text.text, photo.kind, photo.media[0].kind) == (FATIMA, "een", "image", "image")
    assert (await sms.fetch(photo.media[0].reference, 1000)).content_type == "image/jpeg"
    assert await sms.sweep(since + timedelta(minutes=1)) == []
    assert not stage.bot.heard


async def test_a_sweep_reads_every_page(stage: Stage, whatsapp: TwilioChannel) -> None:
    stage.twilio.fault(lose_hook=1)
    sids = [await stage.twilio.say(ELIF, f"bericht {number}") for number in range(120)]
    swept = await whatsapp.sweep(datetime.now(UTC) - timedelta(minutes=5))
    assert [each.id for each in swept] == sids
    service = driver("whatsapp", api=stage.api, sender=SERVICE)
    assert await service.sweep(datetime.now(UTC) - timedelta(minutes=5)) == []  # these came by the number itself
    await service.close()


# --- what she sends besides text --------------------------------------------------------------------------------------
async def _photo(stage: Stage, channel: TwilioChannel, data: bytes = PNG) -> Media:
    sid = await stage.twilio.say(ELIF, "kijk", media=[("image/png", data)])
    await stage.bot.wait(lambda: any(sid.encode() in each.body for each in stage.bot.heard))
    (heard,) = channel.read(next(each for each in stage.bot.heard if sid.encode() in each.body))
    assert isinstance(heard, Inbound)
    assert (heard.text, heard.kind) == ("kijk", "image")
    return heard.media[0]


async def test_a_file_is_fetched_without_the_password_at_the_second_door(stage: Stage, whatsapp: TwilioChannel) -> None:
    file = await whatsapp.fetch((await _photo(stage, whatsapp)).reference, 1000)
    assert (file.content_type, file.data) == ("image/png", PNG)


async def test_a_file_that_is_too_large_is_not_read_to_its_end(stage: Stage, whatsapp: TwilioChannel) -> None:
    photo = await _photo(stage, whatsapp, b"x" * 200_000)
    with pytest.raises(Rejected, match="large"):
        await whatsapp.fetch(photo.reference, 100_000)
    assert len((await whatsapp.fetch(photo.reference, 200_000)).data) == 200_000


@pytest.mark.parametrize(
    "reference",
    [
        "https://elsewhere.example/a.png",
        "http://127.0.0.1:22/",
        "file:///etc/passwd",
        "",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        f"https://api.twilio.com/2010-04-01/Accounts/AC{'f' * 32}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/../../../../x",
    ],
)
async def test_no_other_address_is_fetched(sms: TwilioChannel, reference: str) -> None:
    with pytest.raises(Rejected):
        await sms.fetch(reference, 1000)


async def test_a_file_that_is_gone(stage: Stage, sms: TwilioChannel) -> None:
    gone = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
    with pytest.raises(Rejected, match="gone"):
        await sms.fetch(gone, 1000)


@pytest.mark.parametrize("place", ["https://elsewhere.example/a.png", "http://elsewhere.example/a.png", "ftp://x/", ""])
async def test_a_redirect_to_a_strange_place_is_not_followed(place: str) -> None:
    answer = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
    async with talking(answering(answer.encode())) as api:
        channel = driver("sms", api=api, timeout=IMPATIENT)
        url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
        with pytest.raises((Rejected, Unsent)):
            await channel.fetch(url, 1000)
        await channel.close()


async def test_webhooks_are_repeated_as_the_address_asks(tmp_path: Path) -> None:
    """The stand-in is as forgetful as Twilio: without #rc=5&rp=all a 500 is the end."""
    async with listening() as bot:
        twilio = Twilio(tmp_path / "twilio.jsonl", hooks=bot.url, public=PUBLIC, pace=Pace(0.005, 0.01))
        async with serving(twilio.app()):
            bot.answers = [500, 500]
            await twilio.say(FATIMA, "een")
            await bot.until(3)
            twilio.webhooks["sms"] = f"{PUBLIC}/hooks/sms"
            bot.answers = [500]
            sid = await twilio.say(FATIMA, "twee")
            version = 0
            while sid in twilio.book.waiting:
                version = await twilio.changed(version, 5)
            assert len(bot.heard) == 4
