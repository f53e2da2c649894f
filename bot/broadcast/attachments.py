"""What goes with a broadcast, kept and sealed: for who made it, and for whoever knows its token, for thirty days."""

import re
import secrets
import string
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, or_, select, update

from bot.broadcast.cleaned import Unfit, clean
from bot.broadcast.content import Content
from bot.channels.files import LARGEST
from bot.model import Value
from bot.store.database import Tx
from bot.store.sealed import Ring
from bot.store.tables import attachment, broadcast

__all__ = ["LIFE", "PATH", "Unfit", "about", "at", "by_id", "by_token", "drop", "keep", "lives_from", "sealed", "value"]

LIFE = timedelta(days=30)
PATH = "/bijlage"
EMPTY, LARGE = "leeg", "groot"  # why one is not kept, beside what `clean` says
_KINDS = {"image": "foto", "audio": "stem", "application": "pdf"}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SIGNS = string.ascii_letters + string.digits  # no other: phones end a link before some of them
_LENGTH = 24  # more than 140 bits: nobody finds one by trying
_NAME = 120
_a = attachment.c


class About(NamedTuple):
    """What is known of a file. `kind`: foto pdf stem."""

    kind: str
    name: str
    content_type: str


class Sealed(NamedTuple):
    """A file that is ready to be kept."""

    name: bytes
    content_type: str
    size: int
    data: bytes


class Kept(NamedTuple):
    name: str
    content_type: str
    data: bytes


def sealed(ring: Ring, name: str, data: bytes) -> Sealed:
    """A file as what its bytes say it is, whatever its name says. Raises Unfit: leeg groot soort stuk.

    It takes longer than a transaction that writes may last, so it is done before one begins.
    """
    if not data:
        raise Unfit(EMPTY)
    if len(data) > LARGEST:
        raise Unfit(LARGE)
    content_type, cleaned = clean(data)
    named, body = ring.seal("attachment.name", name.strip()[:_NAME]), ring.seal_bytes("attachment.data", cleaned)
    return Sealed(named, content_type, len(cleaned), body)


def keep(tx: Tx, school: str, staff_id: int, file: Sealed, now: datetime) -> int:
    """Keep it, with a token of its own."""
    token = _new_token()
    row = {
        "school": school, "staff_id": staff_id, "find": tx.find(f"attachment:{token}"),
        "token": tx.seal("attachment.token", token), "kind": _KINDS[file.content_type.partition("/")[0]],
        "made_at": now, **file._asdict(),
    }  # fmt: skip
    return int(tx.execute(insert(attachment).values(row).returning(_a.id)).scalar_one())


def _new_token() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def at(tx: Tx, file_id: int, school: str) -> int:
    """The same file as that school's own, so that whoever has to agree there can look at it; else a copy of it."""
    if tx.execute(select(_a.school).where(_a.id == file_id)).scalar() in (None, school):
        return file_id
    row = tx.execute(select(attachment).where(_a.id == file_id)).one()
    token = _new_token()
    copy = {name: value for name, value in row._mapping.items() if name != "id"}
    copy |= {"school": school, "find": tx.find(f"attachment:{token}"), "token": tx.seal("attachment.token", token)}
    return int(tx.execute(insert(attachment).values(copy).returning(_a.id)).scalar_one())


def lives_from(tx: Tx, file_id: int, moment: datetime) -> None:
    """It goes out at that moment: its thirty days count from there."""
    tx.execute(update(attachment).where(_a.id == file_id, _a.made_at < moment).values(made_at=moment))


def about(tx: Tx, file_id: int) -> About:
    """Without its bytes. Raises LookupError where it is gone."""
    row = tx.execute(select(*_a["kind", "name", "content_type"]).where(_a.id == file_id)).first()
    if row is None:
        raise LookupError("this file is gone")
    return About(row.kind, tx.open("attachment.name", row.name), row.content_type)


def by_id(tx: Tx, file_id: int) -> Kept | None:
    """The file with its bytes."""
    row = tx.execute(select(attachment).where(_a.id == file_id)).first()
    if row is None:
        return None
    return Kept(
        tx.open("attachment.name", row.name), row.content_type, tx.open_bytes("attachment.data", row.data)
    )  # fmt: skip


def by_token(tx: Tx, token: str, now: datetime) -> tuple[str, bytes] | None:
    """Content type and bytes for whoever knows this; None where nobody may have it any more."""
    if not _TOKEN.fullmatch(token):
        return None
    wanted = _a.find == tx.find(f"attachment:{token}"), _a.made_at > now - LIFE
    row = tx.execute(select(_a.content_type, _a.data).where(*wanted)).first()
    return (row.content_type, tx.open_bytes("attachment.data", row.data)) if row else None


def drop(tx: Tx, file_id: int, staff_id: int) -> None:
    """Forget at once a file of hers, unless something that was made with it still holds it."""
    hers = _a.id == file_id, _a.staff_id == staff_id
    row = tx.execute(select(*_a["school", "staff_id", "made_at"]).where(*hers)).first()
    if row is None:
        return
    b = broadcast.c
    near = or_(b.school == row.school, b.staff_id == row.staff_id)
    for content in tx.execute(select(b.content).where(near, b.until_at > row.made_at - LIFE)).scalars():
        if Content.load(tx.open("broadcast.content", content)).file_id == file_id:
            return
    tx.execute(delete(attachment).where(_a.id == file_id))


def value(tx: Tx, public_url: str, file_id: int | None) -> Value | None:
    """The field of a message in which this file stands: where its reader fetches it. None where there is none, or none
    any more."""
    row = tx.execute(select(_a.token, _a.content_type).where(_a.id == file_id)).first() if file_id else None
    if row is None:
        return None
    return Value("file", f"{public_url}{PATH}/{tx.open('attachment.token', row.token)}", row.content_type)
