"""An evening on its page: who comes, what there has to be, and what one can do about it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.console.evenings import sheet as sheets
from bot.console.evenings import telling
from bot.console.evenings.sheet import moment
from bot.console.evenings.telling import Look
from bot.console.visit import CLASS, OFFICES, Answer, Go, Gone, Page, Visit, get, post
from bot.errors import BotError
from bot.gatherings import gatherings, guests, posters
from bot.gatherings.gatherings import Gathering
from bot.gatherings.guests import AWAY, CAME, COMING, LISTED, MISSED, NO, OFF, OFFERED, Guest
from bot.gatherings.plan import OPEN_DAY, PLACE, REASON, SUMMARY
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Tx

_SHOWN = ((COMING, OFFERED, CAME, MISSED), (LISTED,), (AWAY,), (NO,), (OFF,))
_NAMES = ("komt", "lijst", "leest", "niet", "gestopt")


class Line(NamedTuple):
    """One family."""

    contact_id: int
    name: str
    about: str
    note: str
    came: bool


class Section(NamedTuple):
    key: str
    lines: Sequence[Line]


def show(visit: Visit, tx: Tx) -> Answer:
    return page(visit, tx)


def page(visit: Visit, tx: Tx, wrong: str = "", look: Look | None = None) -> Page:
    """As it is; after a form with what is wrong, or with the summary as it will be read."""
    one = of(visit, tx)
    found = guests.listed(tx, one.id)
    count, said = guests.counted(found), gatherings.said(tx, one.id)
    zone, form = visit.school.zone, visit.form
    local = one.starts_at.astimezone(zone)
    useful = [each.useful for each in found if each.useful]
    values: dict[str, Any] = {
        "one": one, "wrong": wrong, "look": look, "count": count,
        "groups": ", ".join(gatherings.groups(tx, one.id).values()),
        "moment": visit.say.moment(one.starts_at, visit.now, zone), "until": visit.say.hour(one.ends_at, zone),
        "invites": visit.say.moment(one.invites_at, visit.now, zone),
        "closes": visit.say.moment(one.closes_at, visit.now, zone),
        "tongues": [(visit.say.named(code), many) for code, many in sorted(count.interpreters.items())],
        "sections": sections(visit, tx, found), "over": one.starts_at <= visit.now, "said": said,
        "summary": form.get("tekst", said.summary), "long": SUMMARY, "reason_long": REASON, "place_long": PLACE,
        "day": form.get("dag", f"{local:%Y-%m-%d}"), "hour": form.get("uur", f"{local:%H:%M}"),
        "place": form.get("plaats", one.place), "reason": form.get("reden", ""),
        "useful": useful.count("ja"), "answers": len(useful), "poster": one.kind == OPEN_DAY, "room": "afspraken",
        "ticked": any(each.state in (CAME, MISSED) for each in found), "may": runs(visit, tx, one),
        "has_poster": posters.of(tx, one.id) is not None, "left": guests.free(tx, one),
    }  # fmt: skip
    return Page("avond.html", values, 422 if wrong else 200)


def of(visit: Visit, tx: Tx) -> Gathering:
    """The one in the address. Raises Gone."""
    found = gatherings.get(tx, visit.ids["gathering"])
    if found is None:
        raise Gone
    return found


def runs(visit: Visit, tx: Tx, one: Gathering) -> bool:
    """Whether she may change and stop it: the office, who made it, and who has all of its groups."""
    groups = set(gatherings.groups(tx, one.id))
    hers = bool(groups) and groups <= set(visit.who.groups)
    return visit.who.role in OFFICES or one.staff_id == visit.who.staff_id or hers


def _hers(visit: Visit, tx: Tx) -> Gathering:
    one = of(visit, tx)
    if not runs(visit, tx, one):
        raise Gone
    return one


# --- who comes
def sections(visit: Visit, tx: Tx, found: Sequence[Guest]) -> list[Section]:
    """Everybody who said something, by what she said; a teacher reads the names of her own groups."""
    if visit.who.role not in OFFICES:
        hers = _of_her_groups(visit, tx)
        found = [each for each in found if each.contact_id in hers]
    names = _named(tx, visit, [each.contact_id for each in found])
    tongues = contacts.languages(tx, [each.contact_id for each in found])
    made = []
    for key, states in zip(_NAMES, _SHOWN, strict=True):
        here = [each for each in found if each.state in states]
        lines = [_line(visit, each, names.get(each.contact_id, ""), tongues.get(each.contact_id, "")) for each in here]
        if lines:
            made.append(Section(key, sorted(lines, key=lambda line: line.name.casefold())))
    return made


def _of_her_groups(visit: Visit, tx: Tx) -> set[int]:
    g, m = t.guardian.c, t.membership.c
    rows = select(g.contact_id).join(t.membership, m.child_id == g.child_id).where(m.group_id.in_(visit.who.groups))
    return set(tx.execute(rows).scalars())


def _line(visit: Visit, guest: Guest, name: str, language: str) -> Line:
    say, about = visit.say, []
    if guest.state in guests.THERE or guest.state in (CAME, MISSED, LISTED):
        about.append(say("avonden.mensen", aantal=guest.people))
        about += [say("avonden.opvang_voor", aantal=guest.children)] if guest.children else []
        if guest.interpreter not in (guests.UNASKED, guests.NONE):
            about.append(say("avonden.tolk_voor", taal=say.named(guest.interpreter)))
    note = {OFFERED: "avonden.is_gevraagd", CAME: "avonden.was_er", MISSED: "avonden.was_er_niet"}.get(guest.state, "")
    shown = name or say("avonden.nieuw_gezin", taal=say.named(language))
    return Line(guest.contact_id, shown, ", ".join(about), say(note) if note else "", guest.state != MISSED)


def _named(tx: Tx, visit: Visit, contact_ids: Sequence[int]) -> dict[int, str]:
    """What the school calls them; of a new family how it calls itself."""
    g, v = t.guardian.c, t.visitor.c
    found = {
        row.contact_id: tx.open("visitor.name", row.name)
        for row in tx.execute(
            select(v.contact_id, v.name).where(v.gathering_id == visit.ids["gathering"], v.name.is_not(None))
        )
    }
    for some in contacts.slices(contact_ids):
        hers = select(g.contact_id, g.name).where(g.school == visit.who.school, g.contact_id.in_(some))
        found |= {row.contact_id: tx.open("guardian.name", row.name) for row in tx.execute(hers.order_by(g.id.desc()))}
    return found


def paper(visit: Visit, tx: Tx) -> Answer:
    """Who comes, to print and to tick with a pen."""
    one = of(visit, tx)
    found = guests.listed(tx, one.id, (COMING, OFFERED, CAME, MISSED))
    values = {
        "one": one, "moment": visit.say.moment(one.starts_at, visit.now, visit.school.zone), "room": "afspraken",
        "lines": [line for section in sections(visit, tx, found) for line in section.lines],
        "count": guests.counted(found),
    }  # fmt: skip
    return Page("avond_blad.html", values)


# --- what is done
def ticks(visit: Visit, tx: Tx) -> Answer:
    """Who was there."""
    one = _hers(visit, tx)
    if one.starts_at > visit.now or one.state == gatherings.STOPPED:
        return page(visit, tx, visit.say("avonden.fout_nog_niet"))
    came = [int(each) for each in visit.many.get("was", ()) if each.isascii() and each.isdigit() and len(each) < 19]
    guests.tick(tx, one.id, came, visit.now, None if visit.who.role in OFFICES else _of_her_groups(visit, tx))
    return Go(f"/avonden/{one.id}", "klaar.avond_wie")


def summary(visit: Visit, tx: Tx) -> Answer:
    """What it was about goes to who could not come, once it was looked at."""
    one = _hers(visit, tx)
    text = " ".join(visit.form.get("tekst", "").split())
    if not 0 < len(text) <= SUMMARY:
        return page(visit, tx, visit.say("avonden.fout_tekst", aantal=SUMMARY))
    if not visit.form.get("nu") and one.starts_at <= visit.now and one.state in (gatherings.OPEN, gatherings.CLOSED):
        return page(visit, tx, look=telling.look(visit, tx, one, text))
    if not gatherings.tell(tx, one.id, text, visit.now):
        return page(visit, tx, visit.say("avonden.fout_nog_niet"))
    return Go(f"/avonden/{one.id}", "klaar.avond_verteld")


def close(visit: Visit, tx: Tx) -> Answer:
    one = _hers(visit, tx)
    if not gatherings.close(tx, one.id, visit.now):
        return page(visit, tx, visit.say("avonden.fout_niet_open"))
    return Go(f"/avonden/{one.id}", "klaar.avond_dicht")


def stop(visit: Visit, tx: Tx) -> Answer:
    """It is off; who would come hears so, and why."""
    one, reason = _hers(visit, tx), _reason(visit)
    if not reason:
        return page(visit, tx, visit.say("avonden.fout_reden", aantal=REASON))
    if not gatherings.stop(tx, one.id, reason, visit.now):
        return page(visit, tx, visit.say("avonden.fout_niet_open"))
    return Go(f"/avonden/{one.id}", "klaar.avond_gestopt")


def move(visit: Visit, tx: Tx) -> Answer:
    """Another moment or place."""
    one, reason = _hers(visit, tx), _reason(visit)
    starts_at = moment(visit, visit.form.get("dag", ""), visit.form.get("uur", ""))
    place = " ".join(visit.form.get("plaats", "").split())
    if not reason or starts_at is None or not 0 < len(place) <= PLACE:
        return page(visit, tx, visit.say("avonden.fout_verzet", aantal=REASON))
    try:
        gatherings.move(tx, visit.config, one.id, starts_at, place, reason, visit.now)
    except BotError:
        return page(visit, tx, visit.say("avonden.fout_verzet", aantal=REASON))
    return Go(f"/avonden/{one.id}", "klaar.avond_verzet")


def copy(visit: Visit, tx: Tx) -> Answer:
    """The same for next year, as a form to look at."""
    sheets.keep(visit, tx, sheets.again(visit, tx, of(visit, tx)))
    return Go("/avonden/nieuw")


def _reason(visit: Visit) -> str:
    """A whole sentence: it ends with a full stop."""
    reason = " ".join(visit.form.get("reden", "").split())
    if not 0 < len(reason) <= REASON:
        return ""
    return reason if reason[-1] in ".!?" else f"{reason}."


_HERE = "/avonden/{gathering}"
DOORS = (
    get(_HERE, show, CLASS),
    get(f"{_HERE}/lijst", paper, CLASS),
    post(f"{_HERE}/wie", ticks, CLASS, "avond_wie"),
    post(f"{_HERE}/vertel", summary, CLASS, "avond_verteld"),
    post(f"{_HERE}/sluit", close, CLASS, "avond_dicht"),
    post(f"{_HERE}/stop", stop, CLASS, "avond_gestopt"),
    post(f"{_HERE}/verzet", move, CLASS, "avond_verzet"),
    post(f"{_HERE}/volgend-jaar", copy, CLASS, ""),
)
