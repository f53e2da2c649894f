"""What goes before every flow: danger words, STOP, START, HELP, a language, a person; and what starts a flow. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from bot.conversation.answers import fold

# What Twilio acts on by itself on SMS means STOP to us too, everywhere.
_PROVIDER_STOPS = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
HOUSE = ("stop", "start", "help", "taal", "mens", "menu")
_TELLING = frozenset({"afwezig"})
_BREAK = re.compile(r"\s*[,.;:!،؛\n]")
_ASKS = re.compile(r"[?؟]")
_LONGEST = 2000  # a danger word stands near the beginning; a novel is not searched whole


class Lists(Protocol):
    """The word lists of one language."""

    def list(self, key: str) -> tuple[str, ...]: ...


class Keywords(NamedTuple):
    """Folded words of all languages together: in every language, in every step."""

    whole: Mapping[str, str]  # a whole message -> a house flow
    danger: Mapping[str, tuple[str, ...]]  # the first word of phrases -> those phrases, each between two spaces
    start: Mapping[str, Mapping[str, str]]  # language -> a whole message -> a flow


def gather(languages: Mapping[str, Lists], flows: Mapping[str, str]) -> Keywords:
    """The keywords of `languages`; `flows` maps a flow's name to the key of its keywords."""
    whole: dict[str, str] = dict.fromkeys(_PROVIDER_STOPS, "stop")
    danger: dict[str, tuple[str, ...]] = {}
    start: dict[str, dict[str, str]] = {}
    for language, words in languages.items():
        for name in HOUSE:
            for word in words.list(f"kw.{name}"):
                whole.setdefault(_whole(word), name)
        for phrase in map(fold, words.list("kw.gevaar")):
            first = phrase.partition(" ")[0]
            danger[first] = (*danger.get(first, ()), f" {phrase} ")
        start[language] = {
            fold(word): name for name, key in flows.items() if name not in HOUSE for word in words.list(key)
        }
    return Keywords(whole, danger, start)


def house_flow(text: str, keywords: Keywords) -> str:
    """The flow of the house that this text calls for, whatever else is going on; "" for none."""
    folded = fold(text[:_LONGEST])
    between = f" {folded} "
    for word in folded.split(" "):
        if any(phrase in between for phrase in keywords.danger.get(word, ())):
            return "gevaar"
    return keywords.whole.get(folded or _whole(text[:_LONGEST]), "")


def _whole(text: str) -> str:
    """A whole message as it is looked up. Folding leaves nothing of signs: "?" is help, but a lone emoji is not."""
    return fold(text) or text.strip()


def flow_for(text: str, language: str, keywords: Keywords, also: Iterable[str] = ("nl", "en")) -> str:
    """The flow that this whole message starts: by the reader's own words, then Dutch and English; "" for none.

    A report may tell more behind its first words.
    """
    folded, first = fold(text[:_LONGEST]), fold(first_words(text[:_LONGEST]))
    for each in (language, *also):
        known = keywords.start.get(each, {})
        found = known.get(folded) or (known.get(first) if known.get(first) in _TELLING else "")
        if found:
            return found
    return ""


def first_words(text: str) -> str:
    """What stands before the first comma or full stop: "ziek, hij heeft koorts". Of a question all of it."""
    return text.strip() if _ASKS.search(text) else _BREAK.split(text.strip(), maxsplit=1)[0]
