"""`ouderbrug outbox` in a process of its own: what did not arrive, without names, and what to do about it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.errors import BotError
from bot.outbox import view
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import JAN, KARIN, OMAR, World


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


def make(world: World, row_id: int, status: str, reason: str | None = None) -> int:
    """Say what became of a message, an hour after it was queued, while it may still be late."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"status": status, "reason": reason, "queued_at": now - timedelta(hours=1), "due_at": now}
    values |= {"expires_at": now + timedelta(hours=1), "address_id": world.address(KARIN)}
    world.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == row_id).values(values)))
    return row_id


async def test_what_did_not_arrive_is_listed_without_names(world: World, ouderbrug: Command) -> None:
    unknown = make(world, world.queue(KARIN), "unknown", "in_doubt")
    failed = make(world, world.queue(KARIN, "tip"), "failed", "refused 63999")
    waiting = make(world, world.queue(KARIN), "queued")
    shown = ouderbrug("outbox", "list").stdout
    assert "1 failed, 1 queued, 1 unknown" in shown
    assert "refused 63999" in shown
    assert "Karin" not in shown
    assert "+31" not in shown
    for option, row_id in (("--unknown", unknown), ("--failed", failed), ("--waiting", waiting)):
        [message] = ouderbrug.json("outbox", "list", option)["messages"]
        assert message["id"] == row_id
    assert ouderbrug.json("outbox", "list", "--unknown") == {
        "counts": {"failed": 1, "queued": 1, "unknown": 1},
        "reasons": [
            {"status": "failed", "reason": "refused 63999", "many": 1, "why": ""},
            {"status": "unknown", "reason": "in_doubt", "many": 1, "why": ""},
        ],
        "messages": [
            {
                "id": unknown, "school": "brug", "cls": "plan", "channel": "sms", "status": "unknown",
                "reason": "in_doubt", "age": pytest.approx(3600, abs=60), "thread": None,
            }
        ],
    }  # fmt: skip


async def test_why_messages_wait_or_were_not_sent_is_said_in_words(world: World, ouderbrug: Command) -> None:
    for status, reason in (("queued", "budget"), ("expired", "budget"), ("cancelled", "merged"), ("queued", "budget"),
                           ("cancelled", "replaced"), ("cancelled", "paused"), ("queued", "quiet_hours")):  # fmt: skip
        make(world, world.queue(KARIN), status, reason)
    shown = ouderbrug("outbox", "list").stdout
    assert "2 queued, budget: her week is full" in shown
    assert "1 expired, budget: her week is full" in shown
    assert "1 cancelled, merged: said in another message that waited for her week" in shown
    assert "1 cancelled, replaced: a newer one took its place" in shown
    assert "1 cancelled, paused: she has asked for a pause" in shown
    assert "1 queued, quiet_hours: quiet hours of the school, or her own" in shown


async def test_again_and_drop(world: World, ouderbrug: Command) -> None:
    first = make(world, world.queue(KARIN), "unknown", "in_doubt")
    second = make(world, world.queue(OMAR), "failed", "dead 1")
    done = ouderbrug("outbox", "again", str(first))
    assert (done.returncode, done.stdout) == (0, f"Message {first} waits to be sent again.\n")
    done = ouderbrug("outbox", "drop", str(second))
    assert (done.returncode, done.stdout) == (0, f"Message {second} will not be sent.\n")
    assert world.state(second) == ("cancelled", "dropped")
    done = ouderbrug("outbox", "again", str(second))
    assert done.returncode == 1
    assert done.stderr == f"ouderbrug: message {second} is cancelled; only unknown, failed, expired can go again\n"


async def test_again_goes_under_a_number_of_its_own(world: World) -> None:
    row_id = world.queue(KARIN)
    await world.post()
    world.write(lambda tx: tx.execute(update(t.outbox).values(status="unknown")))
    world.write(lambda tx: view.again(tx, row_id, world.clock()))
    await world.post()
    assert world.state(row_id) == ("sent", None)
    assert [heard.message.id for heard in world.read(KARIN)] == [f"{row_id}-0", f"{row_id}-0-1"]


async def test_what_has_expired_goes_only_if_somebody_says_so(world: World) -> None:
    row_id = world.queue(JAN, "broadcast")
    world.clock.move(world.clock() + timedelta(hours=1))
    await world.post()
    assert world.state(row_id) == ("expired", "too_late")
    with pytest.raises(BotError, match="has expired"):
        world.write(lambda tx: view.again(tx, row_id, world.clock()))
    world.write(lambda tx: view.again(tx, row_id, world.clock(), late=True))
    await world.post()
    assert world.state(row_id) == ("sent", None)


@pytest.mark.parametrize("status", ["sending", "sent", "delivered", "read", "cancelled"])
async def test_what_is_gone_is_gone(world: World, status: str) -> None:
    row_id = make(world, world.queue(KARIN), status)
    for wrong, message in ((row_id, f"is {status}"), (99, "there is no message 99")):
        with pytest.raises(BotError, match=message):
            world.write(lambda tx, wrong=wrong: view.again(tx, wrong, world.clock()))  # type: ignore[misc]
        with pytest.raises(BotError, match=message):
            world.write(lambda tx, wrong=wrong: view.drop(tx, wrong, world.clock()))  # type: ignore[misc]
