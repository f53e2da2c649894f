"""What is half written keeps itself, sealed: one text per colleague and place, until it is sent or two weeks old."""

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.console.visit import EVERYONE, Answer, File, Gone, Visit, post
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert

LIFE = timedelta(days=14)
LONGEST = 20_000
_PLACE = re.compile(
    r"thread:[0-9]{1,18}|bericht(_vraag)?"
)  # of what is typed; what stands in other places the pages write themselves


def of(tx: Tx, staff_id: int, place: str) -> str:
    """What she had written there, "" where nothing."""
    d = t.draft.c
    body = tx.execute(select(d.body).where(d.staff_id == staff_id, d.place == place)).scalar()
    return tx.open("draft.body", body) if body else ""


def keep(tx: Tx, staff_id: int, place: str, text: str, now: datetime) -> None:
    """Remember it; an empty text is forgotten."""
    if not text.strip():
        forget(tx, staff_id, place)
        return
    row = {"staff_id": staff_id, "place": place, "body": tx.seal("draft.body", text), "changed_at": now}
    upsert(tx, t.draft, [row], key=["staff_id", "place"])


def forget(tx: Tx, staff_id: int, place: str) -> None:
    """It was sent, or is not wanted any more."""
    tx.execute(delete(t.draft).where(t.draft.c.staff_id == staff_id, t.draft.c.place == place))


def save(visit: Visit, tx: Tx) -> Answer:
    """The page keeps what is being typed."""
    place, text = visit.form.get("plaats", ""), visit.form.get("tekst", "")
    if not _PLACE.fullmatch(place):
        raise Gone
    keep(tx, visit.who.staff_id, place, text[:LONGEST], visit.now)
    return File("bewaard", "text/plain", b"")


DOORS = (post("/concept", save, EVERYONE, ""),)
