"""Two parents of De Brug who want to be called about what a partner offers: one waits, one was passed on last week."""

from datetime import datetime, time, timedelta

from sqlalchemy import exists, select

from bot.demo.school import SCHOOL, ZONE
from bot.hours import at
from bot.offers import referrals
from bot.offers.referrals import OPEN, PASSED
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx

WAITS, PASSED_ON = ("Hodan Warsame", "taalcafe"), ("Marieke van Dijk", "zwemles")
_DAY = timedelta(days=1)


def prepare(tx: Tx, now: datetime) -> None:
    """Once. Tomorrow afternoon the one is asked whether somebody has called."""
    if tx.execute(select(exists().where(t.referral.c.school == SCHOOL))).scalar():
        return
    g = t.guardian.c
    rows = tx.execute(select(g.contact_id, g.name).where(g.school == SCHOOL)).all()
    contacts = {tx.open("guardian.name", row.name): row.contact_id for row in rows}
    check_at = at((now.astimezone(ZONE) + _DAY).date(), time(16), ZONE)
    passed_at = check_at - referrals.WEEK
    for (parent, offer), asked_at in ((WAITS, now - _DAY), (PASSED_ON, passed_at - _DAY)):
        referrals.ask(tx, contacts[parent], SCHOOL, offer, asked_at)
    coach = staff.by_key(tx, SCHOOL, "fenna").id
    [number] = [each.id for each in referrals.going(tx, [SCHOOL]) if each.contact_id == contacts[PASSED_ON[0]]]
    referrals.move(tx, number, [OPEN], PASSED, coach, passed_at)
