"""When a message may leave: no one is woken but for what is urgent, or a reply within ten minutes of her own words."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from bot import hours
from bot.config import Config
from bot.outbox.address import Addressee

REPLY_AT_ONCE = timedelta(minutes=10)
_HOME = ZoneInfo("Europe/Amsterdam")


def deferral(row: Row[Any], to: Addressee, config: Config, now: datetime) -> datetime | None:
    """Until when this row must wait for the quiet hours to end; None: it may go now."""
    if row.cls == "urgent":
        return None
    if row.cls == "reply" and to.heard_at is not None and now - to.heard_at <= REPLY_AT_ONCE:
        return None
    quiet = config.quiet_hours
    zone = config.schools[row.school].zone if row.school in config.schools else _HOME
    later = hours.next_loud(now, zone, quiet.start, quiet.end, quiet.sunday_until)
    return later if later > now else None
