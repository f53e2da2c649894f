"""What follows from a provider's no: the end, the same way once more, or her next address; at once and by receipt."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk import threads
from bot.errors import Blocked, Rejected
from bot.model import CODES, Address, Receipt, Status
from bot.outbox import receipts
from bot.outbox.verdict import END, OFF_AGAIN, WINDOWS, Facts, Verdict, doubt, verdict
from bot.people import consent, contacts
from bot.store import tables as t
from tests.world import FATIMA, JAN, KARIN, MONDAY, World

SECOND = Address("sms", "+31612000014")  # Jan's other phone
LATE = MONDAY + timedelta(hours=3)


def facts(cls: str = "plan", tried: Sequence[int | str] = (), **given: Any) -> Facts:
    return Facts(**{"cls": cls, "thread_id": None, "address_id": 7, "tried": tried, "expires_at": LATE, **given})


# --- by itself
@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("blocked", facts(), Verdict(withdrawn=True)),
        ("blocked 21610", facts(), Verdict(withdrawn=True)),
        ("dead 30005", facts(), Verdict(again=True, mark=7)),
        ("absent 63003", facts(), Verdict(again=True, mark=7)),
        ("limit 63049", facts(), Verdict(again=True, mark=7)),
        ("dead", facts(address_id=None), END),
        ("dead", facts("reply"), END),
        ("dead", facts("urgent"), END),
        ("dead", facts("reply", thread_id=3), Verdict(again=True, mark=7)),
        ("off 30003", facts(), Verdict(again=True, wait=OFF_AGAIN, mark="off 7")),
        ("off 30003", facts("reply"), Verdict(again=True, wait=OFF_AGAIN, mark="off 7")),
        ("off 30003", facts(tried=["off 7"]), Verdict(again=True, mark=7)),
        ("off 30003", facts(tried=["off 6"]), Verdict(again=True, wait=OFF_AGAIN, mark="off 7")),
        ("off 30003", facts(expires_at=MONDAY + OFF_AGAIN), Verdict(again=True, mark=7)),
        ("off 30003", facts("reply", ["off 7"]), END),
        ("window 63016", facts(tried=["window"] * (WINDOWS - 1)), Verdict(again=True, mark="window", closed=True)),
        ("window 63016", facts(tried=["window"] * WINDOWS), Verdict(mark="window", closed=True)),
        ("template 63013", facts(), Verdict(again=True, mark="template", refused=True)),
        ("template 63013", facts(tried=["template"]), Verdict(mark="template", refused=True)),
        ("filtered 30007", facts(), Verdict(loud=True)),
        ("config 21606", facts(), Verdict(loud=True)),
        ("refused 63999", facts(), END),
        ("blockedness", facts(), END),
        ("", facts(), END),
    ],
)
def test_what_follows(code: str, given: Facts, expected: Verdict) -> None:
    assert verdict(code, given, MONDAY) == expected


@pytest.mark.parametrize("cls", ["urgent", "reply", "appointment", "broadcast", "plan", "tip"])
def test_only_danger_is_said_twice_where_nobody_can_know(cls: str) -> None:
    wait = timedelta(minutes=1)
    assert doubt(facts(cls), wait).again == (cls == "urgent")
    assert not doubt(facts(cls, ["doubt"]), wait).again


@pytest.mark.parametrize("word", CODES)
def test_no_word_goes_on_for_ever(word: str) -> None:
    tried: list[int | str] = []
    for address_id in (1, 1, 1, 1, 1, 1):
        found = verdict(word, facts(tried=tried, address_id=address_id), MONDAY)
        if not found.again:
            return
        if found.mark == address_id:
            return  # that address is not chosen again
        tried.append(found.mark)
    raise AssertionError(f"{word} goes on after {tried}")


# --- with the queue
def second_line(world: World, who: Address = JAN, second: Address = SECOND) -> int:
    """One more way to this person: Jan's second phone, on SMS."""

    def work(tx: Any) -> int:
        found = contacts.resolve(tx, [second], world.clock())
        contacts.link(tx, found[second][1], world.contact(who), world.clock())
        consent.give(tx, world.contact(who), "brug", second.channel, ("school",), "ja", None, world.clock())
        return found[second][1]

    return world.write(work)


async def refuse(world: World, row_id: int, code: str, *, by_receipt: bool) -> None:
    """The provider says no to this message, at once or a little later."""
    if not by_receipt:
        kind = Blocked if code.startswith("blocked") else Rejected
        world.lines["telegram"].troubles.append(kind("no", code))
        return await world.post()
    await world.post()
    hop = world.outbox(row_id).hop
    ours = f"{row_id}-0" + (f"-{hop}" if hop else "")
    world.write(lambda tx: receipts.apply(tx, [Receipt(Status.FAILED, ours, code=code)], world.clock()))
    return await world.post()


