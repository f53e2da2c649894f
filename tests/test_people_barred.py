"""A contact bar: from then on nothing about this child goes to this guardian, and the others notice nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.broadcast.audience import Audience
from bot.desk import threads
from bot.errors import BotError
from bot.model import PURPOSES
from bot.people import barred, contacts, families, letters, roster
from bot.people.roster.sheet import parse
from bot.scheduler import journeys
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.telling import ASKED, became, made
from tests.world import FATIMA, JAN, MONDAY, OMAR, YEAR, World, enrol, opened

DAY = timedelta(days=1)


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """On both databases: Fatima and Omar with Amira, Jan with Tim (groep 4) and Saar (groep 5)."""
    async with opened(database, tmp_path) as world:
        for name, who in {"Fatima": FATIMA, "Omar": OMAR, "Jan": JAN}.items():
            world.write(lambda tx, name=name, who=who: enrol(tx, name, who, "brug", PURPOSES, MONDAY))  # type: ignore[misc]
        yield world


def child(world: World, name: str) -> int:
    def work(tx: Tx) -> int:
        rows = tx.execute(select(t.child.c.id, t.child.c.name).where(t.child.c.school == "brug"))
        return int(next(row.id for row in rows if tx.open("child.name", row.name).startswith(name)))

    return world.write(work)


def bar(world: World, who: Any, name: str) -> None:
    number = child(world, name)
    assert world.write(lambda tx: barred.bar(tx, world.contact(who), number, world.clock()))


def lift(world: World, who: Any, name: str) -> None:
    number = child(world, name)
    assert world.write(lambda tx: barred.lift(tx, world.contact(who), number, world.clock()))


def talk(world: World, who: Any, name: str, days: int = 3) -> int:
    planned = Talk(world.contact(who), "brug", world.clock() + timedelta(days=days), 15, child(world, name))
    return world.write(lambda tx: appointments.plan(tx, world.bot.config, planned, world.clock(), tell=False))


def words_to(world: World, who: Any) -> str:
    return " ".join(heard.message.text for heard in world.read(who))


def waiting(world: World, who: Any) -> list[str]:
    f = t.followup.c
    return [
        row.kind for row in world.rows(select(f.kind).where(f.contact_id == world.contact(who), f.state == "waiting"))
    ]


async def test_she_is_not_offered_the_child_and_her_words_go_to_a_talk_about_no_child(there: World) -> None:
    bar(there, OMAR, "Amira")
    await there.say(OMAR, "mens")
    await there.say(OMAR, "Hoe gaat het met mijn dochter?")
    row = there.rows(select(t.thread).where(t.thread.c.contact_id == there.contact(OMAR)))[0]
    assert row.child_id is None
    assert "Amira" not in words_to(there, OMAR)


async def test_of_two_children_the_other_stays_hers(there: World) -> None:
    bar(there, JAN, "Tim")
    await there.say(JAN, "mens")
    await there.say(JAN, "Mag ze eerder weg?")
    row = there.rows(select(t.thread).where(t.thread.c.contact_id == there.contact(JAN)))[0]
    assert row.child_id == child(there, "Saar"), "she is not asked about whom it is"
    there.write(lambda tx: threads.answer(tx, row.id, "meester Bas", "Dat is goed.", there.clock()))
    await there.settled(JAN)
    assert "Dat is goed." in words_to(there, JAN)


async def test_no_answer_goes_into_a_talk_about_the_child(there: World) -> None:
    await there.say(OMAR, "mens")
    await there.say(OMAR, "Mag Amira morgen eerder weg?")
    number = there.rows(select(t.thread.c.id).where(t.thread.c.contact_id == there.contact(OMAR)))[0].id
    there.write(lambda tx: threads.answer(tx, number, "juf Janneke", "Ja hoor, om twee uur.", there.clock()))
    bar(there, OMAR, "Amira")  # the answer lies in her inbox, unread
    await there.settled(OMAR)
    assert "Ja hoor" not in words_to(there, OMAR)
    with pytest.raises(BotError, match="contact bar"):
        there.write(lambda tx: threads.answer(tx, number, "juf Janneke", "Ja hoor.", there.clock()))


async def test_what_waits_about_the_child_does_not_leave(there: World) -> None:
    before = talk(there, OMAR, "Amira")
    queued = there.queue(OMAR, "broadcast", text="Amira mag mee", due_at=there.clock() + DAY)
    other = there.queue(FATIMA, "broadcast", due_at=there.clock() + DAY)
    assert waiting(there, OMAR) == ["remind", "remind"]
    bar(there, OMAR, "Amira")
    assert waiting(there, OMAR) == []
    assert there.state(queued) == ("cancelled", "barred")
    assert there.state(other)[0] == "queued", "the other guardian notices nothing"
    assert there.rows(select(t.appointment.c.state).where(t.appointment.c.id == before))[0].state == "cancelled"
    assert await there.later(OMAR, days=3) == []


async def test_of_two_children_only_what_names_the_barred_one_is_held_back(there: World) -> None:
    about_tim = there.queue(JAN, "broadcast", text="Tim was vandaag jarig", due_at=there.clock() + DAY)
    about_both = there.queue(JAN, "broadcast", text="Vrijdag studiedag", due_at=there.clock() + DAY)
    talk(there, JAN, "Tim")
    talk(there, JAN, "Saar", 4)
    bar(there, JAN, "Tim")
    assert there.state(about_tim)[0] == "cancelled"
    assert there.state(about_both)[0] == "queued"
    assert waiting(there, JAN) == ["remind", "remind"]


async def test_what_a_group_is_told_waits_for_no_child_that_she_may_not_hear_of(there: World) -> None:
    """It names nobody; but only for the sake of Tim it is meant for her, and of Saar's group she still hears."""
    groups = {
        row.name: row.id for row in there.rows(select(t.group.c.name, t.group.c.id).where(t.group.c.school == "brug"))
    }
    there.clock.move(MONDAY + timedelta(hours=6))  # the messages wait for the morning
    for name in ("groep 4", "groep 5"):
        told = Audience("brug", groups=[groups[name]])
        made(there, key=name, audience=told, until=there.clock() + 2 * DAY)
    await there.later(minutes=5)
    bar(there, JAN, "Tim")
    assert await there.later(JAN, hours=12) == ["bericht.eigen"]


