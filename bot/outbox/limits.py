"""Rates as rows: when a sender, or the line to one person, is free again. Shared by all processes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, literal_column, select, update

from bot.channels.sms import sms_parts
from bot.config import Config
from bot.store.database import Tx
from bot.store.tables import limiter, outbox
from bot.store.upsert import upsert

_CATCH_UP = timedelta(seconds=1)  # a sender that is at work may make up for so long: a slow commit costs no rate
_LONG = timedelta(minutes=1)  # no rate asks for so much; a provider that refuses us does
_TURN = timedelta(seconds=0.05)  # a sender takes its turns in so much at a time, and begins with one after a rest
_ENOUGH = 1_000_000  # where nobody counts hands
_NAMED = select(limiter).where(limiter.c.name.in_(bindparam("names", expanding=True)))
_LOCKED = _NAMED.order_by(limiter.c.name).with_for_update()
_WAITS_IN = select(
    exists().where(outbox.c.status == literal_column("'queued'"), outbox.c.lane == bindparam("lane")),
)


@dataclass(slots=True)
class Rates:
    """The limiters of this claim, loaded and locked. `hands`: how many letters this process can still take of each."""

    config: Config
    now: datetime
    next_at: dict[str, datetime]
    hands: dict[str, int]
    moved: set[str] = field(default_factory=set)
    _turns: dict[str, bool] = field(default_factory=dict)

    def room(self, channel: str, *, bulk: bool) -> int:
        """How many messages may leave on this channel now; what is no `bulk` need not wait for a whole turn."""
        hands = max(0, self.hands.get(channel, _ENOUGH))  # who looks after doubts may have more under way than hands
        rest = self.next_at.get(resting(channel))
        if rest is not None:
            return 0 if rest > self.now else min(hands, 1)  # one, to see whether the provider is well again
        return min(hands, self._tokens(channel)) if self._has_turn(channel) or not bulk else 0

    def take(self, channel: str, address_id: int, *, bulk: bool) -> datetime | None:
        """Now, and the next moments are moved; the later moment for this person; or None: the sender is busy.

        To one person `bulk` keeps a distance; her own questions are answered at once.
        """
        settings = self.config.channels[channel]
        distance = timedelta(seconds=settings.per_person) if bulk else timedelta(0)
        person_free = self.next_at.get(_person(address_id), self.now)
        if distance and person_free > self.now:
            return person_free
        if not self.room(channel, bulk=bulk):
            return None
        if resting(channel) in self.next_at:  # nothing else until it is known what became of this one
            self._move(resting(channel), self.now + self.config.waits.span("lease"))
        self.hands[channel] = self.hands.get(channel, _ENOUGH) - 1
        self.spend(channel, 1)
        if distance:
            self._move(_person(address_id), self.now + distance)
        return self.now

    def spend(self, channel: str, units: int) -> None:
        """A text of three SMS parts takes as long as three messages."""
        time = units * self._step(channel)
        self._move(_sender(self.config, channel), self._free_at(channel) + time)
        self._move(spent(channel), self.spent(channel) + time)

    def spent(self, channel: str) -> datetime:
        """A clock that runs only while this sender sends: what waits for it does not age meanwhile."""
        return self.next_at.get(spent(channel), self.now)

    def _has_turn(self, channel: str) -> bool:
        """Whether enough have come together since the last turn; once it has begun, it may be used up."""
        if channel not in self._turns:
            self._turns[channel] = self._tokens(channel) >= _in_a_turn(self.config, channel)
        return self._turns[channel]

    def _tokens(self, channel: str) -> int:
        free_at = self._free_at(channel)
        return 0 if free_at > self.now else 1 + (self.now - free_at) // self._step(channel)

    def _free_at(self, channel: str) -> datetime:
        free_at = self.next_at.get(_sender(self.config, channel))
        at_work = free_at is not None and self.now - free_at <= _CATCH_UP
        return free_at if free_at is not None and at_work else self.now - _TURN

    def _step(self, channel: str) -> timedelta:
        return timedelta(seconds=1 / self.config.channels[channel].rate)

    def _move(self, name: str, to: datetime) -> None:
        self.next_at[name] = to
        self.moved.add(name)

    def know(self, tx: Tx, address_ids: Iterable[int]) -> None:
        """Load the lines to these receivers too, where a channel keeps a distance."""
        if any(settings.per_person for settings in self.config.channels.values()):
            self.next_at |= _load(tx, map(_person, address_ids))

    def save(self, tx: Tx) -> None:
        upsert(
            tx, limiter, [{"name": name, "next_at": self.next_at[name]} for name in sorted(self.moved)], key=["name"]
        )


def load(tx: Tx, config: Config, now: datetime, hands: Mapping[str, int] | None = None) -> Rates:
    """The limiters of all senders, locked until the claim commits."""
    names = [each for channel in config.channels for each in _of(config, channel)]
    return Rates(config, now, _load(tx, names), dict(hands or {}))


def units(text: str, *, parts: bool) -> int:
    """What a text takes of its sender's rate."""
    return sms_parts(text) if parts else 1


