"""Her talks in her own calendar: an address that is shown once, and is ended here."""

from bot.booking import feeds
from bot.console.visit import TALKING, Answer, Go, Page, Visit, get, post
from bot.store.database import Tx

HERE = "/mijn/agenda"


def show(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx, "")


def make(visit: Visit, tx: Tx) -> Answer:
    """A new address; the one she had gives nothing any more."""
    address = feeds.make(tx, visit.config, visit.who.staff_id, visit.now)
    return _page(visit, tx, address)


def end(visit: Visit, tx: Tx) -> Answer:
    feeds.end(tx, visit.who.staff_id, visit.now)
    return Go(HERE, "klaar.agenda_weg")


def _page(visit: Visit, tx: Tx, address: str) -> Page:
    since = feeds.since(tx, visit.who.staff_id)
    day = visit.say.day(since.astimezone(visit.school.zone).date()) if since else ""
    opens = "webcal://" + address.partition("://")[2] if address else ""
    return Page("mijn_agenda.html", {"room": "afspraken", "address": address, "opens": opens, "since": day})


DOORS = (
    get(HERE, show, TALKING),
    post(f"{HERE}/maak", make, TALKING, "agenda_adres"),
    post(f"{HERE}/weg", end, TALKING, "agenda_adres_weg"),
)
