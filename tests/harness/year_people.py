"""Who does what in a simulated year: parents, teachers and machines, at moments drawn from the seed's dice."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.desk import threads
from bot.errors import BotError
from bot.model import CLASSES, Part, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.year_world import HOME, Family

if TYPE_CHECKING:
    from tests.harness.year import Event, Year

WORDS = {  # what parents begin by themselves, and how often
    "kw.voorlezen": 6, "kw.anders": 2, "kw.minder": 2, "kw.pauze": 3, "kw.mens": 2, "kw.taal": 1, "kw.stop": 1,
    "kw.menu": 2, "kw.gevaar": 0.3, "kw.vakantie": 1, "kw.tijden": 1, "kw.gym": 1, "kw.wie": 1, "kw.ziek": 1,
}  # fmt: skip
TROUBLES = ("outage", "down", "die", "sleep", "slip")
SAID_A_WEEK, SCHOOL_A_WEEK, TROUBLES_A_WEEK = 1.0, 1.4, 0.6  # each family; the machine
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- the script
def write_script(year: "Year") -> None:
    """What will happen of itself; answers come on top."""
    weeks = (year.until - year.start) / (7 * DAY)
    if weeks > 20:  # a whole year is quieter
        weeks /= 4
    for family in year.families:
        year.says(year.start + year.dice.random() * 3 * DAY, family, word(year, "kw.voorlezen"))
        for at in moments(year, weeks * SAID_A_WEEK):
            key = year.dice.choices(list(WORDS), list(WORDS.values()))[0]
            year.says(at, family, word(year, key), about=key)
        if year.dice.random() < 0.4:
            year.plan(moments(year, 1)[0], "rest", family)
        for at in moments(year, weeks * SCHOOL_A_WEEK):
            what = year.dice.choices(["broadcast", "urgent", "appointment", "speak"], [8, 0.5, 2, 0.5])[0]
            year.plan(at, what, family)
    for at in moments(year, weeks * TROUBLES_A_WEEK):
        year.plan(at, year.dice.choice(TROUBLES))
    for at in moments(year, weeks):
        year.plan(at, "teachers")


def moments(year: "Year", many: float) -> list[datetime]:
    """So many moments of this play, most of them by day."""
    found = []
    for _ in range(max(1, round(many))):
        at = year.start + year.dice.random() * (year.until - year.start)
        if year.dice.random() < 0.8:
            hour, minute = year.dice.randrange(7, 22), year.dice.randrange(60)
            at = at.astimezone(HOME).replace(hour=hour, minute=minute)
        found.append(at.astimezone(year.start.tzinfo))
    return sorted(found)


def word(year: "Year", key: str) -> str:
    """What she writes: one of the words of a list, in Dutch or by chance in another language."""
    for language in (year.dice.choice(year.books.catalogue.languages), "nl"):
        words = year.books.catalogue.words(language).list(key)
        if words:
            return year.dice.choice(words)
    return "menu"


def answer(dice: random.Random, kind: str, options: Sequence[str], at: datetime) -> tuple[str, str]:
    """What she answers to a question: words, and the option she would tap."""
    if options:
        chosen = dice.randrange(len(options))
        return str(chosen + 1), options[chosen] if dice.random() < 0.7 else ""
    words: Mapping[str, str] = {
        "weekday": str(dice.randint(1, 7)), "time": f"{dice.randint(7, 20):02}:{dice.choice([0, 15, 30]):02}",
        "number": str(dice.randint(0, 7)), "date": f"{at + dice.randint(2, 60) * DAY:%d-%m-%Y}",
        "yesno": dice.choice(["1", "2"]),
    }  # fmt: skip
    return words.get(kind, "Hij leest nu elke avond"), ""


# --- what happens
async def happens(year: "Year", event: "Event") -> None:
    """One event reaches the bot."""
    await EVENTS[event.what](year, event)


async def says(year: "Year", event: "Event") -> None:
    assert event.message is not None
    who = event.who.name if event.who else "somebody"
    year.note(f"{who} writes {event.message.text or event.message.choice!r} by {event.message.sender.channel}")
    year.watch.heard(event.message.sender, event.number, event.about)
    await year.bot.take([event.message])


async def broadcast(year: "Year", event: "Event") -> None:
    """The school writes to her: sometimes only of use until a moment, sometimes the newest state of something."""
    dice, who, now = year.dice, event.who, year.clock()
    assert who is not None
    number = dice.randrange(1000)
    key, fields = dice.choice(
        [("voorlezen.herinnering", {}), ("draad.antwoord", {"tekst": Value("text", f"Nr {number}")})]
    )
    scope = f"news:{dice.randrange(2)}" if dice.random() < 0.3 else None
    until = now + dice.choice([1, 5, 30]) * HOUR if dice.random() < 0.4 else None
    cls, purpose = dice.choice([("broadcast", "school"), ("broadcast", "school"), ("tip", "tips")])
    school = dice.choice(who.schools)
    for _ in range(2 if scope else 1):  # the same once more, newer
        await put(year, who, Draft(0, cls, purpose, school, scope=scope, until=until), key, fields)
    year.note(f"the school queues a {cls} for {who.name}{f' until {until}' if until else ''} {scope or ''}")


async def urgent(year: "Year", event: "Event") -> None:
    assert event.who is not None
    year.note(f"something urgent for {event.who.name}")
    draft = Draft(0, "urgent", "school", event.who.schools[0])
    await put(year, event.who, draft, "draad.antwoord", {"tekst": Value("text", "De school is dicht.")})


async def put(year: "Year", who: Family, draft: Draft, key: str, fields: dict[str, Value]) -> None:
    """Lay a message of the school into the outbox."""
    assert draft.cls in CLASSES
    draft.contact_id = year.watch.contact(who.address)
    names = {name: Value("name", "juf Janneke") for name in ("leerkracht", "school")}
    draft.parts = [Part(key, {**names, **fields})]
    await year.bot.database.write(lambda tx: queue.put(tx, [draft], year.clock()))


async def rest(year: "Year", event: "Event") -> None:
    """Hours in which she wants to be left alone, on top of the school's."""
    assert event.who is not None
    first, last = year.dice.choice([("22:30", "09:00"), ("13:00", "15:00"), ("23:00", "08:15"), ("18:00", "06:00")])
    contact_id = year.watch.contact(event.who.address)
    wish = update(t.contact).where(t.contact.c.id == contact_id).values(rest_from=first, rest_until=last)
    await year.bot.database.write(lambda tx: tx.execute(wish))
    year.note(f"{event.who.name} rests from {first} to {last}")


