"""What is told to many: a ready message with its fields, a teacher's own words, or a question with its choices."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.model import Value

READY, OWN, QUESTION = "ready", "own", "question"
OUTCOME = "uitslag"  # of an OWN one: what became of what people answered
WORDS = "tekst"  # the field of somebody's own words: of a message, of a question


class Content(NamedTuple):
    """What one broadcast says. `kind`: READY (`what` names it), OWN, or QUESTION (`what` names its flow).

    `fields`: those of the text; own words are a Value of kind `words` under WORDS. `choices`: of a question, in Dutch,
    in order; the id of each is its number from 1. `places`: how many may say yes, 0 for no limit. `right`: the numbers
    of the right answers of an understanding check. `file_id`: what goes with it.
    """

    kind: str
    what: str = ""
    fields: Mapping[str, Value] = {}
    choices: Sequence[str] = ()
    places: int = 0
    right: Sequence[int] = ()
    file_id: int | None = None

    def dump(self) -> str:
        """As it is stored."""
        return json.dumps(self, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> "Content":
        """The content again, as `dump` wrote it."""
        kind, what, fields, choices, places, right, file_id = json.loads(text)
        given = {name: Value(*value) for name, value in fields.items()}
        return cls(kind, what, given, tuple(choices), places, tuple(right), file_id)
