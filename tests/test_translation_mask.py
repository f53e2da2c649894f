"""Nothing personal leaves: names in every form, numbers and addresses; and what has none is left alone."""

import random
import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.folding import fold
from bot.translation import ordinary
from bot.translation.mask import MARK, Names, mask, unmask, without_marks
from tests.harness.speech import FIRST, LAST, WITH_NAMES, two_hundred, without_names

REGISTERED = Names.of(two_hundred(), 2025)
FEW = Names.of(
    ["Amira Haddad", "Jan-Willem de Groot", "Ayşe Öztürk", "Roos Bakker", "Mei Lin", "Olena Shevchenko", "Yusuf Vrij"],
    2025,
)
_LETTERS = re.compile(r"[^\W\d_]+")


def words(text: str) -> set[str]:
    """The folded words of a text; a word with an apostrophe is one and two."""
    plain = re.sub("['’‘`]", "", text)
    return {fold(word) for each in (text, plain) for word in _LETTERS.findall(unicodedata.normalize("NFC", each))}


def left(text: str, names: Names = FEW) -> str:
    return re.sub(r"\[X\d+X\]", "_", mask(text, names).text)


# --- the promise
def test_no_registered_name_is_in_what_leaves() -> None:
    """1,000 messages with two of 200 names each: as registered, in lower case, in capitals, without accents, alone."""
    dice = random.Random(2)
    forms = (str, str.lower, str.upper, lambda name: "".join(_plain(name)), lambda name: name.split()[0])
    secret = {part for name in (*FIRST, *LAST) for part in words(name) if len(part) > 1} - ordinary.PARTICLES
    people = two_hundred()
    for number in range(1000):
        template = WITH_NAMES[number % len(WITH_NAMES)]
        one, other = (dice.choice(forms)(dice.choice(people)) for _ in "ab")
        text = template.format(a=one, b=other)
        masked = mask(text, REGISTERED)
        leaked = words(without_marks(masked.text)) & secret - words(template)
        assert not leaked, (text, masked.text)
        assert unmask(masked.text, masked.marks) == text


def _plain(name: str) -> "list[str]":
    return [sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign)]


def test_what_names_nobody_stays_as_it_is() -> None:
    """1,000 messages that name nobody: at least 95% of their signs leave untouched, beside 200 and 900 names."""
    many = Names.of([*two_hundred(), *(f"{first} {last}" for first in FIRST for last in LAST)][:900], 2025)
    messages = without_names(1000)
    for names in (REGISTERED, many):
        masked = [mask(text, names) for text in messages]
        touched = sum(len(mark) for each in masked for mark in each.marks)
        assert touched / sum(map(len, messages)) < 0.02, {mark for each in masked for mark in each.marks}


def test_it_is_quick() -> None:
    """1,000 signs beside 900 names in five milliseconds, at the best of a few tries."""
    names = Names.of(
        [f"{first}{number} {last}" for number in range(13) for first, last in zip(FIRST, LAST, strict=False)][:900]
    )
    text = " ".join(without_names(20))[:1000]
    took = []
    for _ in range(7):
        begun = time.perf_counter()
        mask(text, names)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.005


# --- names
@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("Amira's moeder en Amiras vader", "_'s moeder en _ vader"),
        ("Ayşe'nin annesi, Ayşeye söyleyin", "_'nin annesi, _ söyleyin"),
        ("Powiedz Amirze, że Amirę boli głowa", "Powiedz _, że _ boli głowa"),
        ("Скажіть Олені Шевченко", "Скажіть _ _"),
        ("قل لأميرة وأميرة", "قل ل_ و_"),
        ("amíra AMIRA Ämira A\u200bmira", "_ _ _ _"),
        ("Ammira Amia Amirra Aimra", "_ _ _ _"),
        ("janwillem, Jan-Willem, jan willem", "_, _-_, _ _"),
        ("Ozturk Öztürk ozturk", "_ _ _"),
        ("amira_haddad amira2 #amira", "___ _2 #_"),
        ("De bakker is vrij en de groep is groot", "De bakker is vrij en de groep is groot"),
        ("Roos Bakker, mevrouw bakker, roos de groot", "_ _, mevrouw _, _ de _"),
        ("10 mei komt Mei met een roos bij roos", "10 mei komt _ met een roos bij _"),
        ("Wij zijn morgen vrij, Yusuf Vrij niet", "Wij zijn morgen vrij, _ _ niet"),
    ],
)
def test_names_in_their_forms(text: str, leaves: str) -> None:
    assert left(text) == leaves


def test_a_name_in_a_row_of_signs() -> None:
    assert left("他叫李伟今天生病", Names.of(["李伟", "王芳"])) == "他叫_今天生病"


def test_short_names_are_not_searched_in_words_that_differ() -> None:
    names = Names.of(["Bo", "Ali", "Sam", "Peter"])
    assert left("We gaan om 9 uur samen door, beter op de meter. Alle bal.", names) == (
        "We gaan om 9 uur samen door, beter op de meter. Alle bal."
    )
    assert left("Bo, ali en SAM", names) == "_, _ en _"


