"""Her own page: password, codes, language, browsers and phone."""

import re

import pytest

from bot.model import Address
from bot.people import logins, passwords, second, staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk, code_at, deeds, employ
from tests.world import World

ME = "/instellingen/mij"
SENTENCE, OTHER = "de kat slaapt op de piano", "een heel andere zin"


@pytest.fixture
def number(world: World) -> int:
    """Janneke, who chose a password once."""
    employ(world)
    hashed = passwords.hashed(SENTENCE)

    def work(tx: Tx) -> int:
        staff_id = staff.by_key(tx, "brug", "janneke").id
        logins.set_password(tx, staff_id, hashed, world.clock())
        return staff_id

    return world.write(work)


async def test_she_sees_who_she_is_and_where_she_is_signed_in(world: World, number: int) -> None:
    Desk(world, "janneke")
    page = await Desk(world, "janneke").get(ME)
    for words in ("juf Janneke", "leerkracht", "De Brug", "janneke@brug", "deze browser", "U hebt nog geen codes"):
        assert words in page
    assert page.text.count("sinds") == 2


@pytest.mark.parametrize("key", ["wil", "fenna", "ida", "net", "dora"])
async def test_every_role_has_a_page_of_her_own(world: World, number: int, key: str) -> None:
    assert (await Desk(world, key).get(ME)).status == 200


async def test_a_new_password_asks_the_old_one_and_ends_other_browsers(world: World, number: int) -> None:
    desk, elsewhere = Desk(world, "janneke"), Desk(world, "janneke")
    assert "Uw wachtwoord nu" in await desk.get(f"{ME}/wachtwoord")
    for oud, wachtwoord, words in (
        ("verkeerd", OTHER, "niet uw wachtwoord van nu"), (SENTENCE, "Kort1234", "te kort"),
        (SENTENCE, "JufJanneke2026", "uw naam"),
    ):  # fmt: skip
        page = await desk.post(f"{ME}/wachtwoord", oud=oud, wachtwoord=wachtwoord, nog_eens=wachtwoord)
        assert (page.status, words in page, wachtwoord in page) == (422, True, False)
    page = await desk.post(f"{ME}/wachtwoord", oud=SENTENCE, wachtwoord=OTHER, nog_eens=OTHER + "!")
    assert "niet gelijk" in page
    page = await desk.post(f"{ME}/wachtwoord", oud=SENTENCE, wachtwoord=OTHER, nog_eens=OTHER)
    assert (page.status, page.path, "Uw wachtwoord is veranderd" in page) == (200, f"/console{ME}", True)
    assert (await elsewhere.bare("GET", "/vandaag")).status_code == 303
    assert deeds(world) == ["wachtwoord"]
    kept = world.write(lambda tx: logins.password_of(tx, number))
    assert passwords.fits(kept, OTHER)


async def test_nobody_changes_it_from_elsewhere_or_by_guessing(world: World, number: int) -> None:
    desk = Desk(world, "janneke")
    fields = {"oud": SENTENCE, "wachtwoord": OTHER, "nog_eens": OTHER}
    assert (await desk.bare("POST", f"{ME}/wachtwoord", data=fields)).status_code == 403
    answer = await Desk(world).bare("POST", f"{ME}/wachtwoord", data=fields)
    assert answer.headers["location"] == "/console/in"
    for _ in range(5):
        assert (await desk.post(f"{ME}/wachtwoord", **{**fields, "oud": "verkeerd"})).status == 422
    page = await desk.post(f"{ME}/wachtwoord", **fields)
    assert (page.status, "over 1 minuut" in page) == (429, True)
    assert deeds(world) == []


