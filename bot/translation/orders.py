"""Somebody's words in another language, on order: who needs them asks, a machine claims the row, all may read it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import doubt, translation
from bot.store.upsert import insert_new
from bot.translation.sentences import has_words

PATIENCE = timedelta(seconds=10)  # so long what is to be sent waits for a machine
AGAIN = timedelta(minutes=1)  # before what failed is tried again, where somebody asks for it
_USED = timedelta(days=1)  # how exactly is kept when it was last asked for
WAITING, DONE, FAILED, OWN = "waiting", "done", "failed", "own"
MACHINE, PERSON = "machine", "person"


class Wanted(NamedTuple):
    """Words of somebody at a school in `source`, for who reads `target`."""

    school: str
    source: str
    target: str
    text: str


class Said(NamedTuple):
    """What became of an order. `text`: what she reads, the original where there is nothing better.

    `state`: OWN (it is her language), WAITING until `deadline_at`, DONE, FAILED. `back`: in the writer's language
    again. `risks`: what may be wrong in it, as words of trust.py.
    """

    text: str
    state: str
    origin: str = ""
    back: str = ""
    risks: tuple[str, ...] = ()
    id: int = 0
    deadline_at: datetime | None = None

    def is_ready(self, now: datetime) -> bool:
        """Whether nothing better will come within the time that somebody waits."""
        return self.state != WAITING or self.deadline_at is None or self.deadline_at <= now


_BY_FIND = select(translation).where(translation.c.find.in_(bindparam("finds", expanding=True)))
_REOPEN = Many(
    update(translation)
    .where(translation.c.id == bindparam("it"), translation.c.state == bindparam("was"))
    .values(
        state=bindparam("new_state"), used_at=bindparam("new_used_at"), deadline_at=bindparam("new_deadline_at"),
        asked_at=bindparam("new_asked_at"), tries=bindparam("new_tries"),
    )
)  # fmt: skip


def order(tx: Tx, wanted: Iterable[Wanted], now: datetime) -> None:
    """Ask for these words, unless they are there or asked for already; what failed a while ago is tried again."""
    missing = {_find(tx, each): each for each in wanted if each.source != each.target and has_words(each.text)}
    if not missing:
        return
    rows = tx.execute(_BY_FIND, {"finds": sorted(missing)}).all()
    touched = [_touched(row, now) for row in sorted(rows, key=lambda row: row.id) if _may_change(row, now)]
    if touched:
        _REOPEN(tx, touched)
    known = {row.find for row in rows}
    new = [_row(tx, find, each, now) for find, each in sorted(missing.items()) if find not in known]
    if new:
        tx.execute(insert_new(tx, translation), new)


def _may_change(row: Any, now: datetime) -> bool:
    failed_long_ago = row.state == FAILED and now - row.asked_at >= AGAIN
    return bool(failed_long_ago or now - row.used_at >= _USED)


def _touched(row: Any, now: datetime) -> dict[str, Any]:
    again = row.state == FAILED
    return {
        "it": row.id, "was": row.state, "new_state": WAITING if again else row.state, "new_used_at": now,
        "new_deadline_at": now + PATIENCE if again else row.deadline_at, "new_tries": 0 if again else row.tries,
        "new_asked_at": now if again else row.asked_at,
    }  # fmt: skip


def _row(tx: Tx, find: str, each: Wanted, now: datetime) -> dict[str, Any]:
    return {
        "school": each.school, "source": each.source, "target": each.target, "find": find,
        "text": tx.seal("translation.text", each.text), "state": WAITING, "asked_at": now,
        "deadline_at": now + PATIENCE, "used_at": now, "tries": 0,
    }  # fmt: skip


def said(tx: Tx, wanted: Collection[Wanted]) -> dict[Wanted, Said]:
    """What there is of these words; those that nobody has asked for are left out."""
    found = {each: Said(each.text, OWN) for each in wanted if each.source == each.target}
    finds = {_find(tx, each): each for each in wanted if each not in found}
    for row in tx.execute(_BY_FIND, {"finds": sorted(finds)}) if finds else ():
        each = finds[row.find]
        done = row.state == DONE
        text = tx.open("translation.said", row.said) if done else each.text
        back = tx.open("translation.back", row.back) if done and row.back else ""
        found[each] = Said(
            text, row.state, row.origin or "", back, tuple(row.risks or ()), row.id, row.deadline_at
        )  # fmt: skip
    return found


def one(tx: Tx, wanted: Wanted) -> Said | None:
    """What there is of these words; None where nobody has asked for them."""
    return said(tx, [wanted]).get(wanted)


def drop(tx: Tx, wanted: Iterable[Wanted], contact_id: int) -> None:
    """Forget what was made of these words of somebody who is forgotten; not where another parent doubted it."""
    finds = sorted({_find(tx, each) for each in wanted})
    others = select(doubt.c.id).where(doubt.c.translation_id == translation.c.id, doubt.c.contact_id != contact_id)
    if finds:
        tx.execute(delete(translation).where(translation.c.find.in_(finds), ~others.exists()))


def waiting(tx: Tx) -> int:
    """How many wait for a machine."""
    return int(tx.execute(select(func.count()).where(translation.c.state == WAITING)).scalar_one())


def _find(tx: Tx, each: Wanted) -> str:
    return tx.find("\0".join(("translation", *each)))
