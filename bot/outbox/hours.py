"""When a message may leave: no one is woken but for what is urgent, or a reply within ten minutes of her own words."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row

from bot import hours
from bot.config import Config, QuietHours
from bot.hours import Rest
from bot.outbox.address import Addressee

REPLY_AT_ONCE = timedelta(minutes=10)


def loud_from(config: Config, school: str | None, rest: Rest | None, contact_id: int, moment: datetime) -> datetime:
    """The first moment from `moment` on at which something that is not urgent may leave to her.

    What had to wait leaves at her own place in the minutes after the quiet hours; asked then, that is the moment.
    """
    quiet, zone = config.quiet(school), config.zone(school)
    rest = _kept(quiet, rest)
    loud = hours.next_loud(moment, zone, quiet, rest)
    return hours.spread(loud, contact_id, quiet.spread, zone, quiet, rest) if loud > moment else moment


class _Here(NamedTuple):
    """How late it is for people of one school who rest at the same hours."""

    is_quiet: bool
    is_early: bool  # it was quiet a moment ago, and not everybody has had her place yet
    quiet_at: datetime  # when it is quiet next


class Hours:
    """The hours of everybody in one claim. What the clock says is worked out once for each school and rest."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._config = config
        self._now = now
        self._here: dict[tuple[str | None, str | None, str | None], _Here] = {}

    def deferral(self, row: Row[Any], to: Addressee) -> datetime | None:
        """Until when this row must wait for the quiet hours to end, or for its place after them; None: it may go."""
        if row.cls == "urgent" or self._at_once(row, to):
            return None
        now, here = self._now, self._at(row)
        if here.is_quiet:
            return self.loud_from(row, now)
        if here.is_early and row.due_at < now:  # it may have fallen due in the night, and nobody looked until now
            later = self.loud_from(row, row.due_at)
            return later if later > now else None
        return None

    def last_moment(self, row: Row[Any], to: Addressee) -> datetime:
        """Until when a provider may deliver what leaves now: it must not wake anybody out of his queue either."""
        last: datetime = min(row.expires_at, row.until_at or row.expires_at)
        if row.cls == "urgent":
            return last
        quiet_at = self._at(row).quiet_at
        if to.heard_at and self._at_once(row, to):
            quiet_at = max(quiet_at, to.heard_at + REPLY_AT_ONCE)
        return min(last, quiet_at)

    def loud_from(self, row: Row[Any], moment: datetime) -> datetime:
        """The first moment from `moment` on at which this row may leave."""
        return loud_from(self._config, row.school, Rest.of(row.rest_from, row.rest_until), row.contact_id, moment)

    def _at(self, row: Row[Any]) -> _Here:
        key = row.school, row.rest_from, row.rest_until
        if key not in self._here:
            self._here[key] = self._look(*key)
        return self._here[key]

    def _look(self, school: str | None, rest_from: str | None, rest_until: str | None) -> _Here:
        quiet, zone, now = self._config.quiet(school), self._config.zone(school), self._now
        rest = _kept(quiet, Rest.of(rest_from, rest_until))
        early = now - timedelta(minutes=quiet.spread)
        is_early = hours.next_quiet(early, zone, quiet, rest) < now
        return _Here(hours.is_quiet(now, zone, quiet, rest), is_early, hours.next_quiet(now, zone, quiet, rest))

    def _at_once(self, row: Row[Any], to: Addressee) -> bool:
        return row.cls == "reply" and to.heard_at is not None and self._now - to.heard_at <= REPLY_AT_ONCE


def _kept(quiet: QuietHours, rest: Rest | None) -> Rest | None:
    """Her rest; not where the school has changed its hours since, and together they would leave nothing of a day."""
    return rest if rest and _leaves_some(quiet, rest) else None


@lru_cache
def _leaves_some(quiet: QuietHours, rest: Rest) -> bool:
    return hours.leaves_room(quiet, rest, 1)
