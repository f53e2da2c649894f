"""For whom a broadcast is meant, and by which way each of them is reached."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from bot.broadcast import audience
from bot.broadcast.audience import Audience, Child, Receiver, families, receivers
from bot.hours import Rest
from bot.model import Address
from bot.people import barred, consent, tags
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import FATIMA, JAN, KARIN, MONDAY, OMAR, World, enrol, opened

HOUR = timedelta(hours=1)


def who(world: World, school: str = "brug", **chosen: Any) -> list[Receiver]:
    return world.write(lambda tx: receivers(tx, world.bot.config, Audience(school, **chosen), world.clock()))


def named(world: World, **chosen: Any) -> dict[str, str]:
    """The people by name, with their children."""
    return {each.name: " ".join(child.name.split()[0] for child in each.children) for each in who(world, **chosen)}


def one(world: World, address: Address, **chosen: Any) -> Receiver:
    [found] = [each for each in who(world, **chosen or {"all": True}) if each.contact_id == world.contact(address)]
    return found


def group(world: World, name: str, school: str = "brug") -> int:
    here = t.group.c.school == school, t.group.c.name == name
    return int(world.rows(select(t.group.c.id).where(*here))[0].id)


def child(world: World, name: str) -> int:
    with world.bot.database.read() as tx:
        rows = tx.execute(select(t.child.c.id, t.child.c.name)).all()
        return next(int(row.id) for row in rows if tx.open("child.name", row.name).startswith(name))


def change(world: World, table: Any, *where: Any, **values: Any) -> None:
    world.write(lambda tx: tx.execute(update(table).where(*where).values(**values)))


# --- who it is
async def test_a_group_a_year_a_child_a_tag_or_everybody(world: World) -> None:
    four = {"Fatima Haddad": "Amira", "Omar Haddad": "Amira", "Karin Visser": "Lotte", "Jan Bakker": "Tim"}
    five = {"Elif Yılmaz": "Can", "Jan Bakker": "Saar"}
    assert named(world, groups=[group(world, "groep 4")]) == four
    assert named(world, levels=[5]) == five
    assert named(world, children=[child(world, "Can")]) == {"Elif Yılmaz": "Can"}
    assert named(world, all=True) == {**four, **five, "Jan Bakker": "Tim Saar"}
    choir = world.write(lambda tx: tags.make(tx, "brug", "koor"))
    world.write(lambda tx: tags.put_in(tx, "brug", choir, [child(world, "Saar"), child(world, "Lotte")]))
    assert named(world, tags=[choir]) == {"Karin Visser": "Lotte", "Jan Bakker": "Saar"}
    assert named(world, tags=[choir], levels=[5]) == {**five, "Karin Visser": "Lotte"}
    assert named(world) == {}, "where nothing is chosen it is for nobody"


async def test_in_the_order_of_the_list_by_group_and_child(world: World) -> None:
    change(world, t.group, t.group.c.name == "groep 5", name="groep 10")
    found = who(world, all=True)
    assert [each.children[0].name.split()[0] for each in found] == ["Amira", "Amira", "Lotte", "Tim", "Can"]
    assert found[3].children == (
        Child(child(world, "Tim"), "Tim Bakker", "groep 4"), Child(child(world, "Saar"), "Saar Bakker", "groep 10"),
    )  # fmt: skip


async def test_another_schools_groups_children_and_tags_are_nobodys(world: World) -> None:
    theirs = world.write(lambda tx: tags.make(tx, "vaart", "koor"))
    world.write(lambda tx: tags.put_in(tx, "vaart", theirs, [child(world, "Bram")]))
    assert named(world, groups=[group(world, "groep 3", "vaart")]) == {}
    assert named(world, children=[child(world, "Bram")], tags=[theirs], levels=[3]) == {}
    assert [each.name for each in who(world, "vaart", tags=[theirs])] == ["Ruud Visser"]


async def test_who_is_barred_hears_nothing_of_that_child_and_who_left_is_gone(world: World) -> None:
    world.write(lambda tx: barred.bar(tx, world.contact(JAN), child(world, "Tim"), MONDAY))
    assert named(world, all=True)["Jan Bakker"] == "Saar"
    change(world, t.child, t.child.c.id == child(world, "Amira"), left_at=MONDAY + HOUR)
    assert "Omar Haddad" in named(world, all=True), "she is here until then"
    world.clock.move(MONDAY + 2 * HOUR)
    assert {*named(world, all=True)} == {"Elif Yılmaz", "Jan Bakker", "Karin Visser"}


async def test_last_years_group_says_nothing_about_this_year(world: World) -> None:
    four = group(world, "groep 4")
    world.clock.move(MONDAY + timedelta(days=365))
    assert who(world, groups=[four]) == who(world, levels=[4]) == []
    assert one(world, KARIN).children[0].group == "", "she is still at this school"


async def test_a_phone_that_a_family_shares_is_one_with_both_names(world: World) -> None:
    her, amira = world.contact(FATIMA), child(world, "Amira")

    def work(tx: Tx) -> None:
        names = {each: tx.seal(f"guardian.{each}", "nl") for each in ("language",)}
        names["name"] = tx.seal("guardian.name", "Samir Haddad")
        tx.execute(insert(t.guardian).values(contact_id=her, child_id=amira, school="brug", **names))

    world.write(work)
    found = one(world, FATIMA)
    assert (found.name, len(found.children)) == ("Fatima Haddad / Samir Haddad", 1)


async def test_two_who_share_a_child_are_one_family(world: World) -> None:
    found = who(world, all=True)
    assert (len(found), families(found)) == (5, 4)
    jan = one(world, JAN)
    cousin = jan._replace(contact_id=0, children=(*jan.children[:1], *one(world, KARIN).children))
    assert families([*found, cousin]) == 3, "who has a child with each of them makes them one"
    assert families([]) == 0


async def test_only_who_got_it_and_has_not_answered(world: World) -> None:
    def work(tx: Tx) -> int:
        values = {
            "school": "brug", "staff_id": 1, "kind": "question", "what": "peiling", "content": b"", "audience": [],
            "cls": "broadcast", "state": "going", "key": "k", "made_at": MONDAY, "due_at": MONDAY, "until_at": MONDAY,
        }  # fmt: skip
        number = int(tx.execute(insert(t.broadcast).values(values).returning(t.broadcast.c.id)).scalar_one())
        got = [(KARIN, None, None), (OMAR, None, MONDAY), (FATIMA, "no_consent", None), (JAN, None, None)]
        for address, why, at in got:
            children = [child_id for child_id in (saar,) if address == JAN] or [lotte]
            row = {"broadcast_id": number, "contact_id": ids[address], "children": children, "why": why}
            tx.execute(insert(t.broadcast_to).values(**row, answered_at=at))
        return number

    saar, lotte = child(world, "Saar"), child(world, "Lotte")
    ids = {each: world.contact(each) for each in (KARIN, OMAR, FATIMA, JAN)}
    asked = world.write(work)
    assert named(world, unanswered=asked) == {"Karin Visser": "Lotte", "Jan Bakker": "Saar"}
    assert named(world, unanswered=asked, levels=[4]) == {"Karin Visser": "Lotte", "Jan Bakker": "Tim"}
    assert who(world, "vaart", unanswered=asked) == [], "it is no broadcast of that school"


# --- by which way
async def test_the_first_address_at_which_she_said_yes(world: World) -> None:
    change(world, t.contact, t.contact.c.id == world.contact(KARIN), rest_from="19:00", rest_until="08:00")
    channels = {each.name.split()[0]: (each.channel, each.why, each.language) for each in who(world, all=True)}
    assert channels == {
        "Fatima": ("whatsapp", "", "ar"), "Omar": ("sms", "", "en"), "Karin": ("sms", "", "nl"),
        "Jan": ("telegram", "", "nl"), "Elif": ("", audience.NO_WAY, "tr"),
    }  # fmt: skip
    assert one(world, KARIN).rest == Rest(time(19, 0), time(8, 0))


async def test_the_window_is_open_for_a_day_after_her_words(world: World) -> None:
    assert not one(world, FATIMA).window
    change(world, t.address, t.address.c.channel == "whatsapp", heard_at=MONDAY)
    world.clock.move(MONDAY + 24 * HOUR - timedelta(seconds=1))
    assert one(world, FATIMA).window
    world.clock.move(MONDAY + 24 * HOUR)
    assert not one(world, FATIMA).window
    assert one(world, OMAR).window, "an SMS has none"


async def test_where_the_window_is_shut_another_channel_may_take_free_words(world: World) -> None:
    def also(address: Address, position: int, heard_at: Any) -> None:
        found = world.write(lambda tx: enrol(tx, "Fatima", address, "brug", ("school",), MONDAY))
        assert found == world.contact(FATIMA)
        change(world, t.address, t.address.c.id == world.address(address), position=position, heard_at=heard_at)

    also(Address("sms", "+31612000001"), 1, None)
    found = one(world, FATIMA)
    assert (found.channel, found.window, found.other, found.talks) == ("whatsapp", False, "sms", False)
    also(Address("telegram", "4712"), 2, MONDAY)
    found = one(world, FATIMA)
    assert (found.channel, found.other, found.talks) == ("whatsapp", "telegram", True), "where she talks goes first"


@pytest.mark.parametrize(
    ("by", "why"),
    [("stop", audience.STOPPED), ("block", audience.BLOCKED), ("office", audience.OFF), ("less", audience.OFF)],
)
async def test_why_she_cannot_be_reached(world: World, by: str, why: str) -> None:
    world.write(lambda tx: consent.withdraw(tx, world.contact(OMAR), by, MONDAY))
    assert (one(world, OMAR).channel, one(world, OMAR).why) == ("", why)


async def test_yes_to_tips_or_to_another_school_is_no_yes_to_this_one(world: World) -> None:
    change(world, t.consent, t.consent.c.contact_id == world.contact(OMAR), t.consent.c.purpose == "school",
           school="vaart")  # fmt: skip
    assert one(world, OMAR).why == audience.NO_CONSENT


async def test_a_dead_number_and_a_channel_that_is_off(world: World) -> None:
    change(world, t.address, t.address.c.id == world.address(OMAR), blocked_at=MONDAY)
    assert one(world, OMAR).why == audience.BLOCKED
    off = {name: each for name, each in world.bot.config.channels.items() if name != "telegram"}
    world.bot.config = replace(world.bot.config, channels=off)
    assert one(world, JAN).why == audience.NO_CHANNEL
    assert {each.why for each in who(world, all=True)} <= {"", *audience.WHY}


# --- what it takes
@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as found:
        yield found


async def test_a_handful_of_statements_however_many_families(there: World) -> None:
    """On both engines: 30 families more, half of them unreached, cost no statement more."""

    def look(tx: Tx) -> tuple[int, int]:
        seen: list[str] = []
        event.listen(tx.connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
        found = receivers(tx, there.bot.config, Audience("brug", levels=[4, 5]), MONDAY)
        return len(found), len(seen)

    def more(tx: Tx) -> None:
        [four] = tx.execute(select(t.group.c.id).where(t.group.c.name == "groep 4")).scalars()
        for number in range(9000, 9030):
            words = {"name": tx.seal("child.name", f"Kind {number}"), "created_at": MONDAY}
            tx.execute(insert(t.child).values(id=number, school="brug", **words))
            tx.execute(
                insert(t.contact).values(id=number, language=tx.seal("contact.language", "pl"), created_at=MONDAY)
            )
            tx.execute(insert(t.membership).values(child_id=number, group_id=four, year="2026-2027"))
            sealed = {"name": tx.seal("guardian.name", "Ouder"), "language": tx.seal("guardian.language", "pl")}
            tx.execute(insert(t.guardian).values(contact_id=number, child_id=number, school="brug", **sealed))
            if number % 2:
                where = {"channel": "sms", "find": str(number), "sealed": b"", "linked_at": MONDAY}
                tx.execute(insert(t.address).values(contact_id=number, **where))
                consent.give(tx, number, "brug", "sms", ("school",), "tak", None, MONDAY)

    before = there.write(look)
    there.write(more)
    after = there.write(look)
    assert (before[0], after[0]) == (5, 35)
    assert max(before[1], after[1]) <= 8
