"""Today: what needs whom, the most pressing first and at most five; what she did; and who looks along."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.app import Bot
from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.console import today
from bot.console.visit import Page, Visit
from bot.console.who import colleague
from bot.desk import threads
from bot.model import Address
from bot.outbox import limits
from bot.people import audit, staff
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.office import Desk, Seen, deeds, employ
from tests.harness.shelf import books
from tests.world import COLLEAGUE, FATIMA, JAN, KARIN, OMAR, YEAR, World, settings

TRIP = "متى الرحلة؟"


@pytest.fixture(autouse=True)
def employed(request: pytest.FixtureRequest) -> None:
    if "world" in request.fixturenames:
        employ(request.getfixturevalue("world"))


def lines(page: Seen) -> list[str]:
    """What needs her, in order, each as one reads it."""
    found = re.findall(r'<li id="([^"]+)" class="line.*?<div class="what">(.*?)</div>', page.text, re.DOTALL)
    return [f"{name} | {' '.join(re.sub('<[^>]+>', ' ', text).split())}" for name, text in found]


def kinds(page: Seen) -> list[str]:
    return [each.split(" | ")[0].split("-")[0] for each in lines(page)]


def run(world: World, statement: Any) -> None:
    world.write(lambda tx: tx.execute(statement))


def number(world: World, key: str) -> int:
    """The id of a colleague."""
    return world.write(lambda tx: staff.by_key(tx, "brug", key).id)


async def ask(world: World, who: Address, text: str) -> None:
    """A parent asks for a person and writes what it is about."""
    await world.say(who, "mens")
    await world.say(who, text)


async def test_who_has_nothing_to_do_reads_so_kindly(world: World) -> None:
    desk = Desk(world, "fenna")
    page = await desk.post("/vandaag/later/telefoon")
    assert kinds(page) == []
    assert "Er wacht nu niets op u." in page
    assert "dan staat het hier vanzelf" in page


async def test_one_parent_who_waits_stands_there_with_her_words(world: World) -> None:
    await ask(world, FATIMA, TRIP)
    await world.later(minutes=12)
    page = await Desk(world, "janneke").get("/vandaag")
    first = lines(page)[0]
    assert first.startswith("wachten | Fatima Haddad, ouder van Amira, wacht op antwoord")
    assert "12 minuten" in first
    assert re.search(rf'lang="ar" dir="auto">{TRIP}', page.text)
    talk = world.rows(t.thread.select())[0].id
    assert f'href="/console/gesprekken/{talk}"' in page.text


async def test_several_are_a_number_and_the_one_who_waits_longest(world: World) -> None:
    await ask(world, FATIMA, TRIP)
    await world.later(hours=2)
    await ask(world, KARIN, "Mag Lotte eerder weg?")
    assert lines(await Desk(world, "janneke").get("/vandaag"))[0] == (
        "wachten | 2 ouders wachten op antwoord De langste wacht: 2 uur"
    )
    assert "wachten" not in kinds(await Desk(world, "bas").get("/vandaag")), "not of his group"
    office = await Desk(world, "wil").get("/vandaag")
    assert "2 ouders wachten op antwoord van een collega" in office
    assert "wacht" not in "".join(lines(await Desk(world, "kees", "vaart").get("/vandaag")))


async def test_danger_that_nobody_has_taken_comes_first(world: World) -> None:
    await ask(world, KARIN, "Mag Lotte eerder weg?")
    await world.say(FATIMA, "انتحار")
    for key in ("janneke", "wil"):
        assert kinds(await Desk(world, key).get("/vandaag"))[0] == "gevaar", key
    page = await Desk(world, "janneke").get("/vandaag")
    assert lines(page)[0].endswith("Nood: Fatima Haddad, ouder van Amira Nog niemand heeft dit overgenomen.")
    await world.say(COLLEAGUE, "1")
    assert "gevaar" not in kinds(await Desk(world, "janneke").get("/vandaag"))


async def test_overdue_goes_to_the_office_and_a_given_talk_to_whom_it_was_given(world: World) -> None:
    await ask(world, KARIN, "Mag Lotte eerder weg?")
    run(world, t.thread.update().values(overdue_at=world.clock()))
    assert lines(await Desk(world, "wil").get("/vandaag"))[0].startswith("laat | Karin Visser")
    run(world, t.thread.update().values(staff_id=number(world, "ida")))
    assert lines(await Desk(world, "ida").get("/vandaag"))[0].startswith("gegeven | Karin Visser")
    assert "wachten" not in kinds(await Desk(world, "janneke").get("/vandaag")), "a colleague has it"


async def test_a_talk_that_was_answered_and_then_given_asks_for_her_until_she_says_something(world: World) -> None:
    await ask(world, KARIN, "Mag Lotte eerder weg?")
    [row] = world.rows(t.thread.select())
    await Desk(world, "janneke").post(f"/gesprekken/{row.id}/antwoord", antwoord="Dat mag.")
    assert "gekregen" not in kinds(await Desk(world, "fenna").get("/vandaag"))
    await Desk(world, "janneke").post(f"/gesprekken/{row.id}/door", aan=str(number(world, "fenna")))
    assert lines(await Desk(world, "fenna").get("/vandaag"))[0].startswith("gekregen | Karin Visser, ouder van Lotte")
    await Desk(world, "fenna").post(f"/gesprekken/{row.id}/antwoord", antwoord="Ik bel u morgen.")
    assert "gekregen" not in kinds(await Desk(world, "fenna").get("/vandaag"))


async def test_a_coach_looks_along_where_it_is_tense(world: World) -> None:
    await ask(world, KARIN, "Ik ben boos.")
    assert "spanning" not in kinds(await Desk(world, "fenna").get("/vandaag"))
    run(world, t.thread.update().values(tense=True))
    assert "1 gesprek vraagt aandacht op De Brug" in lines(await Desk(world, "fenna").get("/vandaag"))[0]
    assert "spanning" not in kinds(await Desk(world, "ida").get("/vandaag"))


async def test_an_answer_that_did_not_arrive(world: World) -> None:
    await ask(world, KARIN, "Mag Lotte eerder weg?")
    talk = world.rows(t.thread.select())[0].id
    world.write(lambda tx: threads.answer(tx, talk, "juf Janneke", "Ja hoor.", world.clock()))
    await world.settled(KARIN)
    assert "mislukt" not in kinds(await Desk(world, "janneke").get("/vandaag"))
    newest = t.outbox.c.thread_id == talk
    run(world, t.outbox.update().where(newest).values(status="failed", reason="rejected"))
    assert "Uw antwoord kwam niet aan: Karin Visser" in lines(await Desk(world, "janneke").get("/vandaag"))[0]


async def test_a_promise_is_done_here_and_can_be_put_back(world: World) -> None:
    today = world.clock().date()

    def promise(tx: Any) -> list[int]:
        row = staff.by_key(tx, "brug", "janneke")
        days = (("Karin bellen", -1), ("boek <b>meegeven", 0), ("later", 1))
        return [promises.add(tx, row, w, today + timedelta(days=d), world.clock()) for w, d in days]

    late, _, _ = world.write(promise)
    desk = Desk(world, "janneke")
    found = [each for each in lines(await desk.get("/vandaag")) if each.startswith("beloofd")]
    assert [each.split(" | ")[1] for each in found] == [
        "Beloofd: Karin bellen Was voor zondag 22 november", "Beloofd: boek &lt;b&gt;meegeven Voor vandaag",
    ]  # fmt: skip
    page = await desk.post(f"/vandaag/beloofd/{late}/gedaan")
    assert page.status == 200
    assert "Karin bellen" not in page
    assert "deed wat beloofd was" in page
    assert f"/vandaag/beloofd/{late}/terug" in page.text
    assert "Karin bellen" in await desk.post(f"/vandaag/beloofd/{late}/terug")
    assert deeds(world) == ["belofte_gedaan", "belofte_open"]
    assert (await Desk(world, "bas").post(f"/vandaag/beloofd/{late}/gedaan")).status == 404


async def test_who_reported_by_text_message_is_called_back_by_the_office(world: World) -> None:
    rows = world.rows(t.membership.select().join(t.group).where(t.group.c.name == "groep 4"))
    day = world.clock().date().isoformat()
    for row, kind, channel in zip(rows, ("ziek", "laat"), ("sms", "whatsapp"), strict=False):
        made = {"school": "brug", "child_id": row.child_id, "day": day, "kind": kind, "channel": channel}
        run(world, t.absence.insert().values(**made, at=world.clock()))
    office = [each for each in lines(await Desk(world, "wil").get("/vandaag")) if each.startswith("terugbellen")]
    assert office[0].startswith("terugbellen | 1 kind is per sms afgemeld: bel terug")
    mine = lines(await Desk(world, "janneke").get("/vandaag"))
    assert any(each.startswith("afwezig | Vandaag afwezig: ") for each in mine)
    assert any(each.startswith("later | Komt later: ") for each in mine)
    assert not {"afwezig", "later", "terugbellen"} & {*kinds(await Desk(world, "bas").get("/vandaag"))}


async def test_todays_and_tomorrows_talks(world: World) -> None:
    def plan(tx: Any) -> None:
        row = world.rows(t.guardian.select())
        hers = staff.by_key(tx, "brug", "janneke").id
        for hours in (1, 23, 24):
            talk = Talk(row[0].contact_id, "brug", world.clock() + timedelta(hours=hours), 10, row[0].child_id, hers)
            appointments.plan(tx, world.bot.config, talk, world.clock(), tell=False)

    world.write(plan)
    page = await Desk(world, "janneke").get("/vandaag")
    assert any("Om 17.00: gesprek met " in each for each in lines(page)), lines(page)
    assert "Morgen: 2 gesprekken vanaf 15.00" in page


async def test_families_who_do_not_read_us_and_a_channel_at_rest(world: World) -> None:
    for key in ("bas", "janneke", "wil"):
        desk = Desk(world, key)
        said = [each for each in lines(await desk.get("/vandaag")) if each.startswith("bereik | ")]
        counted = re.findall(r"\d+ ouders? (?:is|zijn) nog niet bereikt", (await desk.get("/gezinnen")).text)
        assert [each for line in said for each in re.findall(r"\d+ ouders? .* bereikt", line)] == counted, key
    until = world.clock() + timedelta(minutes=30)
    rest = {"name": limits.resting("whatsapp"), "next_at": until}
    run(world, t.limiter.insert().values(rest))
    found = lines(await Desk(world, "wil").get("/vandaag"))
    assert any("WhatsApp rust tot 16.30" in each for each in found), found
    assert "kanaal" not in kinds(await Desk(world, "janneke").get("/vandaag"))


async def test_the_office_reads_of_colleagues_who_cannot_sign_in(world: World) -> None:
    assert any(
        each.startswith("collegas | 6 collega&#39;s") for each in lines(await Desk(world, "wil").get("/vandaag"))
    )
    bas = {"staff_id": number(world, "bas"), "password": b"x", "changed_at": world.clock()}
    run(world, t.login.insert().values(bas))
    assert any(each.startswith("collegas | 5 ") for each in lines(await Desk(world, "wil").get("/vandaag")))
    assert "collegas" not in kinds(await Desk(world, "janneke").get("/vandaag"))


async def test_gentle_things_can_be_put_aside_for_two_weeks(world: World) -> None:
    desk = Desk(world, "janneke", proven=False)
    assert kinds(await desk.get("/vandaag")) == ["tweede", "telefoon"]
    page = await desk.post("/vandaag/later/telefoon")
    assert kinds(page) == ["tweede"]
    assert "Over twee weken vragen we het nog eens" in page
    assert kinds(await desk.post("/vandaag/later/telefoon/terug")) == ["tweede", "telefoon"]


async def test_five_at_most_and_the_rest_behind_a_link(world: World) -> None:
    row = world.write(lambda tx: staff.by_key(tx, "brug", "janneke"))
    now = world.clock()
    world.write(lambda tx: [promises.add(tx, row, f"zaak {number}", now.date(), now) for number in range(7)])
    desk = Desk(world, "janneke")
    page = await desk.get("/vandaag")
    assert len(lines(page)) == 5
    assert "en nog 3" in page
    assert len(lines(await desk.get("/vandaag?alles=1"))) == 8


async def test_a_duo_teacher_reads_whose_day_it_is(world: World) -> None:
    world.write(lambda tx: staff.add(tx, "brug", "petra", "juf Petra", "leerkracht", ["groep 4"], YEAR))
    days = {"janneke": "di wo", "petra": "ma do vr"}
    for key, weekdays in days.items():
        run(
            world,
            t.group_staff.update().where(t.group_staff.c.staff_id == number(world, key)).values(weekdays=weekdays),
        )
    await ask(world, KARIN, "Mag Lotte eerder weg?")
    page = await Desk(world, "janneke").get("/vandaag")
    assert "Vandaag is het de dag van juf Petra" in page
    assert kinds(page)[0] == "wachten", "she still sees everything"
    assert "de dag van" not in await Desk(world, "petra").get("/vandaag")


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "Goedemiddag, Wil"), (3, "Goedenavond, Wil"), (14, "Goedemorgen, Wil")]
)
async def test_she_is_greeted_by_the_hour(world: World, hours: int, words: str) -> None:
    await world.later(hours=hours)
    assert words in await Desk(world, "wil").get("/vandaag")


async def test_a_page_takes_a_handful_of_statements(world: World) -> None:
    for who in (FATIMA, KARIN, OMAR, JAN):
        await ask(world, who, "Hoe gaat het?")
    said: list[str] = []
    engine = world.bot.database._reader

    def note(*seen: object) -> None:
        said.append(str(seen[2]))

    for key, most in (("janneke", 23), ("wil", 29), ("fenna", 18), ("ida", 16)):
        desk = Desk(world, key)
        event.listen(engine, "before_cursor_execute", note)
        said.clear()
        await desk.get("/vandaag")
        event.remove(engine, "before_cursor_execute", note)
        asked = [each for each in said if each.lstrip().upper().startswith("SELECT")]
        assert len(asked) <= most, asked


async def test_what_she_did_today_stands_below_with_its_time(world: World) -> None:
    def work(tx: Any) -> None:
        for key, what, minutes in (
            ("janneke", "belofte_gedaan", 0), ("janneke", "belofte_gedaan", 5), ("janneke", "belofte_open", 9),
            ("bas", "belofte_open", 9), ("janneke", "belofte_gedaan", -24 * 60), ("janneke", "zonder_woorden", 9),
        ):  # fmt: skip
            at = world.clock() + timedelta(minutes=minutes)
            audit.note(tx, "brug", staff.by_key(tx, "brug", key).id, what, at)

    world.write(work)
    done = re.search(r'id="gedaan".*?</section>', (await Desk(world, "janneke").get("/vandaag")).text, re.DOTALL)
    assert done
    found = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in re.findall("<li.*?</li>", done[0], re.DOTALL)]
    assert [each[-5:] for each in found] == ["16.09", "16.05"]
    assert "2 keer" in found[1]
    assert "Gedaan vandaag" not in await Desk(world, "wil").get("/vandaag")


async def test_somebody_of_the_network_has_numbers_and_no_day(world: World) -> None:
    assert (await Desk(world, "net").bare("GET", "/vandaag")).headers["location"] == "/console/netwerk"


def test_each_line_is_asked_for_in_both_databases(database: Database, now: datetime, tmp_path: Path) -> None:
    config = settings(tmp_path)
    bot = Bot(config, database, clock=lambda: now, channels={}, books=books(config))
    for role in ("leerkracht", "administratie", "kansencoach", "ib"):
        with database.begin() as tx:
            person = staff.add(tx, "brug", role, "juf Anna", role, ["groep 4"], YEAR)
            row = staff.by_id(tx, person)
            assert row
            promises.add(tx, row, "bellen", now.date(), now)
            who = colleague(tx, config, row, now, proven=False)
            visit = Visit(bot, who, now, "/console/vandaag")
            found = [need.kind for finder in today.FINDERS for need in finder(visit, tx)]
            assert {"beloofd", "tweede", "telefoon"} <= {*found}, role
            assert isinstance(today.show(visit, tx), Page)
