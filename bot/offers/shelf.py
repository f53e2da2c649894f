"""What partners offer to families, as flows/offers.csv has it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from bot.conversation import shape
from bot.errors import ContentError
from bot.offers import rows
from bot.offers.rows import Fault, Item

FILE = "offers.csv"
FULL, GONE = "full", "gone"  # what somebody at school heard of an owner
SOON, LONG = timedelta(days=60), timedelta(days=365)  # before its end, and since the last look, it is asked for


class Seen(NamedTuple):
    """When somebody at a school last asked the owner, and what she heard. `until`: a new last day."""

    on: date
    state: str = ""  # full gone
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """All offers, in the order of the file."""

    items: tuple[Item, ...] = ()

    def get(self, key: str) -> Item | None:
        return next((each for each in self.items if each.key == key), None)

    def of(self, school: str) -> tuple[Item, ...]:
        """What is meant for families of this school."""
        return tuple(each for each in self.items if each.school in ("", school))


def load(path: Path) -> Shelf:
    """The offers of a file; none where there is no file. Raises ContentError with the first mistake."""
    if not path.exists():
        return Shelf()
    found, faults = read(path)
    if faults:
        raise ContentError(str(faults[0]))
    return found


def read(path: Path, schools: Collection[str] = ()) -> tuple[Shelf, list[Fault]]:
    """The offers of a file and every mistake in it. `schools`: those that there are, where that is known."""

    def parse(source: str, _: str) -> tuple[Shelf, list[Fault]]:
        items, faults = rows.read(source.removeprefix("\ufeff"), schools)
        return Shelf(tuple(items)), faults

    return shape.read(path, parse)


# --- how it stands
def ends(item: Item, seen: Mapping[str, Seen]) -> date | None:
    """Its last day: as an owner said it last, else as the file has it."""
    last = seen.get(item.key)
    if last and last.until and last.on >= item.checked:
        return last.until
    return item.until


def looked(item: Item, seen: Mapping[str, Seen]) -> date:
    """When somebody last asked whether it still holds."""
    last = seen.get(item.key)
    return max(item.checked, last.on) if last else item.checked


def is_over(item: Item, seen: Mapping[str, Seen], today: date) -> bool:
    end = ends(item, seen)
    return end is not None and end < today


def is_open(item: Item, seen: Mapping[str, Seen], today: date) -> bool:
    """Whether it may be shown to parents: not over, not full, not stopped."""
    last = seen.get(item.key)
    return not is_over(item, seen, today) and (last is None or last.state not in (FULL, GONE))


def asks(item: Item, seen: Mapping[str, Seen], today: date) -> bool:
    """Whether somebody should ask the owner "does this still hold?": two months before it ends, when two months ago it
    was full, and once a year. What is over or has stopped is asked no more."""
    last, since = seen.get(item.key), looked(item, seen)
    if is_over(item, seen, today) or (last and last.state == GONE):
        return False
    end = ends(item, seen)
    near = end is not None and end - SOON <= today and since < end - SOON
    full = last is not None and last.state == FULL and today - since >= SOON
    return near or full or today - since >= LONG


def unasked(shelf: Shelf, school: str, seen: Mapping[str, Seen], today: date) -> list[Item]:
    return [each for each in shelf.of(school) if asks(each, seen, today)]
