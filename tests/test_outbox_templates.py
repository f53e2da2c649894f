"""What providers must know beforehand: questions are made known once and remembered, templates pushed and asked for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.errors import ConfigError, InDoubt, Rejected, Throttled, Unsent
from bot.model import Choice, Form, Outbound
from bot.outbox import approval, templates
from bot.outbox.templates import Workshop
from bot.store import tables as t
from bot.store.database import Database
from tests.approving import Approving, approved, approving, wordings
from tests.world import ENROLLED, FATIMA, World, opened

QUESTION = Form("", "nl", "buttons", "Kies {{1}}", (Choice("{{3}}", "{{2}}"),), ("a", "option1", "id1"))


@pytest.fixture
async def both(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The world on both databases."""
    async with opened(database, tmp_path) as there:
        for name, who in ENROLLED.items():
            there.enrol(name, who)
        yield there


# --- within the window
async def test_a_question_has_buttons_and_its_form_is_made_once(world: World) -> None:
    line = approving(world)
    assert await world.say(FATIMA, "voorlezen") == ["voorlezen.wanneer"]
    assert world.last(FATIMA).message.layout == "list"
    assert await world.tap(FATIMA, "na_eten") == ["voorlezen.dag"]
    await world.say(FATIMA, "voorlezen")
    assert line.calls == len(line.forms) == 2
    world.restart()
    assert await world.say(FATIMA, "voorlezen") == ["voorlezen.wanneer"]
    assert line.calls == 2, "a bot that begins again knows them"


async def test_a_refused_form_goes_as_numbered_text(world: World) -> None:
    line = approving(world)
    line.refuses = Rejected("no", "template 20001")
    await world.say(FATIMA, "voorlezen")
    await world.later(FATIMA, seconds=10)
    heard = world.last(FATIMA)
    assert (heard.keys, heard.message.layout) == (("voorlezen.wanneer",), "plain")
    assert "\n1 " in heard.message.text
    assert await world.say(FATIMA, "2") == []
    await world.later(seconds=10)
    calls = line.calls
    assert world.last(FATIMA).keys == ("voorlezen.dag",)
    await world.say(FATIMA, "voorlezen")
    assert (line.calls, world.last(FATIMA).keys) == (calls, ("voorlezen.wanneer",)), "it is not asked for again today"
    line.refuses = None
    await world.later(hours=25)
    await world.say(FATIMA, "voorlezen")
    assert world.last(FATIMA).message.layout == "list"


@pytest.mark.parametrize("trouble", [Unsent("no", "x"), InDoubt("no", "x"), Throttled(timedelta(seconds=3), "no", "x")])
async def test_a_form_that_could_not_be_made_now_is_made_later(world: World, trouble: Exception) -> None:
    line = approving(world)
    line.refuses = trouble
    assert await world.say(FATIMA, "voorlezen") == []
    line.refuses = None
    assert await world.later(FATIMA, minutes=1) == ["voorlezen.wanneer"]
    assert world.last(FATIMA).message.layout == "list"


async def test_a_form_that_the_provider_has_lost_goes_as_numbered_text(world: World) -> None:
    line = approving(world)
    await world.say(FATIMA, "voorlezen")
    line.forms.clear()
    await world.say(FATIMA, "voorlezen")
    await world.later(seconds=10)
    assert (world.last(FATIMA).keys, world.last(FATIMA).message.layout) == (("voorlezen.wanneer",), "plain")


async def test_ten_letters_at_once_make_one_form() -> None:
    line, workshop = Approving(), Workshop()
    line.slow = 0.02
    values = ("nu", "Ja", "ja")
    letters = [
        Outbound(f"{number}-0", FATIMA, "Kies nu", (Choice("ja", "Ja"),), "buttons", form=QUESTION, values=values)
        for number in range(10)
    ]
    sent = await asyncio.gather(*(workshop.send(line, letter) for letter in letters))
    assert (len(set(sent)), line.calls, len(line.sent)) == (10, 1, 10)


