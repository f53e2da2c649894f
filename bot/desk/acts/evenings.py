"""Evenings on a theme, open days: who comes, with how many, with which help."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.conversation.events import Finished
from bot.desk.acts import open_days
from bot.desk.acts.evening_words import finished, meant, moment, words
from bot.desk.load import Live
from bot.gatherings import calendar, gatherings, guests, waiting
from bot.gatherings.gatherings import Gathering
from bot.gatherings.plan import COFFEE, OTHER
from bot.model import Offer, Part, Value
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

_GONE = "voorbij"


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What there is to say of it: `eigen` where the school says it in its own words, `voorbij` where nobody signs up
    any more."""
    gathering = meant(case, live)
    if gathering is None or not gathering.takes(case.now):
        return Finished(case.at, _GONE)
    if gathering.kind in (COFFEE, OTHER):
        own = gatherings.said(case.tx, gathering.id).words
        if own:
            return finished(case, gathering, "eigen", [("woorden", words(case, gathering.school, own))])
    return finished(case, gathering, "vraag")


# --- what she needs
def childcare(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    gathering = meant(case, live)
    return Finished(case.at, "ja" if gathering and gathering.childcare else "nee")


def interpreter(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Asked only of her who does not read Dutch, where there may be one."""
    gathering = meant(case, live)
    asked = gathering is not None and gathering.interpreters and case.person.language != SOURCE
    return Finished(case.at, "ja" if asked else "nee")


# --- what she says
def take(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She comes: `klaar`, `vol`, `minder` (there is room for some of them) or `over`."""
    gathering = meant(case, live)
    if gathering is None:
        return Finished(case.at, guests.OVER)
    case.savepoint()
    before = guests.of(case.tx, gathering.id, case.person.id)
    people, children, language = _with(case, live, before)
    result = guests.take(
        case.tx, gathering, case.person.id, case.now, people=people, children=children, interpreter=language
    )
    now = gatherings.get(case.tx, gathering.id) or gathering
    if result == guests.TAKEN and before and before.state in guests.THERE and before.people > people:
        waiting.pass_on(case.tx, case.books.config, gathering.id, case.now)
    left = guests.free(case.tx, now, case.person.id) or 0
    return finished(case, now, result, [("aantal", Value("number", str(people if result == guests.TAKEN else left)))])


def enlist(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She waits: `list`, or `over`."""
    gathering = meant(case, live)
    if gathering is None:
        return Finished(case.at, guests.OVER)
    case.savepoint()
    people, children, language = _with(case, live, guests.of(case.tx, gathering.id, case.person.id))
    needs = {"people": people, "children": children, "interpreter": language}
    result = guests.enlist(case.tx, gathering, case.person.id, case.now, **needs)  # type: ignore[arg-type]
    if result == guests.LISTED:
        waiting.pass_on(case.tx, case.books.config, gathering.id, case.now)
    return Finished(case.at, result)


def _with(case: "Case", live: Live, before: guests.Guest | None) -> tuple[int, int, str]:
    """With how many she comes, for how many children there is childcare, and which interpreter: as she says now, else
    as she said before, else herself alone."""
    said = live.run.answers
    people = _number(said.get("mensen"), before.people if before else 1)
    children = _number(said.get("kinderen"), before.children if before else 0)
    language = before.interpreter if before else guests.UNASKED
    if "tolk" in said:
        language = case.person.language if said["tolk"].value == "ja" else guests.NONE
    return people, children, language


def _number(value: Value | None, otherwise: int) -> int:
    return int(value.value) if value else otherwise


def no(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    return _leave(case, live, guests.NO)


def away(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She cannot come, and reads what it was about."""
    return _leave(case, live, guests.AWAY)


def _leave(case: "Case", live: Live, state: str) -> Finished:
    gathering = meant(case, live)
    if gathering is not None:
        case.savepoint()
        if guests.leave(case.tx, gathering, case.person.id, state, case.now):
            waiting.pass_on(case.tx, case.books.config, gathering.id, case.now)
    return Finished(case.at)


def to_calendar(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Where her phone finds it."""
    gathering = meant(case, live)
    if gathering is not None:
        link = calendar.link(case.tx, case.books.config, gathering.id, case.person.id)
        case.say(Part("thema_komt.agenda", {"link": Value("text", link)}), live)
    return Finished(case.at)


# --- what the house tells her
def offered(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whether the place that came free is hers."""
    gathering = meant(case, live)
    hers = guests.of(case.tx, gathering.id, case.person.id) if gathering else None
    if gathering is None or hers is None or hers.state != guests.OFFERED or hers.hold_until is None:
        return Finished(case.at, _GONE)
    until = hers.hold_until.astimezone(case.books.config.zone(gathering.school))
    return finished(case, gathering, "ja", [("tot", Value("moments", f"{until:%Y-%m-%dT%H:%M}"))])


def day(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`dag` or `straks`, as the note has it, where she still comes."""
    return _still(case, live, live.run.answers["wanneer"].value, (guests.COMING,))


def news(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`af` or `verzet`, with the reason of the school."""
    which = live.run.answers["wat"].value
    states = (guests.OFF,) if which == "af" else guests.THERE
    found = _still(case, live, which, states)
    gathering = meant(case, live)
    if found.result == _GONE or gathering is None:
        return found
    reason = words(case, gathering.school, gatherings.said(case.tx, gathering.id).reason)
    return found._replace(fields={**found.fields, "reden": reason})


def _still(case: "Case", live: Live, result: str, states: tuple[str, ...]) -> Finished:
    gathering = meant(case, live)
    hers = guests.of(case.tx, gathering.id, case.person.id) if gathering else None
    if gathering is None or hers is None or hers.state not in states or case.now >= gathering.starts_at:
        return Finished(case.at, _GONE)
    return finished(case, gathering, result)


def summary(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What it was about, in the words of the school."""
    gathering = meant(case, live)
    text = gatherings.said(case.tx, gathering.id).summary if gathering else ""
    if gathering is None or not text:
        return Finished(case.at, _GONE)
    return finished(case, gathering, "ja", [("samenvatting", words(case, gathering.school, text))])


def useful(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    gathering = meant(case, live)
    if gathering is not None:
        case.savepoint()
        guests.answer(case.tx, gathering.id, case.person.id, live.run.answers["antwoord"].value)
    return Finished(case.at)


# --- what she asks for
def mine(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    return Finished(case.at, "er" if _coming(case) else "geen")


def coming(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Where she comes or waits for a place; one: it is that one."""
    offers = tuple(Offer(str(each.id), moment(case, each)) for each in _coming(case))
    return Finished(case.at, "ok" if len(offers) > 1 else "only", offers)


def _coming(case: "Case") -> list[Gathering]:
    found = (gatherings.get(case.tx, each.gathering_id) for each in guests.hers(case.tx, case.person.id, case.now))
    return [each for each in found if each]


def shown(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`komt` or `lijst`, and what she said before."""
    gathering = meant(case, live)
    hers = guests.of(case.tx, gathering.id, case.person.id) if gathering else None
    if gathering is None or hers is None:
        return Finished(case.at, "geen")
    result = "komt" if hers.state in guests.THERE else "lijst" if hers.state == guests.LISTED else "geen"
    return finished(case, gathering, result, [("aantal", Value("number", str(hers.people)))])


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "evenings.look": look,
    "evenings.childcare": childcare,
    "evenings.interpreter": interpreter,
    "evenings.take": take,
    "evenings.list": enlist,
    "evenings.no": no,
    "evenings.away": away,
    "evenings.calendar": to_calendar,
    "evenings.offered": offered,
    "evenings.day": day,
    "evenings.news": news,
    "evenings.summary": summary,
    "evenings.useful": useful,
    "evenings.mine": mine,
    "evenings.shown": shown,
    **open_days.ACTIONS,
}
OFFERS: Mapping[str, Action] = {"evenings.coming": coming}
