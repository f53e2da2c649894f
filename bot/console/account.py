"""What is her own: name, language, browsers, phone, and a second factor; what asks a secret again is in anew.py."""

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

import segno
from markupsafe import Markup

from bot.console.threshold import TODAY, own
from bot.console.visit import EVERYONE, Answer, Go, Page, Visit, get, post
from bot.people import letters, links, logins, second, staff
from bot.people.staff import StaffRow
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES

ME = "/instellingen/mij"
LANGUAGES_OF_PAGES = ("nl", "en")
_MINUTE = timedelta(minutes=1)


class Browser(NamedTuple):
    """Where she is signed in, in words."""

    since: str
    seen: str
    here: bool


class Language(NamedTuple):
    """A language she may choose, as its readers call it."""

    code: str
    name: str
    chosen: bool


def show(visit: Visit, tx: Tx) -> Answer:
    """Her own page."""
    row, zone = _row(visit, tx), visit.school.zone
    kinds = second.kinds(tx, row.id)
    browsers = [
        Browser(visit.say.moment(each.began_at, visit.now, zone), _seen(visit, each.seen_at),
                each.id == visit.sign_in)
        for each in logins.browsers(tx, row.id, visit.now)
    ]  # fmt: skip
    languages = [Language(code, LANGUAGES[code].endonym, code == visit.who.language) for code in LANGUAGES_OF_PAGES]
    values = {
        "name": logins.name_of(visit.config, row), "role": visit.say(f"rol.{row.role}"), "kinds": kinds,
        "left": second.left(tx, row.id), "browsers": browsers, "languages": languages,
        "linked": row.id in staff.linked(tx, [row]), "me": ME,
    }  # fmt: skip
    return Page("mij.html", values)


def _seen(visit: Visit, at: datetime) -> str:
    """`laatst gebruikt: 3 uur geleden`."""
    ago = visit.now - at
    return visit.say("mij.gezien", tijd=visit.say.since(ago)) if ago >= _MINUTE else visit.say("mij.gezien_net")


def choose_language(visit: Visit, tx: Tx) -> Answer:
    language = visit.form.get("taal", "")
    if language in LANGUAGES_OF_PAGES:
        logins.set_language(tx, visit.who.staff_id, language)
    return Go(ME, "klaar.taal")


def sign_out_everywhere(visit: Visit, tx: Tx) -> Answer:
    logins.end_all(tx, visit.who.staff_id, visit.now)
    return Go("/in")


# --- a second factor
def offer(visit: Visit, tx: Tx) -> Answer:
    """A second factor for who has none yet: an authenticator, a printed list, or later."""
    if first := _first_prove(visit, tx):
        return first
    return Page("codes.html", {"to": own(visit.query.get("verder", "")), "me": ME, "today": TODAY})


def begin_phone(visit: Visit, tx: Tx) -> Answer:
    if first := _first_prove(visit, tx):
        return first
    second.propose(tx, visit.who.staff_id, visit.now)
    return Go(f"{ME}/telefoon?verder={quote(own(visit.form.get('verder', '')))}")


def phone(visit: Visit, tx: Tx) -> Answer:
    """The square for her authenticator, until it gave its first code."""
    if first := _first_prove(visit, tx):
        return first
    return _phone(visit, tx, own(visit.query.get("verder", "")))


def confirm_phone(visit: Visit, tx: Tx) -> Answer:
    if first := _first_prove(visit, tx):
        return first
    to = own(visit.form.get("verder", ""))
    if not second.confirm(tx, visit.who.staff_id, visit.form.get("code", "")[:40], visit.now):
        return _phone(visit, tx, to, wrong=visit.say("code.eerste_klopt_niet"))
    logins.prove(tx, visit.sign_in)
    return Go(to, "klaar.telefoon")


def _phone(visit: Visit, tx: Tx, to: str, *, wrong: str = "") -> Answer:
    secret = second.proposed(tx, visit.who.staff_id)
    if not secret:
        return Go(ME)
    row = _row(visit, tx)
    values = {
        "square": square(second.address(secret, logins.name_of(visit.config, row), visit.school.name)),
        "link": second.address(secret, logins.name_of(visit.config, row), visit.school.name),
        "secret": " ".join(secret[each : each + 4] for each in range(0, len(secret), 4)),
        "to": to, "me": ME, "wrong": wrong,
    }  # fmt: skip
    return Page("telefoon.html", values, 422 if wrong else 200)


def print_list(visit: Visit, tx: Tx) -> Answer:
    """Ten codes on paper, shown this once."""
    if first := _first_prove(visit, tx):
        return first
    codes = second.print_list(tx, visit.who.staff_id)
    logins.prove(tx, visit.sign_in)
    row = _row(visit, tx)
    values = {"codes": codes, "to": own(visit.form.get("verder", "")), "name": logins.name_of(visit.config, row)}
    return Page("lijst.html", values)


def _first_prove(visit: Visit, tx: Tx) -> Go | None:
    """Who has a second factor is asked for it before there is another."""
    if visit.who.proven or not second.kinds(tx, visit.who.staff_id):
        return None
    return Go(f"/code?verder={quote(f'{ME}/codes')}")


# --- her own phone
def link_phone(visit: Visit, tx: Tx) -> Answer:
    """A code for her phone, with its squares; it works for a quarter of an hour."""
    row = _row(visit, tx)
    if row.id in staff.linked(tx, [row]):
        return Go(ME)
    code = staff.begin_link(tx, row, visit.now, proven=visit.who.proven)
    values = {
        "code": code, "squares": list(letters.squares(code, visit.config)),
        "links": links.links(code, visit.config.channels), "me": ME,
    }  # fmt: skip
    return Page("koppelen.html", values)


def unlink_phone(visit: Visit, tx: Tx) -> Answer:
    staff.unlink(tx, _row(visit, tx), visit.now)
    return Go(ME, "klaar.ontkoppeld")


def square(text: str) -> Markup:
    """A square to scan, as part of a page."""
    picture = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2, light="#fff", dark="#000")
    return Markup(picture)  # noqa: S704 - drawn here


def _row(visit: Visit, tx: Tx) -> StaffRow:
    row = staff.by_id(tx, visit.who.staff_id)
    assert row is not None, "she is signed in"
    return row


DOORS = (
    get(ME, show, EVERYONE),
    post(f"{ME}/taal", choose_language, EVERYONE, ""),
    post(f"{ME}/overal-uit", sign_out_everywhere, EVERYONE, "overal_uit"),
    get(f"{ME}/codes", offer, EVERYONE),
    post(f"{ME}/codes/telefoon", begin_phone, EVERYONE, ""),
    get(f"{ME}/telefoon", phone, EVERYONE),
    post(f"{ME}/telefoon/code", confirm_phone, EVERYONE, "telefoon"),
    post(f"{ME}/codes/lijst", print_list, EVERYONE, "lijst"),
    post(f"{ME}/koppelen", link_phone, EVERYONE, "koppelen"),
    post(f"{ME}/ontkoppelen", unlink_phone, EVERYONE, "ontkoppelen"),
)
