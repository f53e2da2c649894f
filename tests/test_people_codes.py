"""Enrolment codes: read however they are typed, spent once, guessed never."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import func, select

from bot.model import Address
from bot.people import codes, contacts
from bot.people.codes import Read
from bot.store import tables as t
from bot.store.database import Database, Tx

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    [
        "START 7KQ2-9FMX", "start 7kq2-9fmx", "7kq29fmx", "7KQ2-9FMX", " 7kq2 9fmx ", "/start 7KQ2-9FMX",
        "Start: 7kq2-9fmx.", "başla 7KQ2-9FMX", "mijn code is 7KQ2-9FMX", "رمز 7KQ29FMX", "７ＫＱ２９ＦＭＸ",
        "\u200e7KQ2-9FMX\u200e", "7KQ2–9FMX", "7KQ2 - 9FMX!", "START\n7KQ2-9FMX", "/start 7KQ29FMX", "٧KQ٢-٩FMX",
    ],
)  # fmt: skip
def test_a_code_is_read_however_it_is_typed(text: str) -> None:
    assert codes.read(text) == Read("7KQ29FMX", True)


def test_signs_that_look_alike_are_one() -> None:
    assert codes.read("O1I0-lıİo") == Read("01101110", True)


@pytest.mark.parametrize("text", ["afspraak", "Afspraak", "goed idee", "20261123"])
def test_a_word_of_eight_letters_may_be_a_code_but_need_not(text: str) -> None:
    found = codes.read(text)
    assert found is not None
    assert not found.meant


@pytest.mark.parametrize("text", ["start afspraak", "START abcdefgh"])
def test_after_start_it_is_meant(text: str) -> None:
    assert codes.read(text) is not None
    assert codes.read(text).meant  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "", "START", "7KQ2-9FM", "7KQ2-9FMXX", "7KQ2-9FMU", "nieuwe afspraak", "hallo juf, kan ik langskomen?", "1",
        "19:30", "06 12 00 00 01", "+31612000001", "kom om 10 uur naar lokaal drie bij de abcd1234", "²²²²-²²²²",
        "\x00", "\ud800", "a" * 10_000_000,
    ],
)  # fmt: skip
def test_other_texts_hold_no_code(text: str) -> None:
    assert codes.read(text) is None


@given(some.text(alphabet=codes.SIGNS, min_size=8, max_size=8))
def test_what_is_shown_is_read_back(code: str) -> None:
    for text in (f"START {codes.shown(code)}", codes.shown(code).lower(), f"/start {code}"):
        assert codes.read(text) == Read(code, True)
    assert codes.read(code.lower()) is not None


@given(some.text(max_size=60))
def test_nothing_breaks_the_reader(text: str) -> None:
    codes.read(text)


def known(tx: Tx, now: datetime) -> tuple[int, int]:
    """A guardian of the school's file, and the address of somebody who writes."""
    guardian = contacts.new_contacts(tx, ["tr"], now)[0]
    address = Address("sms", "+31612000001")
    return guardian, contacts.resolve(tx, [address], now)[address][1]


def plain(code: str) -> str:
    found = codes.read(code)
    assert found is not None
    return found.code


def test_a_code_works_once(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        guardian, address = known(tx, now)
        code = codes.make(tx, guardian, "vaart", "letter", now)
        assert len(code) == 9
        assert code[4] == "-"
        assert codes.spend(tx, plain(code), address, now) == codes.Spent(guardian, "vaart", "letter")
        assert codes.spend(tx, plain(code), address, now) is None
        assert codes.is_one(tx, plain(code))
        assert not codes.is_one(tx, "AFSPRAAK")


@pytest.mark.parametrize(("purpose", "life"), [("letter", timedelta(days=14)), ("channel", timedelta(minutes=15))])
def test_a_code_has_its_day(database: Database, now: datetime, purpose: str, life: timedelta) -> None:
    with database.begin() as tx:
        guardian, address = known(tx, now)
        code = plain(codes.make(tx, guardian, "vaart", purpose, now))
        assert codes.spend(tx, code, address, now + life) is None
        assert codes.spend(tx, code, address, now + life - timedelta(seconds=1)) is not None


def test_a_new_letter_replaces_the_unused_one_but_no_other_code(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        guardian, address = known(tx, now)
        old = plain(codes.make(tx, guardian, "vaart", "letter", now))
        channel = plain(codes.make(tx, guardian, "vaart", "channel", now))
        elsewhere = plain(codes.make(tx, guardian, "brug", "letter", now))
        new = plain(codes.make(tx, guardian, "vaart", "letter", now))
        assert codes.spend(tx, old, address, now) is None
        assert all(codes.spend(tx, code, address, now) for code in (channel, elsewhere, new))


def test_the_sixth_try_in_an_hour_is_not_even_looked_at(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        guardian, address = known(tx, now)
        code = plain(codes.make(tx, guardian, "vaart", "letter", now))
        for _ in range(codes.TRIES):
            assert codes.spend(tx, "00000000", address, now) is None
        assert codes.spend(tx, code, address, now + HOUR - timedelta(minutes=1)) is None
        other = Address("sms", "+31612000002")
        elsewhere = contacts.resolve(tx, [other], now)[other][1]
        assert codes.spend(tx, "11111111", elsewhere, now) is None
        assert codes.spend(tx, code, address, now + HOUR) == codes.Spent(guardian, "vaart", "letter")


def test_old_tries_are_forgotten(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        _, address = known(tx, now)
        for hours in range(4):
            codes.spend(tx, "00000000", address, now + hours * HOUR)
        assert tx.execute(select(func.count()).select_from(t.attempt)).scalar_one() == 1


def test_a_reprint_keeps_a_living_code_and_replaces_a_dead_one(database: Database, now: datetime) -> None:
    later = now + timedelta(days=10)
    with database.begin() as tx:
        guardian, address = known(tx, now)
        code = codes.make(tx, guardian, "vaart", "letter", now)
        assert codes.letters(tx, [guardian], "vaart", now) == {guardian: code}
        assert codes.letters(tx, [guardian], "brug", now) == {}
        assert codes.on_paper(tx, [guardian], "vaart") == {}
        assert codes.renew(tx, [guardian, guardian], "vaart", later) == {guardian: code}
        assert codes.on_paper(tx, [guardian], "vaart") == {guardian: later}
        assert codes.on_paper(tx, [guardian], "brug") == {}
        much_later = later + timedelta(days=14)
        assert codes.letters(tx, [guardian], "vaart", much_later) == {}
        fresh = codes.renew(tx, [guardian], "vaart", much_later)[guardian]
        assert codes.on_paper(tx, [guardian], "vaart") == {guardian: much_later}
        assert fresh != code
        assert codes.spend(tx, plain(fresh), address, much_later) is not None
        assert codes.letters(tx, [guardian], "vaart", much_later) == {}


def test_thousands_at_once_are_all_different_and_sealed(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        many = contacts.new_contacts(tx, ["nl"] * 1200, now)
        made = codes.make_many(tx, [(contact, "vaart") for contact in many], "letter", now)
        assert len(set(made)) == 1200
        assert codes.letters(tx, many, "vaart", now) == dict(zip(many, made, strict=True))
        assert codes.make_many(tx, [], "letter", now) == []
        row = tx.execute(select(t.code).limit(1)).one()
        assert all(code.replace("-", "").encode() not in row.sealed for code in made)
