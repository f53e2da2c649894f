"""What a simulated year must never show: computed here from the wall clock, not with the rooms under test."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Row, and_, select

from bot.model import Address
from bot.outbox.queue import load_parts
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.year_calendar import Calendar, quiet, resting
from tests.harness.year_world import HOME, Taken, ms

if TYPE_CHECKING:
    from tests.harness.year import Year

COUNTED = ("broadcast", "plan", "tip")
AT_ONCE = timedelta(minutes=10)
APART = timedelta(minutes=10)
SLACK = timedelta(seconds=50)  # so far a clock is set back
WEEK = timedelta(days=7)
LIFE = {
    "reply": timedelta(hours=12), "appointment": timedelta(hours=12), "broadcast": timedelta(minutes=10),
    "plan": timedelta(hours=3), "tip": timedelta(hours=3),
}  # fmt: skip
A_MOMENT = timedelta(seconds=1)
LEFT_OVER = (  # put as SQLite wants it: asked often, and nothing is found
    "SELECT 'letter ' || id || ' ' || kind FROM inbox WHERE state <> 'done'",
    "SELECT kind || ' ' || id FROM followup WHERE state = 'waiting' AND due_at <= :now",
    "SELECT 'timer of ' || flow || ' ' || id FROM run WHERE due_at <= :now",
)
RESTS = {
    "voorlezen.nog_even": timedelta(hours=24),
    "voorlezen.hoe_vaak": WEEK,
}  # not before, since its conversation began
SETTLED = ("sent", "delivered", "read", "failed", "expired", "cancelled", "unknown", "merged")
WELL = ("sent", "delivered", "read")


class Sent(NamedTuple):
    """A message that reaches a phone."""

    at: datetime
    row_id: int
    cls: str


class Watch:
    """Looks at every message that leaves, and at the whole house whenever it rests."""

    def __init__(self, year: "Year") -> None:
        self.year = year
        self.seen = 0  # messages that were looked at
        self._heard: dict[Address, datetime] = {}
        self._words: dict[int, datetime] = {}  # contact -> her last word
        self._sent: dict[int, list[Sent]] = defaultdict(list)
        self._reached: set[tuple[int, int]] = set()
        self._contacts: dict[Address, int] = {}
        self._answered: dict[int, datetime] = {}  # run -> her last answer
        self._mornings: dict[datetime, set[int]] = defaultdict(set)  # the end of a night -> whom something left to
        self._stopped: dict[int, datetime] = {}  # contact -> her STOP, until it was looked at
        self.calendar = Calendar(year)

    def contact(self, who: Address) -> int:
        """Whose address this is."""
        if who not in self._contacts:
            with self.year.database.read() as tx:
                found = select(t.address.c.contact_id).where(t.address.c.find == tx.find(str(who)))
                self._contacts[who] = tx.execute(found).scalar_one()
        return self._contacts[who]

    def heard(self, who: Address, run_id: int = 0, about: str = "") -> None:
        """She wrote: an answer to a run, or a word that begins something."""
        now = self.year.clock()
        self._heard[who] = self._words[self.contact(who)] = now
        if run_id and self._asks(run_id):
            self._answered[run_id] = now
        if about == "kw.stop":
            self._stopped[self.contact(who)] = now

    def _asks(self, run_id: int) -> bool:
        """Whether this conversation has her ear: none that was put aside for another."""
        with self.year.database.read() as tx:
            return tx.execute(select(t.run.c.state).where(t.run.c.id == run_id)).scalar() == "active"

    # --- a message leaves
    def left(self, taken: Taken) -> None:
        """All promises about one message."""
        self.seen += 1
        row_id = int(taken.message.id.partition("-")[0])
        with self.year.database.read() as tx:
            c = t.contact.c
            wishes = (c.budget, c.rest_from, c.rest_until, c.paused_until, c.language)
            both = select(t.outbox, *wishes).join(t.contact, c.id == t.outbox.c.contact_id)
            row = tx.execute(both.where(t.outbox.c.id == row_id)).one()
            parts = load_parts(tx.open("outbox.parts", row.parts))[0]
            keys = [part.key for part in parts]
            self.year.note(f"  {row.cls} {row.id} to {taken.message.to}: {' '.join(keys)} ({row.school})")
            self._never_twice(taken, row)
            if row.cls == "urgent":
                return
            self._wakes_nobody(taken, row)
            self._spread_out(taken, row)
            self._may_be_said(tx, taken, row, keys)
            self._in_order(tx, taken, row)
            self._not_too_soon(tx, row, keys)
            newer = select(t.outbox.c.id).where(t.outbox.c.scope == row.scope, t.outbox.c.id > row.id)
            newer = newer.where(t.outbox.c.contact_id == row.contact_id, t.outbox.c.queued_at < taken.at)
            if row.scope and row.scope.startswith("news:") and row.hop == 0 and row.tries == 0:
                assert not (found := tx.execute(newer).scalars().all()), f"{row.id} is older than {found}"
            assert taken.message.language == tx.open("contact.language", row.language), "not her language of today"
        assert row.until_at is None or taken.at < row.until_at, f"{row.id} is past its use"
        in_time = min(row.due_at + LIFE[row.cls], row.expires_at)
        assert taken.at <= in_time, f"{row.cls} {row.id} left too late: it was of use until {in_time}"
        if row.cls in COUNTED and taken.reaches_at:
            self._budget(taken, row)
        if row.cls in ("plan", "tip") and row.paused_until:
            assert taken.at >= row.paused_until, f"{row.cls} {row.id} left in her pause"
        self.calendar.left(taken, row, keys)

    def _never_twice(self, taken: Taken, row: Row[Any]) -> None:
        if taken.reaches_at is None:
            return
        piece = row.id, row.piece
        assert row.cls == "urgent" or piece not in self._reached, f"{row.id} reached her twice"
        self._reached.add(piece)

    def _wakes_nobody(self, taken: Taken, row: Row[Any]) -> None:
        heard = self._heard.get(taken.message.to)
        last = taken.message.expires_at
        assert last is not None, f"{row.id} may lie in the provider's queue for ever"
        if row.cls == "reply" and heard and taken.at - heard <= AT_ONCE + SLACK:
            assert not self._is_still(row, taken.at) or last <= heard + AT_ONCE + SLACK, f"{row.id} may come too late"
            return
        assert not self._is_still(row, taken.at), f"{row.cls} {row.id} left in quiet hours"
        assert not self._is_still(row, taken.reaches_at or taken.at), f"{row.id} reached her in quiet hours"
        moment = taken.at
        while moment < last:
            assert not self._is_still(row, moment), f"{row.id} may come out of the queue in quiet hours"
            moment += timedelta(minutes=15)
        assert not self._is_still(row, last - timedelta(milliseconds=1)), f"{row.id} may come in quiet hours"

    def _spread_out(self, taken: Taken, row: Row[Any]) -> None:
        """What waited for the morning does not leave to everybody in the second in which it comes."""
        if row.due_at > row.queued_at and quiet(row.school, taken.at - timedelta(seconds=1)):
            others = self._mornings[taken.at]
            others.add(row.contact_id)
            assert len(others) == 1, f"{row.cls} {row.id} left on the stroke to {others}"

    def _is_still(self, row: Row[Any], moment: datetime) -> bool:
        return quiet(row.school, moment) or resting(row, moment)

    def _may_be_said(self, tx: Tx, taken: Taken, row: Row[Any], keys: list[str]) -> None:
        """Her consent is asked at the moment of leaving; after a STOP only its confirmation comes."""
        c = t.consent.c
        hers = tx.execute(select(t.consent).where(c.contact_id == row.contact_id)).all()
        given = {(each.school, each.channel, each.purpose) for each in hers if each.withdrawn_at is None}
        if (row.school, taken.message.to.channel, row.purpose) in given:
            return
        assert row.cls == "reply", f"{row.cls} {row.id} left without her consent"
        stops = [each.withdrawn_at for each in hers if each.withdrawn_by == "stop"]
        word = self._words.get(row.contact_id)
        if not given and stops and (word is None or word <= max(stops) + SLACK):
            late = row.queued_at > max(stops) and not any(key.startswith("stop.") for key in keys)
            assert not late, f"{row.id} said {keys} after her STOP"

    def _in_order(self, tx: Tx, taken: Taken, row: Row[Any]) -> None:
        """What was said before it, is of its kind and may leave as well, has come to a channel before it."""
        o = t.outbox.c
        same = o.contact_id == row.contact_id, o.cls == row.cls, o.school == row.school, o.id < row.id
        open_still = ((o.status == "queued") & (o.due_at <= taken.at)) | (o.status == "sending")
        waits = (
            o.status == "queued",
            o.address_id == row.address_id,
        )  # of one that was refused elsewhere nothing is said
        rows = tx.execute(select(o.id, and_(*waits).label("waits")).where(*same, open_still))
        overtaken = [each.id for each in rows if each.waits or not self._was_tried(each.id)]
        assert not overtaken, f"{row.cls} {row.id} overtook {overtaken}"

    def _was_tried(self, row_id: int) -> bool:
        return any(row_id in line.tried for line in self.year.lines.values())

    def _not_too_soon(self, tx: Tx, row: Row[Any], keys: list[str]) -> None:
        """A conversation is silent as long as its flow says."""
        for key in keys:
            if key in RESTS and row.run_id:
                began = tx.execute(select(t.run.c.started_at).where(t.run.c.id == row.run_id)).scalar_one()
                assert row.queued_at - began >= RESTS[key] - SLACK, f"{key} of run {row.run_id} came too soon"

    def _budget(self, taken: Taken, row: Row[Any]) -> None:
        known = [each for each in self._sent[row.contact_id] if each.row_id != row.id]
        close = [each for each in known if abs(taken.at - each.at) < APART - SLACK]
        assert not close, f"{row.cls} {row.id} came right after {close}"
        most = self.year.config.budget.week if row.budget is None else row.budget
        lately = [each for each in known if taken.at - each.at < WEEK - SLACK]
        assert len(lately) < most, f"{row.cls} {row.id} is more than {most} a week: {lately}"
        self._sent[row.contact_id] = [*known, Sent(taken.at, row.id, row.cls)]

    # --- the house at rest
    def rests(self) -> None:
        """Nothing waits without a reason, what is due was done, and what is over has left nothing behind."""
        now = self.year.clock()
        with self.year.database.read() as tx:
            o = t.outbox.c
            waiting = tx.execute(select(t.outbox).where(o.status == "queued", o.due_at > now)).all()
            silent = [row.id for row in waiting if not row.reason and row.due_at - row.queued_at > A_MOMENT]
            assert not silent, f"{silent} wait without a reason"
            doubled = [
                each for each, many in Counter((row.contact_id, row.scope) for row in waiting).items() if many > 1
            ]
            assert not [scope for _, scope in doubled if scope], f"two wait of the same scope: {doubled}"
            for what in LEFT_OVER:
                assert not (row := self.year.database.ask(what, now=ms(now))), f"not done: {row}"
            self._listens(tx)
            self.calendar.rests(tx, now)

    def _listens(self, tx: Tx) -> None:
        """Her STOP has closed what was open, and nobody was told that she is silent when she had just answered."""
        c, r = t.consent.c, t.run.c
        for contact_id, at in self._stopped.items():
            still = select(c.id).where(c.contact_id == contact_id, c.given_at < at, c.withdrawn_at.is_(None))
            assert not (found := tx.execute(still).scalars().all()), f"her STOP of {at} left {found} open"
        self._stopped.clear()
        if not self._answered:
            return
        silent = select(r.id, r.flow, r.changed_at).where(r.id.in_(self._answered), r.result == "no-answer")
        for row in tx.execute(silent):
            since = row.changed_at - self._answered[row.id]
            assert abs(since) > SLACK, f"{row.flow} {row.id} ended for her silence {since} after her answer"

    async def end(self) -> None:
        """Every message ended with a reason, or waits for a moment to come."""
        now = self.year.clock()
        with self.year.database.read() as tx:
            for row in tx.execute(select(t.outbox)):
                if row.status in WELL:
                    continue
                if row.status in SETTLED:
                    assert row.reason, f"{row.id} {row.status} without a reason"
                    continue
                moment = row.due_at if row.status == "queued" else row.lease_until
                assert moment is not None, f"{row.id} {row.status} waits for nothing"
                assert moment > now, f"{row.id} {row.status} was due at {moment} and forgotten"
            for row in tx.execute(select(t.followup)):
                assert row.state in ("waiting", "done") or row.reason, f"{row.scope} {row.state} without a reason"
            for row in tx.execute(select(t.daily)):
                done = row.done_at.astimezone(HOME)
                assert (done.date().isoformat(), done.hour == 2) == (row.day, False), f"{row.job} of {row.day}: {done}"