def hold(tx: Tx, config: Config, channel: str, until: datetime) -> None:
    """The provider asked for patience: nothing leaves from this sender before `until`."""
    tx.execute(
        update(limiter)
        .where(limiter.c.name == _sender(config, channel), limiter.c.next_at < until)
        .values(next_at=until)
    )


def try_again(tx: Tx, config: Config, now: datetime) -> None:
    """At a start: a channel that was set up wrongly may have been put right meanwhile."""
    names = [_sender(config, channel) for channel in config.channels]
    long = limiter.c.next_at > now + _LONG
    tx.execute(update(limiter).where(limiter.c.name.in_(names), long).values(next_at=now))


def held(tx: Tx, config: Config, now: datetime) -> dict[str, datetime]:
    """The channels on which nothing leaves now, and until when: at rest, or asked for patience."""
    rows = _look(tx, [each for channel in config.channels for each in _of(config, channel)])
    found = {channel: _until(rows, config, channel) for channel in config.channels}
    late = now + timedelta(seconds=1)  # a sender's own turn is no news, unless it is a very slow one
    return {
        channel: until
        for channel, until in found.items()
        if until and (resting(channel) in rows or until > late + timedelta(seconds=1 / config.channels[channel].rate))
    }


def next_free(tx: Tx, config: Config, after: datetime | None) -> datetime | None:
    """When the first sender for which something waits is free, later than `after`."""
    rows = _look(tx, [each for channel in config.channels for each in _of(config, channel)])
    moments = []
    for channel in config.channels:
        until = _until(rows, config, channel)
        if until and (after is None or until > after) and tx.execute(_WAITS_IN, {"lane": channel}).scalar():
            moments.append(until)
    return min(moments, default=None)


def _until(rows: Mapping[str, datetime], config: Config, channel: str) -> datetime | None:
    free_at = rows.get(_sender(config, channel))
    if free_at is not None:
        free_at += timedelta(seconds=(_in_a_turn(config, channel) - 1) / config.channels[channel].rate)
    return max(filter(None, (free_at, rows.get(resting(channel)))), default=None)


def _in_a_turn(config: Config, channel: str) -> int:
    return max(1, int(config.channels[channel].rate * _TURN.total_seconds()))


def _load(tx: Tx, names: Iterable[str]) -> dict[str, datetime]:
    return {row.name: row.next_at for row in tx.execute(_LOCKED, {"names": [*names]})}


def _look(tx: Tx, names: Iterable[str]) -> dict[str, datetime]:
    return {row.name: row.next_at for row in tx.execute(_NAMED, {"names": [*names]})}


def _of(config: Config, channel: str) -> tuple[str, ...]:
    return _sender(config, channel), spent(channel), resting(channel)


def _sender(config: Config, channel: str) -> str:
    return f"{channel}:{config.channels[channel].sender}"


def spent(channel: str) -> str:
    return f"spent:{channel}"


def resting(channel: str) -> str:
    """The limiter of a channel that rests; there is none while all is well."""
    return f"rest:{channel}"


def opened(channel: str) -> str:
    """Since when it rests."""
    return f"opened:{channel}"


def _person(address_id: int) -> str:
    return f"to:{address_id}"
