"""A parent who does anything at all: walks a flow on the engine, with the real texts, until it ends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from bot.conversation.answers import Question
from bot.conversation.engine import advance, begin
from bot.conversation.events import (
    Call,
    Effect,
    End,
    Event,
    Finished,
    Handoff,
    Heard,
    Run,
    Silent,
    Speak,
    Start,
    Started,
    Turn,
    Weekly,
)
from bot.conversation.flow import Flow, Step
from bot.conversation.spoken import texts
from bot.model import WEEKDAYS, Offer, Value
from bot.translation.catalogue import Catalogue, LanguageWords
from bot.translation.samples import samples

TURNS = 150  # nobody who answers at random comes so far
SPAN = timedelta(days=400)  # the longest flows accompany a school year
_CALLS = 25  # in one turn
_FITTING: Mapping[str, tuple[str, ...]] = {
    "number": ("0", "3", "vier", "٣", "99"), "time": ("19:30", "half acht", "7", "25:00", "8 uur"),
    "date": ("15-1", "morgen", "2026-12-24", "31-2", "gisteren"), "phone": ("0612000000", "+31612000001", "12"),
    "weekday": ("ma", "zondag", "3", "dimarts"), "yesno": ("ja", "nee", "1", "misschien"),
    "text": ("Dank u wel", "Ik weet het niet goed.", "{kind} {0.__class__}", "x" * 5000),
}  # fmt: skip
_GARBAGE = (
    "", " ", "?!", "0", "-1", "99", "1 2 3", "👍", "ja maar eigenlijk nee", "لا أعرف", "ኣይፈልጥን", "{kind} {{7*7}}",
    "\u202e1", "1.", "nummer 2", "a" * 6000, "\x00", "Ik ben er morgen pas, want mijn zus komt.", "9999999999",
)  # fmt: skip


class WalkError(AssertionError):
    """A walk that went wrong."""


@dataclass
class Walker:
    """One parent on her way through one flow. What the rooms would do is played: any outcome that the flow names."""

    flow: Flow
    catalogue: Catalogue
    flows: frozenset[str]
    language: str
    random: Random
    at: datetime = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    trail: list[str] = field(default_factory=list)

    def walk(self) -> str:
        """The result of the walk. Raises WalkError, or whatever the engine raises."""
        words, start = self.catalogue.words(self.language), self.at
        turn = self._turn(begin(self.flow, self._known()), Started(self.at), words)
        for _ in range(TURNS):
            if not turn.run.waiting:
                return self._result(turn)
            if self.at - start > SPAN:
                raise WalkError(f"still going after {SPAN.days} days")
            run = Run.unpack(json.loads(json.dumps(turn.run)))  # as the database gives it back
            if run != turn.run:
                raise WalkError(f"stored and read again it is another: {run}")
            event = self._event(turn, run, words)
            if event is None:
                return "expired"
            turn = self._turn(run, event, words)
        raise WalkError(f"no end after {TURNS} turns")

    def _known(self) -> dict[str, Value]:
        """What is known before it begins: each field that a text or step needs and no step of the flow finds out."""
        steps = self.flow.steps.values()
        needed = {name for step in steps for key in texts(step) for name in self.catalogue.fields(key)}
        for step in steps:
            named = [step.start, *(value for _, value in step.given)]
            needed |= {value[1:-1] for value in named if value.startswith("{")}
        return samples(self.flow, needed - {step.save for step in steps})

    # --- what happens
    def _event(self, turn: Turn, run: Run, words: LanguageWords) -> Event | None:
        due = turn.due or self.flow.expires
        if run.waiting == "timer" or self.random.random() < 0.25:
            self.at += due
            self.trail.append("...")
            return Silent(self.at) if turn.due else None  # nobody waits for ever: a run expires
        self.at += timedelta(seconds=self.random.randrange(1, 3600))
        asked = next(
            effect.question for effect in reversed(turn.effects) if isinstance(effect, Speak) and effect.question
        )
        heard = self._answer(asked, words)
        self.trail.append(f"#{heard.choice}" if heard.choice else heard.text[:20])
        return heard

    def _answer(self, asked: Question, words: LanguageWords) -> Heard:
        offers = list(asked.offers)
        way = self.random.choice(("id", "number", "label", "fitting", "garbage", "id", "label", "fitting"))
        stale = self.random.random() < 0.03
        if offers and way in ("id", "number", "label"):
            place = self.random.randrange(len(offers))
            said = {"number": str(place + 1), "label": words.label(asked.ask, offers[place])}.get(way, "")
            return Heard(self.at, said, "" if said else offers[place].id, stale)
        if way == "id":
            return Heard(self.at, choice="gone_since", stale=stale)  # a button of an older text
        kinds = _FITTING.get(asked.type, _GARBAGE)
        return Heard(self.at, self.random.choice(kinds if way == "fitting" else _GARBAGE), stale=stale)

    def _turn(self, run: Run, event: Event, words: LanguageWords) -> Turn:
        """One turn, with all that the rooms answer in it."""
        turn = advance(self.flow, run, event, words)
        self._hear(turn.effects, words)
        effects = turn.effects
        for _ in range(_CALLS):
            if turn.run.waiting not in ("call", "offers"):
                return turn._replace(effects=effects)
            finished = self._finished(turn.run)
            turn = advance(self.flow, turn.run, finished, words)
            self._hear(turn.effects, words)
            effects = (*effects, *turn.effects)
        raise WalkError(f"{_CALLS} actions in one turn")

    def _finished(self, run: Run) -> Finished:
        """What a room says: any outcome that the step names, and one that it does not."""
        step = self.flow.steps[run.step]
        if run.waiting == "offers":
            offers = self._offers(step)
            result = self.random.choice(("ok", "ok", "only")) if len(offers) <= 1 else "ok"
            return Finished(self.at, result, offers)
        named = [value for rule in step.next for answer, test, value in rule.conditions if not answer and test == "is"]
        result = self.random.choice([*named, "ok"])
        self.trail.append(f"{step.do}={result}")
        # What it was told outright it gives back: so a plan gets the day that was proposed.
        back = {name: Value("text", value) for name, value in step.given if not value.startswith("{")}
        return Finished(self.at, result, fields=back)

    def _offers(self, step: Step) -> tuple[Offer, ...]:
        """Some of the options that have a label, or names as a room would give them."""
        below = f"{step.ask}."
        known = [key for key in self.catalogue.source if key.startswith(below) and not key.endswith(".words")]
        found = [Offer(key.removeprefix(below)) for key in known if "." not in key.removeprefix(below)]
        found = found or [Offer("1", "Amira"), Offer("2", "Yusuf"), Offer("3", "Noor")]
        return tuple(self.random.sample(found, self.random.randint(0 if len(found) < 2 else 1, len(found))))

    # --- what she reads
    def _hear(self, effects: tuple[Effect, ...], words: LanguageWords) -> None:
        for effect in effects:
            match effect:
                case Speak(key, fields, asked):
                    self._say(key, fields, words)
                    for offer in asked.offers if asked else ():
                        if not words.label(asked.ask if asked else "", offer):
                            raise WalkError(f"{key}: an option without words: {offer.id}")
                case Weekly(remind, day, time, fields):
                    self._say(remind.say, fields, words)
                    if day not in WEEKDAYS or ":" not in time:
                        raise WalkError(f"a plan on {day!r} at {time!r}")
                case Handoff(_, key, fields) if key:  # to a person without a word is a way too
                    self._say(key, fields, words)
                case Start(name, _) if name not in self.flows:
                    raise WalkError(f"goes on with {name!r}, which is no flow")
                case Call() | End() | Start() | Handoff():
                    pass

    def _say(self, key: str, fields: Mapping[str, Value], words: LanguageWords) -> None:
        example = samples(self.flow, self.catalogue.fields(key))
        if not words.say(key, {**example, **fields}).strip():
            raise WalkError(f"{key} says nothing")

    def _result(self, turn: Turn) -> str:
        ends = [effect.result for effect in turn.effects if isinstance(effect, End)]
        if len(ends) != 1:
            raise WalkError(f"ended {len(ends)} times: {ends}")
        return ends[0]
