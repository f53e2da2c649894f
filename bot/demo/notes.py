"""The line under a phone: what the bot did last for this address, what it holds back and why. In Dutch."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from bot.demo.clock import soon
from bot.demo.school import TEACHER, ZONE
from bot.model import Address
from bot.store import tables as t
from bot.store.database import Tx

# Why a message waits, and why it will not come.
_WAITS = {
    "quiet_hours": "uitgesteld tot {at}: stille uren",
    "budget": "uitgesteld tot {at}: deze week al genoeg berichten",
    "apart": "gaat om {at} weg: niet te kort na het vorige",
    "throttled": "nieuwe poging om {at}: het kanaal vroeg geduld",
    "unsent": "nieuwe poging om {at}: het kanaal was niet bereikbaar",
    "not_arrived": "nieuwe poging om {at}: het kwam de vorige keer niet aan",
}
_REFUSED = {
    "too_late": "niet verstuurd: het was te laat om nog nuttig te zijn",
    "no_consent": "niet verstuurd: hiervoor is geen toestemming",
    "no_address": "niet verstuurd: er is geen nummer waar het heen mag",
    "no_channel": "niet verstuurd: dit kanaal staat uit",
    "window": "niet verstuurd: WhatsApp laat na 24 uur alleen vaste teksten toe",
    "blocked": "niet verstuurd: dit nummer heeft de school geblokkeerd",
    "stop": "niet verstuurd: zij heeft STOP gezegd",
    "budget": "niet verstuurd: deze week waren er al genoeg berichten",
    "paused": "niet verstuurd: er is pauze",
    "merged": "staat in het volgende bericht",
}
_DONE = {"sent": "verstuurd om {at}", "delivered": "bezorgd om {at}", "read": "gelezen om {at}"}
# Why her own reminder was left out the last time.
_SKIPPED = {
    "vakantie": "herinnering overgeslagen: vakantie",
    "paused": "herinnering niet gestuurd: pauze",
    "too_late": "herinnering niet gestuurd: het was te laat",
    "no_consent": "herinnering niet gestuurd: geen toestemming",
}
_HELP = {True: "nood: de dienst is gebeld", False: "nood: de dienst heeft het overgenomen"}
_AT_ONCE = timedelta(minutes=1)
_OPEN = ("queued", "sending")


def notes(tx: Tx, addresses: Iterable[Address], now: datetime) -> dict[Address, str]:
    """The lines of many phones, with a handful of statements."""
    by_find = {tx.find(str(address)): address for address in addresses}
    columns = t.address.c.find, t.address.c.id, t.address.c.contact_id
    known = tx.execute(select(*columns).where(t.address.c.find.in_(by_find))).all()
    contacts = {row.contact_id for row in known}
    letters, talks, skipped = _letters(tx, contacts), _talks(tx, contacts), _skipped(tx, contacts)
    lines = {}
    for row in known:
        mine = [each for each in letters if each.contact_id == row.contact_id and each.address_id in (row.id, None)]
        parts = [_said(mine, now), *talks.get(row.contact_id, ()), *skipped.get(row.contact_id, ())]
        lines[by_find[row.find]] = " · ".join(filter(None, parts))
    return lines


def _letters(tx: Tx, contacts: "set[int]") -> Sequence[Row[Any]]:
    """What waits for these contacts or is under way, and the last that was settled for each of their addresses."""
    last = select(func.max(t.outbox.c.id)).group_by(t.outbox.c.contact_id, t.outbox.c.address_id)
    return tx.execute(
        select(t.outbox)
        .where(t.outbox.c.contact_id.in_(contacts))
        .where(or_(t.outbox.c.status.in_(_OPEN), t.outbox.c.id.in_(last.where(t.outbox.c.contact_id.in_(contacts)))))
        .order_by(t.outbox.c.due_at, t.outbox.c.id)
    ).all()


def _talks(tx: Tx, contacts: "set[int]") -> dict[int, dict[str, None]]:
    """For whom these contacts wait: the teacher, or in danger the people on duty."""
    th, al = t.thread.c, t.alarm.c
    ringing = select(al.id).where(al.thread_id == th.id, al.state == "open").exists()
    waiting = th.contact_id.in_(contacts), th.state == "open"
    found: dict[int, dict[str, None]] = {}
    for row in tx.execute(select(t.thread, ringing.label("ringing")).where(*waiting).order_by(th.kind, th.id)):
        line = _HELP[row.ringing] if row.kind == "gevaar" else f"wacht op {TEACHER}"
        found.setdefault(row.contact_id, {})[line] = None
    return found


def _skipped(tx: Tx, contacts: "set[int]") -> dict[int, dict[str, None]]:
    """Why their own reminders were left out the last time."""
    plan = t.followup.c
    found: dict[int, dict[str, None]] = {}
    left_out = plan.contact_id.in_(contacts), plan.kind == "plan", plan.reason.in_(_SKIPPED)
    for row in tx.execute(select(plan.contact_id, plan.reason).where(*left_out, plan.state == "waiting")):
        found.setdefault(row.contact_id, {})[_SKIPPED[row.reason]] = None
    return found


def _said(letters: Sequence[Row[Any]], now: datetime) -> str:
    """What is held back comes first, then what is under way, then what came of the last message."""
    for each in letters:
        if each.status == "queued" and each.due_at - now > _AT_ONCE:
            return _WAITS.get(each.reason or "", "gaat om {at} weg").format(at=soon(each.due_at, now, ZONE))
    if any(each.status == "sending" and each.reason == "in_doubt" for each in letters):
        return "misschien niet aangekomen; dat wordt nagevraagd"
    last = max(letters, key=lambda each: each.id, default=None)
    if last is None or last.status in _OPEN:
        return "" if last is None else "onderweg"
    if last.status in _DONE:
        return _DONE[last.status].format(
            at=soon((last.settled_at if last.status == "read" else last.left_at) or now, now, ZONE)
        )
    if last.status == "unknown":
        return "misschien niet aangekomen; de school ziet dit staan"
    return _REFUSED.get(last.reason or "", "niet aangekomen: het kanaal weigerde dit bericht")
