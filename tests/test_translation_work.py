"""The interpreter at work: claimed once, masked, remembered, checked, said back; and all that can go wrong."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from bot.check.rehearsal import Clock
from bot.config import Config
from bot.conversation.folding import fold
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from bot.translation import orders, phrases, work
from bot.translation.engines.libretranslate import LibreTranslate
from bot.translation.machine import Engine, Machines
from bot.translation.orders import Said, Wanted
from bot.translation.work import Interpreter
from bot.translators import Access, Translation
from tests.fakes.translators import Fluent, pseudo
from tests.fakes.translators_http import KEY, LibreTranslateServer
from tests.harness.shelf import books
from tests.world import MONDAY, World, settings


class Desk:
    """An interpreter, its database, and a clock that stands still."""

    def __init__(
        self, database: Database, home: Path, *engines: Engine, clock: Clock | None = None, **pairs: str
    ) -> None:
        """The first engine is everybody's, but for `pairs`, such as nl_ti."""
        self.database = database
        self.clock = clock or Clock(MONDAY)
        self.woken = 0
        chosen = {pair.replace("_", "-"): engine for pair, engine in pairs.items()}
        translation = Translation(engines[0].name if engines else "none", chosen)
        config: Config = replace(settings(home), translation=translation)
        machines = Machines(config, {each.name: each for each in engines})
        self.interpreter = Interpreter(database, machines, books(config).catalogue, self.clock, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def order(self, words: str, target: str = "tr", source: str = "nl", school: str = "brug") -> Wanted:
        wanted = Wanted(school, source, target, words)
        with self.database.begin() as tx:
            orders.order(tx, [wanted], self.clock())
        return wanted

    async def rest(self) -> None:
        """Work until nothing is left."""
        while await self.interpreter.round() or await self.interpreter.landed():
            pass

    async def say(self, words: str, target: str = "tr", source: str = "nl", school: str = "brug") -> Said:
        """Order it, let it be done, and what became of it."""
        wanted = self.order(words, target, source, school)
        await self.rest()
        return self.said(wanted)

    def said(self, wanted: Wanted) -> Said:
        with self.database.read() as tx:
            found = orders.one(tx, wanted)
        assert found is not None
        return found

    def rows(self, table: Any = t.translation) -> list[Row[Any]]:
        with self.database.read() as tx:
            return list(tx.execute(select(table).order_by(table.c.id)).all())

    def later(self, **span: float) -> None:
        self.clock.move(self.clock() + timedelta(**span))


@pytest.fixture
def school(sqlite_url: str, furnished: Path, ring: Ring) -> Iterator[Database]:
    """A database with two schools and their families."""
    shutil.copy(furnished, sqlite_url.removeprefix("sqlite:///"))
    database = Database(sqlite_url, ring)
    yield database
    database.close()


@pytest.fixture
def fluent() -> Fluent:
    return Fluent()


@pytest.fixture
def desk(school: Database, tmp_path: Path, fluent: Fluent) -> Desk:
    return Desk(school, tmp_path, fluent)


def register(desk: Desk, name: str) -> None:
    """A child comes to school."""
    with desk.database.begin() as tx:
        row = {"school": "brug", "name": tx.seal("child.name", name), "created_at": desk.clock()}
        tx.execute(t.child.insert(), row)


# --- what goes well
async def test_it_is_said_checked_and_said_back(desk: Desk, fluent: Fluent) -> None:
    words = "Morgen is er geen melk. Neem om 8:30 een boek mee!"
    found = await desk.say(words)
    assert (found.state, found.origin, found.risks) == ("done", "machine", ())
    assert found.text == pseudo(words, "nl", "tr")
    assert found.back.casefold() == words.casefold()
    assert fluent.asked[0] == (("Morgen is er geen melk.", "Neem om 8:30 een boek mee!"), "nl", "tr")
    row = desk.rows()[0]
    assert (row.engine, row.reason, row.token, row.tries) == ("deepl", None, None, 1)
    assert desk.woken == 1


async def test_no_name_leaves_and_every_name_comes_back(desk: Desk, fluent: Fluent) -> None:
    words = "Amira en Tim zijn ziek. Juf Janneke belt Fatima op 0612345678."
    found = await desk.say(words, "ar")
    assert found.state == "done"
    assert all(
        name in found.text and name in found.back for name in ("Amira", "Tim", "Janneke", "Fatima", "0612345678")
    )
    assert not any(name.lower() in fluent.seen.lower() for name in ("Amira", "Tim ", "Janneke", "Fatima", "0612345678"))


async def test_what_was_hidden_on_the_way_there_stays_hidden_on_the_way_back(desk: Desk, fluent: Fluent) -> None:
    """Behind "juf" a wood is a person; behind "teacher" nobody knows that any more."""
    register(desk, "Bos")
    words = "Morgen komt juf bos. In groep 4 is er feest, zegt juf bos."
    found = await desk.say(words, "en")
    there, back = (" ".join(texts) for texts, *_ in fluent.asked)
    assert fluent.asked[1][1:] == ("en", "nl")
    assert "bos" not in fold(there + back)
    assert "bos" in found.text
    assert found.back.lower().count("juf bos") == 2


async def test_who_belongs_to_a_family_at_another_school_is_known_here(desk: Desk, fluent: Fluent) -> None:
    """A sister at De Vaart, her own father, and how her mother is called there; of other families there nothing."""

    def family(tx: Tx) -> None:
        born = {"created_at": desk.clock()}
        spoken = {"language": tx.seal("contact.language", "nl"), **born}
        adults = t.contact.insert().returning(t.contact.c.id)
        mother, father = (tx.execute(adults, spoken).scalar_one() for _ in range(2))
        for school, name, of in (
            ("brug", "Quirijn", {mother: "Wilhelmina"}),
            ("vaart", "Yfke", {mother: "Minoes", father: "Xerxes"}),
            ("vaart", "Zebedeus", {father: "Xerxes"}),
        ):
            row = {"school": school, "name": tx.seal("child.name", name), **born}
            kid = tx.execute(t.child.insert().returning(t.child.c.id), row).scalar_one()
            for contact, called in of.items():
                one = {"contact_id": contact, "child_id": kid, "school": school}
                sealed = {"name": tx.seal("guardian.name", called), "language": tx.seal("guardian.language", "nl")}
                tx.execute(t.guardian.insert(), one | sealed)

    with desk.database.begin() as tx:
        family(tx)
    await desk.say("Quirijn, Yfke, Minoes en Xerxes zijn er. Zebedeus niet.")
    assert not [name for name in ("Quirijn", "Yfke", "Minoes", "Xerxes") if name in fluent.seen]
    assert "Zebedeus" in fluent.seen


async def test_who_came_to_school_just_now_is_known_a_minute_later(desk: Desk, fluent: Fluent) -> None:
    await desk.say("Quirijn lacht.")
    register(desk, "Quirijn Quist")
    desk.later(seconds=61)
    await desk.say("Quirijn zingt.")
    assert "Quirijn lacht." in fluent.seen
    assert "Quirijn zingt." not in fluent.seen


async def test_a_sentence_is_asked_once_and_for_all_schools(desk: Desk, fluent: Fluent) -> None:
    await desk.say("Morgen is er feest. Tot dan!")
    fluent.asked.clear()
    found = await desk.say("Tot dan! Morgen is er feest.", school="vaart")
    assert (found.state, fluent.asked) == ("done", [])
    await desk.say("Morgen is er feest. Neem iets lekkers mee.")
    assert fluent.asked[0] == (("Neem iets lekkers mee.",), "nl", "tr")
    assert all(each.origin == "machine" for each in desk.rows(t.phrase))
    await desk.say("Om 8:30.\n\n- 12:00 😀 +31612345678")
    assert len(desk.rows()) == 4


async def test_a_persons_wording_goes_before_the_machines(desk: Desk, fluent: Fluent) -> None:
    def correct(source: str, said: str) -> None:
        with desk.database.begin() as tx:
            phrases.correct(tx, "nl", "tr", source, said, None, desk.clock())

    await desk.say("Morgen komt de tandarts.")
    correct("Morgen komt de tandarts.", "Yarın diş hekimi geliyor.")
    found = await desk.say("Morgen komt de tandarts.", school="vaart")
    assert (found.text, found.origin, found.risks) == ("Yarın diş hekimi geliyor.", "person", ())
    found = await desk.say("Morgen komt de tandarts. Tot 9 uur.")
    assert (found.text[:25], found.origin) == ("Yarın diş hekimi geliyor.", "machine")
    correct("[X1X] slaapt.", "Uyuyor.")  # who corrected it lost the name
    found = await desk.say("Amira slaapt.")
    assert "Amira" in found.text
    assert found.origin == "machine"


# --- what goes wrong
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("digits", "tijd"), ("marks", "lost"), ("same", "zelfde"), ("wrong_language", "schrift"), ("empty", "empty"),
        ("half", "garbled"), ("refused", "refused"), ("busy", "busy"),
    ],
)  # fmt: skip
async def test_what_cannot_be_trusted_is_not_kept(desk: Desk, fluent: Fluent, trouble: str, reason: str) -> None:
    words = "Amira mag morgen om 8:30 komen zwemmen."
    fluent.troubles.append(trouble)
    found = await desk.say(words)
    row = desk.rows()[0]
    assert (found.state, found.text, row.reason) == ("failed", words, reason)
    assert (row.said, row.back, row.token) == (None, None, None)
    assert desk.rows(t.phrase) == []
    assert desk.woken == 1
    desk.later(minutes=2)
    assert (await desk.say(words)).state == "done", "who asks again later gets it"


