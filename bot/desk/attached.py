"""What parents sent besides words, as a teacher reads of it; and the files themselves."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.errors import BotError
from bot.store.database import Tx
from bot.store.tables import media

_KINDS = {
    "voice": "spraakbericht", "image": "foto", "video": "video", "document": "bestand", "location": "plek op de kaart",
    "contact": "contact",
}  # fmt: skip
_REASONS = {
    "too_large": "te groot",
    "type": "een soort bestand dat we niet bewaren",
    "gone": "het was er niet meer",
    "no_way": "dat kan hier niet",
    "not_fetched": "ophalen lukte niet",
    "stranger": "ze was nog niet ingeschreven",
}


class Attached(NamedTuple):
    """Something she sent besides words. `state`: waiting (being fetched), kept, refused (`reason` says why)."""

    id: int
    kind: str
    state: str
    reason: str
    content_type: str
    size: int  # bytes; 0 where there is no file
    name: str

    @property
    def has_file(self) -> bool:
        return self.state == "kept" and self.size > 0

    def line(self, where: str = "") -> str:
        """`[spraakbericht, 34 kB]`, in Dutch; `where` follows where there is a file to get."""
        name = " ".join("".join(sign if sign.isprintable() else " " for sign in self.name).split())
        said = [_KINDS.get(self.kind, self.kind) + (f" {name}" if name else "")]
        if self.has_file:
            said += [_size(self.size), where]
        elif self.state == "waiting":
            said.append("wordt opgehaald")
        elif self.state == "refused":
            said.append(f"niet bewaard: {_REASONS.get(self.reason, self.reason)}")
        return f"[{', '.join(filter(None, said))}]"


# Not the file itself: a list of talks shall not read all of them.
_COLUMNS = media.c["id", "inbox_id", "kind", "state", "reason", "content_type", "size", "name"]


def of_letters(tx: Tx, letter_ids: Sequence[int]) -> dict[int, list[Attached]]:
    """What came with each of these letters, in order."""
    found: dict[int, list[Attached]] = {}
    hers = select(*_COLUMNS).where(media.c.inbox_id.in_(letter_ids)).order_by(media.c.inbox_id, media.c.position)
    for row in tx.execute(hers):
        found.setdefault(row.inbox_id, []).append(_attached(tx, row))
    return found


def open_file(tx: Tx, media_id: int) -> bytes:
    """The file itself. Raises BotError where there is none."""
    row = tx.execute(select(*_COLUMNS, media.c.data).where(media.c.id == media_id)).first()
    if row is None:
        raise BotError(f"there is no file {media_id}; files go after 30 days")
    if row.data is None:
        raise BotError(f"there is no file to write: {_attached(tx, row).line()}")
    return tx.open_bytes("media.data", row.data)


def _attached(tx: Tx, row: Any) -> Attached:
    size = row.size if row.state != "kept" or row.content_type else 0
    name = tx.open("media.name", row.name)
    return Attached(row.id, row.kind, row.state, row.reason or "", row.content_type or "", size, name)


def _size(size: int) -> str:
    """`34 kB`, `1,2 MB`; never 0."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")
