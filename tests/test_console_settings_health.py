"""Channels, languages and the log: whether it works, how texts are, and who did what; never whose number or name."""

from datetime import timedelta

import pytest

from bot.console.settings.log import plain
from bot.people import audit, staff
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.world import FATIMA, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


# --- channels
async def test_channels_say_that_they_work_and_when_they_did(world: World) -> None:
    await world.say(FATIMA, "menu")
    page = await Desk(world, "wil").get("/instellingen/kanalen")
    assert "WhatsApp" in page
    assert "Laatst verstuurd: 16.00. Laatst ontvangen: 16.00." in page
    assert "Niets wacht." in page
    assert "+3161200" not in page
    assert "12000001" not in page


async def test_what_failed_since_yesterday_is_said_in_words(world: World) -> None:
    await world.say(FATIMA, "menu")
    sent = t.outbox.c.id == world.rows(t.outbox.select().order_by(t.outbox.c.id.desc()))[0].id
    failed = {"status": "failed", "reason": "config 20003", "settled_at": world.clock(), "school": "brug"}
    world.write(lambda tx: tx.execute(t.outbox.update().where(sent).values(failed)))
    desk = Desk(world, "wil")
    page = await desk.get("/instellingen/kanalen")
    assert "het kanaal is niet goed ingesteld" in page
    assert "20003" not in page
    assert "Er klopt" in await desk.get("/instellingen")
    assert "niet goed ingesteld" not in await Desk(world, "kees", "vaart").get("/instellingen/kanalen"), (
        "another school"
    )
    late = {"settled_at": world.clock() - timedelta(days=2)}
    world.write(lambda tx: tx.execute(t.outbox.update().where(sent).values(late)))
    assert "niet goed ingesteld" not in await desk.get("/instellingen/kanalen")


async def test_a_channel_at_rest_says_until_when(world: World) -> None:
    now = world.clock()
    rows = [
        {"name": "rest:whatsapp", "next_at": now + timedelta(minutes=5)},
        {"name": "opened:whatsapp", "next_at": now},
    ]
    world.write(lambda tx: tx.execute(t.limiter.insert(), rows))
    page = await Desk(world, "net").get("/instellingen/kanalen")
    assert "ligt stil, tot ongeveer 16.05" in page


async def test_the_doctors_findings_are_told_in_dutch_with_who_mends_them(world: World) -> None:
    page = await Desk(world, "dora").get("/instellingen/kanalen")
    assert "Er is geen verse reservekopie." in page
    assert "De beheerder maakt die" in page
    assert 'lang="en"' in page, "the doctor's own words, for the operator"


# --- languages
async def test_languages_say_how_their_texts_are_and_never_count_a_few(world: World) -> None:
    desk = Desk(world, "janneke")
    page = await desk.get("/instellingen/talen")
    assert 'lang="ar" dir="rtl"' in page
    assert "minder dan 5 ouders lezen deze taal" in page
    page = await desk.get("/instellingen/talen?taal=ar")
    assert page.text.count('dir="rtl"') > 5
    assert "console." not in page.text.partition("<main")[2]
    assert (await desk.get("/instellingen/talen?taal=ar&staat=concept&vanaf=20")).status == 200
    assert (await desk.get("/instellingen/talen?taal=xx")).status == 404


# --- the log
def note(world: World, what: str, kind: str = "", target: int | None = None, key: str = "janneke") -> None:
    who = world.write(lambda tx: staff.by_key(tx, "brug", key).id)
    world.write(lambda tx: audit.note(tx, "brug", who, what, world.clock(), kind=kind, target=target))


async def test_the_log_says_who_did_what_with_a_way_there(world: World) -> None:
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "Hoe laat is het uitje?")
    thread = world.rows(t.thread.select())[0].id
    note(world, "antwoord", "thread", thread)
    note(world, "antwoord", "thread", 999_999)
    note(world, "iets_nieuws")
    page = await Desk(world, "wil").get("/instellingen/logboek")
    assert f'<a href="/console/gesprekken/{thread}">gesprek {thread}</a>' in page
    assert "gesprek 999999" in page
    assert 'gesprekken/999999"' not in page, "what is not there is no link"
    assert "iets_nieuws" in page
    assert "juf Janneke" in page
    assert "Fatima" not in page
    assert "gesprek 999999" not in await Desk(world, "kees", "vaart").get("/instellingen/logboek")


async def test_the_log_is_sifted_and_paged(world: World) -> None:
    bas = world.write(lambda tx: staff.by_key(tx, "brug", "bas").id)
    for _ in range(55):
        note(world, "antwoord")
    note(world, "dag", key="bas")
    desk = Desk(world, "wil")
    page = await desk.get("/instellingen/logboek")
    assert page.text.count('class="line"') == 50
    older = page.text.partition("voor=")[2].partition('"')[0]
    assert (await desk.get(f"/instellingen/logboek?voor={older}")).text.count('class="line"') == 6
    assert (await desk.get(f"/instellingen/logboek?wie={bas}")).text.count('class="line"') == 1
    assert (await desk.get("/instellingen/logboek?wat=dag")).text.count('class="line"') == 1
    assert (await desk.get("/instellingen/logboek?wie=x&voor=-1")).status == 200


async def test_the_log_as_a_file_holds_no_formula(world: World) -> None:
    world.write(lambda tx: staff.add(tx, "brug", "eva", "=1+1 Eva", "leerkracht", [], "2026-2027"))
    note(world, "dag", "free_day", 3, key="eva")
    page = await Desk(world, "wil").get("/instellingen/logboek.csv?wat=dag")
    assert page.headers["content-disposition"].startswith("attachment")
    text = page.data.decode("utf-8-sig")
    assert "'=1+1 Eva;veranderde een vrije dag;vrije dag 3" in text
    assert text.startswith("moment;wie;wat;over")
    assert [plain(each) for each in ("+1", "-1", "@x", "\tx", "x=1")] == ["'+1", "'-1", "'@x", "'\tx", "x=1"]
