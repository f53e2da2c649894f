"""What a parent reports by number: who is not there, on which day; what school may know, and for how long."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.sms import sms_parts
from bot.desk import threads
from bot.model import Address
from bot.people import absences, contacts, facts, freedays
from bot.people.facts import Fact
from bot.schooldays import Free
from bot.store import tables as t
from tests.world import ELIF, FATIMA, JAN, KARIN, OMAR, STRANGER, World

TUESDAY = datetime(2026, 11, 24, 6, 12, tzinfo=UTC)  # twelve past seven at school
AGAIN = ["afwezig.ziek", "afwezig.klopt"]


@pytest.fixture(autouse=True)
def morning(world: World) -> None:
    world.clock.move(TUESDAY)


def phones(world: World, **changes: Any) -> None:
    """The schools have an office with a telephone."""
    world.restart(schools={key: replace(each, **changes) for key, each in world.bot.config.schools.items()})


def at_two_schools(world: World) -> None:
    """Elif has a child at each of the schools."""
    first, second = world.enrol("Elif", ELIF), world.enrol("Elif", ELIF, "vaart")
    world.write(lambda tx: contacts.adopt(tx, first, second))


def reported(world: World) -> list[tuple[str, str, str, str, str]]:
    """All that stands: school, child, day, kind with its time, channel."""
    a, c = t.absence.c, t.child.c
    rows = world.rows(
        select(a.school, c.name, a.day, a.kind, a.time, a.channel)
        .join(t.child, c.id == a.child_id)
        .where(a.withdrawn_at.is_(None))
        .order_by(a.day, a.id)
    )
    with world.bot.database.read() as tx:
        names = [tx.open("child.name", row.name).split()[0] for row in rows]
    return [
        (row.school, name, row.day, f"{row.kind} {row.time}".strip(), row.channel)
        for row, name in zip(rows, names, strict=True)
    ]


def words(world: World) -> list[str]:
    with world.bot.database.read() as tx:
        return [each.words for school in ("brug", "vaart") for each in absences.of_school(tx, school, date(2026, 1, 1))]


def text(world: World, who: Address) -> str:
    return " ".join(world.last(who).message.text.split())


# --- ill
async def test_by_sms_school_may_call_back(world: World) -> None:
    assert await world.say(KARIN, "ziek") == ["afwezig.ziek", "afwezig.beterschap", "afwezig.terugbellen"]
    assert text(world, KARIN) == (
        "De school weet dat Lotte Visser vandaag ziek is. Dank u. Beterschap! "
        "School kan u bellen om het zeker te weten."
    )
    assert sms_parts(world.last(KARIN).message.text) == 1
    assert reported(world) == [("brug", "Lotte", "2026-11-24", "ziek", "sms")]
    assert world.words() == [], "it is no talk"


async def test_after_the_bell_she_reads_whom_to_call(world: World) -> None:
    phones(world, phone="030 123 45 60", ill_before="8:15")
    assert await world.say(KARIN, "ziek") == ["afwezig.ziek", "afwezig.beterschap", "afwezig.terugbellen"]
    world.clock.move(TUESDAY + timedelta(hours=1, minutes=10))
    assert (await world.say(OMAR, "ziek"))[-1] == "afwezig.na_tijd"
    assert "(8:15)" in text(world, OMAR)
    assert text(world, OMAR).endswith(": 030 123 45 60.")


async def test_both_children_each_with_a_row(world: World) -> None:
    assert await world.say(JAN, "ziek") == ["afwezig.wie"]
    assert [each.label for each in world.last(JAN).message.choices] == ["Tim Bakker", "Saar Bakker", "Beide"]
    assert await world.say(JAN, "٣") == ["afwezig.ziek", "afwezig.ziek", "afwezig.beterschap"]
    assert [each[1:] for each in reported(world)] == [
        ("Tim", "2026-11-24", "ziek", "telegram"), ("Saar", "2026-11-24", "ziek", "telegram"),
    ]  # fmt: skip
    assert {row.inbox_id is not None for row in world.rows(select(t.absence.c.inbox_id))} == {True}


async def test_a_sibling_is_reported_at_her_own_school(world: World) -> None:
    at_two_schools(world)
    for said in ("afwezig", "3", "1"):
        await world.say(ELIF, said)
    assert sorted(each[:2] for each in reported(world)) == [("brug", "Can"), ("vaart", "Deniz")]


async def test_each_child_on_a_day_on_which_its_own_school_is_open(world: World) -> None:
    at_two_schools(world)
    off = Free(date(2026, 11, 24), date(2026, 11, 24), "studiedag", "Teamdag", "x.ics", "2026-09-01")
    world.write(lambda tx: freedays.save(tx, "brug", [off]))
    for said in ("afwezig", "3", "1"):
        await world.say(ELIF, said)
    assert sorted(each[1:3] for each in reported(world)) == [("Can", "2026-11-25"), ("Deniz", "2026-11-24")]


# --- when
@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 24, 2, tzinfo=UTC), "2026-11-24"),  # at night, before school
        (datetime(2026, 11, 24, 19, tzinfo=UTC), "2026-11-25"),
        (datetime(2026, 11, 27, 19, tzinfo=UTC), "2026-11-30"),  # Friday evening
        (datetime(2026, 11, 29, 9, tzinfo=UTC), "2026-11-30"),  # Sunday
        (datetime(2026, 12, 21, 9, tzinfo=UTC), "2027-01-04"),  # in a holiday
        (datetime(2027, 3, 26, 20, tzinfo=UTC), "2027-03-30"),  # before Easter
    ],
)
async def test_which_day_is_meant(world: World, at: datetime, day: str) -> None:
    world.clock._now = at
    await world.say(KARIN, "ziek")
    assert [each[2] for each in reported(world)] == [day]


async def test_a_group_that_is_free_on_a_weekday_is_not_missed_then(world: World) -> None:
    known = [Fact("groep 4", "wo", "vrij", "2026-09-01"), Fact("groep 4", "di", "8:30-12:15", "2026-09-01")]
    world.write(lambda tx: facts.store(tx, "brug", known))
    world.clock.move(TUESDAY + timedelta(hours=5, minutes=10))  # twenty past twelve
    await world.say(KARIN, "ziek")
    assert text(world, KARIN).startswith("De school weet dat Lotte Visser donderdag 26 november ziek is.")


async def test_in_the_afternoon_both_days_can_be_meant(world: World) -> None:
    world.clock.move(TUESDAY + timedelta(hours=6))
    assert await world.say(KARIN, "ziek") == ["afwezig.dag"]
    await world.say(KARIN, "morgen")
    assert [each[2] for each in reported(world)] == ["2026-11-25"]


async def test_a_letter_that_was_read_late_counts_from_when_she_wrote_it(world: World) -> None:
    await world.say(KARIN, "ziek", settle=False)
    world.clock.move(TUESDAY + timedelta(hours=10))
    await world.settled(KARIN)
    assert [each[2] for each in reported(world)] == ["2026-11-24"]
    assert world.rows(select(t.absence.c.at))[0].at == TUESDAY + timedelta(seconds=2)


async def test_later_with_a_time_in_her_own_way(world: World) -> None:
    assert await world.say(KARIN, "te laat") == ["afwezig.dag"]
    assert await world.say(KARIN, "1") == ["afwezig.hoe_laat"]
    assert text(world, KARIN) == "Hoe laat komt Lotte Visser ongeveer? Bijvoorbeeld: 10:30."
    assert (await world.say(KARIN, "om half elf"))[0] == "afwezig.laat_om"
    assert [each[3] for each in reported(world)] == ["laat 10:30"]
    assert "vandaag later komt, om 10:30." in text(world, KARIN)


async def test_who_does_not_answer_what_time_is_late_all_the_same(world: World) -> None:
    await world.say(KARIN, "te laat")
    await world.say(KARIN, "1")
    assert "afwezig.laat" in await world.later(KARIN, minutes=31)
    assert reported(world) == [("brug", "Lotte", "2026-11-24", "laat", "sms")]


# --- what she said before
async def test_the_newest_counts(world: World) -> None:
    await world.say(KARIN, "ziek")
    assert await world.say(KARIN, "tandarts") == AGAIN
    assert world.last(KARIN).message.text.endswith("1 Klopt\n2 Komt toch\n3 Iets anders melden")
    assert await world.say(KARIN, "3") == ["afwezig.wat"]
    assert await world.say(KARIN, "3") == ["afwezig.dag"]
    await world.say(KARIN, "1")
    assert [each[3] for each in reported(world)] == ["anders"]
    assert len(world.rows(select(t.absence))) == 1


@pytest.mark.parametrize("again", ["is weer beter", "Toch wel", "ziek"])
async def test_she_comes_after_all(world: World, again: str) -> None:
    await world.say(KARIN, "ziek, buikpijn")
    assert await world.say(KARIN, again) == AGAIN
    assert await world.say(KARIN, "2") == ["afwezig.komt"]
    assert reported(world) == []
    assert words(world) == []
    assert await world.say(KARIN, "weer beter") == ["afwezig.geen"]


async def test_one_of_two_comes_after_all(world: World) -> None:
    await world.say(JAN, "ziek")
    await world.say(JAN, "beide")
    await world.say(JAN, "toch wel")
    assert await world.say(JAN, "2") == ["afwezig.wie_komt"]
    assert await world.say(JAN, "Saar Bakker") == ["afwezig.komt"]
    assert [each[1] for each in reported(world)] == ["Tim"]


async def test_what_the_other_parent_reported_is_known(world: World) -> None:
    await world.say(OMAR, "ziek")
    assert await world.say(FATIMA, "afwezig") == AGAIN


async def test_the_next_morning_nothing_is_sent_and_nothing_is_asked(world: World) -> None:
    await world.say(KARIN, "ziek")
    before = len(world.read(KARIN))
    await world.later(hours=24)
    assert len(world.read(KARIN)) == before
    assert await world.say(KARIN, "ziek") == ["afwezig.ziek", "afwezig.beterschap", "afwezig.terugbellen"]


# --- what she writes by herself
async def test_her_words_stay_until_the_school_day_is_over_and_nowhere_else(world: World) -> None:
    await world.say(KARIN, "Mijn kind is ziek. Ze heeft 39 graden koorts")
    assert words(world) == ["Mijn kind is ziek. Ze heeft 39 graden koorts"]
    with world.bot.database.read() as tx:
        letters = [tx.open("inbox.payload", row.payload) for row in world.rows(select(t.inbox.c.payload))]
        runs = [tx.open("run.memory", row.memory) for row in world.rows(select(t.run.c.memory))]
    assert not any("koorts" in each for each in (*letters, *runs))
    world.clock.move(datetime(2026, 11, 24, 16, 31, tzinfo=UTC))
    world.write(lambda tx: absences.forget_words(tx, world.clock()))
    assert words(world) == [""]


@pytest.mark.parametrize(
    "said", ["mijn kind is ziek geworden op school?", "ziek, kan ik u spreken?", "Lotte is ziek", "zij heeft koorts"]
)
async def test_what_is_not_clear_goes_to_a_person(world: World, said: str) -> None:
    assert await world.say(KARIN, said) == ["vrij.wat"]
    assert reported(world) == []


async def test_a_danger_word_goes_first(world: World) -> None:
    keys = await world.say(KARIN, "ziek, hij slaat mij")
    assert any(key.startswith("gevaar") for key in keys)
    assert reported(world) == []


async def test_how_to_report_is_still_told(world: World) -> None:
    phones(world, phone="030 123 45 60", ill_before="8:15")
    assert await world.say(KARIN, "Hoe meld ik ziek?") == ["weet.ziek"]


# --- who may
async def test_who_is_barred_may_not_report_that_child(world: World) -> None:
    g = t.guardian.c
    contact = world.contact(KARIN)
    world.write(lambda tx: tx.execute(update(t.guardian).where(g.contact_id == contact).values(barred_at=TUESDAY)))
    phones(world, phone="030 123 45 60")
    assert await world.say(KARIN, "ziek") == ["afwezig.niet"]
    assert text(world, KARIN) == "Een kind afwezig melden? Bel dan naar school: 030 123 45 60."
    assert reported(world) == []


async def test_a_stranger_reports_nobody(world: World) -> None:
    assert set(await world.say(STRANGER, "ziek")) == {"onbekend.antwoord"}


async def test_what_she_began_and_left_goes_to_a_person(world: World) -> None:
    await world.say(JAN, "ziek")
    assert "algemeen.iemand_belt" in await world.later(JAN, minutes=31)
    with world.bot.database.read() as tx:
        [thread] = threads.waiting(tx)
    assert [said.text for said in thread.messages if said.side == "parent"] == ["ziek"]
