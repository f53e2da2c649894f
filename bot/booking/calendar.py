"""The calendar file of a talk: a short address that goes with the confirmation, and what a phone gets there."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from bot import ics
from bot.booking import own
from bot.config import Config
from bot.ics import Entry
from bot.model import Value
from bot.people import barred
from bot.store import tables as t
from bot.store import tokens
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue, LanguageWords

PATH = "/afspraak"
_WHAT = "calendar"
_PLACES = {"phone": "agenda.bellen", "video": "agenda.video", "home": "agenda.thuis"}
_KEYS = (
    "agenda.met", "agenda.zonder", "agenda.tolk", "agenda.anders", "agenda.gaat_niet_door", *_PLACES.values(),
)  # fmt: skip


class Reader(NamedTuple):
    """Whose address it is: who has the talk, or who comes along."""

    talk_id: int
    contact_id: int


def link(tx: Tx, config: Config, talk_id: int, contact_id: int) -> str:
    """Where her phone finds the talk. Each parent has an address of her own, also where it is the other's talk now."""
    return f"{config.web.public_url}{PATH}/{tokens.make(tx, _WHAT, talk_id, contact_id)}.ics"


def reader_of(tx: Tx, token: str) -> Reader | None:
    """Whose token this is, with or without what follows a dot; None where it is none of ours. It is kept nowhere."""
    talk_id, a = tokens.number_of(token), t.appointment.c
    contact_id = tx.execute(select(a.contact_id).where(a.id == talk_id)).scalar() if talk_id else None
    if talk_id is None or contact_id is None:
        return None
    g = t.guest.c
    along = select(g.contact_id).where(g.appointment_id == talk_id, g.role == "comes", g.state == "yes")
    readers = [contact_id, *tx.execute(along).scalars()]
    hers = (who for who in readers if tokens.is_hers(tx, token, _WHAT, talk_id, who))
    return next((Reader(talk_id, who) for who in hers), None)


def talk_of(tx: Tx, token: str) -> int | None:
    """The talk of such a token; None where it is none of ours."""
    reader = reader_of(tx, token)
    return reader.talk_id if reader else None


def file(tx: Tx, config: Config, catalogue: Catalogue, token: str, now: datetime) -> bytes | None:
    """The talk as it is now, in her language, also where it is off, and what else she has that day in its round; None
    where all of it is over or not hers."""
    reader = reader_of(tx, token)
    row = talk_row(tx, reader.talk_id) if reader else None
    if reader is None or row is None or row.state not in ("planned", "cancelled") or row.school not in config.schools:
        return None
    rows = [each for each in (row, *_beside(tx, config, reader, row)) if _is_shown(tx, reader, each, now)]
    if not rows:
        return None
    sealed = tx.execute(select(t.contact.c.language).where(t.contact.c.id == reader.contact_id)).scalar_one()
    words = catalogue.reader(tx.open("contact.language", sealed), _KEYS)
    return ics.many([_entry(tx, config, words, each) for each in rows], "", words.language)


def _beside(tx: Tx, config: Config, reader: Reader, row: Row[Any]) -> list[Row[Any]]:
    """Her other talks of that day in the same round: of siblings."""
    zone = config.zone(row.school)
    day = row.starts_at.astimezone(zone).date()
    same = [
        each.id for each in own.talks(tx, reader.contact_id)
        if each.round_id == row.round_id and each.round_id and each.state == "planned" and each.id != row.id
        and each.starts_at.astimezone(zone).date() == day
    ]  # fmt: skip
    return [found for found in (talk_row(tx, each) for each in same) if found]


def _is_shown(tx: Tx, reader: Reader, row: Row[Any], now: datetime) -> bool:
    over = row.starts_at + timedelta(minutes=row.minutes) <= now
    return not over and not barred.is_shut(tx, reader.contact_id, row.school, row.child_id, now)


def talk_row(tx: Tx, talk_id: int) -> Row[Any] | None:
    """A talk with all that a calendar shows of it."""
    return tx.execute(select(t.appointment).where(t.appointment.c.id == talk_id)).first()


def uid(tx: Tx, talk_id: int) -> str:
    """By which every calendar knows this talk again: of both parents, and of the teacher."""
    return tx.find(f"talk:{talk_id}")


def _entry(tx: Tx, config: Config, words: LanguageWords, row: Row[Any]) -> Entry:
    school = config.schools[row.school].name
    off = row.state == "cancelled"
    sealed = tx.execute(select(t.staff.c.name).where(t.staff.c.id == row.staff_id)).scalar() if row.staff_id else None
    given = {"school": Value("name", school)}
    if sealed:
        given["leerkracht"] = Value("name", tx.open("staff.name", sealed))
    about = ["agenda.tolk"] if row.interpreter_id else []
    lines = [words.say(each, {}) for each in (["agenda.gaat_niet_door"] if off else [*about, "agenda.anders"])]
    where = words.say(_PLACES[row.mode], {}) if row.mode in _PLACES else ", ".join(filter(None, (row.place, school)))
    if row.mode == "video" and row.link and not off:
        lines.insert(0, tx.open("appointment.link", row.link))
    return Entry(
        uid(tx, row.id), row.starts_at, row.minutes, row.changed_at,
        words.say("agenda.met" if sealed else "agenda.zonder", given, isolates=False), where, "\n".join(lines),
        row.moved, off,
    )  # fmt: skip
