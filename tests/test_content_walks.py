"""A random parent walks every flow, in every language: each walk ends, and everything it says exists."""

import os
from pathlib import Path
from random import Random

import pytest

from bot import config
from bot.conversation.flow import Flow, parse
from bot.desk.flows import read_folder
from bot.translation.catalogue import Catalogue
from tests.fakes.tea import FLOW, Tea
from tests.harness.walker import Walker

FULL = bool(os.environ.get("TORTURE"))
pytestmark = [pytest.mark.slow] if FULL else []
WALKS = 10_000 if FULL else 25  # of each flow
SEED = int(os.environ.get("WALKS_SEED", "20261122"))
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def flows() -> tuple[Flow, ...]:
    return tuple(read_folder(ROOT / "flows").flows)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    settings = config.load(ROOT / "config.toml", {})
    return Catalogue.load(settings.locales, offered=settings.languages.offered)


def walked(
    flows: tuple[Flow, ...], catalogue: Catalogue, walks: int, seed: int
) -> tuple[dict[str, set[str]], list[str]]:
    """The results of each flow, and what went wrong; each walk with a seed of its own, which is named."""
    results: dict[str, set[str]] = {flow.name: set() for flow in flows}
    wrong: list[str] = []
    names = frozenset(results)
    for number in range(walks):
        flow = flows[number % len(flows)]
        random = Random(f"{seed}:{number}")
        language = flow.language or random.choice(catalogue.languages)
        walker = Walker(flow, catalogue, names, language, random)
        try:
            results[flow.name].add(walker.walk())
        except Exception as trouble:
            trail = " > ".join(walker.trail)
            wrong.append(f"{flow.name} in {language}, walk {number} of WALKS_SEED={seed}: {trouble!r} after {trail}")
    return results, wrong


def test_every_walk_ends_and_says_only_what_there_is(flows: tuple[Flow, ...], catalogue: Catalogue) -> None:
    results, wrong = walked(flows, catalogue, WALKS * len(flows), SEED)
    assert wrong == []
    assert {name for name, found in results.items() if not found} == set()  # every flow was walked, to an end
    asking = {flow.name for flow in flows if len({step.end for step in flow.steps.values() if step.end}) > 1}
    assert len({name for name in asking if len(results[name]) > 1}) > len(asking) / 2  # and by more ways than one


BAD = [
    ('end = "done"', 'next = "dag"', "no end after"),  # whoever says Monday is asked again
    ('"thee.koppen"', '"thee.koekjes"', "there is no text thee.koekjes"),
    ('start = "thee"', 'start = "koffie"', "'koffie', which is no flow"),
    ('on = "{dag}"', 'on = "{dagje}"', "a plan on ''"),
]


@pytest.mark.parametrize(("good", "bad", "said"), BAD, ids=[case[2] for case in BAD])
def test_a_walk_finds_what_is_wrong(tmp_path: Path, good: str, bad: str, said: str) -> None:
    """The walker can fail: on a small flow, spoilt in one place."""
    assert good in FLOW
    catalogue = Catalogue.load(Tea(tmp_path).config.locales, offered=("nl", "tr"))
    spoilt = FLOW.replace(good, bad)
    if "dag" in bad and "next" in bad:  # nobody falls silent or gives up
        spoilt = spoilt.replace('retry = { then = "mens" }', "retry = { max = 9999 }").replace(
            'do = "later"', 'do = "groet"'
        )
        spoilt = spoilt.replace('save = "dag"', 'save = "dag"\ntimeout = { after = "1h", then = "dag" }')
    _, wrong = walked((parse(spoilt, "thee.toml"),), catalogue, 40, SEED)
    assert any(said in each and f"WALKS_SEED={SEED}" in each for each in wrong)
