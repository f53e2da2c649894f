"""A knock on the door: something waits for her that may only leave once she has written."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import exists, select, update

from bot.conversation import engine
from bot.conversation.answers import understand
from bot.desk.load import Live
from bot.inbox.put import Note, put
from bot.model import HOME
from bot.outbox.post import Knock
from bot.store.database import Tx
from bot.store.tables import outbox, run

if TYPE_CHECKING:
    from bot.desk.case import Case

FLOW, READ = "klop", "lees"


def knock(tx: Tx, wanted: Sequence[Knock], now: datetime) -> None:
    """Begin the knock for these people: once a day at an address, and not while she has one open."""
    ids = sorted({each.contact_id for each in wanted})
    live = select(run.c.contact_id).where(run.c.contact_id.in_(ids), run.c.flow == FLOW, run.c.state != "ended")
    knocked = set(tx.execute(live).scalars())
    day = now.astimezone(HOME).date()
    notes = [
        Note(
            each.contact_id, "start", f"{FLOW}:{each.address_id}:{day}",
            {"flow": FLOW, "school": each.school, "address": each.address_id, "fields": {}},
        )
        for each in wanted
        if each.contact_id not in knocked
    ]  # fmt: skip
    put(tx, list({note.key: note for note in notes}.values()), now)


def answered(case: "Case", text: str, choice: str) -> bool:
    """Whether she only says that she wants to read it. Whatever she says, the door is open, and the knock is over."""
    live = case.asking
    if not is_knock(live):
        return choice == READ and _on_its_way(case)  # she taps on a knock that is over
    assert live is not None and live.flow is not None
    asked = engine.question(live.flow, live.run)
    assert asked is not None and asked.question is not None
    wants = choice == READ or (not choice and bool(understand(asked.question, text, case.words, case.at.date())))
    case.end(live, "done" if wants else "left")
    if live.id is not None:  # it may not have left yet
        case.savepoint()
        waits = update(outbox).where(outbox.c.run_id == live.id, outbox.c.status == "queued")
        case.tx.execute(waits.values(status="cancelled", reason="answered", settled_at=case.now))
    return wants


def is_knock(live: Live | None) -> bool:
    return live is not None and live.flow is not None and live.flow.name == FLOW


def _on_its_way(case: "Case") -> bool:
    """Whether something leaves for her now: then a tap on an old knock needs no answer of its own."""
    hers = outbox.c.contact_id == case.person.id, outbox.c.status.in_(("queued", "sending"))
    return bool(case.tx.execute(select(exists().where(*hers, outbox.c.due_at <= case.now))).scalar())
