"""What a text says in figures: times, dates, amounts and numbers, as keys that do not depend on language or script."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bot.conversation.folding import fold
from bot.translation import daywords, numerals

TIME, DATE, AMOUNT, NUMBER = "tijd", "datum", "bedrag", "cijfers"

_MONEY = (
    r"(?:€|eur\b|euro\w*|avro\w*|evro\w*|євро\w*|евро\w*|يورو|یورو|ዩሮ|yuuro\w*|ευρώ|欧元"
    r"|(?P<other>\$|£|₺|usd\b|dolar\w*|dollar\w*|pound\w*|lira\w*|tl\b|zł\w*|zloty\w*|złot\w*|долар\w*|гривен\w*|"
    r"грн|دولار|ليرة|جنيه|درهم))"
)
_SUM = r"\d{1,3}(?:[. ,\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"{_MONEY}\s?(?P<a>{_SUM})|(?P<b>{_SUM})(?:,[-–])?(?:\s|['’-])?{_MONEY.replace('other', 'else')}", re.I
)
_ISO = re.compile(r"(?<!\d)(?P<y>20\d\d|19\d\d)-(?P<m>\d\d?)-(?P<d>\d\d?)(?!\d)")
_FULL = re.compile(r"(?<![\d.])(?P<d>\d\d?)\s?[-./]\s?(?P<m>\d\d?)\s?[-./]\s?(?P<y>(?:20|19)?\d\d)(?!\d)")
_SLASH = re.compile(r"(?<![\d/])(?P<d>[0-3]?\d)/(?P<m>[01]?\d)(?![\d/])")
_CLOCK = re.compile(
    r"(?<![\d.,:])(?P<h>[01]?\d|2[0-4])\s?(?:[:.h]|u(?:ur)?\s?)\s?(?P<m>[0-5]\d)(?!\d|[.,:]\d|\s?(?:%|m\b|meter|"
    r"metr|km|kg|lit|cm|метр|متر))"
    r"(?P<half>\s?[ap]\.?\s?m\b\.?)?", re.I,
)  # fmt: skip
_HOUR = re.compile(
    r"(?<![\d.,:])(?P<h>[01]?\d|2[0-4])\s?(?:uur\b|u\b|o['’]?clock|heures?\b|h\b|(?P<half>[ap]\.?\s?m\b\.?))", re.I
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
_MONTH = r"(?P<word>[^\W\d_]+(?:[\u0300-\u036f\u064b-\u0655]*[^\W\d_]+)*)"
_TAIL = r"(?:\.|-?(?:e|de|ste|st|nd|rd|th|го|е|й|ого|er|º|da))?"
_NAMED_DAYS = (  # a number beside any word; `_named` says whether that is a month
    re.compile(rf"(?<![\d.,:/])(?P<d>\d\d?){_TAIL}\s+(?:(?:of|de|di|ta)\s+)?{_MONTH}"),
    re.compile(rf"{_MONTH}\s+(?P<d>\d\d?)(?:st|nd|rd|th)?(?![\d:.]\d|\d)"),
)
_LATE = re.compile(
    r"avond|middag|nacht|evening|afternoon|night|p\.?m\b|akşam|öğleden|gece|مساء|المساء|بعد الظهر|ليلا|wiecz|"
    r"popołud|po połud|noc"
    r"|вечор|ввечері|увечері|після обіду|дня|عصر|شب|بعدازظهر|вечер|следобед|tarde|noche|soir|après-midi|abend|"
    r"nachmittag|galab|habeen",
    re.I,
)  # fmt: skip
_TWELVE = frozenset({"en", "ar", "fa", "prs", "so", "ti", "am", "ur", "ps", "hi"})  # languages that say 7:30 for 19:30
_ETHIOPIC = {chr(0x1369 + each): each + 1 for each in range(9)} | {
    chr(0x1372 + each): 10 * (each + 1) for each in range(9)
}
_SQUEEZED = re.compile("[\u200e\u200f\u061c\u2066-\u2069\u202a-\u202e]")


Reading = Callable[["re.Match[str]"], "Fact | None"]


class Fact(NamedTuple):
    """Something said in figures. It is the same as another one where they share a key. `hard`: written in digits."""

    kind: str
    keys: frozenset[str]
    hard: bool = True
    counted: bool = False  # a number word


def facts(text: str, language: str) -> list[Fact]:
    """All that a text says in figures, and in number words that may be figures elsewhere."""
    rest = _plain(text)
    found: list[Fact] = []
    is_late = bool(_LATE.search(rest))

    def take(pattern: "re.Pattern[str]", reading: Reading) -> None:
        nonlocal rest

        def one(match: "re.Match[str]") -> str:
            fact = reading(match)
            if fact is None:
                return match[0]
            found.append(fact)
            return " " * len(match[0])

        rest = pattern.sub(one, rest)

    take(_AMOUNT, _amount)
    for pattern in (_ISO, _FULL, _SLASH):
        take(pattern, _day)
    for pattern in _NAMED_DAYS:
        take(pattern, lambda match: _named(match, language))
    take(_CLOCK, lambda match: _time(match, language, is_late))
    take(_HOUR, lambda match: _hour(match, language))
    spoken, folded = _spoken_times(f" {fold(rest)} ", language)
    numbers = (_number(match) for match in _NUMBER.finditer(folded if spoken else rest))
    return [*found, *spoken, *numbers, *_words(folded, language), *_weekdays(folded, language)]


def knows(language: str) -> bool:
    """Whether we know how this language says numbers and times in words."""
    return bool(numerals.clock(language))


def is_sure(fact: Fact, language: str) -> bool:
    """Whether a number word must be in a translation: 3 to 31, or 2, where it is no part of something else."""
    numbers = [int(key[1:]) for key in fact.keys if key[0] == "n" and key[1:].isdecimal()]
    return fact.counted and bool(numbers) and min(numbers) >= 2


def places(text: str, language: str) -> "Iterator[tuple[int, int, str]]":
    """Where a text says something in figures, for whoever shows it."""
    taken: list[tuple[int, int]] = []
    patterns = (
        (_AMOUNT, AMOUNT), (_ISO, DATE), (_FULL, DATE), *((each, DATE) for each in _NAMED_DAYS), (_CLOCK, TIME),
        (_HOUR, TIME),
        (re.compile(r"\d+(?:[.,:]\d+)*"), NUMBER),
    )  # fmt: skip
    for pattern, kind in patterns:
        for match in pattern.finditer(text):
            begin, end = match.span()
            is_free = all(end <= low or begin >= high for low, high in taken)
            if is_free and (pattern not in _NAMED_DAYS or _named(match, language)):
                taken.append((begin, end))
                yield begin, end, kind
    for match in _WORD.finditer(text):
        word = fold(match[0])
        if daywords.weekday(word, language):
            yield match.start(), match.end(), DATE
        elif numerals.counted(language).get(word, 0) > 1:
            yield match.start(), match.end(), NUMBER
            yield match.start(), match.end(), TIME


# --- reading
def _plain(text: str) -> str:
    """The text with ASCII digits, sign by sign, and without marks of direction."""
    text = _SQUEEZED.sub("", text).replace("٫", ".").replace("٬", ",").replace("：", ":")
    text = re.sub("[\u1369-\u137b]+", lambda match: str(sum(_ETHIOPIC.get(sign, 0) for sign in match[0])), text)
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def _canonical(number: str) -> str:
    """1.000 and 1 000 are 1000; 4,50 is 4.5."""
    number = re.sub(r"(?<=\d)[., \u00a0\u202f](?=\d{3}(?!\d))", "", number).replace(",", ".")
    whole, _, part = number.partition(".")
    part = part.rstrip("0")
    return f"{int(whole or 0)}.{part}" if part else str(int(whole or 0))


def _amount(match: "re.Match[str]") -> Fact:
    number = _canonical(match["a"] or match["b"])
    foreign = (match["other"] or match["else"] or "").casefold()[:2]
    return Fact(AMOUNT, frozenset({f"a{number}{foreign}"} | (set() if foreign else {f"n{number}"})))


def _day(match: "re.Match[str]") -> Fact | None:
    day, month = int(match["d"]), int(match["m"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return Fact(DATE, frozenset({f"d{day}-{month}"}))


def _named(match: "re.Match[str]", language: str) -> Fact | None:
    day = int(match["d"])
    word = fold(match["word"])
    month = next((number for name, number in daywords.months(language) if word == name or _hangs_on(word, name)), 0)
    return Fact(DATE, frozenset({f"d{day}-{month}"})) if month and 1 <= day <= 31 else None


def _hangs_on(word: str, name: str) -> bool:
    return len(name) > 3 and word.startswith(name) and len(word) - len(name) <= 4


def _time(match: "re.Match[str]", language: str, is_late: bool) -> Fact | None:
    hour, past, half = int(match["h"]), int(match["m"]), match["half"]
    if hour > 24:
        return None
    # The same figures are the same, whatever was meant; a decimal and a day look like this too: 1.25, 10.11.
    keys = {f"n{_canonical(f'{hour}.{past:02}')}", f"d{hour}-{past}", *_on_dial(hour, past, half, language, is_late)}
    return Fact(TIME, frozenset(keys - ({f"n{_canonical(f'{hour}.{past:02}')}"} if half else set())))


def _hour(match: "re.Match[str]", language: str) -> Fact | None:
    hour, half = int(match["h"]), match["half"]
    if hour > 24:
        return None
    keys = _on_dial(hour, 0, half, language, is_late=True)
    return Fact(TIME, frozenset({*keys, f"n{hour}", f"n{(hour + 12) % 24}"} if not half else keys))


def _on_dial(hour: int, past: int, half: str | None, language: str, is_late: bool) -> set[str]:
    """T and the minute of the day: one where that is sure, else the two that a dial of twelve hours has."""
    minute = (hour % 24) * 60 + past
    if half:
        minute = minute % 720 + (720 if "p" in half.casefold() else 0)
    elif hour <= 12 and hour and (is_late or language in _TWELVE):
        return {f"T{minute % 720}", f"T{minute % 720 + 720}"}
    return {f"T{minute}"}


def _number(match: "re.Match[str]") -> Fact:
    return Fact(NUMBER, frozenset({f"n{_canonical(match[0])}"}))


def _spoken_times(folded: str, language: str) -> "tuple[list[Fact], str]":
    """Half acht, yedi buçuk, and the folded text without them. The hour is a number word or figures."""
    found = []
    for before, behind, minutes in numerals.clock(language):
        for pattern in _around(before, behind):
            for match in reversed(list(pattern.finditer(folded))):
                hour = _hour_of(match, language)
                if hour:
                    minute = (hour * 60 + minutes) % 720
                    found.append(Fact(TIME, frozenset({f"T{minute}", f"T{minute + 720}"}), hard=False))
                    folded = f"{folded[: match.start()]} {folded[match.end() :]}"
    return found, folded


@functools.cache
def _around(before: str, behind: str) -> "tuple[re.Pattern[str], ...]":
    """The hour behind or before some words; an hour of two words goes before one of one."""
    if before:
        return (re.compile(rf"(?<!\w){re.escape(before)} (?P<one>\w+)(?!\w)"),)
    return (
        re.compile(rf"(?<!\w)(?P<one>\w+ \w+) {re.escape(behind)}(?!\w)"),
        re.compile(rf"(?<!\w)(?P<one>\w+) {re.escape(behind)}(?!\w)"),
    )


def _hour_of(match: "re.Match[str]", language: str) -> int:
    word, table = match["one"], numerals.counted(language)
    if word.isdecimal():
        return int(word) if int(word) <= 24 else 0
    number = table.get(word) or (table.get(word[1:]) if language == "ar" else None) or 0
    return number if 1 <= number <= 12 else 0


def _words(folded: str, language: str) -> Iterator[Fact]:
    """Number words, two together as "twenty five" is 25, and what may be said in figures."""
    for words, said in numerals.parts(language):
        if re.search(rf"(?<!\w){re.escape(words)}", folded):
            yield Fact(NUMBER, frozenset(f"n{each}" for each in said), hard=False)
    numbers = list(_counted(folded, language))
    for at, (number, is_counted) in enumerate(numbers):
        before = numbers[at - 1][0] if at else 0
        after = numbers[at + 1][0] if at + 1 < len(numbers) else 0
        if number:
            together = _together(before, number)
            is_part = bool(_together(number, after))  # the twenty of twenty five
            keys = {f"n{number}"} | ({f"n{together}"} if together else set())
            yield Fact(NUMBER, frozenset(keys), hard=False, counted=is_counted and not is_part)


def _together(one: int, other: int) -> int:
    """Twenty five is 25, and خمسة وعشرون too."""
    high, low = max(one, other), min(one, other)
    return high + low if high in (20, 30, 40, 50) and 0 < low < 10 else 0


def _counted(folded: str, language: str) -> "Iterator[tuple[int, bool]]":
    """The number of every word, 0 for most, and whether it is surely meant as one."""
    table, unsure = numerals.counted(language), numerals.UNSURE.get(language, frozenset())
    tokens = [token for token in re.split(r"[ ,.;:/-]+", folded) if token and token not in ("and", "en", "y", "et")]
    skip = False
    for token, after in zip(tokens, (*tokens[1:], ""), strict=True):
        if skip:
            skip = False
            continue
        two = table.get(f"{token} {after}", 0)
        skip = bool(two)
        bare = token[1:] if language == "ar" and token[:1] in "وبلف" else token
        number = two or table.get(token) or table.get(bare) or _inside(token, table)
        yield number, bool(number) and (token in table or bool(two)) and token not in unsure


def _inside(token: str, table: "Mapping[str, int]") -> int:
    """A number word with something hung on it: vierjarige, üçer."""
    found = next((word for word in table if len(word) >= 4 and token.startswith(word) and token != word), "")
    return table[found] if found else 0


def _weekdays(folded: str, language: str) -> Iterator[Fact]:
    for word in folded.split():
        if day := daywords.weekday(word, language):
            yield Fact(DATE, frozenset({f"w{day}"}))
