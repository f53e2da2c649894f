"""What is said of talks in a parent's language: lines, labels, and until when something is kept for her."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.booking import calendar
from bot.booking.appointments import Talk
from bot.booking.wanted import Proposal
from bot.desk.load import Live
from bot.model import Part, Value
from bot.people import families, staff
from bot.people.addresses import first_name
from bot.translation.languages import ROW, say_moment
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case


def names(case: "Case", child_ids: Iterable[int | None], staff_ids: Iterable[int | None]) -> dict[str, Value]:
    """About whom, and who of the school speaks: `kind` and `leerkracht`, where they are known."""
    known = _children(case, child_ids)
    people = [_colleague(case, each) for each in dict.fromkeys(staff_ids)]
    found = {"kind": ", ".join(known.values()), "leerkracht": " & ".join(filter(None, people))}
    return {name: Value("name", said) for name, said in found.items() if said}


def _children(case: "Case", child_ids: Iterable[int | None]) -> dict[int | None, str]:
    """As they are called at home."""
    known = families.of_children(case.tx, [each for each in child_ids if each])
    return {number: first_name(name) for number, name in known.items()}


def _colleague(case: "Case", staff_id: int | None) -> str:
    row = staff.by_id(case.tx, staff_id) if staff_id else None
    return row.name if row else ""


def wall(case: "Case", school: str, moment: datetime) -> datetime:
    """A moment by the clock of the school."""
    return moment.astimezone(case.books.config.zone(school))


def of_talk(case: "Case", talk: Talk) -> dict[str, Value]:
    """The fields of one talk."""
    at = wall(case, talk.school, talk.starts_at)
    found = names(case, [talk.child_id], [talk.staff_id])
    with_whom = found.get("leerkracht") or Value("name", case.books.catalogue.words(case.person.language).say(
        "algemeen.leerkracht", {}))  # fmt: skip
    return {
        **found, "datum": Value("date", at.date().isoformat()), "tijd": Value("time", f"{at:%H:%M}"),
        "met": with_whom, "plek": Value("text", talk.place),
    }  # fmt: skip


def of_talks(case: "Case", talks: Sequence[Talk]) -> dict[str, Value]:
    """The fields of what is kept for her: the first talk's, all names, all of it in a row, and until when."""
    first = talks[0]
    fields = of_talk(case, first) | names(case, [each.child_id for each in talks], [each.staff_id for each in talks])
    children = _children(case, [each.child_id for each in talks])
    rows = [(_iso(wall(case, each.school, each.starts_at)), children.get(each.child_id, "")) for each in talks]
    fields["voorstel"] = Value("moments", "\n".join(" ".join(row).strip() for row in rows))
    if first.hold_until:
        fields["tot"] = Value("moments", _iso(wall(case, first.school, first.hold_until)))
    return fields


def hours(case: "Case", talks: Sequence[Talk]) -> Value:
    """Talks of one day: "Yusuf 15:10 (juf Janneke), Layla 15:25 (meester Bas)"."""
    told = ((child_at(case, each), _colleague(case, each.staff_id)) for each in talks)
    return Value("text", ", ".join(f"{said} ({who})" if who else said for said, who in told))


def child_at(case: "Case", talk: Talk) -> str:
    """ "Yusuf 15:10"."""
    child = _children(case, [talk.child_id]).get(talk.child_id, "")
    return f"{child} {wall(case, talk.school, talk.starts_at):%H:%M}".strip()


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def say_lines(case: "Case", live: Live, talks: Sequence[Talk]) -> None:
    """Each talk in a line."""
    for each in talks:
        case.say(Part("gesprek.regel", of_talk(case, each)), live)


def say_booked(case: "Case", live: Live, talks: Sequence[Talk]) -> None:
    """What is agreed now: day, hour, place, with whom; and where her calendar finds it, once for each day."""
    links: dict[tuple[int | None, str], str] = {}
    for number, each in enumerate(talks):
        how = each.mode if each.mode != "school" or each.place else "hier"
        case.say(Part(f"gesprek.{'ook' if number else 'klaar'}.{how}", of_talk(case, each)), live)
        day = each.round_id or -each.id, f"{wall(case, each.school, each.starts_at):%F}"
        if day not in links:
            links[day] = calendar.link(case.tx, case.books.config, each.id, case.person.id)
        row = calendar.talk_row(case.tx, each.id) if each.mode == "video" else None
        if row is not None and row.link:
            link = Value("text", case.tx.open("appointment.link", row.link))
            case.say(Part("gesprek.scherm", {"link": link}), live)
    if any(each.interpreter_id for each in talks):
        case.say(Part("gesprek.tolk", {}), live)
    case.say(Part("gesprek.agenda", {"links": Value("text", " ".join(links.values()))}), live)


def label(case: "Case", school: str, proposal: Proposal) -> str:
    """A proposal as a row of a list: "do 26 nov 15:10", of siblings all hours where there is room for them."""
    starts = sorted(wall(case, school, placed.slot.starts_at) for placed in proposal.values())
    first = say_moment(case.books.catalogue.words(case.person.language).language, starts[0])
    rest = "".join(f"/{each:%H:%M}" for each in starts[1:] if each.date() == starts[0].date())
    return first + rest if len(first + rest) <= ROW else first


def in_dutch(case: "Case", talk: Talk) -> str:
    """Day and hour as a colleague reads them."""
    dutch, fields = case.books.catalogue.words(SOURCE), of_talk(case, talk)
    return " ".join(dutch.value(fields[name]) for name in ("datum", "tijd"))
