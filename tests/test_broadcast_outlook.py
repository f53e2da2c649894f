"""By which way each of them will hear of a broadcast, and why some will not: the rules of the outbox, asked before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from bot.broadcast import compose, outlook
from bot.broadcast.audience import Audience, Receiver, receivers
from bot.broadcast.content import OWN, READY, WORDS, Content
from bot.broadcast.estimate import Estimate
from bot.broadcast.outlook import FULL, SHUT, Sending
from bot.channels.phone import LIMITS
from bot.conversation import ready
from bot.desk.books import Books
from bot.model import Value
from bot.outbox import forms
from bot.store import tables as t
from bot.translation.catalogue import Catalogue
from bot.translation.texts import Text
from tests.approving import approved, approving
from tests.world import FATIMA, KARIN, MONDAY, World

DAY = timedelta(days=1)
TRIP = ready.parse(
    'message = "bos"\ntheme = "uitje"\nkind = "communicatie"\nphase = "hoofd"\ncell = 5\n[field.dag]\ntype = "date"\n',
    "bos.toml",
)
BOS = Content(READY, "bos", {"dag": Value("date", "2026-11-24")})
OWN_WORDS = Content(OWN, "", {WORDS: Value("words", "Neem morgen gymspullen mee.", "nl")})
TEXTS = {
    "bericht.bos": "Dag, hier {leerkracht} van {school}. Op {dag} gaan we naar het bos.",
    "bericht.eigen": "Bericht van {leerkracht} ({school}):\n{tekst}", "vertaling.niet": "Niet vertaald.",
}  # fmt: skip


def books_of(world: World, **channel: Any) -> Books:
    """WhatsApp as it is at a real provider, with `channel` of its settings, and the texts of this test."""
    books = world.bot.books
    whatsapp = replace(books.config.channels["whatsapp"], **{"driver": "twilio", **channel})
    config = replace(books.config, channels={**books.config.channels, "whatsapp": whatsapp})
    real = books.catalogue
    source = {**real.source, **{key: Text(key, (text,)) for key, text in TEXTS.items()}}
    own = {each: {key: text for key, text in real.texts[each].items() if key not in TEXTS} for each in ("ar", "en")}
    catalogue = Catalogue(source, {"nl": source, **own})
    return replace(books, config=config, catalogue=catalogue, ready={"bos": TRIP})


def look(
    world: World, books: Books, content: Content, people: list[Receiver] | None = None, *, cls: str = "broadcast",
    begins: datetime = MONDAY, until: datetime = MONDAY + 3 * DAY,
) -> Estimate:  # fmt: skip
    """For everybody of this school, or these."""
    school = books.config.schools["brug"]

    def work(tx: Any) -> Estimate:
        them = receivers(tx, books.config, Audience("brug", all=True), begins) if people is None else people
        shown = compose.preview(tx, books, LIMITS, school, "juf Janneke", content, them, begins)
        said = compose.message(books, school, "juf Janneke", content)
        return outlook.look(tx, books, Sending(school, said, cls, begins, until), them, shown, begins)

    return world.write(work)


def ways(found: Estimate) -> Mapping[str, int]:
    return {each.channel: each.people for each in found.lines}


def approve(world: World, books: Books, language: str) -> None:
    """The provider knows the ready message in this language."""
    said = compose.message(books, books.config.schools["brug"], "juf Janneke", BOS)
    filled = forms.template(books.catalogue, language, said, isolates=True)
    assert filled is not None
    values = {
        "channel": "whatsapp", "form": filled.form.key, "sid": "HX1", "state": "approved", "template": "bericht.bos",
        "language": filled.form.language, "shape": filled.form.shape, "changed_at": MONDAY,
    }  # fmt: skip
    world.write(lambda tx: tx.execute(insert(t.content).values(values)))


async def test_a_ready_message_leaves_outside_the_window_where_it_is_approved(world: World) -> None:
    books = books_of(world)
    before = look(world, books, BOS)
    assert ways(before) == {"sms": 2, "telegram": 1}
    assert before.unreachable == {SHUT: [world.contact(FATIMA)], "geen_weg": before.unreachable["geen_weg"]}
    approve(world, books, "nl")
    after = look(world, books, BOS)
    assert ways(after) == {"sms": 2, "telegram": 1, "whatsapp": 1}
    assert after.euros == pytest.approx(2 * 0.10 + 0.055, abs=0.01), "an approved text, and two SMS of one part"
    played = replace(books, config=world.bot.config)
    assert ways(look(world, played, BOS))["whatsapp"] == 1, "a played WhatsApp approves nothing beforehand"


async def test_own_words_knock_or_take_another_way(world: World) -> None:
    approving(world)
    fatima = Receiver(world.contact(FATIMA), "", "ar", (), "whatsapp", False)
    also = fatima._replace(other="sms")
    assert look(world, books_of(world), OWN_WORDS, [fatima]).unreachable == {SHUT: [fatima.contact_id]}
    assert ways(look(world, books_of(world), OWN_WORDS, [also])) == {"sms": 1}
    await approved(world, "klop.vraag")
    books = books_of(world)
    found = look(world, books, OWN_WORDS, [fatima])
    assert (ways(found), found.limit, found.held) == ({"whatsapp": 1}, "venster", {"venster": 1})
    assert ways(look(world, books, OWN_WORDS, [also])) == {"whatsapp": 1}, "she is asked before another way is taken"
    assert ways(look(world, books, OWN_WORDS, [also._replace(talks=True)])) == {"sms": 1}, "where she talks today"
    assert ways(look(world, books, OWN_WORDS, [also], cls="urgent")) == {"sms": 1}, "what is urgent asks nobody"
    assert ways(look(world, books, OWN_WORDS, [fatima._replace(window=True)])) == {"whatsapp": 1}


async def test_sms_is_paid_by_the_part_of_each_language(world: World) -> None:
    arabic = Receiver(1, "", "ar", (), "sms")
    found = look(world, books_of(world), OWN_WORDS, [arabic, arabic._replace(contact_id=2, language="nl")])
    assert (found.parts, found.euros) == (2, 0.20), "in Dutch as long as nobody has translated it"


async def test_in_the_night_it_waits_for_the_morning_unless_it_is_urgent(world: World) -> None:
    night = datetime(2026, 11, 24, 23, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
    karin = Receiver(world.contact(KARIN), "", "nl", (), "sms")
    found = look(world, books_of(world), OWN_WORDS, [karin], begins=night)
    assert (found.limit, found.held) == ("stil", {"stil": 1})
    assert timedelta(hours=8) <= found.until - night <= timedelta(hours=8, minutes=21)
    urgent = look(world, books_of(world), OWN_WORDS, [karin], begins=night, cls="urgent")
    assert (urgent.limit, urgent.until - night < timedelta(seconds=1)) == ("", True)
    over = look(world, books_of(world), OWN_WORDS, [karin], begins=night, until=night + timedelta(hours=7))
    assert (over.people, over.unreachable) == (0, {"te_laat": [karin.contact_id]})


async def test_whose_week_is_full_gets_it_later_or_not_at_all(world: World) -> None:
    karin = Receiver(world.contact(KARIN), "", "nl", (), "sms")
    row = world.queue(KARIN, "broadcast")
    left = {"left_at": MONDAY - 6 * DAY, "status": "sent"}
    world.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == row).values(left)))
    world.write(lambda tx: tx.execute(update(t.contact).where(t.contact.c.id == karin.contact_id).values(budget=1)))
    found = look(world, books_of(world), OWN_WORDS, [karin])
    assert (found.limit, found.held, found.until >= MONDAY + DAY) == ("week", {"week": 1}, True)
    short = look(world, books_of(world), OWN_WORDS, [karin], until=MONDAY + DAY)
    assert short.unreachable == {FULL: [karin.contact_id]}
    assert look(world, books_of(world), OWN_WORDS, [karin], cls="urgent").people == 1
    assert {FULL, SHUT, "te_laat", "geen_weg"} <= {*outlook.WHY}


async def test_who_was_written_to_today_takes_a_place_of_the_day(world: World) -> None:
    books = books_of(world, portfolio=1)
    approve(world, books, "nl")
    fatima = Receiver(world.contact(FATIMA), "", "nl", (), "whatsapp", False)
    other = fatima._replace(contact_id=world.contact(KARIN))
    row = world.queue(FATIMA, "broadcast")
    values = {"left_at": MONDAY - timedelta(hours=5), "status": "sent", "way": "template"}
    values["address_id"] = world.address(FATIMA)
    world.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == row).values(values)))
    assert look(world, books, BOS, [fatima]).limit == "", "she has her place already"
    found = look(world, books, BOS, [other])
    assert (found.limit, found.until > MONDAY + timedelta(hours=18)) == ("dagmaximum", True)
    assert look(world, books, BOS, [other], cls="urgent").limit == ""
