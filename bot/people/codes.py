"""Enrolment codes: eight signs that a person can read aloud, used once, tried five times an hour at most."""

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from bot.conversation.folding import fold
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I L O U; 32 ** 8 = 40 bits
LIFE = {"letter": timedelta(days=14), "channel": timedelta(minutes=15), "staff": timedelta(minutes=15)}
TRIES = 5
WINDOW = timedelta(hours=1)
_SHORTEST, _LONGEST = 8, 200  # a code, and the longest sentence round one

_BY_FIND = select(t.code.c.id).where(t.code.c.find == bindparam("find"))
_ALIKE = str.maketrans("oil", "011")
_SENTENCE = re.compile(r"(?:(\w+):?\s(?:\w+:?\s){0,3})?([0-9a-z]{4})(\s?-\s?|\s?)([0-9a-z]{4})")
_START_WORDS = set(map(fold, ("start", "code", "kod", "كود", "رمز")))


class Read(NamedTuple):
    """The eight signs in a message, and whether surely a code was meant: `afspraak` could be one too."""

    code: str
    meant: bool


class Spent(NamedTuple):
    """Whom a code stood for."""

    contact_id: int
    school: str
    purpose: str  # letter channel staff


def read(text: str) -> Read | None:
    """The code in `START 7KQ2-9FMX`, `7kq29fmx`, `/start 7KQ2-9FMX`, `mijn code is 7kq2 9fmx`; None without one."""
    match = _SENTENCE.fullmatch(fold(text)) if _SHORTEST <= len(text) <= _LONGEST else None
    if not match:
        return None
    word, left, dash, right = match.groups()
    code = (left + right).translate(_ALIKE).upper()
    if not set(code) <= set(SIGNS):
        return None
    mixed = not (left + right).isdigit() and not (left + right).isalpha()
    looks = mixed or bool(dash.strip())
    if word and not looks and word not in _START_WORDS:
        return None
    return Read(code, looks or bool(word))


def shown(code: str) -> str:
    """The code as people see it: XXXX-XXXX."""
    return f"{code[:4]}-{code[4:]}"


def opened(tx: Tx, sealed: bytes) -> str:
    """A code that was made before, as people see it."""
    return shown(tx.open("code.sealed", sealed))


def make(tx: Tx, contact_id: int, school: str, purpose: str, now: datetime) -> str:
    """A new code as people see it: for a `letter` 14 days, for another `channel` or one of the `staff` 15 minutes.

    It replaces an unused code of the same contact, school and purpose.
    """
    return make_many(tx, [(contact_id, school)], purpose, now)[0]


def make_many(tx: Tx, owners: Sequence[tuple[int, str]], purpose: str, now: datetime) -> list[str]:
    """New codes for many (contact, school), in order; each replaces the unused one of its owner."""
    if not owners:
        return []
    old = [each.id for each in _unused(tx, {contact for contact, _ in owners}, purpose) if each.owner in set(owners)]
    for some in slices(old):
        tx.execute(delete(t.code).where(t.code.c.id.in_(some)))
    codes = _draw(tx, len(owners))
    rows = [
        {
            "contact_id": contact, "school": school, "find": find(tx, code), "sealed": tx.seal("code.sealed", code),
            "purpose": purpose, "made_at": now, "expires_at": now + LIFE[purpose],
        }
        for (contact, school), code in zip(owners, codes, strict=True)
    ]  # fmt: skip
    tx.execute(insert(t.code), rows)
    return [shown(code) for code in codes]


def letters(tx: Tx, contact_ids: Iterable[int], school: str, now: datetime) -> dict[int, str]:
    """The letter code of each contact that still works and is not used yet, as people see it."""
    unused = _unused(tx, contact_ids, "letter")
    return {
        each.owner[0]: shown(tx.open("code.sealed", each.sealed))
        for each in unused
        if each.owner[1] == school and each.expires_at > now
    }


