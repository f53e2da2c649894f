"""Receipts: late, twice, out of order and malformed; a status only moves up."""

import pytest
from sqlalchemy import select

from bot.errors import InDoubt
from bot.model import Receipt, Status
from bot.outbox import receipts
from bot.store import tables as t
from tests.world import KARIN, World


def apply(world: World, *given: Receipt) -> None:
    world.write(lambda tx: receipts.apply(tx, given, world.clock()))


@pytest.mark.parametrize(
    ("heard", "status"),
    [
        ("delivered read", "read"),
        ("read delivered", "read"),
        ("read sent", "read"),
        ("delivered failed", "delivered"),
        ("failed delivered", "failed"),
        ("failed read", "read"),
        ("delivered delivered", "delivered"),
    ],
)
async def test_a_status_only_moves_up(world: World, heard: str, status: str) -> None:
    row_id = world.queue(KARIN)
    await world.post()
    for each in heard.split():
        apply(world, Receipt(Status(each), f"{row_id}-0"))
    assert world.outbox(row_id).status == status


async def test_a_receipt_settles_a_doubt(world: World) -> None:
    world.lines["sms"].troubles.append(InDoubt())
    row_id = world.queue(KARIN)
    await world.post()
    apply(world, Receipt(Status.DELIVERED, f"{row_id}-0"))
    await world.post(2 * 600)
    assert world.state(row_id) == ("delivered", None)
    assert world.read(KARIN) == []


async def test_a_receipt_that_overtakes_the_answer_brings_the_provider_s_id(world: World) -> None:
    world.lines["sms"].troubles.append(InDoubt())
    row_id = world.queue(KARIN)
    await world.post()
    apply(world, Receipt(Status.DELIVERED, f"{row_id}-0", "SM1"), Receipt(Status.READ, f"{row_id}-0"))
    assert world.outbox(row_id).provider_id == "SM1"  # without it nobody knows what she taps on


async def test_a_receipt_may_say_that_she_blocked_us(world: World) -> None:
    row_id = world.queue(KARIN)
    await world.post()
    apply(world, Receipt(Status.FAILED, f"{row_id}-0", code="blocked"))
    assert world.state(row_id) == ("failed", "blocked")
    assert world.rows(select(t.address).where(t.address.c.blocked_at.is_not(None)))
    assert {each.withdrawn_by for each in world.rows(select(t.consent)) if each.contact_id == world.contact(KARIN)} == {
        "block"
    }


@pytest.mark.parametrize(
    "ours", ["", "0", "x", "²", "٣", "-", "1-", "1-x", "1-²", "1-" + "9" * 30, "9" * 18, "9" * 30, "1-0-0-0", " 1-0"]
)
async def test_a_receipt_that_makes_no_sense_changes_nothing(world: World, ours: str) -> None:
    row_id = world.queue(KARIN)
    await world.post()
    apply(world, Receipt(Status.READ, ours), Receipt(Status.FAILED, ours, code="blocked"))
    assert world.state(row_id) == ("sent", None)


async def test_only_the_last_piece_tells_what_became_of_the_whole(world: World) -> None:
    row_id = world.queue(KARIN, text="woord " * 300)
    await world.later(seconds=5)
    apply(world, Receipt(Status.READ, f"{row_id}-0"))
    assert world.outbox(row_id).status == "sent"
    apply(world, Receipt(Status.DELIVERED, f"{row_id}-1"))
    assert world.outbox(row_id).status == "delivered"
