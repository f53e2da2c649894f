"""When it would suit her, in her own words: understood by lists, in any order of words; never where it is not clear."""

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.booking.wanted import Wish
from bot.booking.wish import understood
from bot.config import ROOT
from bot.errors import ContentError
from bot.translation import texts
from bot.translation.catalogue import Catalogue
from bot.translation.texts import Text

AT = datetime(2026, 11, 24, 16, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))  # a Tuesday
THAN = datetime(2026, 12, 1, 15, 40, tzinfo=ZoneInfo("Europe/Amsterdam"))
NEXT_WEEK = ("2026-11-30", *(f"2026-12-0{day}" for day in range(1, 7)))
ALL = ("nl", "en", "tr", "ar", "pl", "uk")
LANGUAGES = ("nl", "en", "tr", "ar", "pl")
# What a language needs at least: its own order of words, suffixes and all. Files may have more.
LISTS = {
    "en": {
        "na": "after {t}, from {t}, {t} or later", "voor": "before {t}, until {t}",
        "tussen": "between {a} and {b}, from {a} to {b}", "niet": "not, no, not on {d}, i can't do {d}",
        "week": "next week=1", "gelijk": "tonight=today evening", "later": "later", "eerder": "earlier",
        "dag": "another day", "los": "please, on, i, can, at, the, in, or, we, a",
    },
    "tr": {
        "na": "{t}den sonra, {t}dan sonra, {t}ten sonra, {t}tan sonra, {t} sonrası",
        "voor": "{t}den önce, {t}dan önce, {t}ten önce", "tussen": "{a} ile {b} arası", "niet": "değil, {d} olmaz",
        "week": "gelecek hafta=1", "los": "günü, saat, olur, lütfen, mu",
    },
    "ar": {
        "na": "بعد {t}, بعد الساعة {t}", "voor": "قبل {t}, قبل الساعة {t}", "tussen": "بين {a} و{b}",
        "niet": "ليس, لا, ليس {d}", "week": "الأسبوع القادم=1", "los": "في, من فضلك",
    },
    "pl": {
        "na": "po {t}, od {t}", "voor": "przed {t}, do {t}", "tussen": "między {a} a {b}", "niet": "nie, nie w {d}",
        "week": "w przyszłym tygodniu=1", "los": "proszę, tylko, mogę",
    },
}  # fmt: skip


@cache
def catalogue() -> Catalogue:
    folder = ROOT / "locales"
    source = texts.load_source(folder)
    own = {code: source if code == "nl" else texts.load(folder, code, source) for code in LANGUAGES}
    for code, lists in LISTS.items():
        own[code] |= {key: Text(key, (words,)) for name, words in lists.items() for key in [f"wens.{name}"]}
    return Catalogue(source, own)


def wish(text: str, language: str = "nl", *, than: datetime | None = THAN) -> Wish | None:
    return understood(text, catalogue().words(language), AT, than=than)


def of(*weekdays: str, days: tuple[str, ...] = (), after: str = "", before: str = "") -> Wish:
    return Wish(
        weekdays, tuple(map(date.fromisoformat, days)),
        time.fromisoformat(after) if after else None, time.fromisoformat(before) if before else None,
    )  # fmt: skip


DUTCH = {
    "donderdag na vijf": of("do", after="17:00"),
    "Donderdag graag, na 17.00 uur!": of("do", after="17:00"),
    "na half zes op donderdag": of("do", after="17:30"),
    "na tien voor half zes": of(after="17:20"),
    "kwart voor vijf op woensdag": of("wo", after="16:15", before="17:45"),
    "woensdag of vrijdagmiddag": of("wo", "vr", after="11:00", before="18:00"),
    "donderdagavond": of("do", after="17:00"),
    "voor 15:00": of(before="15:00"),
    "niet voor vier uur": of(after="16:00"),
    "tussen vier en zes": of(after="16:00", before="18:00"),
    "15:00-17:00": of(after="15:00", before="17:00"),
    "ik werk tot vijf": of(after="17:00"),
    "om half zes": of(after="17:00", before="18:30"),
    "'s ochtends voor negen": of(before="09:00"),
    "'s ochtends na acht": of(after="08:00", before="12:00"),
    "na acht": of(after="20:00"),
    "26 november na vijf": of(days=("2026-11-26",), after="17:00"),
    "dinsdag 1 december": of(days=("2026-12-01",)),
    "morgen of overmorgen": of(days=("2026-11-25", "2026-11-26")),
    "morgenochtend": of(days=("2026-11-25",), before="12:00"),
    "vanavond": of(days=("2026-11-24",), after="17:00"),
    "volgende week donderdag": of(days=("2026-12-03",)),
    "donderdag volgende week, na zes uur": of(days=("2026-12-03",), after="18:00"),
    "volgende week, niet op maandag": of(days=NEXT_WEEK[1:]),
    "donderdag kan ik niet": of("ma", "di", "wo", "vr", "za", "zo"),
    "maandag en woensdag kan ik niet": of("di", "do", "vr", "za", "zo"),
    "op maandag en op woensdag kan ik niet": of("di", "do", "vr", "za", "zo"),
    "niet op maandag of woensdag, na vijf": of("di", "do", "vr", "za", "zo", after="17:00"),
    "vrijdag graag, maandag en woensdag kan ik niet": of("vr"),
    "een andere dag": of("ma", "wo", "do", "vr", "za", "zo"),
    "kan het later?": of(after="15:41"),
    "liever vroeger": of(before="15:40"),
    "donderdag na vijf, dan is mijn man thuis": of("do", after="17:00"),
    "na school": of(after="15:00"),
    "4.12": of(days=("2026-12-04",)),
    "16.30": of(after="16:00", before="17:30"),
}  # fmt: skip


