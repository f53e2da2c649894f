"""Understanding: the ways in which parents answer, and everything that must not be taken for an answer."""

import sys
import time
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.answers import Question, fold, understand
from bot.model import WEEKDAYS, Offer, Value
from bot.translation.catalogue import Catalogue

LANGUAGES = ("nl", "en", "tr", "ar", "pl", "uk")
CATALOGUE = Catalogue.load(Path(__file__).parent.parent / "locales", offered=LANGUAGES)
TODAY = date(2026, 11, 24)  # a Tuesday
DAY_LONG, EVENING = ("07:00", "20:30"), ("17:00", "20:30")
WHEN = Question("voorlezen.wanneer", "choice", tuple(map(Offer, ("bedtijd", "na_eten", "weekend", "lukt_niet"))))
DAY = Question("voorlezen.dag", "weekday", tuple(map(Offer, WEEKDAYS)))
YES_NO = Question("tips.mag", "yesno", (Offer("ja"), Offer("nee")))
TIME = Question("voorlezen.tijd", "time", range=DAY_LONG)
TIMES_A_WEEK = Question("voorlezen.hoe_vaak", "number", range=("0", "7"))
CHILD = Question("mens.wie", "choice", (Offer("17", "Amira"), Offer("18", "Yusuf"), Offer("19", "Ömer")))
DATE = Question("x.dag", "date")
PHONE = Question("x.nummer", "phone")
TEXT = Question("mens.wat", "text")
EVERY = (WHEN, DAY, YES_NO, TIME, TIMES_A_WEEK, CHILD, DATE, PHONE)


def heard(question: Question, text: str, language: str = "nl") -> tuple[str, ...]:
    return tuple(value.value for value in understand(question, text, CATALOGUE.words(language), TODAY))


# --- a number of what was shown, a label, a synonym
@pytest.mark.parametrize(
    "text",
    ["2", " 2 ", "2.", "2)", "(2)", "2!", "*2*", "#2", "/2", "02", "٢", "۲", "२", "２", "2️⃣", "2\u20e3", "2 👍",
     "nummer 2", "Nr. 2",
     "optie 2", "twee", "two", "2 na het eten", "2. Na het eten", "Na het eten", "na het eten!", "NA HET ETEN 😀",
     "na  het\neten", "\u202ana het eten\u202c", "na\u200b het eten", "ná hét étén"],
)  # fmt: skip
def test_a_place_or_a_label_is_the_option(text: str) -> None:
    assert understand(WHEN, text, CATALOGUE.words("nl"), TODAY) == (Value("option", "na_eten", "voorlezen.wanneer"),)


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "5", "22", "²", "①", "➋", "Ⅱ", "½", "1_000", "1 000", "1.000", "-1", "−1", "- 1", "+1", ".5", "1e3",
     "2%", "€2",
     "1,2", "1/2", "1-2", "1 of 2", "1 2", "2 weekend", "2 en dan nog wat", "2²", "2\u0336", "🔟", "1\x002",
     "2\ud8001", "twee of drie",
     "bedden", "weekenden enzo", "het eten", "?", "...", "👍", "😀😀", "\u200b", "\u202e", "null", "None",
     "{0.__class__}", "{{7*7}}"],
)  # fmt: skip
def test_what_is_no_answer_is_not_understood(text: str) -> None:
    assert heard(WHEN, text) == ()


@pytest.mark.parametrize("zero", [chr(code) for code in range(0x110000) if unicodedata.decimal(chr(code), None) == 0])
def test_digits_of_every_script_count(zero: str) -> None:
    assert heard(WHEN, chr(ord(zero) + 3)) == ("weekend",)
    assert heard(TIMES_A_WEEK, chr(ord(zero) + 3)) == ("3",)


def test_names_of_children_are_labels() -> None:
    assert heard(CHILD, "amira") == ("17",)
    assert heard(CHILD, "omer") == ("19",)
    assert heard(CHILD, "3") == ("19",)
    twins = CHILD._replace(offers=(Offer("1", "Ömer"), Offer("2", "Omer")))
    assert heard(twins, "omer") == ()
    assert heard(twins, "2") == ("2",)


