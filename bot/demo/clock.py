"""The demo's clock: it runs, it can be moved forward, and a moved time is played from due moment to due moment."""

import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.model import WEEKDAYS

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday after school, four o'clock in Amsterdam
MOVES = ("hour", "day", "week")
_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_SAVE_EVERY = timedelta(seconds=5)


class Clock:
    """Tells the demo's time. It stands still while the demo is off, and never goes back.

    What was told is saved at most five seconds late, so a clock read from `file` starts five seconds further.
    """

    def __init__(self, file: Path, *, start: datetime = START, elapsed: Callable[[], float] = time.monotonic) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._elapsed = elapsed
        self._lock = threading.Lock()  # the rooms read it in their worker threads
        self._base = _saved(file, start)
        self._since = elapsed()
        self._kept = self._base
        self._save(self._base)

    def __call__(self) -> datetime:
        with self._lock:
            return self._tell()

    def move(self, to: datetime) -> None:
        """Set the clock to a later moment; an earlier one changes nothing."""
        with self._lock:
            if to > self._tell():
                self._base, self._since = to, self._elapsed()
                self._save(to)

    def _tell(self) -> datetime:
        now = self._base + timedelta(seconds=self._elapsed() - self._since)
        if now - self._kept >= _SAVE_EVERY:
            self._save(now)
        return now

    def _save(self, now: datetime) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"now": now.isoformat()}) + "\n", encoding="ascii")
        os.replace(fresh, self._file)
        self._kept = now


def _saved(file: Path, start: datetime) -> datetime:
    try:
        return datetime.fromisoformat(json.loads(file.read_text(encoding="ascii"))["now"]) + _SAVE_EVERY
    except FileNotFoundError:
        return start


def moved(now: datetime, move: str, zone: ZoneInfo) -> datetime:
    """An hour, a day or a week later; a day later is the same time on the wall, also where the clock changes."""
    if move == "hour":
        return now + timedelta(hours=1)
    wall = now.astimezone(zone).replace(tzinfo=None) + timedelta(days=1 if move == "day" else 7)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def hour(moment: datetime, zone: ZoneInfo) -> str:
    """`7.00`, as one writes a time in Dutch."""
    local = moment.astimezone(zone)
    return f"{local.hour}.{local.minute:02}"


def day(moment: datetime, zone: ZoneInfo) -> str:
    """`ma 23 nov`."""
    local = moment.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def soon(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """As one would say it now: `7.00` today, `di 7.00` this week, `di 1 dec 7.00` later."""
    days = (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
    if days == 0:
        return hour(moment, zone)
    if 0 < days < 7:
        return f"{WEEKDAYS[moment.astimezone(zone).weekday()]} {hour(moment, zone)}"
    return f"{day(moment, zone)} {hour(moment, zone)}"