async def test_codes_on_her_phone(world: World, number: int) -> None:
    desk = Desk(world, "janneke", proven=False)
    assert (await desk.get(f"{ME}/telefoon")).path == f"/console{ME}", "nothing was begun"
    page = await desk.post(f"{ME}/codes/telefoon", verder="/gesprekken")
    assert page.path == f"/console{ME}/telefoon"
    assert "<svg" in page
    assert "style=" not in page.text
    shown = re.search(r'<strong class="number">([A-Z2-7 ]+)</strong>', page.text)
    assert shown
    secret = shown[1].replace(" ", "")
    page = await desk.post(f"{ME}/telefoon/code", code="000000", verder="/gesprekken")
    assert (page.status, "Staat de klok van uw telefoon goed?" in page, shown[1] in page) == (422, True, True)
    assert world.write(lambda tx: second.kinds(tx, number)) == []
    code = code_at(secret, world.clock())
    answer = await desk.post(f"{ME}/telefoon/code", code=code, verder=ME)
    assert (answer.path, "Uw telefoon geeft nu de codes" in answer) == (f"/console{ME}", True)
    assert [row.proven for row in world.rows(t.sign_in.select())] == [True]
    assert (await desk.get(f"{ME}/telefoon")).path == f"/console{ME}", "the secret is shown no more"
    assert deeds(world) == ["telefoon"]


async def test_who_has_codes_gives_one_before_there_are_others(world: World, number: int) -> None:
    codes = world.write(lambda tx: second.print_list(tx, number))
    desk = Desk(world, "janneke", proven=False)
    for path in (f"{ME}/codes/lijst", f"{ME}/codes/telefoon"):
        assert (await desk.post(path)).path == "/console/code"
    assert (await desk.get(f"{ME}/codes")).path == "/console/code"
    assert world.write(lambda tx: second.left(tx, number)) == len(codes)
    proven = Desk(world, "janneke")
    page = await proven.post(f"{ME}/codes/lijst", verder=ME)
    fresh = re.findall(r"<li>(\d{4} \d{4})</li>", page.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    assert "nog 10 codes" in await proven.get(ME)


async def test_to_do_without_codes_takes_one(world: World, number: int) -> None:
    codes = world.write(lambda tx: second.print_list(tx, number))
    desk = Desk(world, "janneke")
    await desk.get(f"{ME}/geen-codes")
    assert (await desk.fill(f"{ME}/geen-codes", code="12345678")).status == 422
    page = await desk.fill(f"{ME}/geen-codes", code=codes[0])
    assert "De codes staan uit" in page
    assert world.write(lambda tx: second.kinds(tx, number)) == []
    world.write(lambda tx: second.print_list(tx, number))
    for _ in range(5):
        await desk.get(f"{ME}/geen-codes")
        await desk.fill(f"{ME}/geen-codes", code="12345678")
    assert (await desk.fill(f"{ME}/geen-codes", code="12345678")).status == 429


async def test_the_language_of_her_pages(world: World, number: int) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(f"{ME}/taal", taal="en")
    assert '<html lang="en">' in page
    await desk.post(f"{ME}/taal", taal="tlh")
    assert '<html lang="en">' in await desk.get("/vandaag")
    page = await desk.post(f"{ME}/taal", taal="nl")
    assert '<html lang="nl">' in page


async def test_signed_out_everywhere(world: World, number: int) -> None:
    desk, other = Desk(world, "janneke"), Desk(world, "janneke")
    bas = Desk(world, "bas")
    assert (await desk.post(f"{ME}/overal-uit")).path == "/console/in"
    assert (await other.bare("GET", "/vandaag")).status_code == 303
    assert (await bas.get("/vandaag")).status == 200


async def test_her_own_phone(world: World, number: int) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(f"{ME}/koppelen")
    code = re.search(r"START ([0-9A-Z]{4}-[0-9A-Z]{4})", page.text)
    assert code
    assert "https://wa.me/31612000000" in page
    hers = Address("sms", "+31612000041")
    assert await world.say(hers, f"START {code[1]}") == ["collega.welkom"]
    page = await desk.get(ME)
    assert ("Gekoppeld:" in page, hers.value in page) == (True, False)
    assert (await desk.post(f"{ME}/koppelen")).path == f"/console{ME}"
    page = await desk.post(f"{ME}/ontkoppelen")
    assert "Uw telefoon is ontkoppeld" in page
    assert "Niet gekoppeld" in page
    assert deeds(world)[-1] == "ontkoppelen"


async def test_where_she_is_signed_in_says_when_it_was_used(world: World) -> None:
    desk = Desk(world, "janneke")
    Desk(world, "janneke")
    assert "net nog gebruikt" in await desk.get(ME)
    await world.later(minutes=5)
    assert "laatst gebruikt: 5 minuten geleden" in await desk.get(ME)
