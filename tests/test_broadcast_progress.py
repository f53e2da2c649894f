"""How far a broadcast is: for each by name, counted in lists, and all the same."""

from datetime import timedelta

from sqlalchemy import insert, select, update

from bot.broadcast import progress, send
from bot.broadcast.progress import STATES, Line
from bot.errors import Rejected
from bot.model import Receipt, Status
from bot.outbox import receipts
from bot.store import tables as t
from tests.harness.telling import ASKED, OWN_WORDS, SNOW, became, did, made, named, progress_of, row, urgent
from tests.world import FATIMA, JAN, KARIN, OMAR, World

MINUTE = timedelta(minutes=1)


def lines(world: World) -> list[Line]:
    with world.bot.database.read() as tx:
        return progress.listed(tx, t.broadcast.c.school == "brug", 10)


def waiting(world: World, broadcast_id: int) -> list[int]:
    with world.bot.database.read() as tx:
        return sorted(progress.waiting_for(tx, broadcast_id))


async def test_each_by_name_from_the_queue_to_her_eyes(world: World) -> None:
    it = made(world, SNOW)
    assert progress_of(world, it).people == []
    await world.later(minutes=3)
    people = {each.contact_id: each for each in progress_of(world, it).people}
    karin = people[world.contact(KARIN)]
    assert karin[1:7] == ("Karin Visser", ("Lotte Visser",), "nl", "sms", "sent", "")
    assert people[world.contact(JAN)].children == ("Tim Bakker", "Saar Bakker")
    assert [each.name for each in progress_of(world, it).people][:2] == ["Fatima Haddad", "Omar Haddad"], "by child"
    rows = {each.contact_id: each for each in world.rows(select(t.outbox).where(t.outbox.c.broadcast_id == it))}
    for who, status in ((KARIN, Status.READ), (OMAR, Status.DELIVERED), (JAN, Status.FAILED)):
        receipt = Receipt(status, ours=f"{rows[world.contact(who)].id}-0", code="refused 1" if who == JAN else "")
        world.write(lambda tx, given=receipt: receipts.apply(tx, [given], world.clock()))  # type: ignore[misc]
    after = became(world, it)
    assert [after[world.contact(who)][0] for who in (KARIN, OMAR, JAN)] == ["read", "delivered", "failed"]
    with world.bot.database.read() as tx:
        missing = sorted(progress.not_reached(tx, it))
        unreachable = next(each.contact_id for each in progress.of(tx, it).people if each.name == "Elif Yılmaz")
    assert missing == sorted([world.contact(JAN), unreachable])


async def test_a_list_counts_as_the_page_does(world: World) -> None:
    """Also where a question lies unread, was answered, or went wrong at the desk."""
    first, second = made(world, SNOW, key="1"), made(world, ASKED, key="2", until=world.clock() + timedelta(days=2))
    world.clock.move(world.clock() + 2 * MINUTE)
    await world.bot.tick()
    assert {state for state, _ in became(world, second).values()} == {"queued", "unreachable"}
    assert waiting(world, second) == named(world, FATIMA, OMAR, JAN, KARIN)
    broken = t.inbox.c.contact_id == world.contact(OMAR)
    world.write(lambda tx: tx.execute(update(t.inbox).where(broken).values(state="failed", error="ContentError")))
    world.lines["sms"].troubles.append(Rejected("no", "refused 9"))
    await world.bot.settle()
    await world.later(minutes=2)
    assert await world.say(JAN, "ja") == ["peiling.dank"]
    third = made(world, key="3")
    found = {each.id: each for each in lines(world)}
    assert [*found] == [third, second, first], "the newest first"
    for it in (first, second, third):
        page = progress_of(world, it)
        assert found[it].counts == page.counts
        assert found[it].state == page.state
        assert sum(page.counts.values()) == len(page.people) == found[it].people
        assert [*page.counts] == [*STATES]
    assert (found[first].kind, found[first].what, found[first].families) == ("ready", "school_dicht", 4)
    assert became(world, second)[world.contact(OMAR)][0] == "failed"
    assert became(world, second)[world.contact(JAN)][0] == "answered"
    told = next(each for each in progress_of(world, second).people if each.contact_id == world.contact(JAN))
    assert told.answer == ("ja",)
    assert waiting(world, second) == []
    assert (found[second].state, found[third].state) == ("done", "planned")


async def test_what_goes_by_another_way_is_counted_once(world: World) -> None:
    """A second row for the same person: what is nearer to her counts."""
    it = urgent(world)
    await world.later(minutes=1)
    (sent,) = world.rows(select(t.outbox).where(t.outbox.c.contact_id == world.contact(KARIN)))
    values = {**sent._mapping, "status": "cancelled", "reason": "replaced", "provider_id": None}
    world.write(lambda tx: tx.execute(insert(t.outbox), {name: values[name] for name in values if name != "id"}))
    assert became(world, it)[world.contact(KARIN)] == ("sent", "")
    assert progress_of(world, it).counts["sent"] == 4


async def test_taken_back_it_is_for_nobody(world: World) -> None:
    it = made(world, OWN_WORDS)
    assert did(world, send.take_back, it)
    assert (progress_of(world, it).state, progress_of(world, it).people) == ("taken_back", [])
    assert lines(world)[0].counts == dict.fromkeys(STATES, 0)
    assert row(world, it).settled_at == world.clock()
