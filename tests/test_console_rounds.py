"""Rounds of talks on the pages: made in one form, looked at before they open, followed, and helped along by hand."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from bot.store import tables as t
from tests.harness.office import Desk, Seen, employ
from tests.harness.rights import People, people
from tests.world import World

DAY, SECOND = "2026-12-03", "2026-12-04"


@pytest.fixture
async def there(world: World) -> People:
    employ(world)
    return await people(world)


@pytest.fixture
def wil(there: People) -> Desk:
    return there.desk("wil")


def sheet(there: People, **changes: Any) -> dict[str, Any]:
    """The form as she would send it: groep 4 and 5, ten minutes, in December."""
    hours = {f"uren.{there.id('staff', who)}.{DAY}": "15.00-17.00, 18.30-20.00" for who in ("janneke", "bas")}
    return {
        "sleutel": "een", "naam": "Rapportgesprekken", "soort": "rapport", "per": "child", "minuten": "10",
        "pauze": "0", "vorm": "school", "groep": [str(there.id("group", name)) for name in ("groep 4", "groep 5")],
        "open_dag": "2026-11-24", "open_uur": "16:00", "vroeg": "1", "sluit_dag": "2026-12-02", "sluit_uur": "20:00",
        "dag": [DAY], "vragen": "1", **hours, **changes,
    }  # fmt: skip


def made(world: World) -> list[Any]:
    """The rounds that the form made, without those that everybody has here."""
    return world.rows(select(t.talk_round).where(t.talk_round.c.key.startswith("form:")))


def talks(world: World, number: int) -> dict[str, int]:
    a = t.appointment.c
    rows = world.rows(select(a.state, func.count().label("many")).where(a.round_id == number).group_by(a.state))
    return {row.state: row.many for row in rows}


def places(page: Seen) -> list[str]:
    """What one can choose on the page of a parent."""
    return re.findall(r'<option value="([0-9T]+)"', page.text)


def states(world: World, number: int) -> list[str]:
    return [row.state for row in world.rows(select(t.invitee.c.state).where(t.invitee.c.id == number))]


# --- made
async def test_a_day_for_everybody_and_then_by_colleague(there: People, wil: Desk) -> None:
    """Hours for all at once; a slip comes back with what was typed, and what was begun keeps itself."""
    began = sheet(there, dag=[], vul_dag=SECOND, vul_van="15:00", vul_tot="20:00", vul_pauze="17:30")
    wrong = await wil.post("/afspraken/nieuw/dag", **began)
    assert wrong.status == 422
    assert "De pauze past niet" in wrong
    page = await wil.post("/afspraken/nieuw/dag", **began, vul_pauze_tot="18:30")
    field = f'name="uren.{there.id("staff", "bas")}.{SECOND}" value="15.00-17.30, 18.30-20.00"'
    assert page.status == 200
    assert field in page
    assert field in await wil.get("/afspraken/nieuw")
    assert "Verder met de nieuwe ronde" in await wil.get("/afspraken")
    without = await wil.post("/afspraken/nieuw/dag-weg", **sheet(there, dag=[DAY, SECOND], dag_weg=SECOND))
    assert f"{DAY}" in without
    assert f".{SECOND}" not in without
    assert (await wil.post("/afspraken/nieuw/leeg")).path == "/console/afspraken/nieuw"
    assert "Verder met de nieuwe ronde" not in await wil.get("/afspraken")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"naam": " "}, "Geef de ronde een naam"),
        ({"groep": []}, "Kies ten minste één groep"),
        ({"minuten": "7"}, "in stappen van vijf"),
        ({"dag": []}, "ten minste één dag met uren"),
        ({"sluit_dag": ""}, "tot welke dag"),
        ({"sluit_dag": "2026-11-24", "sluit_uur": "15:00"}, "Sluiten kan pas na het openen"),
        ({"dag": ["2026-12-05"], "uren.{janneke}.2026-12-05": "15-17"}, "geen school"),
        ({f"uren.{{janneke}}.{DAY}": "drie uur"}, "Schrijf de uren zo"),
        ({f"uren.{{janneke}}.{DAY}": "20.00-15.00"}, "Schrijf de tijden op volgorde"),
        ({f"uren.{{janneke}}.{DAY}": "5.00-6.00"}, "tussen 07:00 en 22:00"),
        ({"vorm": "video"}, "het adres van het videogesprek"),
        ({"naam": "Rapportgesprekken november"}, "Er loopt al een ronde"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(there: People, wil: Desk, changes: Any, said: str) -> None:
    typed = {name.format(janneke=there.id("staff", "janneke")): value for name, value in changes.items()}
    page = await wil.post("/afspraken/nieuw", **sheet(there, **typed))
    assert page.status == 422
    assert said in page
    assert 'aria-invalid="true"' in page or "uren" in page.text
    assert f'value="{changes.get("sluit_dag", "2026-12-02")}"' in page, "what was typed is still there"
    assert made(there.world) == []


async def test_all_that_is_wrong_is_said_at_once(there: People, wil: Desk) -> None:
    typed = {"naam": " ", "sluit_dag": "", "minuten": "7", f"uren.{there.id('staff', 'janneke')}.{DAY}": "drie uur"}
    page = await wil.post("/afspraken/nieuw", **sheet(there, **typed))
    for said in ("Geef de ronde een naam", "tot welke dag", "in stappen van vijf", "Schrijf de uren zo"):
        assert said in page, said
    assert "Sluiten kan pas" not in page, "what cannot be read is not compared"
    assert page.text.count('class="wrong" id="fout-') == 4


async def test_a_look_before_it_opens_and_once(there: People, wil: Desk) -> None:
    page = await wil.post("/afspraken/nieuw", **sheet(there))
    assert page.path == "/console/afspraken/bekijk"
    for words in (
        "5 ouders krijgen de vraag", "voor 5 kinderen", "1 ouder heeft meer kinderen", "21 plekken, 3 kinderen",
        "Arabisch", "tolk heeft geen uren", "Turks", "geen tolk", "zien niet van elkaar",
    ):  # fmt: skip
        assert words in page, words
    assert made(there.world) == []
    opened = await wil.post("/afspraken/bekijk/open")
    (round_,) = made(there.world)
    assert opened.path == f"/console/afspraken/{round_.id}"
    assert (round_.state, round_.minutes, round_.staff_id) == ("planned", 10, there.id("staff", "wil"))
    assert round_.early_at == round_.opens_at - timedelta(days=1)
    assert len(there.world.rows(select(t.talk_hours).where(t.talk_hours.c.round_id == round_.id))) == 4
    deed = there.world.rows(select(t.audit))[-1]
    assert (deed.what, deed.kind, deed.target) == ("ronde_open", "round", round_.id)
    await wil.post("/afspraken/nieuw", **sheet(there))  # the same form once more, from a window that stood open
    await wil.post("/afspraken/bekijk/open")
    assert len(made(there.world)) == 1


async def test_too_few_places_and_a_group_without_a_teacher_are_said_before(there: People, wil: Desk) -> None:
    janneke, bas = there.id("staff", "janneke"), there.id("staff", "bas")
    few = sheet(there, **{f"uren.{janneke}.{DAY}": "15.00-15.20", f"uren.{bas}.{DAY}": ""})
    page = await wil.post("/afspraken/nieuw", **few)
    assert "juf Janneke heeft 2 plekken voor 3 kinderen" in page
    assert "groep 5 heeft nog geen leerkracht met uren" in page


async def test_a_teacher_opens_one_for_her_own_groups(there: People) -> None:
    janneke, own = there.desk("janneke"), str(there.id("group", "groep 4"))
    assert (await janneke.post("/afspraken/nieuw", **sheet(there))).status == 404  # groep 5 is not hers
    assert "meester Bas" not in await janneke.get("/afspraken/nieuw")
    page = await janneke.post("/afspraken/nieuw", **sheet(there, groep=[own]))
    assert page.path == "/console/afspraken/bekijk"
    await janneke.post("/afspraken/bekijk/open")
    (round_,) = made(there.world)
    rows = there.world.rows(select(t.talk_hours.c.staff_id).where(t.talk_hours.c.round_id == round_.id))
    assert {row.staff_id for row in rows} == {there.id("staff", "janneke")}


# --- followed
async def test_a_round_shows_its_day_and_how_far_every_family_is(there: People) -> None:
    number = there.id("round", "groep 4")
    for key in ("wil", "janneke"):
        page = await there.desk(key).get(f"/afspraken/{number}")
        for words in (
            "1 van 3 gezinnen heeft gekozen, 1 wil gebeld worden", "Heeft gekozen", "met tolk Arabisch",
            "de andere ouder gaat", "Voorstel ligt er", "donderdag 26 november", "zien niet van elkaar",
        ):  # fmt: skip
            assert words in page, words
        assert 'class="block gekozen m-10"' in page
        assert 'class="block voorstel m-10"' in page
        assert page.text.count('class="block vrij m-10"') == 16
    assert "7,50" in await there.desk("wil").get(f"/afspraken/{number}")
    assert "7,50" not in await there.desk("janneke").get(f"/afspraken/{number}")
    paper = await there.desk("janneke").get(f"/afspraken/{number}/blad")
    assert "15.00-15.10" in paper
    assert "Fatima Haddad" in paper
    assert "1 van 3 gezinnen" in await there.desk("janneke").get("/afspraken")


async def test_today_says_how_far_a_round_is(there: People) -> None:
    today = await there.desk("wil").get("/vandaag?alles=1")
    assert "Rapportgesprekken november: 1 van 3 gezinnen heeft gekozen" in today
    assert "1 wil gebeld worden" not in today, "that stands there as her talk"
    there.world.write(lambda tx: tx.execute(update(t.thread).values(state="closed")))
    today = await there.desk("wil").get("/vandaag?alles=1")
    assert "Rapportgesprekken november: 1 van 3 gezinnen heeft gekozen, 1 wil gebeld worden" in today
    missed = {"state": "missed", "starts_at": there.world.clock() - timedelta(days=2)}
    a = t.appointment.c

    def miss(tx: Any) -> None:
        row = tx.execute(select(t.appointment).where(a.contact_id == there.id("contact", "Fatima"))).mappings().first()
        for _ in range(2):
            tx.execute(t.appointment.insert(), {**row, "id": None, "once": None, "round_id": None, **missed})

    there.world.write(miss)
    coach = await there.desk("fenna").get("/vandaag?alles=1")
    assert "Een ouder (vraag het juf Janneke) en school liepen elkaar 2 keer mis" in coach
    assert "Fatima" not in coach


async def test_who_is_silent_is_reminded_once(there: People, wil: Desk) -> None:
    number = there.id("round", "groep 4")
    assert "Herinner" not in await wil.get(f"/afspraken/{number}")  # of Amira the other parent has chosen
    a, i = t.appointment.c, t.invitee.c
    there.world.write(lambda tx: tx.execute(t.appointment.delete().where(a.state == "planned", a.round_id == number)))
    there.world.write(lambda tx: tx.execute(t.invitee.update().where(i.state == "booked").values(state="asked")))
    assert "Herinner 2 ouders" in await wil.get(f"/afspraken/{number}")
    assert "nog een keer" in await wil.post(f"/afspraken/{number}/herinner")
    asked = t.inbox.c.provider_id.startswith(f"round:{number}:")
    assert len(there.world.rows(select(t.inbox.c.id).where(asked))) == 2
    again = await wil.post(f"/afspraken/{number}/herinner")
    assert again.status == 422
    assert "al een keer herinnerd" in again


async def test_a_talk_beside_the_hours_stands_in_the_plan_and_on_paper(there: People) -> None:
    """On a day of its own too, without a place that is free around it."""
    world, number, janneke = there.world, there.id("round", "groep 4"), there.desk("janneke")
    a = t.appointment.c
    hers = t.appointment.update().where(a.round_id == number, a.state == "planned")
    for at, day in (("9.10", "2026-11-26"), ("15.00", "2026-11-27")):
        moment = datetime.strptime(f"{day} {at}", "%Y-%m-%d %H.%M").replace(tzinfo=ZoneInfo("Europe/Amsterdam"))
        world.write(lambda tx, m=moment: tx.execute(hers.values(starts_at=m)))  # type: ignore[misc]
        page = await janneke.get(f"/afspraken/{number}?dag={day}")
        blocks = re.findall(r'class="block (\w+)', page.text)
        assert blocks.count("gekozen") == 1, day
        assert ("vrij" in blocks) == (day == "2026-11-26")
        paper = await janneke.get(f"/afspraken/{number}/blad?dag={day}")
        assert at in paper
        assert "Amira" in paper


# --- by hand
async def test_a_talk_that_is_booked_by_hand_is_one_like_others(there: People) -> None:
    """By video it is seen where those hours have it, and the other parent, who lets her go, reads of it."""
    world, number, h, i = there.world, there.id("round", "groep 4"), t.talk_hours.c, t.invitee.c
    fatima, omar = _invited(there, "Fatima"), _invited(there, "Omar")

    def by_video(tx: Any) -> None:
        tx.execute(t.appointment.delete().where(t.appointment.c.round_id == number))
        tx.execute(t.invitee.update().where(i.id == fatima).values(state="asked", how=""))
        tx.execute(t.invitee.update().where(i.id == omar).values(state="summary", how="ander"))
        there_it_is = {"mode": "video", "link": tx.seal("talk_hours.link", "https://video.example.org/4")}
        tx.execute(t.talk_hours.update().where(h.round_id == number).values(there_it_is))

    world.write(by_video)
    janneke = there.desk("janneke")
    first, second = places(await janneke.get(f"/afspraken/gezin/{fatima}"))[:2]
    assert "Geboekt" in await janneke.post(f"/afspraken/gezin/{fatima}/boek", plek=first)
    guests = world.rows(select(t.guest.c.contact_id, t.guest.c.role, t.guest.c.state))
    assert [tuple(row) for row in guests] == [(there.id("contact", "Omar"), "summary", "yes")]
    world.write(lambda tx: tx.execute(t.appointment.update().values(link=None)))
    assert "Verzet" in await janneke.post(f"/afspraken/gezin/{fatima}/boek", plek=second)
    [talk] = world.rows(select(t.appointment).where(t.appointment.c.round_id == number))
    with world.bot.database.read() as tx:
        assert tx.open("appointment.link", talk.link) == "https://video.example.org/4"


async def test_a_talk_is_booked_moved_and_called_off_by_hand(there: People) -> None:
    """For Karin, who wants to be called; then her moment is given to nobody else."""
    world, janneke, number = there.world, there.desk("janneke"), there.id("round", "groep 4")
    karin = _invited(there, "Karin")
    page = await janneke.get(f"/afspraken/gezin/{karin}")
    first, second = places(page)[:2]
    booked = await janneke.post(f"/afspraken/gezin/{karin}/boek", plek=second)
    assert "Geboekt" in booked
    assert states(world, karin) == ["booked"]
    moved = await janneke.post(f"/afspraken/gezin/{karin}/boek", plek=first)
    assert "Verzet" in moved
    assert talks(world, number) == {"planned": 2, "offered": 1}
    omar = _invited(there, "Omar")
    gone = await janneke.post(f"/afspraken/gezin/{omar}/boek", plek=first)
    assert gone.status == 422
    assert "Kies een ander moment" in gone
    other = await janneke.post(f"/afspraken/gezin/{omar}/boek", plek=second)
    assert other.status == 422, "Amira has a talk already"
    assert "heeft al een gesprek" in other
    await janneke.post(f"/afspraken/gezin/{karin}/af")
    assert talks(world, number) == {"planned": 1, "offered": 1, "cancelled": 1}
    assert (await janneke.post(f"/afspraken/gezin/{karin}/af")).status == 422
    assert [row.what for row in world.rows(select(t.audit))] == ["gesprek_geboekt", "gesprek_geboekt", "gesprek_af"]


async def test_whoever_does_not_come_is_not_asked_any_more(there: People, wil: Desk) -> None:
    tim = _invited(there, "Jan")
    done = await wil.post(f"/afspraken/gezin/{tim}/komt-niet")
    assert "Genoteerd" in done
    assert states(there.world, tim) == ["away"]
    assert talks(there.world, there.id("round", "groep 4"))["planned"] == 1
    assert (await wil.post(f"/afspraken/gezin/{tim}/komt-toch")).status == 200
    assert states(there.world, tim) == ["asked"]
    assert "nog een keer" in await wil.post(f"/afspraken/gezin/{tim}/vraag")
    fatima = there.id("invitee", "Amira")
    assert (await wil.post(f"/afspraken/gezin/{fatima}/komt-niet")).status == 422  # her talk goes first


# --- off
async def test_a_teacher_is_ill_and_everybody_hears_once(there: People) -> None:
    number, janneke = there.id("round", "groep 4"), there.id("staff", "janneke")
    desk = there.desk("janneke")
    assert "2 gesprekken" in await desk.get(f"/afspraken/{number}/ziek")
    sure = await desk.get(f"/afspraken/{number}/ziek?wie={janneke}&dag=2026-11-26")
    assert "15.00 Amira" in sure
    assert talks(there.world, number) == {"planned": 1, "offered": 1}
    bas = there.id("staff", "bas")
    assert (await desk.post(f"/afspraken/{number}/ziek", wie=str(bas), dag="2026-11-26")).status == 422
    done = await desk.post(f"/afspraken/{number}/ziek", wie=str(janneke), dag="2026-11-26", opnieuw="ja")
    assert "Afgezegd" in done
    assert "planned" not in talks(there.world, number)
    assert there.world.rows(select(t.talk_hours).where(t.talk_hours.c.round_id == number)) == []


async def test_a_round_is_closed_opened_again_and_stopped(there: People, wil: Desk) -> None:
    number = there.id("round", "groep 4")
    page = f"/afspraken/{number}"

    def state() -> str:
        return str(there.world.rows(select(t.talk_round.c.state).where(t.talk_round.c.id == number))[0].state)

    assert "gesloten" in await wil.post(f"{page}/sluit")
    assert state() == "closed"
    assert (await wil.post(f"{page}/sluit")).status == 422
    past = await wil.post(f"{page}/verander", naam="Anders", sluit_dag="2026-11-20", sluit_uur="10:00")
    assert past.status == 422
    assert 'value="2026-11-20"' in past
    await wil.post(f"{page}/verander", naam="Rapport 1", sluit_dag="2026-11-25", sluit_uur="10:00")
    assert state() == "open"
    assert "Rapport 1" in await wil.get("/afspraken")
    assert "1 gesprek wordt afgezegd" in await wil.get(f"{page}/stop")
    await wil.post(f"{page}/stop")
    assert state() == "stopped"
    assert (await there.desk("janneke").get(page)).status == 200
    assert "weer-open" not in await wil.get(page)


async def test_only_who_opened_it_or_the_office_stops_it(there: People, world: World) -> None:
    number, wil_s = there.id("round", "groep 4"), there.id("staff", "wil")
    here = t.talk_round.c.id == number
    world.write(lambda tx: tx.execute(t.talk_round.update().where(here).values(staff_id=wil_s)))
    for deed in ("sluit", "stop", "verander", "herinner"):
        assert (await there.desk("janneke").post(f"/afspraken/{number}/{deed}")).status == 404
    assert (await there.desk("janneke").get(f"/afspraken/{number}/stop")).status == 404


def _invited(there: People, parent: str) -> int:
    i = t.invitee.c
    hers = i.contact_id == there.id("contact", parent), i.round_id == there.id("round", "groep 4")
    return int(there.world.rows(select(i.id).where(*hers))[0].id)