async def test_only_the_good_sentences_of_a_bad_answer_are_remembered(desk: Desk, fluent: Fluent) -> None:
    fluent.troubles.append("digits")
    assert (await desk.say("Kom om 8 uur. Neem een boek mee.")).state == "failed"
    assert len(desk.rows(t.phrase)) == 1


async def test_without_its_way_back_it_still_goes(desk: Desk, fluent: Fluent) -> None:
    fluent.troubles.extend(["", "late"])
    found = await desk.say("Morgen is er feest.")
    assert (found.state, found.back) == ("done", "")


async def test_nobody_waits_longer_than_the_deadline(desk: Desk, fluent: Fluent) -> None:
    fluent.holds = asyncio.Event()
    wanted = desk.order("Dit duurt te lang.")
    desk.later(seconds=9.9)
    await desk.rest()
    assert (desk.said(wanted).state, desk.rows()[0].reason) == ("failed", "late")
    wanted = desk.order("Dit begon te laat.")
    desk.later(seconds=10)
    fluent.holds.set()
    await desk.rest()
    assert (desk.said(wanted).state, desk.rows()[1].reason) == ("failed", "late")
    assert len(fluent.asked) == 1, "it was not even begun"


async def test_while_an_engine_rests_texts_fail_at_once_but_what_is_known_goes(desk: Desk, fluent: Fluent) -> None:
    await desk.say("Tot morgen.")
    fluent.troubles.extend(["unreachable"] * 3)
    for number in range(5):
        await desk.say(f"Dit is zin {number}.", "pl")
    assert [row.reason for row in desk.rows()] == [None, *["unreachable"] * 3, "resting", "resting"]
    assert (await desk.say("Tot morgen.", school="vaart")).state == "done"
    desk.later(seconds=2)
    assert (await desk.say("Daar is hij weer.", "pl")).state == "done"


