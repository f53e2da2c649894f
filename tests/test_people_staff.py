"""Who works at school and with which groups, on both engines."""

import pytest

from bot.people import groups, staff
from bot.store.database import Database

YEAR = "2026-2027"


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
