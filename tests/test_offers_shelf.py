"""What partners offer: read strictly, shown only while it holds and to whom it fits."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.errors import ContentError
from bot.offers import fitting, rows, shelf
from bot.offers.fitting import Wish
from bot.offers.rows import THEMES, Item
from bot.offers.shelf import FULL, GONE, Seen, Shelf
from bot.translation.languages import LANGUAGES

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).resolve().parent.parent
GOOD = {
    "key": "taalcafe", "owner": "Buurthuis", "contact": "Nora Smit", "phone": "06 12 00 02 01", "theme": "taal",
    "languages": "nl ar", "place": "De Sluis", "cost": "2,50/keer", "until": "30-06-2027", "checked": "2026-09-01",
    "name": "Taalcafé", "what": "Samen praten, met thee.", "from": "4", "to": "8", "what.tr": "Birlikte konuşalım.",
}  # fmt: skip


def written(*changes: dict[str, str], mark: str = ";") -> str:
    """A file with a row for each of these changes."""
    heading = [*rows.COLUMNS, "what.tr"]
    lines = [mark.join(f'"{({**GOOD, **change}).get(name, "")}"' for name in heading) for change in changes]
    return "\n".join([mark.join(heading), *lines])


def item(**changes: object) -> Item:
    return replace(rows.read(written({}))[0][0], **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_row_is_read_as_a_spreadsheet_writes_it(mark: str) -> None:
    items, faults = rows.read(written({}, {"key": "twee", "cost": "", "until": "", "languages": "alle"}, mark=mark))
    assert faults == []
    first, second = items
    assert (first.phone, first.cost, first.per) == ("+31612000201", Decimal("2.50"), "keer")
    assert (first.languages, first.youngest, first.oldest) == (("nl", "ar"), 4, 8)
    assert (first.until, first.checked) == (date(2027, 6, 30), date(2026, 9, 1))
    assert first.said == {"tr": "Birlikte konuşalım."}
    assert (second.cost, second.until, second.languages) == (None, None, tuple(LANGUAGES))


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("key", "Taal café", "is no key"), ("key", "", "is empty"), ("owner", "", "is empty"),
        ("phone", "12", "is no phone number"), ("page", "http://x", "is no page"), ("theme", "koken", "no theme"),
        ("languages", "nl xx", "no language 'xx'"), ("from", "vier", "is no age"), ("to", "2", "2 is younger than 4"),
        ("cost", "veel", "is no price"), ("cost", "2,50/week", "is no price"), ("until", "31-02-2027", "is no date"),
        ("checked", "", "is empty"), ("what", "x" * 121, "has 121 signs"), ("name", "x" * 41, "has 41 signs"),
        ("what.tr", "x" * 241, "has 241 signs"), ("school", "elders", "there is no school 'elders'"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_row_its_column_and_the_way_out(column: str, value: str, problem: str) -> None:
    items, faults = rows.read(written({}, {"key": "mis", column: value}), ["brug"])
    assert [each.key for each in items] == ["taalcafe"], "the others are read all the same"
    [fault] = faults
    assert (fault.row, fault.column) == (3, column)
    assert problem in fault.problem
    assert fault.way_out
    assert str(fault).startswith(f"offers.csv: row 3, {column}: ")


def test_a_file_that_is_no_table_says_so(tmp_path: Path) -> None:
    assert [each.column for each in rows.read("key;prijs")[1]][-1] == "prijs"
    assert rows.read(written({}, {}))[1][0].problem == "'taalcafe' stands in the file twice"
    assert "how can the owner be reached" in rows.read(written({"phone": ""}))[1][0].problem
    assert "columns, the heading" in rows.read(written({}) + "\nx;y")[1][0].problem
    assert rows.read('"key')[1][0].way_out == "close every quotation mark"
    file = tmp_path / "offers.csv"
    assert shelf.load(file) == Shelf(), "without a file nothing is offered"
    file.write_text("\ufeff" + written({"cost": "veel"}), encoding="utf-8")
    with pytest.raises(ContentError, match=r"row 2, cost: 'veel' is no price; write 0, 2,50"):
        shelf.load(file)
    file.write_bytes(b"key;\xff")
    with pytest.raises(ContentError, match="not written in UTF-8"):
        shelf.load(file)


def test_the_file_of_the_project_is_right() -> None:
    found, faults = shelf.read(ROOT / "flows" / "offers.csv", ["brug"])
    assert faults == []
    assert len(found.items) == 12
    assert len(fitting.themes(found.items)) > 6, "more than one message holds"


def test_its_owner_is_asked_before_it_ends_once_a_year_and_when_it_was_full() -> None:
    ends = item(until=TODAY + timedelta(days=60), checked=TODAY - timedelta(days=30))
    assert not shelf.asks(ends, {}, TODAY - timedelta(days=1))
    assert shelf.asks(ends, {}, TODAY)
    assert not shelf.asks(ends, {"taalcafe": Seen(TODAY)}, TODAY), "somebody just asked"
    longer = {"taalcafe": Seen(TODAY, "", TODAY + timedelta(days=200))}
    assert shelf.ends(ends, longer) == TODAY + timedelta(days=200)
    assert shelf.is_open(ends, longer, TODAY + timedelta(days=61))
    assert not shelf.is_open(ends, {}, TODAY + timedelta(days=61))
    assert not shelf.asks(ends, {}, TODAY + timedelta(days=61)), "what is over is asked no more"
    always = item(until=None, checked=TODAY - timedelta(days=364))
    assert [shelf.asks(always, {}, TODAY + timedelta(days=more)) for more in (0, 1)] == [False, True]
    full = {"taalcafe": Seen(TODAY, FULL)}
    assert not shelf.is_open(item(), full, TODAY)
    assert [shelf.asks(item(), full, TODAY + timedelta(days=more)) for more in (59, 60)] == [False, True]
    assert not shelf.asks(item(), {"taalcafe": Seen(TODAY, GONE)}, TODAY + timedelta(days=900))


def test_the_years_of_a_group() -> None:
    assert fitting.ages("groep 1") == (4, 5)
    assert fitting.ages("groep 7/8") == (10, 12)
    assert fitting.ages("8b") == (11, 12)
    assert fitting.ages("de Vlinders") == fitting.ages("klas 42") == (4, 12), "nobody knows: any age of this school"


_DAYS = some.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days))
_AGES = some.none() | some.integers(0, 18)
_ITEMS = some.builds(
    replace, some.just(item()), key=some.sampled_from([f"k{number}" for number in range(8)]),
    school=some.sampled_from(["", "brug", "vaart"]), theme=some.sampled_from(THEMES), youngest=_AGES, oldest=_AGES,
    languages=some.lists(some.sampled_from(["nl", "ar", "tr", "so"]), min_size=1, unique=True).map(tuple),
    until=some.none() | _DAYS, checked=_DAYS,
)  # fmt: skip
_SEEN = some.dictionaries(
    some.sampled_from([f"k{number}" for number in range(8)]),
    some.builds(Seen, _DAYS, some.sampled_from(["", FULL, GONE]), some.none() | _DAYS),
)
_WISHES = some.builds(
    Wish, some.sampled_from(["nl", "ar", "tr"]),
    some.lists(some.integers(4, 11).map(lambda age: (age, age + 1)), max_size=3).map(tuple),
)  # fmt: skip


def _is_readable(each: Item) -> bool:
    """The reader refuses others."""
    return (each.youngest or 0) <= (each.oldest if each.oldest is not None else 99)


@settings(max_examples=100, deadline=None)
@given(some.lists(_ITEMS.filter(_is_readable), max_size=8, unique_by=lambda each: each.key), _SEEN, _WISHES)
def test_nothing_that_is_over_full_or_for_others_is_ever_shown(
    items: list[Item], seen: dict[str, Seen], wish: Wish
) -> None:
    found = fitting.fitting(Shelf(tuple(items)), "brug", seen, wish, TODAY)
    for each in found:
        last = seen.get(each.key)
        until = last.until if last and last.until and last.on >= each.checked else each.until
        assert until is None or until >= TODAY
        assert last is None or last.state == ""
        assert each.school in ("", "brug")
        assert {wish.language, "nl"} & {*each.languages}
        years = {age for low, high in wish.ages or ((4, 12),) for age in range(low, high + 1)}
        assert any((each.youngest or 0) <= age <= (each.oldest if each.oldest is not None else 99) for age in years)
    own = [wish.language in each.languages for each in found]
    assert own == sorted(own, reverse=True), "her own language first"
    assert [*fitting.themes(found)] == [*dict.fromkeys(fitting.themes(found))]
