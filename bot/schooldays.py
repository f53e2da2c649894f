"""The days of one school: holidays of its region, its own free days, the school year. Pure; nothing is invented."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import ContentError
from bot.model import REGIONS

KINDS = ("vakantie", "studiedag", "vrij")
SUMMER = "zomer"
PUBLIC = "Algemene feestdagen"  # the source of days that follow from the calendar alone
_DAY = timedelta(days=1)
_NEAR = timedelta(days=60)  # two autumn holidays that begin so close are the same one


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
    known_until: Mapping[str, date]  # by region
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

    def school_day_after(self, day: date, number: int) -> date:
        """The first, second, third ... school day after `day`; what nobody knows yet counts as one from Monday on."""
        while number:
            day += _DAY
            number -= self.is_school_day(day)
        return day

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
        """What is free from `day` on, also what has begun already; a day within a holiday is no news."""
        return [each for each in self.free if each.last >= day and not self._is_within(each)][:most]

    def _is_within(self, free: Free) -> bool:
        return any(each.holds(free.first) and each.holds(free.last) and _span(each) > _span(free) for each in self.free)

    def _summer(self, year: int) -> Free | None:
        return next((each for each in self.free if _is_summer(each) and each.first.year == year), None)


def _is_summer(free: Free) -> bool:
    return free.kind == "vakantie" and free.name == SUMMER


def _span(free: Free) -> timedelta:
    return free.last - free.first


def of_school(regional: Iterable[Free], own: Iterable[Free]) -> list[Free]:
    """A school's own days and those of its region; where both name the same holiday, the school's dates count."""
    own = list(own)
    return [*own, *(each for each in regional if not any(_replaces(mine, each) for mine in own))]


def _replaces(own: Free, regional: Free) -> bool:
    if own.holds(regional.first) and own.holds(regional.last):
        return True
    same = own.kind == regional.kind == "vakantie" and own.name == regional.name
    return same and abs(own.first - regional.first) <= _NEAR


# --- public holidays
def easter(year: int) -> date:
    """Easter Sunday, by the rule of Gauss as Meeus and Butcher wrote it down for the Gregorian calendar."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    skipped = century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + skipped + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def public_days(first: date, last: date) -> Iterator[Free]:
    """Weekdays without school in all the country from `first` to `last`. Christmas and New Year are in a holiday."""
    for year in range(first.year, last.year + 1):
        for name, day in _public(year):
            if first <= day <= last and day.weekday() < 5:
                yield Free(day, day, "vrij", name, PUBLIC)


def _public(year: int) -> Iterator[tuple[str, date]]:
    sunday = easter(year)
    yield "pasen", sunday + _DAY
    king = date(year, 4, 27)
    yield "koningsdag", king - _DAY if king.weekday() == 6 else king
    if year % 5 == 0:  # only in a year of jubilee everyone is free
        yield "bevrijdingsdag", date(year, 5, 5)
    yield "hemelvaart", sunday + 39 * _DAY
    yield "pinksteren", sunday + 50 * _DAY


# --- holidays.toml


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
    known_until = {region: _known_until(raw["known_until"], region) for region in REGIONS}
    free = {}
    for region in REGIONS:
        set_by_law = [_free(each, region, source, checked_on) for each in raw["holiday"]]
        begins = min((each.first for each in set_by_law), default=known_until[region])
        free[region] = (*set_by_law, *public_days(begins, known_until[region]))
    return Regional(source, checked_on, known_until, free)


def _known_until(raw: Mapping[str, Any], region: str) -> date:
    if not isinstance(raw, dict) or type(raw.get(region)) is not date:
        raise ValueError(f"known_until {region}: write a day for each region")
    day: date = raw[region]
    return day


def _free(raw: Mapping[str, Any], region: str, source: str, checked_on: str) -> Free:
    days = raw.get(region) or raw.get("all") or ()
    match days:
        case [date() as first, date() as last] if first <= last and not isinstance(first, datetime):
            pass
        case _:
            raise ValueError(f"{raw['name']} {region}: write two days, the first and the last")
    return Free(first, last, "vakantie", str(raw["name"]), source, checked_on)
