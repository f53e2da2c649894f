"""A ballot for the world of the tests: De Brug decides on a day out, from today until Friday."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.council import ballots
from bot.council.ballots import Ballot, Plan
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import World

LABELS = ("Het bos", "Het museum", "Het strand")


def make(world: World, **changes: Any) -> int:
    """Plan it now; its number."""

    def work(tx: Tx) -> int:
        by, now = staff.by_key(tx, "brug", "janneke").id, world.clock()
        whole = Plan(
            "brug", ballots.DECISION, "een dag uit", "Waar gaan wij heen?", LABELS, 1, None, now,
            now + timedelta(days=4), by, "test",
        )  # fmt: skip
        return ballots.make(tx, whole._replace(**changes), now)

    return world.write(work)


def get(world: World, number: int) -> Ballot:
    with world.bot.database.read() as tx:
        found = ballots.get(tx, number)
    assert found is not None
    return found


def tally(world: World, number: int) -> dict[str, int]:
    c = t.tally.c
    return {row.option: row.votes for row in world.rows(select(c.option, c.votes).where(c.ballot_id == number))}


def states(world: World, number: int) -> dict[int, str]:
    """How far each parent is."""
    c = t.voter.c
    return {row.contact_id: row.state for row in world.rows(select(c.contact_id, c.state).where(c.ballot_id == number))}
