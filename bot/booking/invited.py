"""Who may book in a round, for which child, and how far she is."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select, update

from bot.booking.propose import Wish
from bot.store.database import Tx
from bot.store.tables import invitee, talk_round

WAITING, ASKED, OFFERED, BOOKED, LISTED, CALL, SUMMARY, AWAY, SHUT = (
    "waiting", "asked", "offered", "booked", "list", "call", "summary", "away", "shut",
)  # fmt: skip
TOGETHER, APART, OTHER = "samen", "apart", "ander"  # how she wants it, where a child has two households
NO_INTERPRETER = "nee"
_COLUMNS = select(
    *invitee.c["id", "round_id", "contact_id", "child_id", "school", "staff_id", "state", "how", "wish", "interpreter"]
)


class Invited(NamedTuple):
    """A parent who may book for a child. `interpreter`: "" not asked yet, `nee`, or a language."""

    id: int
    round_id: int
    contact_id: int
    child_id: int
    school: str
    staff_id: int | None
    state: str = WAITING
    how: str = ""
    wish: Wish = Wish()
    interpreter: str = ""


def of(tx: Tx, round_id: int, contact_id: int) -> list[Invited]:
    """Her children in this round, each once, in the order in which they came in."""
    i = invitee.c
    hers = _COLUMNS.where(i.round_id == round_id, i.contact_id == contact_id)
    return [_invited(row) for row in tx.execute(hers.order_by(i.id))]


def open_for(tx: Tx, contact_id: int, now: datetime) -> list[Invited]:
    """All that she may book, move or cancel herself now, the round that closes first before the others."""
    i, r = invitee.c, talk_round.c
    going = r.state == "open", r.closes_at > now, i.state.not_in((WAITING, SHUT))
    hers = _COLUMNS.join(talk_round, r.id == i.round_id).where(i.contact_id == contact_id, *going)
    return [_invited(row) for row in tx.execute(hers.order_by(r.closes_at, i.round_id, i.id))]


def change(tx: Tx, ids: Collection[int], now: datetime, **values: Any) -> None:
    """`state`, `how`, `wish` (a Wish) or `interpreter` of these are that from now on."""
    if "wish" in values:
        values["wish"] = values["wish"].pack()
    tx.execute(update(invitee).where(invitee.c.id.in_(ids)).values(changed_at=now, **values))


def _invited(row: Row[Any]) -> Invited:
    return Invited._make(row)._replace(wish=Wish.unpack(row.wish))