@pytest.mark.parametrize("tim_first", [True, False])
async def test_of_two_broadcasts_that_became_one_only_that_of_the_child_goes(there: World, tim_first: bool) -> None:
    """His week is full, and they wait as one message; whichever says both, the other one is still said."""
    groups = {each.name: each.id for each in there.rows(select(t.group.c.name, t.group.c.id))}
    there.write(lambda tx: tx.execute(t.contact.update().values(budget=1)))
    made(there, key="before")
    await there.later(minutes=5)
    told = {}
    for group in ("groep 4", "groep 5") if tim_first else ("groep 5", "groep 4"):
        audience = Audience("brug", groups=[groups[group]])
        told[group] = made(there, key=group, audience=audience, until=there.clock() + 9 * DAY)
        await there.later(minutes=5)
    assert len(there.rows(_queued(there, JAN))) == 1
    bar(there, JAN, "Tim")
    assert [each.broadcast_id for each in there.rows(_queued(there, JAN))] == [told["groep 5"]]
    assert became(there, told["groep 4"])[there.contact(JAN)] == ("not_sent", barred.REASON)
    assert await there.later(JAN, days=8) == ["bericht.eigen"]


def _queued(there: World, who: Any) -> Any:
    o = t.outbox.c
    return select(o.broadcast_id).where(o.contact_id == there.contact(who), o.status == "queued")


async def test_a_question_for_the_sake_of_the_child_alone_is_not_open(there: World) -> None:
    group = there.rows(select(t.group.c.id).where(t.group.c.name == "groep 4"))[0].id
    there.clock.move(MONDAY + timedelta(hours=6))
    made(there, ASKED, audience=Audience("brug", groups=[group]), until=there.clock() + DAY)
    await there.later(minutes=5)
    bar(there, JAN, "Tim")
    runs = there.rows(select(t.run.c.state, t.run.c.result).where(t.run.c.contact_id == there.contact(JAN)))
    assert [*runs[0]] == ["ended", barred.REASON]


async def test_no_new_talk_letter_or_journey_is_about_the_child(there: World) -> None:
    bar(there, OMAR, "Amira")
    with pytest.raises(BotError, match="contact bar"):
        talk(there, OMAR, "Amira")
    with pytest.raises(BotError, match=r"there are: Fatima Haddad$"):
        there.write(lambda tx: families.find(tx, "brug", YEAR, "Amira", there.clock(), guardian="Omar"))
    names = there.write(lambda tx: [row.guardian for row in letters.rows(tx, "brug", YEAR, there.clock())])
    assert "Omar Haddad" not in names
    assert "Fatima Haddad" in names
    found = there.write(lambda tx: journeys._parents(tx, "brug", [YEAR], there.clock()))
    assert there.contact(OMAR) not in {each.contact_id for each in found}


