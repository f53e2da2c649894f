"""Contacts and their addresses: who wrote, which address belongs to whom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Row, Table, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from bot.model import Address
from bot.people import adopted
from bot.people.addresses import same_name
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

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


def join(tx: Tx, names: Mapping[Address, Address], now: datetime, *, language: str = "nl") -> dict[int, int]:
    """People who write under two names on one channel, a number and one that stays when the number vanishes.

    Both names belong to one contact from now on, the number first. Returns number -> other name, by their ids; left
    alone are two contacts that codes vouch for both, and a number that came with another such name before: whoever has
    it now may be somebody else.
    """
    # Sorted: two receivers who meet the same people at once never wait on each other.
    both = {phone: alias for phone, alias in sorted(names.items()) if phone != alias}
    by_find = {tx.find(str(each)): each for pair in both.items() for each in pair}
    found = _look_up(tx, by_find)
    known = {by_find[find]: ids for find, ids in found.items()}
    for phone, alias in both.items():
        if not _is_one(known, phone, alias):
            _join(tx, phone, alias, now, language)
            known |= {by_find[find]: ids for find, ids in _look_up(tx, map(tx.find, map(str, (phone, alias)))).items()}
    return {known[phone][1]: known[alias][1] for phone, alias in both.items() if _is_one(known, phone, alias)}


def _is_one(known: Mapping[Address, tuple[int, int]], phone: Address, alias: Address) -> bool:
    return phone in known and alias in known and known[phone][0] == known[alias][0]


def _join(tx: Tx, phone: Address, alias: Address, now: datetime, language: str) -> None:
    """Bring the two names together, whichever of them is new."""
    number, other = _row(tx, phone), _row(tx, alias)
    if number is None and other is not None:
        row = {"contact_id": other.contact_id, "linked_at": other.linked_at, "position": other.position}
        _insert(tx, phone, row)
    elif number is None:
        resolve(tx, [phone], now, language=language)
    number = number or _row(tx, phone)
    assert number is not None
    another = t.address.c.alias_of == number.id, t.address.c.find != tx.find(str(alias))
    if tx.execute(select(exists().where(*another))).scalar_one():
        return
    if other is None:
        row = {"contact_id": number.contact_id, "linked_at": number.linked_at, "position": number.position}
        _insert(tx, alias, row)
    elif other.contact_id != number.contact_id:
        if other.linked_at is not None and number.linked_at is not None:
            return
        one, to = (other, number) if other.linked_at is None else (number, other)
        _bring(tx, [one.id], one.contact_id, to.contact_id)
        tx.execute(update(t.address).where(t.address.c.id == one.id).values(linked_at=to.linked_at))
    number, other = _row(tx, phone), _row(tx, alias)
    if number is None or other is None or number.contact_id != other.contact_id:
        return  # another process was quicker; her next message brings them together
    last = select(func.max(t.address.c.position) + 1).where(t.address.c.contact_id == number.contact_id)
    behind = {"alias_of": number.id, "position": tx.execute(last).scalar_one()}
    tx.execute(update(t.address).where(t.address.c.id == other.id).values(behind))


def _row(tx: Tx, address: Address) -> Row[Any] | None:
    columns = t.address.c["id", "contact_id", "linked_at", "position"]
    found = select(*columns).where(t.address.c.find == tx.find(str(address)))
    return tx.execute(found.with_for_update(key_share=True)).first()


def _insert(tx: Tx, address: Address, row: dict[str, Any]) -> None:
    """One more address of a contact; where another process was first, hers counts."""
    named = {"channel": address.channel, "find": tx.find(str(address))}
    tx.execute(insert_new(tx, t.address), {**row, **named, "sealed": tx.seal("address.sealed", address.value)})


# Made once: to put them together costs more than to run them.
_OWNER = select(*t.address.c["contact_id", "alias_of"]).where(t.address.c.id == bindparam("it"))
_NAMES = (
    select(*t.address.c["id", "linked_at"])
    .where(t.address.c.contact_id == bindparam("before"))
    .where((t.address.c.id == bindparam("number")) | (t.address.c.alias_of == bindparam("number")))
    .order_by(t.address.c.alias_of.is_not(None), t.address.c.position, t.address.c.id)
)
_PLACE = select(func.coalesce(func.max(t.address.c.position) + 1, 0)).where(
    t.address.c.contact_id == bindparam("contact")
)
_THESE: BindParameter[list[int]] = bindparam("addresses", expanding=True)
_UNREAD = (
    t.inbox.c.contact_id == bindparam("before"), t.inbox.c.address_id.in_(_THESE), t.inbox.c.state == "waiting"
)  # fmt: skip
_BROUGHT = (
    update(t.media)
    .where(t.media.c.inbox_id.in_(select(t.inbox.c.id).where(*_UNREAD)))
    .values(contact_id=bindparam("contact")),
    update(t.inbox).where(*_UNREAD).values(contact_id=bindparam("contact")),
    update(t.address).where(t.address.c.id.in_(_THESE)).values(contact_id=bindparam("contact")),
)
_VOUCHED = update(t.address).where(t.address.c.id == bindparam("it")).values(linked_at=bindparam("at"), blocked_at=None)
_VOUCHED_ANEW = _VOUCHED.values(position=bindparam("place"))
_IS_ANYBODY = select(exists().where(t.address.c.contact_id == bindparam("before")))
_THREADS = update(t.thread).where(t.thread.c.contact_id == bindparam("before")).values(contact_id=bindparam("contact"))


def link(tx: Tx, address_id: int, contact_id: int, now: datetime) -> None:
    """A code vouches for this address: it is the contact's, last in order, with its waiting letters and its threads.

    Its other names go along. The contact it comes from stays: a conversation of its own may be under way in this
    very transaction.
    """
    before = tx.execute(_OWNER, {"it": address_id}).one()
    number = address_id if before.alias_of is None else before.alias_of
    rows = tx.execute(_NAMES, {"before": before.contact_id, "number": number}).all()
    first = tx.execute(_PLACE, {"contact": contact_id}).scalar_one()
    if before.contact_id != contact_id:
        _bring(tx, [row.id for row in rows], before.contact_id, contact_id)
    for position, row in enumerate(rows, first):
        if before.contact_id != contact_id:
            tx.execute(_VOUCHED_ANEW, {"it": row.id, "at": now, "place": position})
        else:
            tx.execute(_VOUCHED, {"it": row.id, "at": row.linked_at or now})


def _bring(tx: Tx, address_ids: Sequence[int], before: int, contact_id: int) -> None:
    """Addresses go to another contact, with what waits to be read, and with the threads where nobody is left."""
    here = {"addresses": list(address_ids), "before": before, "contact": contact_id}
    for bring in _BROUGHT:
        tx.execute(bring, here)
    if not tx.execute(_IS_ANYBODY, {"before": before}).scalar_one():
        tx.execute(_THREADS, {"before": before, "contact": contact_id})
        adopted.year(tx, before, contact_id)


def adopt(tx: Tx, placeholder_id: int, contact_id: int) -> bool:
    """Somebody known turns out to be this guardian of the school's file: she takes over his children and codes.

    Says False and does nothing where he has an address of his own: then both are people.
    """
    own = t.address.c.contact_id == placeholder_id
    if placeholder_id == contact_id or tx.execute(select(exists().where(own))).scalar_one():
        return False
    own_rows, his = _guardians(tx, contact_id), _guardians(tx, placeholder_id)
    hers = {(row.child_id, _name(tx, row.name)) for row in own_rows}
    double = [row.id for row in his if (row.child_id, _name(tx, row.name)) in hers]
    barred = {row.child_id: row.barred_at for row in (*own_rows, *his) if row.barred_at}
    if double:
        tx.execute(delete(t.guardian).where(t.guardian.c.id.in_(double)))
    for table in (t.guardian, t.code):
        tx.execute(update(table).where(table.c.contact_id == placeholder_id).values(contact_id=contact_id))
    for child_id, since in barred.items():  # what this phone may not hear, it does not hear under another name either
        both = t.guardian.c.contact_id == contact_id, t.guardian.c.child_id == child_id
        tx.execute(update(t.guardian).where(*both).values(barred_at=since))
    adopted.talks(tx, placeholder_id, contact_id)
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


def new_contacts(tx: Tx, spoken: Sequence[str], now: datetime) -> list[int]:
    """A contact for each of these languages, in order."""
    rows = [{"language": tx.seal("contact.language", language), "created_at": now} for language in spoken]
    return insert_in_order(tx, t.contact, rows, "language")


def insert_in_order(tx: Tx, table: Table, rows: Sequence[dict[str, Any]], sealed: str) -> list[int]:
    """Insert many rows in one statement and give their ids in order; no two sealed values are the same."""
    if not rows:
        return []
    ids = {row.sealed: row.id for row in tx.execute(_made(table, sealed), rows)}
    return [ids[row[sealed]] for row in rows]


@cache
def _made(table: Table, sealed: str) -> ReturningInsert[Any]:
    return insert(table).returning(table.c.id, table.c[sealed].label("sealed"))


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
    columns = t.guardian.c["id", "child_id", "name", "barred_at"]
    return tx.execute(select(*columns).where(t.guardian.c.contact_id == contact_id)).all()


def _name(tx: Tx, sealed: bytes) -> str:
    return same_name(tx.open("guardian.name", sealed))
