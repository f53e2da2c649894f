"""Buttons, approved texts and the knock with Twilio itself, as its stand-in plays it over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import Bot
from bot.channels.base import Channel
from bot.channels.twilio_whatsapp import TwilioWhatsApp
from bot.demo.network_log import PhoneMessage
from bot.outbox import approval
from bot.outbox.forms import wanted
from tests.fakes.bot import Listener, listening
from tests.fakes.server import serving
from tests.fakes.twilio import Twilio
from tests.fakes.twilio_case import PUBLIC, QUICK, driver
from tests.harness import shelf
from tests.world import A_MOMENT, FATIMA, World


class Real:
    """The world with Twilio as its WhatsApp, which knows the same time."""

    def __init__(self, world: World, twilio: Twilio, channel: TwilioWhatsApp, hooks: Listener) -> None:
        self.world = world
        self.twilio = twilio
        self.channel = channel
        self._hooks = hooks
        self._heard = 0

    async def push(self) -> None:
        """All texts are approved, in her language."""
        bot = self.world.bot
        every = wanted(bot.catalogue, bot.books.library.flows, bot.books.templates)
        forms = [form for form in every if form.language == "ar"]
        steps = [step async for step in approval.push(bot.database, "whatsapp", self.channel, forms, bot.clock)]
        assert {step.state for step in steps} == {"pending"}
        self.twilio.approve()
        await approval.pull(bot.database, "whatsapp", self.channel, bot.clock())

    async def say(self, text: str = "", *, choice: str = "") -> list[PhoneMessage]:
        """She writes or taps; what stands on her phone then."""
        last = self.phone()[-1].id if choice else ""
        await self.twilio.say(FATIMA, text, choice=choice, ours=last)
        return await self.rest()

    async def rest(self) -> list[PhoneMessage]:
        """Every webhook is brought, and the bot comes to rest."""
        self.world.clock.move(self.world.clock() + A_MOMENT)
        await self._hear()
        await self.world.bot.settle()
        await self._hear()
        return self.phone()

    async def _hear(self) -> None:
        await self._hooks.wait(lambda: not self.twilio.book.waiting)
        for request in self._hooks.heard[self._heard :]:
            assert await self.world.bot.receive("whatsapp", request) == 200
        self._heard = len(self._hooks.heard)

    def phone(self) -> list[PhoneMessage]:
        return self.twilio.messages(FATIMA)


@pytest.fixture
async def real(world: World, tmp_path: Path) -> AsyncIterator[Real]:
    async with listening() as hooks:
        twilio = Twilio(tmp_path / "twilio.jsonl", hooks=hooks.url, public=PUBLIC, now=world.clock, pace=QUICK)
        async with serving(twilio.app()) as api:
            channel = driver("whatsapp", api=api, clock=world.clock)
            assert isinstance(channel, TwilioWhatsApp)
            channels: dict[str, Channel] = {**world.lines, "whatsapp": channel}
            config = world.bot.config
            world.bot = Bot(config, world.bot.database, clock=world.clock, channels=channels, books=shelf.books(config))
            world.write(lambda tx: world.bot.books.publish(tx, world.clock()))
            yield Real(world, twilio, channel, hooks)
            await channel.close()


async def test_a_conversation_with_lists_and_buttons(real: Real) -> None:
    asked = (await real.say("voorlezen"))[-1]
    assert (asked.layout, [each.id for each in asked.choices]) == (
        "list",
        ["bedtijd", "na_eten", "weekend", "lukt_niet"],
    )
    assert all(each.label for each in asked.choices)
    day = (await real.say(choice="na_eten"))[-1]
    assert [each.id for each in day.choices] == ["ma", "di", "wo", "do", "vr", "za", "zo"]
    await real.say(choice="wo")
    made = len(real.twilio.book.contents)
    await real.say("voorlezen")
    assert len(real.twilio.book.contents) == made


async def test_a_day_later_a_knock_a_tap_and_the_answer(real: Real) -> None:
    await real.push()
    row_id = real.world.queue(FATIMA, "reply", text="Tot vrijdag om half negen.")
    knock = (await real.rest())[-1]
    assert (knock.layout, [each.id for each in knock.choices]) == ("buttons", ["lees"])
    assert "juf Janneke" in knock.text
    assert real.world.state(row_id) == ("queued", "knocked")
    phone = await real.say(choice="lees")
    assert [each.who for each in phone] == ["bot", "parent", "bot"]
    assert "Tot vrijdag om half negen." in phone[-1].text
    assert real.world.state(row_id)[0] in ("sent", "delivered")


async def test_an_approved_text_reaches_her_a_week_later(real: Real) -> None:
    await real.push()
    await real.say("menu")
    real.world.clock.move(real.world.clock() + timedelta(days=7))
    row_id = real.world.queue(FATIMA, key="voorlezen.herinnering")
    phone = await real.rest()
    assert phone[-1].status == "delivered"
    assert phone[-1].text.startswith("مرحبا")
    assert real.world.state(row_id)[0] == "delivered"


async def test_what_whatsapp_refuses_afterwards_waits_for_a_knock(real: Real) -> None:
    """Twilio takes the message, and only its status says that the template has been paused."""
    await real.push()
    contents = real.twilio.book.contents
    for sid in [sid for sid, each in contents.items() if "voorlezen.herinnering" in each.request["friendly_name"]]:
        real.twilio.decide(sid, "paused")
    row_id = real.world.queue(FATIMA, key="voorlezen.herinnering")
    await real.rest()
    for _ in range(3):
        phone = await real.rest()
    assert real.world.state(row_id) == ("queued", "knocked")
    assert [each.id for each in phone[-1].choices] == ["lees"]
    assert (await real.say(choice="lees"))[-1].text.startswith("مرحبا")
