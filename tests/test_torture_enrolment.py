"""Parents enrol while the bots are killed: each is enrolled once, by a code that works once, with one welcome."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.model import PURPOSES
from bot.outbox.queue import load_parts
from bot.people import codes, letters, roster, staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.harness.books import balance, until_quiet
from tests.harness.parents import Parent, Phones, address, phones
from tests.harness.stage import FULL, SCHOOL, TWILIO, Stage, all_of
from tests.harness.trouble import Trouble

pytestmark = pytest.mark.slow
GUARDIANS, KILLS = (300, 100) if FULL else (16, 3)
FAULTS = {
    "seed": 9, "error_before": 0.02, "error_after": 0.02, "cut_before": 0.015, "cut_after": 0.015, "late": 0.02,
    "late_by": 0.3, "double": 0.05,
}  # fmt: skip
CASES = [pytest.param("sqlite", 1, id="sqlite"), pytest.param("postgres", 2, id="postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school on the engine that the test names, without a process yet."""
    with Stage(tmp_path, request.getfixturevalue(f"{request.param}_url"), ring, provider=TWILIO).open() as opened:
        yield opened


@dataclass(frozen=True)
class Guardian:
    """Somebody with a letter from school, and a phone that school does not know."""

    parent: Parent
    code: str
    starts_at: int  # after so much trouble

    async def play(self, hands: Phones, trouble: Trouble) -> None:
        """The code, the language of the letter, and yes."""
        await trouble.reached(self.starts_at)
        for text in (f"START {self.code}", "1", "1"):
            await hands.ask(self.parent, text)


def open_school(tx: Tx, home: Path, now: datetime) -> list[Guardian]:
    """A class as the office imports it, and a letter for every guardian."""
    year = school_year(now.date())
    rows = [f"groep 4,Kind {n} Visser,Ouder {n} Visser,nl,061210{n:04}" for n in range(GUARDIANS)]
    file = home / "school.csv"
    file.write_text("\n".join(["group,child,guardian,language,phone", *rows, ""]), encoding="utf-8")
    roster.load(tx, SCHOOL, year, roster.read(file), now)
    staff.add(tx, SCHOOL, "janneke", "juf Janneke", "leerkracht", ["groep 4"], year)
    owners = [row.contact_id for row in letters.rows(tx, SCHOOL, year, now)]
    assert len(owners) == GUARDIANS
    given = codes.make_many(tx, [(owner, SCHOOL) for owner in owners], "letter", now)
    channels = tuple(TWILIO.channels)
    return [
        Guardian(Parent(n, owner, address(n, channels[n % len(channels)])), code, n * KILLS // GUARDIANS)
        for n, (owner, code) in enumerate(zip(owners, given, strict=True))
    ]


@pytest.mark.parametrize(("stage", "bots"), CASES, indirect=["stage"])
async def test_everybody_is_enrolled_once(stage: Stage, bots: int) -> None:
    began = time.monotonic()
    with stage.database.begin() as tx:
        guardians = open_school(tx, stage.home, datetime.now(UTC))
    async with phones(stage, **FAULTS) as hands:
        trouble = Trouble.start(stage, hands, bots)
        await all_of([trouble.kill(KILLS), *(guardian.play(hands, trouble) for guardian in guardians)])
        await hands.faults()
        await until_quiet(stage.database, hands.log)
        balance(stage.database, hands.log, [guardian.parent for guardian in guardians])
        check(stage.database, guardians)
        await check_used_codes(stage, hands, guardians)
    print(f"{KILLS} kills, {len(hands.log.said)} messages, {time.monotonic() - began:.0f} seconds")


def check(database: Database, guardians: Sequence[Guardian]) -> None:
    """One code each, one consent a purpose, one address, one welcome."""
    with database.read() as tx:
        used = tx.execute(select(t.code.c.contact_id, t.code.c.used_at)).all()
        consents = Counter(tx.execute(select(*t.consent.c["contact_id", "channel", "purpose"])).all())
        phones_of = defaultdict(list)
        for row in tx.execute(select(t.address).where(t.address.c.linked_at.is_not(None))):
            phones_of[row.contact_id].append(row.find)
        finds = {guardian: tx.find(str(guardian.parent.address)) for guardian in guardians}
        runs = Counter(tx.execute(select(t.run.c.contact_id).where(t.run.c.flow == "inschrijven")).scalars())
    assert sorted(row.contact_id for row in used) == sorted(each.parent.contact_id for each in guardians)
    assert all(row.used_at for row in used)
    told = _keys(database)
    for guardian in guardians:
        who, channel = guardian.parent.contact_id, guardian.parent.address.channel
        assert phones_of[who] == [finds[guardian]], f"{guardian.parent} has {len(phones_of[who])} phones"
        assert {key: count for key, count in consents.items() if key[0] == who} == {
            (who, channel, purpose): 1 for purpose in PURPOSES
        }
        assert runs[who] == 1, f"{guardian.parent} was asked in {runs[who]} conversations"
        assert told[who] == ["inschrijven.taal", "inschrijven.toestemming", "inschrijven.welkom", "menu.wat"]


def _keys(database: Database) -> dict[int, list[str]]:
    """What each contact was told, by key."""
    found: dict[int, list[str]] = defaultdict(list)
    with database.read() as tx:
        for row in tx.execute(select(t.outbox).order_by(t.outbox.c.id)):
            found[row.contact_id] += [part.key for part in load_parts(tx.open("outbox.parts", row.parts))[0]]
    return found


async def check_used_codes(stage: Stage, hands: Phones, guardians: Sequence[Guardian]) -> None:
    """Somebody else who finds a letter gets nothing by it."""
    dice = random.Random(20261127)
    found = dice.sample(guardians, 5)
    thieves = [Parent(9000 + n, 0, address(9000 + n, "whatsapp")) for n in range(len(found))]
    await all_of(hands.ask(thief, f"START {guardian.code}") for thief, guardian in zip(thieves, found, strict=True))
    await until_quiet(stage.database, hands.log)
    with stage.database.read() as tx:
        for thief in thieves:
            linked = select(t.address.c.linked_at).where(t.address.c.find == tx.find(str(thief.address)))
            assert tx.execute(linked).scalar_one() is None
    check(stage.database, guardians)
