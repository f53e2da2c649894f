"""The printable letter for each guardian: her code, and a square to scan for every channel. One A5 each."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import phonenumbers
import segno
from babel.lists import format_list
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from sqlalchemy import or_, select

from bot.config import Config, School
from bot.model import Value
from bot.people import codes
from bot.people.addresses import first_name, same_name
from bot.people.contacts import enrolled
from bot.people.links import links
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue, LanguageWords
from bot.translation.languages import LANGUAGES
from bot.translation.texts import SOURCE

KEYS = tuple(
    f"brief.{name}"
    for name in (
        "titel", "aanhef", "waarom", "stap1", "stap2", "stap3", "code", "zonder_camera", "geldig", "hulp", "privacy",
        "voor",
    )
)  # fmt: skip
ALL = "all.html"
STYLE = Path(__file__).parent / "templates" / "letter.css"
_CHILDREN = "\ue000"  # stands in a text for the names until it is escaped; private to us, no cell keeps one
_ORDER = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands in one letter; a guardian of several children gets one."""

    contact_id: int
    guardian: str
    language: str
    group: str
    children: tuple[str, ...]  # first names
    code: str  # as people see it
    until: date  # the last whole day it works


class Square(NamedTuple):
    """One way to begin: a channel, its link as a picture, and where to write without a camera."""

    channel: str
    name: str
    picture: Markup
    sender: str


class Row(NamedTuple):
    """A guardian of a child in the order of the groups; the code is "" where she has none that works."""

    contact_id: int
    enrolled: bool
    group: str
    child: str
    guardian: str
    language: str
    code: str


def rows(tx: Tx, school: str, year: str, now: datetime) -> list[Row]:
    """Every guardian of every child of a school year, with the code on her letter."""
    found = tx.execute(
        select(
            t.guardian.c.contact_id, t.group.c.name.label("group"), t.child.c.name.label("child"),
            t.guardian.c.name, t.guardian.c.language,
        )
        .join(t.child, t.child.c.id == t.guardian.c.child_id)
        .join(t.membership, t.membership.c.child_id == t.child.c.id)
        .join(t.group, t.group.c.id == t.membership.c.group_id)
        .where(t.guardian.c.school == school, t.guardian.c.barred_at.is_(None), t.membership.c.year == year)
        .where(or_(t.child.c.left_at.is_(None), t.child.c.left_at > now))
        .order_by(t.group.c.name, t.child.c.id, t.guardian.c.id)
    ).all()  # fmt: skip
    contacts = list(dict.fromkeys(row.contact_id for row in found))
    printed, hers = codes.letters(tx, contacts, school, now), enrolled(tx, contacts)
    return [
        Row(
            row.contact_id, row.contact_id in hers, row.group, tx.open("child.name", row.child),
            tx.open("guardian.name", row.name), tx.open("guardian.language", row.language),
            printed.get(row.contact_id, ""),
        )
        for row in found
    ]  # fmt: skip


def collect(tx: Tx, school: School, year: str, now: datetime, *, group: str = "", again: bool = False) -> list[Letter]:
    """The letters of a school, or of one group; each code works for 14 days from now.

    Who is enrolled already gets none, unless `again`: then a fresh code, for another phone or a lost one.
    """
    families: dict[int, list[Row]] = {}
    for row in rows(tx, school.key, year, now):
        if again or not row.enrolled:
            families.setdefault(row.contact_id, []).append(row)
    wanted = [
        contact for contact, hers in families.items()
        if not group or any(same_name(row.group) == same_name(group) for row in hers)
    ]  # fmt: skip
    printed = codes.renew(tx, wanted, school.key, now)
    until = last_day(now, school)
    return [_letter(contact, families[contact], group, printed[contact], until) for contact in wanted]


def reprinted(found: Sequence[Row], contacts: Collection[int], until: date, *, group: str = "") -> list[Letter]:
    """The letters of these contacts as they are, out of rows with codes that work."""
    families: dict[int, list[Row]] = {}
    for row in found:
        if row.contact_id in contacts and row.code:
            families.setdefault(row.contact_id, []).append(row)
    return [_letter(contact, hers, group, hers[0].code, until) for contact, hers in families.items()]


def last_day(printed_at: datetime, school: School) -> date:
    """The last whole day on which a letter works."""
    return (printed_at + codes.LIFE["letter"]).astimezone(school.zone).date() - timedelta(days=1)


