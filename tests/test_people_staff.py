"""Who works at school and with which groups, on both engines."""

from datetime import time

import pytest

from bot.config import School
from bot.errors import BotError
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


def test_her_hours_are_hers_where_she_has_some_else_the_schools(database: Database) -> None:
    school = School("brug", "De Brug", office_from=time(8, 15))
    with database.begin() as tx:
        number = staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", [], YEAR)
        assert staff.office_hours(staff.by_key(tx, "brug", "janneke"), school) == dict.fromkeys(
            ("ma", "di", "wo", "do", "vr"), (time(8, 15), time(17))
        )
        staff.set_office(tx, number, {"ma": ["09:00", "12:30"], "wo": [], "za": ["10:00", "11:00"]})
        hers = staff.office_hours(staff.by_key(tx, "brug", "janneke"), school)
    assert hers["ma"] == (time(9), time(12, 30))
    assert hers["za"] == (time(10), time(11))
    assert set(hers) == {"ma", "di", "do", "vr", "za"}


def test_she_is_found_by_key_or_name_and_a_wrong_one_names_who_there_is(database: Database) -> None:
    with database.begin() as tx:
        number = staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", [], YEAR)
        staff.add(tx, "brug", "bas", "meester Bas", "leerkracht", [], YEAR)
        assert staff.by_key(tx, "brug", "janneke").id == staff.by_key(tx, "brug", "Juf Janneke").id == number
        for wrong in ("noor", ""):
            with pytest.raises(BotError, match="janneke, bas"):
                staff.by_key(tx, "brug", wrong)
        with pytest.raises(BotError, match="staff add"):
            staff.by_key(tx, "vaart", "janneke")
