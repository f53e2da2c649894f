"""The languages that parents of Dutch schools speak: names, script, direction, and their calendar in Babel."""

import datetime
import functools
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.plurals import get_plural
from babel.numbers import format_currency
from babel.plural import to_gettext

from bot.conversation.folding import fold
from bot.model import WEEKDAYS

_NO_CENTS = re.compile(r"[.,]00(?=\D|$)")
_UNSEEN = re.compile("[\u200e\u200f]")  # a mark of direction is not for an SMS
_NARROW = re.compile("[\u00a0\u202f]")  # nor is a space that GSM-7 does not have
_SHORT_NAME = re.compile(r"E+|c+|M{3,}|L{3,}")
_SKELETONS = {"date": ("MMMMEd", "MMMEd"), "monthday": ("MMMMd", "MMMd")}  # how much of a day is said, the best first
ROW = 24  # signs of a row in a list, on the tightest channel
_PLURALS = ("zero", "one", "two", "few", "many", "other")  # the order of the forms in a PO file


class Language(NamedTuple):
    """A language. `babel` is the locale whose calendar and plurals it uses: Dari borrows Afghanistan's Persian."""

    code: str
    endonym: str
    dutch: str
    english: str
    script: str = "Latn"
    babel: str = ""
    also: tuple[str, ...] = ()  # other names and spellings

    @property
    def direction(self) -> str:
        return "rtl" if self.script == "Arab" else "ltr"

    @property
    def locale(self) -> Locale:
        return _locale(self.babel or self.code)


LANGUAGES = {
    language.code: language
    for language in (
        Language("nl", "Nederlands", "Nederlands", "Dutch"),
        Language("en", "English", "Engels", "English", babel="en_GB"),
        Language("tr", "Türkçe", "Turks", "Turkish"),
        Language("ar", "العربية", "Arabisch", "Arabic", "Arab"),
        Language("ti", "ትግርኛ", "Tigrinya", "Tigrinya", "Ethi", also=("Tigrigna", "Tigrinja")),
        Language("pl", "Polski", "Pools", "Polish"),
        Language("uk", "Українська", "Oekraïens", "Ukrainian", "Cyrl"),
        Language("fa", "فارسی", "Farsi", "Persian", "Arab", also=("Perzisch", "Iraans")),
        Language("prs", "دری", "Dari", "Dari", "Arab", babel="fa_AF", also=("fa-AF", "Dari Perzisch")),
        Language("so", "Soomaali", "Somalisch", "Somali", also=("Af-Soomaali",)),
        Language("bg", "Български", "Bulgaars", "Bulgarian", "Cyrl"),
        Language("ro", "Română", "Roemeens", "Romanian"),
        Language(
            "kmr",
            "Kurmancî",
            "Kurmanci",
            "Kurmanji",
            babel="ku",
            also=("ku", "Koerdisch Kurmanci", "Kurmandji", "Kurmanci"),
        ),
        Language("ckb", "سۆرانی", "Sorani", "Sorani", "Arab", also=("کوردی", "Koerdisch Sorani")),
        Language("ps", "پښتو", "Pasjtoe", "Pashto", "Arab", also=("Pasjtoe (Pashto)", "Pashtu")),
        Language("ur", "اردو", "Urdu", "Urdu", "Arab"),
        Language("am", "አማርኛ", "Amhaars", "Amharic", "Ethi"),
        Language("pap", "Papiamentu", "Papiaments", "Papiamento"),
        Language("rif", "Tarifit", "Riffijns", "Riffian", also=("Tarifiyt", "Berbers", "Berber", "Tamazight")),
        Language("fr", "Français", "Frans", "French"),
        Language("de", "Deutsch", "Duits", "German"),
        Language("es", "Español", "Spaans", "Spanish"),
        Language("pt", "Português", "Portugees", "Portuguese"),
        Language("it", "Italiano", "Italiaans", "Italian"),
        Language("ru", "Русский", "Russisch", "Russian", "Cyrl"),
        Language("hu", "Magyar", "Hongaars", "Hungarian"),
        Language("sq", "Shqip", "Albanees", "Albanian"),
        Language("bs", "Bosanski", "Bosnisch", "Bosnian"),
        Language("hr", "Hrvatski", "Kroatisch", "Croatian"),
        Language("sr", "Српски", "Servisch", "Serbian", "Cyrl"),
        Language("el", "Ελληνικά", "Grieks", "Greek", "Grek"),
        Language("hy", "Հայերեն", "Armeens", "Armenian", "Armn"),
        Language("zh", "中文", "Chinees", "Chinese", "Hans"),
        Language("vi", "Tiếng Việt", "Vietnamees", "Vietnamese"),
        Language("hi", "हिन्दी", "Hindi", "Hindi", "Deva"),
    )
}


def find(name: str) -> Language | None:
    """A language by its code or its name in Dutch, English or itself, as a roster or a parent writes it."""
    return _by_name().get(fold(name))