both = pytest.mark.parametrize("by_receipt", [False, True], ids=["at once", "by receipt"])


@both
@pytest.mark.parametrize("code", ["dead 30005", "absent 63003", "limit 63049"])
async def test_her_next_address(world: World, code: str, by_receipt: bool) -> None:
    second_line(world)
    row_id = world.queue(JAN)
    await refuse(world, row_id, code, by_receipt=by_receipt)
    assert world.state(row_id) == ("sent", None)
    assert world.outbox(row_id).tried == [world.address(JAN)]
    assert [heard.message.id for heard in world.read(SECOND)] == [f"{row_id}-0-1"]


@both
async def test_without_a_next_address_it_failed_for_the_last_reason(world: World, by_receipt: bool) -> None:
    row_id = world.queue(JAN)
    await refuse(world, row_id, "dead 30005", by_receipt=by_receipt)
    assert world.state(row_id) == ("failed", "dead 30005")


@both
async def test_a_phone_that_is_off_gets_an_hour(world: World, by_receipt: bool) -> None:
    second_line(world)
    row_id = world.queue(JAN, "appointment")
    await refuse(world, row_id, "off 30003", by_receipt=by_receipt)
    assert world.state(row_id) == ("queued", "off 30003")
    world.clock.move(world.clock() + timedelta(minutes=59))
    await world.post()
    assert world.state(row_id) == ("queued", "off 30003")
    world.clock.move(world.clock() + timedelta(minutes=2))
    await refuse(world, row_id, "off 30003", by_receipt=by_receipt)
    assert world.state(row_id) == ("sent", None)
    assert [heard.message.id for heard in world.read(SECOND)] == [f"{row_id}-0-2"]


async def test_who_writes_has_her_phone_on(world: World) -> None:
    await world.say(JAN, "hallo")
    row_id = world.queue(JAN, "reply", address_id=world.address(JAN))
    await refuse(world, row_id, "off 30003", by_receipt=True)
    assert world.state(row_id) == ("queued", "off 30003")
    await world.say(JAN, "hallo?")
    got = [heard.message.id for heard in world.read(JAN)]
    assert got[got.index(f"{row_id}-0") + 1] == f"{row_id}-0-1", "her answer does not wait an hour behind it"
    assert len(got) > got.index(f"{row_id}-0") + 2


async def test_another_phone_that_is_on_says_nothing_of_this_one(world: World) -> None:
    second_line(world)
    row_id = world.queue(JAN, "appointment")
    await refuse(world, row_id, "off 30003", by_receipt=True)
    await world.say(SECOND, "hallo")
    assert world.state(row_id) == ("queued", "off 30003")


@both
@pytest.mark.parametrize("code", ["refused 63999", "filtered 30007", "what is this"])
async def test_what_is_final_is_never_repeated(world: World, code: str, by_receipt: bool) -> None:
    second_line(world)
    row_id = world.queue(JAN)
    await refuse(world, row_id, code, by_receipt=by_receipt)
    await world.post(2 * 600)
    assert world.state(row_id) == ("failed", code)
    assert world.read(SECOND) == []


@both
@pytest.mark.parametrize("code", ["blocked", "blocked 21610"])
async def test_who_closed_the_channel_gets_nothing_there(world: World, code: str, by_receipt: bool) -> None:
    second_line(world)
    row_id = world.queue(JAN)
    await refuse(world, row_id, code, by_receipt=by_receipt)
    assert world.state(row_id) == ("failed", code)
    closed = world.rows(select(t.consent).where(t.consent.c.withdrawn_by == "block"))
    assert {each.channel for each in closed} == {"telegram"}
    following = world.queue(JAN)
    await world.post()
    assert world.state(following) == ("sent", None)
    assert len(world.read(SECOND)) == 1


async def test_an_answer_to_her_own_words_stays_where_she_wrote(world: World) -> None:
    second_line(world)
    world.lines["telegram"].troubles.append(Rejected("no", "dead 1"))
    await world.say(JAN, "menu")
    assert [row.status for row in world.rows(select(t.outbox))] == ["failed"]
    assert world.read(SECOND) == []


