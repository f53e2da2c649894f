"""An evening, an open day or a coffee morning as somebody at school wants it, and what is wrong with it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

THEME, OPEN_DAY, COFFEE, OTHER = "thema", "open_dag", "koffie", "anders"
KINDS = (THEME, OPEN_DAY, COFFEE, OTHER)
THEMES = ("taal", "opvoeding", "media", "pesten", "puberteit")
NAME, PLACE, WORDS, SUMMARY, REASON = 60, 60, 160, 400, 120  # signs
SHORTEST, LONGEST = 15, 480  # minutes
MOST = 2000  # places
HOURS = (7, 22)  # between which it begins, on the clock of the school
FAR = timedelta(days=400)


class Plan(NamedTuple):
    """What the form or the file says. Without groups it is for the whole school. `words`: of a gathering of kind
    `anders`, what parents read of it. `key`: the form it came from; the same key is the same gathering."""

    school: str
    kind: str
    name: str
    place: str
    starts_at: datetime
    minutes: int
    invites_at: datetime
    closes_at: datetime
    key: str
    theme: str = ""
    groups: Sequence[int] = ()
    places: int | None = None
    childcare: bool = False
    interpreters: bool = False
    words: str = ""


class Problem(NamedTuple):
    """A field and what is wrong with it: a word of FAULTS."""

    field: str
    code: str


FAULTS: Mapping[str, str] = {
    "kind": "the kind is one of: thema, open_dag, koffie, anders",
    "theme": "an evening on a theme has one of: taal, opvoeding, media, pesten, puberteit",
    "name": f"a name has 1 to {NAME} signs",
    "place": f"where it is has 1 to {PLACE} signs",
    "words": f"say in your own words what parents come for, in at most {WORDS} signs",
    "past": "it begins at a moment that is past",
    "far": "it is more than a year ahead",
    "hour": f"it begins between {HOURS[0]}:00 and {HOURS[1]}:00",
    "minutes": f"it takes {SHORTEST} to {LONGEST} minutes",
    "places": f"there are 1 to {MOST} places, or no limit",
    "closes": "parents sign up until a moment before it begins",
    "invites": "invitations go before parents can no longer sign up",
    "groups": "a group is not one of this school year",
}


def faults(plan: Plan, groups: Sequence[int], zone: ZoneInfo, now: datetime) -> list[Problem]:
    """Everything that is wrong with it at once. `groups`: those of this school year."""
    return [Problem(field, code) for field, code in (*_what(plan, groups), *_when(plan, zone, now))]


def _what(plan: Plan, groups: Sequence[int]) -> Iterator[tuple[str, str]]:
    if plan.kind not in KINDS:
        yield "kind", "kind"
    if plan.kind == THEME and plan.theme not in THEMES:
        yield "theme", "theme"
    if not 0 < len(plan.name) <= NAME:
        yield "name", "name"
    if not 0 < len(plan.place) <= PLACE:
        yield "place", "place"
    if plan.kind == OTHER and not 0 < len(plan.words) <= WORDS:
        yield "words", "words"
    if plan.places is not None and not 0 < plan.places <= MOST:
        yield "places", "places"
    if set(plan.groups) - set(groups):
        yield "groups", "groups"


def _when(plan: Plan, zone: ZoneInfo, now: datetime) -> Iterator[tuple[str, str]]:
    if not SHORTEST <= plan.minutes <= LONGEST:
        yield "minutes", "minutes"
    if code := of_moment(plan.starts_at, zone, now):
        yield "starts_at", code
    elif not now < plan.closes_at <= plan.starts_at:
        yield "closes_at", "closes"
    elif plan.invites_at >= plan.closes_at:
        yield "invites_at", "invites"


def of_moment(starts_at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """What is wrong with this moment: a word of FAULTS, "" where it is right."""
    if starts_at <= now:
        return "past"
    if starts_at > now + FAR:
        return "far"
    return "" if HOURS[0] <= starts_at.astimezone(zone).hour < HOURS[1] else "hour"
