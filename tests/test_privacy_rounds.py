"""What belongs to talks: forgotten in time, ended with the child or the colleague that leaves, taken along by a parent
who turns out to be known."""

from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Table, insert, select, update

from bot.people import contacts, leaving, parting, staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests import world as there
from tests.harness.forgetting import AUGUST, DAY, EVE, IN_YEAR, SECRET, close_all, count, forget, holding, leave
from tests.world import JAN, KARIN, MONDAY, YEAR, World

OF_TALKS = (
    t.talk_round, t.round_group, t.talk_hours, t.invitee, t.busy, t.guest, t.interpreter, t.interpreter_hours,
    t.talk_request, t.prepared, t.agreement, t.agreement_to, t.feed, t.appointment,
)  # fmt: skip
WORDS = {"talk_hours.link", "appointment.link", "prepared.body", "agreement.school_does", "agreement.home_does"}
_keys = numbers(1)


class Laid(NamedTuple):
    """What a round leaves behind: ids."""

    round: int
    talk: int
    interpreter: int
    agreement: int


@pytest.fixture
async def full(database: Database, tmp_path: Path) -> World:
    """Both schools; two parents enrolled."""
    async with there.opened(database, tmp_path) as world:
        for guardian in ("Jan", "Karin"):
            world.enrol(guardian, there.ENROLLED[guardian])
        return world


def lay(tx: Tx, table: Table, **values: Any) -> int:
    sealed = {
        name: tx.seal(f"{table.name}.{name}", value) if isinstance(value, str) and _is_sealed(table, name) else value
        for name, value in values.items()
    }
    return int(tx.execute(insert(table).values(**sealed).returning(table.c.id)).scalar_one())


def _is_sealed(table: Table, name: str) -> bool:
    return table.c[name].type.python_type is bytes


def fill(tx: Tx, at: datetime, contact_id: int, other: int, child: int, staff_id: int) -> Laid:
    """A round with one talk, all that hangs on it, an offer that she let go, a request, and a colleague's calendar."""
    day, key = at.date().isoformat(), f"k{next(_keys)}"
    when = {"made_at": at, "changed_at": at}
    hers = {"contact_id": contact_id, "child_id": child, "school": "brug", "staff_id": staff_id}
    number = lay(
        tx, t.talk_round, school="brug", kind="rapport", name=key, state="closed", per="child", minutes=10,
        opens_at=at - timedelta(days=9), closes_at=at - timedelta(days=1), made_at=at, key=key, staff_id=staff_id,
    )  # fmt: skip
    group = tx.execute(select(t.group.c.id).where(t.group.c.school == "brug").order_by(t.group.c.id)).scalars().first()
    lay(tx, t.round_group, round_id=number, group_id=group)
    hours = {"day": day, "from_at": f"15:{next(_keys):02}"[:5], "until_at": "17:00"}
    lay(tx, t.talk_hours, round_id=number, staff_id=staff_id, link=SECRET, **hours)
    lay(tx, t.invitee, round_id=number, state="booked", asks_at=at, changed_at=at, wish={"days": [1]}, **hers)
    talker = lay(tx, t.interpreter, school="brug", name=SECRET, languages=["ar"], modes=["phone"], made_at=at)
    lay(tx, t.interpreter_hours, interpreter_id=talker, **hours)
    talk = {"minutes": 10, "starts_at": at, "round_id": number, **hers, **when}
    lay(tx, t.appointment, state="let_go", **talk)
    held = lay(tx, t.appointment, state="held", interpreter_id=talker, link=SECRET, **talk)
    for kind, who in (("contact", contact_id), ("contact", other), ("staff", staff_id), ("interpreter", talker)):
        lay(tx, t.busy, kind=kind, who=who, at=at, appointment_id=held)
    lay(tx, t.guest, appointment_id=held, contact_id=other, role="comes", state="yes", changed_at=at)
    said = {"appointment_id": held, "contact_id": contact_id, "question": "sterk", "who": "parent"}
    lay(tx, t.prepared, body=SECRET, language="nl", at=at, **said)
    does = {"school_does": SECRET, "home_does": SECRET, "look_on": day, "school": "brug", "staff_id": staff_id}
    agreed = lay(tx, t.agreement, appointment_id=held, made_at=at, **does)
    lay(tx, t.agreement_to, agreement_id=agreed, contact_id=contact_id, changed_at=at)
    lay(tx, t.talk_request, who="parent", state="planned", made_at=at, settled_at=at, round_id=number, **hers)
    lay(tx, t.feed, staff_id=staff_id, find=key, made_at=at, ended_at=at)
    return Laid(number, held, talker, agreed)


