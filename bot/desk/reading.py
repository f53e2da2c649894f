"""How one letter is read: first what goes before every flow, then the open question, then a new flow."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bot.conversation import answers, engine, events
from bot.desk import appointed, colleague, context, enrol, keywords, knock, waits, wordless
from bot.desk.acts import agreeing, polls, sending
from bot.desk.case import Case, is_offer
from bot.desk.load import Letter, Live
from bot.model import RANKS, Part, Value
from bot.outbox.budget import PAUSED
from bot.outbox.queue import Draft
from bot.scheduler import followups

_READ = ("text", "choice", "edit")
_AT_ONCE = timedelta(minutes=1)  # a question that left so soon left when it was asked
_NEXT_DAY = timedelta(days=1)


def read(case: Case, letter: Letter) -> None:
    """Read one letter; everything it leads to is laid ready in the case."""
    if letter.kind != "message" and (case.person.id, letter.payload.get("child")) in case.batch.barred:
        return  # laid in before nothing about this child may be said to her any more
    case.take_up(letter)
    _KINDS[letter.kind](case, letter)
    if letter.kind == "message":
        case.say_once()


# --- her own words
def _message(case: Case, letter: Letter) -> None:
    text, choice, kind = (letter.payload[name] for name in ("text", "choice", "kind"))
    if kind == "reaction":
        return
    if kind == "blocked":
        context.shut_out(case, letter)
        return
    if knock.answered(case, text, choice):
        return
    house = "" if choice else keywords.house_flow(text, case.books.keywords)
    if house == "gevaar":
        case.start("gevaar", kept=[letter.id])
        return  # what was open stays parked: nobody in danger is asked when she reads to her child
    if not choice and enrol.read_code(case, letter, text):
        return
    if case.asking is None and context.answers_call(case, text, choice):
        return
    if not case.known:
        enrol.answer_stranger(case, wordless=not text.strip() and kind != "text")
    elif not choice and sending.is_meant(case, text):
        case.start("stuur")
    elif colleague.answered(case, house):
        pass
    elif house:
        case.start(house, kept=_picture(letter))
    elif kind in _READ or _says_enough(case, letter, text):
        _answer(case, letter, text, choice)
    else:
        wordless.take(case, letter)
    case.resume()


def _says_enough(case: Case, letter: Letter, text: str) -> bool:
    """Whether the words beside a picture or a voice answer the open question, or start something by themselves."""
    if not text.strip() or letter.payload["kind"] == "sticker":
        return False
    if not wordless.is_wordless(letter) or keywords.flow_for(text, case.person.language, case.books.keywords):
        return True
    live = case.asking
    asked = engine.question(live.flow, live.run) if live and live.flow else None
    if live is None or asked is None or asked.question is None or asked.question.type == "text":
        return False
    if not answers.understand(asked.question, text, case.words, case.at.date()):
        return False
    live.keep(letter.id)  # a person who looks into this conversation finds the picture too
    return True


def _answer(case: Case, letter: Letter, text: str, choice: str) -> None:
    """The open question has her ear; what it does not understand may start a flow; the rest goes to a person."""
    if choice:
        under = _turn_back(case, letter)
        if under is not None and polls.answered_again(case, text, choice, under):
            return
    else:
        _turn_to_last(case, letter)
    live = case.asking
    if live is None or live.flow is None or (not choice and _is_unread(case, live)):
        _open_words(case, letter, text, choice)
        return
    asked = engine.question(live.flow, live.run)
    assert asked is not None and asked.question is not None
    stale = _is_stale(case, live, letter, asked.question.type)
    choice = choice or polls.chosen(case, live, asked.question, text)
    wanted = "" if choice else keywords.flow_for(text, case.person.language, case.books.keywords)
    if wanted and (stale or not answers.understand(asked.question, text, case.words, case.at.date())):
        case.start(wanted, kept=_picture(letter))
        return
    case.advance(live, events.Heard(case.at, text, choice, stale))


def _turn_back(case: Case, letter: Letter) -> Row[Any] | None:
    """She taps under a question that waits behind another: it is answered now. Returns the message under which."""
    meant = context.meant(case.tx, letter, case.person.id)
    for live in case.person.runs:
        if meant and live.state == "parked" and live.asks and (live.id, live.run.step) == (meant.run_id, meant.step):
            _turn_to(case, live)
    return meant


def _turn_to_last(case: Case, letter: Letter) -> None:
    """What all are asked waits for the morning, or its words for a translation: she answers the question that she has
    read, and that waits behind it."""
    coming = case.asking
    if coming is None or coming.flow is None or coming.flow.cls != "broadcast" or coming.left_at is not None:
        return
    for live in case.person.runs:
        if live.state == "parked" and live.asks and live.left_at and live.left_at <= letter.received_at:
            _turn_to(case, live)


def _is_unread(case: Case, live: Live) -> bool:
    """Whether it is what all are asked and still waits to leave: it comes in its time, once, and not as an answer."""
    assert live.flow is not None
    return live.flow.cls == "broadcast" and live.left_at is None and context.is_coming(case.tx, live)


def _turn_to(case: Case, live: Live) -> None:
    case.park_others(live)
    live.state = "active"
    live.changed = True


def _picture(letter: Letter) -> list[int] | None:
    return [letter.id] if wordless.is_wordless(letter) else None


def _is_stale(case: Case, live: Live, letter: Letter, kind: str) -> bool:
    """Whether she answers a question that is past: the open one had not left yet, or she means an older message."""
    ours, choice = letter.payload["ours"], letter.payload["choice"]
    if (ours or "theirs" in letter.payload) and (choice or kind != "text"):
        meant = context.meant(case.tx, letter, case.person.id)
        if meant is not None:
            return (meant.run_id, meant.step) != (live.id, live.run.step)
        if ours or choice:
            return True  # not a message of hers, or one that we do not know
    if kind == "text" and not choice:
        return False
    if letter.payload["kind"] == "edit":
        return True  # nobody knows which of her earlier answers this was
    return live.left_at is None or live.left_at > letter.received_at


def _open_words(case: Case, letter: Letter, text: str, choice: str) -> None:
    """No question is open: a flow by its keyword, a running talk with the teacher, or the offer to pass it on."""
    wanted = "" if choice else keywords.flow_for(text, case.person.language, case.books.keywords)
    if wanted:
        if case.books.library.newest(wanted, case.person.language).kind == "communicatie":
            context.answer_to_school(case, letter)
        case.start(wanted, kept=_picture(letter))
    elif choice and not appointed.answered_again(case, "", choice):
        case.start("menu", kept=_picture(letter))  # a button of a question that is over: what can be done now
    elif not (choice or appointed.answered_again(case, text) or context.add_to_talk(case, letter)):
        case.start("vrij", kept=[letter.id])


# --- notes of the house
def _enrol(case: Case, letter: Letter) -> None:
    case.start("inschrijven", school=letter.payload["school"])


def _silent(case: Case, letter: Letter) -> None:
    """A run's time has come; it does nothing where the conversation has moved on."""
    live = next((each for each in case.person.runs if each.id == letter.payload["run"]), None)
    if live is None or live.rev != letter.payload["rev"] or live.state == "ended":
        return
    if live.flow is None:
        case.give_up(live)
    elif case.now >= live.expires_at:
        case.end(live, "expired")
    elif later := _not_before(case, live):
        live.due_at = min(later, live.expires_at)
        live.changed = True
        live.rev += 1
    else:
        if not context.ends_quietly(case, live):
            _turn_to(case, live)
        case.advance(live, events.Silent(case.at))
        if live.state == "ended":
            case.resume()  # the question that this has put aside


