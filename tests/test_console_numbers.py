"""Phone numbers, as every page writes them."""

import pytest

from bot.console.numbers import Number, number, readable


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ("+31612000001", "06 12 00 00 01"),
        ("+31302345678", "030 234 5678"),
        ("+32470123456", "+32 470 12 34 56"),
        ("@debrug_bot", "@debrug_bot"),
    ],
)
def test_a_number_reads_as_one_says_it(known: str, shown: str) -> None:
    assert number(known) == Number(known, shown)
    assert readable(known) == shown


def test_where_the_school_knows_none_there_is_none() -> None:
    assert number("") is None
    assert readable("") == ""
