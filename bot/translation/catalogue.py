"""The words of all languages, loaded once; each reader gets hers."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from bot.conversation import wordlists
from bot.conversation.folding import fold
from bot.conversation.wordlists import Tables
from bot.errors import ContentError
from bot.model import WEEKDAYS, Offer, Value
from bot.translation import languages as calendar
from bot.translation import texts
from bot.translation.glossary import Glossary, tables
from bot.translation.texts import FIELD, SOURCE, Text

_SECOND = (SOURCE, "en")  # who lives here uses these words too
_YES_NO = {"ja": "algemeen.ja", "nee": "algemeen.nee"}
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_DIRECTING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NUMERIC = re.compile(r"[\d:.,\s]*")
Put = Callable[[str, str], str]  # a field's name and its words -> what stands in the text


def as_said(_name: str, words: str) -> str:
    """A value stands in the text as it is said."""
    return words


class Catalogue:
    """All texts. The Dutch is the source; `fallback` is said where a language has no text that may go."""

    def __init__(
        self,
        source: Mapping[str, Text],
        own: Mapping[str, Mapping[str, Text]],
        *,
        fallback: str = SOURCE,
        send: str = "drafts",
    ) -> None:
        self.source = source
        self.texts = own
        self.send = send
        self.languages = tuple(own)
        self.fallback = fallback if fallback in own else SOURCE
        self._words = {language: LanguageWords(self, language) for language in {*own, SOURCE}}

    @cached_property
    def _fields(self) -> Mapping[str, frozenset[str]]:
        return {key: texts.fields(text.forms) for key, text in self.source.items()}

    @classmethod
    def load(
        cls, folder: Path, *, offered: tuple[str, ...], fallback: str = SOURCE, send: str = "drafts"
    ) -> "Catalogue":
        """Read the PO files and their word lists. Raises ContentError: file, key."""
        source = texts.load_source(folder)
        own = {code: source if code == SOURCE else texts.load(folder, code, source) for code in offered}
        catalogue = cls(source, own, fallback=fallback, send=send)
        for words in catalogue._words.values():
            _ = words.tables  # a list that cannot be read is found now, not in a conversation
        return catalogue

    def words(self, language: str) -> "LanguageWords":
        """The words of a language; those of the fallback where it is not offered."""
        return self._words.get(language) or self._words[self.fallback]

    def complete(self, language: str, parts: Iterable[str]) -> bool:
        """Whether the language has a text that may go for every one of these keys."""
        return language in self._words and all(self.may_go(language, key) for key in parts)

    def reader(self, language: str, keys: Iterable[str]) -> "LanguageWords":
        """Her language where it has *all* these keys, else the fallback's: a message falls back only as a whole."""
        needed = tuple(keys)
        return next(
            (self._words[each] for each in (language, self.fallback) if self.complete(each, needed)),
            self._words[SOURCE],
        )

    def fields(self, key: str) -> frozenset[str]:
        """The fields of the Dutch text."""
        return self._fields.get(key, frozenset())

    def has(self, key: str) -> bool:
        return key in self.source

    def speaks(self, language: str) -> bool:
        """Whether the language is loaded; the Dutch always is."""
        return language in self._words

    def text(self, language: str, key: str) -> Text | None:
        """What the file of this language has for a key, whether or not it may go."""
        return self.source.get(key) if language == SOURCE else self.texts.get(language, {}).get(key)

    def may_go(self, language: str, key: str) -> bool:
        """Whether a parent may get this text; days, yes and no have theirs where the question has none."""
        if language == SOURCE:
            return key in self.source or _name_of(key) in (*WEEKDAYS, *_YES_NO)
        if key in self.source:
            own = self.texts[language].get(key)
            return own is not None and own.may_go(self.send)
        option = _name_of(key)
        return option in WEEKDAYS or (option in _YES_NO and self.may_go(language, _YES_NO[option]))


