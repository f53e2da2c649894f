"""The week that is to come on each phone, in Dutch: what, when, and why something waits or is skipped."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from bot.demo import clock
from bot.demo.school import ZONE
from bot.demo.screen import Line
from bot.model import WEEKDAYS, Address
from bot.scheduler import agenda
from bot.scheduler.agenda import Classes, Coming, Nudges
from bot.scheduler.almanac import Almanac
from bot.store import tables as t
from bot.store.database import Tx

_REASONS = {
    "quiet_hours": "uitgesteld: stille uren",
    "quiet": "uitgesteld: stille uren",
    "vakantie": "uitgesteld: vakantie",
    "no_consent": "wacht: hiervoor is geen toestemming",
    "budget": "wacht: hooguit {budget} per week",
    "apart": "wacht even: er ging net een bericht weg",
    "portfolio": "wacht: WhatsApp laat vandaag niet meer gezinnen toe",
    "knocked": "wacht tot de ouder iets terugstuurt",
    "throttled": "nieuwe poging: het kanaal vroeg geduld",
    "unsent": "nieuwe poging: het kanaal was niet bereikbaar",
    "not_arrived": "nieuwe poging: het kwam de vorige keer niet aan",
    "busy": "wacht: er staat nog een vraag open",
}
_SKIPPED = {
    "vakantie": "vakantie: overgeslagen",
    "studiedag": "studiedag: overgeslagen",
    "vrij": "vrije dag: overgeslagen",
    agenda.PAUSED: "pauze tot {paused}: niet gestuurd",
    agenda.TOO_LATE: "te laat: niet gestuurd",
    "budget": "hooguit {budget} per week: niet gestuurd",
    "no_consent": "geen toestemming: niet gestuurd",
    "quiet": "stille uren: niet gestuurd",
}
_WAITS_FOR_PAUSE = "pauze: wacht tot {paused}"
_KINDS = {
    "plan": "herinnering {about}",
    "remind": "herinnering aan de afspraak",
    "digest": "overzicht van de dag",
    agenda.ASKS: "vraag over {about}",
    agenda.NUDGE: "nog eens vragen over {about}",
}
_CLASSES = {
    "broadcast": "bericht voor de klas",
    "plan": "herinnering",
    "tip": "tip",
    "appointment": "bericht over de afspraak",
    "reply": "antwoord",
    "urgent": "dringend bericht",
}
# What a flow is about, where its name alone does not say it.
_ABOUT = {
    "startgesprek": "het startgesprek",
    "rapport": "het rapport",
    "helpen": "helpen op school",
    "afscheid": "het afscheid",
    "vertrek": "het afscheid",
    "overstap": "de nieuwe school",
    "hoe_gaat_het": "hoe het gaat",
    "kunnen": "iets voor de klas",
    "welkom_week": "de eerste week",
    "welkom_maand": "de eerste maand",
    "welkom_zes": "de eerste zes weken",
    "na_gesprek": "het gesprek",
    "na_vraag": "de vraag van laatst",
    "gemist": "de gemiste afspraak",
    "boeken": "het oudergesprek",
    "plek_vrij": "een vrije plek",
    "samen": "samen naar het gesprek",
    "voorbereiding": "de voorbereiding van het gesprek",
    "afspraken_na": "de afspraken na het gesprek",
    "terugkijken": "terugkijken op de afspraken",
    "beloofd": "wat beloofd was",
}


def weeks(
    tx: Tx, almanac: Almanac, addresses: Iterable[Address], now: datetime, nudges: Nudges,
    classes: Classes | None = None,
) -> dict[Address, tuple[Line, ...]]:  # fmt: skip
    """The coming week of many phones, with a handful of statements."""
    by_find = {tx.find(str(address)): address for address in addresses}
    columns = select(t.address.c.find, t.address.c.contact_id, t.contact.c.budget, t.contact.c.paused_until)
    joined = columns.join(t.contact, t.contact.c.id == t.address.c.contact_id)
    known = tx.execute(joined.where(t.address.c.find.in_(by_find))).all()
    found = agenda.coming(tx, almanac, {row.contact_id for row in known}, now, nudges=nudges, classes=classes)
    lines = {}
    for row in known:
        told = {
            "budget": _many(almanac.config.budget.week if row.budget is None else row.budget),
            "paused": _date(row.paused_until, now) if row.paused_until else "",
        }
        lines[by_find[row.find]] = tuple(_line(each, told, now) for each in found[row.contact_id])
    return lines


def _line(each: Coming, told: dict[str, str], now: datetime) -> Line:
    if each.reason == agenda.PAUSED and not each.skipped:
        why = _WAITS_FOR_PAUSE
    else:
        why = (_SKIPPED if each.skipped else _REASONS).get(each.reason, "")
    local = each.at.astimezone(ZONE)
    return Line(
        f"{each.kind}-{each.what}-{local:%m%d%H%M}", _when(each.at, now), local.isoformat(timespec="minutes"),
        _what(each), why.format(**told), each.skipped,
    )  # fmt: skip


def _what(each: Coming) -> str:
    about = _ABOUT.get(each.what, each.what.partition(":")[0].replace("_", " "))
    if each.kind == agenda.MESSAGE:
        return _CLASSES.get(each.what, f"bericht over {about}")
    return _KINDS.get(each.kind, "vraag over {about}").format(about=about)


def _when(at: datetime, now: datetime) -> str:
    """`di 19.30`; a week from now `ma 30 nov 19.30`."""
    local = at.astimezone(ZONE)
    far = (local.date() - now.astimezone(ZONE).date()).days > 6
    return f"{clock.day(at, ZONE) if far else WEEKDAYS[local.weekday()]} {clock.hour(at, ZONE)}"


def _date(moment: datetime, now: datetime) -> str:
    """`21 dec`."""
    return clock.day(moment, ZONE).partition(" ")[2]


def _many(messages: int) -> str:
    return f"{messages} bericht" + ("" if messages == 1 else "en")
