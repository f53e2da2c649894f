"""What a colleague reads in the morning of a day with talks: how many, when the first begins, and where."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.booking import mornings
from bot.conversation.events import Finished
from bot.desk.load import Live
from bot.model import Value
from bot.people import staff

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her talks of today as they are now; `geen` where none is left, or this is not her phone any more."""
    asked = live.run.answers.get(mornings.WHOSE)
    row = staff.by_id(case.tx, int(asked.value)) if asked else None
    if row is None or row.contact_id != case.person.id or row.school not in case.books.config.schools:
        return Finished(case.at, "geen")
    zone = case.books.config.zone(row.school)
    of_today = mornings.of_day(case.tx, row.school, row.id, case.now.astimezone(zone).date(), zone)
    talks = [each for each in of_today if each.starts_at > case.now]
    if not talks:
        return Finished(case.at, "geen")
    first, words = talks[0], case.books.catalogue.words(case.person.language)
    where = first.place or words.say(f"dag_gesprekken.plaats_{first.mode}", {})
    fields = {
        "aantal": Value("number", str(len(talks))), "tijd": Value("time", f"{first.starts_at.astimezone(zone):%H:%M}"),
        "plaats": Value("text", where),
    }  # fmt: skip
    live.school = row.school
    live.expires_at = max(case.now, min(live.expires_at, talks[-1].starts_at))
    return Finished(case.at, "ok", fields=fields)


ACTIONS: Mapping[str, Action] = {"booking.my_day": look}
