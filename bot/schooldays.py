"""The days of one school: holidays of its region, its own free days, the school year. Pure; nothing is invented."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import ContentError
from bot.model import REGIONS

KINDS = ("vakantie", "studiedag", "vrij")
SUMMER = "zomer"
_DAY = timedelta(days=1)


class Free(NamedTuple):
    """Days without school, from `first` up to and with `last`. `name`: a holiday's id (`herfst`), or own words."""

    first: date
    last: date
    kind: str
    name: str
    source: str = ""
    noted_on: str = ""  # when it was looked up or brought in

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


class Regional(NamedTuple):
    """The holidays that the government sets. `known_until`: the last day of which it is known whether it is free."""

    source: str
    checked_on: str
    known_until: date
    free: Mapping[str, tuple[Free, ...]]  # by region


class Schooldays:
    """When there is school. What is beyond `known_until` nobody knows yet: the school is asked."""

    def __init__(self, free: Iterable[Free], known_until: date | None = None) -> None:
        self.free = tuple(sorted(free))
        last_summer = max((each.last for each in self.free if _is_summer(each)), default=None)
        self.known_until = max(filter(None, (known_until, last_summer)), default=None)

    def free_on(self, day: date) -> Free | None:
        """What makes this day free; a weekend is no matter here."""
        return next((each for each in self.free if each.holds(day)), None)

    def is_school_day(self, day: date) -> bool:
        return day.weekday() < 5 and self.free_on(day) is None

    def is_known(self, day: date) -> bool:
        return self.known_until is not None and day <= self.known_until

    def next_school_day(self, day: date) -> date | None:
        """The first school day from `day` on; None where that is not known yet."""
        while self.is_known(day):
            if self.is_school_day(day):
                return day
            day += _DAY
        return None

    def starts(self, year: str) -> date | None:
        """The first school day of `2026-2027`: after the summer holiday; None where nobody has said when that is."""
        summer = self._summer(int(year[:4]))
        day = summer.last + _DAY if summer else None
        while day and not self.is_school_day(day):
            day += _DAY
        return day

    def ends(self, year: str) -> date | None:
        """The last school day of `2026-2027`: before the summer holiday; None where that is not known yet."""
        summer = self._summer(int(year[5:]))
        day = summer.first - _DAY if summer else None
        while day and not self.is_school_day(day):
            day -= _DAY
        return day

    def coming(self, day: date, most: int) -> list[Free]:
        """What is free from `day` on, also what has begun already."""
        return [each for each in self.free if each.last >= day][:most]

    def _summer(self, year: int) -> Free | None:
        return next((each for each in self.free if _is_summer(each) and each.first.year == year), None)


def _is_summer(free: Free) -> bool:
    return free.kind == "vakantie" and free.name == SUMMER


def load(path: Path) -> Regional:
    """Read holidays.toml. Raises ContentError that names the file and the key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return _regional(raw)
    except FileNotFoundError:
        raise ContentError(f"{path.name}: there is no such file") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"{path.name}: {error}") from None


def _regional(raw: Mapping[str, Any]) -> Regional:
    source, checked_on = str(raw["source"]), str(raw["checked_on"])
    free = {region: tuple(_free(each, region, source, checked_on) for each in raw["holiday"]) for region in REGIONS}
    return Regional(source, checked_on, raw["known_until"], free)


def _free(raw: Mapping[str, Any], region: str, source: str, checked_on: str) -> Free:
    first, last = raw.get(region) or raw["all"]
    if not (isinstance(first, date) and isinstance(last, date) and first <= last):
        raise ValueError(f"{raw['name']} {region}: write two days, the first and the last")
    return Free(first, last, "vakantie", str(raw["name"]), source, checked_on)
