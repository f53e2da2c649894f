"""She books in the chat, what transcripts cannot say: who is first, what the other parent must not see, old taps."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select, update

from bot.booking import appointments, asking, interpreters, invited, rounds
from bot.booking.appointments import Talk
from bot.channels.sms import sms_parts, utf16_units
from bot.model import Address, Value
from bot.people import barred
from bot.store import tables as t
from bot.store.database import Database
from bot.translation.languages import LANGUAGES, ROW, say_moment
from tests.world import FATIMA, JAN, KARIN, OMAR, World, furnish, opened

THURSDAY, TUESDAY = date(2026, 11, 26), date(2026, 12, 1)
EVENINGS = ((THURSDAY, "15:00", "15:30"), (TUESDAY, "19:00", "19:30"))


class Opened(NamedTuple):
    """A round that is open, and what a parent does in it."""

    world: World
    round: int

    def ask(self, *people: Address, **fields: Value) -> None:
        """They are invited, as the opening does."""
        now = self.world.clock()
        for who in people:
            with self.world.bot.database.read() as tx:
                round_ = rounds.get(tx, self.round)
            assert round_ is not None
            note = asking.note(round_, self.world.contact(who), f"test:{now}", **fields)
            self.world.note(who, note.kind, note.payload)

    async def invite(self, who: Address, **fields: Value) -> list[str]:
        self.ask(who, **fields)
        return await self.world.settled(who)

    def states(self, who: Address) -> set[str]:
        """How far she is, of each child."""
        with self.world.bot.database.read() as tx:
            return {each.state for each in invited.of(tx, self.round, self.world.contact(who))}

    def choose(self, who: Address, how: str) -> None:
        i = t.invitee.c
        hers = update(t.invitee).where(i.contact_id == self.world.contact(who))
        self.world.write(lambda tx: tx.execute(hers.values(how=how, state="summary" if how == "ander" else "asked")))

    def talks(self) -> list[tuple[str, int]]:
        """What is agreed: when by the wall, and how long."""
        a = t.appointment.c
        rows = self.world.rows(select(a.starts_at, a.minutes).where(a.state == "planned").order_by(a.starts_at, a.id))
        zone = self.world.bot.config.zone("brug")
        return [(f"{row.starts_at.astimezone(zone):%a %H:%M}", row.minutes) for row in rows]


def make(world: World, per: str = "household", hours: Iterable[tuple[date, str, str]] = EVENINGS) -> Opened:
    """Every family of the first school is in it; juf Janneke and meester Bas have these hours."""
    now = world.clock()
    round_ = {
        "school": "brug", "kind": "rapport", "name": "Rapport", "state": "open", "per": per, "minutes": 10, "pause": 0,
        "opens_at": now, "closes_at": now + timedelta(days=12), "prepares": False, "key": "test", "made_at": now,
    }  # fmt: skip

    def lay(tx):  # type: ignore[no-untyped-def]
        number = tx.execute(t.talk_round.insert().returning(t.talk_round.c.id), round_).scalar_one()
        m, g, gs = t.membership.c, t.guardian.c, t.group_staff.c
        families = select(g.contact_id, g.child_id, gs.staff_id).select_from(t.guardian)
        families = families.join(t.membership, m.child_id == g.child_id).join(
            t.group_staff, gs.group_id == m.group_id
        )  # fmt: skip
        rows = tx.execute(families.where(g.school == "brug").order_by(g.id)).all()
        base = {"round_id": number, "school": "brug", "state": "asked", "asks_at": now, "changed_at": now}
        tx.execute(t.invitee.insert(), [{**base, **row._mapping} for row in rows])
        times = [
            {"round_id": number, "staff_id": who, "day": day, "from_at": begins, "until_at": ends, "place": "lokaal 4"}
            for who in {row.staff_id for row in rows}
            for day, begins, ends in hours
        ]
        tx.execute(t.talk_hours.insert(), times)
        return number

    return Opened(world, world.write(lay))


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The world on each of the databases."""
    with database.begin() as tx:
        furnish(tx, tmp_path)
    async with opened(database, tmp_path, furnished=True) as world:
        yield world
        await world.bot.stop()


