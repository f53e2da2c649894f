"""A round is made once, changes while it goes as far as it may, and ends for good."""

import threading
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.booking import ill, opening, requests, rounds
from bot.booking.slots import Hours
from bot.errors import BotError, Taken
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.round import DAY, invited, make, plan, wall
from tests.world import KARIN, MONDAY, YEAR, World, opened


async def test_a_round_is_made_once_and_says_what_it_is(world: World) -> None:
    number = make(world)
    assert make(world) == number, "the same plan again"
    config, now = world.bot.config, world.clock()
    with world.bot.database.read() as tx:
        found = rounds.known(tx, number, "brug")
        assert (found.name, found.state, found.kind, found.minutes, found.per) == (
            "Rapport", "planned", "rapport", 10, "child",
        )  # fmt: skip
        assert not found.takes(now)
        assert [*rounds.groups(tx, number).values()] == ["groep 4", "groep 5"]
        assert [(each.start, each.until, each.place) for each in rounds.hours_of(tx, number)] == [
            (time(15), time(17), "lokaal 4")
        ] * 2
        assert rounds.listed(tx, "brug") == [found]
        assert rounds.listed(tx, "vaart") == []
        with pytest.raises(BotError, match="no round"):
            rounds.known(tx, number, "vaart")
        assert rounds.problems(tx, config, plan(tx), now) == [], "its own hours are in nobody's way"
        other = plan(tx, name="Rapport 2", key="another")
        assert {each.code for each in rounds.problems(tx, config, other, now)} == {"hours_elsewhere"}
        assert {each.code for each in rounds.problems(tx, config, plan(tx, key="x"), now)} == {
            "hours_elsewhere", "name_taken",
        }  # fmt: skip
    with pytest.raises(BotError, match="hours_elsewhere"):
        make(world, name="Rapport 2", key="another")


async def test_facts_of_a_school_say_who_teaches_and_how_many_children_come(world: World) -> None:
    of = t.group_staff

    def duo(tx: Tx) -> None:
        group = tx.execute(select(t.group.c.id).where(t.group.c.school == "brug", t.group.c.name == "groep 4")).scalar()
        staff.add(tx, "brug", "els", "juf Els", "leerkracht", ["groep 4"], YEAR)
        staff.add(tx, "brug", "ib", "Ingrid", "ib", ["groep 4"], YEAR)
        janneke = staff.by_key(tx, "brug", "janneke").id
        tx.execute(update(of).where(of.c.staff_id == janneke, of.c.group_id == group).values(weekdays="ma di"))

    world.write(duo)
    with world.bot.database.read() as tx:
        facts = rounds.facts(tx, world.bot.config, "brug", world.clock())
        four, five = facts.groups
        assert [facts.staff[each] for each in facts.teachers[four]] == ["juf Els", "juf Janneke", "Ingrid"]
        assert (facts.children[four], facts.children[five]) == (3, 2)
    world.write(lambda tx: tx.execute(update(t.guardian).values(barred_at=MONDAY)))
    with world.bot.database.read() as tx:
        assert rounds.facts(tx, world.bot.config, "brug", world.clock()).children == {}


async def test_what_may_change_and_when(world: World) -> None:
    number = make(world)

    def change(**values: object) -> bool:
        return world.write(lambda tx: rounds.change(tx, number, world.clock(), **values))

    assert change(minutes=15, early_at=None)
    assert not change(closes_at=wall(25, 16)), "before it opens"
    assert not change(early_at=wall(26, 16)), "after the others"
    world.write(lambda tx: tx.execute(update(t.talk_round).values(state="open")))
    assert not change(minutes=10), "parents choose already"
    assert change(closes_at=wall(30, 18), name="Rapport februari")
    assert world.write(lambda tx: rounds.close(tx, number, world.clock()))
    assert not world.write(lambda tx: rounds.close(tx, number, world.clock())), "once"
    assert change(closes_at=wall(30, 20)), "a while longer"
    [row] = world.rows(select(t.talk_round))
    assert (row.state, row.settled_at, row.name) == ("open", None, "Rapport februari")
    assert world.write(lambda tx: rounds.stop(tx, number, world.clock()))
    assert not change(name="Toch niet")
    assert world.rows(select(t.talk_hours)) == [], "they may be given to another round"
    make(world, name="Nieuw", key="another")


