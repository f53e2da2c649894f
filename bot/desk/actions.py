"""The table of what a flow may `do` and offer: name -> function. Actions touch only the database."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.conversation.events import Call, Finished
from bot.desk import appointed, handoff, passed
from bot.desk.acts import (
    absence,
    agreeing,
    booking,
    booking_mine,
    booking_other,
    deciding,
    doubts,
    evenings,
    family,
    knowing,
    learning,
    my_day,
    offering,
    own_data,
    plans,
    polls,
    preparing,
    sending,
)
from bot.desk.load import Live
from bot.desk.telling import tell
from bot.errors import ContentError
from bot.model import PURPOSES, Offer, Value
from bot.outbox import queue
from bot.people import codes, consent, contacts, links
from bot.store.tables import outbox
from bot.translation.languages import LANGUAGES

if TYPE_CHECKING:
    from bot.desk.case import Case

_LIST, _MORE = 10, "meer"  # as many as the list of a phone holds

Action = Callable[["Case", Live, Mapping[str, str]], Finished]


def call(case: "Case", live: Live, effect: Call) -> Finished:
    """Do an action inside this case's savepoint. Raises ContentError where there is no such action."""
    action = ACTIONS.get(effect.action) or OFFERS.get(effect.action)
    if action is None:
        raise ContentError(f"there is no action {effect.action!r}")
    case.savepoint()
    return action(case, live, effect.given)


