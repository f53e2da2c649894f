"""What keeps itself: only what is typed in a talk; and what an undo remembers, which nobody can write herself."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.console import drafts
from bot.people import barred, contacts, staff
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.test_console_family import child, of, second_channel, spoken, undo
from tests.test_console_talks import asks
from tests.world import FATIMA, KARIN, OMAR, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def kept(world: World, place: str) -> str:
    number = world.write(lambda tx: staff.by_key(tx, "brug", "janneke").id)
    return world.write(lambda tx: drafts.of(tx, number, place))


@pytest.mark.parametrize("place", ["kanaal:1", "taal:1", "terug_groepen", "weg_tweede", "inlezen", "thread:x", ""])
async def test_what_a_page_remembers_for_its_undo_nobody_writes_herself(world: World, place: str) -> None:
    desk = Desk(world, "janneke")
    assert (await desk.post("/concept", plaats=place, tekst="1 2026-01-01T00:00+00:00 1 x")).status == 404
    assert not kept(world, place)


async def test_a_strangers_phone_cannot_be_made_a_parents(world: World) -> None:
    """Somebody wrote from an unknown number; a forged undo would have linked it."""
    world.enrol("Fatima", FATIMA)
    number = second_channel(world, FATIMA)
    world.write(lambda tx: tx.execute(t.address.update().where(t.address.c.id == number).values(
        contact_id=contacts.new_contacts(tx, ["nl"], world.clock())[0], linked_at=None)))  # fmt: skip
    desk, now = Desk(world, "janneke"), world.clock().isoformat()
    forged = f"{number} {now} 0 {now}"
    await desk.post("/concept", plaats=f"kanaal:{world.contact(FATIMA)}", tekst=forged)
    assert (await desk.post(f"{of(world, FATIMA)}/kanaal-terug")).status == 404
    assert world.rows(t.address.select().where(t.address.c.id == number))[0].linked_at is None


async def test_keeping_says_whether_it_kept(world: World) -> None:
    """200 where it is kept, and a way to sign in where nobody is: the page must not say that it is safe then."""
    desk = Desk(world, "janneke")
    assert (await desk.post("/concept", plaats="thread:1", tekst="half")).path == "/console/concept"
    assert kept(world, "thread:1") == "half"
    await world.later(minutes=31)
    away = await desk.plainly("/concept", plaats="thread:1", tekst="heel")
    assert (away.status_code, away.headers["location"]) == (303, "/console/in")
    assert "answer.redirected" in Path("bot/console/static/console.js").read_text(encoding="utf-8")


# --- undoing
async def test_what_was_changed_again_since_is_not_undone(world: World) -> None:
    """She chose her language herself meanwhile."""
    world.enrol("Omar", OMAR)
    desk = Desk(world, "janneke")
    page = await desk.post(f"{of(world, OMAR)}/taal", taal="pl")
    world.write(lambda tx: contacts.set_language(tx, world.contact(OMAR), "uk"))
    assert (await desk.post(undo(page))).status == 404
    assert spoken(world, OMAR) == "uk"


async def test_after_a_quarter_of_an_hour_it_stays(world: World) -> None:
    world.enrol("Omar", OMAR)
    desk = Desk(world, "janneke")
    page = await desk.post(f"{of(world, OMAR)}/taal", taal="pl")
    await world.later(minutes=16)
    assert (await desk.post(undo(page))).status == 404
    assert spoken(world, OMAR) == "pl"


async def test_a_link_in_a_letter_offers_no_button(world: World) -> None:
    """Else one tap of the office would lift a contact bar for whoever wrote the link."""
    world.enrol("Omar", OMAR)
    desk, about = Desk(world, "wil"), child(world, OMAR)
    page = await desk.post(f"{of(world, OMAR)}/contactverbod", kind=about)
    assert undo(page).startswith(f"{of(world, OMAR)}/contactverbod-op"), "she is told how to undo it herself"
    bad = f"{of(world, OMAR)}/contactverbod-op%3Fkind%3D{about}"
    for more in ("", "&merk=", "&merk=0123456789abcdef"):
        page = await desk.get(f"/vandaag?klaar=klaar.taal&terug={bad}{more}")
        assert "contactverbod-op" not in page
    answer = await desk.plainly(f"{of(world, OMAR)}/taal", taal="pl", **proof(world, desk))
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert set(told) == {"klaar", "terug", "merk"}
    other = Desk(world, "wil")
    page = await other.get(answer.headers["location"].removeprefix("/console"))
    assert "taal-terug" not in page, "it is of the browser that did it"


def proof(world: World, desk: Desk) -> dict[str, str]:
    from bot.console.serve import csrf

    return {"_ons": world.write(lambda tx: csrf(tx, desk.token)), "_form": "0" * 16}


# --- talks
async def test_what_came_while_she_looked_is_not_closed_unread(world: World) -> None:
    talk = await asks(world, KARIN, "Hoe laat begint het?")
    desk = Desk(world, "janneke")
    page = await desk.get(f"/gesprekken/{talk}")
    way = page.text.partition(f'action="/console/gesprekken/{talk}/klaar')[2].partition('"')[0]
    assert way.startswith("?tot=")
    await world.later(minutes=1)
    assert await asks(world, KARIN, "En mag Lotte eerder weg?") == talk
    page = await desk.post(f"/gesprekken/{talk}/klaar{way}")
    assert (page.status, "Er kwam net een nieuw bericht bij" in page) == (422, True)
    assert world.rows(t.thread.select())[0].state == "open"
    way = page.text.partition(f'action="/console/gesprekken/{talk}/klaar')[2].partition('"')[0]
    assert (await desk.post(f"/gesprekken/{talk}/klaar{way}")).status == 200
    assert world.rows(t.thread.select())[0].state == "closed"


async def test_a_contact_bar_is_said_before_an_answer_is_typed(world: World) -> None:
    talk = await asks(world, KARIN, "Hoe laat begint het?")
    world.write(lambda tx: barred.bar(tx, world.contact(KARIN), child(world, KARIN), world.clock()))
    desk = Desk(world, "janneke")
    assert "Er is een contactverbod" in await desk.get(f"/gesprekken/{talk}")
    page = await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Om negen uur")
    assert (page.status, "Er is een contactverbod" in page, "Om negen uur" in page) == (422, True, True)
