"""Who said yes to be called about an offer: her name goes to nobody before that, and she may take it back."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, select, update

from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

OPEN, PASSED, CALLED, CLOSED, BACK = "open", "passed", "called", "closed", "back"
TAKEN_BACK = "terug"
WEEK = timedelta(days=7)  # after it was passed on she is asked whether somebody has called
LATELY = timedelta(days=60)  # so long what is settled stays on the page
_r = t.referral.c
_GOING: Any = literal_column("referral.state IN ('open', 'passed', 'back')")  # the words of the index


class Referral(NamedTuple):
    """One yes of one parent. `answer`: what she said when she was asked; `note`: of a colleague."""

    id: int
    contact_id: int
    school: str
    child_id: int | None
    offer: str
    state: str
    asked_at: datetime
    passed_at: datetime | None
    check_at: datetime | None
    answer: str
    staff_id: int | None
    note: str
    changed_at: datetime


_COLUMNS = select(*(_r[name] for name in Referral._fields))


def ask(tx: Tx, contact_id: int, school: str, offer: str, now: datetime, child_id: int | None = None) -> bool:
    """She wants to be called; False where that is under way already."""
    row = {
        "contact_id": contact_id, "school": school, "child_id": child_id, "offer": offer, "state": OPEN,
        "asked_at": now, "answer": "", "changed_at": now,
    }  # fmt: skip
    return tx.execute(insert_new(tx, t.referral).returning(_r.id), row).first() is not None


def get(tx: Tx, number: int) -> Referral | None:
    row = tx.execute(_COLUMNS.where(_r.id == number)).first()
    return _opened(tx, row) if row else None


def of_contact(tx: Tx, contact_id: int, school: str) -> list[Referral]:
    """What she waits for at this school, the newest first."""
    hers = _r.contact_id == contact_id, _r.school == school, _r.state.in_((OPEN, PASSED))
    return [_opened(tx, row) for row in tx.execute(_COLUMNS.where(*hers).order_by(_r.id.desc()))]


def going(tx: Tx, schools: Collection[str], *only: ColumnElement[bool]) -> list[Referral]:
    """What somebody at these schools has to do something about, or waits for; the oldest first."""
    here = _COLUMNS.where(_r.school.in_(schools), _GOING, *only).order_by(_r.asked_at, _r.id)
    return [_opened(tx, row) for row in tx.execute(here)]


def settled(tx: Tx, schools: Collection[str], now: datetime, most: int = 20) -> list[Referral]:
    """What ended lately, the newest first."""
    ended = _r.school.in_(schools), _r.state.in_((CALLED, CLOSED)), _r.changed_at > now - LATELY
    rows = tx.execute(_COLUMNS.where(*ended).order_by(_r.changed_at.desc(), _r.id.desc()).limit(most))
    return [_opened(tx, row) for row in rows]


# --- what she says
def take_back(tx: Tx, number: int, contact_id: int, now: datetime) -> str:
    """She does not want to be called after all: the new state, `closed`, or `back` where the partner has her name
    already and must hear it; "" where nothing is open."""
    hers = update(t.referral).where(_r.id == number, _r.contact_id == contact_id)
    for was, then in ((OPEN, CLOSED), (PASSED, BACK)):
        changed = hers.where(_r.state == was).values(state=then, answer=TAKEN_BACK, check_at=None, changed_at=now)
        if tx.execute(changed).rowcount:
            return then
    return ""


def answered(tx: Tx, number: int, contact_id: int, answer: str, now: datetime) -> bool:
    """Was she called? `nee`: it is open again, and somebody passes it on once more. False where it is over."""
    values: dict[str, Any] = {"answer": answer, "check_at": None, "changed_at": now}
    if answer == "nee":
        values |= {"state": OPEN, "passed_at": None}
    else:
        values["state"] = CALLED if answer == "ja" else CLOSED
    hers = _r.id == number, _r.contact_id == contact_id, _r.state == PASSED
    return bool(tx.execute(update(t.referral).where(*hers).values(values)).rowcount)


def was_useful(tx: Tx, number: int, contact_id: int, answer: str, now: datetime) -> None:
    """Whether it was of use to her: veel beetje niets."""
    hers = _r.id == number, _r.contact_id == contact_id, _r.state == CALLED
    tx.execute(update(t.referral).where(*hers).values(answer=answer, changed_at=now))


# --- what a colleague does
def move(tx: Tx, number: int, was: Sequence[str], state: str, staff_id: int | None, now: datetime) -> bool:
    """A colleague passes it on, hears that the partner called, or closes it. False where it stands otherwise by now."""
    values: dict[str, Any] = {"state": state, "staff_id": staff_id, "changed_at": now, "check_at": None}
    if state == PASSED:
        values |= {"passed_at": now, "check_at": now + WEEK}
    elif state == OPEN:
        values["passed_at"] = None
    return bool(tx.execute(update(t.referral).where(_r.id == number, _r.state.in_(was)).values(values)).rowcount)


def reopen(tx: Tx, number: int, staff_id: int, now: datetime) -> bool:
    """A colleague settled it by mistake: it is as it was. False where she has asked for the same anew."""
    found = get(tx, number)
    if found is None or found.state not in (CALLED, CLOSED):
        return False
    state = OPEN if found.passed_at is None else BACK if found.answer == TAKEN_BACK else PASSED
    if state != BACK and any(each.offer == found.offer for each in of_contact(tx, found.contact_id, found.school)):
        return False
    due = found.passed_at + WEEK if found.passed_at and state == PASSED else None
    values = {"state": state, "staff_id": staff_id, "check_at": due if due and due > now else None, "changed_at": now}
    return bool(tx.execute(update(t.referral).where(_r.id == number, _r.state == found.state).values(values)).rowcount)


def note(tx: Tx, number: int, words: str, staff_id: int, now: datetime) -> None:
    """A line for colleagues."""
    sealed = tx.seal("referral.note", words) if words else None
    tx.execute(update(t.referral).where(_r.id == number).values(note=sealed, staff_id=staff_id, changed_at=now))


def _opened(tx: Tx, row: Any) -> Referral:
    return Referral(**{**row._asdict(), "note": tx.open("referral.note", row.note) if row.note else ""})
