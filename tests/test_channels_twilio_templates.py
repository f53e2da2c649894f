"""Contents and templates of WhatsApp through Twilio, and what `doctor` sees of an account."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.base import Finding, Templates
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_content import approval_name, request, samples
from bot.channels.twilio_whatsapp import TwilioWhatsApp
from bot.errors import Rejected
from bot.model import Address, Choice, Form, Inbound, Outbound
from tests.fakes.server import free_port
from tests.fakes.twilio import SERVICE, SMS
from tests.fakes.twilio_case import PUBLIC, driver
from tests.fakes.twilio_stage import Ground, Stage, grounded, staged

ELIF = Address("whatsapp", "+31612000101")
KNOCK = Form(
    "klop.vraag", "nl", "buttons", "Dag, een bericht van {{1}} van {{2}} voor u.", (Choice("lees", "Lezen"),),
    ("leerkracht", "school"),
)  # fmt: skip
QUESTION = Form(
    "", "tr", "list", "Ne zaman?\nBir seçin.", (Choice("{{1}}", "{{2}}"), Choice("{{3}}", "{{4}}")),
    ("id1", "option1", "id2", "option2"),
)  # fmt: skip
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
async def whatsapp(stage: Stage) -> AsyncIterator[TwilioWhatsApp]:
    channel = driver("whatsapp", api=stage.api)
    assert isinstance(channel, TwilioWhatsApp)
    yield channel
    await channel.close()


def out(form: Form, content: str, *values: str, ours: str = "1-0") -> Outbound:
    return Outbound(ours, ELIF, "", template=form.template, form=form, values=values, content=content)


# --- contents ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (KNOCK, "twilio/quick-reply"),
        (QUESTION, "twilio/list-picker"),
        (KNOCK._replace(layout="plain"), "twilio/text"),
    ],
)
async def test_each_layout_has_its_kind(form: Form, kind: str) -> None:
    assert list(request(form)["types"]) == [kind]
    assert request(form)["language"] == form.language


async def test_every_place_has_an_example() -> None:
    assert samples(KNOCK) == {"1": "leerkracht", "2": "school"}
    assert samples(Form("", "nl", "plain", "Dag {{1}}")) == {"1": "voorbeeld1"}


async def test_another_wording_has_another_name() -> None:
    name = approval_name(KNOCK)
    assert name.startswith("klop_vraag_nl_")
    assert name != approval_name(KNOCK._replace(body="Dag, {{1}} heeft een bericht."))


async def test_a_question_is_made_once_and_filled_each_time(stage: Stage, whatsapp: TwilioWhatsApp) -> None:
    content = await whatsapp.make(QUESTION)
    await stage.twilio.say(ELIF, "hoi")
    await whatsapp.send(out(QUESTION, content, "ma", "Pazartesi", "di", "Salı"))
    await whatsapp.send(out(QUESTION, content, "wo", "Çarşamba", "do", "Perşembe", ours="2-0"))
    shown = [each for each in stage.twilio.messages(ELIF) if each.who == "bot"]
    assert [[choice.label for choice in each.choices] for each in shown] == [
        ["Pazartesi", "Salı"],
        ["Çarşamba", "Perşembe"],
    ]
    sid = await stage.twilio.say(ELIF, choice="do", ours="2-0")
    await stage.bot.wait(lambda: any(sid.encode() in each.body for each in stage.bot.heard))
    (heard,) = whatsapp.read(next(each for each in stage.bot.heard if sid.encode() in each.body))
    assert isinstance(heard, Inbound)
    assert (heard.choice, heard.text, heard.theirs, heard.kind) == ("do", "Perşembe", shown[1].sid, "choice")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("ma", "Pazartesi", "di"), "template 63028"),
        (("ma", "Pazartesi", "di", ""), "template 21656"),
        (("ma", "Pazartesi", "di", "Salı\nakşam"), "template 21656"),
        (("ma", "Pazartesi", "di", "S" * 25), "template 63005"),
    ],
)
async def test_values_that_do_not_fit(stage: Stage, whatsapp: TwilioWhatsApp, values: Any, code: str) -> None:
    stage.twilio.rules = replace(stage.twilio.rules, late=False)
    content = await whatsapp.make(QUESTION)
    await stage.twilio.say(ELIF, "hoi")
    with pytest.raises(Rejected) as refused:
        await whatsapp.send(out(QUESTION, content, *values))
    assert refused.value.code == code


async def test_a_content_nobody_made(whatsapp: TwilioWhatsApp) -> None:
    with pytest.raises(Rejected) as refused:
        await whatsapp.send(out(KNOCK, "HX" + "0" * 32, "juf Janneke", "De Brug"))
    assert refused.value.code == "template 21655"


async def test_a_form_that_twilio_does_not_take(whatsapp: TwilioWhatsApp) -> None:
    with pytest.raises(Rejected) as refused:
        await whatsapp.make(KNOCK._replace(body="x" * 1025))
    assert refused.value.code == "template 20001"


# --- templates --------------------------------------------------------------------------------------------------------
async def test_only_whatsapp_has_templates() -> None:
    assert isinstance(driver("whatsapp"), Templates)
    assert not isinstance(driver("sms"), Templates)


async def test_a_template_from_making_to_leaving(stage: Stage, whatsapp: TwilioWhatsApp) -> None:
    content = await whatsapp.make(KNOCK)
    message = out(KNOCK, content, "juf Janneke", "De Brug")
    await whatsapp.make(QUESTION)
    assert [(each.content, each.template, each.language, each.state) for each in await whatsapp.states()] == [
        (content, "klop.vraag", "nl", "made")
    ]
    await whatsapp.submit(content, KNOCK)
    assert [each.state for each in await whatsapp.states()] == ["pending"]
    await whatsapp.send(message)
    assert [each.code for each in await stage.statuses(whatsapp, "1-0")] == ["window 63016"]
    stage.twilio.approve()
    assert [each.state for each in await whatsapp.states()] == ["approved"]
    await whatsapp.send(replace(message, id="2-0"))
    assert [each.code for each in await stage.statuses(whatsapp, "2-0", 2)] == ["", ""]
    assert stage.twilio.messages(ELIF)[-1].text == "Dag, een bericht van juf Janneke van De Brug voor u."


async def test_a_language_that_whatsapp_calls_otherwise(stage: Stage, whatsapp: TwilioWhatsApp) -> None:
    form = KNOCK._replace(language="ps")
    await whatsapp.submit(await whatsapp.make(form), form)
    assert [each.language for each in await whatsapp.states()] == ["ps"]
    assert [each.request["language"] for each in stage.twilio.book.contents.values()] == ["ps_AF"]


@pytest.mark.parametrize(("state", "code"), [("rejected", 63040), ("paused", 63041), ("disabled", 63042)])
async def test_a_template_that_whatsapp_took_away(
    stage: Stage, whatsapp: TwilioWhatsApp, state: str, code: int
) -> None:
    content = await whatsapp.make(KNOCK)
    await whatsapp.submit(content, KNOCK)
    stage.twilio.decide(content, state, reason="INVALID_FORMAT")
    (found,) = await whatsapp.states()
    assert (found.state, found.reason) == (state, "INVALID_FORMAT")
    await whatsapp.send(out(KNOCK, content, "juf Janneke", "De Brug"))
    assert [each.code for each in await stage.statuses(whatsapp, "1-0")] == [f"template {code}"]


@pytest.mark.parametrize(
    "form",
    [
        KNOCK._replace(body="Dag {{1}}, {{2}}"),
        KNOCK._replace(body="{{1}} van {{2}} schrijft u."),
        KNOCK._replace(body="Dag {{1}} {{2}}, tot morgen."),
        KNOCK._replace(language="ti"),
        KNOCK._replace(layout="list"),
    ],
)
async def test_what_whatsapp_does_not_even_look_at(whatsapp: TwilioWhatsApp, form: Form) -> None:
    content = await whatsapp.make(form)
    with pytest.raises(Rejected) as refused:
        await whatsapp.submit(content, form)
    assert refused.value.code == "template 20001"


async def test_states_are_read_to_the_last_page(stage: Stage, whatsapp: TwilioWhatsApp) -> None:
    for number in range(130):
        stage.twilio.create_content(request(KNOCK._replace(body=f"Dag {{{{1}}}}, dit is {{{{2}}}} nummer {number}.")))
    assert len({each.content for each in await whatsapp.states()}) == 130


# --- what doctor sees -------------------------------------------------------------------------------------------------
async def _examined(channel: TwilioChannel) -> list[Finding]:
    found = list(await channel.examine())
    await channel.close()
    assert all(each.ok or each.way_out for each in found)
    return found


def _wrong(found: list[Finding]) -> list[str]:
    return [each.what for each in found if not each.ok]


@pytest.mark.parametrize(("name", "sender"), [("sms", ""), ("whatsapp", ""), ("sms", SERVICE)])
async def test_an_account_that_is_well(stage: Stage, name: str, sender: str) -> None:
    found = await _examined(driver(name, api=stage.api, sender=sender))
    assert _wrong(found) == []
    assert f"{name}: Twilio calls this bot" in [each.what for each in found]


async def test_a_wrong_token_is_seen_first(stage: Stage) -> None:
    (found,) = await _examined(driver("sms", api=stage.api, token="a-token-of-somebody-else"))
    assert "config 20003" in found.what
    assert "auth token" in found.way_out


async def test_nobody_at_the_other_end() -> None:
    (found,) = await _examined(driver("sms", api=f"http://127.0.0.1:{free_port()}"))
    assert not found.ok
    assert "reachable" in found.way_out


@pytest.mark.parametrize("name", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"{PUBLIC}/hooks/NAME", "would not call again"),
        (f"{PUBLIC}/hooks/NAME#rc=2", "would not call again"),
        ("https://demo.twilio.com/welcome", "another address"),
        ("", "another address"),
    ],
)
async def test_a_webhook_that_is_set_wrong(stage: Stage, name: str, url: str, said: str) -> None:
    stage.twilio.webhooks[name] = url.replace("NAME", name)
    found = await _examined(driver(name, api=stage.api))
    assert [said in each for each in _wrong(found)] == [True]
    assert f"{PUBLIC}/hooks/{name}#rc=5&rp=all" in next(each.way_out for each in found if not each.ok)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("sms", {"type": "Trial"}, "trial"),
        ("sms", {"status": "suspended"}, "suspended"),
        ("whatsapp", {"balance": "3.10"}, "3.10 EUR"),
        ("sms", {"countries": set()}, "may not write to numbers in the Netherlands"),
        ("sms", {"senders": {"+3197010200099": SERVICE}}, "no number of this account"),
        ("whatsapp", {"senders": {SMS: SERVICE}}, "no WhatsApp sender"),
    ],
)
async def test_an_account_that_is_not_well(stage: Stage, name: str, change: dict[str, Any], said: str) -> None:
    for field, value in change.items():
        setattr(stage.twilio, field, value)
    (wrong,) = _wrong(await _examined(driver(name, api=stage.api)))
    assert said in wrong


async def test_what_an_account_may_not_see_is_no_fault(stage: Stage) -> None:
    stage.twilio.hidden = {"balance", "countries"}
    found = await _examined(driver("sms", api=stage.api))
    assert _wrong(found) == []
    assert sum("cannot be seen with this account" in each.what for each in found) == 2


async def test_what_cannot_be_seen_is_said(stage: Stage) -> None:
    found = await _examined(driver("sms", api=stage.api))
    assert any("CANCEL" in each.what and "STOP" in each.way_out for each in found)
