"""Scenes of a simulated year: short scripts for what chance brings together too seldom, played over the same house."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.conversation.events import Weekly
from bot.model import Part, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import consent, wishes
from bot.scheduler import plans
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.year_world import ELIF, FATIMA, HOME, JAN, KARIN, Family

if TYPE_CHECKING:
    from tests.harness.year import Year


def wall(moment: str) -> datetime:
    """A moment by the clock of the school, as `2026-11-10 19:30`."""
    return datetime.fromisoformat(moment).replace(tzinfo=HOME).astimezone(UTC)


class Scene(NamedTuple):
    """What is played from a moment to another. Nobody answers and no provider fails but where `write` says so."""

    name: str
    first: str
    last: str
    write: Callable[["Year"], None]
    journeys: bool = False


# --- what a scene is made of
def says(year: "Year", moment: str, who: Family, key: str) -> None:
    """She writes one of the words of a list, in Dutch."""
    year.says(wall(moment), who, year.books.catalogue.words("nl").list(key)[0], about=key)


def does(year: "Year", moment: str, work: Callable[[Tx], object]) -> None:
    """Something is written into the database by a person of the school."""
    year.plan(wall(moment), "does", work=work)


def tells(
    year: "Year", moment: str, who: Family, cls: str = "broadcast", until: str = "", scope: str | None = None
) -> None:
    """The school has something to say."""
    text = {"tekst": Value("text", moment), "leerkracht": Value("name", "juf"), "school": Value("name", "De Brug")}
    purpose = "tips" if cls in ("plan", "tip") else "school"

    def work(tx: Tx) -> None:
        draft = Draft(year.watch.contact(who.address), cls, purpose, who.schools[0], scope=scope)
        draft.parts, draft.until = [Part("draad.antwoord", text)], wall(until) if until else None
        queue.put(tx, [draft], year.clock())

    does(year, moment, work)


def plans_to_read(year: "Year", moment: str, who: Family, weekday: str, time: str, school: str = "") -> None:
    """She makes her weekly plan."""
    flow = next(each for each in year.books.library.flows if each.name == "voorlezen" and not each.language)
    remind = next(each.remind for each in flow.steps.values() if each.remind)
    names = {"leerkracht": Value("name", "juf"), "school": Value("name", "De Brug")}
    where = school or who.schools[0]

    def work(tx: Tx) -> None:
        days, zone = year.books.almanac.of(tx, where), year.config.zone(where)
        weekly = Weekly(remind, weekday, time, names)
        contact_id = year.watch.contact(who.address)
        plans.save(tx, [plans.plan_row(contact_id, where, flow, weekly, zone, days, year.clock())])

    does(year, moment, work)


def agrees(year: "Year", moment: str, who: Family, starts_at: str) -> None:
    talk = Talk(year.watch.contact(who.address), who.schools[0], wall(starts_at), 15)
    does(year, moment, lambda tx: appointments.plan(tx, year.config, talk, year.clock()))


def cancels(year: "Year", moment: str, who: Family) -> None:
    def work(tx: Tx) -> None:
        mine = select(t.appointment.c.id).where(t.appointment.c.contact_id == year.watch.contact(who.address))
        appointments.cancel(tx, tx.execute(mine).scalar_one(), year.clock())

    does(year, moment, work)


# --- the scenes
def evening(year: "Year") -> None:
    """What is with a provider when quiet hours begin does not come any more."""
    does(year, "2026-11-10 12:00", lambda tx: tx.execute(update(t.address).values(heard_at=year.clock())))
    for number, who in enumerate((KARIN, JAN, FATIMA, ELIF)):
        tells(year, f"2026-11-10 20:5{number}", who)


def late(year: "Year") -> None:
    """Quiet hours begin at nine, and end at noon on a Sunday: what is said meanwhile waits, and leaves spread out."""
    does(year, "2026-11-10 12:00", lambda tx: tx.execute(update(t.address).values(heard_at=year.clock())))
    for number, who in enumerate((KARIN, JAN, FATIMA, ELIF)):
        tells(year, f"2026-11-10 21:3{number}", who)
        tells(year, f"2026-11-11 21:1{number}", who, "tip")
        tells(year, f"2026-11-15 09:0{number}", who)


def rest(year: "Year") -> None:
    """Her own hours, on top of the school's."""
    does(year, "2026-11-10 10:00", lambda tx: wishes.rest(tx, year.watch.contact(KARIN.address), ("13:00", "15:00")))
    tells(year, "2026-11-11 13:30", KARIN)
    tells(year, "2026-11-12 12:58", KARIN)


def full_week(year: "Year") -> None:
    """More than fits into a week, of every kind, and some of it at once."""
    for number, cls in enumerate(("tip", "broadcast", "tip")):
        tells(year, f"2026-11-{9 + number:02} 10:00", KARIN, cls)
    tells(year, "2026-11-12 10:00", KARIN)
    tells(year, "2026-11-15 14:00", KARIN)
    tells(year, "2026-11-15 14:01", JAN)
    tells(year, "2026-11-15 14:02", JAN)


def pause_in_the_queue(year: "Year") -> None:
    """A tip waits for the morning when she asks for silence."""
    tells(year, "2026-11-10 22:00", KARIN, "tip")
    until = wall("2026-11-17 00:00")
    does(year, "2026-11-10 22:30", lambda tx: wishes.pause(tx, year.watch.contact(KARIN.address), until))


def consent_in_the_queue(year: "Year") -> None:
    """What waits for the morning when she takes back her yes, or writes STOP."""
    for who in (KARIN, JAN):
        tells(year, "2026-11-10 22:00", who, "tip")
        tells(year, "2026-11-10 22:01", who)

    def less(tx: Tx) -> None:
        consent.withdraw(tx, year.watch.contact(KARIN.address), "less", year.clock())

    does(year, "2026-11-10 22:30", less)
    says(year, "2026-11-10 22:31", JAN, "kw.stop")
    tells(year, "2026-11-11 10:00", JAN)


