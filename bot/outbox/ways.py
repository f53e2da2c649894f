"""Which way a message goes: free words within the window; outside it an approved text, a knock, or another address."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Row, func, literal_column, select

from bot.channels.base import Templates
from bot.model import Form
from bot.outbox import templates
from bot.outbox.address import Addressee, may_write
from bot.outbox.fit import Piece
from bot.outbox.forms import Filled, Message, template
from bot.outbox.hours import Hours
from bot.outbox.post import Knock, Post
from bot.outbox.templates import KNOCK
from bot.outbox.words import Words, own
from bot.store.database import Tx
from bot.store.tables import address, outbox
from bot.translation.texts import SOURCE

A_DAY = timedelta(hours=24)
KNOCKED = timedelta(days=3)  # so long a message waits for her answer to the knock


class Way(NamedTuple):
    """How a message reaches her. `free`: in whatever words; `piece`: as this approved text; `knock`: she is asked."""

    to: Addressee
    free: bool = True
    piece: Piece | None = None
    content: str = ""
    knock: bool = False


class Ways:
    """The ways that are open in one claim."""

    def __init__(self, tx: Tx, post: Post, now: datetime, rows: Sequence[Row[Any]] = ()) -> None:
        self.tx = tx
        self.post = post
        self.now = now
        self.words = Words(tx, rows, now)
        self.hours = Hours(post.config, now)
        self.knocks: list[Knock] = []
        self._reached: dict[str, dict[int, datetime]] = {}
        self._behind: dict[str, int] = {}

    @cached_property
    def known(self) -> templates.Known:
        """What providers know of our forms: looked up where a letter needs it."""
        known = templates.load(self.tx, self.now)
        self.post.workshop.forget(known)
        return known

    def choose(self, row: Row[Any], person: Sequence[Addressee]) -> Way | str:
        """The way of a row, or the reason why there is none."""
        failed = row.tried or ()
        open_ones = [
            each for each in person if not each.blocked and each.channel in self.post.channels and each.id not in failed
        ]
        own = [each for each in open_ones if each.id == row.address_id]
        # What answers her own words stays where she wrote them; a teacher's answer may take another way.
        only_there = row.cls in ("reply", "urgent") and row.address_id and not row.thread_id
        # And the second half of a message is of no use where the first is not.
        candidates = own if only_there or row.piece else [*own, *(each for each in open_ones if each not in own)]
        if not candidates:
            return "no_address"
        allowed = [each for each in candidates if may_write(self.tx, row, each, self.post.config, self.now)]
        return self._best(row, allowed) if allowed else "no_consent"

    def _best(self, row: Row[Any], allowed: Sequence[Addressee]) -> Way | str:
        """Her first address that is open, or that can be knocked at: a place where she talks to us today goes first."""
        knock: Addressee | None = None
        for each in allowed:
            way = self._at(row, each)
            if way and (knock is None or self._heard_today(each)):
                return way
            if way is None and knock is None and self._may_knock(row, each):
                knock = each
        return Way(knock, knock=True) if knock else "window"

    def _at(self, row: Row[Any], to: Addressee) -> Way | None:
        channel = self.post.channels[to.channel]
        if not to.window_closed(channel.limits.window, self.now):
            return Way(to)
        message = self.words.written(row)
        if len(message.parts) != 1 or message.parts[0].key not in self.post.templates or any(own(message)):
            return None
        if not isinstance(channel, Templates):
            return Way(to, free=False)
        return None if row.piece else self._approved(row, to, message)

    def _approved(self, row: Row[Any], to: Addressee, message: Message) -> Way | None:
        """The message as an approved text in her language, if there is one."""
        key = message.parts[0].key
        isolates = self.post.channels[to.channel].limits.isolates
        for language in self._languages(row, key):
            filled = template(self.post.catalogue, language, message, isolates=isolates)
            if filled is None:
                continue
            sid = self.known.approved(to.channel, filled.form, exact=self._only_itself(message, filled.form))
            if sid:
                return Way(to, free=False, piece=piece_of(filled), content=sid)
        return None

    def _only_itself(self, message: Message, form: Form) -> bool:
        """Whether no earlier wording may stand in: another plural form would say something else, and in numbered lines
        a number would mean another option."""
        text = self.post.catalogue.text(form.language, form.template)
        return (text is not None and len(text.forms) > 1) or bool(message.shown and not form.options)

    def _languages(self, row: Row[Any], key: str) -> list[str]:
        """Hers; the Dutch where WhatsApp does not know hers, and for a knock that is better than none."""
        own = self.tx.open("contact.language", row.language)
        found = [own] if own in templates.LANGUAGES else [SOURCE]
        return list(dict.fromkeys([*found, SOURCE])) if key == KNOCK else found

    def _may_knock(self, row: Row[Any], to: Addressee) -> bool:
        """Whether she can be asked there: not twice, not for what is urgent, not without her yes to school."""
        if row.cls == "urgent" or row.reason == "knocked" or not row.school:
            return False
        if (row.school, to.channel, "school") not in to.consents:
            return False
        if not isinstance(self.post.channels[to.channel], Templates):
            return False
        if any(part.key == KNOCK for part in self.words.written(row).parts):
            return False
        return any(self.known.speaks(to.channel, KNOCK, language) for language in self._languages(row, KNOCK))

    def _heard_today(self, to: Addressee) -> bool:
        return to.heard_at is not None and self.now - to.heard_at < A_DAY

    # --- how many people a day
    def full_until(self, row: Row[Any], way: Way) -> datetime | None:
        """Until when no further person may be written to outside the window; None: this one may."""
        name = way.to.channel
        most = self.post.config.channels[name].portfolio
        if way.free or not most or row.cls == "urgent":
            return None
        reached = self._reached_on(name)
        if way.to.id in reached or len(reached) < most:
            return None
        place = self._behind[name] = self._behind.get(name, -1) + 1
        leaving = sorted(reached.values())[len(reached) - most :]  # when fewer are left than there may be
        return leaving[min(place, len(leaving) - 1)] + A_DAY

    def note(self, way: Way) -> None:
        """This one leaves now."""
        if not way.free and self.post.config.channels[way.to.channel].portfolio:
            self._reached_on(way.to.channel)[way.to.id] = self.now

    def _reached_on(self, channel: str) -> dict[int, datetime]:
        if channel not in self._reached:
            rows = self.tx.execute(
                select(outbox.c.address_id, func.max(outbox.c.left_at).label("left_at"))
                .join(address, address.c.id == outbox.c.address_id)
                # The word stands in the statement itself, or SQLite would not use the index that is made for it.
                .where(outbox.c.way == literal_column("'template'"), outbox.c.left_at > self.now - A_DAY)
                .where(address.c.channel == channel)
                .group_by(outbox.c.address_id)
            )
            self._reached[channel] = {row.address_id: row.left_at for row in rows}
        return self._reached[channel]


def piece_of(filled: Filled) -> Piece:
    """The filled form as a piece of a message."""
    return Piece(filled.text, filled.choices, filled.form.layout, filled.form, filled.values)
