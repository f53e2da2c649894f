"""The driver twilio alone: its settings, whom it believes, what it understands, and what each code means."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_codes import SLOW, WORDS, failure, patience, worded
from bot.channels.twilio_inbound import kind_of
from bot.errors import Blocked, ConfigError, ForgedRequest, InDoubt, Rejected, Throttled
from bot.model import CODES, Inbound, Receipt, Request
from tests.fakes.twilio import ACCOUNT, SERVICE, SMS, TOKEN
from tests.fakes.twilio_case import ELIF, PUBLIC, driver, recorded, webhook
from tests.fakes.twilio_forged import forgeries

WRITTEN = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT, "From": ELIF, "To": SMS, "Body": "hallo"}


# --- its settings -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"token": ""}, "BOT_CHANNELS_SMS_TOKEN"),
        ({"token": "geheim"}, "BOT_CHANNELS_SMS_TOKEN"),
        ({"token": f"{TOKEN},geheim"}, "BOT_CHANNELS_SMS_TOKEN"),
        ({"account": "AC1"}, r"\[channels.sms\] account"),
        ({"account": "SK" + "0" * 32}, r"\[channels.sms\] account"),
        ({"sender": "DeBrug"}, "one-way"),
        ({"sender": "0612000001"}, r"\[channels.sms\] sender"),
        ({"hooks": "http://bot.school.example/hooks/sms"}, "public_url"),
        ({"hooks": "https://bot.school.example:x/hooks/sms"}, "public_url"),
        ({"api": "http://proxy.school.example"}, r"\[channels.sms\] api"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        driver("sms", **wrong)
    assert "geheim" not in str(refused.value)


def test_another_channel_is_refused() -> None:
    with pytest.raises(ConfigError, match="telegram"):
        driver("telegram", sender=SMS)


@pytest.mark.parametrize("sender", [SMS, SERVICE])
async def test_a_number_or_a_pool_of_them_may_send(sender: str) -> None:
    await driver("sms", sender=sender, hooks="http://127.0.0.1:8000/hooks/sms").close()


# --- whom it believes -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("token", [TOKEN, "the-token-of-before-0001"])
async def test_while_a_token_is_changed_both_may_sign(token: str) -> None:
    channel = driver("sms", token=f"{TOKEN}, the-token-of-before-0001")
    assert channel.read(webhook("/hooks/sms", WRITTEN, token))
    with pytest.raises(ForgedRequest):
        channel.read(webhook("/hooks/sms", WRITTEN, "the-token-of-last-year"))
    await channel.close()


@pytest.mark.parametrize(
    "public", [PUBLIC, f"{PUBLIC}:8443", f"{PUBLIC}/ouderbrug", "http://127.0.0.1:8000", "http://localhost"]
)
async def test_the_signature_is_over_the_address_that_is_configured(public: str) -> None:
    channel = driver("sms", hooks=f"{public}/hooks/sms")
    request = webhook("/hooks/sms", WRITTEN, public=public)
    told = Request(request.path, {**request.headers, "host": "elsewhere.example"}, request.body)
    (heard,) = channel.read(told)
    assert isinstance(heard, Inbound)
    assert heard.text == "hallo"
    with pytest.raises(ForgedRequest):
        channel.read(webhook("/hooks/sms", WRITTEN, public="https://elsewhere.example"))
    await channel.close()


async def test_a_proxy_may_leave_its_own_path_before_the_hook() -> None:
    channel = driver("sms", hooks=f"{PUBLIC}/ouderbrug/hooks/sms")
    request = webhook("/hooks/sms", WRITTEN, public=f"{PUBLIC}/ouderbrug")
    assert channel.read(replace(request, path="/ouderbrug/hooks/sms")) == channel.read(request)
    await channel.close()


async def test_another_path_is_no_hook_of_ours() -> None:
    channel = driver("sms")
    signed = webhook("/hooks/sms", WRITTEN)
    for path in ("/hooks/whatsapp", "/", ""):
        with pytest.raises(ForgedRequest):
            channel.read(replace(signed, path=path))
    await channel.close()


async def test_no_forgery_is_believed() -> None:
    channel = driver("sms")
    good = webhook("/hooks/sms", WRITTEN)
    assert channel.read(good)
    for number, forged in enumerate(forgeries(good, PUBLIC, 300)):
        with pytest.raises(ForgedRequest):
            assert not channel.read(forged), number
    await channel.close()


async def test_fields_that_run_into_each_other_are_no_other_message() -> None:
    """Both sign the same words; what is read must be one that Twilio can send."""
    channel = driver("sms")
    signed = webhook("/hooks/sms", {**WRITTEN, "BodyX": "1"})
    glued = Request("/hooks/sms", signed.headers, signed.body.replace(b"Body=hallo&BodyX=1", b"Body=halloBodyX1"))
    (heard,) = channel.read(glued)
    assert isinstance(heard, Inbound)
    assert heard.text == "halloBodyX1"  # the sender, the id and the option are what they were
    assert (heard.id, heard.sender.value, heard.choice) == (WRITTEN["MessageSid"], ELIF, "")
    await channel.close()


# --- what it understands ----------------------------------------------------------------------------------------------
@pytest.fixture
async def sms() -> TwilioChannel:
    return driver("sms")


async def test_fields_nobody_knows_are_normal(sms: TwilioChannel) -> None:
    also = {"GeschatAantal": "7", "ÉénVeld": "é", "Leeg": "", "OptOutType": "STOP"}
    assert sms.read(webhook("/hooks/sms", {**WRITTEN, **also})) == sms.read(webhook("/hooks/sms", WRITTEN))


@pytest.mark.parametrize("tap", [{"ButtonPayload": "Ja, graag"}, {"ListId": "x" * 300}, {"ButtonPayload": "é"}])
async def test_a_button_of_another_program_is_what_it_says(sms: TwilioChannel, tap: dict[str, str]) -> None:
    """Whoever had this number before us sent it; what a parent taps there is not lost."""
    assert sms.read(webhook("/hooks/sms", {**WRITTEN, **tap})) == sms.read(webhook("/hooks/sms", WRITTEN))


async def test_a_user_id_may_be_long() -> None:
    """WhatsApp promises no more than 128 signs behind the country."""
    whatsapp, person = driver("whatsapp"), f"NL.{'7a' * 64}"
    (heard,) = whatsapp.read(webhook("/hooks/whatsapp", {**WRITTEN, "From": f"whatsapp:{person}"}))
    assert isinstance(heard, Inbound)
    assert heard.sender.value == person
    await whatsapp.close()


@pytest.mark.parametrize("sender", ["1234", "TIKKIE", "PostNL 3S", "KPN-info"])
async def test_a_firm_is_nobody_to_answer(sms: TwilioChannel, sender: str) -> None:
    assert sms.read(webhook("/hooks/sms", {**WRITTEN, "From": sender})) == []


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending"])
async def test_what_is_under_way_is_no_receipt(sms: TwilioChannel, status: str) -> None:
    told = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT, "MessageStatus": status}
    assert sms.read(webhook("/hooks/sms/status/17-0", told)) == []


async def test_a_status_is_about_our_message(sms: TwilioChannel) -> None:
    told = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT, "MessageStatus": "canceled"}
    (receipt,) = sms.read(webhook("/hooks/sms/status/17-0-1", told))
    assert isinstance(receipt, Receipt)
    assert (receipt.ours, receipt.code) == ("17-0-1", "refused canceled")


async def test_an_mms_with_two_files() -> None:
    channel = driver("sms")
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
    files = {"NumMedia": "2", "MediaUrl0": url, "MediaContentType0": "image/png", "MediaUrl1": url,
             "MediaContentType1": "text/vcard"}  # fmt: skip
    (heard,) = channel.read(webhook("/hooks/sms", {**WRITTEN, **files}))
    assert isinstance(heard, Inbound)
    assert [each.kind for each in heard.media] == ["image", "contact"]
    assert heard.kind == "image"
    await channel.close()


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("audio/ogg; codecs=opus", "voice"), ("audio/amr", "voice"), ("image/jpeg", "image"), ("VIDEO/MP4", "video"),
        ("application/pdf", "document"), ("text/plain", "document"), ("", "document"), ("text/x-vcard", "contact"),
        ("image/webp", "sticker"),
    ],
)  # fmt: skip
def test_what_a_file_is_to_people(content_type: str, kind: str) -> None:
    assert kind_of(content_type, "whatsapp") == kind


def test_a_webp_by_mms_is_a_picture() -> None:
    assert kind_of("image/webp", "sms") == "image"


async def test_an_empty_message_of_no_kind_is_other() -> None:
    channel = driver("whatsapp")
    request = recorded("whatsapp-voice")
    (heard,) = channel.read(request)
    assert isinstance(heard, Inbound)
    told = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT, "From": f"whatsapp:{ELIF}", "MessageType": "order"}
    (odd,) = channel.read(webhook("/hooks/whatsapp", told))
    assert isinstance(odd, Inbound)
    assert (heard.kind, odd.kind) == ("voice", "other")
    await channel.close()


# --- what each code means ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "word"), WORDS.items())
def test_each_code_has_its_word_and_its_reaction(code: int, word: str) -> None:
    assert word in CODES or word == "blocked"
    assert worded(code) == worded(str(code)) == f"{word} {code}"
    error = failure("sms", 400, code)
    if code in SLOW:
        assert isinstance(error, Throttled)
        assert error.wait == timedelta(minutes=1)
        return
    assert error.code == f"{word} {code}"
    assert type(error) is {"blocked": Blocked, "config": Throttled}.get(word, Rejected)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (21610, "blocked"), (63016, "window"), (63003, "absent"), (63024, "absent"), (63014, "blocked"),
        (63033, "blocked"), (30003, "off"), (30005, "dead"), (30006, "dead"), (21211, "dead"), (21614, "dead"),
        (30007, "filtered"), (30450, "filtered"), (63049, "limit"), (21656, "template"), (20003, "config"),
        (21606, "config"), (21703, "config"), (63999, "refused"), (0, "refused"),
    ],
)  # fmt: skip
def test_the_codes_that_schools_meet(code: int, word: str) -> None:
    assert worded(code).split()[0] == word


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (429, 20429, Throttled, "slow 20429"),
        (429, 0, Throttled, "slow 429"),
        (400, 63018, Throttled, "slow 63018"),
        (401, 20003, Throttled, "config 20003"),
        (403, 0, Throttled, "config 403"),
        (404, 0, Throttled, "config 404"),
        (307, 0, Throttled, "config 307"),
        (500, 20500, InDoubt, "20500"),
        (408, 0, InDoubt, "408"),
        (400, 0, Rejected, "refused 400"),
        (422, 12345, Rejected, "refused 12345"),
    ],
)
def test_each_answer_has_its_reaction(status: int, code: int, error: type[Exception], said: str) -> None:
    found = failure("sms", status, code)
    assert type(found) is error
    assert found.code == said


@pytest.mark.parametrize(
    ("asked", "status", "seconds"),
    [("7", 429, 7), ("0.5", 429, 0.5), ("", 429, 1), ("soon", 429, 1), ("-1", 429, 1), ("", 400, 60), ("1e9", 400, 60)],
)
def test_patience(asked: str, status: int, seconds: float) -> None:
    assert patience(asked, status) == timedelta(seconds=seconds)


async def test_the_machines_settings_for_twilio_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """TWILIO_EDGE would choose another host, that of a proxy's or of nobody's."""
    for name in ("TWILIO_EDGE", "TWILIO_REGION", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "elders")
    channel = driver("sms")
    assert (channel._client.edge, channel._client.region, channel._client.username) == (None, None, ACCOUNT)
    await channel.close()
