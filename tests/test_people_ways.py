"""The channels of a parent: another order, and one that is not hers any more; on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.model import Address
from bot.people import consent, contacts, ways
from bot.privacy import export
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import FATIMA, KARIN, MONDAY, World, enrol, opened

SECOND, THIRD = Address("telegram", "4799"), Address("sms", "+31612000078")


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Fatima with three channels, Karin with one."""
    async with opened(database, tmp_path) as world:

        def work(tx: Tx) -> None:
            hers = enrol(tx, "Fatima", FATIMA, "brug", ("school", "tips"), MONDAY)
            enrol(tx, "Karin", KARIN, "brug", ("school",), MONDAY)
            for who in (SECOND, THIRD):
                contacts.link(tx, contacts.resolve(tx, [who], MONDAY)[who][1], hers, MONDAY)
                consent.give(tx, hers, "brug", who.channel, ("school",), "ja", None, MONDAY)

        world.write(work)
        yield world


def order(world: World) -> list[str]:
    a = t.address.c
    hers = select(a.channel).where(a.contact_id == world.contact(FATIMA)).order_by(a.position, a.id)
    return [row.channel for row in world.rows(hers)]


async def test_one_place_at_a_time(there: World) -> None:
    hers, sms = there.contact(FATIMA), there.address(THIRD)
    assert order(there) == ["whatsapp", "telegram", "sms"]
    assert there.write(lambda tx: ways.reorder(tx, hers, sms, up=True))
    assert order(there) == ["whatsapp", "sms", "telegram"]
    assert there.write(lambda tx: ways.reorder(tx, hers, sms, up=True))
    assert not there.write(lambda tx: ways.reorder(tx, hers, sms, up=True)), "it is first already"
    assert there.write(lambda tx: ways.reorder(tx, hers, sms, up=False))
    assert order(there) == ["whatsapp", "sms", "telegram"]
    assert not there.write(lambda tx: ways.reorder(tx, hers, there.address(KARIN), up=True)), "that is another's"


async def test_what_waits_unread_from_that_phone_is_a_strangers(there: World) -> None:
    hers, number = there.contact(FATIMA), there.address(SECOND)
    await there.say(SECOND, "hallo", settle=False)
    config, now = there.bot.config, there.clock()
    token = there.write(lambda tx: export.hand_out(tx, config, hers, now)).value.rpartition("/")[2]
    assert there.write(lambda tx: export.by_token(tx, config, token, now)) is not None
    assert there.write(lambda tx: ways.take_away(tx, hers, number, there.clock()))
    assert there.write(lambda tx: export.by_token(tx, config, token, now)) is None, "whoever has that phone now"
    assert order(there) == ["whatsapp", "sms"]
    assert await there.settled(SECOND) == ["onbekend.antwoord", "onbekend.antwoord"]
    assert there.inbox() == ["done"]


async def test_it_comes_back_as_it_was(there: World) -> None:
    hers, number = there.contact(FATIMA), there.address(SECOND)
    before = there.write(lambda tx: consent.open_for(tx, [hers]))
    taken = there.write(lambda tx: ways.take_away(tx, hers, number, there.clock()))
    assert taken is not None
    assert there.write(lambda tx: consent.open_for(tx, [hers])) != before
    assert there.write(lambda tx: ways.give_back(tx, hers, taken, there.clock()))
    assert there.write(lambda tx: consent.open_for(tx, [hers])) == before
    assert sorted(order(there)) == ["sms", "telegram", "whatsapp"]
    assert there.rows(select(t.address.c.linked_at).where(t.address.c.id == number))[0].linked_at == MONDAY


async def test_it_does_not_come_back_from_somebody_else(there: World) -> None:
    hers, number = there.contact(FATIMA), there.address(SECOND)
    taken = there.write(lambda tx: ways.take_away(tx, hers, number, there.clock()))
    assert taken is not None
    there.write(lambda tx: contacts.link(tx, number, there.contact(KARIN), there.clock()))
    assert not there.write(lambda tx: ways.give_back(tx, hers, taken, there.clock()))
    assert not there.write(lambda tx: ways.take_away(tx, hers, there.address(KARIN), there.clock()))