def articles(
    letters: Sequence[Letter], school: School, catalogue: Catalogue, config: Config, *, beside: bool
) -> Markup:  # fmt: skip
    """The letters as HTML without a page around them; `beside`: each with its Dutch on the same sheet."""
    pairs = []
    for letter in letters:
        pair = [_sheet(letter, school, catalogue, config)]
        if beside and pair[0]["language"] != SOURCE:
            dutch = _sheet(replace(letter, language=SOURCE), school, catalogue, config, pair[0]["squares"])
            pair.append(dutch)
        pairs.append(pair)
    return Markup(_template("sheets.html").render(pairs=pairs, beside=beside, school=school.name))  # noqa: S704


def write(
    letters: Sequence[Letter], out: Path, school: School, catalogue: Catalogue, config: Config,
    *, watch: Callable[[Sequence[Letter]], Iterable[Letter]] = iter,
) -> list[Path]:  # fmt: skip
    """Write a page per letter, and all of them in one file to print at once; `watch` may show how far it is."""
    out.mkdir(parents=True, exist_ok=True, mode=0o700)  # names and codes: for the office's eyes
    files, sheets = [], []
    for letter in watch(letters):
        sheets.append(_sheet(letter, school, catalogue, config))
        files.append(_name(out, letter))
        files[-1].write_text(_template().render(sheets=sheets[-1:], school=school.name), encoding="utf-8")
    (out / ALL).write_text(_template().render(sheets=sheets, school=school.name), encoding="utf-8")
    return [*files, out / ALL]


def _letter(contact: int, hers: Sequence[Row], group: str, code: str, until: date) -> Letter:
    here = next((row for row in hers if same_name(row.group) == same_name(group)), hers[0])
    children = tuple(dict.fromkeys(first_name(row.child) for row in hers))
    return Letter(contact, here.guardian, here.language, here.group, children, code, until)


def _name(out: Path, letter: Letter) -> Path:
    """By group, so that a teacher finds hers; a number instead of a name, and the same one at a reprint."""
    group = "".join(sign if sign.isalnum() else "-" for sign in same_name(letter.group))
    return out / f"{group}-{letter.contact_id:05}-{letter.language}.html"


def _sheet(
    letter: Letter, school: School, catalogue: Catalogue, config: Config, drawn: Sequence[Square] | None = None
) -> dict[str, Any]:  # fmt: skip
    """All the words of one page, in the reader's language; the line for the teacher is Dutch."""
    words = catalogue.reader(letter.language, KEYS)
    link = f"{config.web.public_url}/privacy/{words.language}"
    return {
        "language": words.language,
        "direction": words.direction,
        "code": letter.code,
        "squares": list(squares(letter.code, config)) if drawn is None else drawn,
        "for_teacher": _say("brief.voor", letter, catalogue.words("nl"), link),
        "say": {key.removeprefix("brief."): _say(key, letter, words, link) for key in KEYS if key != "brief.voor"},
    }


def _say(key: str, letter: Letter, words: LanguageWords, link: str) -> Markup:
    """A text of the letter. Every child's name runs in its own direction, whatever the language round it."""
    fields = {
        "ouder": Value("name", letter.guardian),
        "kinderen": Value("name", _CHILDREN),
        "groep": Value("name", letter.group),
        "bericht": Value("text", f"START {letter.code}"),
        "datum": Value("date", letter.until.isoformat()),
        "link": Value("link", link),
    }
    names = [str(Markup("<bdi>{}</bdi>").format(name)) for name in letter.children]
    children = Markup(format_list(names, locale=LANGUAGES[words.language].locale))  # noqa: S704 - escaped above
    return escape(words.say(key, fields)).replace(_CHILDREN, children)


def squares(code: str, config: Config) -> Iterable[Square]:
    """A square for each channel that has a sender, the one most parents have first."""
    found: Mapping[str, str] = links(code, config.channels)
    for channel, name in _ORDER.items():
        if channel in found:
            picture = segno.make(found[channel], error="m", micro=False).svg_inline(omitsize=True, border=2)
            yield Square(channel, name, Markup(picture), shown(config.channels[channel].sender))  # noqa: S704


def shown(sender: str) -> str:
    """A number with its spaces, as on a poster; a name as it is."""
    try:
        number = phonenumbers.parse(sender)
    except phonenumbers.NumberParseException:
        return sender if sender.startswith("@") else f"@{sender}"
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


@cache
def _template(name: str = "letter.html") -> Any:
    pages = Environment(loader=FileSystemLoader(STYLE.parent), autoescape=True, undefined=StrictUndefined)
    return pages.get_template(name)
