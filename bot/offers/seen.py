"""What somebody at a school heard of the owner of an offer: it still holds, it is full, it has stopped, a new end."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, select

from bot.offers.shelf import Seen
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

_s = t.offer_seen.c


def of(tx: Tx, school: str) -> Mapping[str, Seen]:
    """Every offer that somebody of this school has asked about."""
    rows = tx.execute(select(_s.offer, _s.seen_on, _s.state, _s.until_on).where(_s.school == school))
    return {
        row.offer: Seen(
            date.fromisoformat(row.seen_on), row.state, date.fromisoformat(row.until_on) if row.until_on else None
        )
        for row in rows
    }


def note(tx: Tx, school: str, offer: str, seen: Seen, staff_id: int | None) -> None:
    """The newest word of the owner counts."""
    tx.execute(delete(t.offer_seen).where(_s.school == school, _s.offer == offer))
    row = {
        "school": school, "offer": offer, "seen_on": seen.on.isoformat(), "state": seen.state,
        "until_on": seen.until.isoformat() if seen.until else None, "staff_id": staff_id,
    }  # fmt: skip
    tx.execute(insert_new(tx, t.offer_seen), row)
