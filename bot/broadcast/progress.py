"""How far a broadcast is: what became of it for each of them, counted and by name. Nothing is written here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, String, and_, bindparam, case, cast, func, literal_column, select

from bot.inbox.put import CHANNEL
from bot.store import tables as t
from bot.store.database import Tx

STATES = ("queued", "sending", "sent", "delivered", "read", "answered", "failed", "unreachable", "not_sent")
NOT_GOT = ("failed", "unreachable", "not_sent")
WAITING, UNDER_WAY = "queued", ("queued", "sending")
# From the words of the outbox, and of the inbox where a question has not been asked yet. Of what is unknown nobody
# can say that she has it.
_BECAME = {
    "unknown": "failed", "expired": "not_sent", "cancelled": "not_sent", "waiting": WAITING, "done": "not_sent",
}  # fmt: skip


class Person(NamedTuple):
    """One of those it is for. `reason`: why it waits or did not arrive, a word of the outbox or of WHY; `at`: since
    when it is so, or when it may leave; `answer`: the ids of what she chose."""

    contact_id: int
    name: str
    children: tuple[str, ...]
    language: str
    channel: str
    state: str
    reason: str
    at: datetime | None
    answer: tuple[str, ...]


class Progress(NamedTuple):
    """One broadcast at this moment. `state`: that of its row; `done` where nothing of it waits or is under way."""

    id: int
    state: str
    counts: Mapping[str, int]  # by every word of STATES; together they are all people
    people: Sequence[Person]


class Line(NamedTuple):
    """One broadcast of a list."""

    id: int
    school: str
    staff_id: int | None
    kind: str
    what: str
    cls: str
    state: str
    made_at: datetime
    due_at: datetime
    started_at: datetime | None
    settled_at: datetime | None
    about_id: int | None
    families: int
    people: int
    counts: Mapping[str, int]


# --- one row for each of them
_b, _to, _o, _i = t.broadcast.c, t.broadcast_to.c, t.outbox.c, t.inbox.c
_other = t.outbox.alias("other")  # another message that says this too
_key: ColumnElement[str] = (
    literal_column("'broadcast:'") + cast(_to.broadcast_id, String) + ":" + cast(_to.contact_id, String)
)
_FROM = (
    t.broadcast_to.outerjoin(t.outbox, and_(_o.broadcast_id == _to.broadcast_id, _o.contact_id == _to.contact_id))
    .outerjoin(_other, _other.c.id == _o.merged_into)
    .outerjoin(t.inbox, and_(_o.id.is_(None), _i.channel == CHANNEL, _i.provider_id == _key))
)  # fmt: skip
_became = case(
    (_to.why.is_not(None), "unreachable"),
    (_to.answered_at.is_not(None), "answered"),
    else_=func.coalesce(_other.c.status, _o.status, _i.state, ""),
).label("became")
_moments = ((_other.c[name], _o[name]) for name in ("settled_at", "left_at", "due_at"))
_since = func.coalesce(_to.answered_at, *(each for pair in _moments for each in pair))
_IT = _to.broadcast_id == bindparam("it")
_PEOPLE = (
    select(
        *_to["contact_id", "children", "why", "answer"], t.contact.c.language, t.address.c.channel, _became,
        _since.label("at"), *(func.coalesce(_other.c[each], _o[each]).label(each) for each in ("lane", "reason")),
    )
    .select_from(_FROM)
    .join(t.contact, t.contact.c.id == _to.contact_id)
    .outerjoin(t.address, t.address.c.id == func.coalesce(_other.c.address_id, _o.address_id))
    .where(_IT)
    .order_by(_to.id, _o.id)
)  # fmt: skip
_g, _c = t.guardian.c, t.child.c
_NAMES = (
    select(_g.contact_id, _g.name, _c.id, _c.name.label("child"))
    .select_from(t.broadcast_to)
    .join(t.broadcast, _b.id == _to.broadcast_id)
    .join(t.guardian, and_(_g.contact_id == _to.contact_id, _g.school == _b.school))
    .join(t.child, _c.id == _g.child_id)
    .where(_IT)
)


def of(tx: Tx, broadcast_id: int) -> Progress:
    """What became of it for everybody it is for, by the names of children and parents."""
    state = tx.execute(select(_b.state).where(_b.id == broadcast_id)).scalar_one()
    names, children = _names(tx, broadcast_id)
    found: dict[int, Person] = {}
    for row in tx.execute(_PEOPLE, {"it": broadcast_id}).all():
        hers = tuple([children[each] for each in row.children if each in children])
        language = tx.open("contact.language", row.language)
        person = _person(row, names.get(row.contact_id, ""), hers, language, state)
        before = found.get(row.contact_id)
        if before is None or _further(person.state, before.state):
            found[row.contact_id] = person
    counts = Counter(each.state for each in found.values())
    people = sorted(found.values(), key=lambda each: (each.children, each.name, each.contact_id))
    return Progress(broadcast_id, _state(state, counts), {each: counts[each] for each in STATES}, people)


def _person(row: Row[Any], name: str, children: tuple[str, ...], language: str, state: str) -> Person:
    became = _word(row.became, state)
    reason = row.why if became == "unreachable" else "" if became == "answered" else row.reason
    channel = row.lane or row.channel or ""
    answer = tuple(row.answer or ())
    return Person(row.contact_id, name, children, language, channel, became, reason or "", row.at, answer)


def _names(tx: Tx, broadcast_id: int) -> tuple[dict[int, str], dict[int, str]]:
    """How the people and their children are called at that school."""
    names: dict[int, str] = {}
    children: dict[int, str] = {}
    for row in tx.execute(_NAMES, {"it": broadcast_id}).all():
        if row.contact_id not in names:
            names[row.contact_id] = tx.open("guardian.name", row.name)
        if row.id not in children:
            children[row.id] = tx.open("child.name", row.child)
    return names, children


# --- without names
def listed(tx: Tx, where: ColumnElement[bool], most: int) -> list[Line]:
    """The newest of the broadcasts for which this holds, each with its counts."""
    names = [each for each in Line._fields if each != "counts"]
    rows = tx.execute(select(*_b[tuple(names)]).where(where).order_by(_b.id.desc()).limit(most)).all()
    states = {row.id: row.state for row in rows}
    counts = _counts(tx, states)
    return [
        Line(
            **{**row._mapping, "state": _state(row.state, counts[row.id])},
            counts={each: counts[row.id][each] for each in STATES},
        )
        for row in rows
    ]  # fmt: skip


def _counts(tx: Tx, states: Mapping[int, str]) -> dict[int, Counter[str]]:
    """How many people have how far each of these, by id."""
    grouped = (
        select(_to.broadcast_id, _became, func.count(_to.contact_id.distinct()).label("many"))
        .select_from(_FROM)
        .where(_to.broadcast_id.in_(sorted(states)))
        .group_by(_to.broadcast_id, _became)
    )
    found: dict[int, Counter[str]] = {each: Counter() for each in states}
    for row in tx.execute(grouped) if states else ():
        found[row.broadcast_id][_word(row.became, states[row.broadcast_id])] += row.many
    return found


def waiting_for(tx: Tx, broadcast_id: int) -> list[int]:
    """The contacts for whom it still waits: it would not reach them if it were stopped now."""
    return _those(tx, broadcast_id, (WAITING,))


def not_reached(tx: Tx, broadcast_id: int) -> list[int]:
    """The contacts who have not got it and will not get it by themselves."""
    return _those(tx, broadcast_id, NOT_GOT)


def _those(tx: Tx, broadcast_id: int, wanted: Sequence[str]) -> list[int]:
    state = tx.execute(select(_b.state).where(_b.id == broadcast_id)).scalar_one()
    rows = select(_to.contact_id, _became).select_from(_FROM).where(_to.broadcast_id == broadcast_id)
    furthest: dict[int, str] = {}
    for row in tx.execute(rows.order_by(_to.id, _o.id)):
        word = _word(row.became, state)
        if row.contact_id not in furthest or _further(word, furthest[row.contact_id]):
            furthest[row.contact_id] = word
    return [contact_id for contact_id, word in furthest.items() if word in wanted]


def _word(became: str, state: str) -> str:
    """A word of STATES. Where nothing of it is laid yet, it comes, or it was stopped before."""
    return _BECAME.get(became, became) or (WAITING if state in ("starting", "going") else "not_sent")


def _further(one: str, other: str) -> bool:
    """Whether `one` is nearer to her than `other`: what left counts, not what was cancelled beside it."""
    rank = (*NOT_GOT, *STATES[: -len(NOT_GOT)])
    return rank.index(one) > rank.index(other)


def _state(state: str, counts: Mapping[str, int]) -> str:
    return "done" if state == "going" and not any(counts.get(each) for each in UNDER_WAY) else state
