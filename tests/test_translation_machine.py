"""Which machine serves whom, and when one that fails is left alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.config import Config
from bot.errors import ConfigError
from bot.translation import machine
from bot.translation.breaker import Breaker
from bot.translation.machine import Machines
from bot.translators import WITHOUT_CONTRACT
from tests.fakes.translators import Fluent, pseudo

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEYS = {"BOT_TRANSLATION_DEEPL_KEY": "a key", "BOT_TRANSLATION_MICROSOFT_KEY": "a key"}


def settings(translation: dict[str, Any], **schools: dict[str, Any]) -> Config:
    """Two schools: `brug`, and `vaart`, which has its own choice where one is given."""
    own = {
        name: {"name": name, **({"translation": schools[name]} if name in schools else {})}
        for name in ("brug", "vaart")
    }
    google = {"google": {"without_contract": WITHOUT_CONTRACT}, "libretranslate": {"api": "http://127.0.0.1:5000"}}
    return config.parse({"schools": own, "translation": google | translation}, Path(), KEYS)


async def test_a_pair_goes_before_the_engine_and_a_school_before_all_schools() -> None:
    chosen = settings(
        {"engine": "deepl", "pairs": {"nl-ti": "microsoft", "so-nl": "google", "nl-so": "none"}},
        vaart={"engine": "libretranslate", "pairs": {"nl-am": "google"}},
    )
    assert machine.named(chosen) == ["libretranslate", "deepl", "microsoft", "google"]
    machines = machine.make(chosen)
    served = {
        (school, source, target): machines.chosen(school, source, target)
        for school in ("brug", "vaart")
        for source, target in (("nl", "tr"), ("nl", "ti"), ("ti", "nl"), ("nl", "so"), ("so", "nl"), ("am", "nl"))
    }
    assert [served["brug", *pair] for pair in (("nl", "tr"), ("nl", "ti"), ("ti", "nl"), ("am", "nl"))] == [
        "deepl", "microsoft", "microsoft", "deepl",
    ]  # fmt: skip
    assert (served["brug", "nl", "so"], served["brug", "so", "nl"]) == ("none", "google"), "each way named by itself"
    assert [served["vaart", *pair] for pair in (("nl", "tr"), ("nl", "ti"), ("nl", "so"), ("am", "nl"))] == [
        "libretranslate", "libretranslate", "libretranslate", "google",
    ]  # fmt: skip
    assert machines.engine("brug", "nl", "tr") is machines.engines["deepl"]
    assert machines.engine("brug", "am", "nl") is None, "DeepL does not speak it"
    assert machines.engine("vaart", "nl", "ti") is None
    assert machines.engine("brug", "nl", "so") is None
    assert machines.chosen("gone", "nl", "tr") == "deepl"
    await machines.close()


async def test_without_a_word_nobody_translates_and_a_missing_key_is_one_line() -> None:
    assert machine.make(settings({})).engine("brug", "nl", "en") is None
    silent = config.parse({"schools": {"a": {"name": "A"}}, "translation": {"engine": "deepl"}}, Path(), {})
    with pytest.raises(ConfigError, match="BOT_TRANSLATION_DEEPL_KEY"):
        machine.make(silent)
    opened, wrong = machine.open_engines(silent)
    assert (dict(opened.engines), list(wrong)) == ({}, ["deepl"])


async def test_all_are_closed() -> None:
    engines = {name: Fluent(name) for name in ("deepl", "google")}
    await Machines(settings({}), engines).close()
    assert all(each.closed for each in engines.values())


def test_an_engine_rests_longer_and_longer_and_then_one_goes_to_see() -> None:
    breaker = Breaker()
    for _ in range(2):
        breaker.heard("deepl", "late", NOON)
    breaker.heard("deepl", "strange", NOON)  # a text that it cannot do says nothing of the next
    for _ in range(2):
        breaker.heard("deepl", "busy", NOON)
    assert breaker.may("deepl", NOON)
    breaker.heard("deepl", "unreachable", NOON)
    assert not breaker.may("deepl", NOON)
    assert breaker.may("google", NOON), "the others go on"
    now, rests = NOON, []
    for _ in range(8):
        seconds = next(each for each in range(1, 100) if breaker.may("deepl", now + timedelta(seconds=each)))
        rests.append(seconds)
        now += timedelta(seconds=seconds)
        assert not breaker.may("deepl", now), "one goes to see, and only one"
        breaker.heard("deepl", "late", now)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    now += timedelta(minutes=1)
    assert breaker.may("deepl", now)
    breaker.heard("deepl", "", now)
    assert all(breaker.may("deepl", now) for _ in range(3))


def test_who_asks_for_patience_gets_it_at_once() -> None:
    breaker = Breaker()
    breaker.heard("deepl", "busy", NOON, timedelta(seconds=30))
    assert not breaker.may("deepl", NOON + timedelta(seconds=29))
    assert breaker.may("deepl", NOON + timedelta(seconds=30))


@pytest.mark.parametrize("language", ["en", "tr", "ar", "ti", "pl", "uk", "prs", "hy", "zh", "hi", "el", "nl"])
def test_the_make_believe_languages_can_be_said_back(language: str) -> None:
    text = "morgen is er geen gym: [X1X] niet om 8:30, € 3,50! één café 😀"
    said = pseudo(text, "nl", language)
    assert pseudo(said, language, "nl") == text
    assert (said == text) is (language == "nl")
    assert all(kept in said for kept in ("[X1X]", "8:30", "€ 3,50!", "😀"))
