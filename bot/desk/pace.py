"""How much the desk reads in one transaction: little while somebody waits for the writer, else as much as there is."""

from collections.abc import Callable
from time import perf_counter

TURN, LONG = 0.025, 0.04  # seconds that the desk may keep the writer from others; after which it takes up no more
FEWEST, MOST = 10, 200  # people whose letters are read together


class Pace:
    """Learns from one transaction to the next. What is the same for all its readers is looked up once in each."""

    def __init__(self, awaited: Callable[[], bool], seconds: Callable[[], float] = perf_counter) -> None:
        """`awaited`: whether anybody waits for the writer now."""
        self.most = FEWEST
        self._awaited = awaited
        self._seconds = seconds
        self._began = 0.0

    def begin(self) -> None:
        """A transaction begins."""
        self._began = self._seconds()

    def is_enough(self) -> bool:
        """Whether the letters of those who are left wait for the next one."""
        return self._seconds() - self._began > LONG and self._awaited()

    def learn(self, read: int) -> None:
        """So many letters were read."""
        if read and self._awaited():
            self.most = max(FEWEST, min(MOST, round(read * TURN / (self._seconds() - self._began))))
        elif read:
            self.most = min(MOST, 2 * self.most)
