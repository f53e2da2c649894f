"""Importing families: once, again, next year, and never half; on both engines."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from bot.errors import RosterError
from bot.model import Address
from bot.people import codes, contacts, roster
from bot.people.roster import Report
from bot.store import tables as t
from bot.store.database import Database, Tx

YEAR, NEXT = "2026-2027", "2027-2028"
HEAD = "id,group,child,guardian,language,phone"
ELIF = ",groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,0612000001"
ELIFS_FATHER = ",groep 4,Elif Yılmaz,Mehmet Yılmaz,nl,0612000002"
CAN = ",groep 1,Can Yılmaz,Ayşe Yılmaz,tr,0612000001"

Load = Callable[..., Report]


class Seen(NamedTuple):
    """A guardian of a child as it now stands in the database."""

    child: str
    group: str
    guardian: str
    language: str
    phone: str
    contact: int


@pytest.fixture
def load(database: Database, tmp_path: Path, now: datetime) -> Load:
    """Import these lines under the usual heading."""

    def call(*lines: str, year: str = YEAR, school: str = "vaart", head: str = HEAD, at: datetime = now) -> Report:
        path = tmp_path / "families.csv"
        path.write_text("\n".join([head, *lines]), encoding="utf-8")
        sheet = roster.read(path)
        with database.begin() as tx:
            return roster.load(tx, school, year, sheet, at)

    return call


def seen(database: Database, year: str = YEAR) -> list[Seen]:
    with database.read() as tx:
        rows = tx.execute(
            select(t.child.c.name.label("child"), t.group.c.name.label("group"), t.guardian)
            .join(t.guardian, t.guardian.c.child_id == t.child.c.id)
            .join(t.membership, t.membership.c.child_id == t.child.c.id)
            .join(t.group, t.group.c.id == t.membership.c.group_id)
            .where(t.membership.c.year == year)
            .order_by(t.guardian.c.id)
        ).all()
        return [
            Seen(
                tx.open("child.name", row.child), row.group, tx.open("guardian.name", row.name),
                tx.open("guardian.language", row.language),
                tx.open("guardian.phone", row.phone) if row.phone else "", row.contact_id,
            )
            for row in rows
        ]  # fmt: skip


def count(database: Database, table: str) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(t.metadata.tables[table])).scalar_one())


def letters(database: Database, now: datetime, school: str = "vaart") -> dict[int, str]:
    with database.read() as tx:
        return codes.letters(tx, list(tx.execute(select(t.contact.c.id)).scalars()), school, now)


def refused(load: Load, *lines: str, year: str = YEAR) -> dict[int, str]:
    with pytest.raises(RosterError) as raised:
        load(*lines, year=year)
    return raised.value.lines


def test_families_come_in_with_a_code_each(load: Load, database: Database, now: datetime) -> None:
    report = load(ELIF, ELIFS_FATHER, CAN)
    assert report == Report(created=3, updated=0, moved=0, codes=2)
    mother, father, again = seen(database)
    assert mother[:5] == ("Elif Yılmaz", "groep 4", "Ayşe Yılmaz", "tr", "+31612000001")
    assert father[:5] == ("Elif Yılmaz", "groep 4", "Mehmet Yılmaz", "nl", "+31612000002")
    assert again[:2] == ("Can Yılmaz", "groep 1")
    assert mother.contact == again.contact != father.contact
    assert set(letters(database, now)) == {mother.contact, father.contact}
    assert count(database, "child") == 2
    assert count(database, "address") == 0, "a phone of the file is no address"
    with database.read() as tx:
        assert contacts.languages(tx, [mother.contact, father.contact]) == {mother.contact: "tr", father.contact: "nl"}


def test_the_same_file_again_never_doubles(load: Load, database: Database, now: datetime) -> None:
    load(ELIF, ELIFS_FATHER, CAN)
    before, printed = seen(database), letters(database, now)
    assert load(ELIF, ELIFS_FATHER, CAN) == Report(created=0, updated=3, moved=0, codes=0)
    assert load(CAN, ELIFS_FATHER, ELIF, ELIF) == Report(created=0, updated=4, moved=0, codes=0)
    assert seen(database) == before
    assert letters(database, now) == printed, "a letter that lies at home still works"
    assert [count(database, table) for table in ("contact", "child", "guardian", "membership", "group")] == [
        2,
        2,
        3,
        2,
        2,
    ]


def test_what_changed_is_changed(load: Load, database: Database) -> None:
    load(ELIF, CAN)
    before = seen(database)
    assert load(
        ",groep 5,elif yilmaz,AYŞE YILMAZ,Arabisch,+31612000009", ",groep 1,Can Yılmaz,Ayşe Yılmaz,ar,0612000009"
    ) == Report(created=0, updated=2, moved=1, codes=0)
    after = seen(database)
    assert [row[:5] for row in after] == [
        ("elif yilmaz", "groep 5", "AYŞE YILMAZ", "ar", "+31612000009"),
        ("Can Yılmaz", "groep 1", "Ayşe Yılmaz", "ar", "+31612000009"),
    ]
    assert [row.contact for row in after] == [row.contact for row in before]
    with database.read() as tx:
        assert set(contacts.languages(tx, [after[0].contact]).values()) == {"ar"}


def test_an_empty_phone_is_taken_away_but_no_column_says_nothing(load: Load, database: Database) -> None:
    load(ELIF)
    load("groep 4,Elif Yılmaz,Ayşe Yılmaz,tr", head="group,child,guardian,language")
    assert seen(database)[0].phone == "+31612000001"
    load(",groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,")
    assert seen(database)[0].phone == ""


def test_next_years_file_moves_children_up(load: Load, database: Database, now: datetime) -> None:
    load(ELIF, ELIFS_FATHER, CAN)
    report = load(ELIF.replace("groep 4", "groep 5"), CAN.replace("groep 1", "groep 2"), year=NEXT)
    assert report == Report(created=0, updated=2, moved=2, codes=0)
    assert [(row.child, row.group) for row in seen(database)] == [
        ("Elif Yılmaz", "groep 4"), ("Elif Yılmaz", "groep 4"), ("Can Yılmaz", "groep 1"),
    ]  # fmt: skip
    assert {(row.child, row.group) for row in seen(database, NEXT)} == {
        ("Elif Yılmaz", "groep 5"), ("Can Yılmaz", "groep 2"),
    }  # fmt: skip
    later = now + timedelta(days=300)
    assert load(ELIF.replace("groep 4", "groep 5"), year=NEXT, at=later).codes == 1, "the old letter is long too old"


def test_an_id_finds_the_child_under_another_name_and_another_guardian(load: Load, database: Database) -> None:
    load("12,groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,")
    assert load("12,groep 5,Elif Demir,Fatma Demir,tr,", year=NEXT) == Report(created=1, updated=0, moved=1, codes=1)
    assert {row.child for row in seen(database, NEXT)} == {"Elif Demir"}
    assert count(database, "child") == 1
    with database.read() as tx:
        assert tx.execute(select(t.child.c.find)).scalar_one() not in (None, "12")


def test_a_child_gets_the_id_it_did_not_have(load: Load, database: Database) -> None:
    load(ELIF)
    assert load("12" + ELIF).created == 0
    assert load("12,groep 4,Elif,Iemand Anders,nl,").created == 1
    assert count(database, "child") == 1


def test_other_ids_are_other_children(load: Load, database: Database) -> None:
    load("12,groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,0612000001", "13,groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,0612000001")
    assert count(database, "child") == 2
    assert count(database, "contact") == 1


@pytest.mark.parametrize(
    "line",
    [
        ",groep 5,ELIF  YILMAZ,ayse yilmaz,tr,0612000009",  # the guardian's name
        ",groep 5,Elif Yılmaz,Mevrouw Y.,tr,0612000001",  # the guardian's phone
        ',groep 5,"Yılmaz, Elif","Yılmaz, Ayşe",tr,',  # written the other way round
    ],
)
def test_without_an_id_the_name_and_one_guardian_find_the_child(load: Load, database: Database, line: str) -> None:
    load(ELIF, ELIFS_FATHER)
    report = load(line)
    assert (report.created, report.moved) == (0, 1)
    assert count(database, "child") == 1
    assert count(database, "guardian") == 2


def test_the_same_name_with_other_guardians_is_another_child(load: Load, database: Database) -> None:
    load(ELIF)
    assert load(",groep 5,Elif Yılmaz,Zeynep Yılmaz,tr,0612000007").created == 1
    assert count(database, "child") == 2


def test_a_guardian_who_is_new_joins_a_known_child(load: Load, database: Database) -> None:
    load(ELIF)
    assert load(ELIF, ELIFS_FATHER) == Report(created=1, updated=1, moved=0, codes=1)
    assert count(database, "child") == 1


def test_more_than_one_match_is_an_error_on_that_line(load: Load, database: Database) -> None:
    load("12,groep 3,Ali Demir,Fatma Demir,tr,", "13,groep 4,Ali Demir,Fatma Demir,tr,")
    before = seen(database)
    assert refused(load, CAN, ",groep 5,Ali Demir,Fatma Demir,tr,", year=NEXT) == {
        3: "more than one known child fits; give each child its own id"
    }
    assert seen(database) == before
    assert load("13,groep 5,Ali Demir,Fatma Demir,tr,", year=NEXT).moved == 1


def test_two_families_that_both_claim_a_child(load: Load) -> None:
    load(",groep 3,Ali Demir,Fatma Demir,tr,", ",groep 3,Ali Demir,Kemal Demir,tr,")
    wrong = refused(load, ",groep 4,Ali Demir,Fatma Demir,tr,", ",groep 5,Ali Demir,Kemal Demir,tr,", year=NEXT)
    assert wrong == {3: "this is the same known child as on line 2; give each child its own id"}


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (",groep 5,Elif Yılmaz,Ayşe Yılmaz,tr,", "the same child is in another group on line 2"),
        (",groep 5,Elif Yılmaz,Mehmet,tr,0612000001", "the same child is in another group on line 2"),
        (",groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,0612000009", "has another phone or language on line 2"),
        (",groep 4,Elif Yılmaz,Ayşe Yılmaz,nl,0612000001", "has another phone or language on line 2"),
    ],
)
def test_a_file_that_contradicts_itself(load: Load, second: str, says: str) -> None:
    wrong = refused(load, ELIF, second)
    assert list(wrong) == [3]
    assert says in wrong[3]


def test_ids_that_contradict_themselves(load: Load) -> None:
    assert refused(load, "12" + ELIF, "12" + CAN)[3] == "this id belongs to another child on line 2"
    one, other = "12" + ELIF, "13" + ELIF
    assert refused(load, one, other, ELIFS_FATHER)[4].startswith("more than one child of this file fits")


def test_a_guardian_without_the_id_joins_the_child_that_has_one(load: Load, database: Database) -> None:
    assert load("12" + ELIF, ELIFS_FATHER).created == 2
    assert count(database, "child") == 1


def test_rows_of_one_child_find_each_other_in_any_order(load: Load, database: Database) -> None:
    rows = [f",groep 4,Ali,{name},tr,{phone}" for name, phone in (("A", ""), ("B", "0612000002"), ("C", "0612000002"))]
    load(rows[2], rows[0], CAN, rows[1])
    assert count(database, "child") == 2


def test_nothing_is_half_imported(load: Load, database: Database) -> None:
    wrong = refused(load, ELIF, ",groep 4,Can,Ayşe,Klingon,", CAN, ",,Noor,Jan,nl,")
    assert sorted(wrong) == [3, 5]
    assert all(count(database, table) == 0 for table in ("contact", "child", "guardian", "group", "code"))


def test_siblings_without_a_phone_get_a_letter_each(load: Load, database: Database) -> None:
    """The same name alone could be two people."""
    load(",groep 4,Elif,Ayşe,tr,", ",groep 1,Can,Ayşe,tr,")
    assert count(database, "contact") == 2


def test_two_guardians_on_one_phone_are_two_people_until_a_code_comes(load: Load, database: Database) -> None:
    lines = ",groep 4,Emir,Ayşe Demir,tr,0612000001", ",groep 4,Emir,Kemal Demir,tr,0612000001"
    assert load(*lines).codes == 2
    assert load(*lines) == Report(created=0, updated=2, moved=0, codes=0)
    mother, father = seen(database)
    assert (mother.guardian, father.guardian) == ("Ayşe Demir", "Kemal Demir")


def enrol(tx: Tx, guardian: int, phone: str, now: datetime) -> None:
    address = contacts.resolve(tx, [Address("sms", phone)], now)[Address("sms", phone)][1]
    contacts.link(tx, address, guardian, now)


def test_who_is_enrolled_keeps_her_language_and_needs_no_code(load: Load, database: Database, now: datetime) -> None:
    load(ELIF, ELIFS_FATHER)
    mother, father = seen(database)
    with database.begin() as tx:
        enrol(tx, mother.contact, "+31612000001", now)
        contacts.set_language(tx, mother.contact, "ar")
    report = load(ELIF.replace(",tr,", ",en,"), ELIFS_FATHER.replace(",nl,", ",en,"), CAN, at=now + timedelta(days=20))
    assert report.codes == 1, "only the father's letter is old"
    with database.read() as tx:
        spoken = contacts.languages(tx, [mother.contact, father.contact])
    assert spoken == {mother.contact: "ar", father.contact: "en"}
    assert seen(database)[2].contact == mother.contact, "her second child is hers at once"


def test_one_phone_for_a_family_imported_again(load: Load, database: Database, now: datetime) -> None:
    lines = ",groep 4,Emir,Ayşe Demir,tr,0612000001", ",groep 4,Emir,Kemal Demir,tr,0612000001"
    load(*lines)
    mother, father = seen(database)
    with database.begin() as tx:
        enrol(tx, mother.contact, "+31612000001", now)
        assert contacts.adopt(tx, father.contact, mother.contact)
    assert load(*lines, at=now + timedelta(days=20)) == Report(created=0, updated=2, moved=0, codes=0)
    assert [(row.guardian, row.contact) for row in seen(database)] == [
        ("Ayşe Demir", mother.contact), ("Kemal Demir", mother.contact),
    ]  # fmt: skip


def test_schools_do_not_know_each_others_families(load: Load, database: Database, now: datetime) -> None:
    load("12" + ELIF)
    assert load("12" + ELIF, school="brug").created == 1
    at_both = seen(database)
    assert len({row.contact for row in at_both}) == 2
    with database.begin() as tx:
        enrol(tx, at_both[0].contact, "+31612000001", now)
        assert contacts.adopt(tx, at_both[1].contact, at_both[0].contact)
    assert {row.contact for row in seen(database)} == {at_both[0].contact}, "both children are hers"
    assert load("12" + ELIF, school="brug") == Report(created=0, updated=1, moved=0, codes=0)


def test_names_and_phones_are_nowhere_in_the_clear(load: Load, database: Database) -> None:
    load("leerling12,groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,0612000001")
    with database.read() as tx:
        for table in t.metadata.sorted_tables:
            for row in tx.execute(select(table)):
                dump = repr(tuple(row))
                assert not any(secret in dump for secret in ("Elif", "Ay\\xc5", "12000001", "leerling12")), table.name


@pytest.mark.slow
def test_ten_thousand_rows_are_quick(load: Load, database: Database) -> None:
    def lines(change: int = 0) -> list[str]:
        return [
            f",groep {number % 400 + change},Kind{number} Naam{number // 3},Ouder{side} Naam{number // 3},tr,"
            f"{612000000 + number // 3 * 2 + side}"
            for number in range(5000)
            for side in (0, 1)
        ]

    for year, change in ((YEAR, 0), (YEAR, 0), (NEXT, 1)):
        start = time.process_time()
        report = load(*lines(change), year=year)
        assert time.process_time() - start < 5
    assert report == Report(created=0, updated=10_000, moved=5000, codes=0)
