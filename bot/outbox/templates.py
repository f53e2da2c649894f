"""What providers know of our forms: questions within the window, approved wordings outside it; and how they learn."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select, update

from bot.channels.base import Channel, FormState, Templates
from bot.errors import InDoubt, Rejected, Throttled, Unsent
from bot.model import Form, Outbound
from bot.outbox.fit import load_pieces
from bot.store.database import Tx
from bot.store.tables import address, content
from bot.store.upsert import upsert

KNOCK = "klop.vraag"
# The languages of ours in which WhatsApp approves templates; the others are knocked for in Dutch.
LANGUAGES = frozenset({
    "nl", "en", "tr", "ar", "pl", "uk", "fa", "prs", "bg", "ro", "ps", "ur", "fr", "de", "es", "pt", "it", "ru", "hu",
    "sq", "hr", "sr", "el", "zh", "vi", "hi",
})  # fmt: skip
ASK_AGAIN = timedelta(days=1)  # after a question's form was refused
_REASON, _SHAPE = 300, 200  # the columns' lengths
_OF_PROVIDER = frozenset({"pending", "approved", "rejected", "paused", "disabled"})  # it has seen these


class Known:
    """The forms that providers know, as one claim sees them."""

    def __init__(self, rows: Sequence[Row[Any]], now: datetime) -> None:
        self._rows = {(row.channel, row.form): row for row in rows}
        self._now = now
        self._approved: dict[tuple[str, str, str, str], str] = {}
        for row in rows:  # in the order in which they were approved: the newest wording stays
            if row.state == "approved" and row.sid:
                self._approved[row.channel, row.template, row.language, row.shape] = row.sid

    def row(self, channel: str, form: Form) -> Row[Any] | None:
        return self._rows.get((channel, form.key))

    def sid(self, channel: str, form: Form) -> str:
        """The provider's id of a form; "" where it must still be made."""
        row = self.row(channel, form)
        return (row.sid or "") if row is not None and row.state != "refused" else ""

    def refused(self, channel: str, form: Form) -> bool:
        """Whether the provider would not have it, a short while ago."""
        row = self.row(channel, form)
        return row is not None and row.state == "refused" and self._now - row.changed_at < ASK_AGAIN

    def approved(self, channel: str, form: Form, *, exact: bool) -> str:
        """The id of an approved wording; unless `exact`, an earlier one with the same fields and options will do."""
        row = self.row(channel, form)
        if row is not None and row.state == "approved" and row.sid:
            return str(row.sid)
        return "" if exact else self._approved.get((channel, form.template, form.language, shape(form)), "")

    def speaks(self, channel: str, template: str, language: str) -> bool:
        """Whether any wording of this text is approved in this language."""
        return any(key[:3] == (channel, template, language) for key in self._approved)

    def has(self, at: tuple[str, str], sid: str, state: str) -> bool:
        """Whether this is what is stored of a (channel, form)."""
        row = self._rows.get(at)
        return row is not None and (row.sid or "", row.state) == (sid, state)


def shape(form: Form) -> str:
    """The form's shape as its column holds it; of questions nobody asks for it."""
    return form.shape[:_SHAPE] if form.template else ""


def load(tx: Tx, now: datetime) -> Known:
    """Everything that providers know of our forms: a few hundred rows."""
    return Known(tx.execute(select(content).order_by(content.c.changed_at, content.c.id)).all(), now)


class Made(NamedTuple):
    """What came of making a form."""

    channel: str
    form: Form
    sid: str
    state: str  # made pending refused
    reason: str = ""


def save(tx: Tx, made: Sequence[Made], now: datetime) -> None:
    """Remember forms, each once."""
    rows = [
        {
            "channel": each.channel, "form": each.form.key, "template": each.form.template,
            "language": each.form.language, "shape": shape(each.form), "sid": each.sid or None, "state": each.state,
            "reason": each.reason[:_REASON] or None, "changed_at": now,
        }
        for each in sorted(made, key=lambda each: (each.channel, each.form.key))
    ]  # fmt: skip
    upsert(tx, content, rows, key=["channel", "form"])


