"""The code of a poster: many may send it, until a day; no child's name stands behind it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select

from bot.gatherings.gatherings import Gathering
from bot.people import codes
from bot.store import tables as t
from bot.store.database import Tx

_p = t.poster.c


class Poster(NamedTuple):
    """Whose poster it is. `code` as people see it."""

    school: str
    gathering_id: int | None
    code: str
    ends_at: datetime


def make(tx: Tx, gathering: Gathering, now: datetime) -> Poster:
    """The poster of this gathering; made once, it works until the end of that day's hours."""
    if there := of(tx, gathering.id):
        return there
    code = codes.draw(tx)
    row = {
        "school": gathering.school, "gathering_id": gathering.id, "find": codes.find(tx, code),
        "code": tx.seal("poster.code", code), "made_at": now, "ends_at": gathering.ends_at,
    }  # fmt: skip
    tx.execute(insert(t.poster), row)
    return Poster(gathering.school, gathering.id, codes.shown(code), gathering.ends_at)


def of(tx: Tx, gathering_id: int) -> Poster | None:
    """The poster of this gathering; None where nobody made one."""
    row = tx.execute(select(t.poster).where(_p.gathering_id == gathering_id).order_by(_p.id.desc())).first()
    if row is None:
        return None
    return Poster(row.school, row.gathering_id, codes.shown(tx.open("poster.code", row.code)), row.ends_at)


def is_one(tx: Tx, code: str) -> bool:
    """Whether these signs were ever on a poster."""
    return tx.execute(select(_p.id).where(_p.find == codes.find(tx, code))).first() is not None


def read(tx: Tx, code: str, address_id: int, now: datetime) -> Poster | None:
    """The poster with this code. None alike for a wrong and an old one, and after five of those in an hour: what was
    wrong is counted where all codes are."""
    if codes.is_throttled(tx, address_id, now):
        return None
    works = _p.find == codes.find(tx, code), _p.ends_at > now
    row = tx.execute(select(_p.school, _p.gathering_id, _p.ends_at).where(*works)).first()
    return Poster(row.school, row.gathering_id, codes.shown(code), row.ends_at) if row else None
