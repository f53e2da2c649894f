"""What people answer to a question that went to many: what there is to choose, who took which place, what it comes to.

A broadcast that only asks a question again has no answers of its own: they belong to the first.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, or_, select, update

from bot.broadcast.content import QUESTION, WORDS, Content
from bot.inbox.put import Note, put
from bot.model import Offer, Value
from bot.people import barred, consent, contacts, staff
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.texts import SOURCE

YES, NO = "ja", "nee"
FULL = "vol"  # she would have liked to, and there was no place
WAITS = "wacht"  # the same, and she would still like to
FLOWS = ("peiling", "peiling_janee", "peiling_getal", "helpt_mee", "begrip")  # what a question can be
WITH_CHOICES = ("peiling", "begrip")  # that the teacher writes herself
NUMBER = "peiling_getal"
FEWEST = 5  # of a language with fewer people, what they answer is not told apart
NEXT_FLOW = "plek"  # what tells her who waited that there is a place for her

_b, _to = t.broadcast.c, t.broadcast_to.c


class Question(NamedTuple):
    """A question that was put to many."""

    id: int
    school: str
    staff_id: int
    until: datetime
    content: Content

    @property
    def words(self) -> Value:
        """What was asked, as who wrote it put it."""
        return self.content.fields[WORDS]


@dataclass(frozen=True, slots=True)
class Counted:
    """What was answered, and by whom. `label`: as the teacher wrote it, or the number that was given; "" where a text
    names it: `id` is ja, nee, vol or wacht then."""

    id: str
    label: str
    names: tuple[str, ...]
    languages: Mapping[str, int]  # how many by language, where nobody can be told from it
    right: bool  # of an understanding check

    @property
    def count(self) -> int:
        return len(self.names)


class Results(NamedTuple):
    """What it has come to so far. People are counted, not families: two guardians of a child each speak for herself."""

    choices: tuple[Counted, ...]
    asked: int
    answered: int
    places: int = 0  # how many may say yes; 0: no limit
    understood: int = 0  # of an understanding check: who named all that is right and nothing else
    total: int = 0  # of numbers

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((each.count for each in self.choices), default=0)


# --- the question
# Made once: to put them together costs more than to run them.
_ABOUT = select(_b.kind, _b.about_id).where(_b.id == bindparam("it"))
_PUT = select(_b.id, _b.school, _b.staff_id, _b.until_at, _b.content).where(
    _b.id == bindparam("it"), _b.kind == QUESTION
)
_AGAIN = _b.about_id == bindparam("it"), _b.kind == QUESTION
_ENDS = select(_b.id).where(or_(_b.id == bindparam("it"), and_(*_AGAIN)), _b.until_at > bindparam("now")).limit(1)
_HERS = _to.contact_id == bindparam("who"), _to.broadcast_id == bindparam("it")
_ANSWER, _THERE = select(_to.answer).where(*_HERS), select(_to.id).where(*_HERS)
_ANSWERED = (
    update(t.broadcast_to)
    .where(_to.contact_id == bindparam("who"))
    .where(or_(_to.broadcast_id == bindparam("it"), _to.broadcast_id.in_(select(_b.id).where(*_AGAIN))))
    .values(answer=bindparam("given"), answered_at=bindparam("now"))
)


def root(tx: Tx, broadcast_id: int) -> int:
    """The question to which answers belong: the first, where this broadcast only asks it again."""
    row = tx.execute(_ABOUT, {"it": broadcast_id}).first()
    return int(row.about_id) if row and row.kind == QUESTION and row.about_id else broadcast_id


def question(tx: Tx, broadcast_id: int) -> Question | None:
    """The question of this number; None where it is not kept any more."""
    row = tx.execute(_PUT, {"it": root(tx, broadcast_id)}).first()
    if row is None:
        return None
    content = Content.load(tx.open("broadcast.content", row.content))
    return Question(row.id, row.school, row.staff_id, row.until_at, content)


def choices(tx: Tx, broadcast_id: int) -> list[Offer]:
    """What there is to choose, in order, in the teacher's own words; nothing of a question without choices."""
    asked = question(tx, broadcast_id)
    return [Offer(str(number), label, SOURCE) for number, label in enumerate(asked.content.choices, 1)] if asked else []


def is_open(tx: Tx, broadcast_id: int, now: datetime) -> bool:
    """Whether answers still count: until its end, or that of the reminder by which it was asked again."""
    return tx.execute(_ENDS, {"it": root(tx, broadcast_id), "now": now}).first() is not None


# --- answers
def answer(tx: Tx, broadcast_id: int, contact_id: int, ids: Sequence[str], now: datetime) -> str:
    """What she answers, in place of what she answered before.

    `ok`; `vol` where all places are taken (`wacht` among her ids puts her on the list of who would still like to);
    `over` where it is closed. A place that she gives back goes to who waits longest, who is told.
    """
    asked = question(tx, broadcast_id)
    if asked is None or not is_open(tx, asked.id, now):
        return "over"
    places = asked.content.places
    if places:  # one at a time; what only refers to the row need not wait
        tx.execute(select(_b.id).where(_b.id == asked.id).with_for_update(key_share=True)).all()
    given = [*ids]
    wants = given in ([YES], [WAITS])
    if places and wants:
        given = [YES] if _taken(tx, asked.id, but=contact_id) < places else [WAITS if given == [WAITS] else FULL]
    _save(tx, asked.id, contact_id, given, now)
    if places and not wants:
        _next(tx, asked, now)
    return FULL if given == [FULL] else "ok"


