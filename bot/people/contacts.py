"""Contacts and their addresses: who wrote, which address belongs to whom."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.model import Address
from bot.people.addresses import same_name
from bot.store import tables as t
from bot.store.database import Tx

_MANY = 500  # ids in one statement
_FOUND = select(t.address.c.find, t.address.c.contact_id, t.address.c.id).where(
    t.address.c.find.in_(bindparam("finds", expanding=True))
)


def resolve(
    tx: Tx, addresses: Sequence[Address], now: datetime, *, language: str = "nl"
) -> dict[Address, tuple[int, int]]:
    """(contact id, address id) of each address; a stranger becomes a contact that speaks `language`.

    A handful of statements for hundreds of addresses; two processes may meet the same stranger at once.
    """
    by_find = {tx.find(str(address)): address for address in addresses}
    found = _look_up(tx, by_find)
    strangers = sorted(find for find in by_find if find not in found)  # sorted: two batches never wait on each other
    if strangers:
        found |= _welcome(tx, {find: by_find[find] for find in strangers}, now, language)
    return {address: found[find] for find, address in by_find.items()}


def link(tx: Tx, address_id: int, contact_id: int, now: datetime) -> None:
    """A code vouches for this address: it is the contact's, last in order, with its waiting letters and its threads.

    The contact it comes from stays: a conversation of its own may be under way in this very transaction.
    """
    columns = t.address.c.contact_id, t.address.c.linked_at
    before = tx.execute(select(*columns).where(t.address.c.id == address_id)).one()
    vouched: dict[str, Any] = {"linked_at": before.linked_at or now, "blocked_at": None}
    if before.contact_id != contact_id:
        place = select(func.coalesce(func.max(t.address.c.position) + 1, 0)).where(t.address.c.contact_id == contact_id)
        vouched |= {"contact_id": contact_id, "linked_at": now, "position": tx.execute(place).scalar_one()}
        here = t.inbox.c.contact_id == before.contact_id, t.inbox.c.address_id == address_id
        tx.execute(update(t.inbox).where(*here, t.inbox.c.state == "waiting").values(contact_id=contact_id))
        there = t.address.c.contact_id == before.contact_id, t.address.c.id != address_id
        if not tx.execute(select(exists().where(*there))).scalar_one():  # nobody is left there to read an answer
            theirs = t.thread.c.contact_id == before.contact_id
            tx.execute(update(t.thread).where(theirs).values(contact_id=contact_id))
    tx.execute(update(t.address).where(t.address.c.id == address_id).values(vouched))


def adopt(tx: Tx, placeholder_id: int, contact_id: int) -> bool:
    """Somebody known turns out to be this guardian of the school's file: she takes over his children and codes.

    Says False and does nothing where he has an address of his own: then both are people.
    """
    own = t.address.c.contact_id == placeholder_id
    if placeholder_id == contact_id or tx.execute(select(exists().where(own))).scalar_one():
        return False
    hers = {(row.child_id, _name(tx, row.name)) for row in _guardians(tx, contact_id)}
    double = [row.id for row in _guardians(tx, placeholder_id) if (row.child_id, _name(tx, row.name)) in hers]
    if double:
        tx.execute(delete(t.guardian).where(t.guardian.c.id.in_(double)))
    for table in (t.guardian, t.code):
        tx.execute(update(table).where(table.c.contact_id == placeholder_id).values(contact_id=contact_id))
    tx.execute(delete(t.contact).where(t.contact.c.id == placeholder_id))
    return True


def set_language(tx: Tx, contact_id: int, language: str) -> None:
    """From now on everything reaches her in this language, also what was already waiting."""
    sealed = tx.seal("contact.language", language)
    tx.execute(update(t.contact).where(t.contact.c.id == contact_id).values(language=sealed))


def languages(tx: Tx, contact_ids: Iterable[int]) -> dict[int, str]:
    """The language of each of these contacts."""
    found: dict[int, str] = {}
    for some in slices(contact_ids):
        rows = tx.execute(select(t.contact.c.id, t.contact.c.language).where(t.contact.c.id.in_(some)))
        found |= {row.id: tx.open("contact.language", row.language) for row in rows}
    return found


def enrolled(tx: Tx, contact_ids: Iterable[int]) -> set[int]:
    """Those of them who have an address that a code vouched for."""
    found: set[int] = set()
    for some in slices(contact_ids):
        linked = t.address.c.contact_id.in_(some), t.address.c.linked_at.is_not(None)
        found.update(tx.execute(select(t.address.c.contact_id).where(*linked)).scalars())
    return found


def slices(items: Iterable[Any], size: int = _MANY) -> Iterator[list[Any]]:
    """The items in lists that one statement can carry."""
    every = list(items)
    return (every[start : start + size] for start in range(0, len(every), size))


def insert_new(tx: Tx, table: Table) -> Any:
    """An INSERT that leaves a row alone which is already there, on either engine."""
    build = postgresql.insert if tx.postgres else sqlite.insert
    return build(table).on_conflict_do_nothing()


def new_contacts(tx: Tx, spoken: Sequence[str], now: datetime) -> list[int]:
    """A contact for each of these languages, in order."""
    rows = [{"language": tx.seal("contact.language", language), "created_at": now} for language in spoken]
    return insert_in_order(tx, t.contact, rows, "language")


def insert_in_order(tx: Tx, table: Table, rows: Sequence[dict[str, Any]], sealed: str) -> list[int]:
    """Insert many rows in one statement and give their ids in order; no two sealed values are the same."""
    if not rows:
        return []
    made = insert(table).returning(table.c.id, table.c[sealed].label("sealed"))
    ids = {row.sealed: row.id for row in tx.execute(made, rows)}
    return [ids[row[sealed]] for row in rows]


def _look_up(tx: Tx, finds: Iterable[str]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for some in slices(finds):
        rows = tx.execute(_FOUND, {"finds": some}).all()
        found |= {row.find: (row.contact_id, row.id) for row in rows}
    return found


def _welcome(tx: Tx, strangers: dict[str, Address], now: datetime, language: str) -> dict[str, tuple[int, int]]:
    """Contacts for strangers; where another process was first, hers counts and ours goes."""
    made = new_contacts(tx, [language] * len(strangers), now)
    rows = [
        {
            "contact_id": contact, "channel": address.channel, "find": find,
            "sealed": tx.seal("address.sealed", address.value), "position": 0,
        }
        for contact, (find, address) in zip(made, strangers.items(), strict=True)
    ]  # fmt: skip
    tx.execute(insert_new(tx, t.address), rows)
    found = _look_up(tx, strangers)
    lost = set(made) - {contact for contact, _ in found.values()}
    for some in slices(lost):
        tx.execute(delete(t.contact).where(t.contact.c.id.in_(some)))
    return found


def _guardians(tx: Tx, contact_id: int) -> Sequence[Any]:
    columns = t.guardian.c.id, t.guardian.c.child_id, t.guardian.c.name
    return tx.execute(select(*columns).where(t.guardian.c.contact_id == contact_id)).all()


def _name(tx: Tx, sealed: bytes) -> str:
    return same_name(tx.open("guardian.name", sealed))