def _not_before(case: Case, live: Live) -> datetime | None:
    """Until when this run waits on: her silence counts from the moment at which the question has left."""
    assert live.flow is not None and live.id is not None
    if (other := case.asking) and _must_wait(case, live):  # the longer she leaves it open, the less often one looks
        return case.now + max(context.WAIT_AGAIN, min((case.now - other.changed_at) / 8, _NEXT_DAY))
    paused_until = case.person.paused_until
    if live.flow.cls in PAUSED and paused_until and paused_until > case.now:
        return paused_until
    timeout = live.flow.steps[live.run.step].timeout
    asked = case.batch.asked.get((live.id, live.run.step))
    if not live.asks or timeout is None or asked is None:
        return None
    # What will not leave any more has had its time: nobody waits for ever.
    since = max(asked.due_at, case.now) if asked.status == "queued" else asked.left_at
    over = since + timeout.after if since else case.now
    return over if over - case.now > _AT_ONCE else None


def _must_wait(case: Case, live: Live) -> bool:
    """Another question is open that this one does not outrank. Safety never waits."""
    other = case.asking
    if other is None or other is live or other.flow is None or live.flow is None or live.flow.rank == "safety":
        return False
    return RANKS.index(other.flow.rank) <= RANKS.index(live.flow.rank)