# --- who is first
async def test_of_two_who_take_the_same_moment_one_is_first_and_the_other_reads_what_is_left(there: World) -> None:
    here = make(there, hours=((THURSDAY, "15:00", "15:40"),))
    there.write(lambda tx: tx.execute(update(t.invitee).where(t.invitee.c.contact_id == there.contact(JAN)).values(
        staff_id=select(t.staff.c.id).order_by(t.staff.c.id).limit(1).scalar_subquery())))  # fmt: skip
    for who in (KARIN, JAN):
        assert (await here.invite(who))[0].startswith("boeken.")
    rows = there.rows(select(t.appointment.c.id).where(t.appointment.c.state == "offered"))
    there.write(lambda tx: tx.execute(update(t.appointment).where(t.appointment.c.id.in_([row.id for row in rows]))
                                      .values(hold_until=there.clock() - timedelta(minutes=1))))  # fmt: skip
    await there.later(minutes=5)  # what was kept for them has lapsed
    for who in (KARIN, JAN):
        assert await there.say(who, "een ander moment") == ["gesprek.ander"]
    for who in (KARIN, JAN):
        await there.say(who, "1", settle=False)
    karin, jan = await there.settled(KARIN), there.last(JAN).keys
    assert karin == ["gesprek.klaar.school", "gesprek.agenda"]
    assert jan == ("gesprek.net_weg", "gesprek.ander")
    assert here.talks() == [("Thu 15:00", 10)], "no hour is given away twice"
    await there.say(JAN, "1")
    assert [at for at, _ in here.talks()] == ["Thu 15:00", "Thu 15:10", "Thu 15:20"], "one after the other"


async def test_who_answers_too_late_books_another_moment_with_the_next_number(there: World) -> None:
    here = make(there, hours=((THURSDAY, "15:00", "15:20"),))
    assert await here.invite(KARIN) == ["boeken.een"]
    assert await there.say(KARIN, "2") == ["gesprek.ander"]
    chosen = there.last(KARIN).message.text
    assert "do 26 nov 15:10" in chosen
    staff_id = there.rows(select(t.staff.c.id).order_by(t.staff.c.id))[0].id
    other = Talk(there.contact(JAN), "brug", datetime(2026, 11, 26, 14, 10, tzinfo=UTC), 10, None, staff_id)
    there.write(lambda tx: appointments.plan(tx, there.bot.config, other, there.clock(), tell=False))
    said = await there.say(KARIN, "1")
    assert said == ["gesprek.net_weg", "gesprek.geen_ander", "gesprek.regel", "gesprek.voorstel"]
    assert await there.say(KARIN, "1") == ["gesprek.klaar.school", "gesprek.agenda"]
    assert here.talks() == [("Thu 15:00", 10), ("Thu 15:10", 10)]


async def test_the_invitation_says_what_it_is_about_in_two_text_messages(world: World) -> None:
    here = make(world)
    for who, key in ((KARIN, "boeken.een"), (JAN, "boeken.meer")):
        assert await here.invite(who) == [key]
        text = world.last(who).message.text
        assert "een rapportgesprek" in text
        assert not {"Visser", "Bakker"} & set(text.replace("?", " ").split()), "as they are called at home"
        assert sms_parts(text) <= 2
    assert await world.say(JAN, "1") == ["gesprek.klaar.school", "gesprek.ook.school", "gesprek.agenda"]
    text = world.last(JAN).message.text
    assert (text.count("Afgesproken!"), text.count("/afspraak/")) == (1, 1)


@pytest.mark.parametrize(("wish", "first"), [("dinsdag", "gesprek.ander"), ("vrijdag", "gesprek.wel")])
async def test_who_moves_a_talk_is_shown_what_she_wishes_or_reads_that_it_is_not_there(
    world: World, wish: str, first: str
) -> None:
    here = make(world)
    await here.invite(KARIN)
    await world.say(KARIN, "1")
    await world.say(KARIN, "gesprek")
    assert await world.say(KARIN, "een ander moment") == ["gesprek.ander"]
    assert (await world.say(KARIN, wish))[0] == first
    rows = [line for line in world.last(KARIN).message.text.replace(". ", " ").splitlines() if line[:1].isdigit()][:-1]
    assert first == "gesprek.wel" or (rows and all(" di 1 dec " in each for each in rows[:3]))


