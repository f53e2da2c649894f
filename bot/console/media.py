"""What a parent sent besides words, from behind the sign-in: voice notes to play, photos to see, for 30 days."""

from sqlalchemy import select

from bot.console.visit import TALKING, Answer, File, Gone, Visit, get
from bot.desk import attached
from bot.errors import BotError
from bot.store import tables as t
from bot.store.database import Tx

_ENDINGS = {
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac", "audio/amr": "amr",
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4",
    "application/pdf": "pdf",
}  # fmt: skip


def show(visit: Visit, tx: Tx) -> Answer:
    """One file; in the page where its kind can do no harm, else to be kept as a file."""
    number = visit.ids["media"]
    letter: int = tx.execute(select(t.media.c.inbox_id).where(t.media.c.id == number)).scalar_one()
    found = next((each for each in attached.of_letters(tx, [letter])[letter] if each.id == number), None)
    if found is None or not found.has_file:
        raise Gone
    try:
        data = attached.open_file(tx, number)
    except BotError:
        raise Gone from None
    name = found.name or f"ouderbrug-{number}.{_ENDINGS.get(found.content_type, 'bin')}"
    return File(name, found.content_type, data, inline=True)


DOORS = (get("/media/{media}", show, TALKING),)
