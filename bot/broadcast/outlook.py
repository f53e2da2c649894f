"""What a broadcast will come to, from what the database knows: by which way each of them hears of it, and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import func, literal_column, select

from bot.broadcast import audience, compose
from bot.broadcast.audience import Receiver
from bot.broadcast.compose import Shown
from bot.broadcast.estimate import LATE, Estimate, Going, Rate, at_once, estimate
from bot.channels.phone import LIMITS
from bot.channels.real import names
from bot.config import Config, School
from bot.outbox import budget, forms, templates, words
from bot.outbox.forms import Message
from bot.outbox.hours import loud_from
from bot.outbox.templates import KNOCK
from bot.store.database import Tx
from bot.store.tables import address, outbox
from bot.translation.texts import SOURCE

# Why she does not hear of it, beside what keeps her from every message: her window is shut and nobody may knock; her
# week is full for longer than it is of use.
SHUT, FULL = "venster_dicht", "week_vol"
WHY = (*audience.WHY, SHUT, FULL, LATE)
_A_DAY = timedelta(hours=24)


class Books(compose.Books, Protocol):
    """What is needed here of what lies on the desk."""

    @property
    def config(self) -> Config: ...
    @property
    def templates(self) -> frozenset[str]: ...


class Sending(NamedTuple):
    """What leaves from when on, and until when it is of use."""

    school: School
    message: Message
    cls: str
    begins: datetime
    until: datetime


def look(
    tx: Tx, books: Books, sending: Sending, people: Sequence[Receiver], shown: Sequence[Shown], now: datetime
) -> Estimate:  # fmt: skip
    """How many by which channel, at what price, how long it takes and who cannot be reached. `shown`: the preview."""
    config, cls, begins = books.config, sending.cls, sending.begins
    ways = _Ways(tx, books, sending, {each.language: each.parts for each in shown}, now)
    going = [ways.going(each) for each in people]
    if cls in budget.COUNTED:
        week = budget.load(tx, config, {each.contact_id for each in going if each.channel}, begins)
        going = [_in_her_week(each, week.wait(each.contact_id, cls), sending.until) for each in going]
    rests = {each.contact_id: each.rest for each in people}

    def loud(moment: datetime, person: Going) -> datetime:
        return loud_from(config, sending.school.key, rests[person.contact_id], person.contact_id, moment)

    asked = any(each.outside or each.knock for each in going) and cls != "urgent"  # who is in danger is not counted
    rates = {
        name: Rate(each.rate, each.portfolio, _reached(tx, name, now)) if asked and each.portfolio else Rate(each.rate)
        for name, each in config.channels.items()
    }
    return estimate(going, rates, begins, at_once if cls == "urgent" else loud, sending.until)


class _Ways:
    """By which way somebody is reached: the rules of the outbox, asked beforehand."""

    def __init__(self, tx: Tx, books: Books, sending: Sending, parts: Mapping[str, int], now: datetime) -> None:
        self._tx, self._now = tx, now
        self._books, self._message, self._parts = books, sending.message, parts
        self._urgent = sending.cls == "urgent"
        self._formal = {each for each in names(books.config) if LIMITS[each].window}  # where texts are approved first
        said = sending.message.parts
        known = len(said) == 1 and said[0].key in books.templates
        self._template = known and not any(words.own(sending.message))
        self._known: templates.Known | None = None
        self._sure: dict[tuple[str, str, str], bool] = {}

    def going(self, person: Receiver) -> Going:
        if not person.channel:
            return Going(person.contact_id, why=person.why)
        if person.window:
            return self._at(person, person.channel)
        if self._template and self._may(person.channel, person.language, ""):
            return self._at(person, person.channel)._replace(outside=True)
        asks = not self._urgent and person.channel in self._formal and self._may(
            person.channel, person.language, KNOCK
        )  # fmt: skip
        if person.other and (person.talks or not asks):
            return self._at(person, person.other)
        return Going(person.contact_id, person.channel, knock=True) if asks else Going(person.contact_id, why=SHUT)

    def _at(self, person: Receiver, channel: str) -> Going:
        parts = self._parts.get(person.language, 1) if LIMITS[channel].parts else 1
        return Going(person.contact_id, channel, parts)

    def _may(self, channel: str, language: str, key: str) -> bool:
        """Whether the message, or the text `key`, may leave there outside her window, looked up once for each."""
        asked = channel, language, key
        if asked not in self._sure:
            self._sure[asked] = channel not in self._formal or (
                self._speaks(channel, language) if key else self._approved(channel, language)
            )
        return self._sure[asked]

    def _speaks(self, channel: str, language: str) -> bool:
        own = [language] if language in templates.LANGUAGES else []
        return any(self._forms.speaks(channel, KNOCK, each) for each in (*own, SOURCE))

    def _approved(self, channel: str, language: str) -> bool:
        own = language if language in templates.LANGUAGES else SOURCE
        filled = forms.template(self._books.catalogue, own, self._message, isolates=LIMITS[channel].isolates)
        if filled is None:
            return False
        text = self._books.catalogue.text(filled.form.language, filled.form.template)
        plural = text is not None and len(text.forms) > 1
        return bool(self._forms.approved(channel, filled.form, exact=plural))

    @property
    def _forms(self) -> templates.Known:
        if self._known is None:
            self._known = templates.load(self._tx, self._now)
        return self._known


def _in_her_week(person: Going, wait: budget.Wait | None, until: datetime) -> Going:
    """Where her week is full she gets it when there is room again, or not at all."""
    if not person.channel or wait is None or wait.reason != "budget":
        return person
    if wait.never or wait.until >= until:
        return Going(person.contact_id, why=FULL)
    return person._replace(week_until=wait.until)


def _reached(tx: Tx, channel: str, now: datetime) -> dict[int, datetime]:
    """To whom something left outside her window in the last day, and when."""
    rows = tx.execute(
        select(address.c.contact_id, func.max(outbox.c.left_at).label("left_at"))
        .join(address, address.c.id == outbox.c.address_id)
        # The word stands in the statement itself, or SQLite would not use the index that is made for it.
        .where(outbox.c.way == literal_column("'template'"), outbox.c.left_at > now - _A_DAY)
        .where(address.c.channel == channel)
        .group_by(address.c.contact_id)
    )
    return {row.contact_id: row.left_at for row in rows}
