"""What is checked: the flows, the PO files, and what the rest of the bot expects of both."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.check.finding import Place
from bot.check.locales import Locale, Text
from bot.check.style import Style
from bot.config import Languages
from bot.conversation.flow import Flow, Step
from bot.conversation.journey import Journey
from bot.conversation.ready import Ready
from bot.conversation.spoken import labels, texts
from bot.translation.texts import PAGES, SOURCE

MENU = "desk.menu"


@dataclass(frozen=True)
class Content:
    """Everything that an author writes, as read.

    `actions` is what a flow may do, `offers` where its options may come from. `said` are the keys that the code itself
    says; one that ends with a dot or a dash below stands for all that begin so.
    """

    flows: tuple[Flow, ...]
    locales: Mapping[str, Locale]
    languages: Languages = field(default_factory=Languages)
    actions: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    journeys: tuple[Journey, ...] = ()
    ready: tuple[Ready, ...] = ()
    style: Style = field(default_factory=Style)

    @cached_property
    def source(self) -> Locale:
        """The Dutch, from which all others are translated."""
        return self.locales.get(SOURCE, Locale(SOURCE, {}))

    def translations(self) -> Iterator[Locale]:
        """Every PO file but the source."""
        return (locale for locale in self.locales.values() if locale is not self.source)

    def pairs(self, locale: Locale) -> Iterator[tuple[Text, Text]]:
        """Each Dutch text that has one in this language, and that one. Marks are taken from the Dutch."""
        for key, dutch in self.source.texts.items():
            own = locale.texts.get(key)
            if own and own.forms:
                yield dutch, own

    def to_parents(self) -> Iterator[tuple[Locale, Text, Text]]:
        """Every text that parents read, with its Dutch; the Dutch ones too."""
        for locale in self.locales.values():
            for dutch, own in self.pairs(locale):
                if not dutch.is_list and not own.key.startswith(PAGES):
                    yield locale, dutch, own

    @cached_property
    def needed(self) -> Mapping[str, Place]:
        """The keys that the flows need, each with the place that needs it first."""
        found: dict[str, Place] = {}
        for flow in self.flows:
            for step in flow.steps.values():
                for key in (*texts(step), *labels(step)):
                    found.setdefault(key, at(flow, step.name))
            if flow.keyword:
                found.setdefault(flow.keyword, at(flow, "start"))
            if flow.menu and not flow.language:
                for ask in self.menus:
                    found.setdefault(f"{ask}.{flow.name}", at(flow, "menu"))
        return found

    @cached_property
    def menus(self) -> frozenset[str]:
        """The questions whose options are the flows with `menu = N`: each flow needs a label there."""
        return frozenset(ask for ask, question in self.questions.items() if question.options_from == MENU)

    @cached_property
    def questions(self) -> Mapping[str, Step]:
        """The question that each `ask` key puts; where several steps ask the same, the first."""
        steps = [step for flow in self.flows for step in flow.steps.values() if step.ask]
        return {step.ask: step for step in reversed(steps)}

    def is_used(self, key: str) -> bool:
        """Whether a flow or the code says this text."""
        return self._is_said(key, self.needed)

    def is_met(self, key: str, language: str) -> bool:
        """Whether a parent with this language can meet this text: a flow may have a form of its own for her."""
        return self._is_said(key, self._met(language))

    def _met(self, language: str) -> frozenset[str]:
        if language not in self._of_language:
            own = {flow.name for flow in self.flows if flow.language == language}
            hers = [flow for flow in self.flows if flow.language == language or not (flow.language or flow.name in own)]
            found = {key for flow in hers for step in flow.steps.values() for key in (*texts(step), *labels(step))}
            self._of_language[language] = frozenset(found | {flow.keyword for flow in hers})
        return self._of_language[language]

    @cached_property
    def _of_language(self) -> dict[str, frozenset[str]]:
        """What parents with a language meet in the flows; filled as it is asked for."""
        return {}

    @cached_property
    def _begun(self) -> tuple[str, ...]:
        return tuple(said for said in self.said if said.endswith((".", "_")))

    def _is_said(self, key: str, needed: Collection[str]) -> bool:
        plain = key.removesuffix(".words")
        ask, _, option = plain.rpartition(".")
        question = self.questions.get(ask)
        if question and (question.options_from or option in question.options):
            return ask in needed
        known = any(each in needed or each in self.said for each in (key, plain, PAGES + key))
        return known or key.startswith(self._begun)


def file(flow: Flow) -> str:
    """The file of a flow, as an author knows it."""
    return f"flows/{flow.name}.{flow.language}.toml" if flow.language else f"flows/{flow.name}.toml"


def at(flow: Flow, step: str) -> Place:
    """A step in its file."""
    return Place(file(flow), step)
