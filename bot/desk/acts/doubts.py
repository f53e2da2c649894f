"""She says that a translation sounds wrong: which one she read last, noted for who can make it better."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select, update

from bot.conversation.events import Finished
from bot.desk.load import Live
from bot.outbox import words
from bot.outbox.forms import Message
from bot.outbox.queue import load_parts
from bot.store import tables as t
from bot.store.upsert import insert_new
from bot.translation import orders
from bot.translation.orders import Said

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_LATELY = timedelta(days=7)
_MOST = 12  # messages that are looked through
_GOT = ("sending", "sent", "delivered", "read", "unknown")


def note(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Note her doubt about the newest translation she read; `none` where there is none lately."""
    for row in _newest(case):
        said = _read(case, row)
        if said is not None:
            live.school = row.school
            _keep(case, row.school, said.id)
            return Finished(case.at)
    return Finished(case.at, "none")


def _newest(case: "Case") -> "list[Row[Any]]":
    """Messages of the last days that reached her, the newest first."""
    o = t.outbox.c
    hers = select(*t.outbox.c["id", "school", "parts", "body"]).where(
        o.contact_id == case.person.id, o.left_at > case.now - _LATELY, o.status.in_(_GOT), o.school.is_not(None),
        o.body.is_not(None),
    )  # fmt: skip
    return list(case.tx.execute(hers.order_by(o.id.desc()).limit(_MOST)).all())


def _read(case: "Case", row: "Row[Any]") -> Said | None:
    """The translation that stands in this message as it left; of several the longest."""
    message = Message(*load_parts(case.tx.open("outbox.parts", row.parts)))
    wanted = words.wanted(message, row.school, case.person.language)
    found = [each for each in orders.said(case.tx, wanted).values() if each.state == orders.DONE] if wanted else []
    body = case.tx.open("outbox.body", row.body)
    read = [each for each in found if words.stands_in(each.text, body)]
    return max(read, key=lambda each: len(each.text), default=None)


def _keep(case: "Case", school: str, translation_id: int) -> None:
    """Once per person and translation; what was settled is open again where she doubts it still."""
    d = t.doubt
    row = {
        "school": school, "contact_id": case.person.id, "translation_id": translation_id, "at": case.now,
        "state": "open",
    }  # fmt: skip
    case.savepoint()
    case.tx.execute(insert_new(case.tx, d), row)
    hers = d.c.contact_id == case.person.id, d.c.translation_id == translation_id, d.c.state != "open"
    case.tx.execute(update(d).where(*hers).values(state="open", at=case.now, settled_at=None, staff_id=None))


ACTIONS: Mapping[str, Action] = {"doubts.note": note}
