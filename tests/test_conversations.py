"""Every transcript, in all languages, on all channels and in every way of answering; one of each flow on PostgreSQL.

All who play one transcript stand on one stage: one bot, one database, each line said by all of them at once. Two
languages really play, the second (by number and by label) another one from transcript to transcript; all others follow
on the engine, in every way. In `make torture` all of them play.
`pytest --update` writes what the bot says now into the transcripts.
"""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest

from bot import config
from bot.app import Bot
from bot.check import recording, rehearsal
from bot.check.casting import SCHOOLS, Parent, Role, cast
from bot.check.echo import Echo
from bot.check.performance import Player, perform, roles, spoken
from bot.check.rehearsal import Stage
from bot.check.transcript import Transcript, parse
from bot.store.database import Alone, Database
from bot.store.sealed import Ring
from tests.harness.shelf import books
from tests.harness.stage import FULL

ROOT = Path(__file__).resolve().parent.parent
CONVERSATIONS = sorted((ROOT / "tests" / "conversations").glob("*.chat"))
NAMES = [path.stem for path in CONVERSATIONS]
# With the first transcript of each flow these bring every statement to PostgreSQL that all transcripts together do:
# what begins and ends by the clock, what is claimed, and what may be there once. `make torture` plays them all there.
ALSO_ON_POSTGRES = {
    "afspraak-anders", "afspraak-kan-niet", "afwezig-ander-kind", "afwezig-toch", "mens-laat", "stop-minder",
    "voorlezen-nacht",
}  # fmt: skip
TORTURE = [pytest.mark.slow] if FULL else []


@pytest.fixture(scope="module")
def settings() -> config.Config:
    return rehearsal.settings(config.load(ROOT / "config.toml", {}))


def read(path: Path) -> Transcript:
    return parse(path.read_text(encoding="utf-8"), path.name)


def on_postgres() -> list[Path]:
    """The transcript that is called as its flow, or the first; and the others that are needed."""
    if FULL:
        return CONVERSATIONS
    first: dict[str, Path] = {}
    for path in sorted(CONVERSATIONS, key=lambda path: (path.stem != read(path).flow, path.stem)):
        first.setdefault(read(path).flow, path)
    return [path for path in CONVERSATIONS if path in first.values() or path.stem in ALSO_ON_POSTGRES]


@asynccontextmanager
async def stage(
    settings: config.Config, transcript: Transcript, url: str, ring: Ring, parents: Sequence[Parent] = ()
) -> AsyncIterator[Stage]:
    """The real bot, at the moment on which the transcript begins."""
    clock = rehearsal.Clock(moment(transcript))
    lines = rehearsal.channels()
    database = Alone(url, ring) if url.startswith("sqlite") else Database(url, ring)
    bot = Bot(settings, database, clock=clock, channels=lines, books=books(settings))
    try:
        yield Stage(bot, clock, lines, parents)
    finally:
        await bot.stop()


def cast_of(transcript: Transcript, languages: Sequence[str]) -> list[tuple[Role, str]]:
    """Who plays: the first language in every way, a second one by number and by what she reads."""
    every = roles(transcript, languages, list(rehearsal.channels()))
    first = every[0][0].language
    return [each for each in every if FULL or each[0].language == first or each[1] in ("number", "label")]


def moment(transcript: Transcript) -> datetime:
    return transcript.start.replace(tzinfo=SCHOOLS[0].zone).astimezone(UTC)


class Companies:
    """Most transcripts are played by the same people: who enrolled once need not do it again for each of them."""

    def __init__(self, folder: Path, empty: Path, ring: Ring) -> None:
        self._folder, self._empty, self._ring = folder, empty, ring
        self._known: dict[tuple[datetime, tuple[Role, ...]], tuple[Path, list[Parent]]] = {}

    def enter(self, transcript: Transcript, languages: tuple[str, ...], into: Path) -> list[Parent]:
        """Lay down a database with all its players, who have said nothing yet."""
        needed = tuple(role for role, _ in cast_of(transcript, languages))
        key = moment(transcript), needed
        if key not in self._known:
            file = self._folder / f"{len(self._known)}.db"
            shutil.copy(self._empty, file)
            database = Alone(f"sqlite:///{file}", self._ring)
            with database.begin() as tx:
                parents = cast(tx, needed, key[0])
            database.close()
            self._known[key] = file, parents
        file, parents = self._known[key]
        shutil.copy(file, into)
        return [replace(parent, heard=[]) for parent in parents]


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, ring: Ring) -> Companies:
    return Companies(tmp_path_factory.mktemp("companies"), sqlite_template, ring)


def playing(transcript: Transcript, offered: tuple[str, ...]) -> tuple[str, ...]:
    """The languages that really play: the first, and one that its header chooses."""
    first, *others = spoken(transcript, offered)
    if FULL or not others:
        return (first, *others)
    return first, others[crc32(transcript.head.encode()) % len(others)]


async def play(
    on: Stage, transcript: Transcript, languages: tuple[str, ...], parents: Sequence[Parent] = (),
    following: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """Every difference between the transcript and what its players met, and those who follow them."""
    casting = cast_of(transcript, languages)
    parents = parents or await on.cast([role for role, _ in casting])
    players = [Player(parent, way) for parent, (_, way) in zip(parents, casting, strict=True)]
    echo = Echo(on.bot.books, following, players)
    return [str(difference) for difference in await perform(on, transcript, players, echo)]


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem, marks=TORTURE) for path in CONVERSATIONS])
async def test_a_transcript_holds_in_every_language_and_channel(
    path: Path, settings: config.Config, sqlite_url: str, ring: Ring, companies: Companies, update: bool
) -> None:
    transcript, offered = read(path), settings.languages.offered
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    languages = playing(transcript, offered)
    parents = [] if update else companies.enter(transcript, languages, file)
    async with stage(settings, transcript, sqlite_url, ring, parents) as on:
        if update:
            (role, way), *_ = cast_of(transcript, offered)
            [parent] = await on.cast([role])
            path.write_text(await recording.rewrite(on, transcript, Player(parent, way)), encoding="utf-8")
        else:
            assert await play(on, transcript, languages, parents, spoken(transcript, offered)) == []


@pytest.mark.postgres
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem, marks=TORTURE) for path in on_postgres()])
async def test_a_transcript_holds_on_postgres(
    path: Path, settings: config.Config, postgres_url: str, ring: Ring
) -> None:
    transcript = read(path)
    async with stage(settings, transcript, postgres_url, ring) as on:
        assert await play(on, transcript, ("nl",)) == []


def test_what_is_needed_on_postgres_is_there() -> None:
    assert set(NAMES) >= ALSO_ON_POSTGRES


def test_every_flow_that_parents_meet_has_a_transcript(settings: config.Config) -> None:
    others = {"alarm", "beloofd", "dag_gesprekken", "stuur", "holidays"}  # four for colleagues, and one that is no flow
    flows = {path.stem for path in settings.flows.glob("*.toml")} - others
    assert {read(path).flow for path in CONVERSATIONS} >= flows
