"""A row of every kind of id that belongs to what is told to many, and to words in another language."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.broadcast.audience import Audience
from bot.broadcast.content import OWN, WORDS, Content
from bot.model import Value
from bot.store import tables as t
from bot.store.database import Tx

Laid = Callable[..., int]


def lay(
    tx: Tx, laid: Laid, staffed: Mapping[str, int], parents: Mapping[str, int], groups: Mapping[str, int], now: datetime
) -> dict[str, dict[str, int]]:
    """A broadcast and a picture of two teachers, a tag and a doubt at each school. `parents`: a contact per school."""
    return {
        "broadcast": {
            "janneke": _broadcast(tx, laid, "brug", staffed["janneke"], groups["groep 4"], now),
            "noor": _broadcast(tx, laid, "vaart", staffed["noor"], groups["groep 3"], now),
        },
        "attachment": {
            name: _attachment(tx, laid, school, staffed[name], now)
            for name, school in {"janneke": "brug", "noor": "vaart"}.items()
        },
        "tag": {school: laid(t.tag, school=school, name="koor") for school in ("brug", "vaart")},
        "doubt": {school: _doubt(tx, laid, school, contact_id, now) for school, contact_id in parents.items()},
    }  # fmt: skip


def _broadcast(tx: Tx, laid: Laid, school: str, staff_id: int, group_id: int, now: datetime) -> int:
    content = Content(OWN, "", {WORDS: Value("words", "Morgen gymspullen mee.", "nl")})
    return laid(
        t.broadcast, school=school, staff_id=staff_id, kind=OWN, what="",
        content=tx.seal("broadcast.content", content.dump()), audience=Audience(school, [group_id]).dump(),
        cls="broadcast", state="planned", key=f"rights:{school}", made_at=now, due_at=now + timedelta(days=1),
        until_at=now + timedelta(days=2), families=0, people=0,
    )  # fmt: skip


def _attachment(tx: Tx, laid: Laid, school: str, staff_id: int, now: datetime) -> int:
    token = f"rights-{school}"
    return laid(
        t.attachment, school=school, staff_id=staff_id, find=tx.find(f"attachment:{token}"),
        token=tx.seal("attachment.token", token), kind="foto", name=tx.seal("attachment.name", "foto.png"),
        content_type="image/png", size=8, made_at=now, data=tx.seal_bytes("attachment.data", b"\x89PNG\r\n\x1a\n"),
    )  # fmt: skip


def _doubt(tx: Tx, laid: Laid, school: str, contact_id: int, now: datetime) -> int:
    number = _translation(tx, laid, school, now)
    return laid(t.doubt, school=school, contact_id=contact_id, translation_id=number, at=now)


def _translation(tx: Tx, laid: Laid, school: str, now: datetime) -> int:
    words: dict[str, Any] = {"text": tx.seal("translation.text", "Breng gymspullen mee.")}
    words["said"] = tx.seal("translation.said", "Spor kıyafeti getirin.")
    return laid(
        t.translation, school=school, source="nl", target="tr", find=tx.find(f"rights:{school}"), state="done",
        origin="machine", asked_at=now, deadline_at=now, used_at=now, tries=1, **words,
    )  # fmt: skip
