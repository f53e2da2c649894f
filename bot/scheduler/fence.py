"""The fence after a restore: nothing of the past is sent again, and what is not certain waits for a person."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, delete, func, select, true, update

from bot.inbox.put import CHANNEL
from bot.scheduler import followups
from bot.store import settings
from bot.store.database import Tx
from bot.store.tables import alarm, broadcast, chore, inbox, outbox, setting, sign_in, thread

RESTORED = "restored"  # why a row is as it is
AT = "restored_at"  # the setting that remembers when


class Fenced(NamedTuple):
    """What the fence did, and what waits for a person now."""

    unsent: int  # messages that may or may not have gone out
    letters: int  # what parents wrote that was not read yet; it may have been answered
    notes: int  # events of the house that were not read yet
    timers: int  # nudges and next questions that fell due in the meantime
    plans: int  # parents' own reminders, moved on to their next week
    threads: int
    alarms: int


def put_up(tx: Tx, now: datetime) -> Fenced:
    """Whatever may have happened between the backup and now does not happen a second time."""
    unread = inbox.c.state == "waiting"
    notes = _count(tx, unread & (inbox.c.channel == CHANNEL))
    letters = _count(tx, unread) - notes
    tx.execute(update(inbox).where(unread).values(state="failed", error=RESTORED, handled_at=now))
    unsent = tx.execute(
        update(outbox)
        .where(outbox.c.status.in_(("queued", "sending")))
        .values(status="unknown", reason=RESTORED, settled_at=now, token=None, lease_until=None, lane="", lane_at=None)
    ).rowcount
    _number_anew(tx, now)
    _call_off(tx, now)
    timers, plans = followups.pass_over(tx, now)
    tx.execute(delete(chore))
    # Who signed out, or left, after the backup is not signed in again by it.
    tx.execute(update(sign_in).where(sign_in.c.ended_at.is_(None)).values(ended_at=now))
    settings.put_moment(tx, AT, now)
    # What came in before now was read by the bot that ran until now.
    tx.execute(update(setting).where(setting.c.name.like("swept.%")).values(value=now.isoformat()))
    open_threads, open_alarms = _count(tx, thread.c.state == "open"), _count(tx, alarm.c.state == "open")
    return Fenced(unsent, letters, notes, timers, plans, open_threads, open_alarms)


def _call_off(tx: Tx, now: datetime) -> None:
    """A broadcast that had begun, or may have since: nothing more of it leaves, and its author sees so."""
    b = broadcast.c
    begun = (b.state == "starting") | ((b.state == "planned") & (b.due_at <= now))
    over = case((b.state == "starting", "stopped"), else_="late")
    tx.execute(update(broadcast).where(begun).values(state=over, settled_at=now))


def _number_anew(tx: Tx, now: datetime) -> None:
    """The next message is numbered by this moment in milliseconds: higher than any that left before it.

    Our numbers are known outside: in receipts that come late, and on the buttons on parents' phones. One that the
    lost bot gave out after the backup must not mean another message now.
    """
    number = int(now.timestamp() * 1000)
    if tx.postgres:
        tx.execute(select(func.setval(func.pg_get_serial_sequence("outbox", "id"), number)))
        return
    # SQLite counts on from the highest row that there is: one that is settled and asks nothing moves up there.
    settled = outbox.c.status.not_in(("unknown",)) & outbox.c.step.is_(None)
    for condition in (settled, true()):
        newest = tx.execute(select(func.max(outbox.c.id)).where(condition)).scalar()
        if newest is not None:
            tx.execute(update(outbox).where(outbox.c.id == newest).values(id=number))
            return


def _count(tx: Tx, condition: object) -> int:
    return int(tx.execute(select(func.count()).where(condition)).scalar_one())  # type: ignore[arg-type]