class Workshop:
    """Makes forms while letters are under way: each once, however many letters need it at the same moment."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Made] = {}  # in this process
        self._unsaved: dict[tuple[str, str], Made] = {}  # not known to be stored yet
        self._under_way: dict[tuple[str, str], asyncio.Task[str]] = {}

    async def content(self, channel: Channel, form: Form) -> str:
        """The provider's id of a form, which is made where nobody has. Raises ChannelError: Rejected is remembered."""
        if not isinstance(channel, Templates):
            return ""
        at = (channel.name, form.key)
        made = self._made.get(at)
        if made is not None and made.state == "refused":
            raise Rejected(f"{channel.name}: this form was refused", made.reason)
        if made is not None:
            return made.sid
        if at not in self._under_way:
            self._under_way[at] = asyncio.create_task(self._make(channel, channel.name, form), name="form")
            self._under_way[at].add_done_callback(lambda _: self._under_way.pop(at, None))
        return await asyncio.shield(self._under_way[at])

    async def _make(self, provider: Templates, name: str, form: Form) -> str:
        try:
            sid = await provider.make(form)
        except Rejected as error:
            self.refuse(name, form, error.code)
            raise
        self._keep(Made(name, form, sid, "made"))
        return sid

    async def send(self, channel: Channel, message: Outbound) -> str:
        """Send a message, its form made known before. Raises ChannelError.

        What the provider says of the form is no word about the message: that is tried again, another way.
        """
        if message.form is None:
            return await channel.send(message)
        try:
            known = message.content or await self.content(channel, message.form)
        except Rejected as error:
            raise Throttled(timedelta(0), f"{channel.name}: its form was refused", error.code) from error
        except InDoubt as error:
            raise Unsent(f"{channel.name}: nobody knows whether its form was made", error.code) from error
        try:
            return await channel.send(replace(message, content=known))
        except Rejected as error:
            if not error.code.startswith("template"):
                raise
            self.refuse(channel.name, message.form, error.code, known)
            raise Throttled(timedelta(0), f"{channel.name}: its form is not taken", error.code) from error

    def refuse(self, channel: str, form: Form, code: str, sid: str = "") -> None:
        """The provider will not have this form: its messages go another way."""
        self._keep(Made(channel, form, sid, "refused", code))

    def _keep(self, made: Made) -> None:
        at = (made.channel, made.form.key)
        self._made[at] = self._unsaved[at] = made

    def save(self, tx: Tx, now: datetime) -> None:
        """Write down what was made; it is written again until a claim has seen it stored."""
        save(tx, list(self._unsaved.values()), now)

    def forget(self, known: Known) -> None:
        """What is stored is not written again; and what was refused, here or elsewhere, may be asked for anew when its
        day is over."""
        for at, made in list(self._made.items()):
            stored = known.has(at, made.sid, made.state)
            if stored:
                self._unsaved.pop(at, None)
            if at not in self._unsaved and not (stored and made.state == "made"):
                self._made.pop(at, None)


def distrust(tx: Tx, row: Row[Any], code: str, now: datetime) -> None:
    """A receipt says that the form of this row of the outbox is not taken: what uses it goes another way."""
    pieces = load_pieces(tx.open("outbox.body", row.body)) if row.body else []
    form = pieces[row.piece].form if row.piece < len(pieces) else None
    if form is not None:
        channel = select(address.c.channel).where(address.c.id == row.address_id).scalar_subquery()
        here = content.c.form == form.key, content.c.channel == channel
        tx.execute(update(content).where(*here).values(state="refused", reason=code[:_REASON], changed_at=now))


def stored(tx: Tx, channel: str) -> Mapping[str, Row[Any]]:
    """The templates of a channel that we know, by form."""
    rows = tx.execute(select(content).where(content.c.channel == channel, content.c.template != ""))
    return {row.form: row for row in rows}


_STATE = (
    update(content)
    .where(content.c.id == bindparam("it"))
    .values(state=bindparam("new_state"), reason=bindparam("new_reason"), changed_at=bindparam("at"))
)


def note_states(tx: Tx, channel: str, states: Sequence[FormState], now: datetime) -> int:
    """Take over what the provider says of our templates; returns how many changed.

    What it does not know any more is `gone`, so that it is made anew.
    """
    said = {state.content: state for state in states}
    changed = []
    for row in stored(tx, channel).values():
        if not row.sid:
            continue
        heard = said.get(row.sid)
        state, reason = (heard.state, heard.reason[:_REASON] or None) if heard else ("gone", None)
        if row.state == "refused" and state not in _OF_PROVIDER:
            continue  # it was made, but it would not be submitted
        if (state, reason) != (row.state, row.reason):
            changed.append({"it": row.id, "new_state": state, "new_reason": reason, "at": now})
    if changed:
        tx.execute(_STATE, sorted(changed, key=lambda each: each["it"]))
    return len(changed)
