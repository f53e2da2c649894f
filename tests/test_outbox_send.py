"""Whatever the provider answers, or does not: nothing lost, nothing sent blindly again, pieces in order."""

from collections.abc import Callable, Collection, Coroutine
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from bot.errors import Blocked, ChannelError, InDoubt, Rejected, Throttled, Unsent
from bot.model import Address, Outbound
from bot.outbox import send
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import COLLEAGUE, JAN, KARIN, OMAR, Line, World

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


async def test_who_asks_for_a_day_of_patience_is_asked_again_sooner(world: World) -> None:
    world.lines["sms"].troubles.append(Throttled(timedelta(days=1)))
    row_id = world.queue(KARIN)
    await world.post()
    await world.later(minutes=14)
    assert world.state(row_id)[0] == "queued"
    await world.later(minutes=2)
    assert world.state(row_id)[0] == "sent"


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


async def test_what_was_not_there_when_it_was_asked_may_be_there_now(world: World) -> None:
    """The answer to a question of before its time to be sent again comes only after that: it is asked once more."""
    world.lines["sms"].troubles.append(InDoubt())
    row_id = world.queue(KARIN)
    await world.post()
    asked: list[datetime] = []

    async def slowly(message: Outbound, since: datetime, others: Collection[str]) -> str:
        asked.append(world.clock())
        world.clock.move(world.clock() + timedelta(seconds=30))
        return "" if len(asked) == 1 else "sms-late"

    world.lines["sms"].find = slowly  # type: ignore[method-assign]
    await world.post(WAITS["resend"] - 15)
    assert world.state(row_id) == ("sending", "in_doubt")
    await world.post(WAITS["settle"])
    assert (world.state(row_id), len(asked)) == (("sent", None), 2)
    assert world.outbox(row_id).provider_id == "sms-late"
    assert world.read(KARIN) == []


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


async def test_what_another_message_is_known_as_is_not_taken_for_this_one(world: World) -> None:
    """Two alarms with the same words may be in doubt at once, and a provider's list tells them apart by nothing."""
    world.lines["sms"].troubles += [None, InDoubt()]
    first, second = world.queue(KARIN, "urgent"), world.queue(KARIN, "urgent")
    await world.post()
    known = world.outbox(first).provider_id
    world.lines["sms"].find = _always(known)  # type: ignore[method-assign, assignment]
    await world.post(WAITS["settle"] + 1)
    assert (world.state(first), world.state(second)) == (("sent", None), ("sending", "in_doubt"))


def _always(sid: str) -> Callable[[Outbound, datetime, Collection[str]], Coroutine[None, None, str]]:
    async def find(message: Outbound, since: datetime, others: Collection[str]) -> str:
        assert sid in others, "a driver is told what is known already"
        return sid

    return find


async def _no_answer(message: Outbound, since: datetime, others: Collection[str]) -> str:
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


async def test_the_rest_of_a_message_goes_to_no_other_phone(world: World) -> None:
    world.enrol("Jan", Address("sms", "+31612000014"))
    row_id = world.queue(JAN, text="woord " * 1500)

    def one_piece(tx: Tx) -> None:
        letters, _ = send.claim(tx, world.bot.post, world.clock())
        send.note(tx, world.bot.post, [send.Outcome(each, "sent", "p") for each in letters], world.clock())
        jan = t.address.c.id == world.address(JAN)
        tx.execute(update(t.address).where(jan).values(blocked_at=world.clock()))

    world.write(one_piece)
    await world.later(seconds=9)
    assert (world.outbox(row_id).piece, world.state(row_id)) == (1, ("failed", "no_address"))


# --- a provider that has no list of what it took
class Blind(Line):
    """It cannot be asked what became of a message."""

    find = None  # type: ignore[assignment]


@pytest.fixture
def blind(world: World) -> World:
    """Telegram takes what it gets, but its answers are lost."""
    line = Blind("telegram")
    line.swallows = True
    line.troubles.extend([InDoubt("no answer", "ReadTimeout")] * 10)
    world.lines = {**world.lines, "telegram": line}
    world.restart()
    return world


@pytest.mark.parametrize("cls", ["appointment", "broadcast", "plan", "tip", "reply"])
async def test_where_nobody_can_know_it_is_shown_and_not_repeated(blind: World, cls: str) -> None:
    given = {"address_id": blind.address(JAN)} if cls == "reply" else {}
    row_id = blind.queue(JAN, cls, **given)
    await blind.post()
    assert blind.state(row_id) == ("unknown", "in_doubt"), "at once: there is nothing to wait for"
    await blind.later(hours=2)
    assert len(blind.lines["telegram"].sent) == 1


async def test_danger_is_said_once_more_and_then_shown(blind: World) -> None:
    await blind.say(JAN, "hij slaat mij")
    await blind.later(hours=2)
    urgent = [row for row in blind.rows(select(t.outbox)) if row.cls == "urgent" and row.address_id]
    [row] = [row for row in urgent if row.contact_id == blind.contact(JAN)]
    assert (row.status, row.reason) == ("unknown", "in_doubt")
    assert [each.id for each in blind.lines["telegram"].sent] == [f"{row.id}-0", f"{row.id}-0-1"]


async def test_a_sender_that_died_leaves_nothing_silently(blind: World) -> None:
    row_id = blind.queue(JAN)
    blind.write(lambda tx: send.claim(tx, blind.bot.post, blind.clock()))
    await blind.post(WAITS["lease"] + 1)
    assert blind.state(row_id) == ("unknown", "in_doubt")
    assert blind.lines["telegram"].sent == []


async def test_an_outcome_is_written_down_when_the_database_is_there_again(world: World) -> None:
    row_id = world.queue(KARIN)
    await world.bot.post_letters()
    await world.bot.postman.landed()
    world.write(lambda tx: tx.execute(text("ALTER TABLE limiter RENAME TO gone")))
    with pytest.raises(OperationalError):
        await world.bot.post_letters()
    assert world.state(row_id)[0] == "sending"
    world.write(lambda tx: tx.execute(text("ALTER TABLE gone RENAME TO limiter")))
    await world.bot.post_letters()
    assert world.state(row_id) == ("sent", None)
