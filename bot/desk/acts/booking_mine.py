"""The talks that she has: seen, cancelled, called about, asked for; the other parent's, to which she may come along."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.booking import appointments, before, bookings, households, invited, requests, said, waiting
from bot.booking.appointments import Talk
from bot.booking.invited import ASKED, AWAY, CALL, SUMMARY
from bot.conversation.answers import Question, understand
from bot.conversation.events import Finished
from bot.desk import context
from bot.desk.acts import booking, booking_words
from bot.desk.acts.booking import Hers, hers
from bot.desk.load import Live
from bot.errors import BotError, Taken
from bot.model import Offer, Value
from bot.store import tables as t
from bot.translation.languages import say_moment

if TYPE_CHECKING:
    from bot.desk.case import Case

_WAYS = {"ja": "boek", "ander": "ander", "bel": "bel", "nee": "nee"}  # what she answered in the flow that led here


def mine(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Where this begins: with what she answered to a proposal, the talks that she has, a round in which she may book,
    or the question whether she wants a talk."""
    answers = live.run.answers
    if "ronde" in answers:
        hers(case, live)
        answered = answers.get("antwoord")
        return Finished(
            case.at, "wens" if "woorden" in answers else _WAYS.get(answered.value if answered else "", "zoek")
        )
    if _asked_along(case):
        return Finished(case.at, "samen", fields={"afspraak": Value("number", str(_asked_along(case)))})
    if _talks(case):
        return Finished(case.at, "welke")
    if found := _open(case):
        return Finished(case.at, "boeken", fields={"ronde": Value("number", str(found.round.id))})
    if not case.batch.families.get(case.person.id):
        return Finished(case.at, "mens")
    return Finished(case.at, "kind" if _child_asks(case) else "vraag")


def _open(case: "Case") -> Hers | None:
    """The round that closes first in which she may book; who had let it be may come back to it."""
    for number in dict.fromkeys(each.round_id for each in invited.open_for(case.tx, case.person.id, case.now)):
        found = booking.in_round(case, number)
        back = [each.id for each in found.mine if each.state in (SUMMARY, AWAY)] if found else []
        if back and found and not found.need:
            invited.change(case.tx, back, case.now, state=ASKED, how="")
            found = booking.in_round(case, number)
        if found and found.need:
            return found
    return None


def _child_asks(case: "Case") -> bool:
    text = str(case.letter.payload.get("text", "")) if case.letter else ""
    asked = Question("gesprek.vraag", "choice", (Offer("kind"),))
    return bool(understand(asked, text, case.words, case.at.date())) and any(map(str.isalpha, text))


# --- her talks
def _talks(case: "Case") -> list[Talk]:
    """What is agreed with her, also where she comes along; the next first."""
    a, g = t.appointment.c, t.guest.c
    along = select(g.appointment_id).where(g.contact_id == case.person.id, g.role == "comes", g.state == "yes")
    coming = a.state == "planned", a.starts_at > case.now, (a.contact_id == case.person.id) | a.id.in_(along)
    rows = case.tx.execute(appointments.COLUMNS.where(*coming).order_by(a.starts_at, a.id))
    shut = case.batch.barred
    return [talk for talk in map(Talk._make, rows) if (case.person.id, talk.child_id) not in shut]


def _asked_along(case: "Case") -> int:
    """A talk of which the other parent asks whether she comes too; 0 for none."""
    a, g = t.appointment.c, t.guest.c
    asked = g.contact_id == case.person.id, g.role == "comes", g.state == "asked"
    coming = a.state == "planned", a.starts_at > case.now
    found = select(a.id).join(t.guest, g.appointment_id == a.id).where(*asked, *coming).order_by(a.starts_at).limit(1)
    return case.tx.execute(found).scalar() or 0


