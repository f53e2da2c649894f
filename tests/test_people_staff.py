"""Who teaches whom, on both engines."""

from datetime import datetime

import pytest
from sqlalchemy import insert, update

from bot.people import groups, staff
from bot.store import tables as t
from bot.store.database import Database, Tx

YEAR = "2026-2027"


def child_in(tx: Tx, group: str, now: datetime) -> int:
    number = groups.named(tx, "vaart", YEAR, [group])
    made = insert(t.child).values(school="vaart", name=tx.seal("child.name", "Elif"), created_at=now)
    child: int = tx.execute(made.returning(t.child.c.id)).scalar_one()
    tx.execute(insert(t.membership).values(child_id=child, group_id=next(iter(number.values())), year=YEAR))
    return child


def test_the_teacher_of_a_child(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        elif_ = child_in(tx, "Groep 4", now)
        assert staff.teacher(tx, elif_, YEAR) is None
        staff.add(tx, "vaart", "coach", "Noor", "kansencoach", ["groep 4"], YEAR)
        number = staff.add(tx, "vaart", "janneke", "juf Janneke", "leerkracht", ["groep 4"], YEAR)
        staff.add(tx, "vaart", "tom", "meester Tom", "leerkracht", ["GROEP  4"], YEAR)
        found = staff.teacher(tx, elif_, YEAR)
        assert found == staff.StaffRow(number, "vaart", "janneke", "juf Janneke", "leerkracht")
        assert staff.teacher(tx, elif_, "2027-2028") is None


def test_a_substitute_comes_last(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        elif_ = child_in(tx, "groep 4", now)
        stands_in = staff.add(tx, "vaart", "inval", "meester Inval", "leerkracht", ["groep 4"], YEAR)
        tx.execute(update(t.group_staff).where(t.group_staff.c.staff_id == stands_in).values(substitute=True))
        staff.add(tx, "vaart", "janneke", "juf Janneke", "leerkracht", ["groep 4"], YEAR)
        found = staff.teacher(tx, elif_, YEAR)
        assert found is not None
        assert found.key == "janneke"


def test_adding_again_changes_and_next_year_is_another_year(database: Database) -> None:
    with database.begin() as tx:
        first = staff.add(tx, "vaart", "janneke", "juf Janneke", "leerkracht", ["groep 4", "groep 5"], YEAR)
        again = staff.add(tx, "vaart", "janneke", "juf Janneke de Wit", "leerkracht", ["groep 5", "groep 6"], YEAR)
        staff.add(tx, "vaart", "janneke", "juf Janneke de Wit", "leerkracht", ["groep 7"], "2027-2028")
        staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", [], YEAR)
        assert first == again
        assert [(row.name, hers) for row, hers in staff.everyone(tx, "vaart", YEAR)] == [
            ("juf Janneke de Wit", ["groep 5", "groep 6"])
        ]
        assert [hers for _, hers in staff.everyone(tx, "vaart", "2027-2028")] == [["groep 7"]]
        assert [hers for _, hers in staff.everyone(tx, "brug", YEAR)] == [[]]


@pytest.mark.parametrize("names", [["groep 4", "Groep 4", " GROEP  4"], []])
def test_a_group_is_made_once(database: Database, names: list[str]) -> None:
    with database.begin() as tx:
        first = groups.named(tx, "vaart", YEAR, names)
        assert groups.named(tx, "vaart", YEAR, names) == first
        assert len(first) == bool(names)
