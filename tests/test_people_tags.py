"""Tags of a school: made once, filled with its own children, never by where a family comes from."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.errors import BotError
from bot.people import tags
from bot.people.tags import Tag
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import MONDAY, World


def children(tx: Tx, school: str) -> list[int]:
    return list(tx.execute(select(t.child.c.id).where(t.child.c.school == school).order_by(t.child.c.id)).scalars())


def test_a_name_makes_one_tag_however_it_is_written(database: Database) -> None:
    with database.begin() as tx:
        choir = tags.make(tx, "brug", " School  koor ")
        assert tags.make(tx, "brug", "schoolkoor") != choir == tags.make(tx, "brug", "SCHOOL KOOR")
        assert tags.make(tx, "vaart", "school koor") != choir
        assert [each.name for each in tags.listed(tx, "brug", MONDAY)] == ["School koor", "schoolkoor"]


async def test_children_of_this_school_come_and_go(world: World) -> None:
    def work(tx: Tx) -> None:
        bus = tags.make(tx, "brug", "komt met de bus")
        ours, theirs = children(tx, "brug"), children(tx, "vaart")
        assert tags.put_in(tx, "brug", bus, [*ours[:2], *theirs]) == 2
        assert tags.put_in(tx, "brug", bus, ours[:3]) == 1
        assert tags.put_in(tx, "vaart", bus, theirs) == 0 == tags.take_out(tx, "vaart", bus, ours)
        assert tags.children(tx, "brug", bus) == {*ours[:3]}
        assert tags.children(tx, "vaart", bus) == set()
        tx.execute(update(t.child).where(t.child.c.id == ours[0]).values(left_at=MONDAY + timedelta(hours=1)))
        assert tags.listed(tx, "brug", MONDAY) == [Tag(bus, "komt met de bus", 3)]
        assert tags.listed(tx, "brug", MONDAY + timedelta(days=1)) == [Tag(bus, "komt met de bus", 2)]
        assert tags.take_out(tx, "brug", bus, [ours[1], ours[1], ours[3]]) == 1
        assert not tags.drop(tx, "vaart", bus)
        assert tags.drop(tx, "brug", bus)
        assert not tags.drop(tx, "brug", bus)
        assert tags.listed(tx, "brug", MONDAY) == []

    world.write(work)


async def test_another_name_is_free_or_is_not_taken(world: World) -> None:
    def work(tx: Tx) -> None:
        choir, bus = (tags.make(tx, "brug", name) for name in ("koor", "bus"))
        assert tags.rename(tx, "brug", choir, "Schoolkoor")
        assert not tags.rename(tx, "brug", bus, "SCHOOLKOOR")
        assert not tags.rename(tx, "vaart", bus, "ritje")
        assert [each.name for each in tags.listed(tx, "brug", MONDAY)] == ["bus", "Schoolkoor"]

    world.write(work)


@pytest.mark.parametrize(
    ("name", "why"),
    [("  ", "leeg"), ("k" * 61, "te_lang"), *((name, "herkomst") for name in (
        "Turkse ouders", "Marokkaans", "poolse kinderen", "Oekraïners", "vluchtelingen", "AZC asielzoekers",
        "anderstalig", "Syriërs", "herkomst onbekend",
    ))],
)  # fmt: skip
async def test_a_tag_never_says_where_a_family_comes_from(world: World, name: str, why: str) -> None:
    with pytest.raises(BotError, match=why):
        world.write(lambda tx: tags.make(tx, "brug", name))


async def test_what_a_school_does_name(world: World) -> None:
    names = ["Koor", "Poolcirkel-project", "Engels plusgroep", "turnen", "Sinterklaascommissie", "Overblijf dinsdag"]
    world.write(lambda tx: [tags.make(tx, "brug", name) for name in names])
    assert len(world.write(lambda tx: tags.listed(tx, "brug", MONDAY))) == len(names)