def _is_void(case: Case, letter: Letter) -> bool:
    """Whether the row that this note came from has changed since: she moved it, or it is no more."""
    noted = letter.payload.get("followup")
    return noted is not None and case.batch.revs.get(noted) != letter.payload["rev"] + 1


def _plan(case: Case, letter: Letter) -> None:
    """The moment that she chose herself, or that was agreed with her."""
    if _is_void(case, letter):
        return
    payload = letter.payload
    fields = context.fill(case, payload["say"], _fields(payload), payload["school"], payload["child"])
    draft = Draft(case.person.id, payload["cls"], payload["purpose"], payload["school"])
    draft.parts = [Part(payload["say"], fields)]
    draft.due_at, draft.until = (datetime.fromisoformat(payload[name]) for name in ("due_at", "until"))
    draft.scope = payload["scope"]
    case.drafts.append(draft)


def _start(case: Case, letter: Letter) -> None:
    """The house begins a conversation; what was laid along the school year waits while she is asked something."""
    payload = letter.payload
    if _is_void(case, letter):
        return
    if appointed.concerns_nothing(case, letter) or agreeing.concerns_nothing(case, letter):
        return
    if "followup" in payload and (why := _obstacle(case, payload)):
        case.savepoint()
        later = context.WAIT_AGAIN if payload["kind"] == "remind" else _NEXT_DAY
        followups.put_off(case.tx, payload["followup"], case.now + later, why)
        return
    case.start(
        payload["flow"], school=payload["school"], child_id=payload.get("child"), fields=_fields(payload),
        address_id=payload.get("address"),
    )  # fmt: skip
    case.resume()  # what only told her something leaves the question that it broke into open


def _obstacle(case: Case, payload: Mapping[str, Any]) -> str:
    """Why what was laid may not begin now: she has just taken back her yes, or something else is asked."""
    given = {purpose for school, _, purpose in case.person.consents if payload["school"] in (None, school)}
    if payload["purpose"] not in given:
        return "no_consent"
    return "busy" if _is_busy(case, payload["flow"], payload["kind"]) else ""


def _is_busy(case: Case, flow: str, kind: str) -> bool:
    """Whether a question is open that this flow does not outrank. What was agreed upon asks its own question anew."""
    other = case.asking
    if other is None or other.flow is None or is_offer(other):
        return False
    if kind == "remind" and other.flow.rank != "safety" and other.changed_at + context.WAIT_AGAIN <= case.now:
        return False  # a talk that comes near does not wait for what she leaves unanswered
    if other.flow.name == flow:
        return kind != "after"
    return RANKS.index(other.flow.rank) <= RANKS.index(case.books.library.newest(flow, case.person.language).rank)


def _said_at_school(case: Case, letter: Letter) -> None:
    context.say_answer(case, letter.payload)


def _fields(payload: Mapping[str, Mapping[str, list[str]]]) -> dict[str, Value]:
    return {name: Value(*value) for name, value in payload["fields"].items()}


_KINDS: Mapping[str, Callable[[Case, Letter], None]] = {
    "message": _message,
    "enrol": _enrol,
    "silent": _silent,
    "plan": _plan,
    "start": _start,
    "answer": _said_at_school,
    "given": waits.given,
    "overdue": waits.overdue,
    "colleague": colleague.linked,
    "digest": colleague.remind,
}
