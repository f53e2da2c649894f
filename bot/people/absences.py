"""Children who are not at school, or come later: reported, taken back, called about. One row per child and day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, or_, select, update

from bot import hours
from bot.model import HOME
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert

ILL, LATE, OTHER = "ziek", "laat", "anders"
KINDS = (ILL, LATE, OTHER)
BY_HAND = "school"  # the channel of what the office entered
OVER = time(17, 30)  # from then on nobody needs to know why
LONGEST = 300  # of her words


class Report(NamedTuple):
    """A child of a school that is not there on a day, or comes later (at `time`, where that is known)."""

    school: str
    child_id: int
    day: date
    kind: str
    time: str = ""  # 10:30
    words: str = ""  # what she wrote by herself
    channel: str = BY_HAND
    contact_id: int | None = None
    inbox_id: int | None = None


class Absence(NamedTuple):
    """A report that stands."""

    id: int
    school: str
    child_id: int
    contact_id: int | None
    day: date
    kind: str
    time: str
    words: str
    channel: str
    at: datetime
    called_at: datetime | None
    called_by: int | None


def report(tx: Tx, reports: Sequence[Report], at: datetime) -> None:
    """Note them down. Of what was said about a child and a day, the newest counts."""
    rows = [
        {
            "child_id": each.child_id, "day": each.day.isoformat(), "school": each.school, "kind": each.kind,
            "time": each.time, "words": _sealed(tx, each.words), "channel": each.channel, "at": at,
            "contact_id": each.contact_id, "inbox_id": each.inbox_id, "withdrawn_at": None, "called_at": None,
            "called_by": None,
        }
        for each in sorted(reports, key=lambda each: (each.child_id, each.day))
    ]  # fmt: skip
    upsert(tx, t.absence, rows, key=["child_id", "day"])


def _sealed(tx: Tx, words: str) -> bytes | None:
    return tx.seal("absence.words", words[:LONGEST]) if words.strip() else None


def withdraw(tx: Tx, ids: Collection[int], now: datetime) -> None:
    """They come after all; why they would not is nobody's business any more."""
    a = t.absence.c
    tx.execute(update(t.absence).where(a.id.in_(ids), a.withdrawn_at.is_(None)).values(withdrawn_at=now, words=None))


def restore(tx: Tx, absence_id: int) -> None:
    """It was no mistake after all."""
    tx.execute(update(t.absence).where(t.absence.c.id == absence_id).values(withdrawn_at=None))


def called(tx: Tx, absence_id: int, staff_id: int | None, now: datetime) -> None:
    """Somebody has called back; with nobody, it was a mistake."""
    values = {"called_at": now if staff_id else None, "called_by": staff_id}
    tx.execute(update(t.absence).where(t.absence.c.id == absence_id).values(values))


def one(tx: Tx, absence_id: int) -> Absence | None:
    """This report, also where it was taken back."""
    row = tx.execute(select(t.absence).where(t.absence.c.id == absence_id)).first()
    return _absence(tx, row) if row else None


def of_school(tx: Tx, school: str, since: date) -> list[Absence]:
    """What stands at a school from this day on, in the order in which it came."""
    a = t.absence.c
    here = a.school == school, a.day >= since.isoformat(), a.withdrawn_at.is_(None)
    return [_absence(tx, row) for row in tx.execute(select(t.absence).where(*here).order_by(a.day, a.at, a.id))]


def of_children(tx: Tx, since: Mapping[int, date]) -> list[Absence]:
    """What stands of each of these children from its day on."""
    a = t.absence.c
    hers = [and_(a.child_id == child, a.day >= day.isoformat()) for child, day in since.items()]
    if not hers:
        return []
    rows = tx.execute(select(t.absence).where(or_(*hers), a.withdrawn_at.is_(None)).order_by(a.day, a.child_id))
    return [_absence(tx, row) for row in rows]


def _absence(tx: Tx, row: "Row[object]") -> Absence:
    a = row._mapping
    return Absence(
        a["id"], a["school"], a["child_id"], a["contact_id"], date.fromisoformat(a["day"]), a["kind"], a["time"],
        tx.open("absence.words", a["words"]) if a["words"] else "", a["channel"], a["at"], a["called_at"],
        a["called_by"],
    )  # fmt: skip


def phones(tx: Tx, found: Collection[Absence]) -> dict[int, str]:
    """Whom to call back, by child: the number in the school's own file of who reported, else of another guardian."""
    g = t.guardian.c
    children = [each.child_id for each in found]
    rows = tx.execute(
        select(g.child_id, g.contact_id, g.phone)
        .where(g.child_id.in_(children), g.phone.is_not(None), g.barred_at.is_(None))
        .order_by(g.id)
    ).all()
    reported = {(each.child_id, each.contact_id) for each in found}
    numbers: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: (row.child_id, row.contact_id) not in reported):
        number = tx.open("guardian.phone", row.phone)
        if number:
            numbers.setdefault(row.child_id, number)
    return numbers


# --- forgetting
def is_over(now: datetime, zone: ZoneInfo = HOME) -> ColumnElement[bool]:
    """Rows whose school day is over while her words still stand in them."""
    a, local = t.absence.c, now.astimezone(zone)
    last = local.date().isoformat()
    return and_(a.words.is_not(None), a.day <= last if local.time() >= OVER else a.day < last)


def next_over(now: datetime, zone: ZoneInfo = HOME) -> datetime:
    """When the school day is over next."""
    today = hours.at(now.astimezone(zone).date(), OVER, zone)
    return today if today > now else hours.at(now.astimezone(zone).date() + timedelta(days=1), OVER, zone)


def forget_words(tx: Tx, now: datetime) -> int:
    """Why they were not there goes when the school day is over; returns of how many."""
    return tx.execute(update(t.absence).where(is_over(now)).values(words=None)).rowcount
