"""A teacher's own talks: her day, one talk with its sheet, what she does with it, requests, and her own calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import insert, select, update

from bot.booking import agreed, interpreters, requests, sheet
from bot.booking.questions import MIDDLE, questions
from bot.people import barred, staff
from bot.store import tables as t
from tests.harness.office import ORIGIN, Desk, deeds, employ
from tests.world import FATIMA, JAN, KARIN, World

ZONE = ZoneInfo("Europe/Amsterdam")
THURSDAY = datetime(2026, 11, 26, 15, 0, tzinfo=ZONE).astimezone(UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


@pytest.fixture
def janneke(world: World) -> Desk:
    return Desk(world, "janneke")


def colleague(world: World, key: str = "janneke") -> int:
    return world.write(lambda tx: staff.by_key(tx, "brug", key).id)


def child_of(world: World, who: Any) -> int:
    g = t.guardian.c
    return int(world.rows(select(g.child_id).where(g.contact_id == world.contact(who)).order_by(g.id))[0].child_id)


def lay(world: World, who: Any = KARIN, at: datetime = THURSDAY, key: str = "janneke", **more: Any) -> int:
    row = {
        "contact_id": world.contact(who), "school": "brug", "child_id": child_of(world, who), "minutes": 15,
        "staff_id": colleague(world, key), "starts_at": at, "made_at": world.clock(),
        "changed_at": world.clock(), **more,
    }  # fmt: skip
    return world.write(
        lambda tx: int(tx.execute(insert(t.appointment).returning(t.appointment.c.id), row).scalar_one())
    )


def state(world: World, number: int) -> str:
    return str(world.rows(select(t.appointment.c.state).where(t.appointment.c.id == number))[0].state)


# --- her day
async def test_her_day_stands_in_blocks(world: World, janneke: Desk) -> None:
    assert "Vandaag heeft u geen gesprekken." in await janneke.get("/mijn")
    lay(world, place="lokaal 3")
    her = world.write(lambda tx: interpreters.add(tx, "brug", "Nadia K", ["ar"], world.clock(), phone="+31612000196"))
    lay(world, FATIMA, THURSDAY + 3 * QUARTER, mode="phone", interpreter_id=her, minutes=30)
    lay(world, JAN, THURSDAY + timedelta(days=1), state="held")
    lay(world, JAN, THURSDAY + 2 * QUARTER, key="bas")
    lay(world, JAN, THURSDAY + QUARTER, state="offered")
    page = await janneke.get("/mijn")
    assert "donderdag 26 november" in page, "the next day on which she has talks"
    for said in ("15.00", "Lotte", "Karin Visser", "lokaal 3", "30 minuten vrij", "15.45", "16.15", "Amira",
                 "per telefoon", "tolk: Nadia K, 06 12 00 01 96", "high-30"):  # fmt: skip
        assert said in page, said
    assert "Jan Bakker" not in page, "another's talk, and one that is only kept for somebody"
    friday = await janneke.get("/mijn?dag=2026-11-27")
    assert '<li class="at held high-15">' in friday
    assert "Jan Bakker" in friday
    for odd in ("", "gisteren", "2026-02-30", "9999-99-99", "0001-01-01", "9999-12-31"):
        assert (await janneke.get(f"/mijn?dag={odd}")).status == 200
    assert "Karin" not in await Desk(world, "bas").get("/mijn?dag=2026-11-26")


async def test_today_says_what_her_talks_ask_of_her(world: World, janneke: Desk) -> None:
    now = world.clock()
    soon = lay(world, at=now + QUARTER, place="lokaal 3")
    open_one = lay(world, FATIMA, now - timedelta(days=1))
    wish = world.write(lambda tx: requests.ask(tx, "brug", world.contact(JAN), child_of(world, JAN), "parent", now))
    page = await janneke.get("/vandaag")
    assert "Om 16.15: gesprek met Karin Visser, ouder van Lotte" in page
    assert "lokaal 3" in page
    assert f"/mijn/{soon}" in page
    assert "Is het gesprek geweest met Fatima Haddad, ouder van Amira?" in page
    assert "Jan Bakker, ouder van Tim, wil een gesprek" in page
    assert f"/mijn/vraag/{wish}" in page
    assert (await janneke.fill(f"/mijn/{open_one}/geweest")).status == 200
    assert state(world, open_one) == "held"
    assert "Is het gesprek geweest" not in await janneke.get("/vandaag")


async def test_talks_of_today_are_asked_about_when_the_last_is_over(world: World, janneke: Desk) -> None:
    now = world.clock()
    lay(world, at=now - 2 * QUARTER)
    lay(world, FATIMA, at=now)
    assert "Is het gesprek geweest" not in await janneke.get("/vandaag")
    world.clock.move(now + QUARTER)
    assert "2 gesprekken" not in await janneke.get("/vandaag"), "two are asked about by name"
    assert (await janneke.get("/vandaag")).text.count('<li id="geweest-') == 2
    for number in range(1, 3):
        lay(world, JAN, at=now - number * timedelta(days=1))
    assert "4 gesprekken zijn nog niet afgesloten" in await janneke.get("/vandaag")


# --- one talk
def say(world: World, number: int, who: Any, at: int, text: str, language: str) -> None:
    asked = questions(MIDDLE)[at]
    contact, now = world.contact(who), world.clock()
    world.write(lambda tx: sheet.keep(tx, number, contact, asked.id, asked.who, text, language, now))


async def test_the_sheet_shows_her_words_first_and_room_to_write_on_paper(world: World, janneke: Desk) -> None:
    number = lay(world, FATIMA)
    assert "Nog niets." in await janneke.get(f"/mijn/{number}")
    say(world, number, FATIMA, 0, "هي تحب القراءة", "ar")
    say(world, number, FATIMA, 1, "{{7*7}} <b>rust</b>", "nl")
    page = await janneke.get(f"/mijn/{number}")
    assert '<p class="own" lang="ar" dir="auto">هي تحب القراءة</p>' in page
    assert "{{7*7}} &lt;b&gt;rust&lt;/b&gt;" in page
    assert page.text.index("Wat het kind nodig heeft") < page.text.index("Wat goed gaat")
    paper = await janneke.get(f"/mijn/{number}/blad")
    assert "هي تحب القراءة" in paper
    assert paper.text.count("<li>") == 5, "parts about which she was asked"
    assert paper.text.count('<li class="room">') == 2, "and two to write in"
    assert "Fatima Haddad" in await janneke.get("/mijn/bladen?dag=2026-11-26")
    assert "Fatima Haddad" not in await janneke.get("/mijn/bladen?dag=2026-11-27")
    world.write(lambda tx: tx.execute(update(t.appointment).values(state="cancelled")))
    assert (await janneke.get(f"/mijn/{number}/blad")).status == 404
    assert "afgezegd" in await janneke.get(f"/mijn/{number}")
    world.write(lambda tx: tx.execute(update(t.appointment).values(state="offered")))
    assert (await janneke.get(f"/mijn/{number}")).status == 404


async def test_what_is_agreed_is_written_once_and_the_talk_is_closed_by_it(world: World, janneke: Desk) -> None:
    number = lay(world, at=world.clock() - QUARTER)
    page = await janneke.get(f"/mijn/{number}")
    form = f"/mijn/{number}/afspraken"
    for wrong, why in (
        ({"school": "Lezen", "thuis": " "}, "Vul beide regels in"),
        ({"school": "x" * 241, "thuis": "Lezen"}, "hooguit 240 tekens"),
        ({"school": "Lezen", "thuis": "Lezen", "terug": "2026-11-23"}, "Noem een moment dat nog komt"),
        ({"school": "Lezen", "thuis": "Lezen", "terug": "2028-11-23"}, "Kijk binnen een jaar terug"),
        ({"school": "Lezen", "thuis": "Lezen", "terug": "morgen"}, "Vul een dag in"),
    ):
        await janneke.get(f"/mijn/{number}")
        page = await janneke.fill(form, **wrong)
        assert (page.status, why in page) == (422, True), wrong
        assert "Lezen" in page, "what she typed stays"
    assert state(world, number) == "planned"
    done = await janneke.fill(form, school="Elke dag lezen", thuis="Voorlezen", terug="2026-12-10")
    assert done.status == 200
    assert state(world, number) == "held"
    with world.bot.database.read() as tx:
        its = agreed.of(tx, number)
    assert its is not None
    assert (its.school_does, its.home_does, its.look_on) == ("Elke dag lezen", "Voorlezen", date(2026, 12, 10))
    assert "Karin Visser heeft nog niet geantwoord" in done
    assert "donderdag 10 december" in done
    assert deeds(world) == ["afspraken_na"]


async def test_she_moves_a_talk_or_calls_it_off(world: World, janneke: Desk) -> None:
    number, other = lay(world), lay(world, FATIMA, THURSDAY + timedelta(hours=2))
    form = f"/mijn/{number}/verzetten"
    for wrong, why in (
        ({"dag": "", "van": "15:00"}, "Vul een dag en een tijd in"),
        ({"dag": "0001-01-01", "van": "00:00"}, "Vul een dag en een tijd in"),
        ({"dag": "2026-11-20", "van": "15:00"}, "Noem een moment dat nog komt"),
        ({"dag": "2026-11-26", "van": "23:00"}, "tussen 7.00 en 22.00"),
    ):
        await janneke.get(f"/mijn/{number}")
        page = await janneke.fill(form, **wrong)
        assert (page.status, why in page) == (422, True), wrong
    await janneke.get(f"/mijn/{number}")
    moved = await janneke.fill(form, dag="2026-11-27", van="9:30")
    assert "vrijdag 27 november" in moved
    assert "09.30" in moved or "9.30" in moved
    assert await world.settled(KARIN) == ["afspraak.verzet"]
    assert "Niet gekomen" not in moved, "it has not begun"
    await janneke.get(f"/mijn/{number}")
    assert (await janneke.fill(f"/mijn/{number}/gemist")).status == 422
    assert state(world, number) == "planned"
    await janneke.get(f"/mijn/{other}")
    assert "afgezegd" in await janneke.fill(f"/mijn/{other}/af")
    assert state(world, other) == "cancelled"
    assert (await janneke.post(f"/mijn/{other}/af")).status == 422, "somebody was first"


async def test_nobody_came(world: World, janneke: Desk) -> None:
    number = lay(world, at=world.clock() - QUARTER)
    page = await janneke.get(f"/mijn/{number}")
    assert "Geen verwijt." in page
    assert "niet gekomen" in await janneke.fill(f"/mijn/{number}/gemist")
    assert state(world, number) == "missed"
    assert deeds(world) == ["gesprek_gemist"]


async def test_what_was_a_slip_is_taken_back_while_nobody_was_told(world: World, janneke: Desk) -> None:
    number = lay(world, at=world.clock() - QUARTER)
    for how in ("geweest", "gemist"):
        await janneke.get(f"/mijn/{number}")
        assert f'action="/console/mijn/{number}/toch-niet"' in await janneke.fill(f"/mijn/{number}/{how}")
        assert "Het is weer zoals het was" in await janneke.fill(f"/mijn/{number}/toch-niet")
        assert state(world, number) == "planned"
    assert await world.later(KARIN, minutes=10) == []
    await janneke.get(f"/mijn/{number}")
    await janneke.fill(f"/mijn/{number}/gemist")
    assert await world.later(KARIN, minutes=6) == ["gemist.nieuw"]
    assert (await janneke.post(f"/mijn/{number}/toch-niet")).status == 422, "she has read it"
    assert state(world, number) == "missed"
    world.write(lambda tx: tx.execute(update(t.address).values(blocked_at=world.clock())))
    other = lay(world, FATIMA, at=world.clock() - QUARTER)
    assert "Bel zelf" in await janneke.get(f"/mijn/{other}")
    assert "kan deze ouder geen bericht sturen" in await janneke.fill(f"/mijn/{other}/gemist")


async def test_the_other_parent_reads_what_is_agreed_where_her_box_is_ticked(world: World, janneke: Desk) -> None:
    number = lay(world, at=world.clock() - QUARTER)
    omar = world.contact(FATIMA)
    row = {"appointment_id": number, "contact_id": omar, "role": "comes", "state": "yes", "changed_at": world.clock()}
    world.write(lambda tx: tx.execute(insert(t.guest), row))
    box = f'name="leest" value="{omar}"'
    assert f"{box} checked" in await janneke.get(f"/mijn/{number}")
    world.write(lambda tx: tx.execute(update(t.guest).values(role="summary")))
    words = {"school": "Elke dag lezen", "thuis": "Voorlezen"}
    assert f"{box} checked" not in await janneke.fill(f"/mijn/{number}/afspraken", school="", thuis=words["thuis"])
    await janneke.fill(f"/mijn/{number}/afspraken", **words)
    assert "leest mee" not in await janneke.get(f"/mijn/{number}")
    assert "leest mee" in await janneke.fill(f"/mijn/{number}/afspraken", **words, leest=str(omar))
    assert deeds(world) == ["afspraken_na", "afspraken_gedeeld", "afspraken_na"]


# --- talks that somebody asked for, and those planned by hand
def ask(world: World) -> int:
    return world.write(
        lambda tx: requests.ask(tx, "brug", world.contact(KARIN), child_of(world, KARIN), "child", world.clock())
    )


async def test_she_names_hours_for_who_wants_a_talk(world: World, janneke: Desk) -> None:
    number = ask(world)
    assert "wil een gesprek" in (await janneke.get("/mijn")).text.lower()
    path = f"/mijn/vraag/{number}"
    assert "Het kind vroeg erom" in await janneke.get(path)
    good = {
        "minuten": "15",
        "vorm": "school",
        "plaats": "lokaal 3",
        "dag1": "2026-11-26",
        "van1": "15:00",
        "tot1": "16:00",
    }
    for wrong, why in (
        ({"van1": "", "tot1": ""}, "Noem minstens een dag"), ({"tot1": ""}, "een dag en twee tijden"),
        ({"dag1": ""}, "een dag en twee tijden"), ({"tot1": "14:00"}, "later dan de eerste"),
        ({"van1": "15:02"}, "hele vijf minuten"), ({"tot1": "15:10"}, "past geen gesprek"),
        ({"van1": "05:00"}, "tussen 7.00 en 22.00"), ({"dag1": "2026-11-20"}, "dat nog komt"),
        ({"minuten": "7"}, "Kies bij elke vraag"), ({"vorm": "video"}, "adres van het videogesprek"),
        ({"dag2": "2026-11-26", "van2": "15:30", "tot2": "17:00"}, "over dezelfde tijd"),
    ):  # fmt: skip
        await janneke.get(path)
        page = await janneke.fill(f"{path}/uren", **{**good, **wrong})
        assert (page.status, why in page) == (422, True), wrong
    assert world.rows(select(t.talk_round)) == []
    await janneke.get(path)
    more = {"dag2": "2026-11-27", "van2": "08.30", "tot2": "09.00"}
    assert (await janneke.fill(f"{path}/uren", **good, **more)).status == 200
    hours = world.rows(select(t.talk_hours).order_by(t.talk_hours.c.day))
    assert [(row.day, row.from_at, row.until_at, row.place) for row in hours] == [
        ("2026-11-26", "15:00", "16:00", "lokaal 3"), ("2026-11-27", "08:30", "09:00", "lokaal 3"),
    ]  # fmt: skip
    assert {row.staff_id for row in hours} == {colleague(world)}
    assert "Er zijn uren genoemd" in await janneke.get(path)
    assert deeds(world) == ["gesprek_uren"]


@pytest.mark.parametrize(("how", "became"), [("bel", "called"), ("weg", "dropped")])
async def test_she_calls_or_lets_it_be(world: World, janneke: Desk, how: str, became: str) -> None:
    number = ask(world)
    for _ in range(2):  # the second time it is done already
        await janneke.get(f"/mijn/vraag/{number}")
        assert (await janneke.post(f"/mijn/vraag/{number}/{how}")).status == 200
    assert [row.state for row in world.rows(select(t.talk_request.c.state))] == [became]
    assert "wil een gesprek" not in (await janneke.get("/vandaag")).text


async def test_a_talk_is_planned_by_hand_from_the_familys_page(world: World, janneke: Desk) -> None:
    contact = world.contact(KARIN)
    path = f"/gezinnen/{contact}/gesprek"
    assert path in (await janneke.get(f"/gezinnen/{contact}")).text
    good = {"dag": "2026-11-26", "van": "15:00", "minuten": "20", "vorm": "home", "plaats": ""}
    for wrong, why in (
        ({"dag": "x"}, "Vul een dag en een tijd in"), ({"dag": "2026-11-01"}, "dat nog komt"),
        ({"vorm": "dans"}, "Kies bij elke vraag"), ({"van": "06:00"}, "tussen 7.00 en 22.00"),
        ({"vorm": "video", "adres": "javascript:alert(1)"}, "adres van het videogesprek"),
    ):  # fmt: skip
        await janneke.get(path)
        page = await janneke.fill(path, **{**good, **wrong})
        assert (page.status, why in page) == (422, True), wrong
    await janneke.get(path)
    made = await janneke.fill(path, **good)
    assert "bij het gezin thuis" in made
    assert await world.settled(KARIN) == ["afspraak.nieuw"]
    await janneke.get(path)
    again = await janneke.fill(path, **good)
    assert (again.status, "al bezet" in again) == (422, True)
    row = world.rows(select(t.audit).order_by(t.audit.c.id))[-1]
    assert (row.what, row.kind, row.target) == ("gesprek_gepland", "contact", contact)
    child = child_of(world, KARIN)
    world.write(lambda tx: barred.bar(tx, contact, child, world.clock()))
    assert (await janneke.get(path)).status == 404, "a contact bar"
    assert path not in (await janneke.get(f"/gezinnen/{contact}")).text


async def test_an_office_plans_for_a_colleague(world: World) -> None:
    path = f"/gezinnen/{world.contact(JAN)}/gesprek"
    wil = Desk(world, "wil")
    page = await wil.get(path)
    assert all(each in page for each in ("meester Bas", "juf Janneke", "Tim", "Saar"))
    given = {"dag": "2026-11-26", "van": "15:00", "minuten": "20", "vorm": "video", "adres": "https://video.example/1"}
    assert (await wil.fill(path, **given, wie=str(colleague(world, "bas")))).status == 422, "about which child?"
    await wil.get(path)
    done = await wil.fill(path, **given, wie=str(colleague(world, "bas")), kind=str(child_of(world, JAN)))
    assert "https://video.example/1" in done
    assert [row.staff_id for row in world.rows(select(t.appointment.c.staff_id))] == [colleague(world, "bas")]


# --- her calendar
async def test_her_calendar_has_an_address_that_is_shown_once(world: World, janneke: Desk) -> None:
    lay(world)

    async def gets(address: str) -> int:
        there = httpx.ASGITransport(app=world.web())
        async with httpx.AsyncClient(transport=there, base_url=ORIGIN) as client:
            return (await client.get(address.partition(ORIGIN)[2])).status_code

    def shown(page: Any) -> str:
        return str(page.text.partition('id="adres">')[2].partition("<")[0])

    assert shown(await janneke.get("/mijn/agenda")) == ""
    address = shown(await janneke.fill("/mijn/agenda/maak"))
    assert address.startswith(f"{ORIGIN}/agenda/")
    assert await gets(address) == 200
    again = await janneke.get("/mijn/agenda")
    assert shown(again) == ""
    assert "U heeft een adres sinds maandag 23 november." in again
    fresh = shown(await janneke.fill("/mijn/agenda/maak"))
    assert [await gets(address), await gets(fresh)] == [404, 200]
    await janneke.get("/mijn/agenda")
    await janneke.fill("/mijn/agenda/weg")
    assert await gets(fresh) == 404
    assert deeds(world) == ["agenda_adres", "agenda_adres", "agenda_adres_weg"]
