"""A line whose provider must know forms beforehand, as WhatsApp's: it takes nothing that it was not told of."""

import asyncio
from collections.abc import Sequence

from bot.channels.base import FormState
from bot.errors import Rejected, Unsent
from bot.model import Address, Form, Outbound
from bot.outbox import approval, forms
from bot.outbox.forms import fill
from bot.people import consent, contacts
from bot.store.database import Tx
from tests.world import FATIMA, Line, World

SECOND = Address("sms", "+31612000011")


class Approving(Line):
    """WhatsApp as a `Line` with the power Templates. Forms are kept by their id; nothing is approved by itself."""

    def __init__(self) -> None:
        super().__init__("whatsapp")
        self.forms: dict[str, Form] = {}
        self.said: dict[str, tuple[str, str]] = {}  # id -> state and reason
        self.refuses: Exception | None = None  # every form
        self.fails_at = 0  # the call that does not come through
        self.slow = 0.0
        self.calls = 0

    async def make(self, form: Form) -> str:
        self.calls += 1
        call = self.calls
        await asyncio.sleep(self.slow)
        if call == self.fails_at:
            raise Unsent("no connection", "ConnectError")
        if self.refuses:
            raise self.refuses
        sid = f"HX{len(self.forms) + 1:032d}"
        self.forms[sid], self.said[sid] = form, ("made", "")
        return sid

    async def submit(self, content: str, form: Form) -> None:
        assert self.forms[content] == form
        assert form.template
        if self.said[content][0] != "made":
            raise Rejected("submitted already", "template 20001")
        self.said[content] = ("pending", "")

    async def states(self) -> Sequence[FormState]:
        return [
            FormState(sid, form.template, form.language, *self.said[sid])
            for sid, form in self.forms.items()
            if form.template
        ]

    def decide(self, state: str, key: str = "", language: str = "", reason: str = "") -> None:
        """What WhatsApp says of these templates, or of all."""
        for sid, form in self.forms.items():
            if form.template and key in ("", form.template) and language in ("", form.language):
                self.said[sid] = (state, reason)

    def _check(self, message: Outbound) -> None:
        if message.layout != "plain" or message.template:
            self._known(message)
        else:
            super()._check(message)

    def _known(self, message: Outbound) -> None:
        if message.content not in self.forms:
            raise Rejected("unknown", "template 21655")
        assert message.form == self.forms[message.content] or message.template, "a question is sent as it was made"
        form, values = self.forms[message.content], message.values
        assert all(value.strip() and "\n" not in value for value in values)
        assert fill(form.body, values) == message.text or message.template
        assert [fill(option.id, values) for option in form.options] == [choice.id for choice in message.choices]
        if message.template and self.said[message.content][0] != "approved":
            raise Rejected("not approved", "template 63040")


def approving(world: World) -> Approving:
    """The world begins again with this WhatsApp."""
    line = Approving()
    world.lines = {**world.lines, "whatsapp": line}
    world.restart()
    return line


async def approved(world: World, *keys: str, languages: Sequence[str] = ("ar", "nl")) -> Approving:
    """WhatsApp has approved these texts, or all, in these languages."""
    line = approving(world)
    books = world.bot.books
    wanted = [
        form
        for form in forms.wanted(world.bot.catalogue, books.library.flows, keys or books.templates)
        if form.language in languages
    ]
    async for step in approval.push(world.bot.database, "whatsapp", line, wanted, world.clock):
        assert (step.state, step.new) == ("pending", True)
    line.decide("approved")
    await approval.pull(world.bot.database, "whatsapp", line, world.clock())
    return line


def wordings(world: World) -> list[Form]:
    return list(forms.wanted(world.bot.catalogue, world.bot.books.library.flows, world.bot.books.templates))


def second_phone(world: World) -> None:
    """Fatima has SMS too."""

    def work(tx: Tx) -> None:
        found = contacts.resolve(tx, [SECOND], world.clock())
        contacts.link(tx, found[SECOND][1], world.contact(FATIMA), world.clock())
        consent.give(tx, world.contact(FATIMA), "brug", "sms", ("school",), "ja", None, world.clock())

    world.write(work)
