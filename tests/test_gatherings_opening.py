"""An evening from its plan to its summary: families are asked, reminded and told once; what is freed goes on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.errors import BotError
from bot.gatherings import gatherings, guests, opening, posters
from bot.gatherings.plan import Plan
from bot.model import Address
from bot.people import barred
from bot.people.addresses import school_year
from bot.store import tables as t
from tests.world import FATIMA, JAN, KARIN, OMAR, STRANGER, World

STARTS = timedelta(days=3, hours=3, minutes=30)  # Thursday, half past seven


def plan(now: datetime, **changes: Any) -> Plan:
    made = Plan(
        "brug", "thema", "Samen over media", "de aula", now + STARTS, 90, now, now + STARTS - timedelta(hours=2), "een",
        theme="media",
    )  # fmt: skip
    return made._replace(**changes)


def make(world: World, **changes: Any) -> int:
    now = world.clock()
    return world.write(lambda tx: gatherings.make(tx, world.bot.config, plan(now, **changes), None, now))


def states(world: World, number: int) -> dict[int, str]:
    v = t.visitor.c
    rows = world.rows(select(v.contact_id, v.state).where(v.gathering_id == number))
    return {row.contact_id: row.state for row in rows}


def said(world: World, who: Address) -> list[str]:
    return [key for heard in world.read(who) for key in heard.keys]


def state(world: World, number: int) -> str:
    return str(world.rows(select(t.gathering.c.state).where(t.gathering.c.id == number))[0].state)


async def test_a_group_is_asked_once_and_who_came_in_later_the_next_day(world: World) -> None:
    year = school_year(world.clock().date())
    [four] = world.rows(select(t.group.c.id).where(t.group.c.name == "groep 4", t.group.c.year == year))
    number = make(world, groups=(four.id,))
    assert make(world, groups=(four.id,)) == number, "the same form again is the same evening"
    await world.later(minutes=6)
    assert [said(world, who) for who in (FATIMA, KARIN)] == [["thema.vraag"], ["thema.vraag"]], "each once"
    barred_one = world.contact(OMAR)
    [amira] = world.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == barred_one))
    world.write(lambda tx: barred.bar(tx, barred_one, amira.child_id, world.clock()))
    world.write(lambda tx: tx.execute(t.visitor.delete().where(t.visitor.c.contact_id == barred_one)))
    await world.later(days=1, minutes=1)
    assert barred_one not in states(world, number), "of a child that she may not hear of nobody tells her"


async def test_the_last_place_the_line_and_what_is_freed(world: World) -> None:
    number = make(world, places=2)
    await world.later(minutes=1)
    assert await world.say(FATIMA, "1") == ["thema_komt.hoeveel"]
    assert await world.say(FATIMA, "2") == ["thema_komt.klaar", "thema_komt.agenda"]
    await world.say(KARIN, "1")
    assert await world.say(KARIN, "1") == ["thema_komt.vol"]
    assert await world.say(KARIN, "1") == ["thema_komt.lijst"]
    await world.say(JAN, "1")
    await world.say(JAN, "2")
    await world.say(JAN, "1")
    assert await world.say(FATIMA, "avond") == ["thema_mijn.komt"]
    assert await world.say(FATIMA, "3") == ["thema_mijn.af"]
    assert said(world, KARIN)[-1] == "thema_plek.vraag", "the first in the line, for whom it is enough"
    assert states(world, number)[world.contact(JAN)] == guests.LISTED, "for two there is one place too few"
    await world.later(hours=15)  # four hours in which nobody sleeps
    assert states(world, number)[world.contact(KARIN)] == guests.ASKED
    assert said(world, JAN)[-1] == "thema_plek.vraag"


async def test_moved_and_then_called_off_each_said_once_to_who_comes(world: World) -> None:
    number, now = make(world), world.clock()
    await world.later(minutes=1)
    for who in (FATIMA, KARIN):
        await world.say(who, "1" if who == FATIMA else "3")
    await world.say(FATIMA, "1")
    later = now + STARTS + timedelta(days=1)
    config = world.bot.config
    world.write(lambda tx: gatherings.move(tx, config, number, later, "de gymzaal", "De aula is dicht.", world.clock()))
    assert await world.later(FATIMA, minutes=1) == ["thema_nieuws.verzet"]
    assert await world.later(FATIMA, minutes=5) == []
    assert await world.say(FATIMA, "1") == ["thema_mijn.goed"]
    assert world.write(lambda tx: gatherings.stop(tx, number, "De spreker is ziek.", world.clock()))
    assert not world.write(lambda tx: gatherings.stop(tx, number, "De spreker is ziek.", world.clock()))
    assert await world.later(FATIMA, minutes=1) == ["thema_nieuws.af"]
    assert "De spreker is ziek." in world.last(FATIMA).message.text
    assert await world.later(FATIMA, days=6) == [], "no reminder of what is off"
    assert said(world, KARIN)[-1] == "thema.nee", "who does not come hears no more of it"


async def test_reminded_twice_then_the_summary_for_who_was_not_there(world: World) -> None:
    number = make(world)
    await world.later(minutes=1)
    for who, answer in ((FATIMA, "1"), (KARIN, "2"), (OMAR, "3")):
        await world.say(who, answer)
    await world.say(FATIMA, "1")
    world.write(lambda tx: tx.execute(update(t.address).values(heard_at=world.clock() + timedelta(days=30))))
    assert await world.later(FATIMA, days=3, hours=4) == ["thema_dag.dag", "thema_dag.straks"]
    with pytest.raises(BotError, match="400 signs"):
        world.write(lambda tx: gatherings.tell(tx, number, "x" * 401, world.clock()))
    world.write(lambda tx: guests.tick(tx, number, [], world.clock(), [world.contact(KARIN)]))
    assert states(world, number)[world.contact(FATIMA)] == guests.COMING, "she was not on that page"
    world.write(lambda tx: guests.tick(tx, number, [], world.clock()))
    assert states(world, number)[world.contact(FATIMA)] == guests.MISSED
    assert world.write(lambda tx: gatherings.tell(tx, number, "Maak samen af.", world.clock()))
    await world.later(days=1)
    assert [said(world, who)[-1] for who in (FATIMA, KARIN)] == ["thema_na.vraag", "thema_na.vraag"]
    assert said(world, OMAR)[-1] == "thema.nee", "who said no thanks is left alone"
    assert await world.say(KARIN, "1") == ["thema_na.dank"]
    [useful] = world.rows(select(t.visitor.c.useful).where(t.visitor.c.contact_id == world.contact(KARIN)))
    assert (useful.useful, state(world, number)) == ("ja", gatherings.TOLD)


async def test_an_interpreter_is_asked_for_only_by_who_does_not_read_dutch(world: World) -> None:
    number = make(world, interpreters=True, childcare=True)
    await world.later(minutes=1)
    for who in (FATIMA, KARIN):
        await world.say(who, "1")
        await world.say(who, "1")
    assert await world.say(KARIN, "0") == ["thema_komt.klaar", "thema_komt.agenda"]
    assert await world.say(FATIMA, "3") == ["thema_komt.tolk"]
    await world.say(FATIMA, "1")
    with world.bot.database.read() as tx:
        count = guests.counted(guests.listed(tx, number))
    assert (count.people, count.children, count.interpreters) == (2, 3, {"ar": 1})


async def test_a_poster_opens_the_open_day_for_many_and_wrong_codes_are_counted(world: World) -> None:
    number = make(world, kind="open_dag", theme="", key="open")
    await world.later(FATIMA, minutes=1)
    assert states(world, number) == {}, "parents of the school are not asked"
    one = world.write(lambda tx: posters.make(tx, gatherings.known(tx, number, "brug"), world.clock()))
    assert world.write(lambda tx: posters.make(tx, gatherings.known(tx, number, "brug"), world.clock())) == one
    assert await world.say(STRANGER, f"START {one.code}") == ["inschrijven.taal"]
    other = STRANGER._replace(value="+31612000098")
    assert await world.say(other, one.code) == ["inschrijven.taal"], "many may send it"
    assert len(states(world, number)) == 2
    third = STRANGER._replace(value="+31612000097")
    for _ in range(5):
        assert await world.say(third, "START 2222-2222") in (["onbekend.antwoord"] * 2, [])
    assert "inschrijven.taal" not in await world.say(third, f"START {one.code}"), "after five wrong ones nothing works"
    await world.later(days=4)
    fourth = STRANGER._replace(value="+31612000096")
    assert "inschrijven.taal" not in await world.say(fourth, f"START {one.code}"), "the open day is over"


async def test_a_new_family_is_read_at_school_and_goes_on_after_it_has_enrolled(world: World) -> None:
    number = make(world, kind="open_dag", theme="", key="open")
    await world.later(minutes=1)
    one = world.write(lambda tx: posters.make(tx, gatherings.known(tx, number, "brug"), world.clock()))
    for words in (f"START {one.code}", "1", "1", "3", "Amal", "4", "2", "1", "Somali", "Hodan"):
        await world.say(STRANGER, words)
    assert world.words() == [
        "Wil de school leren kennen. Naam: Amal. Kind van 4 jaar. Bellen: In de middag.",
        "Talen thuis:", "Somali", "Mag het kind ophalen:", "Hodan",
    ]  # fmt: skip
    before = world.contact(STRANGER)
    purposes = select(t.consent.c.purpose).where(t.consent.c.contact_id == before)
    assert [row.purpose for row in world.rows(purposes)] == ["school"], "for this school, and no tips"
    assert await world.say(STRANGER, f"START {world.code('Elif')}") == ["inschrijven.erbij"]
    assert world.contact(STRANGER) == before
    assert states(world, number) == {before: guests.ASKED}


def faults(world: World, **changes: Any) -> Sequence[str]:
    now = world.clock()
    with world.bot.database.read() as tx:
        return [each.code for each in gatherings.problems(tx, world.bot.config, plan(now, **changes), now)]


async def test_everything_wrong_with_a_plan_is_said_at_once(world: World) -> None:
    now = world.clock()
    assert faults(world) == []
    wrong = {"theme": "weer", "name": "", "place": "x" * 61, "places": 0, "minutes": 5, "groups": (999_999,)}
    assert faults(world, **wrong) == ["theme", "name", "place", "places", "groups", "minutes"]
    assert faults(world, kind="feest") == ["kind"]
    assert faults(world, kind="anders") == ["words"]
    assert faults(world, starts_at=now) == ["past"]
    assert faults(world, starts_at=now + timedelta(days=500)) == ["far"]
    assert faults(world, starts_at=now + timedelta(days=3, hours=7)) == ["hour"]
    assert faults(world, closes_at=now + timedelta(days=5)) == ["closes"]
    assert faults(world, invites_at=now + timedelta(days=3, hours=3)) == ["invites"]
    assert await world.later(FATIMA, minutes=1) == []


async def test_two_processes_at_once_ask_once(world: World) -> None:
    make(world)
    books, now = world.bot.books, world.clock()
    for _ in range(2):
        await opening.begin_due(world.bot.database, books, now)
    asked = world.rows(select(t.inbox.c.id).where(t.inbox.c.provider_id.startswith("gathering:")))
    found = [*states(world, 1).values()]
    assert (len(asked), found.count(guests.ASKED), found.count(guests.LOST)) == (4, 4, 1), "Elif is not enrolled"
