"""All that partners offer to the families of a school: by theme, language and age; and whether it still holds."""

from collections.abc import Sequence
from datetime import date

from bot.console.shelf.named import HIDDEN, LOOKING, Line, line, today
from bot.console.visit import Answer, Go, Page, Visit, get, post
from bot.offers import fitting, referrals, seen
from bot.offers.fitting import Wish
from bot.offers.referrals import PASSED
from bot.offers.rows import THEMES
from bot.offers.shelf import FULL, GONE, Seen
from bot.store.database import Tx

PATH = "/aanbod"
STANDS = {"klopt": "", "vol": FULL, "gestopt": GONE}
_AGES = range(4, 13)


def show(visit: Visit, tx: Tx) -> Answer:
    """What parents see first, then what they do not see and why."""
    return _page(visit, tx, _school(visit, visit.query.get("school", "")))


def _page(visit: Visit, tx: Tx, school: str, wrong: str = "", about: str = "") -> Page:
    known, day = seen.of(tx, school), today(visit, school)
    lines = [line(visit, each, known, day) for each in visit.house.books.shelf.of(school)]
    asked = {name: visit.query.get(name, "") for name in ("thema", "taal", "leeftijd")}
    found = [each for each in lines if _is_asked(each, asked)]
    spoken = dict.fromkeys(code for each in lines for code in each.item.languages)
    values = {
        "shown": [each for each in found if each.state not in HIDDEN],
        "hidden": [each for each in found if each.state in HIDDEN], "any": bool(lines), "asked": asked,
        "filtered": any(asked.values()), "themes": [(each, visit.say(f"aanbod.thema_{each}")) for each in THEMES],
        "languages": sorted(((code, visit.say.named(code)) for code in spoken), key=lambda each: each[1]),
        "ages": _AGES, "here": school,
        "wait": sum(each.state != PASSED for each in referrals.going(tx, visit.who.schools)),
        "schools": [(key, visit.config.schools[key].name) for key in visit.who.schools], "wrong": wrong,
        "about": about,
    }  # fmt: skip
    return Page("aanbod.html", values, 422 if wrong else 200)


def _is_asked(each: Line, asked: dict[str, str]) -> bool:
    """Whether it has this theme and language, and is for a child of this age."""
    age = asked["leeftijd"]
    years = ((int(age), int(age)),) if age.isascii() and age.isdecimal() and len(age) < 3 else ()
    language = asked["taal"] or each.item.languages[0]
    is_spoken = language in each.item.languages
    return is_spoken and asked["thema"] in ("", each.item.theme) and fitting.fits(each.item, Wish(language, years))


def confirm(visit: Visit, tx: Tx) -> Answer:
    """Somebody asked the owner: it holds, it is full, it has stopped; perhaps with a new last day."""
    school = _school(visit, visit.form.get("school", ""))
    key, stands, until = (visit.form.get(name, "").strip() for name in ("aanbod", "stand", "tot"))
    item = visit.house.books.shelf.get(key)
    if item is None or item not in visit.house.books.shelf.of(school) or stands not in STANDS:
        return _page(visit, tx, school, visit.say("aanbod.niet_meer"))
    day, last = today(visit, school), _day(until)
    if until and (last is None or last < day):
        return _page(visit, tx, school, visit.say("aanbod.fout_dag"), key)
    seen.note(tx, school, key, Seen(day, STANDS[stands], last), visit.who.staff_id)
    return Go(_here(visit, school), "klaar.aanbod_nagevraagd")


def _here(visit: Visit, school: str) -> str:
    return PATH if school == visit.who.school else f"{PATH}?school={school}"


def _school(visit: Visit, asked: str) -> str:
    hers: Sequence[str] = visit.who.schools
    return asked if asked in hers else visit.who.school


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2027-01-31") else None
    except ValueError:
        return None


DOORS = (get(PATH, show, LOOKING), post(f"{PATH}/klopt", confirm, LOOKING, "aanbod_nagevraagd"))
