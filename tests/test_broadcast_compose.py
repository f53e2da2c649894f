"""What a broadcast says and what of it arrives: by language, with what machines made of somebody's own words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.broadcast import compose
from bot.broadcast.audience import Receiver
from bot.broadcast.compose import AUTHORED, Shown
from bot.broadcast.content import OWN, QUESTION, READY, WORDS, Content
from bot.channels.phone import LIMITS
from bot.conversation import ready
from bot.desk.books import Books
from bot.model import Part, Value
from bot.translation import orders
from bot.translation.catalogue import Catalogue
from bot.translation.texts import Text
from tests.harness.foreign import failed, ordered, translated
from tests.world import World

TRIP = ready.parse(
    """
    message = "bos"
    theme = "uitje"
    kind = "communicatie"
    phase = "hoofd"
    cell = 5
    [field.dag]
    type = "date"
    [field.tijd]
    type = "time"
    optional = true
    """,
    "bos.toml",
)
TEXTS = {
    "nl": {
        "bericht.bos": "Dag, hier {leerkracht} van {school}. Op {dag} gaan we naar het bos.",
        "bericht.bos.tijd": "Dag, hier {leerkracht} van {school}. Op {dag} om {tijd} gaan we naar het bos.",
        "vertaling.machine": "Vertaald door een computer.", "vertaling.niet": "Niet vertaald.",
        "bericht.eigen": "Bericht van {leerkracht} ({school}):\n{tekst}", "bericht.foto": "Foto: {bestand}",
        "peiling.vraag": "Dag, hier {leerkracht} van {school}: {vraag}",
    },
    "tr": {
        "bericht.bos": "Merhaba, {school} okulundan {leerkracht}. {dag} ormana gidiyoruz.",
        "bericht.eigen": "{leerkracht} ({school}) yazdı:\n{tekst}", "vertaling.machine": "Bilgisayar çevirisi.",
        "peiling.vraag": "Merhaba, {school} okulundan {leerkracht}: {vraag}", "vertaling.niet": "Çevrilmedi.",
    },
}  # fmt: skip
BRING = Content(OWN, "", {WORDS: Value("words", "Neem morgen gymspullen mee.", "nl")})
DAY = {"dag": Value("date", "2026-11-24")}
NAMED = {"leerkracht": Value("name", "juf Janneke"), "school": Value("name", "De Brug")}
PHOTO = Value("file", "https://bot.school.example/bijlage/abc", "image/png")


@pytest.fixture
def books(world: World) -> Books:
    """With the texts of this test, and no others of their keys."""
    real = world.bot.books.catalogue
    given: dict[str, Mapping[str, Text]] = {
        language: {key: Text(key, (text,)) for key, text in TEXTS.get(language, {}).items()}
        for language in ("nl", "tr")
    }
    own = {each: {**{k: v for k, v in real.texts[each].items() if k not in TEXTS["nl"]}, **given.get(each, {})}
           for each in ("nl", "tr", "ar")}  # fmt: skip
    found = replace(world.bot.books, catalogue=Catalogue({**real.source, **given["nl"]}, own), ready={"bos": TRIP})
    world.bot.books = found
    return found


def people(*spoken: str) -> list[Receiver]:
    """`tr:sms` ...: the language and channel of each."""
    split = [each.split(":") for each in spoken]
    return [Receiver(number, "", tongue, (), channel) for number, (tongue, channel) in enumerate(split, 1)]


def look(world: World, content: Content, *spoken: str, **more: Value) -> dict[str, Shown]:
    books, school = world.bot.books, world.bot.config.schools["brug"]
    readers = people(*(spoken or ("nl:sms", "tr:whatsapp", "ar:sms")))
    found = world.write(
        lambda tx: compose.preview(tx, books, LIMITS, school, "juf Janneke", content, readers, world.clock(), **more)
    )
    return {each.language: each for each in found}


def test_the_text_follows_the_fields_and_a_file_is_a_text_of_its_own(books: Books, world: World) -> None:
    school = world.bot.config.schools["brug"]
    whole = {**DAY, "tijd": Value("time", "08:30")}
    said = [compose.parts(books, school, "juf Janneke", Content(READY, "bos", some)) for some in (DAY, whole)]
    assert said == [[Part("bericht.bos", {**DAY, **NAMED})], [Part("bericht.bos.tijd", {**whole, **NAMED})]]
    own = compose.parts(books, school, "juf Janneke", BRING, PHOTO)
    assert [each.key for each in own] == ["bericht.eigen", "bericht.foto"]
    assert own[1].fields == {"bestand": PHOTO}
    files = {"audio/ogg": "bericht.stem", "application/pdf": "bericht.pdf"}
    for kind, key in files.items():
        assert compose.parts(books, school, "juf Janneke", BRING, PHOTO._replace(of=kind))[1].key == key


async def test_a_ready_message_arrives_authored_or_in_dutch_as_a_whole(books: Books, world: World) -> None:
    found = look(world, Content(READY, "bos", DAY), "nl:sms", "nl:sms", "tr:whatsapp", "ar:sms")
    assert [*found] == ["nl", "ar", "tr"], "most readers first"
    assert found["nl"].text == "Dag, hier juf Janneke van De Brug. Op dinsdag 24 november gaan we naar het bos."
    assert found["tr"].text == "Merhaba, De Brug okulundan juf Janneke. 24 Kasım Salı ormana gidiyoruz."
    assert [(each.people, each.parts, each.state) for each in found.values()] == [
        (2, 1, AUTHORED), (1, 1, AUTHORED), (1, 2, AUTHORED),
    ]  # fmt: skip
    assert {name: each.said_in for name, each in found.items()} == {"nl": "nl", "ar": "nl", "tr": "tr"}
    timed = look(world, Content(READY, "bos", {**DAY, "tijd": Value("time", "08:30")}), "tr:sms")["tr"]
    assert (timed.said_in, timed.text[-42:]) == ("nl", "dinsdag 24 november om 08:30 gaan we naar het bos."[-42:])


async def test_own_words_are_ordered_only_when_asked_and_come_with_what_may_be_wrong(
    books: Books, world: World
) -> None:
    school = world.bot.config.schools["brug"]
    before = look(world, BRING)
    assert ordered(world) == [], "to look orders nothing"
    assert [before[each].state for each in ("nl", "tr", "ar")] == [orders.OWN, orders.WAITING, orders.WAITING]
    world.write(lambda tx: compose.order_all(tx, school, BRING, ["tr", "nl", "ar", "tr"], world.clock()))
    text = BRING.fields[WORDS].value
    assert sorted(ordered(world)) == [("nl", each, text, "waiting") for each in ("ar", "tr")]
    failed(world)
    translated(world, "nl", "tr", text, "Yarın spor kıyafeti getir.", back="Breng morgen sportkleren.", risks=("tijd",))
    found = look(world, BRING, "nl:sms", "tr:telegram", "ar:sms")
    assert found["tr"].text == "juf Janneke (De Brug) yazdı:\nYarın spor kıyafeti getir.\nBilgisayar çevirisi."
    assert found["tr"][-4:-1] == (orders.DONE, "Breng morgen sportkleren.", ("tijd",))
    assert found["tr"].parts == 2, "as an SMS, for who gets it so"
    assert found["ar"].state == orders.FAILED
    assert found["ar"].text.endswith("mee.\nNiet vertaald.")
    world.clock.move(world.clock() + timedelta(minutes=2))
    world.write(lambda tx: compose.order_all(tx, school, BRING, ["ar"], world.clock()))
    assert look(world, BRING)["ar"].state == orders.WAITING
    world.clock.move(world.clock() + timedelta(seconds=11))
    assert look(world, BRING)["ar"].state == orders.FAILED, "nobody waits longer"


async def test_answers_are_buttons_or_numbered_lines_and_are_translated_too(books: Books, world: World) -> None:
    asked = Content(QUESTION, "peiling", {WORDS: Value("words", "Wie komt er?", "nl")}, ("Ik", "Wij 2", "3"))
    found = look(world, asked, "nl:sms", "tr:whatsapp")
    assert found["nl"].text == "Dag, hier juf Janneke van De Brug: Wie komt er?\n1 Ik\n2 Wij 2\n3 3"
    assert found["nl"].choices == ()
    assert found["tr"].choices == ("Ik", "Wij 2", "3")
    school = world.bot.config.schools["brug"]
    world.write(lambda tx: compose.order_all(tx, school, asked, ["tr"], world.clock()))
    said = {each[2] for each in ordered(world)}
    assert said == {"Ik", "Wie komt er?", "Wij 2"}, "what holds no letter says the same everywhere"
    for text, theirs in {"Wie komt er?": "Kim geliyor?", "Ik": "Ben"}.items():
        translated(world, "nl", "tr", text, theirs, back=f"[{text}]")
    assert look(world, asked, "tr:sms")["tr"].state == orders.WAITING, "as long as one of them is"
    translated(world, "nl", "tr", "Wij 2", "İkimiz", back="[Wij 2]", risks=("cijfers",))
    done = look(world, asked, "tr:whatsapp")["tr"]
    assert (done.choices, done.state, done.risks) == (("Ben", "İkimiz", "3"), orders.DONE, ("cijfers",))
    assert done.back == "[Wie komt er?]\n[Ik]\n[Wij 2]"
    assert [text for text, _ in done.pairs] == ["Wie komt er?", "Ik", "Wij 2"]


async def test_a_file_stands_in_what_arrives_and_who_is_not_reached_does_not_count(books: Books, world: World) -> None:
    found = look(world, BRING, "nl:sms", "tr:", file=PHOTO)
    assert [*found] == ["nl"]
    assert found["nl"].text.endswith(f"mee.\n\nFoto: {PHOTO.value}")
    assert look(world, BRING, "nl:telegram", "nl:telegram", "nl:sms")["nl"].channel == "telegram"
