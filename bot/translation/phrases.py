"""Sentences that were translated before, masked as they left: a person's wording goes before a machine's."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from bot.store.database import Tx
from bot.store.tables import phrase
from bot.store.upsert import insert_new, upsert
from bot.translation.orders import MACHINE, PERSON

_USED = timedelta(days=1)  # how exactly is kept when it was last used
_SEALED = ("said", "text")


class Phrase(NamedTuple):
    """A masked sentence in the other language, with the same marks."""

    said: str
    origin: str = MACHINE


_LOOK = select(*phrase.c["find", "said", "origin"]).where(phrase.c.find.in_(bindparam("finds", expanding=True)))
_TOUCH = (
    update(phrase)
    .where(phrase.c.find.in_(bindparam("finds", expanding=True)), phrase.c.used_at < bindparam("before"))
    .values(used_at=bindparam("now"))
)


def look(tx: Tx, source: str, target: str, masked: Iterable[str]) -> dict[str, Phrase]:
    """What is known of these masked sentences."""
    finds = {_find(tx, source, target, each): each for each in masked}
    rows = tx.execute(_LOOK, {"finds": sorted(finds)}) if finds else ()
    return {finds[row.find]: Phrase(tx.open("phrase.said", row.said), row.origin) for row in rows}


def keep(tx: Tx, source: str, target: str, said: Mapping[str, str], engine: str, now: datetime) -> None:
    """What a machine made of these; what is known already stays, a person's wording above all."""
    if said:
        rows = [
            {
                "find": _find(tx, source, target, masked), "said": tx.seal("phrase.said", words), "source": source,
                "target": target, "origin": MACHINE, "engine": engine, "made_at": now, "used_at": now,
            }
            for masked, words in said.items()
        ]  # fmt: skip
        tx.execute(insert_new(tx, phrase), sorted(rows, key=lambda row: row["find"]))  # sorted: no deadlocks


def touch(tx: Tx, source: str, target: str, masked: Collection[str], now: datetime) -> None:
    """These were of use today."""
    if masked:
        finds = sorted(_find(tx, source, target, each) for each in masked)
        tx.execute(_TOUCH, {"finds": finds, "before": now - _USED, "now": now})


def correct(
    tx: Tx, source: str, target: str, masked: str, said: str, staff_id: int | None, now: datetime
) -> dict[str, Any]:
    """A person says how it must be, for the whole network. Both texts with the same marks.

    Returns what stood there, for `put_back`: plain values, to be sealed by who keeps them.
    """
    find = _find(tx, source, target, masked)
    earlier = _earlier(tx, find)
    row = {
        "find": find, "said": tx.seal("phrase.said", said), "source": source, "target": target, "origin": PERSON,
        "engine": "", "staff_id": staff_id, "made_at": now, "used_at": now, "text": tx.seal("phrase.text", masked),
    }  # fmt: skip
    upsert(tx, phrase, [row], key=["find"])
    return earlier


def put_back(tx: Tx, earlier: Mapping[str, Any], corrected_at: datetime) -> None:
    """What stood there before that correction, or nothing; unless somebody else has changed it since."""
    still = phrase.c.find == earlier["find"], phrase.c.made_at == corrected_at, phrase.c.origin == PERSON
    if tx.execute(delete(phrase).where(*still)).rowcount and "said" in earlier:
        sealed = {name: tx.seal(f"phrase.{name}", earlier[name]) for name in _SEALED if earlier[name] is not None}
        made_at = datetime.fromisoformat(earlier["made_at"])
        tx.execute(insert(phrase), {**earlier, **sealed, "made_at": made_at, "used_at": corrected_at})


def drop(tx: Tx, number: int) -> bool:
    """A person's wording is remembered no longer: from now on a machine says it. False where there is none."""
    return bool(tx.execute(delete(phrase).where(phrase.c.id == number, phrase.c.origin == PERSON)).rowcount)


def _earlier(tx: Tx, find: str) -> dict[str, Any]:
    kept = phrase.c["find", "said", "text", "source", "target", "origin", "engine", "staff_id", "made_at"]
    row = tx.execute(select(*kept).where(phrase.c.find == find)).mappings().first()
    if row is None:
        return {"find": find}
    plain = {name: tx.open(f"phrase.{name}", row[name]) for name in _SEALED if row[name] is not None}
    return {**row, **plain, "made_at": row["made_at"].isoformat()}


def _find(tx: Tx, source: str, target: str, masked: str) -> str:
    return tx.find("\0".join(("phrase", source, target, masked)))
