"""What is said about a gathering, and until when it is of use: each a note that begins a conversation at the desk."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from bot.gatherings.gatherings import Gathering
from bot.inbox.put import Note
from bot.model import Value
from bot.outbox import queue
from bot.store.database import Tx

INVITE = {"koffie": "koffie", "anders": "koffie"}  # by its kind, where it is not about bringing up children
PLACE, DAY, NEWS, AFTER = "thema_plek", "thema_dag", "thema_nieuws", "thema_na"
WHICH = "avond"  # the answer that is the number of the gathering
_READ = timedelta(days=7)  # so long after it a summary is worth reading


def scope(gathering_id: int) -> str:
    """What is said about it, up to which it can be taken back."""
    return f"gathering:{gathering_id}:"


def invitation(gathering: Gathering, contact_id: int) -> Note:
    """She is asked to come."""
    flow = INVITE.get(gathering.kind, "thema")
    return _note(gathering, flow, contact_id, "vraag", gathering.closes_at)


def place(gathering: Gathering, contact_id: int, hold_until: datetime) -> Note:
    """A place came free, and for a while it is hers."""
    return _note(gathering, PLACE, contact_id, f"plek:{int(hold_until.timestamp())}", hold_until)


def reminder(gathering: Gathering, contact_id: int, which: str) -> Note:
    """The day before (`dag`), or on the day itself (`straks`)."""
    key = f"{which}:{gathering.moved}"
    return _note(gathering, DAY, contact_id, key, gathering.starts_at, wanneer=Value("text", which))


def news(gathering: Gathering, contact_id: int, which: str) -> Note:
    """It was moved (`verzet`), or it is off (`af`)."""
    key = f"{which}:{gathering.moved}"
    return _note(gathering, NEWS, contact_id, key, gathering.starts_at, wat=Value("text", which))


def after(gathering: Gathering, contact_id: int, now: datetime) -> Note:
    """What it was about."""
    return _note(gathering, AFTER, contact_id, "na", now + _READ)


def forget(tx: Tx, gathering_id: int, contact_ids: Collection[int], reason: str, now: datetime) -> None:
    """What waits to be said about it is not said any more."""
    for each in contact_ids:
        queue.cancel_scope(tx, each, scope(gathering_id), reason, now)


def _note(
    gathering: Gathering, flow: str, contact_id: int, key: str, until: datetime, **more: Value
) -> Note:  # fmt: skip
    fields = {WHICH: Value("number", str(gathering.id)), **more}
    payload = {
        "flow": flow, "school": gathering.school, "child": None, "scope": f"{scope(gathering.id)}{flow}",
        "fields": {name: list(value) for name, value in fields.items()}, "until": until.astimezone(UTC).isoformat(),
    }  # fmt: skip
    return Note(contact_id, "start", f"{scope(gathering.id)}{key}:{contact_id}", payload)
