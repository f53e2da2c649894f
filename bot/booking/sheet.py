"""What parents say before a talk, in their own words; and the sheet that lies on the table when they come."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from bot.booking import agreed, appointments
from bot.booking.agreed import Agreed
from bot.booking.appointments import Talk
from bot.booking.questions import PRINCIPLES, Question, by_id, level, questions
from bot.config import Config
from bot.errors import BotError
from bot.people import families, staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

LONGEST = 4000  # signs of one answer, with all that she added
KEY = ""  # the language of what she pointed at: a text that everybody reads in her own
HAS_ONE = ("planned", "held", "missed")  # the states of a talk that has a sheet
MEDIA = ("voice", "image", "video", "document", "location", "contact")
_p = t.prepared.c


class Said(NamedTuple):
    """An answer. Either `text` in `language`, or a text `key` to say to whoever reads it, or a `medium` (one of
    MEDIA) that lies in her thread with the school.

    `dutch`: the same in Dutch by a machine; "" where it is Dutch already, or where `state` says that it is not there:
    own waiting done failed.
    """

    contact_id: int
    question: str
    who: str  # parent child
    text: str
    language: str
    at: datetime
    key: str = ""
    medium: str = ""
    dutch: str = ""
    state: str = orders.OWN
    origin: str = ""  # machine person


class Asked(NamedTuple):
    """A question and what was answered, by each who did; nothing where it was passed over."""

    question: Question
    answers: tuple[Said, ...] = ()


class Part(NamedTuple):
    """What belongs to one of the seven principles; where nobody is asked about it, there is room to write."""

    principle: int
    asked: tuple[Asked, ...] = ()


class Sheet(NamedTuple):
    """The sheet of a talk, for the teacher: the parts in the order of the principles, always all seven."""

    talk: Talk
    child: str
    teacher: str
    level: str
    parents: Mapping[int, str]  # who may say something: by contact, the parent who booked first
    parts: tuple[Part, ...]
    agreed: Agreed | None

    @property
    def is_empty(self) -> bool:
        return not any(asked.answers for part in self.parts for asked in part.asked)


# --- before
def keep(
    tx: Tx, appointment_id: int, contact_id: int, question: str, who: str, text: str, language: str, now: datetime
) -> None:
    """Keep her answer, and order it in Dutch; what she adds stands below it. Where `language` is KEY, `text` is one."""
    text = text.strip()
    if not text:
        return
    earlier = next((each for each in _said(tx, appointment_id, contact_id) if each.question == question), None)
    if earlier and earlier.text and language not in (KEY, ""):
        text = f"{earlier.text}\n{text}"
    row = {
        "appointment_id": appointment_id, "contact_id": contact_id, "question": question, "who": who,
        "body": tx.seal("prepared.body", text[:LONGEST]), "language": tx.seal("prepared.language", language), "at": now,
    }  # fmt: skip
    upsert(tx, t.prepared, [row], key=["appointment_id", "contact_id", "question"])
    school = appointments.known(tx, appointment_id).school
    orders.order(tx, _wanted(school, _said(tx, appointment_id, contact_id)), now)


def level_of(tx: Tx, config: Config, talk: Talk) -> str:
    """Which questions belong to this child, by its group in the year of the talk."""
    year = school_year(talk.starts_at.astimezone(config.zone(talk.school)).date())
    m, g = t.membership.c, t.group.c
    groups = select(g.name).join(t.membership, m.group_id == g.id).where(m.child_id == talk.child_id, g.year == year)
    return level(tx.execute(groups).scalars())


# --- the sheet
def sheet(tx: Tx, config: Config, appointment_id: int) -> Sheet:
    """What lies on the table, for the teacher. Raises BotError where there is no such talk."""
    talk = appointments.known(tx, appointment_id)
    if talk.state not in HAS_ONE:
        raise BotError(f"appointment {appointment_id} is {talk.state}; it has no sheet")
    which = level_of(tx, config, talk)
    colleague = staff.by_id(tx, talk.staff_id) if talk.staff_id else None
    return Sheet(
        talk, families.of_children(tx, [talk.child_id]).get(talk.child_id, "") if talk.child_id else "",
        colleague.name if colleague else "", which, _parents(tx, talk),
        _parts(which, _in_dutch(tx, talk.school, _said(tx, appointment_id))), agreed.of(tx, appointment_id),
    )  # fmt: skip


def by_question(which: str, said: Iterable[Said]) -> list[Asked]:
    """The questions of a level in the order in which they are asked, with what was answered; others after them."""
    found: dict[Question, list[Said]] = {each: [] for each in questions(which)}
    for each in said:
        found.setdefault(by_id(each.question), []).append(each)
    return [Asked(question, tuple(answers)) for question, answers in found.items()]


def hers(tx: Tx, appointment_id: int, contact_id: int) -> list[Said]:
    """What she said herself, and nobody else."""
    return _said(tx, appointment_id, contact_id)


def _parts(which: str, said: Iterable[Said]) -> tuple[Part, ...]:
    asked = by_question(which, said)
    return tuple(
        Part(number, tuple(each for each in asked if each.question.principle == number)) for number in PRINCIPLES
    )


def _said(tx: Tx, appointment_id: int, contact_id: int | None = None) -> list[Said]:
    wanted = select(t.prepared).where(_p.appointment_id == appointment_id)
    wanted = wanted.where(_p.contact_id == contact_id) if contact_id else wanted
    return [_one(tx, row) for row in tx.execute(wanted.order_by(_p.id))]


def _one(tx: Tx, row: Row[Any]) -> Said:
    text, language = tx.open("prepared.body", row.body), tx.open("prepared.language", row.language)
    said = Said(row.contact_id, row.question, row.who, text, language, row.at)
    if language == KEY:
        return said._replace(text="", key=text)
    kind = text[1:-1] if text.startswith("[") else ""  # as the desk puts down what came without words
    return said._replace(text="", medium=kind) if kind in MEDIA else said


def _wanted(school: str, said: Iterable[Said]) -> Iterator[Wanted]:
    for each in said:
        if each.text and each.language != SOURCE and has_words(each.text):
            yield Wanted(school, each.language, SOURCE, each.text)


def _in_dutch(tx: Tx, school: str, said: Sequence[Said]) -> list[Said]:
    found = orders.said(tx, list(_wanted(school, said)))
    return [_with_dutch(each, found.get(Wanted(school, each.language, SOURCE, each.text)), school) for each in said]


def _with_dutch(each: Said, found: orders.Said | None, school: str) -> Said:
    if not list(_wanted(school, [each])):
        return each
    if found is None or found.state != orders.DONE:
        return each._replace(state=found.state if found else orders.WAITING)
    return each._replace(dutch=found.text, state=orders.DONE, origin=found.origin)


def table(tx: Tx, talk: Talk) -> list[int]:
    """Who sits at the table beside the teacher: who booked it, and the other parent where she comes along."""
    g = t.guest.c
    comes_too = g.appointment_id == talk.id, g.role == "comes", g.state == "yes"
    return [talk.contact_id, *tx.execute(select(g.contact_id).where(*comes_too).order_by(g.id)).scalars()]


def _parents(tx: Tx, talk: Talk) -> dict[int, str]:
    there = table(tx, talk)
    names = families.of_contacts(tx, talk.school, there)
    return {each: names.get(each, "") for each in there}
