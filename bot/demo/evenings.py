"""What there is to come to at De Brug: an evening about media with childcare and an interpreter, and an open day."""

from datetime import datetime, time, timedelta

from bot.config import Config
from bot.demo.school import SCHOOL, ZONE
from bot.gatherings import gatherings, posters
from bot.gatherings.plan import OPEN_DAY, THEME, Plan
from bot.hours import at
from bot.people import staff
from bot.store.database import Tx

EVENING, DAY = "Telefoon en spelletjes thuis", "Open dag"
_ASKS_IN, _IN_DAYS, _OPEN_IN = 8, 16, 23  # days: a visitor's first week is full enough
OFFICE = "wil"  # who makes them
GROUP = "groep 5"  # whose parents are asked: the others have a round of talks


def prepare(tx: Tx, config: Config, now: datetime) -> None:
    """Once; the clock may be moved far beyond it."""
    if gatherings.listed(tx, SCHOOL):
        return
    today = now.astimezone(ZONE).date()
    office = staff.by_key(tx, SCHOOL, OFFICE).id
    groups = tuple(number for number, name in gatherings.groups_of(tx, config, SCHOOL, now).items() if name == GROUP)
    evening = at(today + timedelta(days=_IN_DAYS), time(19, 30), ZONE)
    asks = at(today + timedelta(days=_ASKS_IN), time(16), ZONE)
    plan = Plan(
        SCHOOL, THEME, EVENING, "de aula", evening, 90, asks, evening - timedelta(days=1), "demo:avond", "media",
        groups, 12, childcare=True, interpreters=True,
    )  # fmt: skip
    gatherings.make(tx, config, plan, office, now)
    open_day = at(today + timedelta(days=_OPEN_IN), time(9), ZONE)
    plan = Plan(
        SCHOOL, OPEN_DAY, DAY, "de hal", open_day, 120, now, open_day - timedelta(hours=12), "demo:open", places=30
    )
    number = gatherings.make(tx, config, plan, office, now)
    posters.make(tx, gatherings.known(tx, number, SCHOOL), now)