# --- old taps
async def test_an_invitation_that_was_put_aside_comes_back_when_the_other_question_is_over(world: World) -> None:
    round_ = make(world)
    await world.say(FATIMA, "غياب")
    await round_.invite(FATIMA)
    assert await world.later(FATIMA, minutes=40) == [
        "algemeen.iemand_belt", "algemeen.verder", "boeken.hoe",
    ], "nobody is told that it will come back in the message in which it does"  # fmt: skip


async def test_a_tap_under_an_older_proposal_books_nothing(world: World) -> None:
    here = make(world)
    assert await here.invite(JAN) == ["boeken.meer"]
    assert (await world.say(JAN, "donderdag"))[-1] == "gesprek.voorstel"
    older = world.last(JAN).message.id
    assert (await world.say(JAN, "dinsdag"))[-1] == "gesprek.voorstel"
    assert (await world.say(JAN, choice="ja", ours=older))[0] == "gesprek.oud"
    assert here.talks() == []
    assert (await world.tap(JAN, "ja"))[0] == "gesprek.klaar.school"
    assert [at for at, _ in here.talks()] == ["Tue 19:00", "Tue 19:10"]
    assert (await world.say(JAN, choice="ja", ours=older))[0] == "gesprek.klaar.school", "he reads it once more"
    assert len(here.talks()) == 2


async def test_a_row_of_an_older_list_means_no_other_moment(world: World) -> None:
    here = make(world)
    await here.invite(JAN)
    await world.tap(JAN, "ander")
    older, shown = world.last(JAN).message.id, world.last(JAN).options[0]
    assert await world.say(JAN, "dinsdag") == ["gesprek.regel", "gesprek.regel", "gesprek.voorstel"]
    assert (await world.say(JAN, choice=shown, ours=older))[-1] == "gesprek.voorstel"
    assert here.talks() == []


async def test_a_talk_by_video_that_is_moved_is_seen_where_the_other_hours_have_it(world: World) -> None:
    here, h = make(world), t.talk_hours

    def by_video(tx):  # type: ignore[no-untyped-def]
        for day in (THURSDAY, TUESDAY):
            link = tx.seal("talk_hours.link", f"https://video.example.org/{day:%d}")
            tx.execute(h.update().where(h.c.day == day.isoformat()).values(mode="video", link=link))

    world.write(by_video)
    await here.invite(KARIN)
    assert "gesprek.scherm" in await world.say(KARIN, "1")
    assert "example.org/26" in world.read(KARIN)[-1].message.text + world.read(KARIN)[-2].message.text
    await world.say(KARIN, "gesprek")
    await world.say(KARIN, "1")
    await world.say(KARIN, "dinsdag")
    assert "gesprek.scherm" in await world.say(KARIN, "1")
    assert "example.org/01" in " ".join(heard.message.text for heard in world.read(KARIN)[-2:])


# --- two households
async def test_what_one_parent_reads_does_not_tell_what_the_other_chose(world: World) -> None:
    here = make(world)
    read = []
    for how in ("", "samen", "apart", "ander"):
        here.choose(FATIMA, "")
        here.choose(OMAR, how)
        world.write(lambda tx: tx.execute(update(t.appointment).values(state="let_go", once=None)))
        world.write(lambda tx: tx.execute(t.busy.delete()))
        before = len(world.read(FATIMA))
        assert await here.invite(FATIMA) == ["boeken.hoe"]
        await world.say(FATIMA, "2")
        await world.tap(FATIMA, "ander")
        read.append([heard.message.text for heard in world.read(FATIMA)[before:]])
    assert all(each == read[0] for each in read)
    assert len(read[0]) == 3


async def test_both_together_and_the_other_is_told_day_and_hour_while_he_is_asked_himself(world: World) -> None:
    here = make(world, per="child")
    for who in (FATIMA, OMAR):
        assert await here.invite(who) == ["boeken.hoe_kind"]
        assert (await world.say(who, "1"))[-1] == "gesprek.voorstel"
    said = await world.say(FATIMA, "1")
    assert said[0] == "gesprek.klaar.school"
    assert world.last(OMAR).keys[-1] == "samen.vraag"
    assert "15:" in world.last(OMAR).message.text
    assert await world.say(OMAR, "2") == ["samen.nee"]
    assert len(here.talks()) == 1
    assert not world.rows(select(t.run.c.id).where(t.run.c.state != "ended", t.run.c.flow == "gesprek"))