def renew(tx: Tx, contact_ids: Sequence[int], school: str, now: datetime) -> dict[int, str]:
    """A letter code to print for each contact, for its full life: the one on paper lives on, else a new one."""
    alive = letters(tx, contact_ids, school, now)
    without = [contact for contact in dict.fromkeys(contact_ids) if contact not in alive]
    made = make_many(tx, [(contact, school) for contact in without], "letter", now)
    for some in slices(dict.fromkeys(contact_ids)):
        mine = t.code.c.contact_id.in_(some), t.code.c.school == school
        unused = t.code.c.purpose == "letter", t.code.c.used_at.is_(None)
        tx.execute(update(t.code).where(*mine, *unused).values(expires_at=now + LIFE["letter"], printed_at=now))
    return alive | dict(zip(without, made, strict=True))


def on_paper(tx: Tx, contact_ids: Iterable[int], school: str) -> dict[int, datetime]:
    """Since when each contact has a letter with a code that is not used yet, too old or not."""
    found: dict[int, datetime] = {}
    for some in slices(contact_ids):
        hers = t.code.c.contact_id.in_(some), t.code.c.school == school, t.code.c.purpose == "letter"
        printed = t.code.c.used_at.is_(None), t.code.c.printed_at.is_not(None)
        rows = tx.execute(select(t.code.c.contact_id, t.code.c.printed_at).where(*hers, *printed))
        found |= {row.contact_id: row.printed_at for row in rows}
    return found


def spend(tx: Tx, code: str, address_id: int, now: datetime) -> Spent | None:
    """Use a code, once. None alike for a wrong, used or expired one, and after five of those in an hour."""
    if is_throttled(tx, address_id, now):
        return None
    works = t.code.c.find == find(tx, code), t.code.c.used_at.is_(None), t.code.c.expires_at > now
    whose = t.code.c["contact_id", "school", "purpose"]
    taken = update(t.code).where(*works).values(used_at=now).returning(*whose)
    row = tx.execute(taken).one_or_none()
    if row is not None:
        return Spent(row.contact_id, row.school, row.purpose)
    old = t.attempt.c.address_id == address_id, t.attempt.c.at <= now - WINDOW
    tx.execute(delete(t.attempt).where(*old))
    tx.execute(insert(t.attempt).values(address_id=address_id, at=now))
    return None


def is_throttled(tx: Tx, address_id: int, now: datetime) -> bool:
    """Whether there were five wrong codes from this address in an hour: for a while it is told nothing."""
    recent = select(func.count()).where(t.attempt.c.address_id == address_id, t.attempt.c.at > now - WINDOW)
    return bool(tx.execute(recent).scalar_one() >= TRIES)


def is_one(tx: Tx, code: str) -> bool:
    """Whether these signs were ever given out as a code."""
    return tx.execute(_BY_FIND, {"find": find(tx, code)}).first() is not None


class _Unused(NamedTuple):
    id: int
    owner: tuple[int, str]  # contact, school
    sealed: bytes
    expires_at: datetime


def _unused(tx: Tx, contact_ids: Iterable[int], purpose: str) -> list[_Unused]:
    found: list[_Unused] = []
    for some in slices(contact_ids):
        of_them = t.code.c.contact_id.in_(some), t.code.c.purpose == purpose, t.code.c.used_at.is_(None)
        for row in tx.execute(select(t.code).where(*of_them).order_by(t.code.c.id)):
            found.append(_Unused(row.id, (row.contact_id, row.school), row.sealed, row.expires_at))
    return found


def draw(tx: Tx) -> str:
    """Eight signs that nobody has had as a code, for a poster that many may send."""
    return _draw(tx, 1)[0]


def _draw(tx: Tx, count: int) -> list[str]:
    """So many codes that nobody has had before."""
    codes: dict[str, str] = {}
    while len(codes) < count:
        drawn = ("".join(secrets.choice(SIGNS) for _ in range(8)) for _ in range(count - len(codes)))
        codes |= {find(tx, code): code for code in drawn}
        for some in slices(list(codes)):
            for known in tx.execute(select(t.code.c.find).where(t.code.c.find.in_(some))).scalars():
                del codes[known]
    return list(codes.values())


def find(tx: Tx, code: str) -> str:
    """By which a code is found again."""
    return tx.find(f"code:{code}")
