"""The fictional school is imported as a real one is, from a file; its phones cover what a school really has."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bot.channels.phone import PEOPLE
from bot.demo import school
from bot.people import addresses, codes, contacts, facts, freedays
from bot.store import tables as t
from bot.store.database import Database


def test_the_families_are_imported_and_every_guardian_gets_a_letter(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    with database.begin() as tx:
        school.prepare(tx, tmp_path, now)
        letters = school.letters(tx, now)
        assert set(letters) == {name for phone in school.PHONES for name in phone.guardians}
        assert len(set(letters.values())) == len(letters)
        school.prepare(tx, tmp_path, now)
        assert school.letters(tx, now) == letters, "the same file again changes nothing"


def test_letters_that_ran_out_are_printed_again_and_answered_ones_are_gone(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    with database.begin() as tx:
        school.prepare(tx, tmp_path, now)
        before = school.letters(tx, now)
        found = codes.read(before["Samir Khalil"])
        assert found
        samir = next(phone for phone in school.PHONES if phone.name == "samir")
        _, address_id = contacts.resolve(tx, [samir.address], now)[samir.address]
        spent = codes.spend(tx, found.code, address_id, now)
        assert spent
        contacts.link(tx, address_id, spent.contact_id, now)
        hers = select(t.guardian.c.child_id).where(t.guardian.c.contact_id == spent.contact_id)
        assert len(tx.execute(hers).all()) == 2, "a brother and a sister, one letter"
        later = now + timedelta(days=15)
        assert school.letters(tx, later) == {}
        school.prepare(tx, tmp_path, later)
        after = school.letters(tx, later)
        assert set(after) == set(before) - {"Samir Khalil"}
        assert not set(after.values()) & set(before.values())


def test_every_question_of_a_parent_has_an_answer_but_one(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.begin() as tx:
        school.prepare(tx, tmp_path, now)
        known = facts.of(tx, school.SCHOOL, school.GROUP)
        assert len(facts.times_of(known)) == 2, "Wednesdays are short"
        assert "gym" not in known, "that one goes to the teacher"
        assert facts.teachers(tx, school.SCHOOL, school.YEAR, school.GROUP)
        days = freedays.of(tx, school.SCHOOL)
        assert {each.kind for each in days} == {"vakantie", "studiedag", "vrij"}
        school.prepare(tx, tmp_path, now + timedelta(days=2000))
        assert freedays.of(tx, school.SCHOOL) == days, "a clock that was moved far brings nothing in anew"


def test_the_phones_are_of_every_kind_and_fictional() -> None:
    by_channel = [phone.channel for phone in school.PHONES]
    assert min(map(by_channel.count, ("whatsapp", "sms", "telegram"))) >= 2
    assert len({row.nummer for row in school.FAMILIES}) >= 8
    assert len({phone.name for phone in school.PHONES}) == len({phone.address for phone in school.PHONES})
    for phone in school.PHONES:
        assert PEOPLE[phone.channel].fullmatch(phone.address.value)
        assert phone.channel == "telegram" or phone.address.value.startswith("+31612")
    for row in school.FAMILIES:
        assert addresses.phone(row.telefoon).startswith("+31612")
