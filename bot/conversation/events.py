"""What goes into the engine and what comes out: events, effects, and the run between them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bot.conversation.answers import Question
from bot.conversation.flow import Remind
from bot.model import Offer, Value

NOTHING: Mapping[str, Value] = {}


class Started(NamedTuple):
    """The run begins. `at` is the local wall time, here and in every event."""

    at: datetime


class Heard(NamedTuple):
    """She said something: words, or the id of an option she tapped. `stale`: it answers a question that is past."""

    at: datetime
    text: str = ""
    choice: str = ""
    stale: bool = False


class Silent(NamedTuple):
    """The time that the last turn asked for has passed without a word."""

    at: datetime


class Finished(NamedTuple):
    """An action is done: its result, and what a room offers as options or as fields of a text."""

    at: datetime
    result: str = "ok"
    offers: tuple[Offer, ...] = ()
    fields: Mapping[str, Value] = NOTHING


Event = Started | Heard | Silent | Finished


class Speak(NamedTuple):
    """Say the text `key`; with a question, its options belong to it."""

    key: str
    fields: Mapping[str, Value]
    question: Question | None = None


class Call(NamedTuple):
    """Do an action of a room; the answer comes back as Finished."""

    action: str
    given: Mapping[str, str]


class Weekly(NamedTuple):
    """Her own weekly plan: `remind` as the flow has it, the weekday (`ma`..`zo`) and the time (`19:30`)."""

    remind: Remind
    weekday: str
    time: str
    fields: Mapping[str, Value]


class Start(NamedTuple):
    """Another flow goes on from here, with the answers so far."""

    flow: str
    fields: Mapping[str, Value]


class Handoff(NamedTuple):
    """To a person."""

    to: str
    say: str
    fields: Mapping[str, Value]


class End(NamedTuple):
    """The run is over."""

    result: str


Effect = Speak | Call | Weekly | Start | Handoff | End


class Run(NamedTuple):
    """Where a conversation stands.

    `waiting`: for an `answer`, a `timer`, a `call`, a call for `offers`; "" before the beginning and after the end.
    """

    step: str
    waiting: str = ""
    answers: Mapping[str, Value] = NOTHING
    misses: int = 0
    nudged: bool = False
    offers: tuple[Offer, ...] = ()
    narrowed: bool = False  # the question is which of two clock times she meant

    @classmethod
    def unpack(cls, parts: Sequence[Any]) -> "Run":
        """The run again out of what JSON has made of it."""
        step, waiting, answers, misses, nudged, offers, narrowed = parts
        return cls(
            step, waiting, {name: Value(*value) for name, value in answers.items()},
            misses, nudged, tuple([Offer(*offer) for offer in offers]), narrowed,
        )  # fmt: skip


class Turn(NamedTuple):
    """The outcome: the run as it is now, what to do in this order, when to come back if nothing is heard.

    `kept`: her words were not understood or were meant for a person, so a person must be able to read them.
    """

    run: Run
    effects: tuple[Effect, ...]
    due: timedelta | None = None
    kept: bool = False