# --- people
def who(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`known` at this school on this channel, known but on another `channel`, or `new`."""
    if (live.school, case.channel, "school") in case.person.consents:
        return Finished(case.at, "known")
    return Finished(case.at, "channel" if case.person.consents else "new")


def languages(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """All languages, her own first, each by its own name; where a list cannot hold them, `meer` leads to the others."""
    named = _languages(case)
    shown = named if len(named) <= _LIST else (*named[: _LIST - 1], Offer(_MORE))
    return Finished(case.at, offers=shown)


def other_languages(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The languages behind `meer`."""
    return Finished(case.at, offers=_languages(case)[_LIST - 1 :])


def _languages(case: "Case") -> tuple[Offer, ...]:
    own = case.person.language
    ordered = sorted(case.books.config.languages.offered, key=lambda each: each != own)
    return tuple(Offer(each, LANGUAGES[each].endonym) for each in ordered)


def set_language(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    contacts.set_language(case.tx, case.person.id, given["taal"])
    case.person.language = given["taal"]
    return Finished(case.at)


def give_consent(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Record her yes, with the very words that she answered."""
    purposes = PURPOSES if given["keuze"] == "ja" else ("school",)
    return _consent(case, live, purposes)


def give_tips(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    return _consent(case, live, ("tips",))


def _consent(case: "Case", live: Live, purposes: tuple[str, ...]) -> Finished:
    assert live.school is not None and case.letter is not None
    consent.give(
        case.tx, case.person.id, live.school, case.channel, purposes, _words_shown(case, live), case.letter.id, case.now
    )
    case.person.consents |= {(live.school, case.channel, purpose) for purpose in purposes}
    return Finished(case.at)


def _words_shown(case: "Case", live: Live) -> str:
    """What she read when she answered: the last message of this run as it was sent."""
    body = case.tx.execute(
        select(outbox.c.body)
        .where(outbox.c.run_id == live.id, outbox.c.body.is_not(None))
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).scalar()
    return case.tx.open("outbox.body", body) if body else ""


def stop(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Every purpose of every school on all her addresses, and what was waiting or going on."""
    consent.withdraw(case.tx, case.person.id, "stop", case.now)
    queue.cancel(case.tx, case.person.id, "stop", case.now)
    case.person.consents = set()
    for other in case.person.runs:
        if other is not live and not (other.flow and other.flow.cls == "urgent"):  # a call to her on duty goes on
            case.end(other, "stopped")
    return Finished(case.at)


def stop_choices(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Only this channel, only this school, or less; only what makes a difference."""
    closed = consent.closed_by_stop(case.tx, case.person.id)
    offers = []
    if len({channel for _, channel, _ in closed}) > 1:
        offers.append(Offer("kanaal"))
    if len({school for school, _, _ in closed}) > 1:
        offers.append(Offer("school"))
    offers.append(Offer("minder"))
    return Finished(case.at, offers=tuple(offers))


def stop_channel(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    consent.reopen(case.tx, case.person.id, case.now, except_channel=case.channel)
    return _reloaded(case)


def stop_school(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    consent.reopen(case.tx, case.person.id, case.now, except_school=live.school)
    return _reloaded(case)


def less(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What is needed from school, without tips."""
    consent.reopen(case.tx, case.person.id, case.now, except_purpose="tips")
    consent.keep_closed(case.tx, case.person.id, "tips")
    return _reloaded(case)


def restart(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`opened` where a STOP had closed something, or she had blocked the channel on which she writes this."""
    late = case.letter.received_at if case.letter and case.letter.payload.get("late") else None
    opened = consent.reopen(case.tx, case.person.id, case.now, unblocked=case.channel, before=late)
    _reloaded(case)
    for other in case.person.runs:
        if other.flow is not None and other.flow.name == "stop":
            case.end(other, "restarted")
    return Finished(case.at, "opened" if opened else "nothing")


def _reloaded(case: "Case") -> Finished:
    case.person.consents = consent.open_for(case.tx, [case.person.id])[case.person.id]
    return Finished(case.at)


def new_code(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """A code for her other phone or app, a quarter of an hour, with the links that open it."""
    school = live.school or case.schools[0]
    code = codes.make(case.tx, case.person.id, school, "channel", case.now)
    found = links.links(code, case.books.config.channels)
    shown = " ".join(link for channel, link in found.items() if channel != "sms")
    return Finished(case.at, fields={"code": Value("text", code), "links": Value("text", shown)})


def children(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her children, where they have different teachers; else it is not asked, and about the only one, or about all."""
    rows = case.batch.families.get(case.person.id, ())
    offers = tuple(Offer(str(row.child_id), case.tx.open("child.name", row.child)) for row in rows)
    one = len({(row.school, row.teacher_id) for row in rows}) <= 1
    return Finished(case.at, "only" if one else "ok", offers if len(offers) == 1 or not one else ())


def about(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """From here on the conversation is about this child, and so with its school and teacher."""
    for row in case.batch.families.get(case.person.id, ()):
        if str(row.child_id) == given["kind"]:
            live.child_id, live.school = row.child_id, row.school
    return Finished(case.at)


# --- the desk
def menu(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    has_plan = plans.has_plan(case)
    shown = (flow.name for flow in case.books.library.menu if has_plan or flow.name != "plan")
    return Finished(case.at, offers=tuple(map(Offer, shown)))


def danger(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Call the people on duty at each of her schools; of somebody unknown, at the only school there is."""
    config, schools = case.books.config, case.schools
    for school in schools:
        until = passed.promised(case, school)
        handoff.raise_alarm(case.tx, case.person.id, config.school(school), live.kept, case.now, until)
    live.school = live.school or (schools[0] if schools else None)
    return Finished(case.at)


def take_alarm(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    taken = handoff.take_alarm(case.tx, int(live.run.answers["alarm"].value), case.person.id, case.now)
    return Finished(case.at, "mine" if taken else "taken")


def next_duty(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    assert live.school is not None
    handoff.call_next(case.tx, int(live.run.answers["alarm"].value), case.books.config.school(live.school), case.now)
    return Finished(case.at)


ACTIONS: Mapping[str, Action] = {
    "people.who": who,
    "people.set_language": set_language,
    "people.consent": give_consent,
    "people.consent_tips": give_tips,
    "people.stop": stop,
    "people.stop_channel": stop_channel,
    "people.stop_school": stop_school,
    "people.less": less,
    "people.restart": restart,
    "people.new_code": new_code,
    "people.about": about,
    "handoff.tell": tell,
    **plans.ACTIONS,
    "handoff.danger": danger,
    "handoff.take_alarm": take_alarm,
    "handoff.next_duty": next_duty,
    **appointed.ACTIONS,
    **booking.ACTIONS,
    **booking_mine.ACTIONS,
    **booking_other.ACTIONS,
    **doubts.ACTIONS,
    **knowing.ACTIONS,
    **sending.ACTIONS,
    **absence.ACTIONS,
    **polls.ACTIONS,
    **my_day.ACTIONS,
    **preparing.ACTIONS,
    **agreeing.ACTIONS,
    **deciding.ACTIONS,
    **evenings.ACTIONS,
    **family.ACTIONS,
    **learning.ACTIONS,
    **offering.ACTIONS,
    **own_data.ACTIONS,
}
OFFERS: Mapping[str, Action] = {
    "people.languages": languages,
    "people.other_languages": other_languages,
    "people.stop_choices": stop_choices,
    "people.children": children,
    **plans.OFFERS,
    "desk.menu": menu,
    **knowing.OFFERS,
    **absence.OFFERS,
    **polls.OFFERS,
    **appointed.OFFERS,
    **booking_mine.OFFERS,
    **booking_other.OFFERS,
    **deciding.OFFERS,
    **evenings.OFFERS,
    **family.OFFERS,
    **learning.OFFERS,
    **offering.OFFERS,
    **own_data.OFFERS,
}
