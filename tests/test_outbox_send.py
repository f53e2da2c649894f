"""Whatever the provider answers, or does not: nothing lost, nothing sent blindly again, pieces in order."""

from datetime import datetime, timedelta

import pytest

from bot.errors import Blocked, ChannelError, InDoubt, Rejected, Throttled, Unsent
from bot.model import Outbound
from bot.outbox import send
from tests.world import COLLEAGUE, KARIN, OMAR, World

WAITS = {"retry": 5, "settle": 60, "resend": 600, "lease": 30}


# --- what the provider answers
@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (Unsent("no line"), ("queued", "unsent")),
        (Throttled(timedelta(seconds=9)), ("queued", "throttled")),
        (InDoubt("no answer"), ("sending", "in_doubt")),
        (Rejected("no", "bad_number"), ("failed", "bad_number")),
        (Rejected("no"), ("failed", "rejected")),
        (Blocked("no"), ("failed", "blocked")),
    ],
)
async def test_what_a_provider_answers_is_noted(world: World, trouble: ChannelError, outcome: tuple[str, str]) -> None:
    world.lines["sms"].troubles.append(trouble)
    row_id = world.queue(KARIN)
    await world.post()
    assert world.state(row_id) == outcome
    assert world.read(KARIN) == []


async def test_what_surely_did_not_go_is_tried_again(world: World) -> None:
    world.lines["sms"].troubles.extend([Unsent(), Throttled(timedelta(seconds=30)), None])
    row_id = world.queue(KARIN)
    await world.later(minutes=1)
    assert world.state(row_id) == ("sent", None)
    assert world.outbox(row_id).tries == 2
    assert len(world.read(KARIN)) == 1


async def test_patience_holds_for_the_whole_sender(world: World) -> None:
    await world.say(KARIN, "menu")
    world.lines["sms"].troubles.append(Throttled(timedelta(seconds=30)))
    world.queue(KARIN)
    await world.post()
    other = world.queue(OMAR)
    await world.post()
    assert world.state(other)[0] == "queued"
    await world.later(seconds=35)
    assert world.state(other)[0] == "sent"


async def test_in_doubt_and_arrived_after_all(world: World) -> None:
    world.lines["sms"].troubles.append(InDoubt())
    world.lines["sms"].swallows = True
    row_id = world.queue(KARIN)
    await world.post()
    await world.post(WAITS["settle"] + 1)
    assert world.state(row_id) == ("sent", None)
    assert world.outbox(row_id).provider_id == f"sms-{row_id}-0"
    assert len(world.read(KARIN)) == 1, "never sent blindly again"


async def test_in_doubt_and_never_arrived(world: World) -> None:
    world.lines["sms"].troubles.append(InDoubt())
    row_id = world.queue(KARIN)
    await world.post()
    await world.post(WAITS["settle"] + 1)
    assert world.state(row_id) == ("sending", "in_doubt"), "too soon to send again"
    await world.post(WAITS["resend"])
    assert world.state(row_id) == ("sent", None)
    assert len(world.read(KARIN)) == 1


async def test_a_doubt_that_nobody_can_settle_does_not_silence_her_for_ever(world: World) -> None:
    world.lines["sms"].troubles.append(InDoubt())
    row_id = world.queue(KARIN)
    await world.post()
    world.lines["sms"].find = _no_answer  # type: ignore[method-assign]
    await world.later(hours=2)
    assert world.state(row_id) == ("sending", "in_doubt")
    await world.later(hours=2)
    assert world.state(row_id) == ("unknown", "in_doubt"), "its time is over; a receipt may still settle it"
    assert await world.say(KARIN, "menu") == ["menu.wat"]


async def _no_answer(message: Outbound, since: datetime) -> str:
    raise InDoubt


async def test_a_message_in_doubt_keeps_the_order_but_not_an_alarm(world: World) -> None:
    await world.say(COLLEAGUE, "hallo")
    world.lines["sms"].troubles.append(InDoubt())
    world.queue(COLLEAGUE, "reply", address_id=world.address(COLLEAGUE))
    await world.post()
    held = world.queue(COLLEAGUE, "reply", address_id=world.address(COLLEAGUE))
    alarm = world.queue(COLLEAGUE, "urgent", address_id=world.address(COLLEAGUE))
    await world.post()
    assert world.state(held) == ("queued", None)
    assert world.state(alarm) == ("sent", None), "nobody in danger waits for a provider's list"


async def test_a_sender_that_died_is_found_out(world: World) -> None:
    """The row says `sending`, its lease runs out, and the provider knows nothing of it."""
    row_id = world.queue(KARIN)
    world.write(lambda tx: send.claim(tx, world.bot.post, world.clock()))
    assert world.outbox(row_id).status == "sending"
    await world.post(WAITS["lease"] + 1)
    assert world.outbox(row_id).status == "sending"
    await world.post(WAITS["resend"])
    assert world.state(row_id) == ("sent", None)


async def test_who_comes_back_too_late_changes_nothing(world: World) -> None:
    row_id = world.queue(KARIN)
    letters, _ = world.write(lambda tx: send.claim(tx, world.bot.post, world.clock()))
    await world.post(WAITS["resend"] + WAITS["lease"])
    assert world.state(row_id) == ("sent", None)
    late = [send.Outcome(letters[0], "failed", code="late")]
    world.write(lambda tx: send.note(tx, world.bot.post, late, world.clock()))
    assert world.state(row_id) == ("sent", None), "the token has changed"


# --- long messages
async def test_a_long_message_leaves_in_pieces_and_in_order(world: World) -> None:
    text = " ".join(f"woord{place}" for place in range(500))
    first = world.queue(KARIN, text=text)
    second = world.queue(KARIN)
    await world.later(seconds=5)
    pieces = [heard.message for heard in world.read(KARIN)]
    assert [piece.id for piece in pieces] == [f"{first}-0", f"{first}-1", f"{first}-2", f"{second}-0"]
    assert text in " ".join(piece.text for piece in pieces)


async def test_a_piece_that_surely_did_not_go_is_the_one_that_is_tried_again(world: World) -> None:
    text = " ".join(f"woord{place}" for place in range(300))
    world.lines["sms"].troubles.extend([None, Unsent()])
    row_id = world.queue(KARIN, text=text)
    await world.later(seconds=9)
    assert [heard.message.id for heard in world.read(KARIN)] == [f"{row_id}-0", f"{row_id}-1"]
