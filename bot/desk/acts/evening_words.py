"""What is said of an evening in a parent's language: which it is, when, where, and what the school wrote about it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.conversation.events import Finished
from bot.desk.load import Live
from bot.gatherings import gatherings
from bot.gatherings.gatherings import Gathering
from bot.gatherings.plan import OPEN_DAY, THEME
from bot.gatherings.told import WHICH
from bot.model import Value
from bot.people import staff
from bot.translation import orders
from bot.translation.languages import say_moment
from bot.translation.orders import Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case


def meant(case: "Case", live: Live) -> Gathering | None:
    """The gathering that this conversation is about; from here on it is with its school."""
    value = live.run.answers.get(WHICH)
    found = gatherings.get(case.tx, int(value.value)) if value and value.value.isdecimal() else None
    if found is not None:
        live.school = found.school
    return found


def fields(case: "Case", gathering: Gathering) -> dict[str, Value]:
    """What texts say of it."""
    at = gathering.starts_at.astimezone(case.books.config.zone(gathering.school))
    said = {
        WHICH: Value("number", str(gathering.id)), "datum": Value("date", at.date().isoformat()),
        "tijd": Value("time", f"{at:%H:%M}"), "plek": Value("text", gathering.place),
        "naam": words(case, gathering.school, gathering.name),
    }  # fmt: skip
    if gathering.kind == THEME:
        said["wat"] = _text(f"thema.wat.{gathering.theme}")
    elif gathering.kind == OPEN_DAY:
        said["wat"] = _text("thema.wat.open_dag")
    colleague = staff.by_id(case.tx, gathering.staff_id) if gathering.staff_id else None
    if colleague:
        said["leerkracht"] = Value("name", colleague.name)
    return said


def _text(key: str) -> Value:
    """A whole text as a field of another: what a parent takes home."""
    of, _, name = key.rpartition(".")
    return Value("option", name, of)


def words(case: "Case", school: str, text: str) -> Value:
    """Somebody's own words, ordered in her language so that they are ready when the message may leave."""
    if case.person.language != SOURCE and has_words(text):
        case.savepoint()
        orders.order(case.tx, [Wanted(school, SOURCE, case.person.language, text)], case.now)
    return Value("words", text, SOURCE)


def finished(case: "Case", gathering: Gathering, result: str, more: Iterable[tuple[str, Value]] = ()) -> Finished:
    return Finished(case.at, result, fields={**fields(case, gathering), **dict(more)})


def moment(case: "Case", gathering: Gathering) -> str:
    """As a row of a list: "do 26 nov 19:30"."""
    at = gathering.starts_at.astimezone(case.books.config.zone(gathering.school))
    return say_moment(case.books.catalogue.words(case.person.language).language, at)
