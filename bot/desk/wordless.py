"""What she sends that is no text: answered kindly, kept for the teacher, and no open question is lost over it."""

from datetime import timedelta

from bot.conversation import engine, events
from bot.desk import context, handoff, passed
from bot.desk.case import Case
from bot.desk.load import Letter, Live
from bot.model import RANKS, Part

BURST = timedelta(seconds=30)  # what follows so soon belongs to it: the photos of one album come one by one
_ALBUM = timedelta(minutes=10)  # the last photo of an album may take so long
_ANSWERS = {  # what she sent -> what we say of it, before we offer to pass it on
    "voice": "gekregen.spraak",
    "image": "gekregen.foto",
    "video": "gekregen.video",
    "document": "gekregen.bestand",
    "location": "gekregen.plek",
    "contact": "gekregen.contact",
}
_TO_A_PERSON = ("vrij", "mens")  # conversations that bring her words to the teacher


def is_wordless(letter: Letter) -> bool:
    """Whether this message holds something that only a person can look at or listen to."""
    return letter.payload["kind"] in _ANSWERS


def take(case: Case, letter: Letter) -> None:
    """One message without words that we could read."""
    kind = letter.payload["kind"]
    if kind not in _ANSWERS:  # a sticker is a mood; of anything else we do not even know what it is
        case.say(Part("gekregen.sticker" if kind == "sticker" else "algemeen.alleen_tekst", {}))
        return
    live = case.asking
    if live is None or live.flow is None:
        _pass_on(case, letter)
        return
    asked = engine.question(live.flow, live.run)
    assert asked is not None and asked.question is not None
    if asked.question.type == "text":  # what she wants to tell the teacher, told aloud
        case.advance(live, events.Heard(case.at, letter.payload["text"].strip() or f"[{kind}]"))
    elif live.flow.name in _TO_A_PERSON:
        _add(case, live, letter, "vrij.ook", again=True)
    elif RANKS.index(live.flow.rank) >= RANKS.index("question"):  # it waits meanwhile, and comes back afterwards
        _pass_on(case, letter)
    else:  # an alarm, a language, a STOP: nothing comes before these
        _add(case, live, letter, "algemeen.alleen_tekst", again=False)


def _pass_on(case: Case, letter: Letter) -> None:
    """To the talk that is going on, else the offer to pass it on."""
    talk = handoff.newest(case.tx, case.person.id, letter.received_at - _ALBUM)
    if talk is not None and _follows(case, letter, handoff.last_letter(case.tx, talk.id)):
        case.savepoint()  # one more of those just passed on
        handoff.add(
            case.tx, talk.id, case.person.id, [letter.id], case.now, passed.promised(case, talk.school)
        )  # fmt: skip
    elif not context.add_to_talk(case, letter):
        case.say(Part(_ANSWERS[letter.payload["kind"]], {}))
        case.start("vrij", kept=[letter.id])


def _add(case: Case, live: Live, letter: Letter, key: str, *, again: bool) -> None:
    """It is kept with this conversation. One of many is said nothing about: the question stands there already."""
    follows = bool(live.kept) and _follows(case, letter, live.kept[-1])
    live.keep(letter.id)
    live.changed_at = case.now
    live.rev += 1
    assert live.flow is not None
    timeout = live.flow.steps[live.run.step].timeout
    live.due_at = min(case.now + timeout.after, live.expires_at) if timeout else live.expires_at
    if follows:
        return
    case.say(Part(key, {}), live)
    asked = engine.question(live.flow, live.run)
    if again and asked:
        case.ask(live, asked)


def _follows(case: Case, letter: Letter, before_id: int) -> bool:
    """Whether this comes with what she sent before: of one album, or right after it."""
    before = context.letter(case.tx, before_id)
    if before is None or before.payload["kind"] not in _ANSWERS:
        return False
    album = letter.payload.get("album")
    return bool(album and album == before.payload.get("album")) or abs(letter.received_at - before.received_at) <= BURST