def ids(tx: Tx, world: World) -> tuple[int, int, int, int]:
    """Jan, Karin, Jan's first child, juf Janneke."""
    jan, karin = world.contact(JAN), world.contact(KARIN)
    child = tx.execute(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == jan)).scalars().first()
    return jan, karin, int(child or 0), staff.by_key(tx, "brug", "janneke").id


def left(database: Database) -> dict[str, int]:
    return {table.name: count(database, table) for table in OF_TALKS if count(database, table)}


async def test_talks_are_forgotten_with_their_year(full: World) -> None:
    """Words and names 30 days after the school year; the row of a round, by which one can count, a year later."""
    database = full.bot.database
    full.clock.move(IN_YEAR)
    laid = full.write(lambda tx: fill(tx, IN_YEAR, *ids(tx, full)))
    with database.begin() as tx:
        tx.execute(update(t.interpreter).values(left_at=IN_YEAR))
        later = fill(tx, DAY - timedelta(days=1), *ids(tx, full))  # of the year that has begun
    assert holding(database) == {*WORDS, "interpreter.name"}
    gone = {"busy", "offers of talks", "time of talks", "hours of interpreters", "feeds"}
    done = await forget(database, IN_YEAR + timedelta(days=31))
    assert {*done} & gone == gone - {"busy"}, "what is of no use after a month"
    assert done["time of talks"] == 4
    await forget(database, EVE)
    assert count(database, t.prepared) == count(database, t.agreement) == 2
    await forget(database, DAY)
    assert left(database) == {
        "talk_round": 2, "round_group": 2, "talk_hours": 1, "invitee": 1, "busy": 4, "guest": 1, "interpreter": 1,
        "interpreter_hours": 1, "talk_request": 1, "prepared": 1, "agreement": 1, "agreement_to": 1, "feed": 1,
        "appointment": 2,
    }  # fmt: skip
    assert full.rows(select(t.invitee.c.round_id)) == [(later.round,)] != [(laid.round,)]
    assert full.rows(select(t.interpreter.c.id)) == [(later.interpreter,)]
    assert not {"offers of talks", "hours for talks"} & {*await forget(database, DAY)}, "twice is once"
    full.write(close_all)
    await forget(database, DAY + timedelta(days=367))
    assert count(database, t.talk_round, t.talk_round.c.id == laid.round) == 0
    assert count(database, t.prepared) == count(database, t.agreement) == count(database, t.invitee) == 0
    assert holding(database, SECRET) <= {"interpreter.name"}, "who still works for the school"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_request_that_nobody_answered_stays_a_year(full: World) -> None:
    database = full.bot.database
    full.write(lambda tx: fill(tx, IN_YEAR, *ids(tx, full)))
    full.write(lambda tx: tx.execute(update(t.talk_request).values(state="open", settled_at=None)))
    await forget(database, DAY)
    assert count(database, t.talk_request) == 1
    await forget(database, DAY + timedelta(days=367))
    assert count(database, t.talk_request) == 0