def spring(year: "Year") -> None:
    """A weekly moment on the Saturday before the clocks are put forward."""
    plans_to_read(year, "2027-03-15 12:00", KARIN, "za", "19:30")


def autumn(year: "Year") -> None:
    """And one on the Saturday before they are put back."""
    plans_to_read(year, "2026-10-19 12:00", ELIF, "za", "10:00", "vaart")


def fading(year: "Year") -> None:
    """Nobody is reminded for ever."""
    plans_to_read(year, "2026-10-26 12:00", KARIN, "wo", "19:00")


def holiday(year: "Year") -> None:
    """The autumn holiday lies between."""
    plans_to_read(year, "2026-10-05 12:00", KARIN, "wo", "19:00")


def summer(year: "Year") -> None:
    """A plan made just before the summer ends with it: nothing of it in August or September."""
    plans_to_read(year, "2027-06-28 12:00", KARIN, "di", "19:00")


def unknown_summer(year: "Year") -> None:
    """Nobody has said yet when this summer begins: then nothing is said after July."""
    plans_to_read(year, "2029-07-09 12:00", KARIN, "di", "19:00")


def answer_and_nudge(year: "Year") -> None:
    """Her answer comes at the very moment at which she would be asked again."""
    says(year, "2026-11-10 10:00", KARIN, "kw.voorlezen")
    year.says(wall("2026-11-10 10:05"), KARIN, "1", run=1)
    year.says(wall("2026-11-10 10:06"), KARIN, "3", run=1)
    year.says(wall("2026-11-11 10:06"), KARIN, "19:00", run=1)


def backlog(year: "Year") -> None:
    """Several wait for the same morning: they come in the order in which they were said."""
    for number in range(3):
        tells(year, f"2026-11-10 22:0{number}", KARIN)
        tells(year, f"2026-11-10 22:0{number}", JAN, "tip")


def outage(year: "Year") -> None:
    """The provider is away for longer than the message is of use."""
    year.plan(wall("2026-11-10 09:59"), "away", about="sms", number=15)
    tells(year, "2026-11-10 10:00", KARIN)
    tells(year, "2026-11-12 20:30", KARIN, until="2026-11-13 06:00")
    year.plan(wall("2026-11-14 09:59"), "away", about="sms", number=30)
    tells(year, "2026-11-14 10:00", KARIN, "appointment", until="2026-11-14 10:20")


def doubt(year: "Year") -> None:
    """The provider has it, and nobody heard so; and a process dies before it has handed one over."""
    year.plan(wall("2026-11-10 09:59"), "loses", about="sms")
    tells(year, "2026-11-10 10:00", KARIN, "appointment")
    tells(year, "2026-11-12 10:00", KARIN, "appointment")
    year.plan(wall("2026-11-12 10:00"), "dies", about="before")


def newest(year: "Year") -> None:
    """Of the same thing only its newest state is said."""
    for number in range(3):
        tells(year, f"2026-11-10 22:0{number}", KARIN, scope="news:1")


def talk(year: "Year") -> None:
    """A talk is agreed upon, and it is off when she is about to be reminded of it."""
    agrees(year, "2026-11-09 10:00", KARIN, "2026-11-12 15:00")
    year.plan(wall("2026-11-11 14:59"), "away", about="sms", number=20)
    cancels(year, "2026-11-11 15:10", KARIN)
    agrees(year, "2026-11-09 10:00", JAN, "2026-11-12 15:30")


def night(year: "Year") -> None:
    """The work of the day, over the hour that comes twice."""
    year.families = [KARIN]


SCENES: Mapping[str, Scene] = {
    each.name: each
    for each in (
        Scene("evening", "2026-11-10 08:00", "2026-11-11 08:00", evening),
        Scene("late", "2026-11-10 08:00", "2026-11-17 08:00", late),
        Scene("rest", "2026-11-10 08:00", "2026-11-13 08:00", rest),
        Scene("full-week", "2026-11-09 08:00", "2026-11-24 08:00", full_week),
        Scene("pause-in-the-queue", "2026-11-10 08:00", "2026-11-18 20:00", pause_in_the_queue),
        Scene("consent-in-the-queue", "2026-11-10 08:00", "2026-11-12 08:00", consent_in_the_queue),
        Scene("spring", "2027-03-15 08:00", "2027-04-12 08:00", spring),
        Scene("autumn", "2026-10-19 08:00", "2026-11-09 08:00", autumn),
        Scene("fading", "2026-10-26 08:00", "2027-03-14 08:00", fading),
        Scene("holiday", "2026-10-05 08:00", "2026-11-09 08:00", holiday),
        Scene("summer", "2027-06-28 08:00", "2027-09-20 08:00", summer),
        Scene("unknown-summer", "2029-07-09 08:00", "2029-08-31 08:00", unknown_summer),
        Scene("answer-and-nudge", "2026-11-10 08:00", "2026-11-20 08:00", answer_and_nudge),
        Scene("backlog", "2026-11-10 08:00", "2026-11-12 08:00", backlog),
        Scene("outage", "2026-11-10 08:00", "2026-11-16 08:00", outage),
        Scene("doubt", "2026-11-10 08:00", "2026-11-14 08:00", doubt),
        Scene("newest", "2026-11-10 08:00", "2026-11-12 08:00", newest),
        Scene("talk", "2026-11-09 08:00", "2026-11-13 08:00", talk),
        Scene("night", "2026-10-24 08:00", "2026-10-26 08:00", night, journeys=True),
    )
}