class LanguageWords:
    """The words of one language: what it says, and what it understands."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self.catalogue = catalogue
        self.language = language
        self.direction = calendar.direction(language)
        self._labels: dict[tuple[str, tuple[str, ...]], Mapping[str, str]] = {}

    def say(self, key: str, fields: Mapping[str, Value], *, isolates: bool = True, put: Put = as_said) -> str:
        """The text with its fields. Values are data: what looks like a field in them stays as it is.

        Isolates (FSI, PDI) only stand round a value that runs the other way. `put` may put something else where a
        value would stand. Raises ContentError where a text or field is missing.
        """

        def spoken(field: "re.Match[str]") -> str:
            words = _DIRECTING.sub("", self.value(_given(key, field[1], fields)))
            turned = isolates and _turns(words, self.direction)
            return put(field[1], f"{_ISOLATE}{words}{_END_ISOLATE}" if turned else words)

        return FIELD.sub(spoken, self._form(key, fields))

    def value(self, value: Value) -> str:
        """A field's words in this language. Names, links, numbers, times and somebody's words stay as they are."""
        if value.kind == "option":
            return self.label(value.of, Offer(value.value))
        if value.kind == "weekday":
            return calendar.weekday(self.language, value.value)
        if value.kind == "days":
            return calendar.say_days(self.language, value.value.split())
        if value.kind in ("date", "monthday", "full_date"):
            return calendar.say_date(self.language, date.fromisoformat(value.value), value.kind)
        if value.kind == "moments":
            return self._moments(value.value)
        if value.kind == "amount":
            return calendar.say_amount(self.language, value.value)
        return value.value

    def _moments(self, value: str) -> str:
        """Each moment with its name: "Amira do 26 nov 15:10, Yusuf do 26 nov 15:25"."""
        found = (each.partition(" ") for each in value.split("\n"))
        said = ((who, calendar.say_moment(self.language, datetime.fromisoformat(at))) for at, _, who in found)
        return ", ".join(f"{who} {moment}".strip() for who, moment in said)

    def label(self, ask: str, offer: Offer) -> str:
        """An option as she sees it: its own label, the text `ask.id`, or the name of a day, yes or no."""
        if offer.label:
            return offer.label
        key = f"{ask}.{offer.id}"
        if self.catalogue.has(key):
            return self.say(key, {})
        if offer.id in WEEKDAYS:
            return calendar.weekday(self.language, offer.id)
        return self.say(_YES_NO.get(offer.id, key), {})

    def labels(self, ask: str, ids: tuple[str, ...]) -> Mapping[str, str]:
        """Folded label or synonym -> option id: her own language, then Dutch and English, elsewhere full labels."""
        known = self._labels.get((ask, ids))
        if known is None:
            known = self._labels[ask, ids] = self._understood(ask, ids)
        return known

    def list(self, key: str) -> tuple[str, ...]:
        """The words of a comma-separated list. Lists are what we understand, not what we say: unread drafts count."""
        own = self.catalogue.text(self.language, key)
        return own.words() if own else ()

    @cached_property
    def glossary(self) -> Glossary:
        return Glossary(self.language, self.list)

    @cached_property
    def tables(self) -> Tables:
        """Numbers, times and days in her words, then in those that people here use too."""
        return tables(self.glossary, (self.catalogue.words(each).glossary for each in self._second()))

    def _second(self) -> tuple[str, ...]:
        return tuple(each for each in _SECOND if each != self.language and self.catalogue.speaks(each))

    def _understood(self, ask: str, ids: tuple[str, ...]) -> Mapping[str, str]:
        """The table of `labels`. Two options that read alike in one language are neither."""
        own = {word for word, _ in self._synonyms(ask, ids)}
        second = [self.catalogue.words(each) for each in self._second()]
        rest = [
            self.catalogue.words(each) for each in self.catalogue.languages if each not in (self.language, *_SECOND)
        ]
        return wordlists.merged(
            self._shown(ask, ids),
            self._synonyms(ask, ids),
            (pair for each in second for pair in (*each._shown(ask, ids), *each._synonyms(ask, ids))),
            (pair for each in rest for pair in each._shown(ask, ids)),
            never=self.glossary.foreign - own,
        )

    def _shown(self, ask: str, ids: tuple[str, ...]) -> "Iterator[tuple[str, str]]":
        """The folded labels of this language, each with its option. What is not translated is left out."""
        for option in ids:
            key = f"{ask}.{option}"
            label = self.catalogue.text(self.language, key if self.catalogue.has(key) else _YES_NO.get(option, key))
            if label and label.forms:
                yield fold(label.forms[0]), option
            elif option in WEEKDAYS and not self.catalogue.has(key):
                yield fold(calendar.weekday(self.language, option)), option

    def _synonyms(self, ask: str, ids: tuple[str, ...]) -> "Iterator[tuple[str, str]]":
        for option in ids:
            key = f"{ask}.{option}"
            shown = key if self.catalogue.has(key) else _YES_NO.get(option, key)
            yield from ((fold(word), option) for word in self.list(f"{shown}.words"))
        days = [day for day in ids if day in WEEKDAYS and not self.catalogue.has(f"{ask}.{day}")]
        yield from ((word, day) for word, day in self.glossary.weekdays.items() if day in days)

    def _form(self, key: str, fields: Mapping[str, Value]) -> str:
        """Her text where it may go, else the fallback's, else the Dutch; of a plural the form for `aantal`."""
        language = next(
            (each for each in (self.language, self.catalogue.fallback) if self.catalogue.may_go(each, key)), SOURCE
        )
        own = self.catalogue.text(language, key)
        if own is None:
            raise ContentError(f"{SOURCE}.po: there is no text {key}")
        if len(own.forms) == 1:
            return own.forms[0]
        number = int(_given(key, "aantal", fields).value)
        return own.forms[min(calendar.plural_form(language, number), len(own.forms) - 1)]


def _given(key: str, name: str, fields: Mapping[str, Value]) -> Value:
    if name not in fields:
        raise ContentError(f"{key}: nobody gave a value for {{{name}}}")
    return fields[name]


def _turns(words: str, direction: str) -> bool:
    """Whether any of it runs against the message. Digits with signs (+31 6 …) would fall apart from right to left."""
    strong = {unicodedata.bidirectional(sign) for sign in words}
    if direction == "ltr":
        return bool(strong & {"R", "AL"})
    return "L" in strong or not (strong & {"R", "AL"} or _NUMERIC.fullmatch(words))


def _name_of(key: str) -> str:
    return key.rpartition(".")[2]
