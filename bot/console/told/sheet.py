"""What is being composed, as its form has it: it keeps itself from page to page until it is sent."""

import json
import re
import secrets

from bot.console import drafts, sheets
from bot.console.visit import Visit
from bot.store.database import Tx

PLACE, ASKED = "bericht", "bericht_vraag"  # words that keep themselves while they are typed
SHEET = "bericht_blad"  # the whole form, as it was when she looked at what arrives
KEY = "sleutel"  # of one message: however often it is sent, it is sent once
FIELD = "klaar."  # of a ready message: `klaar.studiedag.dag`
MANY = ("groep", "jaar", "tag", "alle", "kind", "klopt")
ONE = (
    KEY, "niet", "over", "soort", "klaar", "tekst", "vraag", "hoe", "plaatsen", "tot", "dringend", "reden", "bestand",
)  # fmt: skip
CHOICES = 10
_NAME = re.compile(r"klaar\.[a-z0-9_]{1,30}\.[a-z0-9_]{1,30}|keuze[0-9]{1,2}")


class Sheet(sheets.Sheet):
    """A message as its form has it."""

    @classmethod
    def is_field(cls, name: str) -> bool:
        return name in (*MANY, *ONE) or _NAME.fullmatch(name) is not None

    @property
    def choices(self) -> list[str]:
        """The answers that somebody wrote herself, without the empty ones."""
        return [words for number in range(1, CHOICES + 1) if (words := " ".join(self[f"keuze{number}"].split()))]

    @property
    def right(self) -> list[int]:
        """Which of them are right, as numbers from 1 among those that are written."""
        written = [number for number in range(1, CHOICES + 1) if self[f"keuze{number}"]]
        return [place for place, number in enumerate(written, 1) if self.has("klopt", number)]


def typed(visit: Visit) -> Sheet:
    """What came with a form, as a message of its own."""
    return Sheet(visit.many).having(**{KEY: secrets.token_hex(8)})


def kept(visit: Visit, tx: Tx, fresh: Sheet) -> "Sheet | None":
    """What she had begun, on a `fresh` one where it was words only; words that she typed since then go first."""
    body = drafts.of(tx, visit.who.staff_id, SHEET)
    words = {"tekst": drafts.of(tx, visit.who.staff_id, PLACE), "vraag": drafts.of(tx, visit.who.staff_id, ASKED)}
    words = {name: each for name, each in words.items() if each}
    if not body and not words:
        return None
    begun = Sheet(json.loads(body)) if body else fresh.having(soort="vraag" if "vraag" in words else "zelf")
    return begun.having(**words)


def looked_at(visit: Visit, tx: Tx) -> "Sheet | None":
    """What she was shown last, word for word."""
    body = drafts.of(tx, visit.who.staff_id, SHEET)
    return Sheet(json.loads(body)) if body else None


def keep(visit: Visit, tx: Tx, sheet: Sheet) -> None:
    """Remember all of it."""
    drafts.keep(tx, visit.who.staff_id, SHEET, sheet.dump(), visit.now)
    for place in (PLACE, ASKED):
        drafts.forget(tx, visit.who.staff_id, place)


def forget(visit: Visit, tx: Tx) -> None:
    """It was sent, or is not wanted any more."""
    for place in (SHEET, PLACE, ASKED):
        drafts.forget(tx, visit.who.staff_id, place)
