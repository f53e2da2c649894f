"""What needs a colleague now: one line with its words and the one tap that does it. today.py says in which order."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from bot.console.visit import Visit
from bot.store.database import Tx


class Tap(NamedTuple):
    """What one presses: a link, or a form of one button."""

    label: str
    to: str  # under /console
    sends: bool = False


class Need(NamedTuple):
    """A line of Today. `words`: what a parent wrote, in her own language."""

    kind: str
    text: str
    taps: tuple[Tap, ...] = ()
    more: str = ""
    words: str = ""
    language: str = ""
    urgent: bool = False
    id: int = 0  # where there may be several of a kind

    @property
    def name(self) -> str:
        """Of the element on the page."""
        return f"{self.kind}-{self.id}" if self.id else self.kind


Finder = Callable[[Visit, Tx], Iterable[Need]]


def to(visit: Visit, where: str, label: str = "bekijk") -> tuple[Tap, ...]:
    """The tap of a line that leads somewhere."""
    return (Tap(visit.say(f"vandaag.tik.{label}"), where),)