# --- yes and no
@pytest.mark.parametrize(
    "text", ["ja", "Ja!", "JA.", "ja 👍", "“ja”", "ja…", "j\u0301a\u0300", "yes", "evet", "نعم", "نَعَم", "1", "1️⃣"]
)
def test_yes(text: str) -> None:
    assert heard(YES_NO, text) == ("ja",)
    assert understand(YES_NO, text, CATALOGUE.words("nl"), TODAY)[0].kind == "option"


@pytest.mark.parametrize(
    ("text", "language"), [("HAYIR", "tr"), ("hayir", "tr"), ("Hayır", "nl"), ("لا", "ar"), ("لآ", "ar"), ("no", "en")]
)
def test_no_in_every_language(text: str, language: str) -> None:
    assert heard(YES_NO, text, language) == ("nee",)


@pytest.mark.parametrize(
    "text", ["ja maar nee", "ja nee", "nee ja", "ja/nee", "ja, nee", "misschien", "jan", "neef", "ik weet niet"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_yes_but_no_is_unsure(text: str, language: str) -> None:
    assert heard(YES_NO, text, language) == ()


def test_a_word_that_means_something_else_in_her_language_is_unsure() -> None:
    assert heard(DAY, "wed", "en") == ("wo",)
    assert heard(DAY, "wed", "nl") == ()  # "I bet"
    assert heard(DAY, "do", "nl") == ("do",)
    assert heard(DAY, "do", "en") == ()
    assert heard(DAY, "sat", "tr") == ()  # "sell!"
    assert heard(TIMES_A_WEEK._replace(range=None), "on", "tr") == ("10",)


# --- weekdays
@pytest.mark.parametrize(
    ("text", "language"),
    [("di", "nl"), ("Di.", "nl"), ("dinsdag", "nl"), ("elke dinsdag", "nl"), ("iedere dinsdag", "nl"),
     ("dinsdags", "nl"),
     ("Tuesday", "en"), ("tue", "en"), ("tues", "en"), ("every Tuesday", "en"), ("on tuesdays", "en"),
     ("salı", "tr"), ("SALI", "tr"), ("Sali", "tr"), ("sal", "tr"), ("her salı", "tr"), ("salı günü", "tr"),
     ("salıları", "tr"),
     ("الثلاثاء", "ar"), ("ثلاثاء", "ar"), ("يوم الثلاثاء", "ar"), ("كل ثلاثاء", "ar"), ("الثُّلاثاء", "ar"),
     ("dinsdag", "ar"),
     ("2", "ar"), ("٢", "tr")],
)  # fmt: skip
def test_weekdays(text: str, language: str) -> None:
    assert understand(DAY, text, CATALOGUE.words(language), TODAY) == (Value("weekday", "di"),)


def test_only_an_offered_day_is_a_day() -> None:
    assert heard(DAY._replace(offers=(Offer("ma"), Offer("wo"))), "dinsdag") == ()
    assert heard(DAY._replace(offers=(Offer("ma"), Offer("wo"))), "2") == ("wo",)
    assert heard(DAY, "maandag en dinsdag") == ()


# --- times
BOTH = ("07:30", "19:30")


@pytest.mark.parametrize(
    ("text", "language", "times"),
    [("half acht", "nl", BOTH), ("halfacht", "nl", BOTH), ("half 8", "nl", BOTH), ("Om half acht.", "nl", BOTH),
     ("kwart over zeven", "nl", ("07:15", "19:15")), ("kwart voor 8", "nl", ("07:45", "19:45")),
     ("tien voor half acht", "nl", ("07:20", "19:20")), ("5 over half 8", "nl", ("07:35", "19:35")),
     ("19.30", "nl", ("19:30",)), ("19:30", "nl", ("19:30",)), ("19u30", "nl", ("19:30",)),
     ("19:30 uur", "nl", ("19:30",)),
     ("1930", "nl", ("19:30",)), ("07:30", "nl", ("07:30",)), ("7:30", "nl", BOTH), ("7 uur", "nl", ("07:00", "19:00")),
     ("7", "nl", ("07:00", "19:00")), ("19", "nl", ("19:00",)), ("acht uur", "nl", ("08:00", "20:00")),
     ("twintig uur", "nl", ("20:00",)), ("zeven uur dertig", "nl", BOTH), ("zeven uur 's avonds", "nl", ("19:00",)),
     ("’s ochtends om half acht", "nl", ("07:30",)), ("half acht in de avond", "nl", ("19:30",)),
     ("half negen", "nl", ("08:30", "20:30")),
     ("12 uur 's middags", "nl", ("12:00",)), ("half seven", "nl", BOTH),
     ("half past seven", "en", BOTH), ("half seven", "en", BOTH), ("half 7", "en", BOTH),
     ("quarter to eight", "en", ("07:45", "19:45")),
     ("a quarter past seven", "en", ("07:15", "19:15")), ("7pm", "en", ("19:00",)), ("7:30 pm", "en", ("19:30",)),
     ("7.30 P.M.", "en", ("19:30",)), ("at seven o’clock", "en", ("07:00", "19:00")), ("seven thirty", "en", BOTH),
     ("ten to eight in the evening", "en", ("19:50",)), ("twenty-five past seven", "en", ("07:25", "19:25")),
     ("noon", "en", ("12:00",)),
     ("yedi buçuk", "tr", BOTH), ("YEDİ BUÇUK", "tr", BOTH), ("yedi bucuk", "tr", BOTH),
     ("saat yedi buçukta", "tr", BOTH),
     ("akşam yedi buçuk", "tr", ("19:30",)), ("yediyi çeyrek geçe", "tr", ("07:15", "19:15")),
     ("sekize çeyrek var", "tr", ("07:45", "19:45")), ("sekize on kala", "tr", ("07:50", "19:50")),
     ("8'e 10 var", "tr", ("07:50", "19:50")), ("on ikiyi beş geçe", "tr", ("12:05",)), ("19.30", "tr", ("19:30",)),
     ("19.30'da", "tr", ("19:30",)), ("7pm", "tr", ("19:00",)), ("half acht", "tr", BOTH),
     ("السابعة والنصف", "ar", BOTH), ("السَّابِعَةُ وَالنِّصْف", "ar", BOTH), ("سبعة ونص", "ar", BOTH),
     ("٧:٣٠", "ar", BOTH),
     ("۱۹:۳۰", "ar", ("19:30",)), ("الثامنة إلا ربع", "ar", ("07:45", "19:45")),
     ("الثامنه الا ربع", "ar", ("07:45", "19:45")),
     ("السابعة مساء", "ar", ("19:00",)), ("الساعة السابعة مساءً", "ar", ("19:00",)), ("٧:٣٠م", "ar", ("19:30",)),
     ("السابعة وخمس وعشرين دقيقة", "ar", ("07:25", "19:25")), ("الثامنة إلا خمس دقائق", "ar", ("07:55", "19:55"))],
)  # fmt: skip
def test_times(text: str, language: str, times: tuple[str, ...]) -> None:
    assert heard(TIME, text, language) == times


@pytest.mark.parametrize(
    ("text", "language"),
    [("25:00", "nl"), ("7:75", "nl"), ("730", "nl"), ("7:3", "nl"), ("half", "nl"), ("acht of negen", "nl"),
     ("5 voor 7 's ochtends", "nl"),
     ("22:00", "nl"), ("middernacht", "nl"), ("'s avonds", "nl"), ("7 uur of zo", "nl"), ("8 uur 's middags", "nl"),
     ("-7", "nl"),
     ("²", "nl"), ("19:30:00", "nl"), ("half 7", "tr"), ("half 7", "ar"), ("on bir gece", "tr"), ("tien tien", "nl")],
)  # fmt: skip
def test_no_time_is_guessed(text: str, language: str) -> None:
    assert heard(TIME, text, language) == ()


def test_a_time_is_the_one_inside_the_range() -> None:
    assert heard(TIME._replace(range=EVENING), "half acht") == ("19:30",)
    assert heard(TIME._replace(range=EVENING), "acht uur") == ("20:00",)
    assert heard(TIME._replace(range=EVENING), "7:30") == ("19:30",)
    assert heard(TIME._replace(range=None), "twaalf uur") == ("00:00", "12:00")
    assert heard(TIME._replace(range=("22:00", "02:00")), "één uur") == ("01:00",)


def test_half_past_is_half_to_in_another_language() -> None:
    assert heard(TIME, "half 8", "nl") == ("07:30", "19:30")
    assert heard(TIME, "half 8", "en") == ("08:30", "20:30")
    assert heard(TIME, "half 8", "tr") == ()  # nobody knows


@pytest.mark.parametrize(
    ("text", "language"),
    [("avond", "nl"), ("'s avonds", "nl"), ("19:30", "nl"), ("19.30 uur", "nl"), ("half acht 's avonds", "nl"),
     ("2", "nl"),
     ("akşam", "tr"), ("مساء", "ar"), ("in the evening", "en"), ("7:30 pm", "en")],
)  # fmt: skip
def test_morning_or_evening(text: str, language: str) -> None:
    two = Question("algemeen.ochtend_avond", "choice", tuple(Offer(each, each) for each in BOTH))
    assert heard(two, text, language) == ("19:30",)
    assert heard(two, "half acht", "nl") == ()


# --- numbers, dates, telephone numbers, free words
@pytest.mark.parametrize(
    ("text", "language", "number"),
    [("3", "nl", "3"), ("drie", "nl", "3"), ("3x", "nl", "3"), ("3 keer", "nl", "3"),
     ("drie keer per week", "nl", "3"), ("0", "nl", "0"),
     ("nooit", "nl", "0"), ("één", "nl", "1"), ("tweemaal", "nl", "2"), ("twice", "en", "2"),
     ("three times a week", "en", "3"),
     ("üç", "tr", "3"), ("haftada 3 kez", "tr", "3"), ("hiç", "tr", "0"), ("ثلاثة", "ar", "3"),
     ("ثلاث مرات", "ar", "3"),
     ("مرتين", "ar", "2"), ("٣", "ar", "3"), ("drie", "ar", "3")],
)  # fmt: skip
def test_numbers(text: str, language: str, number: str) -> None:
    assert understand(TIMES_A_WEEK, text, CATALOGUE.words(language), TODAY) == (Value("number", number),)


@pytest.mark.parametrize(
    "text",
    ["8", "-1", "1_000", "1e3", "²", "①", "3,5", "2 of 3", "drie vier", "vijfentwintig", "0x3", "3\u0336", "een paar"],
)
def test_no_numbers(text: str) -> None:
    assert heard(TIMES_A_WEEK, text) == ()


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [("morgen", "nl", "2026-11-25"), ("tomorrow", "en", "2026-11-25"), ("yarın", "tr", "2026-11-25"),
     ("غدا", "ar", "2026-11-25"),
     ("woensdag", "nl", "2026-11-25"), ("24 november", "nl", "2026-11-24"), ("1 maart", "nl", "2027-03-01"),
     ("24-11", "nl", "2026-11-24"),
     ("25/11/2026", "nl", "2026-11-25"), ("25.11.26", "nl", "2026-11-25"), ("2026-11-25", "nl", "2026-11-25"),
     ("29-2", "nl", "2028-02-29"), ("25 Kasım", "tr", "2026-11-25"), ("٢٥ نوفمبر", "ar", "2026-11-25"),
     ("25 تشرين الثاني", "ar", "2026-11-25")],
)  # fmt: skip
def test_dates(text: str, language: str, day: str) -> None:
    assert heard(DATE, text, language) == (day,)


@pytest.mark.parametrize(
    "text", ["dinsdag", "31-02", "30 februari", "11/24", "2026-13-01", "ooit", "24", "0-0", "9999-99-99"]
)
def test_no_dates(text: str) -> None:
    assert heard(DATE, text) == ()


@pytest.mark.parametrize(
    "text", ["0612000001", "06-12000001", "+31 6 12 00 00 01", "0031612000001", "٠٦١٢٠٠٠٠٠١", "(06) 12000001"]
)
def test_telephone_numbers(text: str) -> None:
    assert understand(PHONE, text, CATALOGUE.words("nl"), TODAY) == (Value("phone", "+31612000001"),)


@pytest.mark.parametrize("text", ["12", "112", "bel 0612000001", "0612000001 of 0612000002", "06120000010612000001"])
def test_no_telephone_numbers(text: str) -> None:
    assert heard(PHONE, text) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [("  Dank u wel!  ", ("Dank u wel!",)), ("2", ("2",)), ("👨‍👩‍👧", ("👨‍👩‍👧",)),
     ("a\x00b\ud800c\u202ed", ("abcd",)), ("mijn\ndochter", ("mijn\ndochter",)),
     ("{{7*7}} {0.__class__}", ("{{7*7}} {0.__class__}",)), ("", ()), (" \n ", ()), ("\u200b\u200d", ()), ("\x00", ()),
     ("x" * 5000, ("x" * 4096,))],
)  # fmt: skip
def test_free_words_stay_hers(text: str, words: tuple[str, ...]) -> None:
    assert heard(TEXT, text) == words


