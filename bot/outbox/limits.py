"""Rates as rows: when a sender, or the line to one person, is free again. Shared by all processes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.config import Config
from bot.store.database import Tx
from bot.store.tables import limiter
from bot.store.upsert import upsert

_CATCH_UP = timedelta(seconds=1)  # a sender that was idle may make up for so long


@dataclass(slots=True)
class Rates:
    """The limiters of this claim, loaded and locked."""

    config: Config
    now: datetime
    next_at: dict[str, datetime]
    behind: dict[str, int] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)

    def take(self, channel: str, address_id: int, *, bulk: bool) -> datetime:
        """Now, and the next moments are moved; or the later moment at which to ask again.

        To one person `bulk` keeps a distance; her own questions are answered at once.
        """
        settings = self.config.channels[channel]
        person, sender = _person(address_id), _sender(self.config, channel)
        distance = timedelta(seconds=settings.per_person) if bulk else timedelta(0)
        if distance and self.next_at.get(person, self.now) > self.now:
            return self.next_at[person]
        step = timedelta(seconds=1 / settings.rate)
        free_at = self.next_at.get(sender, self.now - _CATCH_UP)
        if free_at > self.now:
            self.behind[sender] = self.behind.get(sender, -1) + 1
            return free_at + self.behind[sender] * step
        self._move(sender, max(free_at, self.now - _CATCH_UP) + step)
        if distance:
            self._move(person, self.now + distance)
        return self.now

    def _move(self, name: str, to: datetime) -> None:
        self.next_at[name] = to
        self.moved.add(name)

    def save(self, tx: Tx) -> None:
        upsert(
            tx, limiter, [{"name": name, "next_at": self.next_at[name]} for name in sorted(self.moved)], key=["name"]
        )


def load(tx: Tx, config: Config, address_ids: Iterable[int], now: datetime) -> Rates:
    """The limiters of all senders and of these receivers, locked until the claim commits."""
    names = [_sender(config, channel) for channel in config.channels]
    if any(settings.per_person for settings in config.channels.values()):
        names += map(_person, address_ids)
    rows = tx.execute(select(limiter).where(limiter.c.name.in_(names)).order_by(limiter.c.name).with_for_update())
    return Rates(config, now, {row.name: row.next_at for row in rows})


def hold(tx: Tx, config: Config, channel: str, until: datetime) -> None:
    """The provider asked for patience: nothing leaves from this sender before `until`."""
    tx.execute(
        update(limiter)
        .where(limiter.c.name == _sender(config, channel), limiter.c.next_at < until)
        .values(next_at=until)
    )


def _sender(config: Config, channel: str) -> str:
    return f"{channel}:{config.channels[channel].sender}"


def _person(address_id: int) -> str:
    return f"to:{address_id}"
