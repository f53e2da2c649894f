"""The sheet of a talk: for the teacher all words in Dutch too, for a parent her own and nobody else's, on paper."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.booking import agreed, appointments, before, hers, questions, sheet
from bot.booking.questions import CHILD, MIDDLE, OLD, PARENT, YOUNG
from bot.errors import BotError
from bot.model import Address
from bot.people import barred, contacts
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.evening import Evening
from tests.harness.foreign import translated
from tests.harness.table import THURSDAY, agree, along
from tests.world import FATIMA, KARIN, OMAR, World

ARABIC = "تحب الرسم"


def keep(world: World, number: int, who: Address, question: str, text: str, language: str = "nl") -> None:
    asked = questions.by_id(question)
    contact_id = world.contact(who)
    world.write(lambda tx: sheet.keep(tx, number, contact_id, question, asked.who, text, language, world.clock()))


def look(world: World, number: int) -> sheet.Sheet:
    with world.bot.database.read() as tx:
        return sheet.sheet(tx, world.bot.config, number)


def address(world: World, number: int, who: Address) -> str:
    with world.bot.database.read() as tx:
        return hers.link(tx, world.bot.config, number, world.contact(who)).value.removeprefix(
            world.bot.config.web.public_url
        )


async def get(world: World, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.web()), base_url="http://test") as client:
        return await client.get(path)


def test_every_level_begins_with_what_goes_well_and_ends_with_the_child() -> None:
    for name in (YOUNG, MIDDLE, OLD):
        asked = questions.questions(name)
        assert 3 <= len(asked) <= 5
        assert asked[0].principle == 4, "a strength"
        assert [each.who for each in asked] == [PARENT] * (len(asked) - 1) + [CHILD]
    assert [questions.level([name]) for name in ("groep 2", "groep 3/4", "5b", "groep 8", "Kikkers", "2/3")] == [
        YOUNG, MIDDLE, MIDDLE, OLD, MIDDLE, YOUNG,
    ]  # fmt: skip


async def test_the_teacher_reads_it_in_the_order_of_the_principles_and_in_dutch(world: World) -> None:
    number = agree(world, FATIMA)
    assert look(world, number).is_empty
    keep(world, number, FATIMA, "trots", ARABIC, "ar")
    keep(world, number, FATIMA, "helpt", "نعم", "ar")
    keep(world, number, FATIMA, "kind_wijst", "voorbereiding.kind_wijst.blij", sheet.KEY)
    keep(world, number, FATIMA, "was_vroeger", "Rust", "nl")  # a question that is not asked any more
    keep(world, number, FATIMA, "doel", "  ")
    translated(world, "ar", "nl", ARABIC, "Zij tekent graag")
    found = look(world, number)
    assert (found.child, found.teacher, found.level) == ("Amira Haddad", "juf Janneke", MIDDLE)
    assert [part.principle for part in found.parts] == [1, 2, 3, 4, 5, 6, 7]
    assert [[asked.question.id for asked in part.asked] for part in found.parts] == [
        ["helpt"], ["thuis"], ["kind_vertelt", "kind_wijst"], ["trots"], ["was_vroeger"], ["doel"], [],
    ]  # fmt: skip
    said = {each.question: each for part in found.parts for asked in part.asked for each in asked.answers}
    assert {name: (each.text, each.key, each.dutch, each.state) for name, each in said.items()} == {
        "trots": (ARABIC, "", "Zij tekent graag", "done"),
        "helpt": ("نعم", "", "", "waiting"),
        "kind_wijst": ("", "voorbereiding.kind_wijst.blij", "", "own"),
        "was_vroeger": ("Rust", "", "", "own"),
    }
    assert (said["trots"].language, said["trots"].origin, said["kind_wijst"].who) == ("ar", "machine", "child")
    bodies = world.rows(select(t.prepared.c.body, t.prepared.c.language))
    assert ARABIC.encode() not in b"".join(row.body + row.language for row in bodies), "sealed"


def test_she_adds_to_what_she_said_and_the_next_talk_takes_it_over_on_either_database(database: Database) -> None:
    there = Evening(database)
    who = there.family()
    row = {
        "contact_id": who, "school": "brug", "child_id": there.hers(who)[0].child_id, "staff_id": there.teachers[0],
        "starts_at": there.now + timedelta(days=9), "minutes": 10, "state": "planned", "made_at": there.now,
        "changed_at": there.now,
    }  # fmt: skip
    made = t.appointment.insert().returning(t.appointment.c.id)

    def book(tx: Tx) -> int:
        number = int(tx.execute(made, row).scalar_one())
        before.lay(tx, there.config, appointments.known(tx, number), there.now)
        return number

    first = there.write(book)
    assert there.reminders(who) == ["voor", "voor_3"]
    for question, words in (("verder", "een"), ("verder", "twee"), ("trots", "drie")):
        there.write(lambda tx, q=question, said=words: sheet.keep(tx, first, who, q, PARENT, said, "tr", there.now))  # type: ignore[misc]
    there.write(lambda tx: tx.execute(t.appointment.update().values(state="missed")))
    there.write(lambda tx: before.drop(tx, first, who, "missed"))
    second = there.write(book)
    with database.read() as tx:
        assert not sheet.hers(tx, first, who)
        found = sheet.hers(tx, second, who)
    assert [(each.question, each.text) for each in found] == [("verder", "een\ntwee"), ("trots", "drie")]
    assert there.reminders(who) == []


async def test_a_talk_that_is_off_has_no_sheet(world: World) -> None:
    number = agree(world, KARIN)
    page = address(world, number, KARIN)
    assert (await get(world, page)).status_code == 200
    world.write(lambda tx: appointments.cancel(tx, number, world.clock(), tell=False))
    with pytest.raises(BotError, match="cancelled"):
        look(world, number)
    assert (await get(world, page)).status_code == 404


async def test_her_own_sheet_is_in_her_language_and_shows_nobody_elses_words(world: World) -> None:
    number = agree(world, FATIMA)
    along(world, number, OMAR)
    keep(world, number, FATIMA, "trots", ARABIC, "ar")
    keep(world, number, FATIMA, "thuis", "[voice]", "ar")
    keep(world, number, OMAR, "trots", "She runs <b>fast</b>", "en")
    answer = await get(world, address(world, number, FATIMA))
    assert answer.status_code == 200
    assert f'dir="rtl">{ARABIC}</p>' in answer.text
    assert "runs" not in answer.text
    assert "Amira Haddad" in answer.text
    his = (await get(world, address(world, number, OMAR))).text
    assert 'lang="en" dir="ltr">She runs &lt;b&gt;fast&lt;/b&gt;</p>' in his
    assert ARABIC not in his
    assert "<script" not in his
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_nobody_else_finds_it(world: World) -> None:
    number = agree(world, FATIMA)
    page = address(world, number, FATIMA)
    assert re.fullmatch(r"/gespreksblad/[0-9]+-[0-9a-f]{24}", page)
    with world.bot.database.read() as tx:
        strangers = hers.link(tx, world.bot.config, number, world.contact(KARIN)).value.rpartition("/")[2]
    for token in (strangers, f"{number}-{'0' * 24}", f"{number + 1}-{page[-24:]}", "x", "9" * 18 + "-" + "a" * 24):
        assert (await get(world, f"/gespreksblad/{token}")).status_code == 404
    [talk] = world.rows(select(t.appointment.c.child_id))
    world.write(lambda tx: barred.bar(tx, world.contact(FATIMA), talk.child_id, world.clock()))
    assert (await get(world, page)).status_code == 404


async def test_what_was_agreed_stands_on_it_and_it_goes_some_time_after(world: World) -> None:
    number = agree(world, FATIMA)
    world.clock.move(THURSDAY + timedelta(hours=1))
    look_on = (THURSDAY + timedelta(days=14)).date()
    world.write(
        lambda tx: agreed.write(tx, world.bot.config, number, "Wij lezen.", "U leest.", look_on, None, world.clock())
    )
    translated(world, "nl", "ar", "Wij lezen.", "نقرأ")
    page = address(world, number, FATIMA)
    text = (await get(world, page)).text
    assert 'lang="ar" dir="rtl">نقرأ</p>' in text
    assert 'lang="nl" dir="ltr">U leest.</p>' in text, "as long as nobody has translated it"
    came = look(world, number).agreed
    assert came is not None
    assert came.home_does == "U leest."
    world.write(lambda tx: contacts.set_language(tx, world.contact(FATIMA), "nl"))
    text = (await get(world, page)).text
    assert "donderdag 17 december" in text
    world.clock.move(THURSDAY + timedelta(days=14 + 30))
    assert (await get(world, page)).status_code == 200
    world.clock.move(THURSDAY + timedelta(days=14 + 32))
    assert (await get(world, page)).status_code == 404
