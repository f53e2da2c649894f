"""What a family told about itself: each topic for one purpose, in her own choice, and only the newest answer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, or_, select

from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

TOPICS = ("thuistaal", "contact", "werk", "weten", "feest", "kunnen", "vertrek")
OWN = ""  # the option of what she said in words alone
_k = t.known.c


class Known(NamedTuple):
    """One thing that she told: the option that she chose, or her own words in her language."""

    topic: str
    option: str
    words: str
    language: str
    said_at: datetime
    child_id: int  # 0: the whole family


def tell(  # noqa: PLR0913 - most are given by few
    tx: Tx, contact_id: int, school: str, topic: str, options: Sequence[str], now: datetime,
    *, child_id: int = 0, words: str = "", language: str = "",
) -> None:  # fmt: skip
    """Her newest answer to a topic, in the place of her earlier one. Words stand with her last option, and without one
    by themselves; neither: nothing is known of it any more."""
    earlier = _k.contact_id == contact_id, _k.school == school, _k.topic == topic, _k.child_id == child_id
    tx.execute(delete(t.known).where(*earlier))
    chosen = [*dict.fromkeys(options)] or ([OWN] if words else [])
    alike = {"contact_id": contact_id, "school": school, "child_id": child_id, "topic": topic, "said_at": now}
    rows = [{**alike, "option": each, "words": None, "language": None} for each in chosen]
    if words:
        rows[-1] |= {"words": tx.seal("known.words", words), "language": tx.seal("known.language", language)}
    if rows:
        tx.execute(insert_new(tx, t.known), rows)


def note(  # noqa: PLR0913 - most are given by few
    tx: Tx, contact_id: int, school: str, topic: str, option: str, now: datetime,
    *, child_id: int = 0, words: str = "", language: str = "",
) -> None:  # fmt: skip
    """One thing of a topic, with words of its own, in the place of what stood there; the others stay. `option`: which
    of them, and after a `_` what she chose."""
    there = _k.contact_id == contact_id, _k.school == school, _k.topic == topic, _k.child_id == child_id
    which = option.partition("_")[0]
    same = or_(_k.option == which, _k.option.startswith(f"{which}_", autoescape=True))
    tx.execute(delete(t.known).where(*there, same))
    sealed = tx.seal("known.words", words) if words else None
    row = {
        "contact_id": contact_id, "school": school, "child_id": child_id, "topic": topic, "option": option,
        "words": sealed, "language": tx.seal("known.language", language) if words else None, "said_at": now,
    }  # fmt: skip
    tx.execute(insert_new(tx, t.known), row)


def of(tx: Tx, school: str, contact_ids: Iterable[int]) -> dict[int, list[Known]]:
    """What these people told this school, in the order in which they said it; everybody asked for stands in it."""
    found: dict[int, list[Known]] = {each: [] for each in contact_ids}
    for some in slices(found):
        hers = select(t.known).where(_k.contact_id.in_(some), _k.school == school)
        for row in tx.execute(hers.order_by(_k.topic, _k.id)):
            words = tx.open("known.words", row.words) if row.words else ""
            language = tx.open("known.language", row.language) if row.language else ""
            found[row.contact_id].append(Known(row.topic, row.option, words, language, row.said_at, row.child_id))
    return found


def with_option(tx: Tx, school: str, topic: str, options: Collection[str] = ()) -> dict[int, list[str]]:
    """Who told this school something of a topic: by contact, what she chose; only of these `options`, where given."""
    rows = select(_k.contact_id, _k.option).where(_k.school == school, _k.topic == topic)
    if options:
        rows = rows.where(_k.option.in_(options))
    found: dict[int, list[str]] = {}
    for row in tx.execute(rows.order_by(_k.contact_id, _k.id)):
        found.setdefault(row.contact_id, []).append(row.option)
    return found
