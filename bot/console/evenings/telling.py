"""What an evening was about, as who could not come will read it: looked at before it is sent."""

from typing import NamedTuple

from bot.channels.sms import sms_parts
from bot.console.visit import Visit
from bot.gatherings import opening
from bot.gatherings.gatherings import Gathering
from bot.model import Value
from bot.store.database import Tx
from bot.translation.texts import SOURCE


class Look(NamedTuple):
    """The message in Dutch, how many parents it is for, and in how many parts it leaves as an SMS."""

    words: str
    readers: int
    parts: int


def look(visit: Visit, tx: Tx, one: Gathering, text: str) -> Look:
    """This summary, not sent yet."""
    day = one.starts_at.astimezone(visit.school.zone).date()
    fields = {
        "leerkracht": Value("name", visit.who.name), "school": Value("name", visit.school.name),
        "datum": Value("date", day.isoformat()), "samenvatting": Value("text", text),
    }  # fmt: skip
    words = visit.house.books.catalogue.words(SOURCE).say("thema_na.vraag", fields)
    return Look(words, len(opening.readers(tx, visit.config, one)), sms_parts(words))
