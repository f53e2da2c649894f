"""How a parent is asked to book: one note for all her children in a round, and whom a note can reach at all."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select

from bot.booking.rounds import Round
from bot.config import Config
from bot.inbox.put import Note
from bot.model import Value
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx

FLOW = "boeken"
NEVER = datetime(3000, 1, 1, tzinfo=UTC)  # when somebody is asked whom nothing can reach; see `reachable`


def scope(round_id: int) -> str:
    """What is said about a round, up to which it can be taken back."""
    return f"round:{round_id}:"


def note(round_: Round, contact_id: int, key: str, **fields: Value) -> Note:
    """She is asked to book. `fields`: what the flow has to say of it, such as `niet_op`, the day of a talk that is
    off."""
    fields["ronde"] = Value("number", str(round_.id))
    payload = {
        "flow": FLOW, "school": round_.school, "child": None, "scope": scope(round_.id),
        "fields": {name: list(value) for name, value in fields.items()}, "until": round_.closes_at.isoformat(),
    }  # fmt: skip
    return Note(contact_id, "start", f"{scope(round_.id)}{contact_id}:{key}", payload)


def reachable(tx: Tx, config: Config, school: str, contact_ids: Collection[int]) -> set[int]:
    """Those whom the school can write to: an address that is not shut, on a channel that is there, and her yes."""
    a, c = t.address.c, t.consent.c
    yes = (c.contact_id == a.contact_id) & (c.channel == a.channel) & c.withdrawn_at.is_(None)
    here = c.school == school, c.purpose == "school", a.blocked_at.is_(None), a.channel.in_(config.channels)
    found: set[int] = set()
    for some in slices(sorted(contact_ids)):
        rows = select(a.contact_id).join(t.consent, yes).where(*here, a.contact_id.in_(some))
        found.update(tx.execute(rows).scalars())
    return found
