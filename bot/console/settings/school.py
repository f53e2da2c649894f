"""What is set for the school and by whom it is changed; and what parents may ask about its groups."""

from collections.abc import Iterator
from datetime import time
from typing import NamedTuple

from bot.console.needs_school import CHANNELS
from bot.console.numbers import readable
from bot.console.settings import facts
from bot.console.visit import OFFICES, Answer, Page, Visit, get
from bot.people.letters import shown
from bot.store.database import Tx


class Set(NamedTuple):
    """Something that stands in the configuration. `missing`: it ought to be filled in."""

    name: str
    value: str
    missing: bool = False


def show(visit: Visit, tx: Tx) -> Answer:
    values = {"set": list(_set(visit)), "senders": list(_senders(visit)), "groups": facts.known(visit, tx)}
    return Page("instellingen_school.html", values)


def _set(visit: Visit) -> Iterator[Set]:
    say, school, quiet = visit.say, visit.school, visit.config.quiet(visit.who.school)
    yield _text(visit, "naam", school.name)
    yield _text(visit, "telefoon", readable(school.phone))
    yield _text(visit, "ziek", school.ill_before.replace(":", "."))
    yield _text(visit, "nood", readable(school.urgent_phone))
    office = say("school.van_tot", van=_hour(visit, school.office_from), tot=_hour(visit, school.office_until))
    yield _text(visit, "kantoor", office)
    walls = {"van": quiet.start, "tot": quiet.end, "zondag": quiet.sunday_until}
    hushed = say("school.stil_uren", **{name: _hour(visit, wall) for name, wall in walls.items()})
    yield _text(visit, "stil", hushed)
    yield _text(visit, "zone", school.timezone.rpartition("/")[2].replace("_", " "))
    yield _text(visit, "regio", say(f"school.regio.{school.region}"))
    yield _text(visit, "reizen", ", ".join(_journeys(visit)), needed=False)
    on_duty = [readable(each.value) for each in school.duty_addresses]
    yield _text(visit, "dienst", ", ".join(on_duty))


def _hour(visit: Visit, wall: time) -> str:
    return f"{wall.hour}.{wall:%M}" if visit.say.language == "nl" else f"{wall:%H:%M}"


def _journeys(visit: Visit) -> Iterator[str]:
    for name in visit.school.journeys:
        key = f"school.reis.{name}"
        yield visit.say(key) if visit.house.books.catalogue.has(f"console.{key}") else name


def _text(visit: Visit, name: str, value: str, *, needed: bool = True) -> Set:
    return Set(visit.say(f"school.{name}"), value or visit.say("school.leeg"), needed and not value)


def _senders(visit: Visit) -> Iterator[Set]:
    """From whom a parent sees the messages come: that is no secret."""
    for name, settings in visit.config.channels.items():
        yield Set(CHANNELS.get(name, name), shown(settings.sender))


DOORS = (get("/instellingen/school", show, OFFICES),)
