"""What she chose by number goes to the teacher in Dutch words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from bot.conversation.events import Finished
from bot.desk import context, handoff
from bot.desk.load import Live
from bot.store.tables import thread_message
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case


def tell(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her choices of this conversation in the thread that a handoff of it opens: `rapport: Helpen thuis`."""
    chosen = _chosen(case, live)
    school = live.school or (case.schools[0] if case.schools else None)
    if not chosen or school is None or case.letter is None:
        return Finished(case.at)
    assert live.flow is not None
    rows = context.children(case, school, live.child_id)
    child_id = live.child_id or (rows[0].child_id if len(rows) == 1 else None)
    thread_id = handoff.open_thread(case.tx, case.person.id, school, child_id, "mens", (), case.now)
    m = thread_message
    there = case.tx.execute(select(exists().where(m.c.inbox_id == case.letter.id))).scalar_one()
    own_words = there or case.letter.id in live.kept  # that letter stands in the thread by itself
    row = {
        "thread_id": thread_id, "side": "parent", "inbox_id": None if own_words else case.letter.id,
        "at": case.letter.received_at,
        "body": case.tx.seal("thread_message.body", f"{live.flow.name}: {', '.join(chosen)}"),
        "language": case.tx.seal("thread_message.language", SOURCE),
    }  # fmt: skip
    case.tx.execute(m.insert(), row)
    return Finished(case.at)


def _chosen(case: "Case", live: Live) -> list[str]:
    """The labels of the options that she chose, in Dutch; a child that she named is the thread's own matter."""
    keys = [f"{value.of}.{value.value}" for value in live.run.answers.values() if value.kind == "option"]
    dutch = case.books.catalogue.words(SOURCE)
    return [dutch.say(key, {}) for key in keys if case.books.catalogue.has(key)]
