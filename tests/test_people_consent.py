"""Consent is recorded as it was given, closed by STOP, and opened again as she asks."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.people import consent, contacts
from bot.store import tables as t
from bot.store.database import Database, Tx

Open = set[tuple[str, str, str]]
EVERYTHING: Open = {
    (school, channel, purpose)
    for school in ("vaart", "brug")
    for channel in ("sms", "whatsapp")
    for purpose in ("school", "tips")
}


def enrolled(tx: Tx, now: datetime) -> int:
    """A mother who said yes to everything, at two schools, on two channels."""
    mother = contacts.new_contacts(tx, ["tr"], now)[0]
    for school in ("vaart", "brug"):
        for channel in ("sms", "whatsapp"):
            consent.give(tx, mother, school, channel, ("school", "tips"), "Okulun size yazabilir mi?", 7, now)
    return mother


def is_open(tx: Tx, mother: int) -> Open:
    return consent.open_for(tx, [mother])[mother]


def test_what_when_which_words_are_kept(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother = contacts.new_contacts(tx, ["tr"], now)[0]
        consent.give(tx, mother, "vaart", "sms", ["school"], "Okulun size yazabilir mi?", 7, now)
        consent.give(tx, mother, "vaart", "sms", ["school", "tips"], "Later gevraagd", 8, now + timedelta(days=1))
        consent.give(tx, mother, "vaart", "sms", [], "Niets", 9, now)
        rows = tx.execute(select(t.consent).order_by(t.consent.c.id)).all()
    assert [(row.purpose, tx.open("consent.words", row.words), row.inbox_id, row.given_at) for row in rows] == [
        ("school", "Okulun size yazabilir mi?", 7, now),
        ("tips", "Later gevraagd", 8, now + timedelta(days=1)),
    ]


def test_stop_closes_everything_and_start_opens_it(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother = enrolled(tx, now)
        assert is_open(tx, mother) == EVERYTHING
        assert consent.withdraw(tx, mother, "stop", now) == 8
        assert consent.withdraw(tx, mother, "stop", now) == 0
        assert is_open(tx, mother) == set()
        assert consent.reopen(tx, mother, now + timedelta(days=1)) == 8
        assert consent.reopen(tx, mother, now) == 0
        assert is_open(tx, mother) == EVERYTHING
        rows = tx.execute(select(t.consent)).all()
    assert len(rows) == 16
    assert {row.withdrawn_by for row in rows} == {"stop", None}
    assert {tx.open("consent.words", row.words) for row in rows} == {"Okulun size yazabilir mi?"}


@pytest.mark.parametrize("by", ["stop", "block"])
def test_one_channel_or_one_school_can_close_alone(database: Database, now: datetime, by: str) -> None:
    with database.begin() as tx:
        mother = enrolled(tx, now)
        consent.withdraw(tx, mother, by, now, channel="sms")
        assert is_open(tx, mother) == {each for each in EVERYTHING if each[1] == "whatsapp"}
        consent.withdraw(tx, mother, by, now, school="brug")
        assert is_open(tx, mother) == {("vaart", "whatsapp", "school"), ("vaart", "whatsapp", "tips")}


def test_after_stop_only_this_channel_or_only_this_school(database: Database, now: datetime) -> None:
    exceptions: list[tuple[dict[str, Any], int]] = [({"except_channel": "sms"}, 1), ({"except_school": "brug"}, 0)]
    with database.begin() as tx:
        for exception, place in exceptions:
            mother = enrolled(tx, now)
            consent.withdraw(tx, mother, "stop", now)
            assert consent.reopen(tx, mother, now, **exception) == 4
            assert is_open(tx, mother) == {each for each in EVERYTHING if each[place] not in exception.values()}


def test_only_this_channel_does_not_undo_an_earlier_stop(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother = enrolled(tx, now)
        consent.withdraw(tx, mother, "stop", now, channel="whatsapp")
        consent.withdraw(tx, mother, "stop", now + timedelta(days=1))
        assert consent.reopen(tx, mother, now + timedelta(days=1), except_channel="telegram") == 4
        assert {channel for _, channel, _ in is_open(tx, mother)} == {"sms"}
        assert consent.reopen(tx, mother, now + timedelta(days=2)) == 4
        assert is_open(tx, mother) == EVERYTHING


def test_start_does_not_open_what_a_block_closed(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother = enrolled(tx, now)
        consent.withdraw(tx, mother, "block", now, channel="sms")
        consent.withdraw(tx, mother, "stop", now)
        consent.reopen(tx, mother, now)
        assert {channel for _, channel, _ in is_open(tx, mother)} == {"whatsapp"}


def test_many_are_asked_at_once(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        many = contacts.new_contacts(tx, ["nl"] * 1200, now)
        consent.give(tx, many[700], "vaart", "sms", ["school"], "Ja", None, now)
        found = consent.open_for(tx, many)
    assert len(found) == 1200
    assert [contact for contact, what in found.items() if what] == [many[700]]


def test_less_keeps_what_school_needs_to_say(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        mother = enrolled(tx, now)
        assert consent.closed_by_stop(tx, mother) == set()
        consent.withdraw(tx, mother, "stop", now, channel="whatsapp")
        consent.withdraw(tx, mother, "stop", now + timedelta(days=1))
        assert consent.closed_by_stop(tx, mother) == {each for each in EVERYTHING if each[1] == "sms"}
        consent.reopen(tx, mother, now + timedelta(days=1), except_purpose="tips")
        assert is_open(tx, mother) == {("vaart", "sms", "school"), ("brug", "sms", "school")}


def test_less_holds_on_a_channel_that_she_had_blocked_too(database: Database, now: datetime) -> None:
    """She blocked Telegram, chose to do without tips, and opens Telegram again: still no tips."""
    with database.begin() as tx:
        mother = enrolled(tx, now)
        consent.withdraw(tx, mother, "block", now, channel="sms")
        consent.withdraw(tx, mother, "stop", now)
        consent.reopen(tx, mother, now, except_purpose="tips")
        consent.keep_closed(tx, mother, "tips")
        consent.reopen(tx, mother, now + timedelta(days=1), unblocked="sms")
        assert is_open(tx, mother) == {each for each in EVERYTHING if each[2] == "school"}
