"""What is wrong with a line of a file: in words for who types commands, and by kind for who reads pages. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of fault, and what belongs into its text."""

    name: str
    fields: Mapping[str, str | int] = {}


class Wrong(str):
    """What is wrong, as one sentence; `kinds` says the same in another way."""

    __slots__ = ("kinds",)
    kinds: tuple[Kind, ...]

    def __new__(cls, text: str, kind: str = "", **fields: str | int) -> "Wrong":
        made = super().__new__(cls, text)
        made.kinds = (Kind(kind, fields),) if kind else ()
        return made

    @classmethod
    def all(cls, faults: Iterable["Wrong"]) -> "Wrong":
        """Several faults of one line."""
        every = list(faults)
        made = cls("; ".join(every))
        made.kinds = tuple(kind for each in every for kind in each.kinds)
        return made


def kinds(text: str) -> tuple[Kind, ...]:
    """The kinds of a fault; none where it is only a sentence."""
    return text.kinds if isinstance(text, Wrong) else ()
