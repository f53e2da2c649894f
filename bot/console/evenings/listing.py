"""All evenings and open days that she may see: what is still to come first."""

from typing import NamedTuple

from bot.console import reach
from bot.console.evenings import sheet
from bot.console.visit import CLASS, Answer, Page, Visit, get
from bot.gatherings import gatherings, guests
from bot.gatherings.gatherings import Gathering
from bot.store.database import Tx

_MOST = 60


class Line(NamedTuple):
    """One of the list."""

    id: int
    name: str
    moment: str
    place: str
    coming: str
    state: str


def show(visit: Visit, tx: Tx) -> Answer:
    found = [
        each for each in gatherings.listed(tx, visit.who.school) if reach.may_see(tx, visit.who, "gathering", each.id)
    ][:_MOST]
    ahead = [each for each in reversed(found) if each.ends_at > visit.now and each.state != gatherings.STOPPED]
    past = [each for each in found if each not in ahead]
    values = {
        "ahead": [_line(visit, tx, each) for each in ahead], "past": [_line(visit, tx, each) for each in past],
        "begun": sheet.kept(visit, tx) is not None, "room": "afspraken",
    }  # fmt: skip
    return Page("avonden.html", values)


def _line(visit: Visit, tx: Tx, each: Gathering) -> Line:
    count = guests.counted(guests.listed(tx, each.id))
    moment = visit.say.moment(each.starts_at, visit.now, visit.school.zone)
    coming = visit.say("avonden.mensen", aantal=count.people) if count.people else ""
    return Line(each.id, each.name, moment, each.place, coming, each.state)


DOORS = (get("/avonden", show, CLASS),)