async def test_where_nobody_translates_it_fails_at_once(school: Database, tmp_path: Path) -> None:
    desk = Desk(school, tmp_path)
    assert (await desk.say("Tot morgen.")).state == "failed"
    assert (desk.rows()[0].reason, desk.rows()[0].engine, desk.woken) == ("none", None, 1)


async def test_google_gets_no_word_that_might_be_a_name(school: Database, tmp_path: Path) -> None:
    google = Fluent("google")
    desk = Desk(school, tmp_path, google)
    assert (await desk.say("Amira is ziek.", "ti")).state == "done", "a mark says nothing of her"
    register(desk, "Mei Van-Zon")
    desk.later(minutes=2)
    found = await desk.say("In mei schijnt de zon.", "ti")
    assert (found.state, desk.rows()[-1].reason) == ("failed", "named"), "where it may be no name, it might be one"
    assert not any(word in google.seen for word in ("mei", "zon"))


async def test_an_engine_that_is_full_holds_up_no_other(school: Database, tmp_path: Path, fluent: Fluent) -> None:
    desk = Desk(school, tmp_path, fluent, Fluent("google"), nl_ti="google")
    fluent.holds = asyncio.Event()
    for number in range(work.AT_ONCE + 5):
        desk.order(f"Dit is zin {number}.")
    wanted = desk.order("Deze gaat naar een ander.", "ti")
    assert await desk.interpreter.round() == work.AT_ONCE + 1
    async with asyncio.timeout(5):
        while desk.said(wanted).state != "done":
            await asyncio.sleep(0.01)
    fluent.holds.set()
    await desk.rest()
    assert {row.state for row in desk.rows()} == {"done"}


