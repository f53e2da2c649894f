"""What can be wrong with the words by which a parent answers: option labels, synonyms and keywords."""

from collections.abc import Iterator

from bot.check.content import Content
from bot.check.finding import Finding, error
from bot.check.locales import Locale, Text
from bot.conversation.answers import fold
from bot.conversation.flow import Step
from bot.conversation.spoken import labels

# On SMS the provider itself acts on these: she would be cut off.
RESERVED = frozenset(map(fold, ("STOP", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "UNSUBSCRIBE", "STOPALL")))
HOUSE = ("kw.stop", "kw.start", "kw.help", "kw.taal", "kw.mens", "kw.menu")


def reserved(content: Content) -> Iterator[Finding]:
    """Labels and synonyms that never reach their question, because a provider or the house listens first."""
    house = {word: key for locale in content.locales.values() for key in reversed(HOUSE) for word in words(locale, key)}
    for locale, key, word in _answers(content):
        if word in RESERVED or house.get(word) == "kw.stop":
            yield error(locale.place, key, f"{word!r} ends everything where she types it", "use another word")
        elif word in house and house[word] != f"kw.{key.rpartition('.')[2]}":
            message = f"{word!r} starts {house[word]} before its question hears it"
            yield error(locale.place, key, message, "use another word")


def doubles(content: Content) -> Iterator[Finding]:
    """Two options of one question that a parent would answer with the same word."""
    owner: dict[tuple[str, str, str], str] = {}
    for locale, key, word in _answers(content):
        first = owner.setdefault((locale.language, key.rpartition(".")[0], word), key)
        if first != key:
            yield error(locale.place, key, f"{word!r} also means {first}", "leave it to one of the two")


def keywords(content: Content) -> Iterator[Finding]:
    """Words that would start two flows, or a flow where the house itself answers."""
    keys = (*HOUSE, *sorted({flow.keyword for flow in content.flows if flow.keyword} - {*HOUSE}))
    for locale in content.locales.values():
        owner: dict[str, str] = {}
        for key in keys:
            for word in words(locale, key):
                first = owner.setdefault(word, key)
                if first != key:
                    message = f"{word!r} is a word of the house" if first in HOUSE else f"{word!r} also starts {first}"
                    yield error(locale.place, key, message, f"take it out here or under {first}")


def _answers(content: Content) -> Iterator[tuple[Locale, str, str]]:
    """Every label and synonym of every question, folded, with the key of its option."""
    for locale in content.locales.values():
        for step in content.questions.values():
            for key in options(content, step):
                for word in dict.fromkeys((*words(locale, key), *words(locale, f"{key}.words"))):
                    yield locale, key, word


def words(locale: Locale, key: str) -> tuple[str, ...]:
    """The folded words under a key: the items of a list, or the one label."""
    text = locale.texts.get(key)
    if text is None:
        return ()
    return tuple(filter(None, map(fold, text.words() if _is_list(key, text) else text.forms)))


def _is_list(key: str, text: Text) -> bool:
    return text.is_list or key.startswith("kw.") or key.endswith(".words")


def options(content: Content, step: Step) -> tuple[str, ...]:
    """The label keys of all options of a question, also of those that a room offers."""
    if not step.options_from:
        return labels(step)
    below = f"{step.ask}."
    return tuple(key for key in content.source.texts if key.startswith(below) and not key.endswith(".words"))
