"""What she chose by number goes to the teacher in Dutch words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.conversation.events import Finished
from bot.desk import context
from bot.desk.load import Live
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
    words = f"{live.flow.name}: {', '.join(chosen)}"
    context.tell_school(case, school, child_id, "mens", words, live.kept)
    return Finished(case.at)


def _chosen(case: "Case", live: Live) -> list[str]:
    """The labels of the options that she chose, in Dutch; a child that she named is the thread's own matter."""
    keys = [f"{value.of}.{value.value}" for value in live.run.answers.values() if value.kind == "option"]
    dutch = case.books.catalogue.words(SOURCE)
    return [dutch.say(key, {}) for key in keys if case.books.catalogue.has(key)]
