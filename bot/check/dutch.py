"""Whether the Dutch can be read by who is learning it (A2/B1), and whether it is kind: no blame, no threat."""

import re
from collections.abc import Iterator

from bot.check.content import Content
from bot.check.finding import Finding, warning
from bot.check.locales import Text, without_fields
from bot.check.style import Style
from bot.translation.sentences import has_words, split
from bot.translation.texts import PAGES

_WORD = re.compile(r"[^\W_][\w'’-]*")
_FIELD = re.compile(r"\{[^{}]*\}")
_PAUSE = re.compile(r"[:\n]\s")  # what comes behind a colon is read by itself
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_BECOMES = re.compile(r"\b(?:wordt|worden|word|werd|werden)\b", re.IGNORECASE)
_IS = re.compile(r"\b(?:is|zijn|was|waren)\b", re.IGNORECASE)
_BEFORE = "aan|achter|af|bij|binnen|door|in|langs|los|mee|na|neer|om|op|over|terug|toe|tegen|uit|vast|voor|weg"
_PAST = re.compile(rf"\b(?:(?:{_BEFORE})?ge[a-z]{{2,}}(?:d|t|en))\b", re.IGNORECASE)
_PAST_TOO = re.compile(rf"\b(?:(?:{_BEFORE})?(?:ver|be|ont|her)[a-z]{{2,}}[dt])\b", re.IGNORECASE)


def level(content: Content) -> Iterator[Finding]:
    """Sentences and words that are too long, passives, and clauses that pile up, in what parents read."""
    for text in _said(content):
        if not text.key.startswith(PAGES):
            for message, better in dict.fromkeys(found for form in text.forms for found in _hard(form, content.style)):
                yield warning(content.source.place, text.key, message, better)


def tone(content: Content) -> Iterator[Finding]:
    """Blame, threats and orders; what is marked so, colleagues should not read either."""
    for text in _said(content):
        for saying in content.style.sayings:
            found = next(filter(None, map(saying.pattern.search, text.forms)), None)
            if found and (saying.pages or not text.key.startswith(PAGES)):
                yield warning(content.source.place, text.key, f"says {found[0]!r}: {saying.why}", saying.better)


def _said(content: Content) -> Iterator[Text]:
    return (text for text in content.source.texts.values() if not text.is_list)


def _hard(form: str, style: Style) -> Iterator[tuple[str, str]]:
    for sentence in _sentences(form):
        yield from _long(sentence, style)
        past = passive(sentence, style)
        if past:
            yield f"is passive: '... {past}'", "say who does it"
        clauses = [word for word in _WORD.findall(sentence)[1:] if word.lower() in style.clause]
        if style.clauses and len(clauses) > style.clauses:
            yield f"has {' and '.join(map(repr, clauses))} in one sentence", "make two sentences of it"
    for word in _LETTERS.findall(without_fields(form)):
        if style.word and len(word) > style.word and not _is_known(word.lower(), style):
            better = "say it in shorter words, or explain it; if every parent knows it: [known] in locales/style.toml"
            yield f"has the long word {word!r} ({len(word)} letters; {style.word} read well)", better


def _sentences(form: str) -> Iterator[str]:
    for piece in split(form):
        if has_words(piece):
            yield from filter(has_words, _PAUSE.split(piece))


def _long(sentence: str, style: Style) -> Iterator[tuple[str, str]]:
    count = len(_WORD.findall(_FIELD.sub(" veld ", sentence)))
    if style.sentence and count > style.sentence:
        yield f"has a sentence of {count} words; {style.sentence} read well", "make two sentences of it"


def passive(sentence: str, style: Style) -> str:
    """The participle of a passive, or "": `wordt ... gelezen`, `is ... afgesproken`, but not `is ... gekomen`."""
    words = _FIELD.sub(" ", sentence)
    found = [*_PAST.finditer(words)] if _IS.search(words) else []
    if _BECOMES.search(words):
        found += [*_PAST.finditer(words), *_PAST_TOO.finditer(words)]
    return next((each[0] for each in found if each[0].lower() not in style.active), "")


def _is_known(word: str, style: Style) -> bool:
    return word in style.known or any(word == f"{known}{end}" for known in style.known for end in ("s", "en", "n"))
