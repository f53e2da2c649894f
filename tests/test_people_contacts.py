"""Who wrote, which address belongs to whom, whose children go along: on both engines."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import event, func, insert, select

from bot.model import Address
from bot.people import codes, contacts
from bot.store import tables as t
from bot.store.database import Database, Tx

MINE, HERS = Address("whatsapp", "+31612000001"), Address("telegram", "4711")


def person(tx: Tx, now: datetime, language: str = "tr") -> int:
    return contacts.new_contacts(tx, [language], now)[0]


def child(tx: Tx, now: datetime, name: str = "Elif") -> int:
    made = insert(t.child).values(school="vaart", name=tx.seal("child.name", name), created_at=now)
    return int(tx.execute(made.returning(t.child.c.id)).scalar_one())


def guard(tx: Tx, contact: int, child_id: int, name: str = "Ayşe") -> None:
    sealed = {"name": tx.seal("guardian.name", name), "language": tx.seal("guardian.language", "tr")}
    tx.execute(insert(t.guardian).values(contact_id=contact, child_id=child_id, school="vaart", **sealed))


def guarded(tx: Tx, contact: int) -> list[str]:
    """The children this contact is a guardian of, by name."""
    hers = select(t.child.c.name).join(t.guardian, t.guardian.c.child_id == t.child.c.id)
    rows = tx.execute(hers.where(t.guardian.c.contact_id == contact).order_by(t.child.c.id))
    return [tx.open("child.name", row.name) for row in rows]


def test_strangers_become_contacts_and_stay_the_same(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        first = contacts.resolve(tx, [MINE, HERS, MINE], now, language="ar")
    with database.begin() as tx:
        again = contacts.resolve(tx, [HERS, MINE], now)
        spoken = contacts.languages(tx, [contact for contact, _ in again.values()])
        row = tx.execute(select(t.address).where(t.address.c.id == first[MINE][1])).one()
    assert first == again
    assert len(first) == 2
    assert set(spoken.values()) == {"ar"}
    assert row.linked_at is None
    assert tx.open("address.sealed", row.sealed) == "+31612000001"


def test_hundreds_cost_a_handful_of_statements(database: Database, now: datetime) -> None:
    many = [Address("sms", f"+316120{number:05}") for number in range(400)]
    with database.begin() as tx:
        contacts.resolve(tx, many[:200], now)
    statements: list[str] = []
    with database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
        found = contacts.resolve(tx, many, now)
    assert len(found) == 400
    assert len(statements) <= 6
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(t.contact)).scalar_one() == 400


def test_nobody_at_all(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        assert contacts.resolve(tx, [], now) == {}
        assert contacts.new_contacts(tx, [], now) == []
        assert contacts.languages(tx, []) == {}


def test_racers_agree_on_one_contact(database: Database, now: datetime) -> None:
    """Four threads meet the same fifty strangers at once, in different order."""
    strangers = [Address("sms", f"+316120{number:05}") for number in range(50)]
    start, found = threading.Barrier(4), []

    def race(turn: int) -> None:
        start.wait()
        with database.begin() as tx:
            found.append(contacts.resolve(tx, strangers[turn:] + strangers[:turn], now))

    threads = [threading.Thread(target=race, args=(turn * 7,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(each == found[0] for each in found)
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(t.contact)).scalar_one() == 50


def test_a_linked_address_moves_with_what_waits(database: Database, now: datetime) -> None:
    letter = {"channel": "whatsapp", "kind": "text", "payload": b"", "received_at": now}
    with database.begin() as tx:
        stranger, address = contacts.resolve(tx, [MINE], now)[MINE]
        mother = person(tx, now)
        for number, state in enumerate(("done", "waiting")):
            row = letter | {"provider_id": str(number), "state": state, "contact_id": stranger, "address_id": address}
            tx.execute(insert(t.inbox).values(row))
        contacts.link(tx, address, mother, now)
        other = contacts.resolve(tx, [HERS], now)[HERS][1]
        contacts.link(tx, other, mother, now + timedelta(days=1))
        contacts.link(tx, address, mother, now + timedelta(days=2))
    with database.read() as tx:
        rows = tx.execute(select(t.address).order_by(t.address.c.position)).all()
        letters = {row.state: row.contact_id for row in tx.execute(select(t.inbox))}
    assert [(row.id, row.contact_id, row.position) for row in rows] == [(address, mother, 0), (other, mother, 1)]
    assert [row.linked_at for row in rows] == [now, now + timedelta(days=1)]
    assert letters == {"done": stranger, "waiting": mother}


def test_a_placeholder_is_adopted_with_children_and_codes(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother, placeholder = person(tx, now), person(tx, now)
        elif_, can = child(tx, now, "Elif"), child(tx, now, "Can")
        guard(tx, mother, elif_)
        guard(tx, placeholder, elif_, "AYSE")  # the same person once more
        guard(tx, placeholder, can)
        codes.make(tx, placeholder, "vaart", "letter", now)
        assert contacts.adopt(tx, placeholder, mother)
        assert guarded(tx, mother) == ["Elif", "Can"]
        assert tx.execute(select(t.code.c.contact_id)).scalars().all() == [mother]
        assert tx.execute(select(func.count()).select_from(t.guardian)).scalar_one() == 2
        assert not tx.execute(select(t.contact.c.id).where(t.contact.c.id == placeholder)).all()


def test_one_phone_for_a_family_keeps_both_names(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother, father, can = person(tx, now), person(tx, now), child(tx, now, "Can")
        guard(tx, mother, can, "Ayşe")
        guard(tx, father, can, "Mehmet")
        assert contacts.adopt(tx, father, mother)
        names = [tx.open("guardian.name", row.name) for row in tx.execute(select(t.guardian.c.name))]
        assert sorted(names) == ["Ayşe", "Mehmet"]
        assert guarded(tx, mother) == ["Can", "Can"], "once for each name"


def test_who_has_an_address_is_not_adopted(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother, (father, _) = person(tx, now), contacts.resolve(tx, [MINE], now)[MINE]
        guard(tx, father, child(tx, now))
        assert not contacts.adopt(tx, father, mother)
        assert not contacts.adopt(tx, mother, mother)
        assert guarded(tx, father) == ["Elif"]


def test_a_language_is_stored_sealed(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother = person(tx, now, "tr")
        contacts.set_language(tx, mother, "ar")
        assert contacts.languages(tx, [mother]) == {mother: "ar"}
        assert tx.execute(select(t.contact.c.language)).scalar_one() != b"ar"


def test_slices() -> None:
    assert list(contacts.slices(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(contacts.slices([])) == []
