"""What people decide about a broadcast: made, agreed to, taken back in time, stopped half-way. `begin` lets it go."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, literal, or_, select, update

from bot.broadcast import attachments, halt, progress
from bot.broadcast.audience import Audience
from bot.broadcast.content import Content
from bot.store.database import Tx
from bot.store.tables import Moment, broadcast, staff
from bot.store.upsert import insert_new

HOLD = timedelta(seconds=120)  # so long it can be taken back before anybody has got it
URGENT = "urgent"
NOT_BEGUN = ("taken_back", "refused", "late", "dropped")  # states in which it ends, and nobody gets it


class Plan(NamedTuple):
    """A broadcast as somebody has confirmed it. `key`: the form it came from; `until`: after that it is of no use.

    `about_id`: the broadcast of which it reminds, or whose outcome it tells; `asks`: a second person has to agree.
    """

    audience: Audience
    content: Content
    cls: str  # broadcast or urgent
    staff_id: int
    key: str
    due_at: datetime
    until: datetime
    reason: str = ""  # of an urgent one: why
    about_id: int | None = None
    asks: bool = False


def make(tx: Tx, plan: Plan, now: datetime) -> int:
    """Plan it, once for each key: the same form again gives the same id. Only an urgent one goes without a wait."""
    school, content = plan.audience.school, plan.content
    due_at = plan.due_at if plan.cls == URGENT else max(plan.due_at, now + HOLD)
    row = {
        "school": school, "staff_id": plan.staff_id, "kind": content.kind, "what": content.what,
        "content": tx.seal("broadcast.content", content.dump()), "audience": plan.audience.dump(), "cls": plan.cls,
        "reason": tx.seal("broadcast.reason", plan.reason) if plan.reason else None,
        "state": "asked" if plan.asks else "planned", "key": plan.key, "made_at": now, "due_at": due_at,
        "until_at": plan.until, "about_id": plan.about_id, "families": 0, "people": 0,
    }  # fmt: skip
    tx.execute(insert_new(tx, broadcast), row)
    if content.file_id:
        attachments.lives_from(tx, content.file_id, due_at)
    same = broadcast.c.school == school, broadcast.c.key == plan.key
    return int(tx.execute(select(broadcast.c.id).where(*same)).scalar_one())


# --- before it begins: each compares the state and sets it, so that of two who are at it one wins
def of_another(staff_id: int) -> ColumnElement[bool]:
    """Whether somebody else wrote it: she may have a row as a coach and one in an office, but one phone."""
    phone = select(staff.c.contact_id).where(staff.c.id == staff_id).scalar_subquery()
    herself = select(staff.c.id).where(or_(staff.c.id == staff_id, staff.c.contact_id == phone))
    return broadcast.c.staff_id.not_in(herself)


def agree(tx: Tx, broadcast_id: int, staff_id: int, now: datetime) -> bool:
    """The second person agrees; False where nobody asks any more, it has become useless, or the author is the same."""
    first = now + HOLD
    due_at = case(
        (broadcast.c.cls == URGENT, literal(now, Moment)),  # her yes is the confirmation: nobody waits for it
        (broadcast.c.due_at > first, broadcast.c.due_at),
        else_=literal(first, Moment),
    )
    still = of_another(staff_id), broadcast.c.until_at > first
    agreed = {"state": "planned", "approved_by": staff_id, "due_at": due_at}
    return _settle(tx, broadcast_id, ("asked",), agreed, *still)


def refuse(tx: Tx, broadcast_id: int, staff_id: int, now: datetime) -> bool:
    """The second person does not agree."""
    refused = {"state": "refused", "approved_by": staff_id, "settled_at": now}
    return _settle(tx, broadcast_id, ("asked",), refused, of_another(staff_id))


def take_back(tx: Tx, broadcast_id: int, now: datetime) -> bool:
    """It does not go; False where it has begun: then it can only be stopped half-way."""
    return _settle(tx, broadcast_id, ("asked", "planned"), {"state": "taken_back", "settled_at": now})


def send_now(tx: Tx, broadcast_id: int, now: datetime) -> bool:
    """What was planned for later goes as soon as it may; False where it goes sooner already."""
    at = now + HOLD
    return _settle(tx, broadcast_id, ("planned",), {"due_at": at}, broadcast.c.due_at > at)


def _settle(
    tx: Tx, broadcast_id: int, before: Iterable[str], values: dict[str, object], *more: ColumnElement[bool]
) -> bool:
    still = broadcast.c.id == broadcast_id, broadcast.c.state.in_([*before])
    return bool(tx.execute(update(broadcast).where(*still, *more).values(values)).rowcount)


# --- half-way
def stop(tx: Tx, broadcast_id: int, now: datetime) -> list[int]:
    """Nothing more of it leaves; what is on its way to a phone is gone. Returns the contacts who have not got it.

    Where it has not begun, or was stopped before, nothing changes.
    """
    if _settle(tx, broadcast_id, ("starting", "going"), {"state": "stopped", "settled_at": now}):
        halt.cancel(tx, broadcast_id, now)
    return progress.not_reached(tx, broadcast_id)
