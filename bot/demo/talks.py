"""The round of talks that is open at De Brug: two teachers, an evening, and an interpreter for Arabic."""

from datetime import datetime, time

from bot.booking import interpreters, rounds
from bot.booking.plan import Plan
from bot.booking.slots import Hours
from bot.config import Config
from bot.demo.school import SCHOOL, ZONE
from bot.hours import at
from bot.people import staff
from bot.store.database import Tx

NAME, GROUPS = "Rapportgesprekken", ("groep 4", "groep 5")
INTERPRETER, PHONE = "Nadia Karimi", "+31612000196"
AFTERNOON, EVENING = (time(15), time(17)), (time(18, 30), time(20, 30))
# Who talks on which of the school days from tomorrow on, and when: one evening, so that who works can come too.
TALKS = (
    ("janneke", 2, AFTERNOON), ("janneke", 3, EVENING), ("janneke", 4, AFTERNOON),
    ("bas", 2, AFTERNOON), ("bas", 3, EVENING),
)  # fmt: skip
ROOMS = {"janneke": "lokaal 4", "bas": "lokaal 5"}
LAST = 4  # the day on which the round closes


def prepare(tx: Tx, config: Config, now: datetime) -> None:
    """Open the round, once; the clock may be moved far beyond it."""
    if rounds.listed(tx, SCHOOL):
        return
    known = rounds.facts(tx, config, SCHOOL, now)
    today = now.astimezone(ZONE).date()
    days = {number: known.days.school_day_after(today, number) for number in range(1, LAST + 1)}
    hours = [
        Hours(staff.by_key(tx, SCHOOL, key).id, days[number], *walls, place=ROOMS[key]) for key, number, walls in TALKS
    ]
    groups = tuple(number for number, name in known.groups.items() if name in GROUPS)
    closes = at(days[LAST], time(12), ZONE)
    plan = Plan(SCHOOL, NAME, groups, tuple(hours), 15, now, closes, kind="rapport", per="household", key="demo")
    rounds.make(tx, config, plan, None, now)
    number = interpreters.add(tx, SCHOOL, INTERPRETER, ["ar"], now, phone=PHONE, modes=["phone", "site"], cost=4500)
    for day in (days[2], days[3]):
        interpreters.hours(tx, number, day, [(time(15), time(20, 30))])
