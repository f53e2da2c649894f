"""A teacher tells her group something from her own phone: "stuur groep 4: morgen gymspullen mee", a look, 1, sent."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, select

from bot.broadcast import audience, compose, filled, send
from bot.broadcast.audience import Audience, Receiver
from bot.broadcast.content import OWN, WORDS, Content
from bot.conversation.events import Finished
from bot.conversation.folding import fold
from bot.desk.load import Live
from bot.model import Value
from bot.people import audit, staff
from bot.people.addresses import same_name, school_year
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_KEYWORD = "kw.stuur"
_ALONE = frozenset({"leerkracht", staff.OFFICE, staff.HEAD})  # what others write to many is proposed to the school
_EXAMPLE = "groep 4"  # where nobody knows one of hers
_SPLIT = re.compile(r"\s*[:：]\s*")


class Order(NamedTuple):
    """What she asks for: to which of her groups, in which words."""

    row: StaffRow
    group_id: int
    group: str
    words: str


def is_meant(case: "Case", text: str) -> bool:
    """Whether a colleague begins with the word that sends: whatever else this phone is, a parent's too."""
    return _after_word(case, text) is not None and bool(staff.at_school(case.tx, case.person.id))


def _after_word(case: "Case", text: str) -> str | None:
    """What stands behind the word; None where she does not begin with it."""
    words = sorted(case.books.catalogue.words(SOURCE).list(_KEYWORD), key=len, reverse=True)
    for word in words:
        head, rest = text.strip()[: len(word)], text.strip()[len(word) :]
        if fold(head) == fold(word) and not rest[:1].isalnum():
            return rest.strip()
    return None


# --- what a flow may do
def read(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Read what she wrote and say what would leave; else what is in the way: sms nee groep lang niemand bezig."""
    assert case.letter is not None
    mine = _may_send(case)
    if case.channel == "sms":
        return Finished(case.at, "sms")
    if not mine:
        return Finished(case.at, "nee")
    hers = _by_name(case, mine)
    head, _, words = _halves(_after_word(case, str(case.letter.payload["text"])) or "")
    named = _named(head, hers)
    if named is None or not words:
        return Finished(case.at, "groep", fields={"groep": Value("name", next(iter(hers), _EXAMPLE))})
    if len(words) > filled.OF_WORDS:
        return Finished(case.at, "lang")
    row, group_id = hers[named]
    if _is_under_way(case, row):
        return Finished(case.at, "bezig")
    people = _reached(case, Order(row, group_id, named, words))
    if not people:
        return Finished(case.at, "niemand")
    fields = {
        "groep": Value("name", named), "aantal": Value("number", str(audience.families(people))),
        "tekst": Value("text", words), "wie": Value("number", str(row.id)),
        "brief": Value("number", str(case.letter.id)),
    }  # fmt: skip
    return Finished(case.at, fields=fields)


def send_it(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """It is planned, as if she had done it on the page; what has changed since she wrote is looked at again."""
    said = live.run.answers
    row, group_id = _by_name(case, _may_send(case)).get(said["groep"].value, (None, 0))
    if row is None or str(row.id) != said["wie"].value:
        return Finished(case.at, "nee")
    if _is_under_way(case, row):
        return Finished(case.at, "bezig")
    order = Order(row, group_id, said["groep"].value, said["tekst"].value)
    people = _reached(case, order)
    if not people:
        return Finished(case.at, "niemand")
    number = _plan(case, order, people, f"chat:{said['brief'].value}")
    return Finished(case.at, fields={"bericht": Value("number", str(number))})


def take_back(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Nobody gets it; `laat` where it has begun."""
    number = int(live.run.answers["bericht"].value)
    if not send.take_back(case.tx, number, case.now):
        return Finished(case.at, "laat")
    row_id = int(live.run.answers["wie"].value)
    school = case.tx.execute(select(t.broadcast.c.school).where(t.broadcast.c.id == number)).scalar_one()
    audit.note(case.tx, school, row_id, "bericht_terug", case.now, kind="broadcast", target=number)
    return Finished(case.at)


# --- what they need
def _may_send(case: "Case") -> list[StaffRow]:
    """Where she works and may send from this phone: it was linked after her second factor."""
    proven = select(t.staff.c.id).where(t.staff.c.contact_id == case.person.id, t.staff.c.sends_at.is_not(None))
    ids = set(case.tx.execute(proven).scalars())
    here = case.books.config.schools
    rows = staff.at_school(case.tx, case.person.id)
    return [row for row in rows if row.id in ids and row.school in here and row.role in _ALONE]


def _groups(case: "Case", row: StaffRow) -> list[tuple[int, str]]:
    """Her groups of this school year."""
    year = school_year(case.now.astimezone(case.books.config.zone(row.school)).date())
    g, of = t.group.c, t.group_staff.c
    hers = select(g.id, g.name).join(t.group_staff, of.group_id == g.id).where(of.staff_id == row.id, g.year == year)
    return [(each.id, each.name) for each in case.tx.execute(hers.order_by(g.name))]


def _by_name(case: "Case", mine: Sequence[StaffRow]) -> dict[str, tuple[StaffRow, int]]:
    """Her groups as she writes them; where two of her schools call one the same, with the school."""
    found = [(name, row, group_id) for row in mine for group_id, name in _groups(case, row)]
    many = Counter(same_name(name) for name, *_ in found)
    schools = case.books.config.schools
    return {
        name if many[same_name(name)] == 1 else f"{name} {schools[row.school].name}": (row, group_id)
        for name, row, group_id in found
    }


def _halves(text: str) -> tuple[str, str, str]:
    """What stands before the first colon, the colon, and the words."""
    found = _SPLIT.search(text)
    return (text[: found.start()].strip(), ":", text[found.end() :].strip()) if found else (text, "", "")


def _named(head: str, hers: Mapping[str, object]) -> str | None:
    """The group that is meant: `groep 4`, `4`, or the only one."""
    if not head and len(hers) == 1:
        return next(iter(hers))
    wanted = {same_name(head), same_name(f"groep {head}")} if head else set()
    return next((name for name in hers if same_name(name) in wanted), None)


def _is_under_way(case: "Case", row: StaffRow) -> bool:
    """One at a time: the last one from a phone of hers can still be taken back."""
    b = t.broadcast.c
    hers = b.staff_id == row.id, b.school == row.school, b.state == "planned", b.key.startswith("chat:")
    return bool(case.tx.execute(select(exists().where(*hers, b.due_at <= case.now + send.HOLD))).scalar())


def _audience(order: Order) -> Audience:
    return Audience(order.row.school, groups=[order.group_id])


def _reached(case: "Case", order: Order) -> Sequence[Receiver]:
    people = audience.receivers(case.tx, case.books.config, _audience(order), case.now)
    return [each for each in people if each.channel]


def _plan(case: "Case", order: Order, people: Sequence[Receiver], key: str) -> int:
    school = case.books.config.school(order.row.school)
    content = Content(OWN, "", {WORDS: Value("words", order.words, SOURCE)})
    due_at = case.now + send.HOLD
    until = filled.until(content, None, due_at, school.zone)
    plan = send.Plan(_audience(order), content, "broadcast", order.row.id, key, due_at, until)
    number = send.make(case.tx, plan, case.now)
    compose.order_all(case.tx, school, content, [each.language for each in people], case.now)
    audit.note(case.tx, school.key, order.row.id, "bericht", case.now, kind="broadcast", target=number)
    return number


ACTIONS: Mapping[str, Action] = {"sending.read": read, "sending.send": send_it, "sending.take_back": take_back}
