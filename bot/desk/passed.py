"""Words that were passed on to a person at school: until when she answers, and when she reads them."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot import hours
from bot.config import School
from bot.model import Part, Value
from bot.people import staff
from bot.people.staff import StaffRow
from bot.schooldays import Schooldays

if TYPE_CHECKING:
    from bot.desk.case import Case

WORKING_DAYS = 2  # in which the school answers
_DAY = timedelta(days=1)


def promise(days: Schooldays, school: School, now: datetime) -> datetime:
    """Until when what is asked now is answered: the end of the office hours of the second school day after today."""
    day = days.school_day_after(now.astimezone(school.zone).date(), WORKING_DAYS)
    return hours.at(day, school.office_until, school.zone)


def promised(case: "Case", school: str) -> datetime | None:
    """The same for her who writes now; None of a school that is gone from the configuration."""
    at = case.books.config.schools.get(school)
    return promise(case.batch.days(school), at, case.now) if at else None


def later(case: "Case", school: str, reader: StaffRow | None, name: Value) -> Part | None:
    """When who has it reads it, where that is not now: her own hours, else those of the school."""
    at = case.books.config.schools.get(school)
    if at is None:
        return None
    days, zone = case.batch.days(school), at.zone
    office = staff.office_hours(reader or StaffRow(0, school, "", "", ""), at)
    opens = hours.next_office(case.now, zone, office, days.is_school_day)
    if opens is None or opens <= case.now:
        return None
    today, wall = case.now.astimezone(zone).date(), opens.astimezone(zone)
    fields = {"leerkracht": name, "tijd": Value("time", f"{wall:%H:%M}")}
    if wall.date() == today:
        return Part("draad.vandaag", fields)
    if wall.date() == today + _DAY:
        return Part("draad.morgen", fields)
    return Part("draad.dag", {**fields, "datum": Value("date", wall.date().isoformat())})


def next_day(case: "Case", school: str) -> date | None:
    """The next school day: then the office looks after what was left."""
    at = case.books.config.schools.get(school)
    return case.batch.days(school).school_day_after(case.now.astimezone(at.zone).date(), 1) if at else None
