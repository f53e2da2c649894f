"""What was left behind in a translation: Dutch and English words, words said twice, words to send that nobody knows."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from bot.check.content import Content
from bot.check.finding import Finding, error, warning
from bot.check.locales import Locale, Text, without_fields
from bot.conversation.folding import fold
from bot.translation.texts import SOURCE

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITALS = 3  # letters; a word of two is an abbreviation
_SHORT = 12  # what is no longer than this may well be the same in two languages
_NEVER = frozenset({SOURCE, "en"})


def copied(content: Content) -> Iterator[Finding]:
    """Texts that are still English, letter by letter."""
    english = content.locales.get("en")
    for locale, dutch, own in content.to_parents():
        theirs = english.texts.get(own.key) if english and locale.language not in _NEVER else None
        same = theirs and own.forms == theirs.forms != dutch.forms
        if same and len(without_fields(own.forms[0]).strip()) > _SHORT:
            yield warning(locale.place, own.key, "is still English", "translate it")


def foreign(content: Content) -> Iterator[Finding]:
    """Small words of Dutch and English inside another language; a language's own words are none of them."""
    for locale, _, own in content.to_parents():
        mine = content.style.own.get(locale.language, frozenset())
        for language, small in content.style.foreign.items():
            if language == locale.language or (locale.language == SOURCE and language == "en"):
                continue
            words = {word for form in own.forms for word in _WORD.findall(without_fields(form).lower())}
            found = sorted(words & (small - mine))
            if found:
                what = "Dutch" if language == SOURCE else "English"
                message = f"has the {what} {'word' if len(found) == 1 else 'words'} {', '.join(found)}"
                yield warning(locale.place, own.key, message, "translate it")


def doubled(content: Content) -> Iterator[Finding]:
    """The same word twice in a row, where the language does not do so on purpose."""
    for locale, _, own in content.to_parents():
        mine = content.style.twice.get(locale.language, frozenset())
        for form in own.forms:
            for first, second in pairwise(_WORD.finditer(form.lower())):
                word = first[0]
                if word == second[0] and form[first.end() : second.start()].isspace() and word not in mine:
                    yield warning(locale.place, own.key, f"says {word!r} twice in a row", "say it once")


def words_to_send(content: Content) -> Iterator[Finding]:
    """A word in capitals is one that she can send: it stands in a list of keywords of its language."""
    dutch_words = _keywords(content.source)
    heard = {code: {**dutch_words, **_keywords(locale)} for code, locale in content.locales.items()}  # Dutch by all
    for locale, dutch, own in content.to_parents():
        known, better = heard[locale.language], "put it into a kw list of this language, or write it small"
        unknown = sorted(_capitals(own) - known.keys() - content.style.capitals)
        for word in unknown:
            yield error(locale.place, own.key, f"asks for {word!r}, which starts nothing", better)
        for word in sorted(_capitals(dutch) & dutch_words.keys()) if not unknown else ():
            named = {each for each, theirs in known.items() if theirs & dutch_words[word]}
            if not any(named & _spoken(form) for form in own.forms):
                message = f"does not name {word!r}, or with a word that starts nothing here"
                better = f"name a word of {min(dutch_words[word])} as this language has it"
                yield error(locale.place, own.key, message, better)


def _spoken(form: str) -> set[str]:
    """Every word of a text and every two and three in a row, folded."""
    words = [fold(word) for word in _WORD.findall(form)]
    return {" ".join(words[at : at + size]) for size in (1, 2, 3) for at in range(len(words))}


def _capitals(text: Text) -> set[str]:
    """The words in capitals, folded; scripts without capitals have none but Latin ones."""
    words = (word for form in text.forms for word in _WORD.findall(without_fields(form)) if word.isupper())
    return {fold(word) for word in words if len(word) >= _CAPITALS}


def _keywords(locale: Locale) -> Mapping[str, frozenset[str]]:
    """Each word that a parent can send, with the lists in which it stands."""
    found: dict[str, frozenset[str]] = {}
    for key, text in locale.texts.items():
        if key.startswith("kw."):
            for word in map(fold, text.words()):
                found[word] = found.get(word, frozenset()) | {key}
    return found
