"""How a parent is asked to book: one note for all her children in a round, and whom a note can reach at all."""

from datetime import UTC, datetime

from bot.booking.rounds import Round
from bot.inbox.put import Note
from bot.model import Value

FLOW = "boeken"
NEVER = datetime(3000, 1, 1, tzinfo=UTC)  # when somebody is asked whom nothing can reach; see `consent.reachable`


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
