"""Who only follows a rehearsal finds what is wrong in her language, though nobody plays in it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import config
from bot.check.echo import Echo
from bot.check.performance import Player, perform, roles
from bot.check.rehearsal import Stage
from bot.check.transcript import parse
from bot.cli.chat import open_stage

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "flow menu   channels sms telegram\n< menu.wat\n> 2\n< mens.wat\n= started\n"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A rehearsal with words of its own, which a test may spoil."""
    async with open_stage(config.load(ROOT / "config.toml", {})) as opened:
        yield opened


async def follow(stage: Stage, *languages: str, source: str = SOURCE) -> list[str]:
    """What is found by those who follow one Dutch parent on each channel in each way."""
    transcript = parse(source, "menu.chat")
    casting = roles(transcript, ("nl",), ("sms", "telegram"))
    parents = await stage.cast([role for role, _ in casting])
    players = [Player(parent, way) for parent, (_, way) in zip(parents, casting, strict=True)]
    found = await perform(stage, transcript, players, Echo(stage.bot.books, ("nl", *languages), players))
    return [str(each) for each in found]


def spoil(stage: Stage, language: str, key: str, *forms: str) -> None:
    """Put other words in the place of a text; none: it is not there."""
    texts = stage.bot.catalogue.texts[language]
    assert isinstance(texts, dict)
    if forms:
        texts[key] = replace(texts[key], forms=forms)
    else:
        del texts[key]


async def test_who_reads_all_of_it_in_her_language_finds_nothing(stage: Stage) -> None:
    assert await follow(stage, "ar", "ti", "tr") == []


async def test_an_option_that_reads_like_another_is_found(stage: Stage) -> None:
    spoil(stage, "tr", "menu.wat.mens", stage.bot.catalogue.words("tr").say("menu.wat.taal", {}))
    found = await follow(stage, "ar", "tr")
    assert {each.partition(":")[0] for each in found} == {"line 3, tr sms label", "line 3, tr telegram label"}


async def test_an_option_that_calls_for_help_at_once_is_found(stage: Stage) -> None:
    spoil(stage, "fr", "menu.wat.mens", stage.bot.catalogue.words("fr").list("kw.gevaar")[0])
    found = await follow(stage, "fr")
    assert len(found) == 2
    assert all("found Led(turn=None, starts='gevaar')" in each for each in found)


async def test_a_text_that_is_not_there_is_found(stage: Stage) -> None:
    spoil(stage, "ti", "mens.wat")
    found = await follow(stage, "ti", "so")
    assert found == [
        f"line 3, ti {channel} number: expected mens.wat in ti, found no 'mens.wat'" for channel in ("sms", "telegram")
    ]


@pytest.mark.parametrize(("language", "found"), [("nl", 0), ("ar", 7)])
async def test_a_line_that_some_do_not_read_is_not_expected_of_them(stage: Stage, language: str, found: int) -> None:
    other = SOURCE.replace("< menu.wat\n", f"< menu.wat\n< mens.wat   # not {language}\n")
    assert (
        sum("expected menu.wat, mens.wat, found menu.wat" in each for each in await follow(stage, source=other))
        == found
    )
