"""Where a text stands, in words that somebody understands who reads it alone: which flow says it, and when."""

from collections.abc import Iterable, Mapping

from bot.conversation.flow import Flow
from bot.conversation.ready import Ready
from bot.conversation.spoken import labels, said
from bot.translation.texts import PAGES

_VERBS = {
    "say": "says", "ask": "asks", "remind": "her own reminder", "retry": "where the answer is not understood",
    "timeout": "where there is no answer", "handoff": "before a person answers",
}  # fmt: skip
_WORDS = ".words"


def places(flows: Iterable[Flow], messages: Iterable[Ready]) -> dict[str, str]:
    """The first place of every text of the flows and the ready messages."""
    found: dict[str, str] = {}
    for flow in flows:
        if flow.keyword:
            found.setdefault(flow.keyword, f"{flow.name}: words that begin it")
        for step in flow.steps.values():
            for verb, key in said(step):
                found.setdefault(key, f"{flow.name} / {step.name}: {_VERBS[verb]}")
            for key in labels(step):
                found.setdefault(key, f"{flow.name} / {step.name}: an answer to choose")
    for ready in messages:
        for key in ready.texts():
            found.setdefault(key, f"ready message {ready.name}")
    return found


def place(key: str, known: Mapping[str, str]) -> str:
    """Where this text stands; of what no flow says, the part of the bot that does."""
    if key in known:
        return known[key]
    if key.endswith(_WORDS):
        return f"{place(key.removesuffix(_WORDS), known)}; other ways to write it"
    ask = key.rpartition(".")[0]
    if ask in known:
        return f"{known[ask].partition(':')[0]}: an answer to choose"
    if key.startswith(PAGES):
        return f"page {key.split('.')[1]} of the school"
    return f"the bot: {key.partition('.')[0].replace('_', ' ')}"