# --- whatever comes
HUGE: dict[str, Callable[[], str]] = {
    "10 MB": lambda: "ja " * 3_500_000,
    "10 MB of space": lambda: " " * 10_000_000 + "1",
    "1601 signs": lambda: "2" * 1601,
    "4097 signs": lambda: "ja" * 2048 + "j",
    "a word of 64 KB": lambda: "b" * 65_536,
    "stacked accents": lambda: "j" + "\u0301" * 2000 + "a",
    "a tower of frames": lambda: "om " * 100 + "7",
    "many halves": lambda: "half " * 16,
    "dots": lambda: "." * 399,
    "many zero-width signs": lambda: "\u200b" * 10_000,
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_long_texts_are_cheap_and_unsure(name: str, language: str) -> None:
    text = HUGE[name]()
    began = time.perf_counter()
    assert [heard(question, text, language) for question in EVERY] == [()] * len(EVERY)
    heard(TEXT, text, language)
    assert time.perf_counter() - began < 0.1


def test_one_digit_takes_no_time() -> None:
    words = CATALOGUE.words("ar")
    fastest = sys.float_info.max
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(1000):
            understand(WHEN, "2", words, TODAY)
        fastest = min(fastest, (time.perf_counter() - began) / 1000)
    assert fastest < 4e-6  # one or two microseconds on a quiet machine


SCRIPTS = st.text(
    st.sampled_from("0123456789٠١٢٧۷².:,'-_ japmuhlfeğıİçالسبعةنصف\u200b\u202e\u0301\ufe0f\u20e3👍"), max_size=30
)
ANYTHING = st.one_of(
    SCRIPTS, st.text(max_size=60), st.text(st.characters(categories=["Cs", "Cc", "Mn", "Nd", "No", "So"]), max_size=20)
)


@settings(max_examples=100, deadline=None)
@given(text=ANYTHING, language=st.sampled_from(LANGUAGES))
def test_whatever_she_writes_the_answer_is_one_that_was_asked_for(text: str, language: str) -> None:
    for question in (WHEN, DAY, YES_NO, CHILD):
        values = heard(question, text, language)
        assert len(values) <= 1
        assert set(values) <= {offer.id for offer in question.offers}
    times = heard(TIME, text, language)
    assert len(times) <= 2
    assert all(DAY_LONG[0] <= each <= DAY_LONG[1] for each in times)
    assert all(0 <= int(each) <= 7 for each in heard(TIMES_A_WEEK, text, language))
    assert all(date.fromisoformat(each) for each in heard(DATE, text, language))
    for each in heard(TEXT, text, language):
        assert each.encode()
        assert "\x00" not in each


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_folding_settles_at_once(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(f"  {text} ") == folded


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 23), st.integers(0, 59))
def test_a_written_time_is_that_time(hour: int, minute: int) -> None:
    exact = f"{hour:02}:{minute:02}"
    open_ended = TIME._replace(range=None)
    for language in LANGUAGES:
        assert exact in heard(open_ended, exact, language)
        assert exact in heard(open_ended, f"{hour}.{minute:02}", language)
