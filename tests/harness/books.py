"""The books must balance: what came in, what it led to, and what went out."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from bot.store import tables as t
from bot.store.database import Database
from tests.harness.parents import Log, Parent
from tests.harness.stage import until


def lost(database: Database, log: Log) -> set[str]:
    """The messages that the bot confirmed and does not have. Read the log first."""
    with database.read() as tx:
        there = tx.execute(select(t.inbox.c.provider_id).where(t.inbox.c.channel != "bot")).scalars().all()
    return log.confirmed - set(there)


def quiet(database: Database) -> bool:
    """Whether nothing is left to do."""
    with database.read() as tx:
        waiting = tx.execute(select(t.inbox.c.id).where(t.inbox.c.state == "waiting").limit(1)).first()
        going = tx.execute(select(t.outbox.c.id).where(t.outbox.c.status.in_(("queued", "sending"))).limit(1)).first()
    return waiting is None and going is None


async def until_quiet(database: Database, log: Log) -> None:
    """Wait until the bot has heard everything and nothing is left to do."""

    def here() -> bool:
        return len(log.confirmed) == len(log.said) and quiet(database)

    await until(here, "an end of all work", pause=0.05)


def balance(database: Database, log: Log, parents: Sequence[Parent]) -> None:
    """Every message in once and answered once; every answer out once, in order; nothing left, nothing failed."""
    log.read()
    _inbox_balances(database, log)
    _outbox_balances(database, log, parents)


def _inbox_balances(database: Database, log: Log) -> None:
    with database.read() as tx:
        rows = tx.execute(select(t.inbox).order_by(t.inbox.c.id)).all()
    came = [row.provider_id for row in rows if row.channel != "bot"]
    doubled = [each for each, times in Counter(came).items() if times > 1]
    assert not doubled, f"{len(doubled)} messages are in the inbox more than once, such as {doubled[:3]}"
    assert set(came) == set(log.said), f"{len(set(log.said) - set(came))} messages never reached the inbox"
    states = Counter((row.state, row.error) for row in rows)
    assert set(states) <= {("done", None)}, f"letters not read: {states}"


def _outbox_balances(database: Database, log: Log, parents: Sequence[Parent]) -> None:
    with database.read() as tx:
        rows = tx.execute(select(t.outbox).order_by(t.outbox.c.id)).all()
    states = Counter((row.status, row.reason) for row in rows)
    assert {status for status, _ in states} <= {"sent", "delivered", "read"}, f"messages not sent: {states}"
    mine: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        mine[row.contact_id] += [f"{row.id}-{piece}" for piece in range(row.pieces)]
    for parent in parents:
        sent, arrived = mine[parent.contact_id], log.accepted[parent.address]
        doubled = [each for each, times in Counter(arrived).items() if times > 1]
        assert not doubled, f"{parent} got these more than once: {doubled}"
        assert set(arrived) == set(sent), f"{parent} misses {sorted(set(sent) - set(arrived))}"
        assert arrived == sent, f"{parent} got {arrived}, in another order than {sent}"


def asked(database: Database) -> dict[int, list[str]]:
    """What each contact was answered, in order: the step that asks, "" where nothing was asked."""
    steps = defaultdict(list)
    with database.read() as tx:
        for row in tx.execute(select(t.outbox.c.contact_id, t.outbox.c.step).order_by(t.outbox.c.id)):
            steps[row.contact_id].append(row.step or "")
    return steps


def told(database: Database) -> dict[int, list[str]]:
    """What each contact's threads hold, in order."""
    m = t.thread_message
    columns = select(t.thread.c.contact_id, m.c.body).join(t.thread, t.thread.c.id == m.c.thread_id)
    found = defaultdict(list)
    with database.read() as tx:
        for row in tx.execute(columns.order_by(m.c.id)):
            found[row.contact_id].append(tx.open("thread_message.body", row.body))
    return found


def statuses(database: Database) -> Counter[str]:
    """How many messages that go out are in which status."""
    with database.read() as tx:
        return Counter(tx.execute(select(t.outbox.c.status)).scalars())