def talks(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Which of her talks; the only one is not asked."""
    language, mine = case.books.catalogue.words(case.person.language).language, _talks(case)[:8]
    found = [
        Offer(str(each.id), say_moment(language, booking_words.wall(case, each.school, each.starts_at)))
        for each in mine
    ]
    if len(mine) > 1:
        booking_words.say_lines(case, live, mine)  # whose they are has no room in a row
    return Finished(case.at, "ok" if len(found) > 1 else "only", tuple(found))


def _meant(case: "Case", live: Live) -> Talk | None:
    """The talk of this conversation, where it is still to come and hers."""
    given = live.run.answers.get("afspraak")
    number = int(given.value) if given and given.value.isdecimal() else 0
    return next((each for each in _talks(case) if each.id == number), None)


def show(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What she has: `gast` where it is the other parent's, to which she comes along."""
    talk = _meant(case, live)
    if talk is None:
        return Finished(case.at, "voorbij")
    live.school, live.child_id = talk.school, talk.child_id
    fields = booking_words.of_talk(case, talk)
    if talk.round_id:
        fields["ronde"] = Value("number", str(talk.round_id))
    return Finished(case.at, "gast" if talk.contact_id != case.person.id else "ok", fields=fields)


def can_move(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`ja` where she may choose another moment herself; else the teacher reads that she wants one."""
    talk = _meant(case, live)
    if talk is None:
        return Finished(case.at, "voorbij")
    if talk.round_id and booking.in_round(case, talk.round_id):
        return Finished(case.at, "ja")
    _tell(case, live, talk, "Wil een ander moment")
    return Finished(case.at, "nee")


def cancel(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """It is off: `open` where she may choose another moment, `gast` where the talk of the other parent goes on."""
    talk = _meant(case, live)
    if talk is None:
        return Finished(case.at, "voorbij")
    return Finished(case.at, call_off(case, live, talk))


def call_off(case: "Case", live: Live, talk: Talk) -> str:
    if talk.contact_id != case.person.id:
        households.come_along(case.tx, talk.id, case.person.id, False, case.now)
        return "gast"
    along = appointments.coming(case.tx, talk.id)
    try:
        appointments.cancel(case.tx, talk.id, case.now, tell=False)
    except Taken:
        return "voorbij"
    if along:
        said.tell(case.tx, talk, "af", case.now, contact_ids=along)
    if talk.round_id and booking.in_round(case, talk.round_id):
        return "open"
    _tell(case, live, talk, "Afgezegd")
    return "ok"


def _tell(case: "Case", live: Live, talk: Talk, what: str) -> None:
    words = f"{what}: {booking_words.in_dutch(case, talk)}"
    context.tell_school(case, talk.school, talk.child_id, "vraag", words, live.kept)


def away(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She needs no talk in this round; what was kept for her goes to somebody else."""
    found = hers(case, live)
    if found:
        bookings.release(case.tx, case.person.id, found.round.id, case.now)
        invited.change(case.tx, [each.id for each in found.need], case.now, state=AWAY, listed_at=None)
    return Finished(case.at)


def call(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She would rather be called: each teacher reads it, and nothing is kept for her any more."""
    found, talk = hers(case, live), _meant(case, live)
    if talk is not None:
        _tell(case, live, talk, "Wil gebeld worden over het gesprek")
        return Finished(case.at)
    need = found.need if found else []
    if found:
        bookings.release(case.tx, case.person.id, found.round.id, case.now)
        invited.change(case.tx, [each.id for each in need], case.now, state=CALL, listed_at=None)
    school = live.school or (case.schools[0] if case.schools else None)
    about: list[int | None] = [each.child_id for each in need]
    for child_id in about or [live.child_id]:
        if school:
            context.tell_school(case, school, child_id, "vraag", "Wil gebeld worden over een gesprek", live.kept)
    return Finished(case.at)


# --- a place that came free
def offered(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is kept for her for a few hours; `voorbij` where it is not any more."""
    found = hers(case, live)
    kept = bookings.offered(case.tx, found.round.id, case.person.id) if found else []
    if not kept:
        return Finished(case.at, "voorbij")
    return Finished(case.at, "een" if len(kept) == 1 else "meer", fields=booking_words.of_talks(case, kept))


def decline(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Not this one: it goes to the next, and she waits on."""
    found = hers(case, live)
    if found:
        bookings.release(case.tx, case.person.id, found.round.id, case.now)
        now = hers(case, live)
        waiting.join(case.tx, [each.id for each in now.need] if now else [], case.now)
    return Finished(case.at)


def missed(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """They have missed each other: `een` with a new proposal where its round is still open."""
    number = live.run.answers.get("afspraak")
    talk = appointments.look(case.tx, int(number.value)) if number else None
    found = booking.in_round(case, talk.round_id) if talk and talk.round_id else None
    kept = booking.seek(case, found) if found and found.need else []
    if not found or not kept:
        return Finished(case.at, "nieuw")
    fields = booking_words.of_talks(case, kept) | {"ronde": Value("number", str(found.round.id))}
    return Finished(case.at, "een", fields=fields)


# --- with the other parent
def together(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The talk that the other has booked for both; what she was asked about booking herself is over."""
    talk = _booked_for_both(case, live)
    if talk is None or talk.starts_at <= case.now:
        return Finished(case.at, "voorbij")
    live.school, live.child_id = talk.school, talk.child_id
    live.expires_at = max(case.now, min(live.expires_at, talk.starts_at))
    found = booking.in_round(case, talk.round_id) if talk.round_id else None
    if talk.round_id and not (found and found.need):
        booking.end_others(case, talk.round_id, "together")
    return Finished(case.at, "vraag", fields=booking_words.of_talk(case, talk))


def _booked_for_both(case: "Case", live: Live) -> Talk | None:
    given = live.run.answers.get("afspraak")
    talk = appointments.look(case.tx, int(given.value)) if given else None
    if talk is None or talk.state != "planned" or (case.person.id, talk.child_id) in case.batch.barred:
        return None
    if talk.round_id and talk.child_id:
        return households.theirs(case.tx, talk.round_id, talk.child_id, case.person.id)
    return talk if talk.contact_id != case.person.id else None


def come_along(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She comes too, or reads of it afterwards; `anders` where it is not as it was."""
    talk, yes = _booked_for_both(case, live), given["antwoord"] == "ja"
    if talk is None or not households.come_along(case.tx, talk.id, case.person.id, yes, case.now):
        return Finished(case.at, "anders")
    if yes:
        before.also(case.tx, case.books.config, talk, case.person.id, case.now)
        booking_words.say_booked(case, live, [talk])
    return Finished(case.at, given["antwoord"])


# --- a talk that she asks for
def children(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """About whom; an only child is not asked."""
    rows = case.batch.families.get(case.person.id, ())
    offers = tuple(Offer(str(row.child_id), case.tx.open("child.name", row.child)) for row in rows)
    return Finished(case.at, "only" if len(offers) == 1 else "ok", offers)


def for_child(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    return Finished(case.at, fields={"wie": Value("text", "kind")})


def ask(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her teacher finds it on her page; nobody asks why. `mens` where that cannot be."""
    chosen, who = (live.run.answers[name].value for name in ("kind_id", "wie"))
    row = next((each for each in case.batch.families.get(case.person.id, ()) if str(each.child_id) == chosen), None)
    if row is None:
        return Finished(case.at, "mens")
    live.school, live.child_id = row.school, row.child_id
    asks = requests.CHILD if who == "kind" else requests.PARENT
    try:
        requests.ask(case.tx, row.school, case.person.id, row.child_id, asks, case.now)
    except BotError:
        return Finished(case.at, "mens")
    return Finished(case.at)


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "booking.mine": mine,
    "booking.show": show,
    "booking.can_move": can_move,
    "booking.cancel": cancel,
    "booking.away": away,
    "booking.call": call,
    "booking.offered": offered,
    "booking.decline": decline,
    "booking.missed": missed,
    "booking.together": together,
    "booking.come_along": come_along,
    "booking.for_child": for_child,
    "booking.ask": ask,
}
OFFERS: Mapping[str, Action] = {"booking.talks": talks, "booking.children": children}
