"""The engine: a flow, where it stands and what happened in; where it stands then and what must be done out.

It knows no clock, no network and no database. `advance` is the only way in; a `Call` is answered with `Finished`.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.conversation.answers import Question, Words, offered, understand
from bot.conversation.events import (
    NOTHING,
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
    Turn,
    Weekly,
)
from bot.conversation.flow import Flow, Step
from bot.errors import ContentError
from bot.model import Offer, Value

STEPS_A_TURN = 25


def begin(flow: Flow, fields: Mapping[str, Value] = NOTHING) -> Run:
    """A run that has not begun; `fields` are answers known before."""
    return Run(flow.first.name, answers=fields)


def advance(flow: Flow, run: Run, event: Event, words: Words) -> Turn:
    """One turn of a conversation. Raises ContentError where the flow runs in circles."""
    walk = _Walk(flow, run, words)
    if isinstance(event, Heard):
        walk.hear(event)
    elif isinstance(event, Silent):
        walk.silence()
    elif isinstance(event, Finished):
        walk.finish(event)
    else:
        walk.enter(flow.steps[run.step])
    return walk.turn()


def question(flow: Flow, run: Run) -> Speak | None:
    """The question that is open, to ask it again after something else came between."""
    if run.waiting != "answer":
        return None
    return _Walk(flow, run, None).question()


class _Walk:
    """One turn under way."""

    __slots__ = (
        "answers", "due", "effects", "flow", "kept", "misses", "narrowed", "nudged", "offers", "step", "taken",
        "waiting", "words",
    )  # fmt: skip

    def __init__(self, flow: Flow, run: Run, words: Words | None) -> None:
        self.flow = flow
        self.words = words
        self.step: Step = flow.steps[run.step]
        self.waiting = run.waiting
        self.answers = run.answers
        self.misses = run.misses
        self.nudged = run.nudged
        self.offers = run.offers
        self.narrowed = run.narrowed
        self.effects: list[Effect] = []
        self.due: timedelta | None = None
        self.kept = False
        self.taken = 0

    def turn(self) -> Turn:
        run = Run(self.step.name, self.waiting, self.answers, self.misses, self.nudged, self.offers, self.narrowed)
        return Turn(run, tuple(self.effects), self.due, self.kept)

    # --- events
    def hear(self, event: Heard) -> None:
        if self.waiting != "answer":
            return
        values = self.understood(event)
        if event.stale:
            self.kept = not values and not event.choice  # no answer to anything: a person must be able to read it
            self.repeat(counts=False)
        elif len(values) == 1:
            self.accept(values[0])
        elif values:
            self.narrow(values)
        elif not self.is_free(event):
            self.miss()

    def silence(self) -> None:
        if self.waiting == "timer":
            self.waiting = ""
            self.act(self.step)
        elif self.waiting == "answer" and self.step.timeout:
            timeout = self.step.timeout
            if timeout.say and not self.nudged:
                self.nudged = True
                self.due = timeout.after
                asked = self.question()
                self.effects.append(Speak(timeout.say, self.answers, asked.question))
            else:
                self.go(timeout.then)

    def finish(self, event: Finished) -> None:
        if event.fields:
            self.answers = {**self.answers, **event.fields}
        if self.waiting == "offers":
            self.offer(event)
        elif self.waiting == "call":
            self.after_call(event.result)

    # --- through the steps
    def go(self, name: str) -> None:
        if not name:
            self.hand_off("leerkracht", "algemeen.iemand_belt")
            return
        self.enter(self.flow.steps[name])

    def enter(self, step: Step) -> None:
        self.taken += 1
        if self.taken > STEPS_A_TURN:
            raise ContentError(f"{self.flow.name}: step {step.name}: more than {STEPS_A_TURN} steps in one turn")
        self.step = step
        self.misses = 0
        self.nudged = self.narrowed = False
        self.offers = ()
        if step.wait:
            self.waiting = "timer"
            self.due = step.wait
            return
        self.act(step)

    def act(self, step: Step) -> None:
        if step.say:
            self.effects.append(Speak(step.say, self.answers))
        if step.remind:
            remind = step.remind
            self.effects.append(Weekly(remind, self.filled(remind.on), self.filled(remind.at), self.answers))
        if step.do:
            self.call(step.do, "call")
        else:
            self.after_call("")

    def after_call(self, result: str) -> None:
        step = self.step
        if step.options_from:
            self.call(step.options_from, "offers")
        elif step.ask:
            self.offers = tuple(map(Offer, step.options)) if step.options else ()
            self.ask()
        else:
            self.leave(result)

    def call(self, action: str, waiting: str) -> None:
        self.waiting = waiting
        self.effects.append(Call(action, {name: self.filled(value) for name, value in self.step.given}))

    def offer(self, event: Finished) -> None:
        """A room has said what there is to choose from. Where it says `only`, there is nothing to ask."""
        self.offers = event.offers
        if event.result == "only":
            if event.offers:
                self.accept(Value("option", event.offers[0].id, self.step.ask))
            else:
                self.leave("")
        else:
            self.ask()

    def ask(self) -> None:
        self.waiting = "answer"
        if self.step.timeout:
            self.due = self.step.timeout.after
        self.effects.append(self.question())

    def question(self) -> Speak:
        if self.narrowed:
            key = "algemeen.ochtend_avond"
            return Speak(key, self.answers, Question(key, "choice", self.offers))
        step = self.step
        return Speak(step.ask, self.answers, Question(step.ask, step.type, self.offers, step.range))

    def leave(self, chosen: str) -> None:
        """On to another flow, a person, the end, or the next step."""
        step = self.step
        self.waiting = ""
        if step.start:
            self.effects.append(Start(self.filled(step.start), self.answers))
            self.effects.append(End("started"))
        elif step.handoff:
            self.hand_off(step.handoff.to, step.handoff.say)
        elif step.end:
            self.effects.append(End(step.end))
        else:
            self.go_on(chosen)

    def go_on(self, chosen: str) -> None:
        step = self.step
        for rule in step.next:
            if all(self.holds(condition, chosen) for condition in rule.conditions):
                self.enter(self.flow.steps[rule.go])
                return
        following = self.flow.following.get(step.name)
        if not following:
            raise ContentError(f"{self.flow.name}: step {step.name}: nothing comes next")
        self.enter(self.flow.steps[following])

    def hand_off(self, to: str, say: str) -> None:
        self.waiting = ""
        self.effects.append(Handoff(to, say, self.answers))
        self.effects.append(End("handoff"))

    def holds(self, condition: tuple[str, str, str], chosen: str) -> bool:
        answer, test, wanted = condition
        value = self.answers[answer].value if answer in self.answers else chosen if not answer else ""
        if test == "is":
            return value == wanted
        if not value:
            return False
        return float(value) >= float(wanted) if test == "min" else float(value) <= float(wanted)

    def filled(self, text: str) -> str:
        """A value as it stands, or the answer that `{name}` names; "" where there is none."""
        if text.startswith("{") and text.endswith("}"):
            value = self.answers.get(text[1:-1])
            return value.value if value else ""
        return text

    # --- answers
    def understood(self, event: Heard) -> tuple[Value, ...]:
        asked = self.question().question
        assert asked is not None and self.words is not None
        if event.choice:
            chosen = dict(self.step.was).get(event.choice, event.choice)
            return tuple(offered(asked, offer) for offer in asked.offers if offer.id == chosen)[:1]
        return understand(asked, event.text, self.words, event.at.date())

    def accept(self, value: Value) -> None:
        step = self.step
        if self.narrowed:
            value = Value("time", value.value)
        if step.type == "text":
            self.kept = True
        if step.save:
            self.answers = {**self.answers, step.save: value}
        self.leave(value.value)

    def is_free(self, event: Heard) -> bool:
        """Words that are no option, where the step has another one that reads them."""
        free, own = self.step.free, Question(self.step.ask, "text")
        if free is None or event.choice or self.words is None:
            return False
        for value in understand(own, event.text, self.words, event.at.date()):
            self.kept = True  # a person must be able to read what the next step does not understand
            self.answers = {**self.answers, free.save: value}
            self.enter(self.flow.steps[free.go])
            return True
        return False

    def narrow(self, values: tuple[Value, ...]) -> None:
        """Two clock times fit: ask which; that is no miss."""
        self.narrowed = True
        self.offers = tuple(Offer(value.value, value.value) for value in values)
        self.ask()

    def miss(self) -> None:
        self.kept = True
        self.misses += 1
        if self.misses > self.step.retry.max:
            self.go(self.step.retry.then)
        else:
            self.repeat(counts=True)

    def repeat(self, *, counts: bool) -> None:
        if counts:
            self.effects.append(Speak(self.step.retry.say, self.answers))
        self.ask()
