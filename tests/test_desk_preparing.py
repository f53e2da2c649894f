"""What a parent is asked before her talk and how it goes on: the desk, the clock and her words, over three channels."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.booking import appointments, before, sheet
from bot.store import tables as t
from tests.harness.table import THURSDAY, ZONE, agree, along, child_in
from tests.world import FATIMA, JAN, KARIN, OMAR, World


def said(world: World, number: int) -> list[tuple[str, str, str]]:
    """What stands on the sheet: question, words or what stands for them, and who says it."""
    with world.bot.database.read() as tx:
        found = sheet.sheet(tx, world.bot.config, number)
    answers = [each for part in found.parts for asked in part.asked for each in asked.answers]
    return [(each.question, each.text or each.key or each.medium, each.who) for each in answers]


def waits(world: World) -> list[str]:
    """Who is still to be asked, when, on the wall."""
    f = t.followup.c
    rows = world.rows(select(f.scope, f.due_at).where(f.flow == before.FLOW, f.state == "waiting").order_by(f.due_at))
    return [f"{row.scope.rpartition(':')[2]} {row.due_at.astimezone(ZONE):%a %d %H:%M}" for row in rows]


async def test_she_is_asked_two_hours_later_and_what_she_says_half_way_is_kept(world: World) -> None:
    number = agree(world, KARIN)
    assert waits(world) == ["voor Mon 23 18:00", "voor_3 Mon 30 15:30"]
    assert await world.later(KARIN, hours=3) == ["voorbereiding.begin"]
    assert world.last(KARIN).message.text.startswith(
        "Dag, hier juf Janneke van De Brug. Op donderdag 3 december om 15:"
    )
    assert await world.say(KARIN, "1") == ["voorbereiding.zo", "voorbereiding.trots"]
    assert world.last(KARIN).message.text.endswith("1 Overslaan\n2 Klaar"), "by SMS"
    assert await world.say(KARIN, "Lotte zingt de hele dag") == ["voorbereiding.helpt"]
    assert await world.say(KARIN, "gym") == ["voorbereiding.thuis"], "no keyword here, but her answer"
    assert await world.say(KARIN, "weet ik niet") == ["voorbereiding.doel"]
    assert await world.later(KARIN, days=2) == []
    assert said(world, number) == [("helpt", "gym", "parent"), ("trots", "Lotte zingt de hele dag", "parent")]
    assert waits(world) == [], "she has answered: nobody asks once more"
    assert world.words() == [], "it is no question to the teacher"

    assert await world.say(KARIN, "voorbereiden") == ["voorbereiding.zo", "voorbereiding.thuis"], "she goes on later"
    assert await world.say(KARIN, "1") == ["voorbereiding.doel"]
    assert await world.say(KARIN, "klaar") == ["voorbereiding.klaar"]
    await world.say(KARIN, "voorbereiden")
    assert await world.say(KARIN, "zwemmen") == ["voorbereiding.doel"]
    assert await world.say(KARIN, "rekenen") == ["voorbereiding.kind_vertelt"]
    assert await world.say(KARIN, "de poes in de klas") == ["voorbereiding.klaar"]
    assert said(world, number)[2] == ("kind_vertelt", "de poes in de klas", "child")
    assert await world.say(KARIN, "voorbereiden") == ["voorbereiding.zo", "voorbereiding.verder"], "all is answered"
    await world.say(KARIN, "Nog iets over de juf")
    await world.say(KARIN, "voorbereiden")
    await world.say(KARIN, "en over de gang")
    assert ("verder", "Nog iets over de juf\nen over de gang", "parent") in said(world, number)
    assert (await world.later(KARIN, days=9))[0] == "afspraak.dag"


async def test_a_question_that_nobody_answers_leaves_the_newer_one_open(world: World) -> None:
    agree(world, KARIN)
    assert (await world.say(KARIN, "gesprek")) == ["gesprek.wat"]  # for twenty hours
    assert await world.later(KARIN, hours=3) == ["algemeen.wacht", "voorbereiding.begin"]
    assert await world.later(KARIN, hours=19) == [], "and no word of a question that would come back"
    assert await world.say(KARIN, "1") == ["voorbereiding.zo", "voorbereiding.trots"]


@pytest.mark.parametrize(
    ("group", "asked"),
    [
        ("groep 1/2", "doet_graag helpt_spelen thuis_dag praten kind_wijst"),
        ("groep 3", "trots helpt thuis doel kind_vertelt"),
        ("7b", "trots helpt praten doel kind_wil"),
        ("de Vlinders", "trots helpt thuis doel kind_vertelt"),
    ],
)
async def test_each_level_has_its_own_questions(world: World, group: str, asked: str) -> None:
    child_in(world, KARIN, group)
    agree(world, KARIN)
    await world.later(KARIN, hours=3)
    keys = (await world.say(KARIN, "ja"))[1:]
    while keys[-1].count(".") == 1 and not keys[-1].endswith(".klaar"):
        keys += await world.say(KARIN, "met de hond")
    assert keys[:-1] == [f"voorbereiding.{each}" for each in asked.split()]


async def test_the_youngest_points_at_a_face_and_a_voice_is_not_lost(world: World) -> None:
    child_in(world, FATIMA, "groep 2")
    number = agree(world, FATIMA)
    await world.later(FATIMA, hours=3)
    assert await world.tap(FATIMA, "ja") == ["voorbereiding.zo_spraak", "voorbereiding.doet_graag"]
    assert await world.say(FATIMA, kind="voice") == ["voorbereiding.helpt_spelen"]
    for _ in range(3):
        keys = await world.tap(FATIMA, "overslaan")
    assert keys == ["voorbereiding.kind_wijst"]
    assert world.last(FATIMA).options == ("blij", "gewoon", "niet_fijn", "overslaan")
    assert await world.say(FATIMA, "١") == ["voorbereiding.klaar"]
    assert said(world, number) == [
        ("kind_wijst", "voorbereiding.kind_wijst.blij", "child"), ("doet_graag", "voice", "parent"),
    ]  # fmt: skip
    [thread] = world.rows(select(t.thread))
    assert (thread.state, thread.answer_by) == ("answered", None), "it lies there, and nobody has to answer"
    assert len(world.rows(select(t.thread_message).where(t.thread_message.c.inbox_id.is_not(None)))) == 1


async def test_not_now_and_rather_not_are_good_answers(world: World) -> None:
    agree(world, KARIN)
    agree(world, JAN, THURSDAY + timedelta(hours=1))
    await world.later(hours=3)
    assert await world.tap(JAN, "later") == ["voorbereiding.later"]
    assert await world.say(KARIN, "3") == ["voorbereiding.goed"]
    assert await world.later(KARIN, days=6, hours=23) == [], "who would rather not is not asked again"
    assert [heard.keys[0] for heard in world.read(JAN)].count("voorbereiding.begin") == 2, (
        "three days before it is near"
    )


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        ({"hours": 4, "minutes": 30}, []),  # at half past eight in the evening
        ({"hours": 5, "minutes": 1}, ["voor Mon 23 18:00"]),
        ({"days": 1}, ["voor Mon 23 18:00"]),
        ({"days": 6}, ["voor Mon 23 18:00"]),  # three days before is three days after: she has only just let it be
        ({"days": 7}, ["voor Mon 23 18:00", "voor_3 Fri 27 16:00"]),
        ({"days": 30}, ["voor Mon 23 18:00", "voor_3 Sun 20 16:00"]),
    ],
)
async def test_nobody_is_asked_when_the_talk_is_near(world: World, ahead: dict[str, int], expected: list[str]) -> None:
    agree(world, KARIN, world.clock() + timedelta(**ahead))
    assert waits(world) == expected


async def test_booked_late_in_the_evening_she_is_asked_in_the_morning(world: World) -> None:
    world.clock.move(world.clock() + timedelta(hours=4))
    agree(world, KARIN)
    assert waits(world)[0] == "voor Tue 24 07:00"


async def test_two_talks_are_asked_about_in_one_conversation(world: World) -> None:
    first, second = agree(world, JAN), agree(world, JAN, THURSDAY + timedelta(hours=1))
    assert await world.later(JAN, hours=5) == ["voorbereiding.begin"], "once"
    await world.tap(JAN, "ja")
    await world.say(JAN, "Hij zwemt graag")
    assert await world.say(JAN, "klaar") == ["voorbereiding.klaar", "voorbereiding.ook"]
    assert await world.tap(JAN, "ja") == ["voorbereiding.trots"]
    await world.say(JAN, "Zij tekent")
    assert await world.say(JAN, "klaar") == ["voorbereiding.klaar"]
    assert [said(world, each) for each in (first, second)] == [
        [("trots", "Hij zwemt graag", "parent")], [("trots", "Zij tekent", "parent")],
    ]  # fmt: skip
    agree(world, JAN, THURSDAY + timedelta(hours=2))
    assert waits(world) == ["voor Thu 26 18:00", "voor_3 Mon 30 17:30"], "not within three days"


async def test_of_two_talks_a_silent_parent_is_asked_twice_and_one_no_is_for_both(world: World) -> None:
    for number, who in enumerate((JAN, KARIN, JAN, KARIN)):
        agree(world, who, THURSDAY + timedelta(hours=number))
    await world.later(hours=5)
    assert await world.say(KARIN, "3") == ["voorbereiding.goed"]
    assert await world.later(JAN, days=8) == ["voorbereiding.begin"], "three days before, once more"
    assert [heard.keys[0] for heard in world.read(KARIN)] == ["voorbereiding.begin", "voorbereiding.goed"]


async def test_a_moved_talk_keeps_what_was_said_and_a_new_one_takes_it_over(world: World) -> None:
    number = agree(world, KARIN)
    week = timedelta(days=7)
    world.write(lambda tx: appointments.move(tx, world.bot.config, number, THURSDAY + week, world.clock(), tell=False))
    assert waits(world) == ["voor Mon 23 18:00", "voor_3 Mon 07 15:30"]
    await world.later(KARIN, hours=3)
    await world.say(KARIN, "ja")
    await world.say(KARIN, "zwemmen")
    world.write(lambda tx: appointments.move(tx, world.bot.config, number, THURSDAY, world.clock(), tell=False))
    assert said(world, number) == [("trots", "zwemmen", "parent")]
    assert await world.say(KARIN, "knuffels") == ["voorbereiding.thuis"]
    world.write(lambda tx: appointments.cancel(tx, number, world.clock(), tell=False))
    assert await world.say(KARIN, "buiten") == ["voorbereiding.voorbij"]
    again = agree(world, KARIN, THURSDAY + week)
    assert [each[0] for each in said(world, again)] == ["helpt", "trots"]
    assert waits(world) == []
    assert await world.say(KARIN, "voorbereiden") == ["voorbereiding.zo", "voorbereiding.thuis"]


async def test_a_cancelled_talk_asks_nothing(world: World) -> None:
    number = agree(world, KARIN)
    world.write(lambda tx: appointments.cancel(tx, number, world.clock(), tell=False))
    assert await world.later(KARIN, days=12) == []
    assert await world.say(KARIN, "voorbereiden") == ["voorbereiding.geen"]


async def test_who_comes_along_prepares_apart(world: World) -> None:
    number = agree(world, FATIMA)
    along(world, number, OMAR)
    world.write(
        lambda tx: before.also(tx, world.bot.config, appointments.known(tx, number), world.contact(OMAR), world.clock())
    )
    await world.later(hours=3)
    await world.say(FATIMA, "1")
    await world.say(FATIMA, "Zij tekent")
    assert await world.say(OMAR, "1") == ["voorbereiding.zo", "voorbereiding.trots"], "he is asked all of it himself"
    await world.say(OMAR, "She runs fast")
    with world.bot.database.read() as tx:
        found = sheet.sheet(tx, world.bot.config, number)
        hers = sheet.hers(tx, number, world.contact(FATIMA))
    assert list(found.parents.values()) == ["Fatima Haddad", "Omar Haddad"]
    [proud] = [asked for part in found.parts for asked in part.asked if asked.question.id == "trots"]
    assert [(found.parents[each.contact_id], each.text, each.language) for each in proud.answers] == [
        ("Fatima Haddad", "Zij tekent", "ar"), ("Omar Haddad", "She runs fast", "en"),
    ]  # fmt: skip
    assert [each.text for each in hers] == ["Zij tekent"]
