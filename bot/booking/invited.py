"""Who may book in a round, for which child, and how far she is."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Update, bindparam, exists, select, update

from bot.booking.propose import Wish
from bot.store.database import Tx
from bot.store.tables import guardian, invitee, talk_round

WAITING, ASKED, OFFERED, BOOKED, LISTED, CALL, SUMMARY, AWAY, SHUT = (
    "waiting", "asked", "offered", "booked", "list", "call", "summary", "away", "shut",
)  # fmt: skip
TOGETHER, APART, OTHER = "samen", "apart", "ander"  # how she wants it, where a child has two households
NO_INTERPRETER = "nee"
_other, _tie = invitee.alias(), guardian.alias()  # made once: each costs as much as a statement


def unbarred(contact: ColumnElement[int], child: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether school may speak to her about this child."""
    b = _tie.c
    return exists().where(b.contact_id == contact, b.child_id == child, b.barred_at.is_(None))


def _is_shared() -> ColumnElement[bool]:
    """Whether another parent may book for this child too."""
    o, i = _other.c, invitee.c
    same = o.round_id == i.round_id, o.child_id == i.child_id, o.contact_id != i.contact_id
    return exists().where(*same, o.state != SHUT, unbarred(o.contact_id, o.child_id))


_COLUMNS = select(
    *invitee.c["id", "round_id", "contact_id", "child_id", "school", "staff_id", "state", "how", "wish", "interpreter"],
    _is_shared().label("shared"),
)
_HERS = _COLUMNS.where(invitee.c.round_id == bindparam("number"), invitee.c.contact_id == bindparam("who"))
_HERS = _HERS.order_by(invitee.c.id)


class Invited(NamedTuple):
    """A parent who may book for a child. `interpreter`: "" not asked yet, `nee`, or a language. `shared`: whether
    another parent may book for it too."""

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
    shared: bool = False


def of(tx: Tx, round_id: int, contact_id: int) -> list[Invited]:
    """Her children in this round, each once, in the order in which they came in."""
    hers = {"number": round_id, "who": contact_id}
    look = ("invited", round_id, contact_id), [invitee, guardian]
    return [*tx.once(*look, lambda: [_invited(row) for row in tx.execute(_HERS, hers)])]


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
    new = {f"new_{name}": value for name, value in values.items()}
    tx.execute(_change(tuple(values)), {"ids": list(ids), "new_changed_at": now, **new})


@cache
def _change(names: tuple[str, ...]) -> Update:
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("changed_at", *names)}
    return update(invitee).where(invitee.c.id.in_(bindparam("ids", expanding=True))).values(new)


def _invited(row: Row[Any]) -> Invited:
    return Invited._make(row)._replace(wish=Wish.unpack(row.wish))
