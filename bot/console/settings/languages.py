"""The languages that parents can choose: how many texts there are, who has read them, and how they look."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select

from bot.console.visit import CLASS, Answer, Gone, Page, Visit, get
from bot.model import Value
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES, direction
from bot.translation.samples import CONTEXT
from bot.translation.texts import PAGES, SOURCE, Text, fields

FEW = 5  # a number under this could be somebody
_A_PAGE = 20


class State(NamedTuple):
    """A language: how many texts of all it has, and how they are; `families` is "" where nobody may know."""

    code: str
    name: str
    endonym: str
    direction: str
    many: int
    reviewed: int
    drafts: int
    stale: int
    missing: int
    families: int


class Pair(NamedTuple):
    dutch: str
    own: str  # "" where there is none
    state: str  # gelezen concept oud geen


def show(visit: Visit, tx: Tx) -> Answer:
    if "taal" in visit.query:
        return _examples(visit)
    config = visit.config.languages
    families = spoken(tx, (visit.who.school,))
    states = [_state(visit, code, families.get(code, 0)) for code in config.offered]
    values = {
        "states": states, "few": FEW, "fallback": visit.say.named(config.fallback),
        "only_read": config.send == "reviewed", "all": len(list(_keys(visit))),
    }  # fmt: skip
    return Page("instellingen_talen.html", values)


def _keys(visit: Visit) -> Iterator[str]:
    """The texts that parents read."""
    for key, text in visit.house.books.catalogue.source.items():
        if not key.startswith(PAGES) and "list" not in text.marks:
            yield key


def _state(visit: Visit, code: str, families: int) -> State:
    words, language = visit.house.books.catalogue, LANGUAGES[code]
    found = Counter(_how(words.text(code, key), code) for key in _keys(visit))
    return State(
        code, visit.say.named(code), language.endonym, language.direction, found.total() - found["geen"],
        found["gelezen"], found["concept"], found["oud"], found["geen"], families,
    )  # fmt: skip


def _how(text: Text | None, code: str) -> str:
    if text is None or not text.forms:
        return "geen"
    if code == SOURCE:
        return "gelezen"
    return "oud" if text.stale or text.broken else "concept" if text.draft else "gelezen"


def spoken(tx: Tx, schools: tuple[str, ...]) -> dict[str, int]:
    """How many enrolled parents of these schools read which language."""
    c, g = t.contact.c, t.guardian.c
    said_yes = select(t.consent.c.contact_id).where(t.consent.c.withdrawn_at.is_(None), t.consent.c.school.in_(schools))
    hers = select(g.contact_id).where(g.school.in_(schools))
    rows = tx.execute(select(c.language).where(c.id.in_(said_yes), c.id.in_(hers))).scalars()
    return dict(Counter(tx.open("contact.language", row) for row in rows).most_common())


# --- how they look
def _examples(visit: Visit) -> Page:
    """Texts side by side, a page at a time; only those of a state where one is asked for."""
    code, wanted = visit.query["taal"], visit.query.get("staat", "")
    if code not in visit.config.languages.offered:
        raise Gone
    words = visit.house.books.catalogue
    keys = [key for key in _keys(visit) if not wanted or _how(words.text(code, key), code) == wanted]
    begins = visit.query.get("vanaf", "")
    start = int(begins) if begins.isdecimal() and len(begins) < 6 else 0
    values = {
        "code": code, "name": visit.say.named(code), "direction": direction(code), "wanted": wanted,
        "pairs": [_pair(visit, code, key) for key in keys[start : start + _A_PAGE]],
        "next": start + _A_PAGE if len(keys) > start + _A_PAGE else 0, "many": len(keys),
        "sorts": [(sort, visit.say(f"talen.{sort}")) for sort in ("gelezen", "concept", "oud", "geen")],
    }  # fmt: skip
    return Page("instellingen_taal.html", values)


def _pair(visit: Visit, code: str, key: str) -> Pair:
    words = visit.house.books.catalogue
    dutch, own = words.text(SOURCE, key), words.text(code, key)
    how = _how(own, code)
    return Pair(_filled(visit, SOURCE, dutch), "" if how == "geen" else _filled(visit, code, own), how)


def _filled(visit: Visit, code: str, text: Text | None) -> str:
    """The text as somebody would read it, with an example in every field."""
    if text is None:
        return ""
    words, said = visit.house.books.catalogue.words(code), text.forms[-1]
    for name in fields(text.forms):
        said = said.replace(f"{{{name}}}", words.value(CONTEXT.get(name, Value("text", "…"))))
    return said


DOORS = (get("/instellingen/talen", show, CLASS),)
