"""What is undone where a broadcast is stopped half-way: all of it that has not left, and only it."""

from datetime import datetime

from sqlalchemy import bindparam, literal_column, select, update

from bot.inbox.put import CHANNEL
from bot.outbox.halted import REASON
from bot.people import unsaid
from bot.people.contacts import slices
from bot.store.database import Tx
from bot.store.tables import broadcast_to, inbox, outbox

_o = outbox.c
_GONE = {"status": "cancelled", "reason": REASON, "lane": "", "lane_at": None}
_OF_IT = select(*unsaid.COLUMNS).where(_o.broadcast_id == bindparam("it"))
_WAITING = _OF_IT.where(_o.status == literal_column("'queued'"), _o.piece == 0).order_by(_o.id).with_for_update()
_MERGED = _OF_IT.where(_o.reason == "merged", _o.merged_into.is_not(None)).order_by(_o.id)


def note_key(broadcast_id: int, contact_id: int) -> str:
    """The key of the note by which somebody is asked the question of a broadcast."""
    return f"broadcast:{broadcast_id}:{contact_id}"


def cancel(tx: Tx, broadcast_id: int, now: datetime) -> None:
    """Take back what waits: first the notes that nobody has read, then what came of the others."""
    _unread(tx, broadcast_id, now)
    rows = tx.execute(_WAITING, {"it": broadcast_id}).all()
    for some in slices(rows):
        ids = [row.id for row in some]
        tx.execute(update(outbox).where(_o.id.in_(ids)).values(**_GONE, settled_at=now))
        unsaid.leave(tx, some, REASON, now)
    for row in tx.execute(_MERGED, {"it": broadcast_id}).all():
        if unsaid.take_out(tx, row) is not None:
            tx.execute(update(outbox).where(_o.id == row.id).values(**_GONE, settled_at=now, merged_into=None))


def _unread(tx: Tx, broadcast_id: int, now: datetime) -> None:
    """Questions that nobody has been asked yet are not asked any more."""
    people = tx.execute(select(broadcast_to.c.contact_id).where(broadcast_to.c.broadcast_id == broadcast_id)).scalars()
    for some in slices(people.all()):
        keys = [note_key(broadcast_id, each) for each in some]
        waits = inbox.c.channel == CHANNEL, inbox.c.provider_id.in_(keys), inbox.c.state == "waiting"
        tx.execute(update(inbox).where(*waits).values(state="done", handled_at=now))
