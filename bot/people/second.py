"""The second factor: an authenticator, or a printed list of codes for who has no smartphone. No code counts twice."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, select, update

from bot.store import tables as t
from bot.store.database import Tx

STEP = 30  # seconds that a code of an authenticator stands
CODES = 10
_TOTP, _SLIP = 6, 8  # digits


# --- an authenticator
def propose(tx: Tx, staff_id: int, now: datetime) -> None:
    """A new secret for her authenticator; it counts from its first right code on."""
    secret = tx.seal("login.secret", base64.b32encode(secrets.token_bytes(20)).decode())
    hers = t.login.c.staff_id == staff_id, t.login.c.proven_at.is_(None)
    tx.execute(update(t.login).where(*hers).values(secret=secret, step=0, changed_at=now))


def proposed(tx: Tx, staff_id: int) -> str:
    """The secret that waits for its first code, in base32; "" where none does."""
    hers = t.login.c.staff_id == staff_id, t.login.c.proven_at.is_(None)
    sealed = tx.execute(select(t.login.c.secret).where(*hers)).scalar()
    return tx.open("login.secret", sealed) if sealed else ""


def confirm(tx: Tx, staff_id: int, code: str, now: datetime) -> bool:
    """Whether her authenticator works: from now on it is asked for."""
    step = _step(proposed(tx, staff_id), code, now)
    if step is None:
        return False
    tx.execute(update(t.login).where(t.login.c.staff_id == staff_id).values(proven_at=now, step=step, changed_at=now))
    return True


def address(secret: str, name: str, school: str) -> str:
    """What an authenticator reads from its square."""
    return _totp(secret).get_provisioning_uri(name, f"Ouderbrug {school}")


def remove(tx: Tx, staff_id: int, now: datetime) -> None:
    """Neither an authenticator nor a list any more."""
    gone = {"secret": None, "proven_at": None, "step": 0, "changed_at": now}
    tx.execute(update(t.login).where(t.login.c.staff_id == staff_id).values(gone))
    tx.execute(delete(t.slip).where(t.slip.c.staff_id == staff_id))


# --- a printed list
def print_list(tx: Tx, staff_id: int) -> list[str]:
    """Ten new codes as people read them; those of an older list do not count any more."""
    tx.execute(delete(t.slip).where(t.slip.c.staff_id == staff_id))
    codes: set[str] = set()
    while len(codes) < CODES:
        codes.add(f"{secrets.randbelow(10**_SLIP):0{_SLIP}}")
    tx.execute(t.slip.insert(), [{"staff_id": staff_id, "find": _find(tx, staff_id, code)} for code in sorted(codes)])
    return [shown(code) for code in sorted(codes)]


def shown(code: str) -> str:
    """1234 5678."""
    return f"{code[:4]} {code[4:]}"


def left(tx: Tx, staff_id: int) -> int:
    """How many codes of her list were not used yet."""
    hers = t.slip.c.staff_id == staff_id, t.slip.c.used_at.is_(None)
    return int(tx.execute(select(func.count()).select_from(t.slip).where(*hers)).scalar_one())


# --- asking
def kinds(tx: Tx, staff_id: int) -> Sequence[str]:
    """What she can be asked: `telefoon`, `lijst`, both, or nothing."""
    has = select(t.login.c.id).where(t.login.c.staff_id == staff_id, t.login.c.proven_at.is_not(None))
    phone = tx.execute(has).first() is not None
    return [name for name, there in (("telefoon", phone), ("lijst", left(tx, staff_id) > 0)) if there]


def is_right(tx: Tx, staff_id: int, code: str, now: datetime) -> bool:
    """Whether this is a code of hers that was not used yet; from now on it is."""
    digits = "".join(each for each in code if each.isdecimal() and each.isascii())
    if len(digits) == _SLIP:
        hers = t.slip.c.staff_id == staff_id, t.slip.c.find == _find(tx, staff_id, digits)
        return tx.execute(update(t.slip).where(*hers, t.slip.c.used_at.is_(None)).values(used_at=now)).rowcount == 1
    lo = t.login.c
    row = tx.execute(select(lo.secret).where(lo.staff_id == staff_id, lo.proven_at.is_not(None))).first()
    step = _step(tx.open("login.secret", row.secret), digits, now) if row else None
    if step is None:
        return False
    newer = update(t.login).where(lo.staff_id == staff_id, lo.step < step).values(step=step)
    return tx.execute(newer).rowcount == 1


def _step(secret: str, code: str, now: datetime) -> int | None:
    """Of which half minute this code is: this one, or the one before or after it; clocks differ a little."""
    digits = "".join(code.split())
    if not secret or len(digits) != _TOTP:
        return None
    step = int(now.timestamp()) // STEP
    totp = _totp(secret)
    for each in (step, step - 1, step + 1):
        if hmac.compare_digest(totp.generate(each * STEP), digits.encode()):
            return each
    return None


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), _TOTP, SHA1(), STEP)  # noqa: S303 - what authenticators read


def _find(tx: Tx, staff_id: int, code: str) -> str:
    return tx.find(f"slip:{staff_id}:{code}")
