"""What belongs to a year together: when it goes, who takes it over, what ends with a child that leaves or a bar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select, update

from bot.people import adopted, barred, leaving, parting, staff
from bot.privacy import retention
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests import world as there
from tests.harness import holdings as rows
from tests.harness.holdings import NOW, Sown
from tests.world import KARIN, World

YEAR = (
    t.known, t.gathering, t.gathering_group, t.visitor, t.poster, t.referral, t.offer_seen, t.ballot, t.voter, t.tally,
    t.remark, t.candidate, t.handout,
)  # fmt: skip
SOON = NOW + timedelta(days=3)


@pytest.fixture
def sown(database: Database) -> tuple[Database, Sown, Sown]:
    shared: dict[str, int] = {}
    with database.begin() as tx:
        return (
            database, rows.sow(tx, "mirtewoord", "+31612000071", shared),
            rows.sow(tx, "jorritwoord", "+31612000072", shared),
        )  # fmt: skip


def count(tx: Tx, table: Table, *where: object) -> int:
    return int(tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one())  # type: ignore[arg-type]


def to_come(tx: Tx) -> None:
    """The evening and the vote lie ahead, and nothing is settled yet."""
    tx.execute(update(t.gathering).values(starts_at=SOON, state="open"))
    tx.execute(update(t.ballot).values(closes_at=SOON, state="open"))
    tx.execute(update(t.visitor).values(state="coming"))
    tx.execute(update(t.voter).values(state="asked"))
    tx.execute(update(t.candidate).values(state="listed"))
    tx.execute(update(t.referral).values(state="open"))


async def test_the_words_of_a_year_go_with_it_and_its_rows_a_year_later(
    sown: tuple[Database, Sown, Sown], tmp_path: Path
) -> None:
    database, config = sown[0], there.settings(tmp_path)
    await retention.forget(database, config, NOW + timedelta(days=1))
    with database.read() as tx:
        left = {table.name for table in YEAR if not count(tx, table)}
    assert left == {"handout"}, "an address of yesterday, and nothing else"
    await retention.forget(database, config, datetime(2027, 9, 1, tzinfo=UTC))
    with database.read() as tx:
        left = {table.name for table in YEAR if not count(tx, table)}
        assert left == {"handout", "visitor", "poster", "referral", "voter", "candidate", "remark"}
        assert tx.execute(select(t.gathering.c.summary)).scalar_one() is None
    with database.begin() as tx:
        tx.execute(update(t.child).values(left_at=datetime(2027, 8, 1, tzinfo=UTC)))
    await retention.forget(database, config, datetime(2028, 9, 1, tzinfo=UTC))
    with database.read() as tx:
        assert not [table.name for table in YEAR if count(tx, table)]


def test_a_guardian_of_the_file_who_turns_out_to_be_her(sown: tuple[Database, Sown, Sown]) -> None:
    """What both have is there once, hers; the rest becomes hers."""
    database, hers, his = sown
    with database.begin() as tx:
        tx.execute(update(t.known).where(t.known.c.contact_id == his.contact_id).values(option="anders"))
        before = tx.execute(select(t.visitor.c.id).where(t.visitor.c.contact_id == hers.contact_id)).scalar_one()
        adopted.year(tx, his.contact_id, hers.contact_id)
        assert count(tx, t.known, t.known.c.contact_id == hers.contact_id) == 2
        opened = count(tx, t.handout, t.handout.c.contact_id == hers.contact_id)
        assert opened == 1, "an address that somebody else was given does not open what is hers"
        for table in (t.visitor, t.voter, t.candidate):
            assert count(tx, table, table.c.contact_id == hers.contact_id) == 1, table.name
        assert (
            tx.execute(select(t.visitor.c.id).where(t.visitor.c.contact_id == hers.contact_id)).scalar_one() == before
        )


def test_what_ends_when_her_last_child_has_left(sown: tuple[Database, Sown, Sown]) -> None:
    database = sown[0]
    with database.begin() as tx:
        to_come(tx)
        tx.execute(update(t.child).values(left_at=NOW))
        parting.end_ties(tx, NOW)
        parting.end_ties(tx, NOW)
        assert set(tx.execute(select(t.visitor.c.state)).scalars()) == {"away"}
        assert set(tx.execute(select(t.referral.c.state)).scalars()) == {"closed"}
        assert set(tx.execute(select(t.candidate.c.state)).scalars()) == {"withdrawn"}
        assert count(tx, t.voter) == 0


def test_a_contact_bar_ends_what_is_hers_alone(sown: tuple[Database, Sown, Sown]) -> None:
    database, hers, his = sown
    with database.begin() as tx:
        to_come(tx)
        child = tx.execute(select(t.child.c.id)).scalar_one()
        assert barred.bar(tx, hers.contact_id, child, NOW)
        states = {row.contact_id: row.state for row in tx.execute(select(t.visitor))}
        assert states == {hers.contact_id: "away", his.contact_id: "coming"}
        states = {row.contact_id: row.state for row in tx.execute(select(t.referral))}
        assert states == {hers.contact_id: "closed", his.contact_id: "open"}
        assert list(tx.execute(select(t.voter.c.contact_id)).scalars()) == [his.contact_id]


def test_a_colleague_who_leaves_gives_them_on(world: World) -> None:
    def work(tx: Tx) -> None:
        rows.sow(tx, "woord", "+31612000073", {})
        to_come(tx)
        janneke, bas = (staff.by_key(tx, "brug", key) for key in ("janneke", "bas"))
        for table in (t.gathering, t.ballot, t.referral):
            tx.execute(update(table).values(staff_id=janneke.id))
        leaving.leave(tx, janneke, bas, there.YEAR, NOW)
        for table in (t.gathering, t.ballot, t.referral):
            assert tx.execute(select(table.c.staff_id)).scalar_one() == bas.id, table.name

    world.write(work)
    assert world.contact(KARIN)