# --- numbers and places
@pytest.mark.parametrize(
    "secret",
    [
        "06-12345678", "+31 6 1234 5678", "0612345678", "(020) 123 45 67", "020-1234567", "0031612345678",
        "٠٦١٢٣٤٥٦٧٨", "600 123 456", "mama@voorbeeld.nl", "www.voorbeeld.nl/groep?x=1", "https://voorbeeld.nl/a",
        "voorbeeld.nl", "NL91 ABNA 0417 1643 00", "NL91ABNA0417164300", "123456782", "1234.56.782", "1234 AB",
        "1234AB", "1234ab", "Kerkstraat 12", "Jan van Galenstraat 12-2", "Van der Helstlaan 3b", "dorpsweg 4",
        "ul. Długa 5", "Atatürk Caddesi No: 5", "12 Baker Street", "вул. Шевченка 5", "12-03-2015", "12 maart 2015",
        "2015-03-12", "12/3/15", "March 12, 2015", "12 Mart 2015", "@amirahaddad",
    ],
)  # fmt: skip
def test_numbers_and_places_become_marks(secret: str) -> None:
    text = f"Het is {secret}, dank u"
    masked = mask(text, FEW)
    assert secret in masked.marks, masked
    assert unmask(masked.text, masked.marks) == text


@pytest.mark.parametrize(
    "text",
    [
        "Om 8.30 uur, van 08:30 - 09:30 uur, tot 10.00.", "Vrijdag 27 november 2026 om 9 uur, 27-11-2026, 27/11.",
        "€ 12,50 of 3 euro per kind, 1.000 kinderen, 1250 euro", "2026 is een mooi jaar, in 2015 waren wij er ook",
        "op het schoolplein 9 uur, we gaan weg 3 december", "groep 3 en 4, bladzijde 123, 3x per week, 10%",
        "Schooljaar 2026-2027 begint 24 augustus.", "Neem 2 broodjes, 1 appel en 500 ml water mee o.a. voor 12.30.",
    ],
)  # fmt: skip
def test_dates_times_and_amounts_stay(text: str) -> None:
    assert mask(text, FEW).text == text


def test_a_birthday_is_no_ordinary_day() -> None:
    assert left("geboren op 3-4-2021, geb. 5 mei 2022") == "geboren op _, geb. _"
    assert left("doğum tarihi 3.4.2021, ur. 3.04.2021") == "doğum tarihi _, ur. _"
    assert left("تاريخ الميلاد 3/4/2021") == "تاريخ الميلاد _"


# --- words of school
def test_words_of_school_come_back_in_the_other_language() -> None:
    terms = {"groep 4": "4. sınıf", "studiedag": "tatil günü", "vrijwillige ouderbijdrage": "gönüllü katkı"}
    masked = mask("Groep 4 heeft studiedag. Vrijwillige  ouderbijdrage van Amira. Groep 14!", FEW, terms)
    assert masked.text == "[X1X] heeft [X2X]. [X3X] van [X4X]. Groep 14!"
    assert masked.marks == ("4. sınıf", "tatil günü", "gönüllü katkı", "Amira")
    assert mask("Yarın studiedag'ı var", FEW, {"studiedag": "studiedag"}).text == "Yarın [X1X] var"


# --- marks
@given(st.text(max_size=200) | st.from_regex(r"([\[\]Xx1-3 ]|\[X[12]X\]|Amira|06 12345678){0,12}", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_everything_comes_back(text: str) -> None:
    masked = mask(text, FEW)
    assert unmask(masked.text, masked.marks) == text


@given(st.permutations(range(3)), st.sampled_from(["[X{}X]", "[x{}x]", "[ X {} X ]", "X{}X", "［X{}X］", "[Х{}Х]"]))
def test_marks_may_move_but_not_be_lost_or_doubled(order: "list[int]", form: str) -> None:
    marks = ("Amira", "06 12345678", "Haddad")
    said = " ve ".join(form.format(each + 1) for each in order)
    assert unmask(said, marks) == " ve ".join(marks[each] for each in order)
    assert unmask(said.rpartition(" ve ")[0], marks) is None, "lost"
    assert unmask(f"{said} {form.format(1)}", marks) is None, "doubled"
    assert unmask(f"{said} {form.format(4)}", marks) is None, "made up"


def test_digits_of_a_mark_may_be_of_another_script() -> None:
    assert unmask("[X١X] مريضة", ("Amira",)) == "Amira مريضة"


def test_what_looks_like_a_mark_is_no_mark() -> None:
    masked = mask("[X1X] Amira x2x [x 7 x]", FEW)
    assert masked.marks == ("[X1X]", "Amira", "x2x", "[x 7 x]")
    assert MARK.findall(without_marks(masked.text)) == []
