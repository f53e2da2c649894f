"""For whom something is meant, and how each of them can be reached."""

from collections.abc import Sequence
from typing import NamedTuple


class Audience(NamedTuple):
    """Families of one school: by groups (ids), by years (4 is every group 4), by tags (ids); `all`: everybody.

    `unanswered`: of these only who got that broadcast and has not answered it; with nothing else, all of those.
    """

    school: str
    groups: Sequence[int] = ()
    levels: Sequence[int] = ()
    tags: Sequence[int] = ()
    all: bool = False
    unanswered: int | None = None

    def dump(self) -> list[object]:
        """As it is stored, without the school."""
        return [*self[1:]]


class Child(NamedTuple):
    """A child that makes somebody part of the audience."""

    id: int
    name: str
    group: str


class Receiver(NamedTuple):
    """One person. `channel`: by which she is reached first, "" where by none; then `why` says the reason, a word of
    WHY. `window`: whether free words can go there now, or only an approved text."""

    contact_id: int
    name: str
    language: str
    children: tuple[Child, ...]
    channel: str = ""
    window: bool = True
    why: str = ""