async def test_her_plan_about_the_child_ends_and_comes_back_with_a_mistake(there: World) -> None:
    row = {
        "contact_id": there.contact(OMAR), "school": "brug", "kind": "plan", "scope": "plan:lezen", "flow": "voorlezen",
        "say": "voorlezen.herinnering", "cls": "plan", "purpose": "tips", "zone": "Europe/Amsterdam", "rule": {},
        "state": "waiting", "due_at": there.clock() + DAY, "expires_at": there.clock() + 90 * DAY,
        "child_id": child(there, "Amira"),
    }  # fmt: skip
    there.write(lambda tx: tx.execute(t.followup.insert(), row | {"fields": tx.seal("followup.fields", "{}")}))
    number = talk(there, OMAR, "Amira")
    bar(there, OMAR, "Amira")
    assert waiting(there, OMAR) == []
    lift(there, OMAR, "Amira")
    assert sorted(waiting(there, OMAR)) == ["plan", "remind", "remind"]
    assert there.rows(select(t.appointment.c.state).where(t.appointment.c.id == number))[0].state == "planned"
    await there.say(OMAR, "mens")
    await there.say(OMAR, "Mag Amira eerder weg?")
    assert there.rows(select(t.thread.c.child_id))[-1].child_id == child(there, "Amira")


async def test_a_bar_that_stood_for_long_takes_its_plans_along(there: World) -> None:
    talk(there, OMAR, "Amira", 30)
    bar(there, OMAR, "Amira")
    await there.later(days=2)
    lift(there, OMAR, "Amira")
    assert waiting(there, OMAR) == []


async def test_another_name_on_the_same_phone_lifts_no_bar(there: World) -> None:
    """Omar's phone sends the code of a letter that was meant for Fatima."""
    there.write(lambda tx: tx.execute(t.address.delete().where(t.address.c.contact_id == there.contact(FATIMA))))
    fatima = there.write(
        lambda tx: next(r.contact_id for r in letters.rows(tx, "brug", YEAR, MONDAY) if "Fat" in r.guardian)
    )
    bar(there, OMAR, "Amira")
    assert there.write(lambda tx: contacts.adopt(tx, fatima, there.contact(OMAR)))
    rows = there.rows(select(t.guardian.c.barred_at).where(t.guardian.c.contact_id == there.contact(OMAR)))
    assert len(rows) == 2
    assert all(row.barred_at for row in rows)


async def test_once_is_enough(there: World) -> None:
    bar(there, OMAR, "Amira")
    number, hers = child(there, "Amira"), there.contact(OMAR)
    assert not there.write(lambda tx: barred.bar(tx, hers, number, there.clock()))
    lift(there, OMAR, "Amira")
    assert not there.write(lambda tx: barred.lift(tx, hers, number, there.clock()))


async def test_a_file_that_spells_his_name_otherwise_does_not_lift_it(there: World) -> None:
    """The file says of Saar what it says of Tim, so he is known as the same person: a new row, and still barred."""
    jan, saar = there.contact(JAN), child(there, "Saar")
    head = "group,child,guardian,language,phone\n"
    both = "groep 5,Saar Bakker,Mia Bakker,nl,0612000077\n"

    def load(tx: Tx, text: str) -> None:
        roster.load(tx, "brug", YEAR, parse("x.csv", (head + text).encode()), there.clock())

    def work(tx: Tx) -> None:
        load(tx, both + "groep 5,Saar Bakker,Jan Bakker,nl,0612000004\n")
        other = {"name": tx.seal("guardian.name", "Johannes B."), "phone": None}
        g = t.guardian.c
        tx.execute(t.guardian.update().where(g.contact_id == jan, g.child_id == saar).values(other))
        barred.bar(tx, jan, saar, there.clock())
        load(tx, both + "groep 5,Saar Bakker,Jan Bakker,nl,0612000004\n")
        rows = tx.execute(select(g.barred_at).where(g.contact_id == jan, g.child_id == saar)).all()
        assert [row.barred_at for row in rows] == [there.clock()] * 2
        hers = letters.rows(tx, "brug", YEAR, there.clock())
        assert not [row for row in hers if row.contact_id == jan and row.child.startswith("Saar")]

    there.write(work)
