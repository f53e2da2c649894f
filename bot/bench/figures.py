"""A figure beside its bound and its peers, and how long to measure it."""

from collections.abc import Callable, Iterator
from itertools import count
from time import perf_counter
from typing import NamedTuple

Progress = Callable[[float], None]  # how far a measurement is, 0 to 1
LEAST_ROUNDS = 3


class Peer(NamedTuple):
    """The same work done by another, in the same run. `rival`: not to be faster is a bound missed."""

    name: str
    value: float
    rival: bool = False


class Figure(NamedTuple):
    """The median of what was measured. Of seconds and megabytes less is better, of everything else more."""

    what: str
    value: float
    unit: str  # turns/s webhooks/s messages/s % s ms MB
    bound: float | None = None
    peers: tuple[Peer, ...] = ()

    def ratio(self, other: float) -> float:
        """How many times better than `other`."""
        return other / self.value if self.unit in ("s", "ms", "MB") else self.value / other

    @property
    def missed(self) -> bool:
        bounds = [peer.value for peer in self.peers if peer.rival]
        return any(self.ratio(bound) < 1 for bound in [*bounds, *([self.bound] if self.bound else [])])


class Skipped(NamedTuple):
    """What was not measured, and why."""

    what: str
    why: str


Bench = Callable[[float, Progress], list[Figure | Skipped]]


def rounds(seconds: float, progress: Progress, least: int = LEAST_ROUNDS) -> Iterator[int]:
    """Rounds of a measurement, until `seconds` have passed; never fewer than `least`."""
    began = perf_counter()
    for number in count(1):
        yield number
        spent = perf_counter() - began
        done = min(spent / seconds if seconds else 1.0, number / least)
        progress(min(done, 1.0))
        if done >= 1:
            return
