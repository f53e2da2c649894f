"""How SMS counts: alphabets and parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.sms import is_gsm7, sms_parts, utf16_units

PLAIN = "Dag, hier juf Janneke van De Brug: één, ñ, ö, Ø, Æ, Δ, £, ¿ @_"
EXTENSION = "^{}\\[~]|€\f"


@pytest.mark.parametrize("text", ["", PLAIN, EXTENSION, "\n\r"])
def test_in_the_alphabet(text: str) -> None:
    assert is_gsm7(text)


@pytest.mark.parametrize("sign", "ëïáóç’“…–ışğİąłțقት\u2068\u2069\u00a0\t`🙂")
def test_not_in_the_alphabet(sign: str) -> None:
    assert not is_gsm7(f"Dag{sign}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),  # two each
        ("€" * 81, 2),
        ("x" * 151 + "€" + "x" * 153, 2),
        ("x" * 152 + "€" + "x" * 152, 3),  # 306 as well, but an escape stays with its sign
        ("ş" * 70, 1),
        ("ş" * 71, 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
        ("🙂" * 35, 1),  # two each
        ("🙂" * 36, 2),
        ("ş" * 66 + "🙂" + "ş" * 66, 3),  # 134 units, but half an emoji is nothing
        ("x" * 1600, 11),
    ],
)
def test_parts(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


def test_units_count_an_emoji_as_two_and_half_of_one_as_one() -> None:
    assert [utf16_units(text) for text in ("", "a", "ş", "🙂", "\ud83d")] == [0, 1, 1, 2, 1]


@given(st.text(max_size=2000))
def test_a_longer_text_never_costs_less(text: str) -> None:
    assert 1 <= sms_parts(text) <= sms_parts(text + "x") <= sms_parts(text) + 1
