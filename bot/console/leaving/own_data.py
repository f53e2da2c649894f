"""What is kept of a parent, for the office: handed over as files, or forgotten after a look; and who is forgotten."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.console import households
from bot.console.visit import OFFICES, Answer, File, Go, Gone, Page, Visit, get, post
from bot.privacy import erase, export
from bot.privacy.erase import Erasure
from bot.reports import handout
from bot.store.database import Tx

WHY = ("gevraagd", "vertrokken", "verkeerd")  # she asked, she left, it is the wrong person
CHANNELS = {"whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram", "partner": "partners"}
LIST = "/instellingen/vergeten"
_COUNTED = {  # what is told in figures: a text key -> tables
    "persoon": ("guardian", "address"),
    "berichten": ("inbox", "outbox"), "gesprekken": ("thread",), "afspraken": ("appointment",),
    "antwoorden": ("run", "prepared", "broadcast_to"), "verteld": ("known",), "bestanden": ("media",),
    "ja": ("consent",), "anders": ("visitor", "referral", "voter", "candidate", "followup", "talk_request"),
}  # fmt: skip


class Count(NamedTuple):
    text: str
    many: int


def look(visit: Visit, tx: Tx) -> Answer:
    """How much there is of her, and what one can do with it."""
    return Page("gezin_gegevens.html", _her(visit, tx))


def _her(visit: Visit, tx: Tx) -> dict[str, Any]:
    contact_id = visit.ids["contact"]
    hers = [row for row in households.rows(visit, tx, contact=contact_id) if row.contact_id == contact_id]
    if not hers:
        raise Gone
    found = export.counts(tx, contact_id)
    counts = [
        Count(visit.say(f"gegevens.{name}"), sum(found.get(table, 0) for table in tables))
        for name, tables in _COUNTED.items()
    ]
    return {
        "contact": contact_id, "name": households.names(tx, hers), "counts": [each for each in counts if each.many],
        "hindrance": erase.hindrance(tx, visit.config, contact_id, visit.who.schools), "wrong": "", "why": WHY,
    }  # fmt: skip


def pack(visit: Visit) -> bytes:
    """Everything in one file, beside the writer. Empty where it is not this school's alone to hand over."""
    database, contact_id = visit.house.database, visit.ids["contact"]
    with database.read() as tx:
        if erase.hindrance(tx, visit.config, contact_id, visit.who.schools) == "elsewhere":
            return b""
        found = export.everything(tx, visit.config, contact_id, visit.now, inward=True)
        return handout.packed(tx, visit.house.books.catalogue, found)


def take(visit: Visit, tx: Tx) -> Answer:
    if not visit.prepared:
        raise Gone
    return File("ouder-gegevens.zip", "application/zip", visit.prepared)


def ask(visit: Visit, tx: Tx) -> Answer:
    """What goes and what stays, before anything is done."""
    return Page("gezin_vergeten.html", _her(visit, tx))


def forget(visit: Visit, tx: Tx) -> Answer:
    values = _her(visit, tx)
    why, contact_id = visit.form.get("waarom", ""), visit.ids["contact"]
    if values["hindrance"] in ("work", "duty", "elsewhere"):
        return Page("gezin_vergeten.html", values, 422)
    if why not in WHY or visit.form.get("zeker") != "ja":
        return Page("gezin_vergeten.html", {**values, "wrong": visit.say("vergeten.fout")}, 422)
    number = erase.begin(
        tx, visit.config, contact_id, "staff", visit.now, school=visit.who.school, staff_id=visit.who.staff_id, why=why
    )
    return Go(LIST, "klaar.vergeten", about=("erasure", number))


# --- who is forgotten
def listed(visit: Visit, tx: Tx) -> Answer:
    """Erasures of this school: numbers, states, and what others still hold."""
    rows = [_row(visit, each) for each in erase.listed(tx, visit.who.schools)]
    return Page("instellingen_vergeten.html", {"rows": rows})


def _row(visit: Visit, each: Erasure) -> Mapping[str, Any]:
    say = visit.say
    held = [
        say(f"vergeten.bij.{state}", kanaal=CHANNELS.get(channel, channel), aantal=many)
        for channel, states in each.left.items()
        for state, many in states.items()
    ]
    again = each.state == "partly" and each.try_at is not None
    return {
        "id": each.id, "state": each.state, "text": say(f"vergeten.stand.{each.state}"), "held": held,
        "by": say(f"vergeten.door.{each.asked}"), "when": say.moment(each.asked_at, visit.now, visit.school.zone),
        "again": say.moment(each.try_at, visit.now, visit.school.zone) if again and each.try_at else "",
        "reason": each.reason or "",
    }  # fmt: skip


DOORS = (
    get("/gezinnen/{contact}/gegevens", look, OFFICES),
    post("/gezinnen/{contact}/gegevens/meenemen", take, OFFICES, "gegevens", before=pack),
    get("/gezinnen/{contact}/vergeten", ask, OFFICES),
    post("/gezinnen/{contact}/vergeten/doe", forget, OFFICES, "vergeten", proven=True),
    get(LIST, listed, OFFICES),
)
