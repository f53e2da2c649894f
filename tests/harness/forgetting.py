"""What a school year leaves behind, and a look at everything that is sealed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, func, insert, select, update

from bot.desk import handoff
from bot.inbox import receive
from bot.inbox.put import Note, put
from bot.model import Inbound, Part, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import absences, contacts
from bot.people.absences import ILL, Report
from bot.privacy import retention
from bot.store import tables as t
from bot.store.columns import metadata
from bot.store.database import Database, Tx
from tests import world as there
from tests.world import FATIMA, JAN, KARIN, OMAR, STRANGER

IN_YEAR = datetime(2027, 3, 1, 12, tzinfo=UTC)
AUGUST = datetime(2027, 7, 31, 22, tzinfo=UTC)
EVE = datetime(2027, 8, 29, 21, 59, tzinfo=UTC)  # a minute before 30 August
DAY = datetime(2027, 8, 30, 1, 30, tzinfo=UTC)
SECRET = "geheim"


async def forget(database: Database, at: datetime) -> dict[str, int]:
    return await retention.forget(database, there.settings(Path()), at)


def fill(tx: Tx, at: datetime) -> None:
    key = f"{at:%Y%m%d}"
    for number, who in enumerate((FATIMA, OMAR, JAN, KARIN, STRANGER)):
        receive.store(tx, [Inbound(f"{key}-{number}", who, f"{SECRET} {number}", name=SECRET)], at)
    tx.execute(update(t.inbox).values(state="done", handled_at=at))
    mine = contacts.resolve(tx, [JAN], at)[JAN][0]
    letter = tx.execute(select(func.max(t.inbox.c.id)).where(t.inbox.c.contact_id == mine)).scalar_one()
    part = Part("draad.antwoord", {"tekst": Value("text", SECRET)})
    queue.put(tx, [Draft(mine, "reply", "school", "brug", parts=[part], run_id=1)], at)
    gone: dict[str, Any] = {"status": "delivered", "left_at": at, "settled_at": at, "provider_id": f"SM{key}"}
    gone["body"] = tx.seal("outbox.body", SECRET)
    tx.execute(update(t.outbox).where(t.outbox.c.queued_at == at).values(gone))
    run: dict[str, Any] = {
        "flow": "voorlezen",
        "version": "x",
        "rank": "plan",
        "step": "wanneer",
        "state": "ended",
        "school": "brug",
    }
    run |= {"memory": tx.seal("run.memory", SECRET), "started_at": at, "changed_at": at, "expires_at": at}
    tx.execute(insert(t.run).values(contact_id=mine, **run))
    for state in ("answered", "open"):
        kind = "mens" if state == "answered" else "gevaar"
        thread = handoff.open_thread(tx, mine, "brug", None, kind, [letter] if state == "answered" else [], at)
        tx.execute(update(t.thread).where(t.thread.c.id == thread).values(state=state))
        said = {"side": "school", "at": at, "language": tx.seal("thread_message.language", "nl")}
        body = tx.seal("thread_message.body", f"{SECRET} {state}")
        tx.execute(insert(t.thread_message).values(thread_id=thread, body=body, **said))
    plan = {
        "contact_id": mine, "school": "brug", "kind": "plan", "scope": f"plan:{key}", "flow": "voorlezen", "say": "",
        "cls": "plan", "purpose": "school", "zone": "Europe/Amsterdam", "rule": {}, "state": "waiting", "due_at": at,
        "expires_at": datetime(at.year + (at.month > 7), 7, 31, 22, tzinfo=UTC),
    }  # fmt: skip
    tx.execute(insert(t.followup).values(fields=tx.seal("followup.fields", f'{{"kind": "{SECRET}"}}'), **plan))
    colleague = tx.execute(select(func.min(t.staff.c.id))).scalar_one()
    for state in ("kept", "open"):
        made = {"made_at": at, "due_on": f"{at:%Y-%m-%d}", "settled_at": at if state == "kept" else None}
        sealed = tx.seal("promise.words", f"{SECRET} {state}")
        tx.execute(insert(t.promise).values(school="brug", staff_id=colleague, words=sealed, state=state, **made))
    talk = {"contact_id": mine, "school": "brug", "starts_at": at, "minutes": 10, "made_at": at, "changed_at": at}
    tx.execute(insert(t.appointment).values(state="held", **talk))
    child = tx.execute(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == mine)).scalars().first()
    if child:
        away = [Report("brug", child, at.date(), ILL, words=SECRET, contact_id=mine, inbox_id=letter)]
        absences.report(tx, away, at)
    put(tx, [Note(mine, "answer", f"answer:{key}", {"text": SECRET})], at)
    tx.execute(update(t.inbox).values(state="done"))


def opened(database: Database) -> dict[str, list[str]]:
    """Everything that is sealed, opened, by table.column."""
    found: dict[str, list[str]] = {}
    with database.read() as tx:
        for table in metadata.sorted_tables:
            for column in (each for each in table.c if isinstance(each.type, LargeBinary)):
                if table.name in ("flow_version", "media"):
                    continue
                rows = tx.execute(select(column).where(column.is_not(None))).scalars()
                found[f"{table.name}.{column.name}"] = [tx.open(f"{table.name}.{column.name}", row) for row in rows]
    return found


def holding(database: Database, word: str = SECRET) -> set[str]:
    return {column for column, texts in opened(database).items() if any(word in text for text in texts)}


def count(database: Database, table: Any, *where: Any) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def close_all(tx: Tx) -> None:
    """Somebody looks after what is open."""
    tx.execute(update(t.thread).where(t.thread.c.state == "open").values(state="answered"))
    tx.execute(
        update(t.promise).where(t.promise.c.state == "open").values(state="kept", settled_at=t.promise.c.made_at)
    )


def leave(tx: Tx, name: str, at: datetime = AUGUST) -> None:
    for row in tx.execute(select(t.child)).all():
        if tx.open("child.name", row.name).startswith(name):
            tx.execute(update(t.child).where(t.child.c.id == row.id).values(left_at=at))
