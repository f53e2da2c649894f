"""The sheet of a talk for one parent: her own words and nobody else's, behind an address that only she has."""

import hmac
import re
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.booking import agreed, appointments, sheet
from bot.booking.appointments import Talk
from bot.booking.sheet import Asked
from bot.config import Config
from bot.model import Value
from bot.people import barred, contacts, families, staff
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.texts import SOURCE

PATH = "/gespreksblad"
LIFE = timedelta(days=30)  # after the talk, or after the day on which they look back
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{24})")  # 96 bits: nobody finds one by trying


class Line(NamedTuple):
    """A line of what was agreed, as she reads it."""

    text: str
    language: str
    by_machine: bool = False


class Lines(NamedTuple):
    """What was agreed, for her."""

    school_does: Line
    home_does: Line
    look_on: str  # 2026-12-01; "" where no day was named


class Paper(NamedTuple):
    """Her own sheet, in her language."""

    language: str
    school: str
    child: str
    teacher: str
    date: str
    time: str
    place: str
    asked: tuple[Asked, ...]
    lines: Lines | None


def link(tx: Tx, config: Config, appointment_id: int, contact_id: int) -> Value:
    """Where she finds her sheet; the address is kept nowhere."""
    return Value("link", f"{config.web.public_url}{PATH}/{appointment_id}-{_sign(tx, appointment_id, contact_id)}")


def by_token(tx: Tx, config: Config, token: str, now: datetime) -> Paper | None:
    """The sheet behind an address; None where there is none, none any more, or it is not hers to read any more."""
    found = _TOKEN.fullmatch(token)
    talk = appointments.look(tx, int(found[1])) if found else None
    if found is None or talk is None or talk.state not in sheet.HAS_ONE:
        return None
    here = sheet.table(tx, talk)
    reader = next((one for one in here if hmac.compare_digest(_sign(tx, talk.id, one), found[2])), None)
    if reader is None or barred.is_shut(tx, reader, talk.school, talk.child_id, now):
        return None
    return _paper(tx, config, talk, reader, now)


def _sign(tx: Tx, appointment_id: int, contact_id: int) -> str:
    return tx.find(f"talk_sheet:{appointment_id}:{contact_id}")[:24]


def _paper(tx: Tx, config: Config, talk: Talk, reader: int, now: datetime) -> Paper | None:
    came = agreed.of(tx, talk.id)
    at = talk.starts_at.astimezone(config.zone(talk.school))
    last = max(at.date(), came.look_on) if came and came.look_on else at.date()
    if now.date() > last + LIFE or talk.school not in config.schools:
        return None
    language = contacts.languages(tx, [reader]).get(reader, SOURCE)
    colleague = staff.by_id(tx, talk.staff_id) if talk.staff_id else None
    child = families.of_children(tx, [talk.child_id]).get(talk.child_id, "") if talk.child_id else ""
    asked = sheet.by_question(sheet.level_of(tx, config, talk), sheet.hers(tx, talk.id, reader))
    told = came is not None and any(each.contact_id == reader for each in came.to)
    return Paper(
        language, config.school(talk.school).name, child, colleague.name if colleague else "", at.date().isoformat(),
        f"{at:%H:%M}", talk.place, tuple(asked), _lines(tx, talk.school, came, language) if came and told else None,
    )  # fmt: skip


def _lines(tx: Tx, school: str, came: agreed.Agreed, language: str) -> Lines:
    both = came.school_does, came.home_does
    found = orders.said(tx, [Wanted(school, SOURCE, language, each) for each in both])
    first, second = (_line(found.get(Wanted(school, SOURCE, language, each)), each, language) for each in both)
    return Lines(first, second, came.look_on.isoformat() if came.look_on else "")


def _line(said: orders.Said | None, text: str, language: str) -> Line:
    if said is None or said.state != orders.DONE:
        return Line(text, SOURCE)
    return Line(said.text, language, said.origin != orders.PERSON)
