"""How a message to many is called on the pages, to whom it goes in words, and what it says in Dutch."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bot.broadcast import compose
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION, READY, WORDS, Content
from bot.console.visit import Visit
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.texts import SOURCE

_BEGINNING = 44  # of somebody's own words, so many signs


def contents(tx: Tx, ids: Collection[int]) -> dict[int, Content]:
    """What each of these says."""
    b = t.broadcast.c
    rows = tx.execute(select(b.id, b.content).where(b.id.in_(ids)))
    return {row.id: Content.load(tx.open("broadcast.content", row.content)) for row in rows}


def title(visit: Visit, content: Content) -> str:
    """`Studiedag`, or the beginning of her own words."""
    if content.kind == READY:
        key = f"klaarbericht.{content.what}"
        known = visit.house.books.catalogue.has(f"console.{key}")
        return visit.say(key) if known else visit.say("bericht.soort_klaar")
    text = " ".join(content.fields[WORDS].value.split())
    return text if len(text) <= _BEGINNING else text[: _BEGINNING - 1].rstrip() + "…"


def dutch(visit: Visit, school: str, sender: str, content: Content) -> list[str]:
    """What it says, in the language it is written in: its texts, and the answers one can choose."""
    if content.kind == READY and content.what not in visit.house.books.ready:
        return [title(visit, content)]
    if content.kind == QUESTION:
        return [content.fields[WORDS].value, *(f"{number}. {each}" for number, each in enumerate(content.choices, 1))]
    words = visit.house.books.catalogue.words(SOURCE)
    said = compose.parts(visit.house.books, visit.config.schools[school], sender, content)
    return [words.say(part.key, part.fields) for part in said]


def to_whom(visit: Visit, tx: Tx, audience: Audience) -> str:
    """`groep 4 en groep 5`, `alle gezinnen`."""
    say = visit.say
    named = [say("berichten.alle_gezinnen")] if audience.all else _groups(tx, audience)
    if not audience.all:
        named += [say("bericht.alle_groepen", jaar=each) for each in audience.levels]
        named += _names(tx, t.tag, audience.tags, audience.school)
        if audience.children:
            named.append(say("berichten.gezin_van", kind=children(tx, [audience])))
    words = ", ".join(named)
    if audience.unanswered is not None:
        return say("berichten.niet_geantwoord_van", wie=words) if words else say("berichten.niet_geantwoord")
    return words


def children(tx: Tx, audiences: Sequence[Audience]) -> str:
    """The first names of the children by which one family is meant."""
    c, ids = t.child.c, [each for audience in audiences for each in audience.children]
    rows = tx.execute(select(c.name).where(c.id.in_(ids)).order_by(c.id)).scalars()
    return ", ".join(first_name(tx.open("child.name", each)) for each in rows)


def _groups(tx: Tx, audience: Audience) -> list[str]:
    return _names(tx, t.group, audience.groups, audience.school)


def _names(tx: Tx, table: Any, ids: Collection[int], school: str) -> list[str]:
    c = table.c
    rows = select(c.name).where(c.id.in_(ids), c.school == school).order_by(c.name)
    return list(tx.execute(rows).scalars()) if ids else []


def authors(tx: Tx, ids: Collection[int]) -> Mapping[int, str]:
    """Who wrote them, by the id of the colleague."""
    s = t.staff.c
    rows = tx.execute(select(s.id, s.name).where(s.id.in_([each for each in ids if each])))
    return {row.id: tx.open("staff.name", row.name) for row in rows}
