"""What is known of time beside the clock: each school's zone, its region's holidays and its own free days."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import schooldays
from bot.config import Config
from bot.schooldays import Free, Regional, Schooldays
from bot.store.database import Tx
from bot.store.tables import free_day


@dataclass(frozen=True, slots=True)
class Almanac:
    """Read once at the start; a school's own days come from the database each time they are asked for."""

    config: Config
    regional: Regional

    @classmethod
    def load(cls, config: Config) -> "Almanac":
        """With the holidays in the folder of the flows. Raises ContentError."""
        return cls(config, schooldays.load(config.flows / "holidays.toml"))

    def zone(self, school: str | None) -> ZoneInfo:
        return self.config.zone(school)

    def of(self, tx: Tx, school: str | None) -> Schooldays:
        """The days of this school; of no school, of one in the middle of the country."""
        at = self.config.schools.get(school) if school else None
        region = at.region if at else "midden"
        own = [_free(row) for row in tx.execute(select(free_day).where(free_day.c.school == school))] if at else []
        return Schooldays(schooldays.of_school(self.regional.free[region], own), self.regional.known_until[region])


def _free(row: object) -> Free:
    first, last, kind, name, source, noted_on = (
        getattr(row, each) for each in ("first", "last", "kind", "name", "source", "noted_on")
    )
    return Free(date.fromisoformat(first), date.fromisoformat(last), kind, name, source, noted_on)