async def test_what_was_made_is_stored_until_a_claim_has_seen_it(both: World) -> None:
    line, workshop = Approving(), Workshop()
    sid = await workshop.content(line, QUESTION)
    both.write(lambda tx: workshop.save(tx, both.clock()))
    both.write(lambda tx: workshop.save(tx, both.clock()))
    known = both.write(lambda tx: templates.load(tx, both.clock()))
    assert (known.sid("whatsapp", QUESTION), known.refused("whatsapp", QUESTION)) == (sid, False)
    workshop.forget(known)
    both.write(lambda tx: tx.execute(t.content.delete()))
    both.write(lambda tx: workshop.save(tx, both.clock()))
    assert both.rows(select(t.content)) == []
    assert await workshop.content(line, QUESTION) == sid
    assert line.calls == 1, "letters that were claimed before still find it"


# --- push and pull
async def test_a_push_that_is_broken_off_goes_on_where_it_was(both: World) -> None:
    line = approving(both)
    wanted = wordings(both)
    line.fails_at = 4
    with pytest.raises(Unsent):
        async for _ in approval.push(both.bot.database, "whatsapp", line, wanted, both.clock):
            pass
    made = len(line.forms)
    assert 0 < made < len(wanted)
    steps = [step async for step in approval.push(both.bot.database, "whatsapp", line, wanted, both.clock)]
    assert len(steps) == len(line.forms) == len(wanted)
    assert {step.state for step in steps} == {"pending"}
    assert sum(step.new for step in steps) == len(wanted) - made


async def test_a_form_that_was_made_but_not_submitted_is_submitted(world: World) -> None:
    line = approving(world)
    [form] = [each for each in wordings(world) if (each.template, each.language) == ("klop.vraag", "nl")]
    sid = await line.make(form)
    world.write(lambda tx: templates.save(tx, [templates.Made("whatsapp", form, sid, "made")], world.clock()))
    [step] = [step async for step in approval.push(world.bot.database, "whatsapp", line, [form], world.clock)]
    assert (step.state, line.said[sid][0], line.calls) == ("pending", "pending", 1)


async def test_a_push_is_patient_and_says_why_something_is_refused(world: World) -> None:
    line = approving(world)
    form = wordings(world)[0]
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        line.refuses = Rejected("no", "template 20001")

    line.refuses = Throttled(timedelta(seconds=7), "slow", "slow 429")
    pushed = approval.push(world.bot.database, "whatsapp", line, [form], world.clock, sleep)
    assert [(each.state, each.reason) async for each in pushed] == [("refused", "template 20001")]
    assert slept == [7]
    line.refuses = Throttled(timedelta(minutes=5), "our token", "config 20003")
    with pytest.raises(ConfigError):
        _ = [each async for each in approval.push(world.bot.database, "whatsapp", line, [form], world.clock)]
    line.refuses = None
    again = approval.push(world.bot.database, "whatsapp", line, [form], world.clock)
    assert [each.state async for each in again] == ["pending"], "somebody asked, so it is tried once more"


async def test_what_the_provider_does_not_know_any_more_is_made_anew(world: World) -> None:
    line = await approved(world, "klop.vraag", languages=["nl"])
    line.forms.clear()
    assert await approval.pull(world.bot.database, "whatsapp", line, world.clock()) == 1
    [row] = world.rows(select(t.content.c.state))
    assert row.state == "gone"
    assert await approval.pull(world.bot.database, "whatsapp", line, world.clock()) == 0
    [form] = [each for each in wordings(world) if (each.template, each.language) == ("klop.vraag", "nl")]
    _ = [each async for each in approval.push(world.bot.database, "whatsapp", line, [form], world.clock)]
    [row] = world.rows(select(t.content.c.state))
    assert row.state == "pending"


async def test_what_another_process_saw_refused_is_made_anew(both: World) -> None:
    """A receipt told it to the other process; here the old id would be sent, and refused, every day again."""
    line, workshop = Approving(), Workshop()
    first = await workshop.content(line, QUESTION)
    both.write(lambda tx: workshop.save(tx, both.clock()))
    workshop.forget(both.write(lambda tx: templates.load(tx, both.clock())))
    both.write(lambda tx: tx.execute(t.content.update().values(state="refused", changed_at=both.clock())))
    workshop.forget(both.write(lambda tx: templates.load(tx, both.clock())))
    assert await workshop.content(line, QUESTION) not in ("", first)
