"""What a parent does with her own plans, and what the desk makes of notes about time that come late."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.config import Budget
from bot.scheduler import plans
from bot.store import tables as t
from tests.world import JAN, KARIN, World

PLANNED = ("voorlezen", "1", "2", "19:30")  # Tuesdays at half past seven


async def planned(world: World) -> None:
    for text in PLANNED:
        await world.say(KARIN, text)


def second_plan(world: World) -> None:
    """Another plan of hers, which no flow makes today."""
    with world.bot.database.begin() as tx:
        row = dict(tx.execute(select(t.followup)).one()._mapping)
        del row["id"]
        tx.execute(t.followup.insert(), row | {"scope": "plan:spelen", "due_at": row["due_at"] + timedelta(days=1)})


def rules(world: World) -> dict[str, tuple[str, str, str]]:
    """Her plans: weekday, time and state."""
    rows = world.rows(select(t.followup).order_by(t.followup.c.id))
    return {row.scope: (row.rule["weekday"], row.rule["time"], row.state) for row in rows}


# --- several plans
async def test_with_two_plans_she_is_asked_which(world: World) -> None:
    await planned(world)
    second_plan(world)
    assert await world.say(KARIN, "anders") == ["plan.welke"]
    assert world.last(KARIN).message.text.splitlines()[-2:] == ["1 Voorlezen", "2 Voorlezen plannen"]
    for text in ("2", "4"):
        await world.say(KARIN, text)
    assert await world.say(KARIN, "18:00") == ["anders.klaar"]
    assert rules(world) == {"plan:voorlezen": ("di", "19:30", "waiting"), "plan:spelen": ("do", "18:00", "waiting")}


async def test_one_of_two_is_no_more(world: World) -> None:
    await planned(world)
    second_plan(world)
    for text in ("mijn herinnering", "5"):
        await world.say(KARIN, text)
    assert await world.say(KARIN, "1") == ["plan.weg"]
    assert {scope: state for scope, (_, _, state) in rules(world).items()} == {
        "plan:voorlezen": "done", "plan:spelen": "waiting",
    }  # fmt: skip
    assert await world.say(KARIN, "minder") == ["minder.twee"], "one is left, so it is not asked"


async def test_a_plan_made_and_moved_in_one_breath(world: World) -> None:
    """All letters are read in one batch, before anything is saved."""
    for text in ("voorlezen", "na het eten", "dinsdag"):
        await world.say(KARIN, text)
    for text in ("19:30", "pauze"):
        await world.say(KARIN, text, settle=False)
    assert await world.settled(KARIN) == ["voorlezen.gepland", "pauze.tot"]
    for text in ("4", "15 januari", "mijn herinnering"):
        await world.say(KARIN, text)
    assert rules(world) == {"plan:voorlezen": ("di", "19:30", "waiting")}


async def test_a_plan_that_ended_while_she_was_asked(world: World) -> None:
    await planned(world)
    await world.say(KARIN, "anders")
    await world.say(KARIN, "5")
    world.write(lambda tx: tx.execute(update(t.followup).values(state="done")))
    assert await world.say(KARIN, "18:00") == ["plan.geen"]


async def test_minder_answers_the_open_question_of_stop(world: World) -> None:
    await planned(world)
    await world.say(KARIN, "stop")
    assert await world.say(KARIN, "minder") == ["stop.minder"]
    assert await world.say(KARIN, "minder") == ["minder.twee"]


async def test_the_menu_shows_her_reminder_only_where_there_is_one(world: World) -> None:
    await world.say(JAN, "menu")
    assert "plan" not in world.last(JAN).options
    for text in PLANNED:
        await world.say(JAN, text)
    await world.say(JAN, "menu")
    assert "plan" in world.last(JAN).options


# --- notes that come late
async def test_a_note_of_a_plan_that_was_moved_meanwhile_says_nothing(world: World) -> None:
    await planned(world)
    due = world.rows(select(t.followup))[0].due_at
    world.clock.move(due)
    await world.bot.tick()  # the note lies in the inbox
    world.write(lambda tx: plans.change(tx, plans.of(tx, world.contact(KARIN))[0].id, reason="moved"))
    assert await world.settled(KARIN) == []
    assert world.inbox() == ["done"]


async def test_her_own_reminder_knows_its_end_and_its_scope(world: World) -> None:
    await planned(world)
    assert await world.later(KARIN, days=2) == ["voorlezen.herinnering"]
    row = world.rows(select(t.outbox).order_by(t.outbox.c.id.desc()))[0]
    assert (row.scope, row.until_at - row.due_at) == ("plan:voorlezen", timedelta(hours=3))


async def test_what_the_school_year_brings_waits_while_she_is_asked_something(world: World) -> None:
    """It is put off to the next day, and begins when nothing else is open."""
    world.write(lambda tx: tx.execute(t.followup.insert(), a_journey(world, tx.seal("followup.fields", "{}"))))
    await world.say(KARIN, "voorlezen")
    assert await world.later(KARIN, hours=1) == []
    [row] = world.rows(select(t.followup))
    assert (row.state, row.reason, plans.said(row)) == ("waiting", "busy", 0)
    assert await world.say(KARIN, "4") == ["voorlezen.tip"]
    assert await world.later(KARIN, days=1) == ["voorlezen.wanneer"]
    assert world.rows(select(t.followup))[0].state == "done"


def a_journey(world: World, fields: bytes) -> dict[str, object]:
    return {
        "contact_id": world.contact(KARIN), "school": "brug", "kind": "journey", "scope": "journey:jaar.lezen",
        "flow": "voorlezen", "say": "", "fields": fields, "cls": "tip", "purpose": "tips", "zone": "Europe/Amsterdam",
        "rule": {}, "due_at": world.clock() + timedelta(minutes=30), "expires_at": world.clock() + timedelta(days=14),
    }  # fmt: skip


async def test_what_the_school_year_brings_does_not_ask_for_a_yes_that_she_takes_back(world: World) -> None:
    """Its note lies in the inbox, behind her own words."""
    await world.say(KARIN, "STOP")
    note = {"followup": 0, "rev": -1, "kind": "journey", "purpose": "tips", "school": "brug", "flow": "voorlezen"}
    row = world.write(lambda tx: tx.execute(t.followup.insert(), a_journey(world, tx.seal("followup.fields", "{}"))))
    await world.say(KARIN, "minder", settle=False)
    world.note(KARIN, "start", note | {"followup": row.lastrowid, "child": None, "fields": {}})
    assert await world.settled(KARIN) == ["stop.minder"]
    [waits] = world.rows(select(t.followup))
    assert (waits.state, waits.reason) == ("waiting", "no_consent")


async def test_a_plan_in_the_quiet_of_sunday_morning_is_said_at_noon(world: World) -> None:
    for each in ("voorlezen", "1", "zondag", "08:00"):
        await world.say(KARIN, each)
    await world.later(KARIN, days=6)
    assert world.last(KARIN).keys == ("voorlezen.herinnering",)


# --- silence
async def test_silence_counts_from_the_moment_at_which_the_question_left(world: World) -> None:
    """A busy sender held it back until the next morning."""
    await world.say(KARIN, "voorlezen")
    left_at = world.clock() + timedelta(hours=17)
    world.write(lambda tx: tx.execute(update(t.outbox).values(left_at=left_at)))
    assert await world.later(KARIN, hours=40) == []
    assert await world.later(KARIN, hours=2) == ["voorlezen.nog_even"]


async def test_while_the_question_waits_to_leave_nothing_is_concluded(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    waits = update(t.outbox).values(status="queued", left_at=None, lane="nowhere", until_at=None)
    later, over = (world.clock() + timedelta(days=days) for days in (3, 4))
    world.write(lambda tx: tx.execute(waits.values(due_at=later, expires_at=over)))
    await world.later(KARIN, hours=60)
    [live] = world.rows(select(t.run))
    assert (live.step, live.state) == ("wanneer", "active")
    assert live.due_at == world.clock() - timedelta(hours=60) + timedelta(days=4), "a day from when it may leave"


@pytest.mark.parametrize("status", ["failed", "expired", "unknown", "cancelled"])
async def test_a_question_that_never_left_does_not_hang(world: World, status: str) -> None:
    await world.say(KARIN, "voorlezen")
    lost = {"status": status, "left_at": None}
    world.write(lambda tx: tx.execute(update(t.outbox).values(lost)))
    assert await world.later(KARIN, hours=25) == ["voorlezen.nog_even"]


async def test_a_nudge_waits_for_the_end_of_her_pause(world: World) -> None:
    await planned(world)
    await world.say(KARIN, "pauze")
    await world.say(KARIN, "2")
    assert await world.later(KARIN, days=13) == []
    assert await world.later(KARIN, days=3) == ["voorlezen.hoe_vaak", "voorlezen.herinnering"]


async def test_a_full_week_leaves_her_plan_out_and_it_does_not_count(world: World) -> None:
    world.restart(budget=Budget(week=0))
    await planned(world)
    await world.later(days=2)
    assert "voorlezen.herinnering" not in [key for heard in world.read(KARIN) for key in heard.keys]
    world.restart(budget=Budget(week=3))
    await world.later(days=7)
    assert plans.said(world.rows(select(t.followup))[0]) == 1
