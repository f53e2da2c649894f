"""How one letter is read: first what goes before every flow, then the open question, then a new flow."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.conversation import answers, engine, events
from bot.desk import context, enrol, keywords, knock, wordless
from bot.desk.case import Case
from bot.desk.load import Letter, Live
from bot.model import RANKS, Part, Value
from bot.outbox.queue import Draft

_READ = ("text", "choice", "edit")


def read(case: Case, letter: Letter) -> None:
    """Read one letter; everything it leads to is laid ready in the case."""
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
    live = case.asking
    if live is None or live.flow is None:
        _open_words(case, letter, text, choice)
        return
    asked = engine.question(live.flow, live.run)
    assert asked is not None and asked.question is not None
    stale = _is_stale(case, live, letter, asked.question.type)
    wanted = "" if choice else keywords.flow_for(text, case.person.language, case.books.keywords)
    if wanted and (stale or not answers.understand(asked.question, text, case.words, case.at.date())):
        case.start(wanted, kept=_picture(letter))
        return
    case.advance(live, events.Heard(case.at, text, choice, stale))


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
    wanted = keywords.flow_for(text, case.person.language, case.books.keywords)
    if choice or wanted:
        # A button of a question that is over: what can be done now.
        case.start(wanted if not choice else "menu", kept=_picture(letter))
    elif not context.add_to_talk(case, letter):
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
    elif _must_wait(case, live):
        live.due_at = min(case.now + context.WAIT_AGAIN, live.expires_at)
        live.changed = True
        live.rev += 1
    else:
        case.park_others(live)
        live.state = "active"
        case.advance(live, events.Silent(case.at))
        if live.state == "ended" and live.flow.name == "vrij":
            case.resume()  # the question that a voice note or a photo had put aside


def _must_wait(case: Case, live: Live) -> bool:
    """Another question is open that this one does not outrank. Safety never waits."""
    other = case.asking
    if other is None or other is live or other.flow is None or live.flow is None or live.flow.rank == "safety":
        return False
    return RANKS.index(other.flow.rank) <= RANKS.index(live.flow.rank)


def _plan(case: Case, letter: Letter) -> None:
    """The moment that she chose herself."""
    payload = letter.payload
    part = Part(payload["say"], context.fill(case, payload["say"], _fields(payload), payload["school"], None))
    draft = Draft(case.person.id, payload["cls"], payload["purpose"], payload["school"], parts=[part])
    draft.due_at = datetime.fromisoformat(payload["due_at"])
    case.drafts.append(draft)


def _start(case: Case, letter: Letter) -> None:
    """The house begins a conversation."""
    payload = letter.payload
    case.start(payload["flow"], school=payload["school"], fields=_fields(payload), address_id=payload.get("address"))


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
}
