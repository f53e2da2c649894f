"""Every check in one list, and what the languages count."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.check import answers, cells, dutch, goodnews, journeys, leftovers, ready, signs, sizes, steps, templates, texts
from bot.check.content import Content
from bot.check.finding import LEVELS, Finding
from bot.check.sizes import Size
from bot.translation.texts import concerns

CHECKS: tuple[Callable[[Content], Iterator[Finding]], ...] = (
    steps.targets, steps.ends, steps.ways, steps.questions, steps.actions, steps.givers,
    texts.files, texts.missing, texts.unused, texts.stale, texts.damaged, texts.manners,
    answers.reserved, answers.doubles, answers.keywords,
    templates.rules, templates.buttons, sizes.labels_too_long,
    journeys.flows, journeys.moments, journeys.plans, journeys.named,
    goodnews.first, ready.words, ready.names, cells.named,
    dutch.level, dutch.tone, signs.letters, signs.lines, signs.marks,
    leftovers.copied, leftovers.foreign, leftovers.doubled, leftovers.words_to_send,
)  # fmt: skip


class Count(NamedTuple):
    """One language in numbers."""

    language: str
    offered: bool
    texts: int
    reviewed: int
    drafts: int
    stale: int
    missing: int
    parts: int  # SMS parts of all that the flows say


def findings(content: Content, measured: Iterable[Size] = ()) -> list[Finding]:
    """All that is wrong: errors first, then by file, place and key; each thing once."""
    found = {finding for check in CHECKS for finding in check(content)}
    found |= set(sizes.too_long(content, measured))
    return sorted(found, key=order)


def order(finding: Finding) -> tuple[int, Finding]:
    return LEVELS.index(finding.level), finding


def counts(content: Content, measured: Sequence[Size]) -> list[Count]:
    """Every language in numbers, the Dutch first."""
    others = sorted((locale for locale in content.translations()), key=lambda locale: locale.language)
    found = []
    for locale in (content.source, *others):
        own = [text for key, text in locale.texts.items() if text.forms and key in content.source.texts]
        found.append(
            Count(
                language=locale.language,
                offered=locale.language in content.languages.offered,
                texts=len(own),
                reviewed=sum(not text.draft for text in own),
                drafts=sum(text.draft and not text.stale for text in own),
                stale=sum(text.stale for text in own),
                missing=sum(concerns(key, locale.language) for key in content.source.texts) - len(own),
                parts=sum(size.parts for size in measured if size.language == locale.language),
            )
        )
    return found
