"""What parents decide at De Brug: a round about a day out, which begins in the second week."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from bot.council import ballots
from bot.council.ballots import DECISION, Plan
from bot.demo.school import SCHOOL, ZONE
from bot.hours import at
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx

_TITLE, _WORDS = "een dag uit in juni", "Waar gaan wij heen op onze dag uit in juni?"
_CHOICES = ("Het bos", "Het museum", "Het strand")
_FROM, _UNTIL = 9, 18  # days from today: the first week is full enough
OFFICE = "wil"  # in whose name parents are asked


def prepare(tx: Tx, now: datetime) -> None:
    """Once. In the second week parents are asked, after school; the clock may be moved there."""
    if tx.execute(select(t.ballot.c.id).limit(1)).first():
        return
    today = now.astimezone(ZONE).date()
    opens_at = at(today + timedelta(days=_FROM), time(16), ZONE)
    closes_at = at(today + timedelta(days=_UNTIL), time(20), ZONE)
    by = staff.by_key(tx, SCHOOL, OFFICE).id
    plan = Plan(SCHOOL, DECISION, _TITLE, _WORDS, _CHOICES, 1, None, opens_at, closes_at, by, "demo:dag-uit")
    ballots.make(tx, plan, now)
