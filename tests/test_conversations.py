"""Every transcript, in all languages, on all channels and in every way of answering; in Dutch also on PostgreSQL.

All who play one transcript stand on one stage: one bot, one database, each line said by all of them at once.
`pytest --update` writes what the bot says now into the transcripts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path

import pytest

from bot import config
from bot.app import Bot
from bot.check import recording, rehearsal
from bot.check.casting import SCHOOLS
from bot.check.performance import Player, perform, roles
from bot.check.rehearsal import Stage
from bot.check.transcript import Transcript, parse
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.shelf import books

ROOT = Path(__file__).resolve().parent.parent
CONVERSATIONS = sorted((ROOT / "tests" / "conversations").glob("*.chat"))
NAMES = [path.stem for path in CONVERSATIONS]


@pytest.fixture(scope="module")
def settings() -> config.Config:
    return rehearsal.settings(config.load(ROOT / "config.toml", {}))


def read(path: Path) -> Transcript:
    return parse(path.read_text(encoding="utf-8"), path.name)


@asynccontextmanager
async def stage(settings: config.Config, transcript: Transcript, url: str, ring: Ring) -> AsyncIterator[Stage]:
    """The real bot, at the moment on which the transcript begins."""
    clock = rehearsal.Clock(transcript.start.replace(tzinfo=SCHOOLS[0].zone).astimezone(UTC))
    lines = rehearsal.channels()
    bot = Bot(settings, Database(url, ring), clock=clock, channels=lines, books=books(settings))
    try:
        yield Stage(bot, clock, lines)
    finally:
        await bot.stop()


async def play(on: Stage, transcript: Transcript, languages: tuple[str, ...]) -> list[str]:
    """Every difference between the transcript and what its players met."""
    casting = roles(transcript, languages, list(rehearsal.channels()))
    parents = await on.cast([role for role, _ in casting])
    players = [Player(parent, way) for parent, (_, way) in zip(parents, casting, strict=True)]
    return [str(difference) for difference in await perform(on, transcript, players)]


@pytest.mark.parametrize("path", CONVERSATIONS, ids=NAMES)
async def test_a_transcript_holds_in_every_language_and_channel(
    path: Path, settings: config.Config, sqlite_url: str, ring: Ring, update: bool
) -> None:
    transcript = read(path)
    async with stage(settings, transcript, sqlite_url, ring) as on:
        if update:
            (role, way), *_ = roles(transcript, settings.languages.offered, list(rehearsal.channels()))
            [parent] = await on.cast([role])
            path.write_text(await recording.rewrite(on, transcript, Player(parent, way)), encoding="utf-8")
        else:
            assert await play(on, transcript, settings.languages.offered) == []


@pytest.mark.postgres
@pytest.mark.parametrize("path", CONVERSATIONS, ids=NAMES)
async def test_a_transcript_holds_on_postgres(
    path: Path, settings: config.Config, postgres_url: str, ring: Ring
) -> None:
    transcript = read(path)
    async with stage(settings, transcript, postgres_url, ring) as on:
        assert await play(on, transcript, ("nl",)) == []


def test_every_flow_that_parents_meet_has_a_transcript(settings: config.Config) -> None:
    others = {"alarm", "beloofd", "holidays"}  # two for colleagues, and one that is no flow
    flows = {path.stem for path in settings.flows.glob("*.toml")} - others
    assert {read(path).flow for path in CONVERSATIONS} >= flows
