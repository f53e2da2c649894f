"""The calendar file of a gathering: a small link that goes with her confirmation, and what her phone gets there."""

from datetime import datetime

from sqlalchemy import select

from bot import ics
from bot.config import Config
from bot.gatherings import gatherings, guests
from bot.ics import Entry
from bot.people import barred
from bot.store import tables as t
from bot.store import tokens
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue

PATH = "/avond"
_WHAT = "gathering"
_KEYS = ("thema.agenda_anders", "thema.agenda_af")
_SHOWN = (*guests.THERE, guests.OFF)


def link(tx: Tx, config: Config, gathering_id: int, contact_id: int) -> str:
    """Where her phone finds it."""
    return f"{config.web.public_url}{PATH}/{tokens.make(tx, _WHAT, gathering_id, contact_id)}.ics"


def file(tx: Tx, config: Config, catalogue: Catalogue, token: str, now: datetime) -> bytes | None:
    """The gathering as it is now, also where it is off; None where it is over or she does not come."""
    number = tokens.number_of(token)
    gathering = gatherings.get(tx, number) if number else None
    if gathering is None or gathering.school not in config.schools or gathering.ends_at <= now:
        return None
    v = t.visitor.c
    there = select(v.contact_id).where(v.gathering_id == gathering.id, v.state.in_(_SHOWN))
    for contact_id in tx.execute(there).scalars():
        if tokens.is_hers(tx, token, _WHAT, gathering.id, contact_id):
            shut = barred.is_shut(tx, contact_id, gathering.school, None, now)
            return None if shut else _written(tx, config, catalogue, gathering, contact_id)
    return None


def _written(
    tx: Tx, config: Config, catalogue: Catalogue, gathering: gatherings.Gathering, contact_id: int
) -> bytes:  # fmt: skip
    sealed = tx.execute(select(t.contact.c.language).where(t.contact.c.id == contact_id)).scalar_one()
    words = catalogue.reader(tx.open("contact.language", sealed), _KEYS)
    off = gathering.state == gatherings.STOPPED
    about = words.say("thema.agenda_af" if off else "thema.agenda_anders", {})
    entry = Entry(
        tx.find(f"gathering:{gathering.id}"), gathering.starts_at, gathering.minutes, gathering.made_at,
        gathering.name, f"{gathering.place}, {config.schools[gathering.school].name}", about, gathering.moved, off,
    )  # fmt: skip
    return ics.many([entry], "", words.language)