async def test_an_extra_talk_steps_aside_for_a_round(world: World) -> None:
    """Whoever named the hours for one parent first may still give them to all."""
    config, now = world.bot.config, world.clock()

    def ask(tx: Tx) -> None:
        child = tx.execute(
            select(t.guardian.c.child_id).where(t.guardian.c.contact_id == world.contact(KARIN))
        ).scalar()
        request = requests.ask(tx, "brug", world.contact(KARIN), child or 0, "parent", now)
        janneke = staff.by_key(tx, "brug", "janneke").id
        requests.answer(tx, config, request, [Hours(janneke, DAY, time(15), time(15, 30))], 15, janneke, now)

    world.write(ask)
    make(world)
    walls = world.rows(select(t.talk_hours.c.from_at, t.talk_round.c.kind).join(t.talk_round))
    assert sorted(walls) == [("15:00", "rapport"), ("15:00", "rapport"), ("15:15", "extra")]


async def test_of_several_at_once_one_makes_it(database: Database, tmp_path: Path) -> None:
    """The same form twice is one round; two rounds that want the same hours are never both there."""
    async with opened(database, tmp_path) as world:
        now = world.clock()
        made: list[int | str] = []
        ready = threading.Barrier(6)

        def press(key: str) -> None:
            ready.wait()
            try:
                with database.begin() as tx:
                    made.append(rounds.lay(tx, plan(tx, key=key), None, now))
            except Taken:
                made.append("taken")

        racers = [threading.Thread(target=press, args=(key,)) for key in ["a", "b"] * 3]
        for each in racers:
            each.start()
        for each in racers:
            each.join()
        [row] = world.rows(select(t.talk_round))
        assert sorted(map(str, made)) == sorted([str(row.id)] * 3 + ["taken"] * 3)
        assert world.rows(select(func.count()).select_from(t.talk_hours))[0][0] == 2
        with database.read() as tx:
            assert rounds.same(tx, plan(tx, key=row.key)) == row.id
        assert invited(world, row.id) == {}


async def test_a_round_that_is_stopped_calls_off_its_talks_in_slices(world: World) -> None:
    number = make(world)
    rows = [
        {"contact_id": world.contact(KARIN), "school": "brug", "starts_at": wall(3, 15, month=12) + timedelta(hours=n),
         "minutes": 10, "round_id": number, "made_at": MONDAY, "changed_at": MONDAY}
        for n in range(ill.MOST + 2)
    ]  # fmt: skip
    world.write(lambda tx: tx.execute(t.appointment.insert(), rows))
    world.write(lambda tx: rounds.stop(tx, number, world.clock()))
    assert world.write(lambda tx: ill.call_off(tx, number, world.clock())) == ill.MOST
    await world.bot.tick()
    states = world.rows(select(t.appointment.c.state).distinct())
    assert [row.state for row in states] == ["cancelled"], "the tick does the rest"


async def test_hours_that_are_added_later_give_children_a_teacher_and_call_up_who_waits(world: World) -> None:
    mine = world.write(lambda tx: plan(tx).hours)
    number = make(world, early_at=None, hours=mine[:1])
    world.clock.move(wall(25, 16))
    await opening.begin_due(world.bot.database, world.bot.books, world.clock())
    v, bas = t.invitee.c, mine[1].staff_id
    assert {row.staff_id for row in world.rows(select(v.staff_id))} == {mine[0].staff_id, None}
    listed = {"state": "list", "listed_at": world.clock(), "asks_at": wall(30, 12)}
    world.write(lambda tx: tx.execute(update(t.invitee).where(v.staff_id.is_(None)).values(listed)))
    world.write(lambda tx: rounds.add_hours(tx, number, mine[1:], {}, world.clock()))
    waiting = world.rows(select(v.staff_id, v.asks_at).where(v.state == "list"))
    assert {tuple(row) for row in waiting} == {(bas, world.clock())}
    with pytest.raises(Taken):
        world.write(lambda tx: rounds.add_hours(tx, number, mine[1:], {}, world.clock()))
