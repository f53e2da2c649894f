"""The list of families: what each colleague sees of it, search, and who is not reached."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.people import barred
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk, deeds, employ
from tests.world import FATIMA, JAN, KARIN, OMAR, World

LOST = "/gezinnen?niet-bereikt=1"


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def group(world: World, name: str) -> int:
    return int(world.rows(select(t.group.c.id).where(t.group.c.name == name, t.group.c.school == "brug"))[0].id)


def contact(world: World, name: str, school: str = "brug") -> int:
    def work(tx: Tx) -> int:
        rows = tx.execute(select(t.guardian).where(t.guardian.c.school == school))
        return int(next(row.contact_id for row in rows if tx.open("guardian.name", row.name).startswith(name)))

    return world.write(work)


def message(world: World, who: Any, status: str, cls: str = "broadcast") -> None:
    """A message that left and became this."""
    number = world.queue(who, cls)
    now = world.clock()
    values = {"status": status, "left_at": now, "settled_at": now}
    world.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == number).values(values)))


async def test_a_teacher_sees_the_families_of_her_group(world: World) -> None:
    page = await Desk(world, "janneke").get("/gezinnen")
    assert all(name in page for name in ("Amira Haddad", "Fatima Haddad", "Omar Haddad", "Lotte Visser", "Tim Bakker"))
    assert "Saar" not in page, "her brother's group is another one"
    assert "Can Yılmaz" not in page
    assert "groep 4" in page
    assert "3 gezinnen" in page
    assert "3 bereikt" in page
    assert "WhatsApp · Arabisch" in page
    assert 'aria-label="3 gezinnen zijn bereikt."' in page


async def test_an_office_chooses_a_group(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.get("/gezinnen")
    assert "groep 4" in page
    assert "groep 5" in page
    assert "Amira" not in page
    assert "groep 3" not in page, "that is another school's"
    page = await desk.get(f"/gezinnen?groep={group(world, 'groep 5')}")
    assert "Can Yılmaz" in page
    assert "Saar Bakker" in page
    assert "nog niet ingeschreven" in page
    assert "2 gezinnen" in page
    assert "1 bereikt" in page


@pytest.mark.parametrize("asked", ["x", "0", "999", "9" * 30, "-1", "٣"])
async def test_a_group_that_is_not_hers_is_not_there(world: World, asked: str) -> None:
    assert (await Desk(world, "wil").get(f"/gezinnen?groep={asked}")).status == 404
    other = group(world, "groep 5")
    assert (await Desk(world, "janneke").get(f"/gezinnen?groep={other}")).status == 404


@pytest.mark.parametrize(
    ("typed", "found"),
    [("yil", "Can Yılmaz"), ("ELIF", "Can Yılmaz"), ("amira had", "Amira Haddad"), ("omar", "Amira Haddad")],
)
async def test_first_letters_find_a_child_or_a_guardian(world: World, typed: str, found: str) -> None:
    page = await Desk(world, "wil").get(f"/gezinnen?zoek={typed}")
    assert found in page
    assert "1 kind gevonden" in page
    assert "Lotte" not in page


async def test_search_stays_within_what_is_hers(world: World) -> None:
    page = await Desk(world, "janneke").get("/gezinnen?zoek=yil")
    assert "Niemand gevonden" in page
    assert "Deniz" not in await Desk(world, "wil").get("/gezinnen?zoek=deniz")
    page = await Desk(world, "wil").get("/gezinnen?zoek=<b>%00")
    assert page.status == 200
    assert "<b>" not in page


async def test_a_coach_sees_those_whose_talk_she_was_given(world: World) -> None:
    desk = Desk(world, "fenna")
    assert "van wie u een gesprek krijgt" in await desk.get("/gezinnen")
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Ik maak me zorgen.")
    fenna = world.rows(select(t.sign_in.c.staff_id))[-1].staff_id
    world.write(lambda tx: tx.execute(update(t.thread).values(staff_id=fenna)))
    page = await desk.get("/gezinnen")
    assert "Lotte Visser" in page
    assert "Amira" not in page
    assert (await desk.get(f"/gezinnen/{world.contact(KARIN)}")).status == 200
    assert (await desk.get(f"/gezinnen/{world.contact(FATIMA)}")).status == 404


async def test_the_network_sees_nobody(world: World) -> None:
    assert (await Desk(world, "net").get("/gezinnen")).status == 404


async def test_who_is_not_reached_stands_there_with_what_to_do(world: World) -> None:
    page = await Desk(world, "wil").get(LOST)
    assert "Elif Yılmaz" in page
    assert "De code op de brief werkt tot maandag 7 december" in page
    assert 'href="tel:+31612000003"' in page
    assert f'/gezinnen/{contact(world, "Elif")}/deur"' in page
    assert "Vraag Fenna" in page
    assert "Fatima" not in page


async def test_the_reason_is_said_in_words(world: World) -> None:
    desk = Desk(world, "wil")
    await world.say(KARIN, "STOP")
    message(world, FATIMA, "delivered")
    message(world, OMAR, "failed")
    world.write(
        lambda tx: tx.execute(
            update(t.address).where(t.address.c.channel == "telegram").values(blocked_at=world.clock())
        )
    )
    page = await desk.get(LOST)
    assert "Stuurde STOP op maandag 23 november" in page
    assert "Er komt niets meer aan sinds maandag 23 november" in page
    assert "geblokkeerd sinds maandag 23 november" in page
    assert "Fatima" not in page
    page = await desk.get(f"/gezinnen?groep={group(world, 'groep 4')}")
    assert "STOP" in page
    assert "niet bereikt" in page
    message(world, OMAR, "delivered")
    assert "Omar" not in await desk.get(LOST)
    await world.later(days=15)
    assert "werkt niet meer sinds maandag 7 december" in await Desk(world, "wil").get(LOST)


async def test_what_is_done_is_out_of_sight_for_two_weeks(world: World) -> None:
    desk, elif_ = Desk(world, "wil"), contact(world, "Elif")
    page = await desk.post(f"/gezinnen/{elif_}/gebeld")
    assert page.status == 200
    assert "Elif" not in page
    assert "blijft twee weken weg" in page
    assert "Maak ongedaan" in page
    assert "Elif" in await desk.post(f"/gezinnen/{elif_}/toch-niet")
    assert "Elif" not in await desk.post(f"/gezinnen/{elif_}/komt-goed")
    assert deeds(world) == ["gezin_gebeld", "gezin_toch_niet", "gezin_komt_goed"]
    await world.later(days=13)
    assert "Elif" not in await Desk(world, "wil").get(LOST)
    await world.later(days=2)
    assert "Elif" in await Desk(world, "wil").get(LOST)


async def test_who_may_hear_nothing_of_the_child_is_not_chased(world: World) -> None:
    child = world.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == world.contact(OMAR)))[0].child_id
    await world.say(OMAR, "STOP")
    world.write(lambda tx: barred.bar(tx, world.contact(OMAR), child, world.clock()))
    desk = Desk(world, "janneke")
    assert "Omar" not in await desk.get(LOST)
    assert "contactverbod" in await desk.get("/gezinnen")


async def test_a_family_half_reached_is_half_a_dot(world: World) -> None:
    message(world, KARIN, "failed")
    await world.say(JAN, "STOP")
    page = await Desk(world, "janneke").get("/gezinnen")
    assert "Bij 1 gezin kwam het laatste bericht niet aan. 1 gezin is nog niet bereikt." in page
    assert "1 bereikt" in page
    assert page.text.count('class="half"') == 1


async def test_an_empty_school_says_how_to_begin(world: World) -> None:
    world.write(lambda tx: tx.execute(update(t.child).values(left_at=world.clock() - timedelta(days=1))))
    page = await Desk(world, "wil").get("/gezinnen")
    assert "Begin met het inlezen" in page
    assert "/inlezen" in page
