"""What the forms about talks have in common: days, hours, ways of talking, and the number to call."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from bot import hours
from bot.booking.faults import is_address
from bot.booking.slots import MODES
from bot.console import households, numbers
from bot.console.numbers import Number
from bot.console.visit import Visit
from bot.people import reached
from bot.store.database import Tx

__all__ = ["AHEAD", "LONGEST", "MODES", "a_day", "a_moment", "a_time", "is_address", "number_of", "reads"]

AHEAD = timedelta(days=365)
LONGEST: dict[str, int] = defaultdict(lambda: 20, plaats=60, adres=200)  # signs of a field


def a_time(text: str) -> time:
    """Of `15:00` or `15.00`. Raises ValueError."""
    return time.fromisoformat(text.replace(".", ":").zfill(5))


def a_day(text: str) -> date:
    """Raises ValueError, also at the ends of the calendar, which have no morning or no day after them."""
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 3000:
        raise ValueError(text)
    return day


def a_moment(visit: Visit, school: str, day: str, wall: str) -> datetime:
    """That wall at this school. Raises ValueError."""
    return hours.at(a_day(day), a_time(wall), visit.config.zone(school))


def number_of(visit: Visit, tx: Tx, contact_id: int) -> Number | None:
    """Where she can be called, as far as this colleague may know."""
    rows = [row for row in households.rows(visit, tx, contact=contact_id) if row.contact_id == contact_id]
    return numbers.number(next(filter(None, (households.shown_number(tx, row) for row in rows)), ""))


def reads(tx: Tx, school: str, contact_id: int) -> bool:
    """Whether the school can write to her."""
    return reached.of(tx, school, [contact_id])[contact_id].reads