def tapped(tx: Tx, broadcast_id: int, contact_id: int) -> tuple[str, ...]:
    """The ids of what she has answered so far."""
    found = tx.execute(_ANSWER, {"it": root(tx, broadcast_id), "who": contact_id}).scalar()
    return tuple(found or ())


def _save(tx: Tx, asked: int, contact_id: int, given: Sequence[str], now: datetime) -> None:
    """On the question, and on the reminders of it that she got."""
    hers = {"it": asked, "who": contact_id}
    tx.execute(_ANSWERED, {**hers, "given": [*given], "now": now})
    if tx.execute(_THERE, hers).first() is None:  # whom somebody added to it afterwards
        values = {"answer": [*given], "answered_at": now}
        new = {"broadcast_id": asked, "contact_id": contact_id, "children": [], **values}
        tx.execute(t.broadcast_to.insert(), new)


# --- places
def _taken(tx: Tx, asked: int, but: int | None = None) -> int:
    return sum(row.answer == [YES] and row.contact_id != but for row in _answered(tx, asked))


def _next(tx: Tx, asked: Question, now: datetime) -> None:
    """Who waits longest gets the place that is free, and is told so."""
    free = asked.content.places - _taken(tx, asked.id)
    waiting = [row.contact_id for row in _answered(tx, asked.id) if row.answer == [WAITS]]
    for contact_id in waiting:
        if free > 0 and _may_hear(tx, contact_id, asked.school, now):
            free -= 1
            _save(tx, asked.id, contact_id, [YES], now)
            put(tx, [_told(tx, asked, contact_id, now)], now)


def _may_hear(tx: Tx, contact_id: int, school: str, now: datetime) -> bool:
    given = {purpose for at, _, purpose in consent.open_for(tx, [contact_id])[contact_id] if at == school}
    return "school" in given and not barred.is_shut(tx, contact_id, school, None, now)


def _told(tx: Tx, asked: Question, contact_id: int, now: datetime) -> Note:
    """It begins a conversation in which she can still say no."""
    teacher = staff.by_id(tx, asked.staff_id)
    fields = {"vraag": asked.words, "peiling": Value("number", str(asked.id))}
    fields |= {"leerkracht": Value("name", teacher.name)} if teacher else {}
    start = {
        "flow": NEXT_FLOW, "school": asked.school, "child": None, "fields": fields, "until": asked.until.isoformat()
    }  # fmt: skip
    return Note(contact_id, "start", f"{NEXT_FLOW}:{asked.id}:{contact_id}:{now.isoformat()}", start)


# --- what it comes to
def results(tx: Tx, broadcast_id: int) -> Results:
    """What was answered so far: by choice in the order of the question, numbers from low to high."""
    asked = question(tx, broadcast_id)
    if asked is None:
        return Results((), 0, 0)
    rows = [row for row in _answered(tx, asked.id) if row.answer]
    people = _people(tx, asked.school, [row.contact_id for row in rows])
    tongues = contacts.languages(tx, [row.contact_id for row in rows])
    split = min(Counter(tongues.values()).values(), default=0) >= FEWEST
    content, found = asked.content, []
    for each, label in _ways(content, rows):
        chose = [row.contact_id for row in rows if each in row.answer]
        names = sorted((people.get(one, "") for one in chose), key=str.casefold)
        by_language = Counter(tongues[one] for one in chose) if split else {}
        found.append(Counted(each, label, tuple(names), by_language, each in _right(content)))
    whole = sum(sorted(row.answer) == sorted(_right(content)) for row in rows) if content.right else 0
    total = sum(int(each.label) * each.count for each in found) if content.what == NUMBER else 0
    at_all = tx.execute(select(_to.id).where(_to.broadcast_id == asked.id, _to.why.is_(None))).all()
    return Results(tuple(found), len(at_all), len(rows), content.places, whole, total)


def _ways(content: Content, rows: Sequence[Row[Any]]) -> list[tuple[str, str]]:
    """What can be, or was, answered: ids with their labels."""
    if content.choices:
        return [(str(number), label) for number, label in enumerate(content.choices, 1)]
    if content.what == NUMBER:
        return [(each, each) for each in sorted({each for row in rows for each in row.answer}, key=int)]
    also = (FULL, WAITS) if content.places else ()
    return [(each, "") for each in (YES, NO, *also)]


def _right(content: Content) -> list[str]:
    return [str(number) for number in content.right]


def _people(tx: Tx, school: str, contact_ids: Collection[int]) -> dict[int, str]:
    """What the school calls them."""
    g = t.guardian.c
    known: dict[int, str] = {}
    for some in contacts.slices(contact_ids):
        hers = select(g.contact_id, g.name).where(g.school == school, g.contact_id.in_(some))
        for row in tx.execute(hers.order_by(g.id)):
            if row.contact_id not in known:
                known[row.contact_id] = tx.open("guardian.name", row.name)
    return known


def _answered(tx: Tx, asked: int) -> Sequence[Row[Any]]:
    """Who answered, in the order in which they did."""
    columns = select(_to.contact_id, _to.answer, _to.answered_at)
    done = columns.where(_to.broadcast_id == asked, _to.answered_at.is_not(None))
    return tx.execute(done.order_by(_to.answered_at, _to.id)).all()


def unanswered(tx: Tx, broadcast_id: int) -> list[int]:
    """Who was asked and has not answered: whom one may ask once more."""
    asked = _to.broadcast_id == root(tx, broadcast_id), _to.answered_at.is_(None), _to.why.is_(None)
    return list(tx.execute(select(_to.contact_id).where(*asked).order_by(_to.id)).scalars())
