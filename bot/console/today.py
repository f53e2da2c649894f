"""Today: what needs this person now, at most five things, each with the one tap that does it; then what is done."""

from bot.console.visit import EVERYONE, Answer, Page, Visit, get
from bot.store.database import Tx


def show(visit: Visit, tx: Tx) -> Answer:
    return Page("vandaag.html", {"needs": [], "refresh": 60})


DOORS = (get("/vandaag", show, EVERYONE),)
