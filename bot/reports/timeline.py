"""A school year of one family as one HTML page: holidays as bands, messages as marks, with words and reasons."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.schooldays import Free
from bot.translation.catalogue import Catalogue
from bot.translation.languages import direction

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
REASONS = {
    "budget": "haar week was vol", "apart": "er kwam net iets anders", "vakantie": "het was vakantie",
    "quiet": "stille uren", "quiet_hours": "stille uren", "paused": "zij had pauze", "busy": "er stond een vraag open",
    "no_consent": "geen toestemming", "too_late": "het was te laat", "planned": "zij heeft dit plan al",
}  # fmt: skip
KINDS = {"broadcast": "van school", "plan": "haar plan", "tip": "tip", "reply": "antwoord", "appointment": "afspraak"}


class Moment(NamedTuple):
    """One message, in local time. `planned`: when it was laid for; `left_out`: it was never sent."""

    at: datetime
    what: str
    cls: str
    dutch: str
    hers: str
    language: str
    options: tuple[str, ...]
    planned: datetime | None
    reason: str
    left_out: bool
    answer: str


class Band(NamedTuple):
    """Days without school, as they are called."""

    first: date
    last: date
    name: str
    kind: str


class Month(NamedTuple):
    name: str
    year: int
    id: str
    left: float  # percent of the year
    width: float
    rows: Sequence[tuple[date, Moment | Band]]


def bands(free: Iterable[Free], first: date, last: date, catalogue: Catalogue) -> list[Band]:
    """What is free in these days, by its Dutch name."""
    words = catalogue.words("nl")

    def name(each: Free) -> str:
        key = f"vakantie.{each.name}"
        return words.say(key, {}) if catalogue.has(key) else each.name or each.kind

    return [
        Band(max(each.first, first), min(each.last, last), name(each), each.kind)
        for each in sorted(free)
        if each.first <= last and each.last >= first
    ]


def page(title: str, year: str, moments: Sequence[Moment], free: Sequence[Band], *, answers: bool) -> str:
    """One page that needs nothing else."""
    first, last = date(int(year[:4]), 8, 1), date(int(year[5:]), 7, 31)
    environment = Environment(
        loader=PackageLoader("bot.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {"day": _day, "clock": _clock, "span": _span, "moved": moved, "direction": direction}
    span = (last - first).days + 1

    def percent(day: date) -> float:
        return round(100 * (day - first).days / span, 3)

    asked_for = [each for each in moments if each.cls != "reply"]
    return environment.get_template("timeline.html").render(
        title=title, year=year, months=_months(first, last, moments, free, percent), percent=percent,
        strip=[(percent(each.first), percent(each.last + timedelta(days=1)), each) for each in free],
        marks=asked_for, kinds=KINDS, reasons=REASONS, answers=answers,
        sent=sum(not each.left_out for each in asked_for), left_out=sum(each.left_out for each in asked_for),
    )  # fmt: skip


def _months(
    first: date, last: date, moments: Sequence[Moment], free: Sequence[Band], percent: Callable[[date], float]
) -> list[Month]:
    found: list[Month] = []
    day = first
    while day <= last:
        after = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        rows: list[tuple[date, Moment | Band]] = [
            *((each.first, each) for each in free if day <= each.first < after),
            *((each.at.date(), each) for each in moments if day <= each.at.date() < after),
        ]
        rows.sort(key=lambda row: (row[0], isinstance(row[1], Moment), row[1].at if isinstance(row[1], Moment) else 0))
        name = MONTHS[day.month - 1]
        found.append(Month(name, day.year, f"{name}-{day.year}", percent(day), percent(after) - percent(day), rows))
        day = after
    return found


def _day(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def _span(band: Band) -> str:
    return _day(band.first) if band.first == band.last else f"{_day(band.first)} t/m {_day(band.last)}"


def moved(moment: Moment) -> str:
    """Why it came at another moment than it was laid for, or not at all; "" where it came in time."""
    why = REASONS.get(moment.reason, moment.reason)
    if moment.left_out:
        return f"niet verstuurd: {why}" if why else "niet verstuurd"
    if moment.planned and moment.at - moment.planned >= timedelta(minutes=5):
        then = f"later dan {_day(moment.planned.date())} {_clock(moment.planned)}"
        return f"{then}: {why}" if why else then
    return why
