"""What parents ask about school, answered from its own data with its date; what is not known goes to the teacher."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from bot.config import School
from bot.conversation.events import Finished
from bot.desk import context
from bot.desk.load import GuardianRow, Live
from bot.model import Offer, Part, Value
from bot.people import facts
from bot.people.addresses import school_year
from bot.people.facts import FREE, SCHOOL_DAYS, Fact, Teacher
from bot.schooldays import PUBLIC, Free

if TYPE_CHECKING:
    from bot.desk.case import Case

_MOST = 3  # free days in one message: more would be a long SMS
_QUESTIONS = {  # what the teacher reads where she only tapped or typed a word of her language
    "vrij": "Wanneer is er vakantie of een vrije dag?",
    "tijden": "Wat zijn de schooltijden?",
    "gym": "Op welke dagen is er gym?",
    "juf": "Wie is de leerkracht, en hoe is die te bereiken?",
    "ziek": "Hoe meld ik mijn kind ziek?",
}  # fmt: skip


# --- about whom
def children(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her children, where the answer to `over` is not the same for all of them; else it is not asked."""
    rows = case.batch.families.get(case.person.id, ())
    offers = tuple(Offer(str(row.child_id), case.tx.open("child.name", row.child)) for row in rows)
    one = len({_answer(case, row, given["over"]) for row in rows}) <= 1
    return Finished(case.at, "only" if one else "ok", offers if len(offers) == 1 or not one else ())


def _answer(case: "Case", row: GuardianRow, over: str) -> object:
    """What she would be told of this child; of what nobody knows, which group it is about."""
    found: object = None
    if over == "vrij":
        return row.school
    if over == "tijden":
        found = tuple(facts.times_of(_facts(case, row)).items())
    elif over == "gym":
        found = _value(_facts(case, row), "gym")
    elif over == "juf":
        found = tuple(_teachers(case, row))
    elif over == "ziek":
        at = case.books.config.schools.get(row.school)
        found = (at.phone, _value(_facts(case, row), "ziek")) if at and at.phone else None
    return row.school, found or row.group


def _value(known: Mapping[str, Fact], what: str) -> str:
    return known[what].value if what in known else ""


