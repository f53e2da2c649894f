"""A talk as a phone keeps it: read back by another library, in her language, for nobody who was not told of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from bot import ics
from bot.booking import appointments, calendar, feeds
from bot.booking.appointments import Talk
from bot.ics import Entry
from bot.people import barred, staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import FATIMA, KARIN, OMAR, World

ZONE = ZoneInfo("Europe/Amsterdam")
THURSDAY = datetime(2026, 11, 26, 15, 0, tzinfo=ZONE).astimezone(UTC)
SAID = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).map(str.strip).filter(bool)


def read(data: bytes) -> Any:
    """The one talk of a file, as vobject has it."""
    return vobject.readOne(data.decode()).vevent


@settings(deadline=None)  # the libraries are imported by the first
@given(SAID, SAID, SAID, st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_another_library_reads_what_was_written(said: str, place: str, about: str, at: datetime) -> None:
    at = at.replace(microsecond=0)
    written = ics.many([Entry("a1", at, 15, at, said, place, f"{about}\n{about}", 2)], "", "ar")
    event = read(written)
    assert (event.summary.value, event.location.value) == (said, place)
    assert event.description.value == f"{about}\n{about}"
    assert (event.dtstart.value, event.dtend.value) == (at, at + timedelta(minutes=15))
    assert max(map(len, written.split(b"\r\n"))) <= 75, "longer lines are folded"
    assert b"\n" not in written.replace(b"\r\n", b"")


def agree(world: World, who: Any = KARIN, at: datetime = THURSDAY, **more: Any) -> int:
    """A talk with juf Janneke about the first child of this parent."""

    def work(tx: Tx) -> int:
        g, contact = t.guardian.c, world.contact(who)
        child = tx.execute(select(g.child_id).where(g.contact_id == contact)).scalars().first()
        talk = Talk(contact, "brug", at, 15, child, staff.by_key(tx, "brug", "janneke").id)
        number = appointments.plan(tx, world.bot.config, talk, world.clock(), tell=False)
        if more:
            tx.execute(update(t.appointment).where(t.appointment.c.id == number).values(more))
        return number

    return world.write(work)


def token(world: World, number: int, who: Any = KARIN) -> str:
    contact = world.contact(who)
    return world.write(lambda tx: calendar.link(tx, world.bot.config, number, contact)).rpartition("/")[2]


def file(world: World, given: str) -> bytes | None:
    with world.bot.database.read() as tx:
        return calendar.file(tx, world.bot.config, world.bot.catalogue, given, world.clock())


def test_it_says_what_a_parent_needs_and_names_no_child(world: World) -> None:
    number = agree(world, place="lokaal 3", interpreter_id=7)
    link = world.write(lambda tx: calendar.link(tx, world.bot.config, number, world.contact(KARIN)))
    assert len(link) - len(world.bot.config.web.public_url) <= 35, "it stands in a text message"
    data = file(world, link.rpartition("/")[2])
    assert data is not None
    event = read(data)
    assert event.summary.value == "Gesprek met juf Janneke op De Brug"
    assert event.location.value == "lokaal 3, De Brug"
    assert event.description.value == "Er is een tolk bij.\nPast het toch niet? Stuur ons het woord GESPREK."
    assert (event.dtstart.value, event.dtend.value) == (THURSDAY, THURSDAY + timedelta(minutes=15))
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "0")
    assert not {"valarm", "attendee", "organizer"} & set(event.contents)
    for private in (b"Lotte", b"Karin", b"Visser", b"0612"):
        assert private not in data


def test_no_line_of_its_own_comes_out_of_what_somebody_typed() -> None:
    at = THURSDAY.replace(microsecond=0)
    odd = "lokaal 4\r\nATTENDEE:mailto:a@example.org\nEND:VEVENT\rX;Y,Z\\"
    written = ics.many([Entry("a1", at, 15, at, odd, odd, odd)], "", "nl")
    assert set(read(written).contents) == {
        "uid", "dtstamp", "last-modified", "dtstart", "dtend", "sequence", "status", "transp", "summary", "location",
        "description", "class",
    }  # fmt: skip


@pytest.mark.parametrize(("mode", "place"), [("phone", "Per telefoon: school belt"), ("home", "Bij u thuis")])
def test_where_it_is(world: World, mode: str, place: str) -> None:
    data = file(world, token(world, agree(world, mode=mode)))
    assert data is not None
    assert read(data).location.value == place


def test_a_talk_by_video_says_where_it_is_seen_until_it_is_off(world: World) -> None:
    number = agree(world, mode="video")
    sealed = world.write(lambda tx: tx.seal("appointment.link", "https://video.example/abc"))
    there = t.appointment.c.id == number
    world.write(lambda tx: tx.execute(update(t.appointment).where(there).values(link=sealed)))
    said = token(world, number)
    assert "https://video.example/abc" in read(file(world, said) or b"").description.value
    world.write(lambda tx: appointments.cancel(tx, number, world.clock(), tell=False))
    assert "https://" not in read(file(world, said) or b"").description.value


def test_a_calendar_follows_what_is_moved_and_what_is_off(world: World) -> None:
    number = agree(world)
    said, there = token(world, number), t.appointment.c.id == number
    uid = read(file(world, said) or b"").uid.value
    later = THURSDAY + timedelta(days=1)
    world.write(lambda tx: tx.execute(update(t.appointment).where(there).values(starts_at=later, moved=1)))
    event = read(file(world, said) or b"")
    assert (event.uid.value, event.sequence.value, event.dtstart.value) == (uid, "1", later)
    world.write(lambda tx: appointments.cancel(tx, number, world.clock(), tell=False))
    event = read(file(world, said) or b"")
    assert (event.uid.value, event.sequence.value, event.status.value) == (uid, "2", "CANCELLED")
    assert event.description.value == "Dit gesprek gaat niet door."
    world.clock.move(later + timedelta(minutes=14))
    assert file(world, said)
    world.clock.move(later + timedelta(minutes=15))
    assert file(world, said) is None, "over"


def test_the_address_is_hers_alone(world: World) -> None:
    number, other = agree(world), agree(world, FATIMA, THURSDAY + timedelta(hours=1))
    said = token(world, number)
    signs = "0123456789abcdefghijklmnopqrstuvwxyz"
    wrong = [
        "", ".ics", "1", "1-", "-" + "a" * 11, "0-" + "a" * 11, "z" * 12 + "-" + "a" * 11, "z" * 13 + "-" + "a" * 11,
        said.upper(), f"{other}-{said.partition('-')[2]}", f"0{said}", "９-" + "a" * 11,
        *(said[:at] + signs[(signs.index(said[at]) + 1) % 36] + said[at + 1 :] for at in range(2, 13)),
    ]  # fmt: skip
    with world.bot.database.read() as tx:
        assert calendar.talk_of(tx, said) == calendar.talk_of(tx, said.removesuffix(".ics")) == number
        assert [each for each in wrong if calendar.talk_of(tx, each) is not None] == []
    there = t.appointment.c.id == number
    for state in ("offered", "held", "missed"):
        world.write(lambda tx, s=state: tx.execute(update(t.appointment).where(there).values(state=s)))  # type: ignore[misc]
        assert file(world, said) is None


def test_the_other_parent_who_comes_along_has_an_address_of_her_own(world: World) -> None:
    number, omar = agree(world, FATIMA), world.contact(OMAR)
    hers, his = token(world, number, FATIMA), token(world, number, OMAR)
    assert hers != his
    assert file(world, his) is None, "nobody asked him"
    row = {"appointment_id": number, "contact_id": omar, "role": "comes", "changed_at": world.clock()}
    world.write(lambda tx: tx.execute(insert(t.guest), {**row, "state": "asked"}))
    assert file(world, his) is None, "he has not answered yet"
    world.write(lambda tx: tx.execute(update(t.guest).values(state="yes")))
    assert read(file(world, his) or b"").uid.value == read(file(world, hers) or b"").uid.value
    child = world.rows(select(t.appointment.c.child_id).where(t.appointment.c.id == number))[0].child_id
    world.write(lambda tx: barred.bar(tx, omar, child, world.clock()))
    assert file(world, his) is None, "a contact bar"
    assert file(world, hers)


def test_who_is_barred_does_not_find_the_talk_that_is_the_other_parents_now(world: World) -> None:
    number, omar = agree(world, FATIMA), world.contact(OMAR)
    hers, his = token(world, number, FATIMA), token(world, number, OMAR)
    row = {"appointment_id": number, "contact_id": omar, "role": "comes", "state": "yes", "changed_at": world.clock()}
    world.write(lambda tx: tx.execute(insert(t.guest), row))
    child = world.rows(select(t.appointment.c.child_id).where(t.appointment.c.id == number))[0].child_id
    world.write(lambda tx: barred.bar(tx, world.contact(FATIMA), child, world.clock()))
    assert file(world, hers) is None
    assert read(file(world, his) or b"").status.value == "CONFIRMED"


def test_a_school_that_is_gone_has_no_calendar(world: World) -> None:
    number = agree(world)
    said, config, now = token(world, number), world.bot.config, world.clock()
    mine = world.write(lambda tx: feeds.make(tx, config, staff.by_key(tx, "brug", "janneke").id, now))
    secret = mine.rpartition("/")[2].removesuffix(".ics")
    with world.bot.database.read() as tx:
        assert feeds.file(tx, config, world.bot.catalogue, secret, now)
        left = replace(config, schools={key: school for key, school in config.schools.items() if key != "brug"})
        assert calendar.file(tx, left, world.bot.catalogue, said, now) is None
        assert feeds.file(tx, left, world.bot.catalogue, secret, now) is None


def test_one_address_holds_all_her_talks_of_a_round_on_that_day(world: World) -> None:
    now = world.clock()
    row = {
        "school": "brug", "kind": "rapport", "name": "Rapport", "state": "open", "per": "household", "minutes": 10,
        "opens_at": now, "closes_at": now + timedelta(days=9), "key": "test", "made_at": now,
    }  # fmt: skip
    number = world.write(lambda tx: tx.execute(insert(t.talk_round).values(row).returning(t.talk_round.c.id)).scalar())
    both = [agree(world, at=THURSDAY + timedelta(minutes=20 * each), round_id=number) for each in range(2)]
    agree(world, at=THURSDAY + timedelta(days=1), round_id=number)
    agree(world, at=THURSDAY + timedelta(hours=2))
    events = list(vobject.readOne((file(world, token(world, both[0])) or b"").decode()).vevent_list)
    assert [each.dtstart.value - THURSDAY for each in events] == [timedelta(), timedelta(minutes=20)]
    world.write(lambda tx: appointments.cancel(tx, both[0], world.clock(), tell=False))
    events = list(vobject.readOne((file(world, token(world, both[0])) or b"").decode()).vevent_list)
    assert [each.status.value for each in events] == ["CANCELLED", "CONFIRMED"]
