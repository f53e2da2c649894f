"""What goes with a broadcast, as it stands in the message: the address at which its reader fetches it."""

from sqlalchemy import select

from bot.model import Value
from bot.store.database import Tx
from bot.store.tables import attachment

PATH = "/bijlage"


def value(tx: Tx, public_url: str, file_id: int | None) -> Value | None:
    """The field of this file; None where there is none, or none any more."""
    a = attachment.c
    row = tx.execute(select(a.token, a.content_type).where(a.id == file_id)).first() if file_id else None
    if row is None:
        return None
    return Value("file", f"{public_url}{PATH}/{tx.open('attachment.token', row.token)}", row.content_type)