async def test_a_child_that_leaves_has_no_talks_any_more(full: World) -> None:
    """What was planned and what was kept for its parents is free again; a sister's talk stands."""
    soon = MONDAY + timedelta(days=3)

    def lay_all(tx: Tx) -> tuple[Laid, Laid]:
        jan, karin, tim, janneke = ids(tx, full)
        sister = max(tx.execute(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == jan)).scalars())
        first, second = (fill(tx, at, jan, karin, child, janneke) for at, child in ((soon, tim), (AUGUST, sister)))
        c, r = t.appointment.c, t.talk_request.c
        tx.execute(update(t.appointment).where(c.state == "held").values(state="planned"))
        tx.execute(update(t.appointment).where(c.state == "let_go").values(state="offered", hold_until=soon))
        tx.execute(update(t.talk_request).where(r.child_id.in_([tim, sister])).values(state="open", settled_at=None))
        leave(tx, "Tim", MONDAY - timedelta(days=1))
        parting.end_ties(tx, MONDAY)
        parting.end_ties(tx, MONDAY)
        return first, second

    tims, hers = full.write(lay_all)
    states = {row.id: row.state for row in full.rows(select(t.appointment))}
    assert (states[tims.talk], states[tims.talk - 1]) == ("cancelled", "let_go")
    assert (states[hers.talk], states[hers.talk - 1]) == ("planned", "offered")
    assert {row.appointment_id for row in full.rows(select(t.busy))} == {hers.talk}
    assert [row.state for row in full.rows(select(t.invitee).order_by(t.invitee.c.id))] == ["shut", "booked"]
    assert [row.state for row in full.rows(select(t.talk_request).order_by(t.talk_request.c.id))] == ["dropped", "open"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_whom_nobody_knows_any_more_leaves_no_number_behind(full: World) -> None:
    """A colleague, and the other parent at somebody's talk: numbers may be given anew."""
    database, now = full.bot.database, datetime(2026, 9, 15, tzinfo=UTC)

    def lay_all(tx: Tx) -> tuple[int, int]:
        jan, karin, tim, janneke = ids(tx, full)
        fill(tx, DAY + timedelta(days=40), jan, karin, tim, janneke)
        leave(tx, "Lotte", now)
        tx.execute(update(t.staff).where(t.staff.c.id == janneke).values(left_at=now))
        return janneke, karin

    janneke, karin = full.write(lay_all)
    await forget(database, DAY)
    assert count(database, t.staff, t.staff.c.id == janneke) == count(database, t.contact, t.contact.c.id == karin) == 0
    for table in (t.talk_round, t.invitee, t.talk_request, t.agreement, t.appointment):
        assert count(database, table) == count(database, table, table.c.staff_id.is_(None)) > 0, table.name
    assert {row.kind for row in full.rows(select(t.busy))} == {"contact", "interpreter"}
    assert count(database, t.busy, t.busy.c.who == karin, t.busy.c.kind == "contact") == 0
    assert count(database, t.guest) == count(database, t.feed) == 0


async def test_a_colleague_leaves_in_the_middle_of_a_round(full: World) -> None:
    """Her hours, who may book with her and who asked for her go to the one who takes over; her calendar ends."""
    soon = MONDAY + timedelta(days=3)

    def lay_all(tx: Tx) -> tuple[int, int]:
        jan, karin, tim, janneke = ids(tx, full)
        bas = staff.by_key(tx, "brug", "bas")
        fill(tx, soon, jan, karin, tim, janneke)
        old = fill(tx, MONDAY - timedelta(days=60), jan, karin, tim, janneke)
        tx.execute(update(t.talk_round).where(t.talk_round.c.id != old.round).values(state="open"))
        tx.execute(update(t.talk_request).values(state="open", settled_at=None))
        [both] = tx.execute(select(t.talk_hours).where(t.talk_hours.c.round_id != old.round)).all()
        alike = {"round_id": both.round_id, "day": both.day, "from_at": both.from_at, "until_at": both.until_at}
        lay(tx, t.talk_hours, staff_id=bas.id, **alike)  # he has this hour himself
        lay(tx, t.talk_hours, staff_id=janneke, **{**alike, "from_at": "19:00", "until_at": "20:00"})
        tx.execute(update(t.feed).where(t.feed.c.id == 1).values(ended_at=None))
        leaving.leave(tx, staff.by_key(tx, "brug", "janneke"), bas, YEAR, MONDAY)
        return janneke, bas.id

    janneke, bas = full.write(lay_all)
    hours = [(row.staff_id, row.day > "2026-11-01") for row in full.rows(select(t.talk_hours))]
    assert sorted(hours) == sorted([(bas, True), (bas, True), (janneke, False)])
    assert {(row.round_id, row.staff_id) for row in full.rows(select(t.invitee))} == {(1, bas), (2, janneke)}
    assert {row.staff_id for row in full.rows(select(t.talk_request))} == {bas}
    assert all(row.ended_at for row in full.rows(select(t.feed)))


async def test_a_parent_who_was_known_takes_over_the_talks(full: World) -> None:
    """School planned with a guardian whom it could not reach; Karin writes with his code."""

    def lay_all(tx: Tx) -> tuple[int, int, int, Laid]:
        jan, karin, tim, janneke = ids(tx, full)
        [placeholder] = contacts.new_contacts(tx, ["nl"], MONDAY)
        laid = fill(tx, MONDAY + timedelta(days=3), placeholder, jan, tim, janneke)
        once = {"state": "planned", "once": f"{laid.round}:{tim}:{placeholder}"}
        tx.execute(update(t.appointment).where(t.appointment.c.id == laid.talk).values(once))
        row = {"round_id": laid.round, "contact_id": karin, "child_id": tim, "school": "brug", "staff_id": janneke}
        lay(tx, t.invitee, asks_at=MONDAY, changed_at=MONDAY, state="asked", **row)  # she was invited as well
        assert contacts.adopt(tx, placeholder, karin)
        return karin, jan, tim, laid

    karin, jan, child, laid = full.write(lay_all)
    for table in (t.appointment, t.prepared, t.agreement_to, t.talk_request):
        assert {row.contact_id for row in full.rows(select(table))} == {karin}, table.name
    assert [(row.contact_id, row.state) for row in full.rows(select(t.invitee))] == [(karin, "booked")]
    assert {row.once for row in full.rows(select(t.appointment))} == {None, f"{laid.round}:{child}:{karin}"}
    taken = {(row.kind, row.who) for row in full.rows(select(t.busy))}
    assert {("contact", karin), ("contact", jan), ("interpreter", laid.interpreter)} < taken
    assert len(taken) == 4