async def test_a_window_that_is_closed_after_all(world: World) -> None:
    await world.say(FATIMA, "menu")
    row_id = world.queue(FATIMA)
    world.lines["whatsapp"].troubles.append(Rejected("no", "window 63016"))
    await world.post()
    assert world.state(row_id) == ("failed", "window 63016"), "free words, and no other way to her"
    [heard_at] = world.rows(select(t.address.c.heard_at).where(t.address.c.id == world.address(FATIMA)))
    assert heard_at.heard_at is None
    other = world.queue(FATIMA, key="voorlezen.herinnering")
    await world.post()
    assert world.last(FATIMA).message.template == "voorlezen.herinnering"
    assert world.state(other) == ("sent", None)


async def test_a_message_of_pieces_begins_anew_by_another_way(world: World) -> None:
    second_line(world)
    row_id = world.queue(JAN, text="woord " * 900)
    world.lines["telegram"].troubles.extend([None, Rejected("no", "dead 1")])
    await world.later(seconds=5)
    assert [each.message.id for each in world.read(JAN)] == [f"{row_id}-0"]
    assert [each.message.id for each in world.read(SECOND)] == [f"{row_id}-{piece}-1" for piece in range(4)]


async def test_a_first_piece_that_failed_takes_the_rest_along(world: World) -> None:
    second_line(world)
    row_id = world.queue(JAN, text="woord " * 900)
    await world.later(seconds=5)
    assert world.state(row_id) == ("sent", None)
    failed = Receipt(Status.FAILED, f"{row_id}-0", code="dead 1")
    world.write(lambda tx: receipts.apply(tx, [failed], world.clock()))
    await world.later(seconds=5)
    assert len(world.read(SECOND)) == 4


# --- late news
def tell(world: World, status: Status, ours: str, code: str = "") -> None:
    world.write(lambda tx: receipts.apply(tx, [Receipt(status, ours, code=code)], world.clock()))


@pytest.mark.parametrize("news", [Status.DELIVERED, Status.READ])
async def test_it_arrived_after_all_before_it_took_another_way(world: World, news: Status) -> None:
    second_line(world)
    row_id = world.queue(JAN, "appointment")
    await refuse(world, row_id, "off 30003", by_receipt=True)
    tell(world, news, f"{row_id}-0")
    await world.later(hours=2)
    assert world.state(row_id) == (news.value, None)
    assert (len(world.read(JAN)), world.read(SECOND)) == (1, [])


async def test_what_went_another_way_is_not_judged_by_the_first(world: World) -> None:
    second_line(world)
    row_id = world.queue(JAN)
    await refuse(world, row_id, "dead 1", by_receipt=True)
    for status in (Status.SENT, Status.DELIVERED, Status.FAILED, Status.READ):
        tell(world, status, f"{row_id}-0", "dead 1" if status is Status.FAILED else "")
        assert world.state(row_id) == ("sent", None)
    tell(world, Status.DELIVERED, f"{row_id}-0-1")
    assert world.state(row_id) == ("delivered", None)


async def test_what_arrived_cannot_fail_any_more(world: World) -> None:
    second_line(world)
    row_id = world.queue(JAN)
    await world.post()
    tell(world, Status.DELIVERED, f"{row_id}-0")
    tell(world, Status.FAILED, f"{row_id}-0", "dead 1")
    await world.post()
    assert world.state(row_id) == ("delivered", None)
    assert world.read(SECOND) == []


async def test_a_failure_told_twice_counts_once(world: World) -> None:
    row_id = world.queue(KARIN, "appointment")
    await world.post()
    for _ in range(3):
        tell(world, Status.FAILED, f"{row_id}-0", "off 30003")
    assert world.outbox(row_id).hop == 1


async def test_the_school_is_told_that_an_answer_did_not_arrive(world: World) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte is ziek")
    [thread] = world.write(threads.waiting)
    world.write(lambda tx: threads.answer(tx, thread.id, "juf Janneke", "Beterschap!", world.clock()))
    world.lines["sms"].troubles.append(Rejected("no", "dead 1"))
    await world.settled(KARIN)
    [shown] = world.write(threads.waiting)
    assert (shown.id, shown.state, shown.undelivered) == (thread.id, "answered", "dead 1")
    world.write(lambda tx: threads.answer(tx, thread.id, "juf Janneke", "Beterschap!", world.clock()))
    await world.settled(KARIN)
    assert world.write(threads.waiting) == []


async def test_a_teachers_answer_takes_another_way(world: World) -> None:
    second_line(world, KARIN, Address("telegram", "4712"))
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte is ziek")
    [thread] = world.write(threads.waiting)
    world.write(lambda tx: threads.answer(tx, thread.id, "juf Janneke", "Beterschap!", world.clock()))
    world.lines["sms"].troubles.append(Rejected("no", "dead 1"))
    await world.settled(KARIN)
    assert "Beterschap!" in world.last(Address("telegram", "4712")).message.text
    assert world.write(threads.waiting) == []
