"""A ballot: parents decide together, or choose who speaks for them. What it is about, the choices, until when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, or_, select, update

from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

DECISION, ELECTION = "besluit", "verkiezing"
ASKED, PLANNED, STANDING, OPEN, CLOSED, TOLD, STOPPED = (
    "asked", "planned", "standing", "open", "closed", "told", "stopped",
)  # fmt: skip
UNSURE = "weet_niet"  # may always be chosen, and counts as a vote
FEWEST, MOST = 2, 5  # choices of a decision
SEATS, LISTED = 7, 7  # seats and candidates at most: with two more options they are still one list on a phone
OF_TITLE, OF_WORDS, OF_CHOICE, OF_OUTCOME = 60, 500, 20, 500  # signs at most
SHORTEST, FARTHEST = timedelta(days=1), timedelta(days=60)  # so long one can vote
# What is wrong with a field, in a word.
EMPTY, LONG, FEW, MANY, TWICE, LATE, SHORT, FAR = (
    "leeg", "te_lang", "te_weinig", "te_veel", "dubbel", "voorbij", "te_kort", "ver",
)  # fmt: skip
GOING: ColumnElement[bool] = literal_column("state IN ('planned', 'standing', 'open')")  # the words of the index
_b = t.ballot.c


class Plan(NamedTuple):
    """A ballot as somebody has written it down. `options`: Dutch labels, of a decision; `stands_at`: of an election,
    from when parents may put themselves forward. `key`: the form it came from."""

    school: str
    kind: str
    title: str
    words: str
    options: Sequence[str]
    seats: int
    stands_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    staff_id: int
    key: str


class Ballot(NamedTuple):
    """A ballot as it is now. `options`: id and Dutch label of each choice; of an election nothing, see candidates."""

    id: int
    school: str
    kind: str
    title: str
    words: str
    options: tuple[tuple[str, str], ...]
    seats: int
    state: str
    stands_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    outcome: str
    told_at: datetime | None
    staff_id: int

    def takes(self, now: datetime) -> bool:
        """Whether a vote counts now."""
        return self.state == OPEN and now < self.closes_at

    def listens(self, now: datetime) -> bool:
        """Whether parents may put themselves forward now."""
        return self.state in (PLANNED, STANDING) and self.kind == ELECTION and now < self.opens_at


_COLUMNS = _b[tuple(Ballot._fields)]
_UNSETTLED = _b.state.in_((TOLD, STOPPED, CLOSED)) & _b.settled_at.is_(None)
_AT_WORK = select(*_COLUMNS).where(or_(GOING, _UNSETTLED)).order_by(_b.opens_at, _b.id)


def make(tx: Tx, plan: Plan, now: datetime, *, asks: bool = False) -> int:
    """Plan it, once for each key. It `asks` to be looked at first: an election always does, by a second person."""
    options = [[str(number), label] for number, label in enumerate(plan.options, 1)]
    row = {
        "school": plan.school, "kind": plan.kind, "title": plan.title, "words": tx.seal("ballot.words", plan.words),
        "options": options, "seats": plan.seats, "state": ASKED if asks or plan.kind == ELECTION else PLANNED,
        "stands_at": plan.stands_at, "opens_at": plan.opens_at, "closes_at": plan.closes_at,
        "staff_id": plan.staff_id, "key": plan.key, "made_at": now,
    }  # fmt: skip
    tx.execute(insert_new(tx, t.ballot), row)
    same = _b.school == plan.school, _b.key == plan.key
    return int(tx.execute(select(_b.id).where(*same)).scalar_one())


def get(tx: Tx, ballot_id: int) -> Ballot | None:
    row = tx.execute(select(*_COLUMNS).where(_b.id == ballot_id)).first()
    return of_row(tx, row) if row else None


def of_row(tx: Tx, row: Any) -> Ballot:
    outcome = tx.open("ballot.outcome", row.outcome) if row.outcome else ""
    options = tuple((each, label) for each, label in row.options)
    return Ballot(*row)._replace(words=tx.open("ballot.words", row.words), outcome=outcome, options=options)


def listed(tx: Tx, school: str) -> list[Ballot]:
    """All ballots of a school, the newest first."""
    return [of_row(tx, row) for row in tx.execute(select(*_COLUMNS).where(_b.school == school).order_by(_b.id.desc()))]


def is_there(tx: Tx, school: str, key: str) -> bool:
    """Whether one was made of this form or file."""
    return tx.execute(select(_b.id).where(_b.school == school, _b.key == key)).first() is not None


def waiting(tx: Tx, school: str) -> list[Ballot]:
    """Those with which somebody at school has something to do."""
    wait = _b.school == school, _b.state.in_((ASKED, CLOSED))
    return [of_row(tx, row) for row in tx.execute(select(*_COLUMNS).where(*wait).order_by(_b.id))]


def at_work(tx: Tx) -> list[Ballot]:
    """What time has something to do with: before its end, told or stopped and not all done."""
    return [of_row(tx, row) for row in tx.execute(_AT_WORK).all()]


def is_busy(tx: Tx, school: str, kind: str) -> bool:
    """Whether one of this kind goes already: two at once would ask parents too much."""
    here = _b.school == school, _b.kind == kind, _b.state.in_((ASKED, PLANNED, STANDING, OPEN))
    return tx.execute(select(_b.id).where(*here).limit(1)).first() is not None


def problems(plan: Plan, now: datetime) -> dict[str, str]:
    """What is wrong: by the name of the field, a word."""
    found = {"titel": _of_text(plan.title, OF_TITLE), "tekst": _of_text(plan.words, OF_WORDS)}
    if plan.kind == DECISION:
        many = len(plan.options)
        found["keuzes"] = FEW if many < FEWEST else MANY if many > MOST else ""
        if len({each.casefold() for each in plan.options}) < many:
            found["keuzes"] = TWICE
        found |= {f"keuze{number}": _of_text(each, OF_CHOICE) for number, each in enumerate(plan.options, 1)}
    else:
        found["plekken"] = FEW if plan.seats < 1 else MANY if plan.seats > SEATS else ""
        begins = plan.stands_at or now
        found["kandidaten"] = SHORT if plan.opens_at - begins < SHORTEST else ""
    found["tot"] = _of_end(plan, now)
    return {name: word for name, word in found.items() if word}


def _of_text(text: str, most: int) -> str:
    return EMPTY if not text.strip() else LONG if len(text) > most else ""


def _of_end(plan: Plan, now: datetime) -> str:
    if plan.closes_at <= now:
        return LATE
    open_for = plan.closes_at - max(plan.opens_at, now)
    return SHORT if open_for < SHORTEST else FAR if open_for > FARTHEST else ""


# --- what people decide about it; each compares the state and sets it, so that of two who are at it one wins
def agree(tx: Tx, ballot_id: int, staff_id: int) -> bool:
    """It may begin; False where nobody asks any more. An election only by somebody else than who wrote it."""
    s = t.staff.c
    phone = select(s.contact_id).where(s.id == staff_id).scalar_subquery()
    herself = select(s.id).where(or_(s.id == staff_id, s.contact_id == phone))
    return _settle(tx, ballot_id, (ASKED,), {"state": PLANNED}, or_(_b.kind == DECISION, _b.staff_id.not_in(herself)))


def stop(tx: Tx, ballot_id: int) -> bool:
    """It does not go on: nobody is asked any more, and no vote of it will be told."""
    return _settle(tx, ballot_id, (ASKED, PLANNED, STANDING, OPEN), {"state": STOPPED, "settled_at": None})


def close_now(tx: Tx, ballot_id: int, now: datetime) -> bool:
    """The last vote is in: it closes at this moment instead of at its end."""
    return _settle(tx, ballot_id, (OPEN,), {"closes_at": now}, _b.closes_at > now)


def tell(tx: Tx, ballot_id: int, outcome: str, now: datetime) -> bool:
    """What was done with it goes to everybody who was asked; once."""
    values = {"state": TOLD, "outcome": tx.seal("ballot.outcome", outcome), "told_at": now, "settled_at": None}
    return _settle(tx, ballot_id, (CLOSED,), values, _b.settled_at.is_not(None))


def _settle(
    tx: Tx, ballot_id: int, before: Sequence[str], values: Mapping[str, object], *more: ColumnElement[bool]
) -> bool:
    still = _b.id == ballot_id, _b.state.in_(before)
    return bool(tx.execute(update(t.ballot).where(*still, *more).values(values)).rowcount)