# --- answers
def free_days(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The next holidays and free days."""
    school = _school(case, live)
    key = school.key if school else None
    today = case.now.astimezone(case.books.almanac.zone(key)).date()
    coming = case.books.almanac.of(case.tx, key).coming(today, _MOST)
    if not coming:
        return Finished(case.at, "unknown")
    case.say(Part("weet.vrij", {}), live)
    for free in coming:
        case.say(_free(case, free), live)
    noted = [free for free in coming if free.source != PUBLIC]
    set_by_law = any(free.source == case.books.almanac.regional.source for free in noted)
    _dated(case, live, (free.noted_on for free in noted), "weet.datum.rijk" if set_by_law else "weet.datum")
    return Finished(case.at, "known")


def _free(case: "Case", free: Free) -> Part:
    name = "studiedag" if free.kind == "studiedag" else free.name
    labelled = case.books.catalogue.has(f"vakantie.{name}")
    what = Value("option", name, "vakantie") if labelled else Value("text", free.name)
    if free.first == free.last:
        return Part("weet.vrij.dag", {"wat": what, "dag": Value("date", free.first.isoformat())})
    span = {"van": Value("monthday", free.first.isoformat()), "tot": Value("monthday", free.last.isoformat())}
    return Part("weet.vrij.reeks", {"wat": what, **span})


def times(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """When school begins and ends, weekdays with equal times in one line."""
    known = _facts_of_all(case, live)
    lines = facts.times_of(known)
    if not lines:
        return Finished(case.at, "unknown")
    case.say(Part("weet.tijden", {}), live)
    for span, days in lines.items():
        fields = {"dagen": Value("days", days)}
        if span == FREE:
            case.say(Part("weet.tijden.vrij", fields), live)
        else:
            begin, _, end = span.partition("-")
            fields |= {"begin": Value("time", begin), "einde": Value("time", end)}
            case.say(Part("weet.tijden.regel", fields), live)
    _dated(case, live, (known[day].noted_on for day in SCHOOL_DAYS if day in known))
    return Finished(case.at, "known")


def gym(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    known = _facts_of_all(case, live).get("gym")
    if known is None:
        return Finished(case.at, "unknown")
    case.say(Part("weet.gym", {"dagen": Value("days", known.value)}), live)
    _dated(case, live, [known.noted_on])
    return Finished(case.at, "known")


def teacher(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Who teaches the child, on which days where there are two, and how to reach her."""
    rows = _children(case, live)
    found = _teachers(case, rows[0]) if rows else []
    school = _school(case, live)
    if not found:
        return Finished(case.at, "unknown")
    names = " / ".join(each.name for each in found)
    case.say(Part("weet.juf", {"naam": Value("name", names)}), live)
    for each in found if len(found) > 1 else ():
        fields = {"naam": Value("name", each.name), "dagen": Value("days", each.weekdays)}
        case.say(Part("weet.juf.dagen", fields), live)
    phone = school.phone if school else ""
    fields = {"nummer": Value("name", phone)}
    case.say(Part("weet.juf.bel", fields) if phone else Part("weet.juf.mens", {}), live)
    return Finished(case.at, "known")


def ill(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whom to call, and until when; and what the school says to it in its own words."""
    school = _school(case, live)
    if school is None or not school.phone:
        return Finished(case.at, "unknown")
    fields = {"nummer": Value("name", school.phone)}
    if school.ill_before:
        case.say(Part("weet.ziek", {**fields, "tijd": Value("time", school.ill_before)}), live)
    else:
        case.say(Part("weet.ziek.bel", fields), live)
    words = _facts_of_all(case, live).get("ziek")
    if words:
        case.say(Part("weet.ziek.ook", {"tekst": Value("text", words.value)}), live)
        _dated(case, live, [words.noted_on])
    return Finished(case.at, "known")


# --- to the teacher
def ask(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What the bot does not know goes into a thread as a question in Dutch, with her own word for it."""
    school = live.school or (case.schools[0] if case.schools else None)
    if school is None or case.letter is None:
        return Finished(case.at)
    rows = context.children(case, school, live.child_id)
    child_id = live.child_id or (rows[0].child_id if len(rows) == 1 else None)
    hers = str(case.letter.payload.get("text", "")) if live.id is None else ""  # the word that began this
    words = _QUESTIONS[given["over"]] + (f' ("{hers.strip()}")' if any(map(str.isalpha, hers)) else "")
    context.tell_school(case, school, child_id, "vraag", words)
    return Finished(case.at)


# --- what they need
def _school(case: "Case", live: Live) -> School | None:
    key = live.school or (case.schools[0] if case.schools else "")
    return case.books.config.schools.get(key)


def _children(case: "Case", live: Live) -> list[GuardianRow]:
    school = _school(case, live)
    return context.children(case, school.key if school else None, live.child_id)


def _facts_of_all(case: "Case", live: Live) -> dict[str, Fact]:
    """What is known of her child, or of all her children where it is the same for them; else of the whole school."""
    rows, school = _children(case, live), _school(case, live)
    return _facts(case, rows[0]) if rows else facts.of(case.tx, school.key, "") if school else {}


def _facts(case: "Case", row: GuardianRow) -> dict[str, Fact]:
    return facts.of(case.tx, row.school, row.group or "")


def _teachers(case: "Case", row: GuardianRow) -> list[Teacher]:
    year = school_year(case.now.astimezone(case.books.almanac.zone(row.school)).date())
    return facts.teachers(case.tx, row.school, year, row.group) if row.group else []


def _dated(case: "Case", live: Live, noted: Iterable[str], key: str = "weet.datum") -> None:
    """From when this is; of several dates the oldest."""
    oldest = min(filter(None, noted), default="")
    if oldest:
        case.say(Part(key, {"datum": Value("full_date", date.fromisoformat(oldest).isoformat())}), live)


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "school.free_days": free_days,
    "school.times": times,
    "school.gym": gym,
    "school.teacher": teacher,
    "school.ill": ill,
    "school.ask": ask,
}
OFFERS: Mapping[str, Action] = {"school.children": children}
