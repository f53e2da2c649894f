"""What a teacher fills in: how it is read, what is wrong with it, and until when it is of use."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.broadcast.content import OWN, QUESTION, READY, WORDS, Content
from bot.broadcast.filled import WRONG, problems, until, value
from bot.conversation import ready
from bot.model import Value

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
TRIP = ready.parse(
    """
    message = "tripje"
    theme = "uitje"
    kind = "communicatie"
    phase = "hoofd"
    cell = 5
    [field.dag]
    type = "date"
    [field.einde]
    type = "date"
    optional = true
    last = true
    [field.tijd]
    type = "time"
    optional = true
    [field.prijs]
    type = "amount"
    optional = true
    [field.hoeveel]
    type = "number"
    optional = true
    [field.waar]
    type = "place"
    """,
    "tripje.toml",
)
TYPED = {"dag": "2026-11-24", "waar": "Het bos"}


def filled(**typed: str) -> Content:
    read = {name: value(TRIP.fields[name].type, text) for name, text in {**TYPED, **typed}.items()}
    return Content(READY, "tripje", {name: each for name, each in read.items() if each})


@pytest.mark.parametrize(
    ("kind", "typed", "read"),
    [
        ("date", " 24-11-2026 ", Value("date", "2026-11-24")), ("date", "4/1/2027", Value("date", "2027-01-04")),
        ("time", "8.30 uur", Value("time", "08:30")), ("time", "19:05", Value("time", "19:05")),
        ("amount", "€ 4,5", Value("amount", "4.50")), ("amount", "12,-", Value("amount", "12.00")),
        ("amount", "0", Value("amount", "0.00")), ("number", "3", Value("number", "3")),
        ("place", " het  bos ", Value("text", "het bos")), ("name", "meester Bas", Value("name", "meester Bas")),
        ("place", "  ", None), ("date", "morgen", Value("date", "morgen")),
    ],
)  # fmt: skip
def test_it_is_read_as_people_write_it(kind: str, typed: str, read: Value | None) -> None:
    assert value(kind, typed) == read


@pytest.mark.parametrize(
    ("field", "typed", "word"),
    [
        ("dag", "", "leeg"), ("dag", "2026-11-22", "voorbij"), ("dag", "2026-11-23", ""), ("dag", "2062-11-24", "ver"),
        ("dag", "2026-02-30", "geen_datum"), ("dag", "morgen", "geen_datum"), ("einde", "", ""),
        ("einde", "31-12-2025", "voorbij"), ("tijd", "24:00", "geen_tijd"), ("tijd", "8:60", "geen_tijd"),
        ("tijd", "half negen", "geen_tijd"), ("tijd", "23:59", ""), ("prijs", "9999,99", ""),
        ("prijs", "10000", "geen_bedrag"), ("prijs", "-1", "geen_bedrag"), ("prijs", "vier", "geen_bedrag"),
        ("hoeveel", "twee", "geen_getal"), ("hoeveel", "12", ""), ("waar", "b" * 60, ""), ("waar", "b" * 61, "te_lang"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field(field: str, typed: str, word: str) -> None:
    assert problems(filled(**{field: typed}), TRIP, TODAY) == ({field: word} if word else {})


def question(*choices: str, words: str = "Wie komt er?", **more: object) -> Content:
    return Content(QUESTION, "peiling", {WORDS: Value("words", words, "nl")}, choices, **more)  # type: ignore[arg-type]


def test_what_is_wrong_with_own_words_and_choices() -> None:
    own = Content(OWN, "", {WORDS: Value("words", "x" * 1001, "nl")})
    assert problems(own, None, TODAY) == {"tekst": "te_lang"}
    assert problems(Content(OWN), None, TODAY) == {"tekst": "leeg"}
    assert problems(question("Ja", "Nee"), None, TODAY) == {}
    assert problems(question("Ja"), None, TODAY) == {"keuzes": "te_weinig"}
    assert problems(question(*map(str, range(11))), None, TODAY) == {"keuzes": "te_veel"}
    wrong = problems(question("k" * 25, " ", "nee", "Nee", words=" "), None, TODAY)
    assert wrong == {"tekst": "leeg", "keuze1": "te_lang", "keuze2": "leeg", "keuze4": "dubbel"}
    assert problems(question("a", "b", places=-1, right=(1, 3)), None, TODAY) == {
        "plekken": "geen_plekken", "goed": "geen_goede",
    }  # fmt: skip
    assert problems(question()._replace(what="peiling_getal"), None, TODAY) == {}, "its answers are numbers"
    assert {*wrong.values()} <= {*WRONG}


def test_it_is_of_use_until_its_last_day_is_over_or_three_days() -> None:
    after = datetime(2026, 11, 28, 0, 0, tzinfo=ZONE)
    assert until(filled(einde="2026-11-27"), TRIP, NOON, ZONE) == after
    assert until(filled(), TRIP, NOON, ZONE) == NOON + timedelta(days=3), "the first day is not its last"
    assert until(Content(OWN), None, NOON, ZONE) == NOON + timedelta(days=3)
