"""Load a batch, advance each conversation, save the batch, one commit."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, func, select, text, update
from sqlalchemy.exc import OperationalError

from bot.desk.acts import deciding
from bot.desk.books import Books
from bot.desk.case import Case
from bot.desk.load import Batch, Letter, Live
from bot.desk.reading import read
from bot.errors import Taken, place
from bot.outbox import queue
from bot.people.contacts import insert_in_order, slices
from bot.scheduler import plans
from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import contact, inbox, run

log = structlog.get_logger()


def handle(
    tx: Tx, books: Books, now: datetime, *, most: int = 200, is_enough: Callable[[], bool] = lambda: False
) -> int:
    """Read the waiting letters of up to `most` contacts; returns how many letters were read.

    The contacts are locked for this transaction, so that each has one reader and her letters keep their order. When it
    `is_enough`, the letters of those who are left wait for the next batch.
    """
    ids = _claim(tx, most)
    if not ids:
        return 0
    batch = Batch(tx, books, ids, now)
    batch.load_letters()
    cases = []
    for contact_id in ids:
        cases.append(_read(batch, contact_id, batch.people[contact_id].letters))
        if is_enough():
            break
    done = _save(tx, cases, now)
    moved = [case.moved for case in cases if case.moved]
    return done + (_read_moved(tx, books, moved, now) if moved else 0)


def _claims(which: str) -> Select[tuple[int]]:
    """People by their oldest letter, among the first letters of this kind (in the words of the index)."""
    first = select(inbox.c.contact_id, inbox.c.id).where(text(which)).order_by(inbox.c.received_at)
    letters = first.limit(bindparam("window")).subquery()
    oldest = func.min(letters.c.id).label("oldest")
    waiting = select(letters.c.contact_id, oldest).group_by(letters.c.contact_id).subquery()
    return (  # the limit counts what is locked here, so that a second desk finds other people
        select(contact.c.id)
        .join(waiting, waiting.c.contact_id == contact.c.id)
        .order_by(waiting.c.oldest)
        .limit(bindparam("most"))
        .with_for_update(of=contact, skip_locked=True, key_share=True)  # a letter for her may be laid in meanwhile
    )


_HEARD, _WAITING = _claims("state = 'waiting' AND kind = 'message'"), _claims("state = 'waiting'")
_WINDOW, _WHOLE = 1000, 1 << 31  # letters that are looked at, where thousands wait


def _claim(tx: Tx, most: int) -> Sequence[int]:
    """Who has written goes before what the house has to say, of which some has its turn all the same."""
    found = _look(tx, _HEARD, _WINDOW, most - most // 5)
    if len(found) < most:
        found = list(dict.fromkeys([*found, *_look(tx, _WAITING, _WINDOW, most)]))[:most]
    if not found and tx.postgres:  # other desks may have all of those
        found = _look(tx, _WAITING, _WHOLE, most)
    return found


def _look(tx: Tx, claim: Select[tuple[int]], window: int, most: int) -> list[int]:
    return list(tx.execute(claim, {"window": window, "most": most}).scalars())


def _read(batch: Batch, contact_id: int, letters: Iterable[Letter]) -> Case:
    """Read one contact's letters. Where one fails, only its error is kept; the rest waits for the next batch."""
    case = Case(batch, batch.people[contact_id])
    for letter in letters:
        try:
            read(case, letter)
            if letter.kind == "message":
                deciding.hide(case)
        except OperationalError:  # the database, not the letter: everything is read again
            raise
        except Exception as error:  # a loop: noted on the row, and the other ninety-nine go on
            log.error("letter_failed", letter=letter.id, kind=letter.kind, error=type(error).__name__, at=place(error))
            case.fail(letter, error)
            return case
        case.done.append(letter.id)
        if case.moved:
            break
    case.release()
    return case


def _read_moved(tx: Tx, books: Books, moved: Collection[tuple[int, Letter]], now: datetime) -> int:
    """Codes showed that these letters belong to other contacts: they are read there, first."""
    ids = sorted({contact_id for contact_id, _ in moved})
    list(
        tx.execute(
            select(contact.c.id).where(contact.c.id.in_(ids)).order_by(contact.c.id).with_for_update(key_share=True)
        )
    )
    batch = Batch(tx, books, ids, now)
    batch.load_letters()
    for contact_id, letter in moved:
        batch.people[contact_id].letters.insert(0, letter)
    return _save(tx, [_read(batch, contact_id, batch.people[contact_id].letters) for contact_id in ids], now)


# --- saving
_DONE = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state="done", handled_at=bindparam("at"))
)
_FAILED = (
    update(inbox)
    .where(inbox.c.id == bindparam("it"))
    .values(state="failed", error=bindparam("why"), handled_at=bindparam("at"))
)
_RUN = ("school", "child_id", "state", "step", "memory", "rev", "result", "changed_at", "due_at")
_CHANGED = Many(
    update(run)
    .where(run.c.id == bindparam("it"), run.c.rev == bindparam("was_rev"))
    .values({name: bindparam(f"new_{name}") for name in _RUN})
)


def _save(tx: Tx, cases: list[Case], now: datetime) -> int:
    """All that these cases changed, with a handful of statements."""
    _save_runs(tx, cases)
    for case in cases:
        for draft, live in case.questions:
            draft.run_id = live.id
    queue.put(tx, [draft for case in cases for draft in case.drafts if draft.parts], now)
    plans.save(tx, [plan for case in cases for plan in case.plans])
    failed = [{"it": it, "why": why, "at": now} for case in cases for it, why in case.failed]
    if failed:
        tx.execute(_FAILED, failed)
    done = [it for case in cases for it in case.done]
    for some in slices(done):
        tx.execute(_DONE, {"ids": some, "at": now})
    return len(done) + len(failed)


def _save_runs(tx: Tx, cases: list[Case]) -> None:
    changed = [(case.person.id, live) for case in cases for live in case.person.runs if live.changed]
    new = [(contact_id, live) for contact_id, live in changed if live.id is None]
    old = [live for _, live in changed if live.id is not None]
    if new:
        rows = [_new_row(tx, contact_id, live) for contact_id, live in new]
        for (_, live), run_id in zip(new, insert_in_order(tx, run, rows, "memory"), strict=True):
            live.id = run_id
    if old and _CHANGED(tx, [_changed_row(tx, live) for live in old]) != len(old):
        raise Taken("a run has moved on in another process")


def _changed_row(tx: Tx, live: Live) -> dict[str, Any]:
    return {
        "it": live.id, "was_rev": live.loaded_rev, "new_school": live.school, "new_child_id": live.child_id,
        "new_state": live.state, "new_step": live.run.step,
        "new_memory": tx.seal("run.memory", live.memory()), "new_rev": live.rev, "new_result": live.result,
        "new_changed_at": live.changed_at, "new_due_at": live.due_at,
    }  # fmt: skip


def _new_row(tx: Tx, contact_id: int, live: Live) -> dict[str, Any]:
    assert live.flow is not None
    return {
        "contact_id": contact_id, "school": live.school, "child_id": live.child_id, "address_id": live.address_id,
        "flow": live.flow.name, "version": live.flow.version, "rank": live.flow.rank, "state": live.state,
        "step": live.run.step,
        "memory": tx.seal("run.memory", live.memory()), "rev": live.rev, "result": live.result,
        "started_at": live.changed_at, "changed_at": live.changed_at, "due_at": live.due_at,
        "expires_at": live.expires_at,
    }  # fmt: skip