async def speak(year: "Year", event: "Event") -> None:
    """From today on she reads another language."""
    assert event.who is not None
    language = year.dice.choice(["nl", "en", "tr", "ar"])
    contact_id = year.watch.contact(event.who.address)

    def change(tx: Tx) -> None:
        sealed = tx.seal("contact.language", language)
        tx.execute(update(t.contact).where(t.contact.c.id == contact_id).values(language=sealed))

    await year.bot.database.write(change)
    year.note(f"{event.who.name} reads {language} from now on")


async def teachers(year: "Year", event: "Event") -> None:
    """They look at what waits for them, and answer."""
    now = year.clock()

    def reply(tx: Tx) -> int:
        done = 0
        for row in tx.execute(select(t.thread.c.id).where(t.thread.c.state == "open")).all():
            try:
                threads.answer(tx, row.id, "juf Janneke", "Dank voor het bericht. Tot morgen!", now)
                done += 1
            except BotError:
                continue
        return done

    year.note(f"the teachers answer {await year.bot.database.write(reply)}")


async def appointment(year: "Year", event: "Event") -> None:
    """A talk is planned; later it may be moved or cancelled, held or missed."""
    dice, who, now = year.dice, event.who, year.clock()
    assert who is not None
    hour, minute = dice.randint(8, 20), dice.choice([0, 15, 30, 45])
    day = (now.astimezone(HOME) + dice.choice([1, 2, 3, 9]) * DAY).replace(hour=hour, minute=minute, second=0)
    starts_at = day.replace(microsecond=0).astimezone(UTC)
    contact_id, school = year.watch.contact(who.address), dice.choice(who.schools)
    agreed = Talk(contact_id, school, starts_at, 15)
    try:
        number = await year.bot.database.write(lambda tx: appointments.plan(tx, year.config, agreed, now))
    except BotError:  # she has one at that time
        return
    year.note(f"talk {number} with {who.name}: {day:%a %d %b %H:%M}")
    for _ in range(dice.choice([0, 1, 1, 2])):
        at = now + dice.random() * (starts_at - now) if dice.random() < 0.7 else starts_at + dice.random() * DAY
        year.plan(at, "talk", who, number=number)


