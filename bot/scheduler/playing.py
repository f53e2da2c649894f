"""Playing time: a clock that can be moved goes from due moment to due moment, as time itself would have gone."""

from datetime import datetime, timedelta
from typing import Protocol

_PATIENCE = timedelta(seconds=1)


class Playable(Protocol):
    """A bot as far as time concerns it."""

    async def tick(self) -> None:
        """Do what is due now, by the clock it was given."""
        ...

    async def settle(self) -> None:
        """Return when nothing is left to do at this moment."""
        ...

    async def next_due(self) -> datetime | None:
        """The next moment at which something is due; None where nothing waits."""
        ...


class Movable(Protocol):
    """A clock that tells the time and can be set to a later one."""

    def __call__(self) -> datetime: ...

    def move(self, to: datetime) -> None: ...


async def play(clock: Movable, bot: Playable, until: datetime) -> None:
    """Let the time until `until` pass as it would have: each due moment is visited, none is jumped over.

    What stays due although its moment was visited (a message in doubt, say) is given ever more time, so that the play
    always ends.
    """
    patience = _PATIENCE
    while (due := await bot.next_due()) is not None and due <= until and clock() < until:
        if due > clock():
            patience = _PATIENCE
            clock.move(due)
        else:
            clock.move(min(clock() + patience, until))
            patience *= 2
        await bot.tick()
        await bot.settle()
    clock.move(until)
    await bot.tick()
    await bot.settle()
