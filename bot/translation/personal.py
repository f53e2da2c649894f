"""What says who or where somebody is without being a name: numbers, addresses, web pages, dates of birth."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_DOMAIN = "(?:nl|com|org|net|be|eu|info|app|me|io|de|tr|pl|ua)"
_ON = "(?:op|on|in|is|der|w|у|в|fi|de|le|el|datum)"
_BORN_AFTER = r"(?:geboren|do[gğ]umlu|do[gğ]du|urodz\w*|born|народ\w*|роден\w*)"
_DAY = r"(?:[0-3]?\d(?:st|nd|rd|th|e|ste|de)?)"
_DATE = (  # with its year
    rf"(?:{_DAY}\s?[-./]\s?[01]?\d\s?[-./]\s?(?:\d{{4}}|\d\d)(?!\d)|(?:19|20)\d\d[-./][01]?\d[-./][0-3]?\d(?!\d)"
    rf"|{_DAY}\.?\s+(?:de\s+)?[^\W\d_]{{3,12}}\.?\s+(?:de\s+)?(?:19|20)\d\d(?!\d)"
    r"|[^\W\d_]{3,12}\s+[0-3]?\d(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d(?!\d))"
)
_YEARLESS = rf"(?:{_DAY}\s?[-./]\s?[01]?\d(?!\d)|{_DAY}\.?\s+[^\W\d_]{{3,12}}|(?:19|20)\d\d(?!\d))"
_BORN = (
    r"(?:geboren|geboortedatum|geboortedag|geboorte|geb\.|born|birth(?:day|\s?date)?|date of birth|dob"
    r"|do[gğ]um(?:lu|\s?tarihi|\s?g[üu]n[üu])?|urodz\w*|ur\.|народ\w*|дата народження|роден[аи]?|рожд\w*"
    r"|مواليد|ولد(?:ت)?|تاريخ الميلاد|الميلاد|متولد|تاریخ تولد|née?\b"
    r"|nacid[oa]|naci[oó]|geburtsdatum|dhash\w*|ተወሊ\w*|ልደት)"
)
_STREET_WORD = (
    r"(?:straat|laan|weg|plein|gracht|kade|singel|dijk|hof|pad|steeg|plantsoen|dreef|markt|boulevard|wal|hoek|erf"
    r"|kamp|burg|veld|akker|donk|oord|weide|park|str\.|straße|strasse)"
)
_NOT_A_STREET = (
    r"(?!(?:onder|half|terug|snel|fiets|voet|school|speel|sport|markt|voor|alle|dorps|kerk)(?:weg|plein|pad|park|veld)"
    r"\s+\d{1,2}\s*(?:uur|u\b|min|kind))"
)
_NOT_A_MEASURE = (
    r"(?!\s*(?:uur|u\b|min|euro|eur\b|€|kind|keer|meter|m\b|km|jan|feb|maa|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec))"
)
_HOUSE = rf"\s+\d{{1,4}}(?![\d.:,]*\d)\s?(?:[a-zA-Z](?![^\W_]))?(?:\s?[-/]\s?\d{{1,3}})?(?!\w){_NOT_A_MEASURE}"
_CAPITALS = re.compile(r"(?:(?:\b[A-Z][\w'’.-]*|\b(?:van|de|der|den|het|ten|ter)|'t)\s+){1,4}\Z")
_SEPARATED = r"(?:Cad(?:desi|\.)|Sok(?:a[kğ]ı?|\.)|Mah(?:allesi|\.))"

# Each with a sign without which it need not be looked for.
_PATTERNS = tuple(
    (kind, sign, re.compile(pattern))
    for kind, sign, pattern in (
        ("mail", "@", r"[\w.+%-]+\s?@\s?[\w-]+(?:\.[\w-]+)+"),
        ("handle", "@", r"(?<![\w.])@[A-Za-z]\w{2,}"),
        ("web", ".", r"(?:https?://|\bwww\.)[^\s<>\"]*[\w/]"),
        ("web", ".", rf"\b(?<![@.])[\w-]+(?:\.[\w-]+)*\.{_DOMAIN}(?![\w-])(?:/[^\s<>\"]*[\w/])?"),
        ("iban", "1", r"\b[A-Za-z]{2}\d\d(?:\s?[A-Za-z]{4})(?:\s?\d){8,12}(?!\w)"),
        ("iban", "1", r"\b[A-Z]{2}\d\d(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?(?!\w)"),
        ("born", "1", rf"\b{_BORN}\W{{0,3}}(?:{_ON}\W+)?(?:{_DATE}|{_YEARLESS})"),
        ("born", "1", rf"\b(?=\d)(?:{_DATE}|{_YEARLESS})\s*(?:tarihinde\s+)?{_BORN_AFTER}"),
        ("date", "1", rf"\b(?=\d|[^\W\d_]{{3,12}}\s+\d){_DATE}"),
        ("phone", "1", r"(?:\+|\(?0)(?<![\w+:.]\+)(?<![\w+:.]0)(?!\d{0,2}[.:]\d\d\s*[-–])[\d\s().\-/]{7,18}\d(?!\w)"),
        ("nine", "1", r"\b(?<![.,])\d{3}[ .-]?\d{3}[ .-]?\d{3}(?!\w)|\b(?<![.,])\d{4}[.-]\d{2}[.-]\d{3}(?!\w)"),
        ("long", "1", r"\b\d{7,}(?!\w)"),
        ("postcode", "1", r"\b[1-9]\d{3}\s?[A-Z]{2}(?!\w)(?!\s*\d)|\b[1-9]\d{3}[a-z]{2}(?!\w)"),
        ("street", "1", rf"\b(?=[\w'’.-]{{4,40}}\s+\d){_NOT_A_STREET}[^\W\d_][\w'’-]{{1,}}{_STREET_WORD}{_HOUSE}"),
        ("abroad", "1", r"\b(?:ul|al|os|вул|бул|ул|просп)\.\s?[^\W\d_][\w’-]*(?:\s+[A-ZА-ЯІЇЄ][\w’-]*){0,3},?\s+\d+"),
        ("abroad", "1", rf"\b[A-ZÇĞİÖŞÜ]\w*\s+(?:[A-ZÇĞİÖŞÜ]\w*\s+){{0,2}}{_SEPARATED}\s*,?\s*(?:No\s*[:.]?\s*)?\d+"),
        ("abroad", "1", r"\b\d{1,4}\s+(?:[A-Z]\w*\s+){1,3}(?:Street|Road|Avenue|Lane|Square|Drive)\b"),
        ("abroad", "1", r"شارع\s+[^\W\d_]+(?:\s+[^\W\d_]+)?\s+(?:رقم\s+)?\d+"),
    )
)  # fmt: skip
_ANY_DATE = re.compile(rf"(?<!\w)(?:{_DATE}|{_YEARLESS})")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORT_YEAR = re.compile(r"[-./]\s?(\d\d)\Z")
_NO_PHONE = re.compile(r"0?\d[-./]\d{1,2}[-./](?:\d{4}|\d\d)(?![-./\d])|[01]?\d[.:]\d\d(?:\s|$)")
_DIGIT = re.compile(r"\d")


def spans(text: str, born_before: int) -> Iterator[Span]:
    """Where something stands that says who or where somebody is; they may overlap."""
    signs = {sign for sign in "@." if sign in text} | ({"1"} if _DIGIT.search(text) else set())
    for kind, sign, pattern in _PATTERNS:
        if sign not in signs:
            continue
        for match in pattern.finditer(text):
            if kind == "date" and not _is_long_ago(match[0], born_before):
                continue
            if kind == "phone" and not _is_phone(match[0]):
                continue
            yield _precisely(kind, text, match)


def _precisely(kind: str, text: str, match: "re.Match[str]") -> Span:
    """Of "geboren op 12-3-2015" only the day; of a street all that belongs to its name."""
    begin, end = match.span()
    if kind == "born" and (day := _ANY_DATE.search(match[0])):
        return begin + day.start(), begin + day.end()
    if kind == "street" and (before := _CAPITALS.search(text, max(0, begin - 60), begin)):
        return before.start(), end
    return begin, end


def _is_phone(found: str) -> bool:
    digits = sum(sign.isdecimal() for sign in found)
    return 9 <= digits <= 15 and not _NO_PHONE.match(found)


def _is_long_ago(found: str, born_before: int) -> bool:
    """Whether a full date lies before any that a school would write about: then it is a day of birth."""
    if year := _YEAR.search(found):
        return int(year[0]) < born_before
    short = _SHORT_YEAR.search(found)
    if not short:
        return False
    year_in_century = int(short[1])
    return year_in_century < born_before % 100 or year_in_century > born_before % 100 + 15
