"""A secret address at which a calendar program finds somebody's talks: made, shown once, ended at any time."""

import re
import secrets
import string
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from bot import ics
from bot.booking.calendar import uid
from bot.config import Config
from bot.ics import Entry
from bot.model import Value
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue, LanguageWords
from bot.translation.texts import OF_PAGES, SOURCE

PATH = "/agenda"
PAST, AHEAD = timedelta(days=7), timedelta(days=60)
_SIGNS = string.ascii_letters + string.digits
_LENGTH = 32  # 190 bits
_SECRET = re.compile(rf"[A-Za-z0-9]{{{_LENGTH}}}")
_MODES = {"phone": "console.agenda.telefoon", "video": "console.agenda.video", "home": "console.agenda.thuis"}
_f = t.feed.c


class _Whose(NamedTuple):
    staff_id: int
    school: str
    language: str


def make(tx: Tx, config: Config, staff_id: int, now: datetime) -> str:
    """Her new address, which is kept nowhere but in her calendar; one that she had is no more."""
    end(tx, staff_id, now)
    secret = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    tx.execute(insert(t.feed), {"staff_id": staff_id, "find": _find(tx, secret), "made_at": now})
    return f"{config.web.public_url}{PATH}/{secret}.ics"


def end(tx: Tx, staff_id: int, now: datetime) -> bool:
    """Nobody gets anything there any more. False: she had none."""
    going = _f.staff_id == staff_id, _f.ended_at.is_(None)
    return bool(tx.execute(update(t.feed).where(*going).values(ended_at=now)).rowcount)


def since(tx: Tx, staff_id: int) -> datetime | None:
    """Since when she has an address; None where she has none."""
    going = _f.staff_id == staff_id, _f.ended_at.is_(None)
    found: datetime | None = tx.execute(select(_f.made_at).where(*going)).scalar()
    return found


def file(tx: Tx, config: Config, catalogue: Catalogue, secret: str, now: datetime) -> bytes | None:
    """Her talks, of the last days and of the weeks to come; None where nobody has this address any more.

    What stands in a calendar stands at its maker too: no name of a child or a parent, but the page where they are.
    """
    whose = _whose(tx, secret)
    if whose is None or whose.school not in config.schools:
        return None
    words = catalogue.words(whose.language if whose.language in OF_PAGES else SOURCE)
    name = words.say("console.agenda.naam", {"school": Value("name", config.schools[whose.school].name)})
    rows = _talks(tx, whose.staff_id, now)
    groups = _groups(tx, [row.child_id for row in rows if row.child_id])
    return ics.many([_entry(tx, config, words, row, groups) for row in rows], name, words.language)


def _find(tx: Tx, secret: str) -> str:
    return tx.find(f"feed:{secret}")


def _whose(tx: Tx, secret: str) -> _Whose | None:
    if not _SECRET.fullmatch(secret):
        return None
    s = t.staff.c
    columns = select(s.id, s.school, t.login.c.language).join(t.feed, _f.staff_id == s.id)
    going = _f.find == _find(tx, secret), _f.ended_at.is_(None), s.left_at.is_(None)
    row = tx.execute(columns.outerjoin(t.login, t.login.c.staff_id == s.id).where(*going)).first()
    return _Whose(row.id, row.school, row.language or SOURCE) if row else None


def _talks(tx: Tx, staff_id: int, now: datetime) -> list[Row[Any]]:
    """What she has and had; what is off is not in it, and so goes from the calendar."""
    a = t.appointment.c
    near = a.starts_at > now - PAST, a.starts_at < now + AHEAD
    hers = a.staff_id == staff_id, a.state.in_(("planned", "held", "missed"))
    return list(tx.execute(select(t.appointment).where(*hers, *near).order_by(a.starts_at, a.id)))


def _groups(tx: Tx, child_ids: list[int]) -> dict[int, str]:
    """The group of each child, of its newest school year."""
    m, g = t.membership.c, t.group.c
    rows = select(m.child_id, g.name).join(t.group, g.id == m.group_id).where(m.child_id.in_(child_ids))
    return {row.child_id: row.name for row in tx.execute(rows.order_by(m.year))}


def _entry(tx: Tx, config: Config, words: LanguageWords, row: Row[Any], groups: dict[int, str]) -> Entry:
    group = groups.get(row.child_id, "")
    named = {"groep": Value("name", group)}
    summary = words.say("console.agenda.gesprek_over" if group else "console.agenda.gesprek", named)
    where = row.place or (words.say(_MODES[row.mode], {}) if row.mode in _MODES else "")
    about = [words.say("console.agenda.tolk", {})] if row.interpreter_id else []
    about.append(f"{config.web.public_url}/console/mijn/{row.id}")
    return Entry(
        uid(tx, row.id), row.starts_at, row.minutes, row.changed_at, summary, where, "\n".join(about), row.moved
    )