async def test_a_contact_bar_ends_it_and_the_other_side_notices_nothing(world: World) -> None:
    here = make(world)
    assert await here.invite(OMAR) == ["boeken.hoe"]
    child = world.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == world.contact(OMAR)))[0].child_id
    world.write(lambda tx: barred.bar(tx, world.contact(OMAR), child, world.clock()))
    assert await here.invite(OMAR) == []
    assert await here.invite(FATIMA) == ["boeken.een"], "nobody asks her with whom she comes"
    assert "Omar" not in " ".join(heard.message.text for heard in world.read(FATIMA))


# --- an interpreter
async def test_with_an_interpreter_it_lasts_half_as_long_again_when_who_speaks_her_language_is_there(
    world: World,
) -> None:
    here = make(world)
    hours = [(datetime.min.time().replace(hour=19), datetime.min.time().replace(hour=20))]

    def hire(tx):  # type: ignore[no-untyped-def]
        who = interpreters.add(tx, "brug", "Tolk", ["ar"], world.clock())
        interpreters.hours(tx, who, TUESDAY, hours)

    world.write(hire)
    here.choose(FATIMA, "apart")
    assert await here.invite(FATIMA) == ["boeken.tolk"]
    assert (await world.say(FATIMA, "1"))[-1] == "gesprek.voorstel"
    assert await world.say(FATIMA, "1") == ["gesprek.klaar.school", "gesprek.tolk", "gesprek.agenda"]
    assert here.talks() == [("Tue 19:00", 15)]


# --- the school
async def test_a_teacher_who_is_ill_leaves_her_with_another_proposal_in_one_message(world: World) -> None:
    here = make(world)
    assert await here.invite(KARIN, niet_op=Value("date", "2026-11-24")) == ["boeken.weer"]
    assert "dinsdag 24 november gaat niet door" in world.last(KARIN).message.text
    assert "Lotte do 26 nov 15:00" in world.last(KARIN).message.text.replace("do. ", "do ")
    assert (await world.say(KARIN, "1"))[0] == "gesprek.klaar.school"
    assert await here.invite(KARIN) == [], "she has one"


@pytest.mark.parametrize("has_one", [False, True])
async def test_a_moment_that_she_was_shown_is_gone_when_the_hours_were_withdrawn(world: World, has_one: bool) -> None:
    here, h = make(world), t.talk_hours
    await here.invite(KARIN)
    if has_one:
        await world.say(KARIN, "1")
        await world.say(KARIN, "gesprek")
    assert await world.say(KARIN, "1" if has_one else "2") == ["gesprek.ander"]
    assert "do 26 nov 15:10" in world.last(KARIN).message.text
    world.write(lambda tx: tx.execute(h.delete().where(h.c.day == THURSDAY.isoformat())))
    assert await world.say(KARIN, "1") == ["gesprek.net_weg", "gesprek.ander"]


async def test_who_asked_to_be_called_stands_in_each_teachers_thread(world: World) -> None:
    here = make(world)
    assert await here.invite(JAN) == ["boeken.meer"]
    assert await world.tap(JAN, "bel") == ["gemist.bel"]
    assert world.words() == ["Wil gebeld worden over een gesprek"] * 2
    assert here.states(JAN) == {"call"}
    assert not world.rows(select(t.busy.c.id)), "nothing is kept any more"


def test_a_moment_fits_the_row_of_a_list_in_every_language() -> None:
    for code in LANGUAGES:
        for day in range(365):
            said = say_moment(code, datetime(2026, 9, 1, 15, 10) + timedelta(days=day))  # noqa: DTZ001 - by the wall
            assert utf16_units(said) <= ROW, (code, said)
            assert said.endswith(" 15:10"), (code, said)
    at = datetime(2026, 11, 26, 15, 10)  # noqa: DTZ001 - by the wall
    assert {code: say_moment(code, at) for code in ("nl", "tr", "ar", "pl", "uk")} == {
        "nl": "do 26 nov 15:10", "tr": "26 Kas Per 15:10", "ar": "الخميس، 26 نوفمبر 15:10",
        "pl": "czw., 26 lis 15:10", "uk": "чт, 26 лист. 15:10",
    }  # fmt: skip
