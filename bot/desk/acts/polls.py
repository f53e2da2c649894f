"""Questions that a school puts to many: what there is to choose, what she answers, and answering it once more."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from bot.broadcast import answers
from bot.conversation import events
from bot.conversation.answers import LONGEST_WORDS, Question, fold, understand
from bot.conversation.events import Finished, Run
from bot.council.going import FLOWS
from bot.desk.load import Live
from bot.model import Offer, Part, Value
from bot.outbox.queue import load_parts
from bot.store import tables as t
from bot.translation import orders
from bot.translation.orders import Wanted

if TYPE_CHECKING:
    from bot.desk.case import Case

_POLL = "peiling"  # the answer of a run that is the number of its broadcast
_GIVEN = (_POLL, "vraag", "leerkracht", "school")  # what such a run begins with


# --- asking and answering
def choices(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What there is to choose, in the teacher's own words."""
    return _offered(case, answers.choices(case.tx, _number(live)))


def rest(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What she has not chosen yet."""
    chosen = answers.tapped(case.tx, _number(live), case.person.id)
    return _offered(case, [each for each in answers.choices(case.tx, _number(live)) if each.id not in chosen])


def _offered(case: "Case", offers: list[Offer]) -> Finished:
    return Finished(case.at, "ok" if offers else "only", tuple(offers))


def answer(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Write down her answer: `over`, `vol`, else what stands now (`ja`, `nee`, `wacht`, the id or the number)."""
    result = answers.answer(case.tx, _number(live), case.person.id, [given["keuze"]], case.now)
    if result != "ok":
        return Finished(case.at, result)
    return Finished(case.at, answers.tapped(case.tx, _number(live), case.person.id)[0])


def check(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """One more thing that she names (`bij`), or the first: `goed`, `nog` where more is right, `anders`, `over`."""
    number = _number(live)
    before = answers.tapped(case.tx, number, case.person.id) if given.get("bij") else ()
    named = [*before, given["keuze"]]
    asked = answers.question(case.tx, number)
    if asked is None or answers.answer(case.tx, number, case.person.id, named, case.now) == "over":
        return Finished(case.at, "over")
    right = set(map(str, asked.content.right))
    if not right.issuperset(named):
        return Finished(case.at, "anders")
    return Finished(case.at, "goed" if right.issubset(named) else "nog")


def right(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Say all that is right, a line each."""
    asked = answers.question(case.tx, _number(live))
    for number in asked.content.right if asked else ():
        wat = Value("words", asked.content.choices[number - 1], asked.words.of) if asked else Value("text", "")
        case.say(Part("peiling.regel", {"wat": wat}), live)
    return Finished(case.at)


def _number(live: Live) -> int:
    value = live.run.answers.get(_POLL)
    return int(value.value) if value else 0  # none: over for everybody


def chosen(case: "Case", live: Live, question: Question, text: str) -> str:
    """The choice whose label she types as she reads it, where somebody wrote it in another language; "" for none."""
    hers, school = case.person.language, live.school or ""
    labels = {
        Wanted(school, each.of, hers, each.label): each.id for each in question.offers if each.of not in ("", hers)
    }
    if not labels or not text or len(text) > LONGEST_WORDS:
        return ""
    found = {labels[each] for each, said in orders.said(case.tx, labels).items() if fold(said.text) == fold(text)}
    return found.pop() if len(found) == 1 else ""


# --- once more
def answered_again(case: "Case", text: str, choice: str = "", under: Row[Any] | None = None) -> bool:
    """Whether she answers a poll whose conversation is over: by a tap `under` it, or where nothing was asked since."""
    asked = _past(case, under)
    if asked is None:
        return False
    live, question = _reopened(case, asked)
    if live is None or question is None:
        return False
    picked = choice or chosen(case, live, question, text)
    known = picked in {offer.id for offer in question.offers}
    if not (known if picked else understand(question, text, case.words, case.at.date())):
        return False
    if under is None and _POLL in live.run.answers and not answers.is_open(case.tx, _number(live), case.now):
        return False  # who writes after its end means something else
    case.park_others(live)
    case.person.runs.append(live)
    case.advance(live, events.Heard(case.at, text, picked))
    return True


def last(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`poll` where the last that she was asked is a poll that is still open: its flow is `verder`."""
    asked = _past(case, None)
    again, _ = _reopened(case, asked) if asked else (None, None)
    if again is None or again.flow is None or not answers.is_open(case.tx, _number(again), case.now):
        return Finished(case.at, "none")
    live.school = again.school
    fields = {name: again.run.answers[name] for name in _GIVEN if name in again.run.answers}
    return Finished(case.at, "poll", fields={**fields, "verder": Value("text", again.flow.name)})


_ASKED = (
    select(
        *t.outbox.c["id", "step", "left_at", "parts"],
        *t.run.c["memory", "version", "school", "child_id", "address_id", "state"],
    )
    .join(t.run, t.run.c.id == t.outbox.c.run_id)
    .order_by(t.outbox.c.left_at.desc(), t.outbox.c.id.desc())
    .limit(1)
)


def _past(case: "Case", under: Row[Any] | None) -> Row[Any] | None:
    """The question under which she taps, or the last that left and after which nobody else spoke; where its
    conversation is over."""
    o = t.outbox.c
    asked = _ASKED.where(o.contact_id == case.person.id, o.step.is_not(None), o.left_at.is_not(None))
    if under is None:
        asked = asked.where(o.status != "failed")  # she never saw it
    else:
        if under.run_id is None or any(live.id == under.run_id for live in case.person.runs):
            return None  # as most taps: it goes on
        asked = asked.where(o.run_id == under.run_id, o.step == under.step)
    row = case.tx.execute(asked).first()
    if row is None or row.state != "ended":
        return None
    if under is None:
        spoke = (o.cls != "reply") | o.thread_id.is_not(None)
        later = select(o.id).where(o.contact_id == case.person.id, o.left_at > row.left_at, spoke)
        if case.tx.execute(later.limit(1)).first():
            return None
    return row


def _reopened(case: "Case", asked: Row[Any]) -> tuple[Live | None, Question | None]:
    """The conversation as it stood when this was asked; nothing where it was no poll."""
    flow = case.books.library.version(asked.version)
    known = Run.unpack(json.loads(case.tx.open("run.memory", asked.memory))[0]).answers
    if flow is None or not (_POLL in known or flow.name in FLOWS):
        return None, None
    _, ask, kind, shown = load_parts(case.tx.open("outbox.parts", asked.parts))
    offers = tuple(Offer(*each) for each in shown or ())
    step = flow.steps[asked.step]
    run = Run(step.name, "answer", known, offers=offers)
    live = Live(
        None, flow, run, [], asked.school, asked.child_id, asked.address_id, "active", 0, case.now, None,
        case.now + flow.expires,
    )  # fmt: skip
    return live, Question(ask, kind, offers, step.range)


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {
    "broadcast.answer": answer,
    "broadcast.check": check,
    "broadcast.right": right,
    "broadcast.last": last,
}
OFFERS: Mapping[str, Action] = {"broadcast.choices": choices, "broadcast.rest": rest}
