"""What a talk is sought with: what suits her, for whom, what is free; and what is found."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from bot.booking.slots import REMOTE, Slot


class Wish(NamedTuple):
    """What suits her: weekdays (`do`) or days, on the wall of the school not before `after` and done by `before`."""

    weekdays: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    after: time | None = None
    before: time | None = None

    def pack(self) -> list[Any]:
        """As JSON keeps it."""
        return [
            list(self.weekdays), [each.isoformat() for each in self.days],
            self.after and self.after.isoformat("minutes"), self.before and self.before.isoformat("minutes"),
        ]  # fmt: skip

    @classmethod
    def unpack(cls, kept: Sequence[Any] | None) -> "Wish":
        if not kept:
            return cls()
        weekdays, days, after, before = kept
        return cls(
            tuple(weekdays), tuple(map(date.fromisoformat, days)),
            time.fromisoformat(after) if after else None, time.fromisoformat(before) if before else None,
        )  # fmt: skip


class Span(NamedTuple):
    """Some time: of a talk she has, or of an interpreter. `who`: 0, or the interpreter; `on_site`: who does so in the
    same room only."""

    starts_at: datetime
    ends_at: datetime
    who: int = 0
    on_site: bool = False

    def covers(self, slot: Slot) -> bool:
        """Whether somebody can interpret this talk: at school by phone on the table too, by phone or video not who
        has to be in the room."""
        in_time = self.starts_at <= slot.starts_at and slot.ends_at <= self.ends_at
        return in_time and not (self.on_site and slot.mode in REMOTE)


class Wanted(NamedTuple):
    """A child for which a talk is sought: with whom, and what is free there (with an interpreter: longer slots)."""

    child_id: int
    staff_id: int
    slots: Sequence[Slot]


class Placed(NamedTuple):
    """A slot, with the interpreter who is free then; 0 for none."""

    slot: Slot
    interpreter_id: int = 0


# One slot for each child, by child id.
Proposal = Mapping[int, Placed]
