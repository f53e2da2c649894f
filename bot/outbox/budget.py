"""How much of what she did not ask for reaches a parent: so many in any seven days, over all schools and senders."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, bindparam, literal, literal_column, select

from bot.config import Config
from bot.outbox.queue import LIFE
from bot.store.database import Tx
from bot.store.tables import contact, followup, outbox

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
COUNTED = ("broadcast", "plan", "tip")
PAUSED = ("plan", "tip")  # what a pause holds back: not what the school has to say
# These words stand in the statement itself, or neither database would use the index that is made for it.
_counted = and_(
    literal_column("outbox.cls IN ('broadcast', 'plan', 'tip')"), outbox.c.left_at.is_not(None),
    outbox.c.left_at > bindparam("since"), outbox.c.status != "failed",
)  # fmt: skip
_OF_HER = contact.c["id", "budget", "paused_until"]
_WEEK = (
    select(*_OF_HER, outbox.c.left_at, literal(0).label("again"))
    .select_from(contact)
    .outerjoin(outbox, (outbox.c.contact_id == contact.c.id) & _counted)
    .where(contact.c.id.in_(bindparam("ids", expanding=True)))
    .union_all(
        # What did not arrive goes once more, whatever else she gets: it keeps its place.
        select(*_OF_HER, outbox.c.left_at, literal(1))
        .join(outbox, outbox.c.contact_id == contact.c.id)
        .where(contact.c.id.in_(bindparam("ids", expanding=True)), outbox.c.left_at.is_(None))
        .where(literal_column("outbox.status = 'queued' AND outbox.cls IN ('broadcast', 'plan', 'tip')"))
        .where((outbox.c.hop > 0) | (outbox.c.reason == "not_arrived"))
    )
)
_PLANS = select(followup.c.contact_id, followup.c.due_at).where(
    followup.c.contact_id.in_(bindparam("ids", expanding=True)),
    followup.c.kind == "plan",
    followup.c.state == "waiting",
    followup.c.due_at <= bindparam("until"),
)


class Wait(NamedTuple):
    """Why something does not leave now, and when to ask again. `never`: not while she wishes what she does now."""

    reason: str  # budget apart paused
    until: datetime
    never: bool = False


@dataclass(slots=True)
class _Person:
    most: int
    paused_until: datetime | None
    left: list[datetime] = field(default_factory=list)  # in the last seven days, in order
    again: int = 0  # on their way once more


class Budget:
    """What is left of the week of these people, looked up once; the rest is kept by `note`."""

    def __init__(self, tx: Tx, config: Config, contact_ids: Collection[int], now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._apart = timedelta(minutes=config.budget.apart)
        self._people: dict[int, _Person] = {}
        self._plans: dict[int, list[datetime]] | None = None
        ids = sorted(contact_ids)
        rows = tx.execute(_WEEK, {"ids": ids, "since": now - WEEK}) if ids else ()
        for row in rows:
            most = config.budget.week if row.budget is None else row.budget
            person = self._people.setdefault(row.id, _Person(most, row.paused_until))
            person.again += row.again
            if row.left_at is not None:
                person.left.append(row.left_at)
        for person in self._people.values():
            person.left.sort()

    def wait(self, contact_id: int, cls: str) -> Wait | None:
        """For what a message of this class has to wait; None: for nothing."""
        person = self._people.get(contact_id)
        if person is None or cls not in COUNTED:
            return None
        if cls in PAUSED and person.paused_until and person.paused_until > self._now:
            return Wait("paused", person.paused_until)
        left = person.left
        if person.most <= 0:
            return Wait("budget", self._now + WEEK, never=True)
        taken = len(left) + person.again
        if taken >= person.most:
            freed = [each + WEEK for each in left[taken - person.most :]]
            return Wait("budget", min(freed, default=self._now + DAY))
        if cls == "tip" and not self._leaves_room(contact_id, person):
            return Wait("budget", min([each + WEEK for each in left], default=self._now + DAY))
        if left and left[-1] + self._apart > self._now:
            return Wait("apart", left[-1] + self._apart)
        return None

    def note(self, contact_id: int) -> None:
        """One leaves now."""
        if contact_id in self._people:
            self._people[contact_id].left.append(self._now)

    def _leaves_room(self, contact_id: int, person: _Person) -> bool:
        """Whether her own plans of the coming seven days still fit when this leaves now too."""
        for number, due_at in enumerate(self._coming(contact_id), 1):
            then = due_at + LIFE["plan"]  # so long a plan may wait for what left a week before
            still = len(person.left) - bisect_right(person.left, then - WEEK)
            if still + person.again + number + 1 > person.most:
                return False
        return True

    def _coming(self, contact_id: int) -> Sequence[datetime]:
        if self._plans is None:  # only a tip asks for them
            self._plans = {}
            given = {"ids": sorted(self._people), "until": self._now + WEEK}
            for row in self._tx.execute(_PLANS, given):
                self._plans.setdefault(row.contact_id, []).append(row.due_at)
        return sorted(self._plans.get(contact_id, ()))


def load(tx: Tx, config: Config, contact_ids: Collection[int], now: datetime) -> Budget:
    """The budgets of these people, in one statement however many they are."""
    return Budget(tx, config, contact_ids, now)
