"""Polls in the chat: answered late, anew, by tap or word, beside other questions, at night, or with no place left."""

from datetime import timedelta

from sqlalchemy import select, update

from bot.broadcast import again, answers, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION, WORDS, Content
from bot.broadcast.send import HOLD, Plan
from bot.errors import Rejected
from bot.model import PURPOSES, Address, Value
from bot.people import consent, contacts, staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import FATIMA, JAN, KARIN, OMAR, World

FEAST = Content(QUESTION, "peiling", {WORDS: Value("words", "Wat eten wij?", "nl")}, ("Soep", "Couscous"))
HELP = Content(QUESTION, "helpt_mee", {WORDS: Value("words", "Wie rijdt mee?", "nl")}, places=1)
WEEK = timedelta(days=7)


async def ask(world: World, content: Content = FEAST, until: timedelta = WEEK) -> int:
    """Put a question to group 4, and let it begin. Fatima has written today."""
    if not world.read(FATIMA):
        await world.say(FATIMA, "menu")

    def make(tx: Tx) -> int:
        teacher = staff.by_key(tx, "brug", "janneke")
        now = world.clock()
        audience = Audience("brug", groups=_hers(tx, teacher.id))
        return send.make(tx, Plan(audience, content, "broadcast", teacher.id, f"form {now}", now, now + until), now)

    number = world.write(make)
    await start(world)
    return number


def _hers(tx: Tx, staff_id: int) -> list[int]:
    of = t.group_staff.c
    return list(tx.execute(select(of.group_id).where(of.staff_id == staff_id)).scalars())


async def start(world: World) -> None:
    """Its two minutes pass, and the ten seconds for which the teacher's words wait for a translation."""
    await world.later(seconds=HOLD.total_seconds() + 15)


def answered(world: World, number: int, who: Address) -> tuple[str, ...]:
    return world.write(lambda tx: answers.tapped(tx, number, world.contact(who)))


async def test_guardians_of_one_child_each_answer_in_their_own_way(world: World) -> None:
    number = await ask(world)
    assert world.last(FATIMA).options == ("1", "2")
    assert await world.tap(FATIMA, "2") == ["peiling.dank"]
    assert await world.say(OMAR, "soep") == ["peiling.dank"]  # the teacher's own word
    assert await world.say(KARIN, "2") == ["peiling.dank"]
    assert [answered(world, number, who) for who in (FATIMA, OMAR, KARIN, JAN)] == [("2",), ("1",), ("2",), ()]


async def test_a_tap_on_an_old_button_counts_whatever_is_asked_meanwhile(world: World) -> None:
    number = await ask(world)
    poll = world.last(FATIMA).message.id
    await world.later(FATIMA, days=4)  # nobody waits for her answer any more
    await world.say(FATIMA, "voorlezen")
    asked = world.last(FATIMA).keys[-1]
    assert await world.say(FATIMA, choice="1", ours=poll) == ["peiling.dank", "algemeen.verder", asked]
    assert answered(world, number, FATIMA) == ("1",)
    assert await world.say(FATIMA, choice="9", ours=poll) == [asked]  # no such choice


async def test_after_its_end_a_tap_is_thanked_for_and_a_number_means_something_else(world: World) -> None:
    number = await ask(world, until=timedelta(days=4))
    poll = world.last(FATIMA).message.id
    await world.later(FATIMA, days=5)
    assert await world.say(FATIMA, choice="1", ours=poll) == ["peiling.over"]
    assert "peiling.over" not in await world.say(KARIN, "1")
    assert (answered(world, number, FATIMA), answered(world, number, KARIN)) == ((), ())


async def test_a_yes_to_what_a_person_wrote_since_is_no_answer_to_the_poll(world: World) -> None:
    number = await ask(world, FEAST._replace(what="peiling_janee", choices=()))
    assert await world.say(KARIN, "nee") == ["peiling.dank"]
    world.queue(KARIN, cls="broadcast", text="Komt u morgen even langs?")
    await world.settled(KARIN)
    assert "peiling.dank" not in await world.say(KARIN, "ja")
    assert answered(world, number, KARIN) == ("nee",)


async def test_stop_in_the_middle_ends_it_without_an_answer(world: World) -> None:
    number = await ask(world)
    await world.say(KARIN, "stop")
    assert await world.say(KARIN, "2") != ["peiling.dank"]
    assert answered(world, number, KARIN) == ()
    [row] = world.rows(select(t.run).where(t.run.c.contact_id == world.contact(KARIN), t.run.c.flow == "peiling"))
    assert (row.state, row.result) == ("ended", "stopped")


async def test_a_second_poll_parks_the_first_and_each_gets_its_own_answer(world: World) -> None:
    first = await ask(world)
    second = await ask(world, FEAST._replace(choices=("Maandag", "Dinsdag", "Vrijdag")))
    assert await world.say(KARIN, "3") == ["peiling.dank", "algemeen.verder", "peiling.vraag"]
    assert (answered(world, first, KARIN), answered(world, second, KARIN)) == ((), ("3",))
    assert await world.say(KARIN, "2") == ["peiling.dank"]
    assert (answered(world, first, KARIN), answered(world, second, KARIN)) == (("2",), ("3",))


async def test_in_the_evening_nobody_is_asked_but_an_answer_is_taken(world: World) -> None:
    await world.later(hours=4, minutes=50)
    first = await ask(world)  # at ten to nine
    await world.later(minutes=30)
    second = await ask(world, FEAST._replace(what="peiling_getal", choices=()))
    assert [len(world.read(who)) for who in (KARIN, JAN)] == [1, 1]
    assert await world.say(KARIN, "1") == ["peiling.dank"]
    assert await world.later(JAN, hours=10) == ["peiling.getal"]
    assert await world.say(JAN, "12") == ["peiling.dank", "algemeen.verder", "peiling.vraag"]  # he left that open
    assert (answered(world, first, KARIN), answered(world, second, JAN)) == (("1",), ("12",))


