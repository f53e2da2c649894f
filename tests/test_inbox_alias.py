"""Who has two names on a channel is one person, whichever she writes under; who shuts us out is not heard by that."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, event, func, select, update

from bot.inbox import receive
from bot.model import Address, Inbound
from bot.people import codes, contacts
from bot.store import tables as t
from bot.store.database import Database

PHONE, ALIAS = Address("whatsapp", "+31612000001"), Address("whatsapp", "NL.1349847212")
OTHER = Address("sms", "+31612000002")


def writes(database: Database, now: datetime, who: Address, *, alias: str = "", kind: str = "text") -> None:
    with database.begin() as tx:
        number = tx.execute(select(func.count()).select_from(t.inbox)).scalar_one()
        receive.store(tx, [Inbound(f"in-{number}", who, "hallo", kind=kind, alias=alias)], now)


def enrols(database: Database, now: datetime, who: Address) -> int:
    """A code vouches for this address: it is another contact's now."""
    with database.begin() as tx:
        mother = contacts.new_contacts(tx, ["tr"], now)[0]
        contacts.link(tx, contacts.resolve(tx, [who], now)[who][1], mother, now)
    return mother


def names(database: Database) -> Sequence[Row[Any]]:
    """All addresses, in the order in which they are tried."""
    with database.read() as tx:
        return tx.execute(
            select(t.address).order_by(t.address.c.contact_id, t.address.c.position, t.address.c.id)
        ).all()


def owners(database: Database) -> set[int]:
    """Whose the letters are."""
    with database.read() as tx:
        return set(tx.execute(select(t.inbox.c.contact_id)).scalars())


def test_a_second_name_is_the_same_person_and_comes_behind(database: Database, now: datetime) -> None:
    mother = enrols(database, now, PHONE)
    enrols(database, now, OTHER)
    later = now + timedelta(hours=1)
    for _ in range(2):
        writes(database, later, PHONE, alias=ALIAS.value)
    phone, alias = [row for row in names(database) if row.channel == "whatsapp"]
    assert (alias.contact_id, alias.alias_of, alias.linked_at, alias.heard_at) == (mother, phone.id, now, later)
    assert (phone.alias_of, phone.heard_at) == (None, later)
    with database.read() as tx:
        assert tx.open("address.sealed", alias.sealed) == ALIAS.value


def test_when_the_number_vanishes_she_is_still_known(database: Database, now: datetime) -> None:
    mother = enrols(database, now, PHONE)
    writes(database, now, PHONE, alias=ALIAS.value)
    later = now + timedelta(days=2)
    writes(database, later, ALIAS)
    assert owners(database) == {mother}
    assert [row.heard_at for row in names(database)] == [later, later], "the window is open under both names"


def test_the_number_may_come_later(database: Database, now: datetime) -> None:
    mother = enrols(database, now, ALIAS)
    writes(database, now, ALIAS)
    writes(database, now + timedelta(days=1), PHONE, alias=ALIAS.value)
    assert owners(database) == {mother}
    phone, alias = names(database)
    assert (phone.alias_of, alias.alias_of, phone.linked_at) == (None, phone.id, now), "the number is tried first"
    with database.read() as tx:
        assert tx.open("address.sealed", phone.sealed) == PHONE.value


def test_of_two_strangers_and_of_a_new_person_one_is_made(database: Database, now: datetime) -> None:
    writes(database, now, PHONE)
    writes(database, now, ALIAS)
    writes(database, now, PHONE, alias=ALIAS.value)
    assert len({row.contact_id for row in names(database)}) == 1
    assert len(owners(database)) == 1, "what waited goes along"


@pytest.mark.parametrize(("known", "stranger"), [(PHONE, ALIAS), (ALIAS, PHONE)])
def test_a_stranger_who_turns_out_to_be_known_is_her(
    database: Database, now: datetime, known: Address, stranger: Address
) -> None:
    writes(database, now, stranger)
    mother = enrols(database, now, known)
    writes(database, now, PHONE, alias=ALIAS.value)
    assert owners(database) == {mother}
    assert {row.linked_at for row in names(database)} == {now}
    with database.read() as tx:
        phone, alias = (tx.open("address.sealed", row.sealed) for row in names(database))
    assert (phone, alias) == (PHONE.value, ALIAS.value)


def test_two_people_that_codes_vouch_for_are_left_alone(database: Database, now: datetime) -> None:
    mother, father = enrols(database, now, PHONE), enrols(database, now, ALIAS)
    for _ in range(2):
        writes(database, now, PHONE, alias=ALIAS.value)
    assert [(row.contact_id, row.alias_of) for row in names(database)] == [(mother, None), (father, None)]
    assert owners(database) == {mother}