@pytest.mark.parametrize("text", DUTCH)
def test_in_dutch(text: str) -> None:
    assert wish(text) == DUTCH[text]


UNCLEAR = (
    "", "   ", "ja", "nee", "ok", "1", "ik kan niet", "bel me", "hoe laat is het gesprek?",
    "is er op donderdag gym?", "morgen zwemles?",
    "Mijn moeder is donderdag overleden", "Amira is morgen ziek", "5.10", "na vijf en voor drie",
    "ik kom niet meer donderdag", "graag", "donderdag " + "na vijf " * 60,
)  # fmt: skip


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_not_clear_is_not_guessed(text: str) -> None:
    assert wish(text) is None


def test_the_lists_of_every_language_can_be_read() -> None:
    """Found here, and not in a conversation."""
    real = Catalogue.load(ROOT / "locales", offered=ALL)
    assert [understood("donderdag na vijf", real.words(code), AT) for code in ALL] == [DUTCH["donderdag na vijf"]] * 6
    broken = dict(catalogue().texts) | {"pl": {"wens.na": Text("wens.na", ("po",))}}
    with pytest.raises(ContentError, match=r"pl.po: wens"):
        understood("po piątej", Catalogue(catalogue().source, broken).words("pl"), AT)


def test_later_than_what() -> None:
    assert wish("later", than=None) is wish("een andere dag", than=None) is None
    assert wish("later dan zes uur", than=None) == of(after="18:00")


ELSEWHERE = {
    ("en", "Thursday after 5 please"): of("do", after="17:00"),
    ("en", "next week, between four and six"): of(days=NEXT_WEEK, after="16:00", before="18:00"),
    ("en", "I can't do Thursday"): of("ma", "di", "wo", "vr", "za", "zo"),
    ("en", "I can't do Monday or Wednesday"): of("di", "do", "vr", "za", "zo"),
    ("en", "tonight"): of(days=("2026-11-24",), after="16:00"),
    ("tr", "Perşembe beşten sonra"): of("do", after="17:00"),
    ("tr", "perşembe günü saat 5'ten sonra"): of("do", after="17:00"),
    ("tr", "gelecek hafta salı"): of(days=("2026-12-01",)),
    ("tr", "üç ile beş arası"): of(after="15:00", before="17:00"),
    ("ar", "الخميس بعد الخامسة"): of("do", after="17:00"),
    ("ar", "بعد الساعة ٥ يوم الخميس"): of("do", after="17:00"),
    ("ar", "غدا"): of(days=("2026-11-25",)),
    ("pl", "czwartek po piątej"): of("do", after="17:00"),
    ("pl", "w czwartek po 17:00 proszę"): of("do", after="17:00"),
    ("pl", "między czwartą a szóstą"): of(after="16:00", before="18:00"),
    ("pl", "donderdag na vijf"): of("do", after="17:00"),  # who lives here uses these words too
    ("tr", "thursday after 5"): of("do", after="17:00"),
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), ELSEWHERE)
def test_in_other_orders_of_words(language: str, text: str) -> None:
    assert wish(text, language) == ELSEWHERE[language, text]


WORDS = some.sampled_from(
    ("donderdag", "na", "vijf", "voor", "5 uur", "niet", "later", "26 november", "tot", "17:00", "graag", "🙂")
)


@given(some.lists(WORDS, max_size=9))
def test_no_words_break_it(words: list[str]) -> None:
    """Whatever she writes: a wish that can be kept, or nothing."""
    found = wish(" ".join(words))
    assert found is None or (found != Wish() and Wish.unpack(found.pack()) == found)
    assert found is None or not (found.after and found.before) or found.after < found.before
