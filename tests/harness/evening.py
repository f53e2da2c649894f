"""A round of talks on a database by itself: teachers with their hours, and families who may book."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from bot import config
from bot.booking import invited, rounds
from bot.booking.invited import Invited
from bot.booking.rounds import Round
from bot.booking.slots import Slot, cells
from bot.booking.wanted import Placed, Proposal
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database, Tx

T = TypeVar("T")
ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)  # a Monday, four in the afternoon at school
DAY = date(2026, 11, 24)  # the first of its days, a Tuesday
SCHOOL, YEAR = "brug", "2026-2027"
TAKES = ("offered", "planned")


class Evening:
    """Everything goes through the rooms; what is here before is put down by hand."""

    def __init__(self, database: Database, *, teachers: int = 2, days: int = 2, per: str = "household") -> None:
        self.database, self.now = database, NOW
        self.config = config.parse({"schools": {SCHOOL: {"name": "De Brug"}}}, Path(), {})
        row = {
            "school": SCHOOL, "kind": "rapport", "name": "Rapport", "state": "open", "per": per, "minutes": 10,
            "pause": 5, "opens_at": NOW - timedelta(days=1), "closes_at": NOW + timedelta(days=7), "prepares": False,
            "key": "rapport", "made_at": NOW,
        }  # fmt: skip
        with database.begin() as tx:
            self.teachers = [
                staff.add(tx, SCHOOL, f"t{n}", f"juf {n}", "leerkracht", [], YEAR) for n in range(teachers)
            ]
            number = tx.execute(t.talk_round.insert().returning(t.talk_round.c.id), row).scalar_one()
            hours = [
                {
                    "round_id": number, "staff_id": who, "day": (DAY + timedelta(days=on)).isoformat(),
                    "from_at": "15:00", "until_at": "16:00", "mode": "school", "place": "lokaal 4",
                }
                for who in self.teachers for on in range(days)
            ]  # fmt: skip
            tx.execute(t.talk_hours.insert(), hours)
            found = rounds.get(tx, number)
        assert found is not None
        self.round: Round = found

    # --- who there is
    def child(self, *contact_ids: int, teacher: int = 0) -> int:
        """A child of these parents, or of a new one; they may all book for it."""
        with self.database.begin() as tx:
            row = {"school": SCHOOL, "name": tx.seal("child.name", "Kind"), "created_at": NOW}
            number = int(tx.execute(t.child.insert().returning(t.child.c.id), row).scalar_one())
            for contact_id in contact_ids:
                self._invite(tx, contact_id, number, self.teachers[teacher])
        return number

    def join(self, contact_id: int, child_id: int, teacher: int = 0) -> None:
        """Another parent of this child, who may book now too."""
        with self.database.begin() as tx:
            self._invite(tx, contact_id, child_id, self.teachers[teacher])

    def parents(self, many: int = 1) -> list[int]:
        with self.database.begin() as tx:
            row = {"language": tx.seal("contact.language", "nl"), "created_at": NOW}
            made = t.contact.insert().returning(t.contact.c.id)
            return [int(tx.execute(made, row).scalar_one()) for _ in range(many)]

    def family(self, teacher: int = 0) -> int:
        """A parent with one child."""
        (one,) = self.parents()
        self.child(one, teacher=teacher)
        return one

    def _invite(self, tx: Tx, contact_id: int, child_id: int, staff_id: int) -> None:
        guardian = {"contact_id": contact_id, "child_id": child_id, "school": SCHOOL}
        sealed = {"name": tx.seal("guardian.name", "Ouder"), "language": tx.seal("guardian.language", "nl")}
        tx.execute(t.guardian.insert(), {**guardian, **sealed})
        tx.execute(
            t.invitee.insert(),
            {**guardian, "round_id": self.round.id, "staff_id": staff_id, "state": "asked", "asks_at": NOW,
             "changed_at": NOW},
        )  # fmt: skip

    # --- what happens
    def write(self, work: Callable[[Tx], T]) -> T:
        with self.database.begin() as tx:
            return work(tx)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def hers(self, contact_id: int) -> list[Invited]:
        with self.database.read() as tx:
            return invited.of(tx, self.round.id, contact_id)

    def states(self, contact_id: int) -> list[str]:
        return [each.state for each in self.hers(contact_id)]

    def slot(self, hour: str, *, teacher: int = 0, day: int = 0, interpreter: int = 0) -> Placed:
        at = datetime.combine(DAY + timedelta(days=day), time.fromisoformat(hour), ZONE).astimezone(UTC)
        return Placed(Slot(self.teachers[teacher], at, 10, "school", "lokaal 4"), interpreter)

    def proposal(self, contact_id: int, *places: Placed) -> Proposal:
        """These slots for her children, in their order."""
        return {each.child_id: place for each, place in zip(self.hers(contact_id), places, strict=False)}

    # --- what there is
    def rows(self, statement: Any) -> list[Row[Any]]:
        with self.database.read() as tx:
            return list(tx.execute(statement).all())

    def talks(self, *states: str) -> list[Row[Any]]:
        a = t.appointment.c
        return self.rows(select(t.appointment).where(a.state.in_(states or ("planned",))).order_by(a.id))

    def notes(self, contact_id: int) -> list[str]:
        """What the house has to say to her, by the keys of the notes."""
        i = t.inbox.c
        return [row.provider_id for row in self.rows(select(i.provider_id).where(i.contact_id == contact_id))]

    def reminders(self, contact_id: int) -> list[str]:
        f = t.followup.c
        found = self.rows(select(f.scope).where(f.contact_id == contact_id, f.state == "waiting").order_by(f.due_at))
        return [row.scope.rpartition(":")[2] for row in found]

    def is_whole(self) -> None:
        """Time is given away for the talks that stand and for nothing else, of each to one."""
        g = t.guest.c
        coming = self.rows(select(g.appointment_id, g.contact_id).where(g.role == "comes", g.state == "yes"))
        expected = [key for talk in self.talks(*TAKES) for key in _takes(talk, coming)]
        given = sorted((row.kind, row.who, row.at, row.appointment_id) for row in self.rows(select(t.busy)))
        assert given == sorted(expected)
        assert len({key[:3] for key in given}) == len(given)
        names = [talk.once for talk in self.talks(*TAKES)]
        assert len(set(names)) == len(names)


def _takes(talk: Row[Any], coming: Iterable[Row[Any]]) -> Iterable[tuple[str, int, datetime, int]]:
    with_her = [each.contact_id for each in coming if each.appointment_id == talk.id]
    whose = [("contact", each) for each in (talk.contact_id, *with_her)]
    whose += [("staff", talk.staff_id), ("interpreter", talk.interpreter_id)]
    for kind, who in whose:
        for at in cells(talk.starts_at, talk.minutes) if who else ():
            yield kind, who, at, talk.id
