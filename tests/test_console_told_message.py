"""The way of a message to many on its page: taken back, agreed to, stopped, answered, told on Today; by name or not."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.broadcast import answers, send
from bot.broadcast.audience import Audience
from bot.people import logins, staff
from bot.store import tables as t
from tests.harness.office import Desk, Seen, deeds, employ
from tests.harness.telling import ASKED, OWN_WORDS, SNOW, did, made, row
from tests.world import JAN, KARIN, YEAR, World

NAMES = re.compile("Haddad|Yılmaz|Visser|Bakker")


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def read(page: Seen) -> str:
    """What stands on the page, as one reads it."""
    return " ".join(re.sub("<[^>]+>", " ", page.text.partition("<main")[2]).split())


def number(world: World, key: str) -> int:
    return world.write(lambda tx: staff.by_key(tx, "brug", key).id)


def at(told: int, deed: str = "") -> str:
    return f"/berichten/{told}{deed and '/' + deed}"


async def test_two_minutes_to_take_it_back_and_change_it(world: World) -> None:
    told, desk = made(world), Desk(world, "janneke")
    page = await desk.get(at(told))
    assert "Vertrekt om 16.02, over 2:00" in read(page)
    assert 'data-left="120"' in page
    page = await desk.fill(at(told, "terug"))
    assert (row(world, told).state, "Niemand heeft dit gekregen" in page) == ("taken_back", True)
    page = await desk.fill(at(told, "opnieuw"))
    assert page.path.endswith("/berichten/nieuw")
    assert "Morgen gymspullen mee." in page
    late = made(world, key="2")
    await world.later(minutes=3)
    page = await desk.post(at(late, "terug"))
    assert (page.status, "U kunt het nog stoppen" in page) == (422, True)
    assert row(world, late).state == "going"
    assert deeds(world) == ["bericht_terug"]


async def test_how_far_it_is_with_the_names_behind_each_bar(world: World) -> None:
    told = made(world)
    await world.later(minutes=3)
    desk = Desk(world, "wil")
    page = await desk.get(at(told))
    bars = dict(
        re.findall(r'class="what">([^<]+)</span><progress[^>]*></progress><span class="number">(\d+)', page.text)
    )
    assert (bars["verstuurd"], bars["niet te bereiken"]) == ("3", "1")
    assert "Elif Yılmaz" in page, "who did not get it stands there at once"
    assert "Nog niet ingeschreven. Bel, of" in read(page)
    assert "Karin Visser" not in page
    page = await desk.get(f"{at(told)}?wie=sent")
    assert "Karin Visser" in page
    assert "Elif Yılmaz" not in page
    assert "Karin Visser" not in await desk.get(f"{at(told)}?wie=onzin")


async def test_stopped_half_way_it_says_who_did_not_get_it(world: World) -> None:
    told, desk = made(world), Desk(world, "janneke")
    world.write(lambda tx: tx.execute(update(t.broadcast).values(state="going", started_at=world.clock())))
    to = [{"broadcast_id": told, "contact_id": world.contact(each), "children": []} for each in (JAN, KARIN)]
    world.write(lambda tx: tx.execute(t.broadcast_to.insert(), to))
    page = await desk.get(at(told))
    assert "Stop nu" in page
    page = await desk.fill(at(told, "stop"))
    assert row(world, told).state == "stopped"
    assert "Hieronder staat wie het niet kreeg" in page
    assert re.search(r"Wie het niet kreeg.*Jan Bakker.*Karin Visser", read(page))
    page = await desk.post(at(told, "stop"))
    assert (page.status, "Er valt niets meer te stoppen" in page) == (422, True)
    await world.later(hours=6)  # it is quiet: what is laid waits until the morning
    told = made(world, until=world.clock() + send.HOLD * 720)
    await world.later(minutes=3)
    desk = Desk(world, "janneke")
    page = await desk.get(at(told))
    assert "Stop nu" in page
    assert re.search(r"\d+ ouders lezen het na de stille uren, vanaf .*7\.\d\d", read(page))
    page = await desk.fill(at(told, "stop"))
    assert "Het bericht is gestopt." in read(page)
    assert "telefoondienst" not in page


async def test_somebody_else_of_the_school_says_yes_or_no(world: World) -> None:
    fenna = number(world, "fenna")
    first = made(world, SNOW, asks=True, staff_id=fenna, until=world.clock() + send.HOLD * 60)
    second = made(world, asks=True, staff_id=fenna, key="2", until=world.clock() + send.HOLD * 60)
    office = Desk(world, "wil")
    today = await office.get("/vandaag")
    assert "Fenna vraagt of dit naar uw gezinnen mag: School dicht door het weer" in read(today)
    page = await office.get(at(first))
    assert "<h1>Vraagt om uw ja</h1>" in page
    assert "de school dicht door het weer" in page
    page = await Desk(world, "fenna").get(at(first))
    assert ("Ja, stuur het" in page, "Trek de vraag in" in page, NAMES.findall(page.text)) == (False, True, [])
    for deed in ("akkoord", "nee"):
        assert (await Desk(world, "fenna").bare("POST", at(first, deed))).status_code == 404
        assert (await Desk(world, "kees", "vaart").post(at(first, deed))).status == 404
    assert "Vertrekt om" in await office.fill(at(first, "akkoord"))
    assert (row(world, first).state, row(world, first).approved_by) == ("planned", number(world, "wil"))
    page = await office.post(at(first, "akkoord"))
    assert (page.status, "vraagt niet meer om een ja" in page) == (422, True)
    await office.post(at(second, "nee"))
    assert row(world, second).state == "refused"
    assert world.rows(t.translation.select()) == [], "a ready message needs no machine, and what is refused none either"
    third = made(world, asks=True, staff_id=fenna, key="3", until=world.clock() + send.HOLD * 60)
    await office.post(at(third, "akkoord"))
    assert {each.target for each in world.rows(t.translation.select())} == {"ar", "en"}, "while it waits"
    assert "De school vond dit niet goed" in await Desk(world, "fenna").get(at(second))
    assert deeds(world) == ["bericht_akkoord", "bericht_nee", "bericht_akkoord"]


async def test_a_snow_day_that_was_proposed_starts_with_one_yes(world: World) -> None:
    """Nobody waits two minutes: the yes of the school is the confirmation."""
    told = made(
        world, SNOW, asks=True, cls=send.URGENT, reason="sneeuw", staff_id=number(world, "fenna"),
        until=world.clock() + send.HOLD * 60,
    )  # fmt: skip
    page = await Desk(world, "wil").post(at(told, "akkoord"))
    assert page.status == 200
    assert row(world, told).due_at == world.clock()
    await world.later(seconds=5)
    assert world.read(KARIN)[-1].keys == ("bericht.school_dicht",)


async def test_an_urgent_message_leaves_at_once_with_its_reason(world: World) -> None:
    desk = Desk(world, "dora")
    await desk.get("/berichten/nieuw")
    snow = {"soort": "klaar", "klaar": "school_dicht", "klaar.school_dicht.dag": "2026-11-24"}
    page = await desk.fill("/berichten/nieuw", alle="brug", dringend="1", reden="Veel sneeuw", **snow)
    assert "dit gaat meteen weg" in page
    page = await desk.fill("/berichten/bekijk/stuur", wanneer="nu", zeker="1")
    assert page.status == 422, "that door is for what can be taken back"
    page = await desk.fill("/berichten/bekijk/dringend", wanneer="nu", zeker="1")
    told = world.rows(select(t.broadcast))[0]
    assert (told.cls, told.due_at, told.state) == ("urgent", world.clock(), "planned")
    assert "Veel sneeuw" in page
    assert deeds(world) == ["bericht_dringend"]
    assert (await Desk(world, "janneke").bare("POST", "/berichten/bekijk/dringend")).status_code == 404


async def test_what_sends_asks_for_the_second_factor(world: World) -> None:
    told, before = made(world), world.rows(select(t.broadcast))
    for key, path in (
        ("janneke", "/berichten/bekijk/stuur"), ("dora", "/berichten/bekijk/dringend"),
        ("ida", "/berichten/bekijk/vraag"),
        ("janneke", at(told, "nu")), ("janneke", at(told, "herinner")), ("wil", at(told, "akkoord")),
    ):  # fmt: skip
        page = await Desk(world, key, proven=False).post(path, sleutel="x", zeker="1")
        assert page.path in ("/console/code", "/console/instellingen/mij/codes"), path
    assert (world.rows(select(t.broadcast)), deeds(world)) == (before, [])


async def test_a_question_its_answers_and_who_did_not_answer(world: World) -> None:
    told = made(world, ASKED, until=world.clock() + send.HOLD * 900)
    await world.later(minutes=3)
    assert world.write(lambda tx: answers.answer(tx, told, world.contact(KARIN), ["ja"], world.clock())) == "ok"
    desk = Desk(world, "janneke")
    assert re.search(r"1 van \d+ antwoordde", read(await Desk(world, "wil").get("/berichten")))
    page = await desk.get(at(told))
    assert "1 van" in read(page)
    assert re.search(r"Ja 1 .{0,3}Karin Visser Nee 0 .{0,3}Nog niemand", read(page))
    await desk.fill(at(told, "herinner"))
    again = world.rows(select(t.broadcast).where(t.broadcast.c.about_id == told))
    assert [(each.state, each.kind) for each in again] == [("planned", "question")]
    page = await desk.post(at(told, "herinner"))
    assert len(world.rows(select(t.broadcast).where(t.broadcast.c.about_id == told))) == 1
    assert "Herinner wie niet antwoordde" not in await desk.get(at(told))
    world.write(lambda tx: staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 4"], YEAR))
    for whom in ({"over": str(told)}, {"niet": str(told)}):
        page = await desk.post("/berichten/nieuw", soort="zelf", tekst="Dag", **whom)
        assert page.status == 404, "they are not all hers any more"
    await world.later(minutes=3)
    assert "Vervallen: toen het zover was" in await desk.get(at(again[0].id))
    assert "Herinner wie niet antwoordde" not in await desk.get(at(told)), "nor is there anybody to remind"
    assert (await desk.post(at(told, "herinner"))).status == 422
    desk = Desk(world, "wil")
    assert "is niet begonnen" in await desk.get("/vandaag")
    page = await desk.get(f"/berichten/nieuw?over={again[0].id}")
    assert "dezelfde gezinnen" in page
    page = await desk.fill("/berichten/nieuw", soort="zelf", tekst="We doen het op vrijdag.")
    assert page.path.endswith("/bekijk"), read(page)[:300]
    await desk.fill("/berichten/bekijk/stuur", wanneer="nu", zeker="1")
    last = world.rows(select(t.broadcast).order_by(t.broadcast.c.id.desc()))[0]
    assert (last.about_id, last.kind, last.what) == (told, "own", "uitslag")
    assert last.audience == row(world, told).audience


async def test_today_says_what_is_done_and_what_did_not_begin(world: World) -> None:
    made(world)
    stuck = made(world, key="2", due_at=world.clock() + send.HOLD * 5)
    await world.later(minutes=3)
    page = read(await Desk(world, "janneke").get("/vandaag"))
    assert "Morgen gymspullen mee. · 3 van 5 verstuurd" in page
    assert "Nieuw bericht" in page
    world.write(lambda tx: tx.execute(update(t.broadcast).where(t.broadcast.c.id == stuck).values(state="late")))
    world.clock.move(world.clock() + send.HOLD * 6)
    assert "Het bericht van 16.10 is niet begonnen" in read(await Desk(world, "janneke").get("/vandaag"))
    assert "is niet begonnen" not in await Desk(world, "bas").get("/vandaag")


async def test_the_list_is_the_newest_first_and_only_what_is_hers(world: World) -> None:
    made(world)
    made(world, SNOW, key="2", staff_id=number(world, "bas"))
    network = made(world, SNOW, key="3", staff_id=number(world, "net"), asks=True)

    async def listed(key: str) -> list[str]:
        page = await Desk(world, key).get("/berichten")
        return re.findall(r"<strong>([^<]+)</strong>", page.text.partition('id="berichten"')[2])

    snow, own = "School dicht door het weer", "Morgen gymspullen mee."
    assert await listed("wil") == [snow, snow, own]
    assert await listed("janneke") == [own]
    assert await listed("net") == [snow]
    page = await Desk(world, "net").get("/berichten")
    assert (f"/berichten/{network}" in page, NAMES.findall(page.text)) == (False, [])
    assert (await Desk(world, "net").get(at(network))).status == 404


async def test_names_are_for_who_knows_the_families(world: World) -> None:
    """A coach sees how far what she proposed is, without anybody in it."""
    given: dict[str, Any] = {"staff_id": number(world, "fenna"), "until": world.clock() + send.HOLD * 900, "asks": True}
    told, asked = made(world, **given), made(world, ASKED, key="2", **given)
    for each in (told, asked):
        assert did(world, send.agree, each, number(world, "wil"))
    await world.later(minutes=3)
    world.write(lambda tx: answers.answer(tx, asked, world.contact(KARIN), ["ja"], world.clock()))
    for query in ("", "?wie=sent", "?wie=unreachable"):
        for each in (told, asked):
            page = await Desk(world, "fenna").get(at(each) + query)
            assert NAMES.findall(page.text) == [], query
    assert "ziet alleen wie dit gezin kent" in await Desk(world, "fenna").get(f"{at(told)}?wie=unreachable")


async def test_a_coach_of_two_schools_sees_where(world: World) -> None:
    world.write(lambda tx: logins.give_schools(tx, staff.by_key(tx, "brug", "fenna").id, ["vaart"]))
    made(world, OWN_WORDS, staff_id=number(world, "fenna"), asks=True)
    made(world, OWN_WORDS, staff_id=number(world, "fenna"), asks=True, audience=Audience("vaart", all=True))
    page = read(await Desk(world, "fenna").get("/berichten"))
    assert "De Vaart" in page
    assert page.index("De Vaart") < page.index("De Brug", page.index("De Vaart"))
