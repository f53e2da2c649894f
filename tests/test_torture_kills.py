"""The bot is killed at random while parents write: nothing is lost, nothing is doubled, order is kept."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.model import WEEKDAYS
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import asked, balance, lost, statuses, told, until_quiet
from tests.harness.parents import Parent, Phones, enrol, phones
from tests.harness.stage import FULL, PHONES, TWILIO, Process, Provider, Stage, all_of, answers

pytestmark = pytest.mark.slow
FAULTS = {
    "seed": 7, "error_before": 0.02, "error_after": 0.02, "cut_before": 0.015, "cut_after": 0.015, "late": 0.02,
    "late_by": 0.3, "double": 0.05,
}  # fmt: skip
PARENTS, KILLS = (300, 120) if FULL else (60, 6)
TEXTS = 2  # free texts of each parent, written without waiting for an answer
CASES = [
    pytest.param("sqlite", 1, PHONES, id="sqlite"),
    *([pytest.param("postgres", 1, PHONES, id="postgres", marks=pytest.mark.postgres)] if FULL else []),  # two say more
    pytest.param("postgres", 2, PHONES, id="postgres-two", marks=pytest.mark.postgres),
    pytest.param("sqlite", 1, TWILIO, id="twilio-sqlite"),
    *([pytest.param("postgres", 2, TWILIO, id="twilio-two", marks=pytest.mark.postgres)] if FULL else []),
]


@dataclass
class Killer:
    """Kills the bots at random moments and starts them again."""

    stage: Stage
    database: Database
    phones: Phones
    dice: random.Random
    bots: list[Process]
    kills: int = 0

    async def work(self) -> None:
        """Kill until the number is reached. What was confirmed before a kill must be there after it."""
        while self.kills < KILLS:
            number = self.dice.randrange(len(self.bots))
            if self.dice.random() < 0.8:  # at work; the others die while they start
                await answers(f"{self.stage.bot_url(number)}/health", self.bots[number])
            await asyncio.sleep(self.dice.uniform(0, 0.6))
            self.bots[number].kill()
            self.kills += 1
            self.phones.log.read()
            gone = lost(self.database, self.phones.log)
            assert not gone, f"kill {self.kills}: confirmed and lost: {gone}"
            self.bots[number] = self.stage.start_bot(number)

    async def reached(self, kills: int) -> None:
        while self.kills < kills:
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Script:
    """What a parent does: she plans the reading aloud, then she writes to school without waiting for an answer."""

    parent: Parent
    starts_at: int  # after so many kills
    day: str
    hour: str

    async def play(self, phones: Phones, killer: Killer) -> None:
        await killer.reached(self.starts_at)
        for text in ("voorlezen", "1", str(WEEKDAYS.index(self.day) + 1), self.hour):
            await phones.ask(self.parent, text)
        for text in self.texts:
            await phones.say(self.parent, text)

    @property
    def texts(self) -> list[str]:
        return [f"verhaal nummer {number}" for number in range(1, TEXTS + 1)]


def scripts(parents: list[Parent], dice: random.Random) -> list[Script]:
    return [
        Script(
            parent, (parent.number * KILLS) // len(parents), dice.choice(WEEKDAYS),
            f"{dice.randint(7, 19):02}:{dice.randrange(60):02}",
        )
        for parent in parents
    ]  # fmt: skip


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school on the engine that the test names, without a process yet."""
    with Stage(tmp_path, request.getfixturevalue(f"{request.param}_url"), ring).open() as opened:
        yield opened


@pytest.mark.parametrize(("stage", "bots", "provider"), CASES, indirect=["stage"])
async def test_kills(stage: Stage, bots: int, provider: Provider) -> None:
    began = time.monotonic()
    dice = random.Random(20261123)
    database = stage.database
    stage.provider = provider
    with database.begin() as tx:
        parents = enrol(tx, PARENTS, datetime.now(UTC), channels=tuple(provider.channels))
    plays = scripts(parents, dice)
    async with phones(stage, **FAULTS) as hands:
        killer = Killer(stage, database, hands, dice, [stage.start_bot(number) for number in range(bots)])
        try:
            await all_of([killer.work(), *(play.play(hands, killer) for play in plays)])
        except AssertionError as late:
            late.add_note(f"{killer.kills} kills; what goes out: {statuses(database)}")
            raise
        await hands.faults()
        await until_quiet(database, hands.log)
        await all_of(hands.ask(parent, "1") for parent in parents)  # all her texts may go to the teacher
        await until_quiet(database, hands.log)
        balance(database, hands.log, parents)
    check_effects(database, plays, ordered=provider is PHONES)  # Twilio's webhooks overtake one another
    print(f"{KILLS} kills, {len(hands.log.said)} messages, {time.monotonic() - began:.0f} seconds")


def check_effects(database: Database, plays: list[Script], *, ordered: bool) -> None:
    """Each message did what it was for, once."""
    steps, texts, planned = asked(database), told(database), plans(database)
    for play in plays:
        who = play.parent.contact_id
        talk, wrote, sent_on = steps[who][:4], steps[who][4:-1], steps[who][-1]
        assert (talk, sent_on) == (["wanneer", "dag", "tijd", ""], ""), f"{play.parent} was answered {steps[who]}"
        # Two texts that the bot reads together and answers alike are answered once.
        assert set(wrote) == {"wat"}, f"{play.parent} was answered {steps[who]}"
        assert len(wrote) <= TEXTS, f"{play.parent} was answered {steps[who]}"
        told_in_order = texts[who] if ordered else sorted(texts[who])
        assert told_in_order == play.texts, f"{play.parent} told the teacher {texts[who]}"
        assert planned[who] == (play.day, play.hour), f"{play.parent} chose {play.day} {play.hour}"


def plans(database: Database) -> dict[int, tuple[str, str]]:
    """Whose weekly plan is when."""
    with database.read() as tx:
        rows = tx.execute(select(t.followup.c.contact_id, t.followup.c.rule)).all()
    return {row.contact_id: (row.rule["weekday"], row.rule["time"]) for row in rows}