@pytest.mark.parametrize("linked", [PHONE, ALIAS])
def test_a_code_takes_the_other_name_along(database: Database, now: datetime, linked: Address) -> None:
    writes(database, now, PHONE, alias=ALIAS.value)
    later = now + timedelta(minutes=1)
    mother = enrols(database, later, linked)
    assert [(row.contact_id, row.linked_at, row.alias_of is None) for row in names(database)] == [
        (mother, later, True),
        (mother, later, False),
    ]
    assert owners(database) == {mother}
    with database.begin() as tx:
        code = codes.make(tx, mother, "brug", "letter", now)
        assert codes.spend(tx, code.replace("-", ""), names(database)[0].id, now) is not None


def test_a_batch_may_hold_both_names_of_many(database: Database, now: datetime) -> None:
    letters = []
    for number in range(30):
        phone, alias = Address("whatsapp", f"+3161200{number:04}"), f"NL.{number:010}"
        letters += [Inbound(f"a-{number}", phone, alias=alias), Inbound(f"b-{number}", Address("whatsapp", alias))]
    with database.begin() as tx:
        receive.store(tx, letters, now)
    assert len(owners(database)) == 30
    statements: list[str] = []
    with database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
        receive.store(tx, [Inbound(f"c{each.id}", each.sender, alias=each.alias) for each in letters], now)
    assert len(statements) <= 7, "who is known costs one look"


def test_racers_agree_on_who_is_who(database: Database, now: datetime) -> None:
    """Four receivers meet the same twenty people at once, each in another order."""
    people = [(Address("whatsapp", f"+3161200{number:04}"), f"NL.{number:010}") for number in range(20)]
    start, failed = threading.Barrier(4), []

    def race(turn: int) -> None:
        letters = [Inbound(f"{turn}-{alias}", phone, alias=alias) for phone, alias in people[turn:] + people[:turn]]
        start.wait()
        try:
            with database.begin() as tx:
                receive.store(tx, letters, now)
        except Exception as error:  # a thread swallows it
            failed.append(error)

    threads = [threading.Thread(target=race, args=(turn * 5,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(names(database)) == 40
    assert len({row.contact_id for row in names(database)}) == len(owners(database)) == 20
    assert [row.alias_of is None for row in names(database)] == [True, False] * 20


# --- who shuts us out
def test_a_block_is_no_word_from_her(database: Database, now: datetime) -> None:
    writes(database, now, PHONE)
    with database.begin() as tx:
        tx.execute(update(t.address).values(blocked_at=now))
    writes(database, now + timedelta(hours=1), PHONE, kind="blocked")
    assert [(row.heard_at, row.blocked_at) for row in names(database)] == [(now, now)]
    writes(database, now + timedelta(hours=2), PHONE)
    assert [(row.heard_at, row.blocked_at) for row in names(database)] == [(now + timedelta(hours=2), None)]


def test_a_block_that_comes_twice_changes_nothing_either(database: Database, now: datetime) -> None:
    later = now + timedelta(hours=1)
    mail = [Inbound("in-1", PHONE, kind="blocked"), Inbound("in-2", OTHER, "hallo")]
    for moment in (now, later):
        with database.begin() as tx:
            receive.store(tx, mail, moment)
    assert {row.channel: row.heard_at for row in names(database)} == {"whatsapp": None, "sms": now}


def test_who_has_her_number_after_her_does_not_become_her(database: Database, now: datetime) -> None:
    """The number was given to somebody else, who brings a name of her own and later another number."""
    mother = enrols(database, now, PHONE)
    writes(database, now, PHONE, alias=ALIAS.value)
    stranger, elsewhere = Address("whatsapp", "NL.2222"), Address("whatsapp", "+31612000009")
    later = now + timedelta(days=400)
    writes(database, later, stranger)
    writes(database, later, PHONE, alias=stranger.value)
    writes(database, later, PHONE, alias="NL.3333")
    writes(database, later, elsewhere, alias=stranger.value)
    with database.read() as tx:
        hers = select(t.address.c.sealed).where(t.address.c.contact_id == mother)
        assert {tx.open("address.sealed", row) for row in tx.execute(hers).scalars()} == {PHONE.value, ALIAS.value}
        rest = tx.execute(select(t.address).where(t.address.c.contact_id != mother)).all()
    assert {row.linked_at for row in rest} == {None}
    assert len({row.contact_id for row in rest}) == 1, "the stranger, by both her names"