async def test_an_engine_that_breaks_spoils_no_other_text(school: Database, tmp_path: Path) -> None:
    class Broken(Fluent):
        async def translate(self, *_: Any) -> list[str]:
            raise RuntimeError("Amira is ziek")

    desk = Desk(school, tmp_path, Broken(), Fluent("google"), nl_ti="google")
    wanted = [desk.order("Amira is ziek."), desk.order("Amira is ziek.", "ti")]
    await desk.rest()
    assert [desk.said(each).state for each in wanted] == ["failed", "done"]
    assert desk.rows()[0].reason == "broken"


# --- claims
async def test_two_processes_do_each_text_once(database: Database, tmp_path: Path) -> None:
    engines = Fluent(), Fluent()
    one, two = (Desk(database, tmp_path, each) for each in engines)
    wanted = [one.order(f"Dit is zin {number}.") for number in range(30)]
    await asyncio.gather(one.rest(), two.rest())
    assert {one.said(each).state for each in wanted} == {"done"}
    asked = [text for each in engines for texts, source, _ in each.asked if source == "nl" for text in texts]
    assert sorted(asked) == sorted(each.text for each in wanted)


async def test_what_a_process_left_behind_another_takes(database: Database, tmp_path: Path) -> None:
    stuck, quick = Fluent(), Fluent()
    stuck.holds = asyncio.Event()
    one = Desk(database, tmp_path, stuck)
    two = Desk(database, tmp_path, quick, clock=one.clock)
    wanted = one.order("Tot morgen.")
    assert await one.interpreter.round() == 1
    assert await two.interpreter.round() == 0, "it is in somebody's hands"
    await one.interpreter.stop()  # and it lets go of it
    await two.rest()
    assert two.said(wanted).text == pseudo("Tot morgen.", "nl", "tr")
    assert stuck.closed


async def test_who_comes_back_too_late_writes_nothing(database: Database, tmp_path: Path) -> None:
    stuck = Fluent()
    stuck.holds = asyncio.Event()
    one = Desk(database, tmp_path, stuck)
    two = Desk(database, tmp_path, Fluent(), clock=one.clock)
    wanted = one.order("Tot morgen.")
    await one.interpreter.round()
    one.later(seconds=10)
    await two.rest()
    assert (two.said(wanted).state, two.rows()[0].reason) == ("failed", "late")
    stuck.holds.set()
    await one.rest()
    assert (two.said(wanted).state, two.rows(t.phrase)) == ("failed", [])


def test_the_claim_uses_the_index_that_is_made_for_it(school: Database) -> None:
    for statement in (work._CLAIM, work._ANY):
        with school.read() as tx:
            compiled = statement.compile(tx.connection)
            asked = f"EXPLAIN QUERY PLAN {compiled}"
            plan = tx.connection.exec_driver_sql(asked, tuple(0 for _ in compiled.params)).all()
        assert "ix_translation_waiting" in str(plan)


# --- the whole bot
async def test_the_bot_comes_to_rest_with_it_and_says_nothing_of_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    provider = LibreTranslateServer()
    wanted = [Wanted("brug", "nl", "tr", words) for words in ("Amira is ziek.", "Amira slaapt.", "Amira danst.")]
    async with provider.open() as url:
        world.translating(LibreTranslate(Access(url, key=KEY)))
        for each, trouble in zip(wanted, ("", "429", "html"), strict=True):
            provider.trouble = trouble
            with world.bot.database.begin() as tx:
                orders.order(tx, [each], world.clock())
            await world.bot.settle()
        await world.bot.machines.close()
    with world.bot.database.read() as tx:
        found = orders.said(tx, wanted)
    assert [found[each].state for each in wanted] == ["done", "failed", "failed"]
    assert "Amira" in found[wanted[0]].text
    told = "".join(capsys.readouterr())
    assert "reason=busy" in told
    assert not any(word in told for word in ("Amira", "ziek", "slaapt", "danst"))


async def test_in_the_loops_nobody_waits_for_the_tick(world: World) -> None:
    world.translating(Fluent())
    await world.bot.start(ticking=False)
    wanted = Wanted("brug", "nl", "tr", "Tot morgen.")
    await world.bot.database.write(lambda tx: orders.order(tx, [wanted], world.clock()))
    world.bot.wake()
    async with asyncio.timeout(0.8):  # a tick is a second
        while (found := await world.bot.database.fetch(lambda tx: orders.one(tx, wanted))) and found.state != "done":
            await asyncio.sleep(0.01)
    await world.bot.stop()