async def test_a_reminder_takes_the_place_of_the_question_and_asks_only_who_is_silent(world: World) -> None:
    number = await ask(world)
    await world.say(KARIN, "1")
    await world.later(hours=18)
    before = len(world.read(KARIN))
    assert world.write(lambda tx: again.remind(tx, world.bot.config, number, 1, world.clock())) is not None
    await start(world)
    assert len(world.read(KARIN)) == before
    assert await world.tap(FATIMA, "2") == ["peiling.dank"]  # and nothing of the first question comes back
    assert answered(world, number, FATIMA) == ("2",)


async def test_a_place_that_comes_free_is_offered_to_who_waits(world: World) -> None:
    number = await ask(world, HELP)
    assert await world.tap(FATIMA, "ja") == ["peiling.fijn"]
    assert await world.say(KARIN, "ja") == ["peiling.vol"]
    assert await world.say(KARIN, "ja") == ["peiling.wacht"]
    before = len(world.read(KARIN))
    assert await world.say(FATIMA, "لا") == ["peiling.geen_hulp"]
    assert [heard.keys for heard in world.read(KARIN)[before:]] == [("peiling.plek",)]
    assert all(words in world.last(KARIN).message.text for words in ("juf Janneke", "Wie rijdt mee?"))
    assert await world.say(OMAR, "yes") == ["peiling.vol"]
    assert await world.say(KARIN, "1") == ["peiling.fijn"]
    assert [answered(world, number, who) for who in (FATIMA, KARIN, OMAR)] == [("nee",), ("ja",), ("vol",)]


async def test_anders_asks_the_poll_once_more_while_it_is_open(world: World) -> None:
    number = await ask(world, until=timedelta(days=1))
    await world.say(KARIN, "1")
    assert await world.say(KARIN, "anders") == ["peiling.vraag"]
    assert await world.say(KARIN, "2") == ["peiling.dank"]
    assert answered(world, number, KARIN) == ("2",)
    await world.later(days=2)
    assert await world.say(KARIN, "anders") == ["plan.geen"]


async def test_a_choice_may_be_typed_as_its_reader_sees_it(world: World) -> None:
    number = await ask(world)
    said = world.write(lambda tx: tx.seal("translation.said", "Soup"))
    with world.bot.database.begin() as tx:
        soup = tx.find("\0".join(("translation", "brug", "nl", "en", "Soep")))
        tx.execute(update(t.translation).where(t.translation.c.find == soup).values(state="done", said=said))
    assert await world.say(OMAR, "soup") == ["peiling.dank"]
    assert answered(world, number, OMAR) == ("1",)


async def test_what_she_writes_before_a_poll_has_left_is_no_answer_to_it(world: World) -> None:
    """It waits for the morning: it comes then, and once."""
    world.clock.move(world.clock() + timedelta(hours=6))
    await ask(world)
    assert await world.say(KARIN, "1") == ["vrij.wat"]
    assert "peiling.vraag" not in await world.later(KARIN, hours=2)
    assert (await world.later(KARIN, hours=12)).count("peiling.vraag") == 1
    assert await world.say(KARIN, "1") == ["peiling.dank"]


async def test_a_question_that_never_reached_her_is_not_open(world: World) -> None:
    """Her phone does not exist, she takes back her yes, it comes too late: what she says then is no answer."""
    world.lines["sms"].troubles.extend([Rejected("gone", "dead 30005"), Rejected("no", "refused 400")])
    number = await ask(world)
    assert _runs(world, number) == {FATIMA: "active", JAN: "active", OMAR: "ended", KARIN: "ended"}
    for who in (OMAR, KARIN):
        assert "peiling.dank" not in await world.say(who, "1")
    world.clock.move(world.clock() + timedelta(hours=6))  # in the night
    other = await ask(world, until=timedelta(hours=3))
    world.write(lambda tx: consent.withdraw(tx, world.contact(JAN), "office", world.clock(), school="brug"))
    await world.later(hours=12)
    assert {*_runs(world, other).values()} == {"ended"}
    assert "peiling.dank" not in await world.say(OMAR, "1")
    assert answered(world, other, OMAR) == ()


async def test_on_another_address_a_question_stays_open(world: World) -> None:
    second = Address("telegram", "4712")
    world.write(lambda tx: _linked(tx, second, world.contact(KARIN), world))
    world.lines["sms"].troubles.extend([Rejected("gone", "dead 30005")] * 2)
    number = await ask(world)
    assert _runs(world, number)[KARIN] == "active"
    assert await world.say(second, "1") == ["peiling.dank"]


def _linked(tx: Tx, who: Address, contact_id: int, world: World) -> None:
    found = contacts.resolve(tx, [who], world.clock())
    contacts.link(tx, found[who][1], contact_id, world.clock())
    consent.give(tx, contact_id, "brug", who.channel, PURPOSES, "ja", None, world.clock())


def _runs(world: World, number: int) -> dict[Address, str]:
    """How far the conversations of this poll are."""
    o = t.outbox.c
    its = (
        select(t.run.c.contact_id, t.run.c.state).join(t.outbox, o.run_id == t.run.c.id).where(o.broadcast_id == number)
    )
    who = {world.contact(each): each for each in (FATIMA, OMAR, KARIN, JAN)}
    return {who[row.contact_id]: row.state for row in world.rows(its)}