async def talk(year: "Year", event: "Event") -> None:
    """What becomes of a talk."""
    dice, now, number = year.dice, year.clock(), event.number
    what = dice.choice(["move", "cancel", "cancel", "held", "missed"])
    moved = now + dice.choice([30, 60, 200]) * HOUR

    def change(tx: Tx) -> None:
        if what == "move":
            appointments.move(tx, year.config, number, moved, now)
        elif what == "cancel":
            appointments.cancel(tx, number, now)
        elif what == "held":
            appointments.held(tx, year.config, number, now, days=dice.choice([0, 3]))
        else:
            appointments.missed(tx, year.config, number, now)

    try:
        await year.bot.database.write(change)
    except BotError:  # it is over, or has not begun
        return
    year.note(f"talk {number}: {what}{f' to {moved.astimezone(HOME):%a %d %b %H:%M}' if what == 'move' else ''}")


async def outage(year: "Year", event: "Event") -> None:
    """A provider is away for minutes, or for hours."""
    line = year.lines[year.dice.choice(sorted(year.lines))]
    line.away_until = year.clock() + year.dice.choice([3, 10, 40, 200]) * MINUTE
    year.note(f"{line.name} is away until {line.away_until.astimezone(HOME):%a %H:%M}")


async def down(year: "Year", event: "Event") -> None:
    """Nothing runs for a while, then a new process does."""
    year.clock.move(year.clock() + year.dice.choice([1, 30, 300, 1500, 4000]) * MINUTE)
    year.restart()


async def die(year: "Year", event: "Event") -> None:
    await year.die(year.dice.choice(["before", "after"]))


async def sleep(year: "Year", event: "Event") -> None:
    """The machine sleeps with its process; when it wakes up, the clock has jumped."""
    year.clock.move(year.clock() + year.dice.choice([3, 45, 400]) * MINUTE)
    year.note("the machine slept")


async def slip(year: "Year", event: "Event") -> None:
    """A time server sets the clock back a little."""
    year.clock.slip(timedelta(seconds=year.dice.choice([1, 7, 40])))
    year.note("the clock was set back")


async def does(year: "Year", event: "Event") -> None:
    """What a scene asks for."""
    assert event.work is not None
    year.note("somebody of the school does something")
    await year.bot.database.write(event.work)


async def away(year: "Year", event: "Event") -> None:
    """A provider is away for so many minutes."""
    year.lines[event.about].away_until = year.clock() + event.number * MINUTE
    year.note(f"{event.about} is away for {event.number} minutes")


async def loses(year: "Year", event: "Event") -> None:
    """A provider takes the next message, and its answer is lost."""
    year.lines[event.about].loses = 1


async def dies(year: "Year", event: "Event") -> None:
    await year.die(event.about)


EVENTS: Mapping[str, Callable[["Year", "Event"], Awaitable[None]]] = {
    each.__name__: each
    for each in (
        says, broadcast, urgent, rest, speak, teachers, appointment, talk, outage, down, die, sleep, slip,
        does, away, loses, dies,
    )
}  # fmt: skip
