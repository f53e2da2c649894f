"""A file on its way: its words first, then the file or its link, each once, also after a kill between the two."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.broadcast import attachments
from bot.broadcast.content import OWN, WORDS, Content
from bot.errors import InDoubt
from bot.model import Value
from bot.outbox import send as outbox
from bot.outbox.claim import claim, reclaim
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness import pictures
from tests.harness.telling import became, made
from tests.world import World


@pytest.fixture(autouse=True)
def talking(world: World) -> None:
    """Everybody has written a moment ago: her window is open."""
    world.write(lambda tx: tx.execute(update(t.address).values(heard_at=world.clock())))


def told(world: World, data: bytes) -> int:
    """A teacher's words with a file, to everybody of her school."""

    def keep(tx: Tx) -> int:
        file = attachments.sealed(tx.ring, "x", data)
        return attachments.keep(tx, "brug", staff.by_key(tx, "brug", "janneke").id, file, world.clock())

    words = {WORDS: Value("words", "👍 8:30", "nl")}  # says the same in every language
    return made(world, Content(OWN, "", words, file_id=world.write(keep)))


async def test_each_channel_gets_what_it_carries(world: World) -> None:
    it = told(world, pictures.png())
    await world.later(minutes=3)
    lines = world.lines
    for name in ("whatsapp", "telegram"):
        first, second = lines[name].sent[-2:]
        assert first.file is None
        assert first.text.rstrip("\u2069").endswith("👍 8:30")
        assert second.file is not None
        assert second.file.url in second.text, "where it does not go, its link can"
        assert (second.file.content_type, second.file.name) == ("image/png", "foto.png")
        assert [each.id.partition("-")[2] for each in (first, second)] == ["0", "1"]
    for each in lines["sms"].sent:
        assert each.file is None
        assert re.search(r"👍 8:30\n\n\w+: http", each.text)
    assert {state for state, _ in became(world, it).values()} <= {"sent", "unreachable"}


async def test_what_whatsapp_does_not_take_is_a_link_there(world: World) -> None:
    told(world, pictures.WEBM)
    await world.later(minutes=3)
    assert [each.file for each in world.lines["whatsapp"].sent if "👍" in each.text] == [None]
    assert "/bijlage/" in world.lines["whatsapp"].sent[-1].text
    assert [bool(each.file) for each in world.lines["telegram"].sent[-2:]] == [False, True]


async def test_after_a_kill_only_the_file_is_asked_for_and_sent(world: World) -> None:
    it = told(world, pictures.png())
    telegram = world.lines["telegram"]
    telegram.troubles.extend([None, InDoubt("no answer")])  # the words went; of the file nobody knows
    telegram.swallows = True
    await world.later(minutes=3)
    before = len(telegram.sent)
    await world.later(minutes=3)
    assert len(telegram.sent) == before, "it had arrived: it is found, and not sent twice"
    assert sum(each.file is not None for each in telegram.sent) == 1
    assert {state for state, _ in became(world, it).values()} <= {"sent", "unreachable"}


async def test_a_letter_taken_up_again_is_the_same(world: World) -> None:
    told(world, pictures.png())
    world.clock.move(world.clock() + timedelta(minutes=2))
    await world.bot.tick()
    now, bot_post = world.clock(), world.bot.post
    letters = [each for each in world.write(lambda tx: claim(tx, bot_post, now)[0]) if each.channel == "telegram"]
    assert [each.more for each in letters] == [True]
    world.write(lambda tx: outbox.note(tx, bot_post, [outbox.Outcome(each, "sent", "7") for each in letters], now))
    now += timedelta(seconds=5)
    (second,) = [each for each in world.write(lambda tx: claim(tx, bot_post, now)[0]) if each.channel == "telegram"]
    assert second.message.file is not None
    (again,) = [
        each for each in world.write(lambda tx: reclaim(tx, bot_post, now + timedelta(minutes=2)))
        if each.channel == "telegram"
    ]  # fmt: skip
    assert (again.look, again.message.id, again.message.file) == (True, second.message.id, second.message.file)
