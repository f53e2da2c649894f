"""Children who belong together for a reason of the school: a choir, who comes by bus. Never where they come from."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select, update

from bot.errors import BotError
from bot.people.addresses import same_name
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

LONGEST = 60
# Words that sort families by where they come from. A language that children learn, such as English, may stand there.
_ORIGIN = re.compile(
    r"\b(allochto|migra|immigra|vluchtel|asiel|statushoud|nationalit|herkomst|afkomst|buitenland|anderstal|moslim|islam"
    r"|turk(s|en|ije)|marok|arab|syri|pool(s|se)\b|polen\b|oekra|eritre|tigri|somal|iraak|irak|iran|afgha|koerd"
    r"|bulga|roemeen|roemen|antill|surina|afrika|oost-?europ)"
)


class Tag(NamedTuple):
    """A name that the school gave, and how many children at school it is about."""

    id: int
    name: str
    children: int


def make(tx: Tx, school: str, name: str) -> int:
    """The tag of this name, made where there is none yet however it is written. Raises BotError in a word for the page:
    `leeg`, `te_lang`, or `herkomst` for what would sort families by where they come from."""
    words = _named(name)
    known = {same_name(each.name): each.id for each in _of(tx, school)}
    if same_name(words) not in known:
        tx.execute(insert_new(tx, t.tag), [{"school": school, "name": words}])
        known = {same_name(each.name): each.id for each in _of(tx, school)}
    return known[same_name(words)]


def rename(tx: Tx, school: str, tag_id: int, name: str) -> bool:
    """Another name; False where there is no such tag, or another has that name. Raises BotError as `make` does."""
    words = _named(name)
    if any(same_name(each.name) == same_name(words) and each.id != tag_id for each in _of(tx, school)):
        return False
    mine = t.tag.c.id == tag_id, t.tag.c.school == school
    return bool(tx.execute(update(t.tag).where(*mine).values(name=words)).rowcount)


def drop(tx: Tx, school: str, tag_id: int) -> bool:
    """It is not needed any more; False where there is none."""
    if not _is_there(tx, school, tag_id):
        return False
    tx.execute(delete(t.tagged).where(t.tagged.c.tag_id == tag_id))
    tx.execute(delete(t.tag).where(t.tag.c.id == tag_id))
    return True


def put_in(tx: Tx, school: str, tag_id: int, child_ids: Iterable[int]) -> int:
    """These children belong to it too, as far as they are at this school; says how many are new in it."""
    if not _is_there(tx, school, tag_id):
        return 0
    before, c = children(tx, school, tag_id), t.child.c
    for some in slices(sorted({*child_ids} - before)):
        here = tx.execute(select(c.id).where(c.id.in_(some), c.school == school)).scalars().all()
        if here:
            tx.execute(insert_new(tx, t.tagged), [{"tag_id": tag_id, "child_id": each} for each in here])
    return len(children(tx, school, tag_id) - before)


def take_out(tx: Tx, school: str, tag_id: int, child_ids: Iterable[int]) -> int:
    """These children do not belong to it any more; says how many did."""
    if not _is_there(tx, school, tag_id):
        return 0
    mine, many = t.tagged.c.tag_id == tag_id, 0
    for some in slices(sorted({*child_ids})):
        many += tx.execute(delete(t.tagged).where(mine, t.tagged.c.child_id.in_(some))).rowcount
    return many


def children(tx: Tx, school: str, tag_id: int) -> set[int]:
    """Who belongs to it, also who has left."""
    both = select(t.tagged.c.child_id).join(t.tag, t.tag.c.id == t.tagged.c.tag_id)
    return set(tx.execute(both.where(t.tag.c.id == tag_id, t.tag.c.school == school)).scalars())


def listed(tx: Tx, school: str, now: datetime) -> list[Tag]:
    """The tags of a school by name; children who have left do not count."""
    c = t.child.c
    here = (c.id == t.tagged.c.child_id) & or_(c.left_at.is_(None), c.left_at > now)
    counted = (
        select(t.tag.c.id, t.tag.c.name, func.count(c.id).label("children"))
        .outerjoin(t.tagged, t.tagged.c.tag_id == t.tag.c.id)
        .outerjoin(t.child, here)
        .where(t.tag.c.school == school)
        .group_by(t.tag.c.id, t.tag.c.name)
    )
    return sorted(
        (Tag(row.id, row.name, row.children) for row in tx.execute(counted)), key=lambda each: same_name(each.name)
    )


def _named(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise BotError("leeg")
    if len(words) > LONGEST:
        raise BotError("te_lang")
    if _ORIGIN.search(same_name(words)):
        raise BotError("herkomst")
    return words


def _of(tx: Tx, school: str) -> list[Tag]:
    rows = tx.execute(select(t.tag.c.id, t.tag.c.name).where(t.tag.c.school == school).order_by(t.tag.c.id))
    return [Tag(row.id, row.name, 0) for row in rows]


def _is_there(tx: Tx, school: str, tag_id: int) -> bool:
    mine = t.tag.c.id == tag_id, t.tag.c.school == school
    return tx.execute(select(t.tag.c.id).where(*mine)).first() is not None
