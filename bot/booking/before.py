"""When a parent is asked what she wants to say before a talk: soon after it was booked, and once more near the talk."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot import hours
from bot.config import Config
from bot.model import Value
from bot.scheduler import afterwards
from bot.scheduler.afterwards import Moment
from bot.store import tables as t
from bot.store.database import Tx

if TYPE_CHECKING:
    from bot.booking.appointments import Talk

FLOW = "voorbereiding"
SOON = timedelta(hours=2)  # after she has booked
NEAR = timedelta(days=3)  # before the talk, where she booked long before and has said nothing yet
LATEST = timedelta(hours=3)  # before the talk; nearer to it nobody asks any more
_LONG = timedelta(days=3)  # between two of these: who has let the first be is not asked again the next day
_OFF = ("cancelled", "missed")
_FRESH = timedelta(days=60)  # so long what she said is still what she would say
_p = t.prepared.c


def lay(tx: Tx, config: Config, talk: "Talk", now: datetime) -> None:
    """A talk was booked: lay when `talk.contact_id` is asked.

    Nothing where the talk is too near, or she was asked already. What she said before one that did not take place goes
    with the new one. Of several talks she is asked in one conversation; see `is_asked`.
    """
    if said_by(tx, talk.id, talk.contact_id) or _bring_along(tx, talk):
        return
    over, soon = _over(tx, talk), now + SOON
    begins = max([soon, *(asked + _LONG for asked, _ in _asked(tx, talk.contact_id, talk.id) if asked > now - _LONG)])
    if begins > talk.starts_at - LATEST:
        begins = soon
    moments = [each for each in _moments(config, talk, begins) if each.scope not in over]
    afterwards.lay(tx, moments, config.zone(talk.school))


def also(tx: Tx, config: Config, talk: "Talk", contact_id: int, now: datetime) -> None:
    """The other parent comes along: asked too, apart, where somebody was or will be asked before this talk."""
    f = t.followup.c
    asked = select(f.id).where(f.scope.startswith(f"appointment:{talk.id}:voor", autoescape=True))
    if tx.execute(asked.limit(1)).first():
        lay(tx, config, talk._replace(contact_id=contact_id), now)


def _bring_along(tx: Tx, talk: "Talk") -> bool:
    """Whether she had prepared for a talk with the same teacher about this child that was cancelled or missed."""
    a = t.appointment.c
    alike = a.child_id == talk.child_id, a.staff_id == talk.staff_id, a.id != talk.id, a.state.in_(_OFF)
    off = select(a.id).join(t.prepared, _p.appointment_id == a.id).where(*alike, _p.contact_id == talk.contact_id)
    last = tx.execute(off.where(_p.at > talk.starts_at - _FRESH).order_by(a.id.desc()).limit(1)).scalar()
    if last is not None:
        hers = _p.appointment_id == last, _p.contact_id == talk.contact_id
        tx.execute(update(t.prepared).where(*hers).values(appointment_id=talk.id))
    return last is not None


def said_by(tx: Tx, appointment_id: int, contact_id: int) -> list[str]:
    """The questions that she has answered, by their ids."""
    hers = _p.appointment_id == appointment_id, _p.contact_id == contact_id
    return list(tx.execute(select(_p.question).where(*hers).order_by(_p.id)).scalars())


def moved(tx: Tx, config: Config, talk: "Talk", now: datetime) -> None:
    """The talk has another hour: who was still to be asked, also who comes along, is asked before that one."""
    f = t.followup.c
    about = f.scope.startswith(f"appointment:{talk.id}:voor", autoescape=True)
    still = (f.state == "waiting") | (f.reason == "moved")
    for contact_id in sorted(set(tx.execute(select(f.contact_id).where(about, still)).scalars())):
        drop(tx, talk.id, contact_id, "moved")
        lay(tx, config, talk._replace(contact_id=contact_id), now)


def drop(tx: Tx, appointment_id: int, contact_id: int, reason: str) -> None:
    """She is not asked any more."""
    afterwards.drop(tx, contact_id, f"appointment:{appointment_id}:voor", reason)


def is_asked(tx: Tx, talk: "Talk", contact_id: int, due_at: datetime) -> bool:
    """Whether she was asked about another talk so lately that this one comes behind it, in the same conversation."""
    made = talk.made_at or due_at
    return any(due_at - _LONG < at <= due_at and made <= at and (at, number) < (due_at, talk.id)
               for at, number in _asked(tx, contact_id, talk.id))  # fmt: skip


def still(tx: Tx, appointment_id: int, contact_id: int) -> bool:
    """Whether she is to be asked about this talk, or was, and has said nothing and not that she would rather not."""
    f = t.followup.c
    laid = f.contact_id == contact_id, f.scope.startswith(f"appointment:{appointment_id}:voor", autoescape=True)
    wanted = tx.execute(select(f.id).where(*laid, f.state.in_(("waiting", "done"))).limit(1)).first()
    no = tx.execute(select(f.id).where(*laid, f.reason == "prepared").limit(1)).first()
    return bool(wanted) and not no and not said_by(tx, appointment_id, contact_id)


def how_far(tx: Tx, appointment_id: int, contact_id: int) -> str:
    """How far the questions to her before a talk are: `gezegd` where they are still to come, `gevraagd` where they were
    sent; "" where nobody is asked."""
    f = t.followup.c
    laid = f.contact_id == contact_id, f.scope.startswith(f"appointment:{appointment_id}:voor", autoescape=True)
    states = set(tx.execute(select(f.state).where(*laid)).scalars())
    return "gevraagd" if "done" in states else "gezegd" if "waiting" in states else ""


def _asked(tx: Tx, contact_id: int, but: int) -> list[tuple[datetime, int]]:
    """When she was asked about her other talks that stand, and about which."""
    f, a = t.followup.c, t.appointment.c
    hers = f.contact_id == contact_id, f.flow == FLOW, f.state == "done"
    rows = [(row.due_at, int(row.scope.split(":")[1])) for row in tx.execute(select(f.due_at, f.scope).where(*hers))]
    ids = {number for _, number in rows} - {but}
    if not ids:
        return []
    stands = set(tx.execute(select(a.id).where(a.id.in_(ids), a.state == "planned")).scalars())
    return [(at, number) for at, number in rows if number in stands]


def _moments(config: Config, talk: "Talk", begins: datetime) -> Iterator[Moment]:
    zone, quiet = config.zone(talk.school), config.quiet(talk.school)
    first = hours.next_loud(begins, zone, quiet)
    near = hours.next_loud(hours.day_before(talk.starts_at, zone, NEAR.days), zone, quiet)
    for which, due_at in (("voor", first), ("voor_3", near)):
        again = which != "voor"
        if due_at <= talk.starts_at - LATEST and not (again and due_at < first + _LONG):
            yield Moment(
                talk.contact_id, talk.school, talk.child_id, "remind", f"appointment:{talk.id}:{which}", FLOW,
                {"afspraak": Value("number", str(talk.id))}, due_at, talk.starts_at,
            )  # fmt: skip


def _over(tx: Tx, talk: "Talk") -> set[str]:
    """What she was asked already, or does not want to be asked."""
    f = t.followup.c
    about = f.contact_id == talk.contact_id, f.scope.startswith(f"appointment:{talk.id}:voor", autoescape=True)
    settled = (f.state == "done") | ((f.state == "dropped") & (f.reason == "prepared"))
    return set(tx.execute(select(f.scope).where(*about, settled)).scalars())
