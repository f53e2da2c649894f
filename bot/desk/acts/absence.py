"""A child that does not come today, or comes later: what she reports by number, and what school knows of it then."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.conversation.answers import Question, understand
from bot.conversation.events import Finished
from bot.desk import context, keywords
from bot.desk.load import GuardianRow, Live
from bot.model import WEEKDAYS, Offer, Part, Value
from bot.people import absences, facts
from bot.people.absences import ILL, KINDS, LATE, Absence, Report
from bot.people.facts import FREE
from bot.store import tables as t

if TYPE_CHECKING:
    from bot.desk.case import Case

FLOW = "afwezig"
_NOON = time(12)  # until then who is ill is ill today
_ENDS = time(15)  # a school day, where nobody said when it ends
_FAR = 120  # days: longer is no holiday
_DAY = timedelta(days=1)
_EVERYONE = ("beide", "alle")


# --- what is known already
def any_standing(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whether something is reported of her children for a day to come."""
    return Finished(case.at, "some" if _standing(case) else "none")


def standing(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Say what is reported already; where she has no child to report, whom to call (`told`, or `nobody` knows)."""
    told = _told(case, live)
    fields = {"soort": Value("text", told)}
    if not _rows(case):
        school = case.books.config.schools.get(live.school or "")
        if school is None or not school.phone:
            return Finished(case.at, "nobody")
        case.say(Part("afwezig.niet", {"nummer": Value("name", school.phone)}), live)
        return Finished(case.at, "told")
    known = _standing(case)
    for each in known:
        case.say(_line(case, each), live)
    return Finished(case.at, "some" if known else "none", fields=fields)


def _told(case: "Case", live: Live) -> str:
    """What her first words say of it: `ziek`, `laat`, `anders`, or "". Her letter is kept for a person to read."""
    letter = case.letter
    text = str(letter.payload.get("text", "")) if letter and letter.kind == "message" else ""
    if letter is None or keywords.flow_for(text, case.person.language, case.books.keywords) != FLOW:
        return ""
    live.keep(letter.id)
    asked = Question("afwezig.wat", "choice", tuple(map(Offer, KINDS)))
    found = understand(asked, keywords.first_words(text), case.words, case.at.date())
    return found[0].value if found else ""


def choices(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """It is so; they come after all; another child, or where there is none, another report."""
    other = "ander" if len(_rows(case)) > 1 else "nieuw"
    return Finished(case.at, offers=(Offer("klopt"), Offer("komt"), Offer(other)))


# --- who, what and when
def children(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """All her children, at every school, and all of them together."""
    return _offered(case, _rows(case))


def reported(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Those of them of whom something is reported."""
    known = {each.child_id for each in _standing(case)}
    return _offered(case, [row for row in _rows(case) if row.child_id in known])


def _offered(case: "Case", rows: Sequence[GuardianRow]) -> Finished:
    offers = [Offer(str(row.child_id), case.tx.open("child.name", row.child)) for row in rows]
    if len(offers) > 1:
        offers.append(Offer(_EVERYONE[len(offers) > 2]))
    return Finished(case.at, "only" if len(offers) == 1 else "ok", tuple(offers))


def about(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """From here on it is about these children, and about the school of the first."""
    rows = _chosen(case, given["wie"])
    if rows:
        live.school = rows[0].school
        live.child_id = rows[0].child_id if len(rows) == 1 else None
    names = ", ".join(case.tx.open("child.name", row.child) for row in rows)
    return Finished(case.at, fields={"kind": Value("name", names)} if names else {})


def kinds(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Ill, later, something else; not asked where her first word said it."""
    told = live.run.answers.get("soort", Value("text", "")).value
    if told and _answer(live, "klopt") != "nieuw":
        return Finished(case.at, "only", (Offer(told),))
    return Finished(case.at, offers=tuple(map(Offer, KINDS)))


def days(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Today or the next school day; not asked where today is over or free, or who is ill is so this morning."""
    rows = _chosen(case, _answer(live, "wie"))
    if not rows:
        return Finished(case.at, "only")
    first = min(_first(case, row) for row in rows)
    at = _heard(case, rows[0].school)
    if first > at.date() or (_answer(live, "wat") == ILL and at.time() < _NOON):
        return Finished(case.at, "only", (Offer(first.isoformat()),))
    second = min(_school_day(case, row, first + _DAY) for row in rows)
    offers = tuple(Offer(day.isoformat(), _say(case, _named(day, at.date(), short=True))) for day in (first, second))
    return Finished(case.at, offers=offers)


# --- what school knows then
def report(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Note it down for each of these children, on a day on which it has school; `nobody` where there is none left."""
    rows = _chosen(case, _answer(live, "wie"))
    if not rows:
        return Finished(case.at, "nobody")
    case.savepoint()
    address = case.addresses.get(live.address_id or 0)
    channel, kind = address.channel if address else case.channel, _answer(live, "wat")
    words, letter_id = _words(case, live)
    made = [
        Report(
            row.school, row.child_id, _day(case, live, row), kind, _answer(live, "tijd") if kind == LATE else "",
            words, channel, case.person.id, letter_id,
        )
        for row in rows
    ]  # fmt: skip
    absences.report(case.tx, made, _heard(case, rows[0].school))
    for each in made:
        case.say(_line(case, each), live)
    case.say(Part("afwezig.beterschap" if kind == ILL else "afwezig.dank", {}), live)
    _also(case, live, made[0], channel)
    return Finished(case.at)


def _also(case: "Case", live: Live, made: Report, channel: str) -> None:
    """Nobody knows who writes from a number; and after the bell somebody may be looking for the child."""
    if channel == "sms":
        case.say(Part("afwezig.terugbellen", {}), live)
    school, at = case.books.config.schools[made.school], _heard(case, made.school)
    if school.ill_before and school.phone and made.day == at.date() and at.time() > _clock(school.ill_before):
        fields = {"uur": Value("time", school.ill_before), "nummer": Value("name", school.phone)}
        case.say(Part("afwezig.na_tijd", fields), live)


def withdraw(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """They come after all, on every day that was reported."""
    chosen = {row.child_id for row in _chosen(case, given["wie"])}
    back = [each for each in _standing(case) if each.child_id in chosen]
    case.savepoint()
    absences.withdraw(case.tx, [each.id for each in back], case.now)
    for each in back:
        fields = {"kind": _name(case, each.child_id), "dag": _when(case, each)}
        case.say(Part("afwezig.komt", fields), live)
    return Finished(case.at)


def _words(case: "Case", live: Live) -> tuple[str, int | None]:
    """What she wrote by herself beside the word that began this, and her letter, which does not keep it then."""
    number = live.kept[0] if live.kept else case.letter.id if case.letter and case.letter.kind == "message" else None
    letter = context.letter(case.tx, number) if live.kept and number else None
    text = str(letter.payload.get("text", "")).strip() if letter else ""
    if letter is None or keywords.first_words(text) == text:
        return "", number
    blank = json.dumps({**letter.payload, "text": ""})
    case.savepoint()
    case.tx.execute(
        update(t.inbox).where(t.inbox.c.id == letter.id).values(payload=case.tx.seal("inbox.payload", blank))
    )
    return text, number


def _line(case: "Case", each: Report | Absence) -> Part:
    """`De school weet dat Amira vandaag later komt, om 10:30.`"""
    fields = {"kind": _name(case, each.child_id), "dag": _when(case, each)}
    if each.kind == LATE and each.time:
        return Part("afwezig.laat_om", {**fields, "tijd": Value("time", each.time)})
    return Part({ILL: "afwezig.ziek", LATE: "afwezig.laat"}.get(each.kind, "afwezig.anders"), fields)


def _name(case: "Case", child_id: int) -> Value:
    sealed = case.tx.execute(select(t.child.c.name).where(t.child.c.id == child_id)).scalar_one()
    return Value("name", case.tx.open("child.name", sealed))


# --- days
def _when(case: "Case", each: Report | Absence) -> Value:
    return _named(each.day, _heard(case, each.school).date())


def _named(day: date, today: date, *, short: bool = False) -> Value:
    """`vandaag`, `morgen`, or the day; on a button only which day of the week."""
    near = {today: "vandaag", today + _DAY: "morgen"}.get(day)
    if near:
        return Value("option", near, "afwezig.dag")
    return Value("weekday", WEEKDAYS[day.weekday()]) if short else Value("date", day.isoformat())


def _say(case: "Case", value: Value) -> str:
    return case.books.catalogue.words(case.person.language).value(value)


def _heard(case: "Case", school: str) -> datetime:
    """When she wrote, by the clock at school."""
    letter = case.letter
    at = letter.received_at if letter and letter.kind == "message" else case.now
    return at.astimezone(case.books.almanac.zone(school))


def _day(case: "Case", live: Live, row: GuardianRow) -> date:
    """The day that she chose, or the next one on which this child has school."""
    first, chosen = _first(case, row), _answer(live, "dag")
    return _school_day(case, row, max(first, date.fromisoformat(chosen))) if chosen else first


def _first(case: "Case", row: GuardianRow) -> date:
    """The first day on which this child can still be missed: today, until school is out."""
    at = _heard(case, row.school)
    span = _week(case, row).get(WEEKDAYS[at.weekday()], "")
    ends = _clock(span.partition("-")[2]) if "-" in span else _ENDS
    return _school_day(case, row, at.date() if at.time() < ends else at.date() + _DAY)


def _school_day(case: "Case", row: GuardianRow, day: date) -> date:
    """The first day from this one on with school for this child; further than anybody knows, a weekday."""
    known, week = case.batch.days(row.school), _week(case, row)
    found = (day + _DAY * ahead for ahead in range(_FAR))
    return next(
        (each for each in found if known.is_school_day(each) and week.get(WEEKDAYS[each.weekday()]) != FREE), day
    )


def _week(case: "Case", row: GuardianRow) -> Mapping[str, str]:
    """The times of its group by weekday, as far as they are known."""
    return {what: fact.value for what, fact in facts.of(case.tx, row.school, row.group or "").items()}


def _clock(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))


# --- whose
def _rows(case: "Case") -> Sequence[GuardianRow]:
    """Her children of whom she may hear."""
    return case.batch.families.get(case.person.id, ())


def _chosen(case: "Case", wie: str) -> list[GuardianRow]:
    return [row for row in _rows(case) if wie in (str(row.child_id), *_EVERYONE)]


def _standing(case: "Case") -> list[Absence]:
    return absences.of_children(case.tx, {row.child_id: _first(case, row) for row in _rows(case)})


def _answer(live: Live, name: str) -> str:
    return live.run.answers[name].value if name in live.run.answers else ""


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "absent.any": any_standing,
    "absent.standing": standing,
    "absent.about": about,
    "absent.report": report,
    "absent.withdraw": withdraw,
}
OFFERS: Mapping[str, Action] = {
    "absent.choices": choices,
    "absent.children": children,
    "absent.kinds": kinds,
    "absent.days": days,
    "absent.reported": reported,
}
