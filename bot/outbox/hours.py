"""When a message may leave: no one is woken but for what is urgent, or a reply within ten minutes of her own words."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bot import hours
from bot.config import Config
from bot.outbox.address import Addressee

REPLY_AT_ONCE = timedelta(minutes=10)


def deferral(row: Row[Any], to: Addressee, config: Config, now: datetime) -> datetime | None:
    """Until when this row must wait for the quiet hours to end; None: it may go now."""
    if row.cls == "urgent" or _at_once(row, to, now):
        return None
    later = _next_loud(row, config, now)
    return later if later > now else None


def last_moment(row: Row[Any], to: Addressee, config: Config, now: datetime) -> datetime:
    """Until when a provider may deliver what leaves now: it must not wake anybody out of his queue either."""
    expires_at: datetime = row.expires_at
    if row.cls == "urgent":
        return expires_at
    if _at_once(row, to, now) and to.heard_at and _next_loud(row, config, now) > now:
        return min(expires_at, to.heard_at + REPLY_AT_ONCE)
    return min(expires_at, hours.next_quiet(now, config.zone(row.school), config.quiet(row.school).start))


def _at_once(row: Row[Any], to: Addressee, now: datetime) -> bool:
    return row.cls == "reply" and to.heard_at is not None and now - to.heard_at <= REPLY_AT_ONCE


def _next_loud(row: Row[Any], config: Config, now: datetime) -> datetime:
    quiet = config.quiet(row.school)
    return hours.next_loud(now, config.zone(row.school), quiet.start, quiet.end, quiet.sunday_until)
