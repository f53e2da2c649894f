"""A text in sentences: cut where one ends and nowhere else, and put together again to the sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.translation.sentences import has_words, join, split


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dag ouders! Morgen gym. Tot dan", ["Dag ouders!", "Morgen gym.", "Tot dan"]),
        ("Neem o.a. brood mee, bijv. wit. Dhr. Jansen komt ook.", ["Neem o.a. brood mee, bijv. wit.",
        "Dhr. Jansen komt ook."]),
        ("Om 8.30 uur. Kosten: € 4.50. Tot 9.00!", ["Om 8.30 uur.", "Kosten: € 4.50.", "Tot 9.00!"]),
        ("Dit is voor groep 3. Neem lijm mee.", ["Dit is voor groep 3.", "Neem lijm mee."]),
        ("24. Kasım günü okul yok. Teşekkürler.", ["24. Kasım günü okul yok.", "Teşekkürler."]),
        ("متى الرحلة؟ شكرا.", ["متى الرحلة؟", "شكرا."]),
        ("ሰላም። ጽባሕ ንዑ።", ["ሰላም።", "ጽባሕ ንዑ።"]),
        ("Mw. J. de Vries belt. Zegt u het?! Graag...", ["Mw. J. de Vries belt.", "Zegt u het?!", "Graag..."]),
        ("Hij zei: \"Kom je?\" Ik ging.", ["Hij zei: \"Kom je?\"", "Ik ging."]),
        ("Neem mee:\n- gymspullen\n- brood\n\nGroet, juf", ["Neem mee:", "gymspullen", "brood", "Groet, juf"]),
        ("1. Lijm\n2) Schaar\n• Papier", ["Lijm", "Schaar", "Papier"]),
        ("Tot morgen 😊 Groetjes", ["Tot morgen 😊", "Groetjes"]),
        ("www.voorbeeld.nl/a.b en a.b@c.nl. Dag", ["www.voorbeeld.nl/a.b en a.b@c.nl.", "Dag"]),
    ],
)  # fmt: skip
def test_where_sentences_end(text: str, sentences: "list[str]") -> None:
    assert [piece for piece in split(text) if has_words(piece)] == sentences
    assert join(split(text)) == text


@given(st.text(max_size=200) | st.text('aB. !?\n-•1،؟።😊\t\r\u2028"', max_size=80))
def test_together_they_are_the_text(text: str) -> None:
    pieces = split(text)
    assert join(pieces) == text
    assert all(pieces)
    assert all(piece == piece.strip() for piece in pieces if has_words(piece))


def test_what_has_no_letters_needs_no_translation() -> None:
    assert [has_words(each) for each in ("- ", "\n\n", "8.30", "😊", "€ 5", "Ja", "نعم")] == [False] * 5 + [True] * 2
