"""She looks for a moment in a round: one proposal that is kept for her, others, her own words, and the agreement."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from bot.booking import bookings, households, interpreters, invited, own, proposals, rounds
from bot.booking.appointments import Talk
from bot.booking.invited import ASKED, BOOKED, CALL, LISTED, NO_INTERPRETER, OFFERED, OTHER, SHUT, WAITING, Invited
from bot.booking.rounds import Round
from bot.booking.slots import Slot
from bot.booking.wanted import Placed, Proposal, Wish
from bot.conversation.events import Finished
from bot.desk.acts import booking_words as words
from bot.desk.load import Letter, Live
from bot.model import Part, Value
from bot.store import tables as t

if TYPE_CHECKING:
    from bot.desk.case import Case

FLOWS = ("boeken", "gesprek", "plek_vrij")  # in which she books
_TRIES = 3  # somebody else may be first; then it is looked for anew
_SEEKING = (ASKED, OFFERED, LISTED, CALL)


class Hers(NamedTuple):
    """A round in which she may book now, and her children in it of which she may hear."""

    round: Round
    mine: tuple[Invited, ...]

    @property
    def need(self) -> list[Invited]:
        """For whom no moment is agreed yet."""
        return [each for each in self.mine if each.state in _SEEKING]


def hers(case: "Case", live: Live) -> Hers | None:
    """The round of this conversation; None where nobody books in it (any more), or she is not invited."""
    given = live.run.answers.get("ronde")
    found = in_round(case, int(given.value)) if given and given.value.isdecimal() else None
    if found:
        only = {each.child_id for each in found.mine}
        live.school, live.child_id = found.round.school, only.pop() if len(only) == 1 else None
        live.expires_at = max(case.now, min(live.expires_at, found.round.closes_at))
    return found


def in_round(case: "Case", round_id: int) -> Hers | None:
    round_ = rounds.get(case.tx, round_id)
    if round_ is None or not round_.takes(case.now):
        return None
    rows = invited.of(case.tx, round_id, case.person.id)
    shut = case.batch.barred
    mine = [row for row in rows if row.state not in (SHUT, WAITING) and (case.person.id, row.child_id) not in shut]
    return Hers(round_, tuple(mine)) if mine else None


def concerns_nobody(case: "Case", letter: Letter) -> bool:
    """Whether a note about a round finds nothing to ask any more: it is closed, or she has booked meanwhile. Else it
    takes the place of what she was asked about this round before."""
    round_id = int(letter.payload["fields"]["ronde"][1])
    found = in_round(case, round_id)
    if found is None or not found.need:
        return True
    end_others(case, round_id, "replaced")
    return False


def end_others(case: "Case", round_id: int, result: str) -> None:
    """What she is asked about this round is over."""
    for other in case.person.runs:
        about = other.run.answers.get("ronde")
        is_same = other.flow is not None and other.flow.name in FLOWS and about and about.value == str(round_id)
        if is_same and other.state != "ended":
            case.end(other, result)


# --- how she wants it
def begin(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is to be asked first: `hoe` or `hoe_kind`, `tolk`, or nothing (`zoek`); `dicht` where she cannot book."""
    found = hers(case, live)
    if found is None or not found.need:
        return Finished(case.at, "dicht")
    fields = words.names(case, [each.child_id for each in found.need], [each.staff_id for each in found.need])
    fields["soort"] = Value("option", found.round.kind, "gesprek.soort")
    if households.asks_how(case.tx, found.round, case.person.id):
        return Finished(case.at, "hoe" if found.round.per == "household" else "hoe_kind", fields=fields)
    return Finished(case.at, _interpreted(case, found), fields=fields)


