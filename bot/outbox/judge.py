"""Whether a message that is due may go now: her consent, her hours, her week, the window, the rates; else what becomes
of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row

from bot.model import Status
from bot.outbox.address import Addressee
from bot.outbox.budget import COUNTED, Budget, Wait
from bot.outbox.limits import Rates
from bot.outbox.post import Knock
from bot.outbox.ways import KNOCKED, Way, Ways
from bot.outbox.words import TRANSLATING

_OF_HER_WEEK = ("budget", "apart", "paused")


class Held(NamedTuple):
    """The new state of a row that does not go now. `alone`: the way that it would take by itself, where another that
    waits for her week may say it too."""

    state: dict[str, Any]
    alone: Way | None = None


class Judge(NamedTuple):
    """What is asked for every row of one claim."""

    ways: Ways
    rates: Rates
    budget: Budget

    def verdict(self, row: Row[Any], person: Sequence[Addressee]) -> Way | Held:
        """The way this row may go now, or the new state of the row: put off, expired, refused."""
        ways, now = self.ways, self.ways.now
        if row.expires_at <= now or (row.until_at and row.until_at <= now):
            return self._late(row)
        way = ways.choose(row, person)
        if isinstance(way, str):
            return Held(_refused(row, way, now))
        wait = self._wait(row, way)
        if wait:
            return self._held(row, way, wait)
        soon = ways.words.wait(row)
        if soon:
            return Held(later(row, TRANSLATING, soon))
        bulk = row.cls not in ("reply", "urgent")
        free_at = None if row.behind else self.rates.take(way.to.channel, way.to.id, bulk=bulk)
        if free_at is None:
            lane = {"new_lane": way.to.channel, "new_lane_at": self.rates.spent(way.to.channel)}
            return Held({**later(row, row.reason), **lane})
        if free_at > now:
            return Held(later(row, row.reason, free_at))
        ways.note(way)
        if is_counted(row) and not is_begun(row):
            self.budget.note(row.contact_id)
        return way

    def _late(self, row: Row[Any]) -> Held:
        """Its time is over; but what fell due in the night while nobody looked has its time from the morning on."""
        now = self.ways.now
        if row.cls != "urgent" and not (row.until_at and row.until_at <= now):
            morning = self.ways.hours.loud_from(row, row.due_at)
            if row.expires_at + (morning - row.due_at) > now:
                return Held(later(row, "quiet_hours", morning))
        knocked = row.reason == "knocked" and row.expires_at > now
        return Held(over(row, Status.EXPIRED, "not_read" if knocked else "too_late", now))

    def _wait(self, row: Row[Any], way: Way) -> Wait | None:
        """For what this row has to wait, and until when; None: for nothing."""
        ways = self.ways
        loud = ways.hours.deferral(row, way.to)
        if loud:
            return Wait("quiet_hours", loud)
        wait = None if is_begun(row) else self.budget.wait(row.contact_id, row.cls)
        if wait:
            return wait._replace(until=ways.hours.loud_from(row, wait.until))
        full = ways.full_until(row, way)
        if not way.knock:
            return Wait("portfolio", full) if full else None
        ways.knocks.append(Knock(row.contact_id, row.school, way.to.id))
        return Wait("knocked", ways.now + KNOCKED)

    def _held(self, row: Row[Any], way: Way, wait: Wait) -> Held:
        """It waits, unless that makes it useless: then its sender hears so at once."""
        hers = wait.reason in _OF_HER_WEEK
        if hers and row.cls == "plan" and not row.step:
            # "Today is your moment" says nothing tomorrow; and it gets no older for having waited.
            if wait.reason == "paused" or wait.never or wait.until >= row.expires_at:
                return Held(over(row, Status.CANCELLED, wait.reason, self.ways.now))
            return Held({**later(row, wait.reason, wait.until), "new_expires_at": row.expires_at})
        until: datetime | None = row.until_at
        if until and wait.reason == "knocked":
            return Held(later(row, "knocked", min(wait.until, until)))
        if wait.never or (until and wait.until >= until):
            return Held(over(row, Status.EXPIRED, wait.reason, self.ways.now))
        # Who has been knocked for once is not knocked for again.
        reason = "knocked" if row.reason == "knocked" else wait.reason
        may_join = wait.reason == reason == "budget" and row.cls == "broadcast"
        return Held(later(row, reason, wait.until), way if may_join else None)


def is_counted(row: Row[Any]) -> bool:
    """Whether it takes a place in her week that it has not got yet."""
    return row.cls in COUNTED and not row.piece


def is_begun(row: Row[Any]) -> bool:
    """Whether part of it is on her phone, it goes on by another way, or it did not arrive: it is not held up again."""
    return bool(row.piece or row.hop or row.reason == "not_arrived")


def later(row: Row[Any], reason: str | None, due_at: datetime | None = None) -> dict[str, Any]:
    """It stays in the queue. Lateness counts from the moment it may leave, so a deferral moves the expiry along."""
    moved = (due_at - row.due_at) if due_at else timedelta(0)
    return {
        "it": row.id, "new_status": Status.QUEUED.value, "new_reason": reason, "new_due_at": row.due_at + moved,
        "new_expires_at": row.expires_at + moved, "new_lane": "", "new_lane_at": None, "new_settled_at": None,
        "new_merged_into": None,
    }  # fmt: skip


def over(row: Row[Any], status: Status, reason: str | None, now: datetime) -> dict[str, Any]:
    """It ends here."""
    return {**later(row, reason), "new_status": status.value, "new_settled_at": now}


def _refused(row: Row[Any], why: str, now: datetime) -> dict[str, Any]:
    """There is no way to her."""
    if row.reason == "knocked" and why == "window":
        return over(row, Status.EXPIRED, "not_read", now)
    if row.tried and row.reason != "knocked":  # it went on from an address where it failed, and there is no other
        return over(row, Status.FAILED, row.reason, now)
    return over(row, Status.CANCELLED if why == "no_consent" else Status.FAILED, why, now)
