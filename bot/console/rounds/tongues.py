"""Interpreters of the school: who they are, when they have time, and their talks of a day on paper."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, NamedTuple

from bot.booking import instead, interpreters
from bot.booking.interpreters import DEAREST, MODES, Interpreter, Job
from bot.console.numbers import Number, number
from bot.console.rounds.sheet import Backwards, Span, a_day, spans, written
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.store.database import Tx
from bot.translation.texts import SOURCE

LIST = "/afspraken/tolken"
DAYS = 6  # that one can fill in at once
_FIELDS = ("naam", "telefoon", "kosten")


class Line(NamedTuple):
    """An interpreter in the list."""

    id: int
    name: str
    languages: str
    modes: str
    phone: Number | None
    hours: str


class Known(NamedTuple):
    """A day on which she has time. `field`: of the form."""

    field: str
    day: str
    text: str
    wrong: str


class Work(NamedTuple):
    """A talk of hers, as it stands on paper: nobody's name but the teacher's."""

    at: str
    until: str
    language: str
    staff: str
    how: str


class Person(NamedTuple):
    name: str
    phone: Number | None
    work: Sequence[Work]


def show(visit: Visit, tx: Tx) -> Answer:
    return _list(visit, tx)


def _list(visit: Visit, tx: Tx, wrong: Mapping[str, str] = {}) -> Page:
    every = interpreters.of_school(tx, visit.who.school)
    hours = interpreters.hours_of(tx, [each.id for each in every], visit.local.date())
    lines = [
        Line(
            each.id, each.name, ", ".join(map(visit.say.named, each.languages)), _modes(visit, each.modes),
            number(each.phone), ", ".join(visit.say.day(day) for day in [*hours.get(each.id, ())][:3]),
        )
        for each in every
    ]  # fmt: skip
    values = {"lines": lines, "wrong": dict(wrong), **_form(visit, None)}
    return Page("afspraken_tolken.html", values, 422 if wrong else 200)


def add(visit: Visit, tx: Tx) -> Answer:
    """Somebody who interprets for the school."""
    values, wrong = _typed(visit)
    if wrong:
        return _list(visit, tx, wrong)
    made = interpreters.add(tx, visit.who.school, now=visit.now, **values)
    return Go(f"{LIST}/{made}", "klaar.tolk", about=("interpreter", made))


# --- one of them
def one(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, wrong: Mapping[str, str] = {}) -> Page:
    her = interpreters.known(tx, visit.ids["interpreter"], visit.who.school)
    today = visit.local.date()
    hours = interpreters.hours_of(tx, [her.id], today).get(her.id, {})
    days = [_known(visit, day, walls, wrong) for day, walls in hours.items()]
    values = {
        "her": her, "days": days, "wrong": dict(wrong), "many": range(1, DAYS + 1), "today": today.isoformat(),
        "far": (today + timedelta(days=400)).isoformat(), "gone": her.left_at is not None, **_form(visit, her),
        "typed": visit.form,
    }  # fmt: skip
    return Page("afspraken_tolk.html", values, 422 if wrong else 200)


def change(visit: Visit, tx: Tx) -> Answer:
    """Her name, number, languages, ways or cost."""
    values, wrong = _typed(visit)
    if wrong:
        return _page(visit, tx, wrong)
    interpreters.change(tx, visit.ids["interpreter"], **values)
    return Go(f"{LIST}/{visit.ids['interpreter']}", "klaar.tolk")


def hours(visit: Visit, tx: Tx) -> Answer:
    """The days that are known already, each as its field has it, and new ones that all get the same hours."""
    found: dict[date, list[Span]] = {}
    wrong: dict[str, str] = {}
    new = [day for each in range(1, DAYS + 1) if (day := a_day(visit.form.get(f"dag{each}", "")))]
    fields = {f"uren.{day.isoformat()}": day for each in visit.form if (day := a_day(each.removeprefix("uren.")))}
    texts = {field: (visit.form[field], [day]) for field, day in fields.items() if field in visit.form}
    if new:
        texts["uren"] = visit.form.get("uren", ""), new
    for field, (text, days) in texts.items():
        try:
            walls = spans(text)
            if any(at.minute % 5 for span in walls for at in span) or (field == "uren" and not walls):
                raise ValueError(text)
        except Backwards:
            wrong[field] = visit.say("afspraken.fout_uren_volgorde")
            continue
        except ValueError:
            wrong[field] = visit.say("afspraken.fout_uren")
            continue
        found |= dict.fromkeys(days, walls)
    if not texts and not wrong:
        wrong["uren"] = visit.say("afspraken.fout_dag")
    if wrong:
        return _page(visit, tx, wrong)
    for day, walls in found.items():
        interpreters.hours(tx, visit.ids["interpreter"], day, walls)
    instead.fill(tx, visit.config, visit.who.school, visit.now)
    return Go(f"{LIST}/{visit.ids['interpreter']}", "klaar.tolk_uren")


def leave(visit: Visit, tx: Tx) -> Answer:
    """She does not come any more."""
    interpreters.leave(tx, visit.ids["interpreter"], visit.now)
    if instead.fill(tx, visit.config, visit.who.school, visit.now):
        return Go(f"{LIST}/{visit.ids['interpreter']}", "klaar.tolk_weg_gesprekken")
    return Go(LIST, "klaar.tolk_weg")


# --- a day on paper
def day(visit: Visit, tx: Tx) -> Answer:
    """Times, language, teacher and place; of whose child it is stands nowhere."""
    chosen = a_day(visit.query.get("dag", "")) or visit.local.date()
    jobs = interpreters.day(tx, visit.config, visit.who.school, chosen)
    known = {each.id: each for each in interpreters.of_school(tx, visit.who.school, left=True)}
    people = [
        Person(known[who].name, number(known[who].phone), [_work(visit, each) for each in work])
        for who, work in groupby(jobs, key=lambda each: each.interpreter_id)
        if who in known
    ]
    values = {"day": visit.say.day(chosen), "iso": chosen.isoformat(), "people": people, "back": LIST}
    return Page("afspraken_tolken_dag.html", values)


def _work(visit: Visit, each: Job) -> Work:
    say, zone = visit.say, visit.school.zone
    ends = each.starts_at + timedelta(minutes=each.minutes)
    how = each.place if each.mode == "school" and each.place else say(f"afspraken.vorm_{each.mode}")
    return Work(say.hour(each.starts_at, zone), say.hour(ends, zone), say.named(each.language), each.staff, how)


# --- the form
def _form(visit: Visit, her: Interpreter | None) -> dict[str, Any]:
    """What its fields show: what was typed, else what is known."""
    was = {"naam": her.name, "telefoon": her.phone, "kosten": _euros(her.cost)} if her else dict.fromkeys(_FIELDS, "")
    sent = "naam" in visit.form
    spoken = visit.many.get("taal", ()) if sent else her.languages if her else ()
    modes = visit.many.get("vorm", ()) if sent else her.modes if her else MODES[:1]
    offered = dict.fromkeys([*visit.config.languages.offered, *(her.languages if her else ())])
    return {
        "fields": {name: visit.form.get(name, was[name]) if sent else was[name] for name in _FIELDS},
        "spoken": [(each, visit.say.named(each), each in spoken) for each in offered if each != SOURCE],
        "ways": [(each, visit.say(f"afspraken.tolk_{each}"), each in modes) for each in MODES],
    }  # fmt: skip


def _typed(visit: Visit) -> tuple[dict[str, Any], dict[str, str]]:
    """Somebody as the form has her, and what is wrong, field by field."""
    known = {*visit.config.languages.offered}
    name = " ".join(visit.form.get("naam", "").split())
    languages = [each for each in visit.many.get("taal", ()) if each in known]
    modes = [each for each in MODES if each in visit.many.get("vorm", ())]
    cost = _cents(visit.form.get("kosten", ""))
    wrong = {
        "naam": not 0 < len(name) <= 80, "taal": not languages, "vorm": not modes,
        "kosten": cost is None or cost > DEAREST, "telefoon": len(visit.form.get("telefoon", "")) > 20,
    }  # fmt: skip
    values = {
        "name": name, "phone": visit.form.get("telefoon", ""), "languages": languages, "modes": modes,
        "cost": cost or 0,
    }  # fmt: skip
    return values, {field: visit.say(f"afspraken.fout_tolk_{field}") for field, bad in wrong.items() if bad}


def _cents(text: str) -> int | None:
    """Of `45` or `45,50`; None where it is no amount."""
    if not text.strip():
        return 0
    try:
        amount = Decimal(text.strip().removeprefix("€").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return int(amount * 100) if amount.is_finite() and amount >= 0 else None


def _euros(cents: int) -> str:
    return f"{cents / 100:.2f}".replace(".", ",") if cents else ""


def _modes(visit: Visit, modes: Sequence[str]) -> str:
    return ", ".join(visit.say(f"afspraken.tolk_{each}") for each in modes)


def _known(visit: Visit, day: date, walls: Sequence[Any], wrong: Mapping[str, str]) -> Known:
    field = f"uren.{day.isoformat()}"
    text = visit.form.get(field, written(Span(*each) for each in walls))
    return Known(field, visit.say.day(day), text, wrong.get(field, ""))


DOORS = (  # those without an id first: they would be taken for a round
    get(LIST, show, OFFICES),
    post(LIST, add, OFFICES, "tolk"),
    get(f"{LIST}/dag", day, OFFICES),
    get(f"{LIST}/{{interpreter}}", one, OFFICES),
    post(f"{LIST}/{{interpreter}}/wie", change, OFFICES, "tolk"),
    post(f"{LIST}/{{interpreter}}/uren", hours, OFFICES, "tolk_uren"),
    post(f"{LIST}/{{interpreter}}/weg", leave, OFFICES, "tolk_weg"),
)
