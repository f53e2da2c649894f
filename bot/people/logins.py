"""Who may sign in to the pages, and who is: invitations, and a browser's token; each is found by a keyed hash."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select, update

from bot.config import Config
from bot.people import staff
from bot.people.addresses import same_name
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new, upsert

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
INVITED = timedelta(days=7)  # how long an invitation stands open
_HERE = {"localhost", "127.0.0.1", "::1"}
_LOOK = timedelta(minutes=1)  # a browser's last moment is noted no oftener than this


class SignIn(NamedTuple):
    """A browser in which somebody is signed in. `stale`: the moment it was last seen wants to be noted anew."""

    id: int
    staff_id: int
    proven: bool  # her second factor was asked, and right
    stale: bool


class State(NamedTuple):
    """How far a colleague is with signing in."""

    accepted: bool  # she took up an invitation: she has a password
    second: bool  # an authenticator, or codes left on her printed list
    invited_until: datetime | None  # the last moment of an invitation that nobody took up yet


class Browser(NamedTuple):
    """Where she is signed in."""

    id: int
    began_at: datetime
    seen_at: datetime


# --- invitations
def invite(tx: Tx, staff_id: int, now: datetime) -> str:
    """A new invitation for somebody, instead of one she did not take up; `link` makes the address of its token.

    It works once, for seven days (`INVITED`). Who has a password already chooses a new one with it.
    """
    tx.execute(delete(t.invitation).where(t.invitation.c.staff_id == staff_id, t.invitation.c.used_at.is_(None)))
    token = secrets.token_urlsafe(24)
    row = {"staff_id": staff_id, "find": _door(tx, token), "made_at": now, "expires_at": now + INVITED}
    tx.execute(t.invitation.insert(), row)
    return token


def is_private(public_url: str) -> bool:
    """Whether passwords may travel to this address: over https, or on this very machine."""
    return public_url.startswith("https://") or urlsplit(public_url).hostname in _HERE


def link(config: Config, token: str) -> str:
    """The address of an invitation, as one reads it on paper."""
    return f"{config.web.public_url.rstrip('/')}/console/uitnodiging/{token}"


def name_of(config: Config, row: StaffRow) -> str:
    """How she is called at signing in: `janneke`, or `janneke@brug` where there are several schools."""
    return f"{row.key}@{row.school}" if len(config.schools) > 1 else row.key


def state(tx: Tx, staff_ids: Collection[int], now: datetime) -> dict[int, State]:
    """Of each of them: whether she took up her invitation, has a second factor, or has an invitation that is open."""
    lo, i, s = t.login.c, t.invitation.c, t.slip.c
    hers = select(lo.staff_id, lo.proven_at).where(lo.staff_id.in_(staff_ids), lo.password.is_not(None))
    proven = {row.staff_id: row.proven_at is not None for row in tx.execute(hers)}
    listed = select(s.staff_id).where(s.staff_id.in_(staff_ids), s.used_at.is_(None)).distinct()
    lists = set(tx.execute(listed).scalars())
    waits = select(i.staff_id, i.expires_at).where(i.staff_id.in_(staff_ids), i.used_at.is_(None), i.expires_at > now)
    until = {row.staff_id: row.expires_at for row in tx.execute(waits)}
    return {
        each: State(each in proven, proven.get(each, False) or each in lists, until.get(each)) for each in staff_ids
    }


def invited(tx: Tx, token: str, now: datetime) -> StaffRow | None:
    """Whom an invitation is for, while it stands open and she works here."""
    i = t.invitation.c
    works = i.find == _door(tx, token), i.used_at.is_(None), i.expires_at > now
    found = tx.execute(select(i.staff_id).where(*works)).scalar()
    return staff.by_id(tx, found) if found else None


def take_up(tx: Tx, token: str, now: datetime) -> int | None:
    """Use an invitation, once; whose it was. None alike for a strange, used or expired one."""
    i = t.invitation.c
    works = i.find == _door(tx, token), i.used_at.is_(None), i.expires_at > now
    taken = tx.execute(update(t.invitation).where(*works).values(used_at=now).returning(i.staff_id))
    found: int | None = taken.scalar()
    return found


# --- accounts
def called(tx: Tx, config: Config, name: str) -> StaffRow | None:
    """Whom somebody means who signs in, by `janneke`, `janneke@brug` or her name; None for nobody, or several."""
    before, at, after = name.strip().rpartition("@")
    key, schools = (before, [after.casefold()]) if at else (after, [*config.schools])
    keys = {key, same_name(key).replace(" ", "-")}
    finds = [tx.find(f"staff:{school}:{each}") for school in schools if school in config.schools for each in keys]
    here = t.staff.c.find.in_(finds), t.staff.c.left_at.is_(None)
    found = tx.execute(select(t.staff.c.id).where(*here)).scalars().all()
    return staff.by_id(tx, found[0]) if len(found) == 1 else None


def password_of(tx: Tx, staff_id: int) -> str | None:
    """What is kept of her password; None where she has none."""
    sealed = tx.execute(select(t.login.c.password).where(t.login.c.staff_id == staff_id)).scalar()
    return tx.open("login.password", sealed) if sealed else None


def set_password(tx: Tx, staff_id: int, hashed: str, now: datetime) -> None:
    """A new password; what was half begun with the old one comes to nothing, nor does an invitation that lies about."""
    open_ones = t.invitation.c.staff_id == staff_id, t.invitation.c.used_at.is_(None)
    tx.execute(delete(t.invitation).where(*open_ones))
    row = {"staff_id": staff_id, "password": tx.seal("login.password", hashed), "changed_at": now}
    upsert(tx, t.login, [row], key=["staff_id"])


def keep_password(tx: Tx, staff_id: int, hashed: str) -> None:
    """The same password, hashed as we do it now."""
    sealed = tx.seal("login.password", hashed)
    tx.execute(update(t.login).where(t.login.c.staff_id == staff_id).values(password=sealed))


def version(tx: Tx, staff_id: int) -> int:
    """Changes with her password and her second factor; -1 where she has no login (any more)."""
    changed = tx.execute(select(t.login.c.changed_at).where(t.login.c.staff_id == staff_id)).scalar()
    return int(changed.timestamp() * 1000) if changed else -1


def language_of(tx: Tx, staff_id: int) -> str:
    """The language of her pages."""
    return tx.execute(select(t.login.c.language).where(t.login.c.staff_id == staff_id)).scalar() or "nl"


def set_language(tx: Tx, staff_id: int, language: str) -> None:
    tx.execute(update(t.login).where(t.login.c.staff_id == staff_id).values(language=language))


# --- schools
def schools_of(tx: Tx, staff_id: int) -> list[str]:
    """The other schools that were given to a coach, or to somebody of the network."""
    s = t.staff_school.c
    return list(tx.execute(select(s.school).where(s.staff_id == staff_id).order_by(s.school)).scalars())


def give_schools(tx: Tx, staff_id: int, give: Collection[str], take: Collection[str] = ()) -> None:
    """These are hers too from now on, and those are not any more."""
    s = t.staff_school.c
    tx.execute(delete(t.staff_school).where(s.staff_id == staff_id, s.school.in_(take)))
    if give:
        rows = [{"staff_id": staff_id, "school": each} for each in sorted(set(give))]
        tx.execute(insert_new(tx, t.staff_school), rows)


# --- browsers
def begin(tx: Tx, staff_id: int, now: datetime, *, proven: bool) -> str:
    """Sign somebody in; gives the token that her browser shows from now on."""
    token = secrets.token_urlsafe(32)
    row = {"staff_id": staff_id, "find": _find(tx, token), "proven": proven, "began_at": now, "seen_at": now}
    tx.execute(t.sign_in.insert(), row)
    return token


# Asked for every page: to put it together costs more than to run it.
_FOUND = (
    select(*t.sign_in.c["id", "staff_id", "proven", "seen_at"])
    .where(t.sign_in.c.find == bindparam("find"), t.sign_in.c.ended_at.is_(None))
    .where(t.sign_in.c.seen_at > bindparam("idle"), t.sign_in.c.began_at > bindparam("longest"))
)


def found(tx: Tx, token: str, now: datetime) -> SignIn | None:
    """Whose browser this is; None where the token is strange, ended, idle for too long, or has lasted a day."""
    awake = {"find": _find(tx, token), "idle": now - IDLE, "longest": now - LONGEST}
    row = tx.execute(_FOUND, awake).first()
    return SignIn(row.id, row.staff_id, row.proven, row.seen_at <= now - _LOOK) if row else None


def touch(tx: Tx, sign_in: SignIn, now: datetime) -> None:
    """She is still there."""
    tx.execute(update(t.sign_in).where(t.sign_in.c.id == sign_in.id).values(seen_at=now))


def end(tx: Tx, token: str, now: datetime) -> None:
    """This browser is signed out."""
    tx.execute(update(t.sign_in).where(t.sign_in.c.find == _find(tx, token)).values(ended_at=now))


def end_all(tx: Tx, staff_id: int, now: datetime, *, but: int = 0) -> None:
    """All her browsers are signed out, `but` this one: she has a new password, or has left."""
    hers = t.sign_in.c.staff_id == staff_id, t.sign_in.c.ended_at.is_(None), t.sign_in.c.id != but
    tx.execute(update(t.sign_in).where(*hers).values(ended_at=now))


def prove(tx: Tx, sign_in_id: int) -> None:
    """Her second factor was asked in this browser, and right."""
    tx.execute(update(t.sign_in).where(t.sign_in.c.id == sign_in_id).values(proven=True))


def browsers(tx: Tx, staff_id: int, now: datetime) -> list[Browser]:
    """Where she is signed in, the latest first."""
    s = t.sign_in.c
    awake = s.ended_at.is_(None), s.seen_at > now - IDLE, s.began_at > now - LONGEST
    rows = tx.execute(select(t.sign_in).where(s.staff_id == staff_id, *awake).order_by(s.id.desc()))
    return [Browser(row.id, row.began_at, row.seen_at) for row in rows]


def forget(tx: Tx, staff_id: int, now: datetime) -> None:
    """She has left: nothing of hers opens a door any more."""
    end_all(tx, staff_id, now)
    for table in (t.invitation, t.login, t.slip, t.draft, t.staff_school):
        tx.execute(delete(table).where(table.c.staff_id == staff_id))


def clear(tx: Tx, now: datetime) -> None:
    """What is of no use any more goes: old invitations, wrong tries, forms, browsers, and texts never finished."""
    day, month = now - timedelta(days=1), now - timedelta(days=30)
    for table, old in (
        (t.invitation, t.invitation.c.expires_at < month),
        (t.login_try, t.login_try.c.at < day),
        (t.done, t.done.c.at < day),
        (t.sign_in, (t.sign_in.c.ended_at < month) | (t.sign_in.c.began_at < month)),
        (t.draft, t.draft.c.changed_at < now - timedelta(days=14)),
    ):
        tx.execute(delete(table).where(old))


def _door(tx: Tx, token: str) -> str:
    return tx.find(f"invitation:{token}")


def _find(tx: Tx, token: str) -> str:
    return tx.find(f"sign_in:{token}")
