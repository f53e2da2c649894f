"""Who is signed in to the pages: a browser's token, found by a keyed hash; half an hour of rest ends it."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from bot.store import tables as t
from bot.store.database import Tx

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
_LOOK = timedelta(minutes=1)  # a browser's last moment is noted no oftener than this


class SignIn(NamedTuple):
    """A browser in which somebody is signed in. `stale`: the moment it was last seen wants to be noted anew."""

    id: int
    staff_id: int
    proven: bool  # her second factor was asked, and right
    stale: bool


def begin(tx: Tx, staff_id: int, now: datetime, *, proven: bool) -> str:
    """Sign somebody in; gives the token that her browser shows from now on."""
    token = secrets.token_urlsafe(32)
    row = {"staff_id": staff_id, "find": _find(tx, token), "proven": proven, "began_at": now, "seen_at": now}
    tx.execute(t.sign_in.insert(), row)
    return token


def found(tx: Tx, token: str, now: datetime) -> SignIn | None:
    """Whose browser this is; None where the token is strange, ended, idle for too long, or has lasted a day."""
    s = t.sign_in.c
    awake = s.ended_at.is_(None), s.seen_at > now - IDLE, s.began_at > now - LONGEST
    row = tx.execute(select(t.sign_in).where(s.find == _find(tx, token), *awake)).first()
    return SignIn(row.id, row.staff_id, row.proven, row.seen_at <= now - _LOOK) if row else None


def touch(tx: Tx, sign_in: SignIn, now: datetime) -> None:
    """She is still there."""
    tx.execute(update(t.sign_in).where(t.sign_in.c.id == sign_in.id).values(seen_at=now))


def end(tx: Tx, token: str, now: datetime) -> None:
    """This browser is signed out."""
    tx.execute(update(t.sign_in).where(t.sign_in.c.find == _find(tx, token)).values(ended_at=now))


def end_all(tx: Tx, staff_id: int, now: datetime) -> None:
    """All her browsers are signed out: she has a new password, or has left."""
    hers = t.sign_in.c.staff_id == staff_id, t.sign_in.c.ended_at.is_(None)
    tx.execute(update(t.sign_in).where(*hers).values(ended_at=now))


def _find(tx: Tx, token: str) -> str:
    return tx.find(f"sign_in:{token}")
