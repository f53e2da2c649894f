"""What the desk knows of a family, on both engines: the children over all schools, their groups and teachers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import update

from bot.desk.load import Batch
from bot.people import contacts, letters, roster, staff
from bot.store import tables as t
from bot.store.database import Database
from tests.world import ELIF, FATIMA, JAN, YEAR, World, opened

NEXT = "2027-2028"


class Child(NamedTuple):
    """A child as the conversations of its parent know it."""

    school: str
    name: str
    group: str | None
    teacher: str | None


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as there:
        yield there


def children(world: World, contact_id: int, **later: float) -> list[Child]:
    with world.bot.database.read() as tx:
        batch = Batch(tx, world.bot.books, [contact_id], world.clock() + timedelta(**later))
        return [
            Child(
                row.school, tx.open("child.name", row.child), row.group,
                tx.open("staff.name", row.teacher) if row.teacher else None,
            )
            for row in batch.families[contact_id]
        ]  # fmt: skip


def teach(world: World, key: str, name: str, role: str = "leerkracht", year: str = YEAR) -> int:
    return world.write(lambda tx: staff.add(tx, "brug", key, name, role, ["groep 4"], year))


def take_over(world: World, contact_id: int, guardian: str, school: str) -> None:
    """She turns out to be this guardian too."""
    with world.bot.database.begin() as tx:
        [other] = [row for row in letters.rows(tx, school, YEAR, world.clock()) if row.guardian == guardian]
        assert contacts.adopt(tx, other.contact_id, contact_id)


def test_every_child_has_its_own_teacher(world: World) -> None:
    assert children(world, world.enrol("Jan", JAN)) == [
        Child("brug", "Tim Bakker", "groep 4", "juf Janneke"),
        Child("brug", "Saar Bakker", "groep 5", "meester Bas"),
    ]


def test_a_phone_that_two_guardians_share_shows_each_child_once(world: World) -> None:
    mother = world.enrol("Fatima", FATIMA)
    take_over(world, mother, "Omar Haddad", "brug")
    assert [child.name for child in children(world, mother)] == ["Amira Haddad"]


def test_the_children_of_two_schools(world: World) -> None:
    mother = world.enrol("Elif", ELIF)
    take_over(world, mother, "Elif Yılmaz", "vaart")
    assert children(world, mother) == [
        Child("brug", "Can Yılmaz", "groep 5", "meester Bas"),
        Child("vaart", "Deniz Yılmaz", "groep 3", "juf Noor"),
    ]


def test_groups_and_teachers_are_those_of_the_school_year(world: World, tmp_path: Path) -> None:
    father = world.enrol("Jan", JAN)
    file = tmp_path / "next.csv"
    file.write_text(
        "group,child,guardian,language,phone\ngroep 4,Saar Bakker,Jan Bakker,nl,0612000004\n", encoding="utf-8"
    )
    world.write(lambda tx: roster.load(tx, "brug", NEXT, roster.read(file), world.clock()))
    teach(world, "janneke", "juf Janneke", year=NEXT)
    assert children(world, father)[1] == Child("brug", "Saar Bakker", "groep 5", "meester Bas")
    assert children(world, father, days=365) == [
        Child("brug", "Tim Bakker", None, None),
        Child("brug", "Saar Bakker", "groep 4", "juf Janneke"),
    ]


def test_of_two_teachers_the_first_speaks_and_a_substitute_comes_last(world: World) -> None:
    father = world.enrol("Jan", JAN)
    teach(world, "tom", "meester Tom")
    assert children(world, father)[0].teacher == "juf Janneke"
    hers = t.group_staff.c.staff_id == teach(world, "janneke", "juf Janneke")
    world.write(lambda tx: tx.execute(update(t.group_staff).where(hers).values(substitute=True)))
    assert children(world, father)[0].teacher == "meester Tom"
    world.write(lambda tx: tx.execute(t.group_staff.delete().where(~hers)))
    assert children(world, father)[0].teacher == "juf Janneke", "where there is nobody else"


def test_a_coach_is_no_teacher(world: World) -> None:
    father = world.enrol("Jan", JAN)
    world.write(lambda tx: tx.execute(t.group_staff.delete()))
    teach(world, "coach", "Noor", role="kansencoach")
    assert children(world, father)[0] == Child("brug", "Tim Bakker", "groep 4", None)
    teach(world, "janneke", "juf Janneke")
    assert children(world, father)[0].teacher == "juf Janneke"