def how(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """With the other parent, apart, or the other goes (`ander`); what the other said makes no difference, but that
    where both come together and the other has booked, she hears when (`samen`)."""
    found = hers(case, live)
    if found is None:
        return Finished(case.at, "verder")
    households.choose(case.tx, found.round, case.person.id, given["hoe"], case.now)
    if talk := _together(case, found):
        return Finished(case.at, "samen", fields={"afspraak": Value("number", str(talk.id))})
    now = hers(case, live)
    if now is None or not now.need:
        return Finished(case.at, "ander")
    if given["hoe"] == OTHER:  # of one child; another has no other parent here
        case.say(Part("samen.nee", {}), live)
    return Finished(case.at, _interpreted(case, now))


def _together(case: "Case", found: Hers) -> Talk | None:
    talks = (households.theirs(case.tx, found.round.id, each.child_id, case.person.id) for each in found.mine)
    return next((talk for talk in talks if talk and talk.starts_at > case.now), None)


def _interpreted(case: "Case", found: Hers) -> str:
    """`tolk` where somebody speaks her language and she was not asked yet; else `zoek`."""
    if not any(each.interpreter == "" for each in found.need):
        return "zoek"
    return "tolk" if case.person.language in interpreters.languages(case.tx, found.round.school) else "zoek"


def interpreter(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """With an interpreter, and so longer; or without."""
    found = hers(case, live)
    if found:
        wanted = case.person.language if given["tolk"] == "ja" else NO_INTERPRETER
        invited.change(case.tx, [each.id for each in found.mine], case.now, interpreter=wanted)
    return Finished(case.at)


# --- one proposal
def propose(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is kept for her now, as an approved text says it: `een`, `meer`, or `weer` where a talk was called off."""
    found = hers(case, live)
    talks = seek(case, found) if found else []
    if not talks:
        return Finished(case.at, "vol_weer" if "niet_op" in live.run.answers else "vol")
    result = "weer" if "niet_op" in live.run.answers else "een" if len(talks) == 1 else "meer"
    return Finished(case.at, result, fields=words.of_talks(case, talks))


def search(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is kept for her now, line by line."""
    found = hers(case, live)
    if found is None:
        return Finished(case.at, "dicht")
    if not found.need:
        return settled(case, live, found)
    talks = seek(case, found)
    return shown(case, live, talks, "lijst") if talks else Finished(case.at, "vol")


def seek(case: "Case", found: Hers, wish: Wish | None = None) -> list[Talk]:
    """What is kept for her: as before, where nothing has changed and she wishes nothing else; [] where all is taken."""
    tx, config, round_, need = case.tx, case.books.config, found.round, found.need
    kept = bookings.offered(tx, round_.id, case.person.id)
    if kept and wish is None and {each.child_id for each in kept} == {each.child_id for each in need}:
        return kept
    gone = given_up(case, round_)
    for _ in range(_TRIES):
        best = proposals.best(tx, config, round_, need, case.now, wish=wish, besides=gone)
        until = bookings.hold_until(config, round_.school, case.now)
        if not best:
            return []
        if bookings.offer(tx, config, round_, need, best[0], until, case.now):
            return bookings.offered(tx, round_.id, case.person.id)
        gone.append(best[0])  # who was first may not have committed yet, and it would look free again
    return []


def given_up(case: "Case", round_: Round) -> list[Proposal]:
    """Where she said that she cannot come: not to be proposed again."""
    off = own.of_round(case.tx, round_.id, case.person.id, "cancelled")
    return [placed([each]) for each in sorted(off, key=lambda each: each.id) if each.starts_at > case.now]


def shown(case: "Case", live: Live, talks: Sequence[Talk], result: str) -> Finished:
    words.say_lines(case, live, talks)
    return Finished(case.at, result, fields=words.of_talks(case, talks))


def confirm(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`klaar`, or `meer` where another child has no moment yet; `weg` where somebody was first; `oud` where she taps
    under a proposal that is not the one of now."""
    found = hers(case, live)
    if found is None:
        return Finished(case.at, "dicht")
    kept = bookings.offered(case.tx, found.round.id, case.person.id)
    if kept and _is_past(case, kept):
        case.say(Part("gesprek.oud", {}), live)
        return shown(case, live, kept, "oud")
    talks = bookings.confirm(case.tx, case.books.config, found.round, case.person.id, case.now)
    if talks:
        return agreed(case, live, found, talks)
    if not found.need:
        return settled(case, live, found)
    if still := bookings.offered(case.tx, found.round.id, case.person.id):
        return _not_alone(case, live, found, still)
    case.say(Part("gesprek.net_weg", {}), live)
    return Finished(case.at, "weg")


def _not_alone(case: "Case", live: Live, found: Hers, kept: Sequence[Talk]) -> Finished:
    """It is still hers, and yet cannot be: the other parent has booked for both, or books in this moment; where nobody
    knows that they come together, a person looks at it."""
    if talk := _together(case, found):
        return Finished(case.at, "samen", fields={"afspraak": Value("number", str(talk.id))})
    a = t.appointment.c
    there = a.once.in_([f"{found.round.id}:{each.child_id}" for each in kept]), a.state == "planned"
    if case.tx.execute(select(a.id).where(*there)).first():
        return Finished(case.at, "mens")
    return shown(case, live, kept, "oud")


def _is_past(case: "Case", kept: Sequence[Talk]) -> bool:
    """Whether she taps under a message from before these were kept for her."""
    payload = case.letter.payload if case.letter else {}
    number = str(payload.get("ours", "")).partition("-")[0]
    if not payload.get("choice") or not (number.isascii() and number.isdigit()):
        return False
    o = t.outbox.c
    said = case.tx.execute(select(o.queued_at).where(o.id == int(number), o.contact_id == case.person.id)).scalar()
    made = max(filter(None, (each.made_at for each in kept)), default=None)
    return said is not None and made is not None and said < made


def agreed(case: "Case", live: Live, found: Hers, talks: Sequence[Talk]) -> Finished:
    words.say_booked(case, live, talks)
    done = {each.child_id for each in talks}
    more = any(each.state in (ASKED, OFFERED) and each.child_id not in done for each in found.need)
    return Finished(case.at, "meer" if more else "klaar")


def settled(case: "Case", live: Live, found: Hers) -> Finished:
    """Everything is agreed already: she reads it once more, or that the other has booked for both."""
    talks = own.of_round(case.tx, found.round.id, case.person.id, "planned")
    if talks := [each for each in talks if each.starts_at > case.now]:
        words.say_booked(case, live, talks)
        return Finished(case.at, "klaar")
    if any(each.state == BOOKED for each in found.mine) and (talk := _together(case, found)):
        return Finished(case.at, "samen", fields={"afspraak": Value("number", str(talk.id))})
    return Finished(case.at, "dicht")


def slot_of(talk: Talk) -> Slot:
    return Slot(talk.staff_id or 0, talk.starts_at, talk.minutes, talk.mode, talk.place)


def placed(talks: Sequence[Talk]) -> Proposal:
    return {each.child_id or 0: Placed(slot_of(each), each.interpreter_id or 0) for each in talks}


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "booking.begin": begin,
    "booking.how": how,
    "booking.interpreter": interpreter,
    "booking.propose": propose,
    "booking.search": search,
    "booking.confirm": confirm,
}
