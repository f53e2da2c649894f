"""How a message fits its channel: buttons, a list or numbers; lengths as providers count them; cuts that read well."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.channels.phone import LIMITS
from bot.channels.sms import utf16_units as units
from bot.model import Choice, File, Form, Limits
from bot.outbox.fit import Piece, dump, fit, load_pieces

WHATSAPP, SMS, TELEGRAM = LIMITS["whatsapp"], LIMITS["sms"], LIMITS["telegram"]
TINY = Limits(text=20, interactive_text=12, buttons=2, button_label=4, rows=3, row_label=6)


def choices(*labels: str) -> list[Choice]:
    return [Choice(f"id{place}", label) for place, label in enumerate(labels)]


@pytest.mark.parametrize(("text", "count"), [("", 0), ("abc", 3), ("ë", 1), ("😀", 2), ("\ud800", 1), ("e\u0301", 2)])
def test_lengths_are_utf_16(text: str, count: int) -> None:
    assert units(text) == count


def test_one_text_is_one_message() -> None:
    assert fit(["Dag!"], [], SMS) == [Piece("Dag!")]


def test_what_a_turn_says_leaves_as_one_message_where_it_fits() -> None:
    assert fit(["Dag!", "Wat wilt u doen?"], [], SMS) == [Piece("Dag!\n\nWat wilt u doen?")]


@pytest.mark.parametrize(
    ("labels", "layout"),
    [
        (("Ja", "Nee"), "buttons"),
        (("Ja", "Nee", "Straks"), "buttons"),
        (("Ja", "Nee", "Straks", "Nooit"), "list"),
        (("Dit zijn er ruim twintig", "Nee"), "list"),
        (("😀" * 10, "Nee"), "buttons"),
        (("😀" * 11, "Nee"), "list"),
        (("Dit zijn er meer dan vierentwintig", "Nee"), "plain"),
        (tuple("abcdefghij"), "list"),
        (tuple("abcdefghijk"), "plain"),
    ],
)
def test_whatsapp_shows_buttons_then_a_list_then_numbers(labels: tuple[str, ...], layout: str) -> None:
    [piece] = fit(["Kies"], choices(*labels), WHATSAPP)
    assert piece.layout == layout
    assert piece.choices == (() if layout == "plain" else tuple(choices(*labels)))


def test_sms_numbers_what_there_is_to_choose() -> None:
    assert fit(["Dag!", "Kies:"], choices("Ja", "Nee"), SMS) == [Piece("Dag!\n\nKies:\n1 Ja\n2 Nee")]
    assert fit([], choices("Ja"), SMS) == [Piece("1 Ja")]


def test_telegram_has_ten_buttons() -> None:
    assert fit(["Kies"], choices(*"abcdefghij"), TELEGRAM)[0].layout == "buttons"
    assert fit(["Kies"], choices(*"abcdefghijk"), TELEGRAM)[0].layout == "plain"


def test_options_stand_under_the_last_piece() -> None:
    pieces = fit(["een twee drie", "vier"], choices("ja", "nee"), TINY)
    assert pieces == [Piece("een twee"), Piece("drie"), Piece("vier", tuple(choices("ja", "nee")), "buttons")]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Dit is een zin. En nog een.", ["Dit is een zin.", "En nog een."]),
        ("Kort. En dan een zin die langer is.", ["Kort. En dan een", "zin die langer is."]),
        ("eerste regel\ntweede regel", ["eerste regel", "tweede regel"]),
        ("woord woord woord woord", ["woord woord woord", "woord"]),
        ("a" * 45, ["a" * 20, "a" * 20, "a" * 5]),
        ("😀" * 15, ["😀" * 10, "😀" * 5]),
        ("1234567890123456789 x", ["1234567890123456789", "x"]),
    ],
)
def test_a_long_text_is_cut_where_it_reads_well(text: str, pieces: list[str]) -> None:
    assert [piece.text for piece in fit([text], [], replace(TINY, interactive_text=0))] == pieces


PHOTO = File("https://bot.school.example/bijlage/x", "image/jpeg", "foto.jpg")
WEBM = File("https://bot.school.example/bijlage/y", "audio/webm", "stem.webm")


def test_a_file_is_a_message_of_its_own_where_the_channel_carries_it() -> None:
    said, link = "Dag!", f"Foto: {PHOTO.url}"
    for limits in (WHATSAPP, TELEGRAM):
        assert fit([said, link], [], limits, {1: PHOTO}) == [Piece(said), Piece(link, file=PHOTO)]
        assert fit([link], [], limits, {0: PHOTO}) == [Piece(link, file=PHOTO)]
    assert fit([said, link], [], SMS, {1: PHOTO}) == [Piece(f"{said}\n\n{link}")]
    assert fit([said, "Stem: y"], [], WHATSAPP, {1: WEBM}) == [Piece(f"{said}\n\nStem: y")]
    assert fit([said, "Stem: y"], [], TELEGRAM, {1: WEBM})[-1].file == WEBM


def test_a_question_stays_the_last_also_beside_a_file() -> None:
    pieces = fit(["Komt u?", "Foto: x"], choices("Ja", "Nee"), WHATSAPP, {1: PHOTO})
    assert pieces == [Piece("Foto: x", file=PHOTO), Piece("Komt u?", tuple(choices("Ja", "Nee")), "buttons")]
    plain = [each.without_buttons() for each in pieces]
    assert plain[1] == Piece("Komt u?\n1 Ja\n2 Nee")


@given(some.lists(some.text(max_size=70), max_size=4), some.lists(some.text(min_size=1, max_size=8), max_size=5))
def test_every_piece_fits_and_no_word_is_lost(texts: list[str], labels: list[str]) -> None:
    pieces = fit(texts, choices(*labels), TINY)
    for piece in pieces:
        most = TINY.text if piece.layout == "plain" else TINY.interactive_text
        assert units(piece.text) <= most
        assert len(piece.choices) <= {"plain": 0, "buttons": TINY.buttons, "list": TINY.rows}[piece.layout]
    whole = "".join(piece.text for piece in pieces)
    for text in texts:
        assert [sign for sign in text if not sign.isspace() and sign not in whole] == []
    assert pieces[-1].choices in ((), tuple(choices(*labels)))


@given(some.text(min_size=1, max_size=300))
def test_a_cut_never_splits_a_sign(text: str) -> None:
    for piece in fit([text], [], TINY):
        assert units(piece.text) == len(piece.text.encode("utf-16-le", "surrogatepass")) // 2
        assert piece.text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass") == piece.text


@given(some.lists(some.text()))
def test_pieces_are_stored_whole(texts: list[str]) -> None:
    pieces = [Piece(text, tuple(choices("ja", "nee")), "buttons") for text in texts]
    form = Form("klop.vraag", "ar", "buttons", "Dag {{1}}!", tuple(choices("ja")), ("leerkracht",))
    stored = [*pieces, Piece("Dag juf!", tuple(choices("ja")), "buttons", form, ("juf",)), Piece("x", file=PHOTO)]
    assert load_pieces(dump(stored)) == stored
    assert load_pieces('[["Dag", [["id0", "ja"]], "plain"]]') == [Piece("Dag", tuple(choices("ja")))]
