"""What partners offer to the families on the stage, whatever a school has in its own file."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from bot.check.casting import SCHOOLS, Parent
from bot.check.transcript import Shelved
from bot.errors import ContentError
from bot.model import Value
from bot.offers import referrals
from bot.offers.rows import Item
from bot.offers.shelf import Shelf
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES

FLOWS = ("aanbod_check",)  # begin with a referral
_KNOWN = date(2026, 9, 1)  # when the owners were asked
_ALL = tuple(LANGUAGES)


def _item(key: str, theme: str, youngest: int | None = None, oldest: int | None = None) -> Item:
    """Free, by telephone and on a page, in every language."""
    return Item(
        key, "", "Buurthuis De Sluis", "Nora Smit", "+31612000201", "https://sluis.example.org", theme, _ALL, youngest,
        oldest, "Buurthuis De Sluis", Decimal(0), "", None, _KNOWN, key.capitalize(), "Elke dinsdag om 9:00.",
    )  # fmt: skip


# Children on the stage are in groep 4, 6 and 1.
_ITEMS = {
    each.key: each
    for each in (
        _item("taalcafe", "taal"), _item("taalles", "taal"), _item("taalmaatje", "taal"), _item("taalkoffie", "taal"),
        _item("zwemles", "sport", 5, 10), _item("peuters", "opvoeding", 0, 3), _item("boeken", "lezen"),
        _item("pubers", "opvoeding", 12, 16), _item("geldhulp", "geld"), _item("kleren", "huis"),
        _item("knutselen", "vrijetijd"), _item("tandarts", "gezondheid"), _item("koffie", "ouders"),
    )
}  # fmt: skip


def shelf(shelved: Shelved, start: datetime) -> Shelf:
    """The offers of a transcript. Raises ContentError where it names one that nobody has."""
    if unknown := {*shelved.offers, *filter(None, [shelved.last])} - _ITEMS.keys():
        raise ContentError(f"there is no offer {min(unknown)!r}; there are: {', '.join(_ITEMS)}")
    items = [_ITEMS[key] for key in shelved.offers]
    return Shelf(tuple(replace(each, until=start.date()) if each.key == shelved.last else each for each in items))


def lay(tx: Tx, shelved: Shelved, parent: Parent, now: datetime) -> None:
    """What she said yes to before: about the first of these offers."""
    if not shelved.referral:
        return
    referrals.ask(tx, parent.contact_id, SCHOOLS[0].key, shelved.offers[0], now)
    if shelved.referral == referrals.PASSED:
        hers = t.referral.c.contact_id == parent.contact_id
        number = tx.execute(select(t.referral.c.id).where(hers)).scalar_one()
        referrals.move(tx, number, [referrals.OPEN], referrals.PASSED, None, now)
        tx.execute(update(t.referral).where(hers).values(check_at=None))  # the transcript itself begins the question


def begun(tx: Tx, parent: Parent) -> dict[str, Any]:
    """What a conversation about her referral begins with."""
    r = t.referral.c
    number = tx.execute(select(r.id).where(r.contact_id == parent.contact_id).order_by(r.id.desc()).limit(1)).scalar()
    return {"fields": {"verwijzing": Value("number", str(number))}} if number else {}