def direction(code: str) -> str:
    """ "rtl" or "ltr"."""
    return LANGUAGES[code].direction if code in LANGUAGES else "ltr"


def plural_forms(code: str) -> int:
    """How many plural forms a text with `{aantal}` has in a PO file of this language."""
    return len(_plurals(code))


def plural_form(code: str, number: int) -> int:
    """Which of the forms goes with this number, by CLDR: in Persian 0 counts as one, Arabic has six."""
    forms = _plurals(code)
    tag = _of(code).locale.plural_form(number)
    return forms.index(tag) if tag in forms else len(forms) - 1


def plural_header(code: str) -> str:
    """The Plural-Forms header of a PO file, in the order of `plural_form`."""
    rule, forms = _of(code).locale.plural_form, plural_forms(code)
    if forms == 1:
        return "nplurals=1; plural=0;"
    if forms == 2:
        return f"nplurals=2; plural=({'n > 1' if rule(0) == rule(1) else 'n != 1'});"
    return to_gettext(rule) if code == "ar" else str(get_plural(_of(code).locale))  # Babel's own for Arabic misses 100


def weekday(code: str, day: str) -> str:
    """The name of a day (`ma`..`zo`) as this language writes it inside a sentence."""
    return str(_of(code).locale.days["format"]["wide"][WEEKDAYS.index(day)])  # Babel mixes up its stand-alone names


def day_words(code: str) -> "list[tuple[str, str]]":
    """Folded names and abbreviations of the days, each with its id."""
    names = _of(code).locale.days["format"]
    return [(fold(name), WEEKDAYS[day]) for width in ("wide", "abbreviated") for day, name in names[width].items()]


def month_words(code: str) -> "list[tuple[str, int]]":
    """Folded names and abbreviations of the months, each with its number."""
    names = _of(code).locale.months["format"]
    found = [(fold(name), month) for width in ("wide", "abbreviated") for month, name in names[width].items()]
    return [(name, month) for name, month in found if not name.isdecimal()]


def say_days(code: str, days: Iterable[str]) -> str:
    """Names of days in a row: "maandag, dinsdag en vrijdag"."""
    return str(format_list([weekday(code, day) for day in days], locale=_of(code).locale))


@functools.cache
def joiners(code: str) -> frozenset[str]:
    """The folded words between two things in a row: "en", "of"; where they are words of their own."""
    said = (format_list(["0", "1"], style=style, locale=_of(code).locale) for style in ("standard", "or"))
    return frozenset(fold(each.strip("01")) for each in said if " 1" in each and each.startswith("0 "))


def say_amount(code: str, euros: str) -> str:
    """Euros as this language writes them, without cents where there are none: "€ 4,50", "€ 12"."""
    said = format_currency(Decimal(euros), "EUR", locale=_of(code).locale).replace("EUR", "€")
    return _NO_CENTS.sub("", _UNSEEN.sub("", _NARROW.sub(" ", said)))


def say_date(code: str, day: datetime.date, kind: str = "date") -> str:
    """A day in words: "dinsdag 24 november"; as `monthday` "24 november", as `full_date` "24 november 2026"."""
    locale = _of(code).locale
    if kind == "full_date":
        said = format_date(day, "long", locale)
    else:
        # Babel knows no longer ones everywhere, so the letters of the short one are widened.
        found = next(
            locale.datetime_skeletons[each].pattern for each in _SKELETONS[kind] if each in locale.datetime_skeletons
        )
        said = format_date(day, _SHORT_NAME.sub(lambda name: name[0][0].replace("c", "E") * 4, found), locale)
    return _NARROW.sub(" ", said)


def say_moment(code: str, at: datetime.datetime) -> str:
    """A day and an hour as short as a row of a list has it: "do 26 nov 15:10"; numbers where names are too long."""
    locale = _of(code).locale
    day = format_date(at, locale.datetime_skeletons["MMMEd"].pattern, locale)
    said = f"{_UNSEEN.sub('', _NARROW.sub(' ', day))} {at:%H:%M}"
    return (
        said if len(said) <= ROW else f"{weekday(code, WEEKDAYS[at.weekday()])} {at.day}/{at.month} {at:%H:%M}"[-ROW:]
    )


def _of(code: str) -> Language:
    return LANGUAGES.get(code) or LANGUAGES["nl"]


@functools.cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@functools.cache
def _plurals(code: str) -> tuple[str, ...]:
    rule = _of(code).locale.plural_form
    used = {rule(number) for number in range(201)}  # the other tags are for fractions and whole millions
    return tuple(tag for tag in _PLURALS if tag in used)


@functools.cache
def _by_name() -> "dict[str, Language]":
    names = [
        (fold(name), language)
        for language in LANGUAGES.values()
        for name in (language.code, language.endonym, language.dutch, language.english, *language.also)
    ]
    return dict(reversed(names))  # where two share a name, the first has it
