"""The turn of the school year: groups move up, group 8 leaves, and a family that leaves keeps all until its day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from bot.errors import BotError, RosterError
from bot.model import PURPOSES, Address
from bot.people import contacts, parting, roster, staff, years
from bot.people.years import Turn
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests import world as there
from tests.world import JAN, KARIN, World

ZONE = ZoneInfo("Europe/Amsterdam")
THIS, NEXT = "2026-2027", "2027-2028"
JUNE = datetime(2027, 6, 20, 9, tzinfo=UTC)
AUGUST = datetime(2027, 7, 31, 22, tzinfo=UTC)  # the first moment of 1 August at school
HEAD = "id,group,child,guardian,language,phone"

Open = Callable[..., Turn]


def line(number: int, group: str, guardian: int | None = None) -> str:
    """A fictional child of a guardian, who has a phone."""
    guardian = guardian or number
    return f"{number},{group},Kind {number},Ouder {guardian},tr,06120{guardian:05d}"


@pytest.fixture
def old(database: Database, tmp_path: Path) -> list[str]:
    """A school of twenty: four in group 8, and a teacher of group 3."""
    lines = [line(each, f"groep {8 if each > 16 else 3 + each % 4}") for each in range(1, 21)]
    with database.begin() as tx:
        roster.load(tx, "brug", THIS, sheet(tmp_path, lines), JUNE - timedelta(days=200))
        staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 3"], THIS)
    return lines


def sheet(home: Path, lines: list[str]) -> roster.Sheet:
    path = home / "families.csv"
    path.write_text("\n".join([HEAD, *lines]), encoding="utf-8")
    return roster.read(path)


@pytest.fixture
def turn(database: Database, tmp_path: Path) -> Open:
    def call(lines: list[str] | None = None, at: datetime = JUNE, year: str = NEXT, only: bool = False) -> Turn:
        given = None if lines is None else sheet(tmp_path, lines)
        with database.begin() as tx:
            return (years.preview if only else years.turn)(tx, "brug", year, given, at, ZONE)

    return call


def up(lines: list[str]) -> list[str]:
    """The file of the next year: everybody one group further, without group 8."""
    return [
        each.replace(f"groep {n}", f"groep {n + 1}") for n in (6, 5, 4, 3) for each in lines if f"groep {n}" in each
    ]


def everything(database: Database) -> list[Any]:
    with database.read() as tx:
        tables = t.child, t.membership, t.group, t.guardian, t.code, t.contact
        return [tuple(row) for table in tables for row in tx.execute(select(table).order_by(table.c.id))]


def left(database: Database) -> dict[str, datetime]:
    with database.read() as tx:
        rows = tx.execute(select(t.child.c.name, t.child.c.left_at).where(t.child.c.left_at.is_not(None)))
        return {tx.open("child.name", row.name): row.left_at for row in rows}


def test_with_a_file(database: Database, old: list[str], turn: Open) -> None:
    file = [*up(old), line(30, "groep 1")]
    done = turn(file)
    assert done.moves == (
        ("", "groep 1", 1), ("groep 3", "groep 4", 4), ("groep 4", "groep 5", 4), ("groep 5", "groep 6", 4),
        ("groep 6", "groep 7", 4),
    )  # fmt: skip
    assert (len(done.leavers), done.missing, done.stayed, done.in_doubt) == (4, (), 16, False)
    assert done.without_teacher == ("groep 1", "groep 4", "groep 5", "groep 6", "groep 7"), "no teacher is guessed"
    assert set(left(database).values()) == {AUGUST}
    before = everything(database)
    again = turn(file, JUNE + timedelta(days=1))
    assert (again.leavers, again.moves, again.codes) == ((), done.moves, 0)
    assert everything(database) == before


def test_without_a_file(database: Database, old: list[str], turn: Open) -> None:
    done = turn()
    assert done.moves == (
        ("groep 3", "groep 4", 4), ("groep 4", "groep 5", 4), ("groep 5", "groep 6", 4), ("groep 6", "groep 7", 4),
    )  # fmt: skip
    assert (len(done.leavers), done.missing) == (4, ())
    before = everything(database)
    assert turn(None, AUGUST + timedelta(days=20)).leavers == ()
    assert everything(database) == before


@pytest.mark.parametrize("group", ["groep 7/8", "4a", "Dolfijnen", "groep 9", "groep 1-2", "3 en 4"])
def test_what_cannot_be_guessed_is_named(
    database: Database, old: list[str], turn: Open, tmp_path: Path, group: str
) -> None:
    with database.begin() as tx:
        roster.load(tx, "brug", THIS, sheet(tmp_path, [line(40, group)]), JUNE)
    before = everything(database)
    with pytest.raises(BotError, match=f"from {group} cannot be guessed; give the file of {NEXT}"):
        turn()
    assert everything(database) == before


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("groep 3", "groep 4"),
        ("Groep 7", "Groep 8"),
        ("3", "4"),
        ("groep 8", ""),
        ("8a", ""),
        ("7a", None),
        ("1/2", None),
    ],
)
def test_names_of_groups(name: str, then: str | None) -> None:
    assert years.next_name(name) == then


def test_a_preview_changes_nothing(database: Database, old: list[str], turn: Open) -> None:
    before = everything(database)
    shown = turn(up(old), only=True)
    assert everything(database) == before
    assert turn(up(old)) == shown


def test_half_a_file_is_doubted(database: Database, old: list[str], turn: Open) -> None:
    file = [each for each in up(old) if "groep 5" not in each]
    shown = turn(file, only=True)
    assert (len(shown.missing), shown.stayed, shown.in_doubt) == (4, 16, True)
    one = turn(up(old)[1:], only=True)
    assert (len(one.missing), one.in_doubt) == (1, False)


def test_next_years_file_is_doubted_in_the_year_that_runs(database: Database, old: list[str], turn: Open) -> None:
    wrong = turn([*up(old), line(30, "groep 1")], year=THIS)
    assert (wrong.settled, wrong.changing, wrong.going, wrong.is_too_late) == (20, 16, 4, True)
    assert wrong.moves == (
        ("", "groep 1", 1), ("groep 3", "groep 4", 4), ("groep 4", "groep 5", 4), ("groep 5", "groep 6", 4),
        ("groep 6", "groep 7", 4),
    ), "only who is new"  # fmt: skip
    back = turn([*old, line(30, "groep 1")], JUNE + timedelta(days=1), year=THIS)
    assert ("groep 8", "groep 8", 4) in back.moves, "who comes back is not new"
    assert left(database) == {}


def test_a_few_changes_in_the_year_that_runs_are_no_matter(database: Database, old: list[str], turn: Open) -> None:
    file = [old[0].replace("groep 4", "groep 5"), *old[1:], line(30, "groep 3")]
    done = turn(file, year=THIS)
    assert (done.settled, done.changing, done.going, done.is_too_late) == (20, 1, 0, False)
    assert [each for each in done.moves if not each[0]] == [("", "groep 3", 1)]
    file = [each.replace("groep 3", "groep 4") for each in file]
    assert turn(file, year=THIS, only=True).is_too_late
    assert not turn(up(old), AUGUST - timedelta(days=1)).settled, "a year to come is not shaken"
    assert not turn(up(old), AUGUST + timedelta(days=20)).is_too_late


def test_another_schools_file_is_refused(database: Database, old: list[str], turn: Open) -> None:
    before = everything(database)
    with pytest.raises(BotError, match="none of the 16 children"):
        turn([line(each, "groep 4") for each in range(50, 70)])
    with pytest.raises(RosterError):
        turn([line(1, "groep 4").replace("tr", "klingon")])
    assert everything(database) == before


def test_a_combined_group_of_which_nobody_goes_on_was_forgotten(
    database: Database, turn: Open, tmp_path: Path
) -> None:  # fmt: skip
    lines = [line(each, "groep 7/8") for each in range(1, 5)] + [line(each, "groep 3") for each in range(5, 9)]
    with database.begin() as tx:
        roster.load(tx, "brug", THIS, sheet(tmp_path, lines), JUNE)
    some = [line(each, "groep 7/8") for each in (1, 2)] + [line(each, "groep 4") for each in range(5, 9)]
    assert turn(some, only=True).missing == ()
    assert len(turn(some[2:], only=True).missing) == 4


def test_who_is_in_the_file_again_has_not_left(database: Database, old: list[str], turn: Open) -> None:
    turn(up(old)[1:])
    assert len(left(database)) == 5
    turn(up(old))
    assert len(left(database)) == 4
    turn([*up(old)[1:]], AUGUST + timedelta(days=40))
    assert sorted(left(database).values())[-1] == AUGUST + timedelta(days=40), "in the running year it is now"


def test_a_year_that_is_not_todays_or_the_next() -> None:
    today = JUNE.date()
    for year in (THIS, NEXT):
        years.check(year, today)
    for year in ("2025-2026", "2028-2029"):
        with pytest.raises(BotError, match=f"{year} cannot be opened: today only {THIS}, which runs, or {NEXT}"):
            years.check(year, today)


def test_nothing_known(turn: Open) -> None:
    with pytest.raises(BotError, match=f"no children are known in {THIS}; give the file of {NEXT}"):
        turn()


# --- who leaves
def family(tx: Tx, guardian: str, who: Address) -> int:
    return there.enrol(tx, guardian, who, "brug", PURPOSES, there.MONDAY)


def leave(world: World, child: str, at: datetime) -> None:
    def write(tx: Tx) -> None:
        for row in tx.execute(select(t.child)).all():
            if tx.open("child.name", row.name).startswith(child):
                tx.execute(update(t.child).where(t.child.c.id == row.id).values(left_at=at))

    world.write(write)


def plan(world: World, contact_id: int, scope: str, child_id: int | None = None, kind: str = "plan") -> None:
    row = {
        "contact_id": contact_id, "school": "brug", "kind": kind, "scope": scope, "flow": "voorlezen", "say": "",
        "cls": "plan", "purpose": "school", "zone": ZONE.key, "rule": {}, "due_at": AUGUST, "state": "waiting",
        "expires_at": AUGUST + timedelta(days=300), "child_id": child_id,
    }  # fmt: skip
    world.write(lambda tx: tx.execute(insert(t.followup).values(fields=tx.seal("followup.fields", "{}"), **row)))


def open_yes(world: World, contact_id: int) -> int:
    hers = t.consent.c.contact_id == contact_id, t.consent.c.withdrawn_at.is_(None)
    return len(world.rows(select(t.consent.c.id).where(*hers)))


def states(world: World, contact_id: int) -> list[tuple[str, str | None]]:
    rows = world.rows(select(t.followup).where(t.followup.c.contact_id == contact_id).order_by(t.followup.c.id))
    return [(row.state, row.reason) for row in rows]


async def test_a_last_child_leaves_on_its_day_and_a_sibling_keeps_all(world: World) -> None:
    karin, jan = world.contact(KARIN), world.contact(JAN)
    saar = world.rows(select(t.child.c.id).order_by(t.child.c.id))
    leave(world, "Lotte", AUGUST)
    leave(world, "Saar", AUGUST)
    both = [row.id for row in world.rows(select(t.child.c.id).where(t.child.c.left_at.is_not(None)))]
    assert len(saar) > len(both) == 2
    plan(world, karin, "plan:voorlezen")
    plan(world, karin, "digest:1", kind="digest")
    plan(world, jan, "plan:voorlezen")
    for number, each in enumerate(both):
        plan(world, jan, f"journey:{number}", each, "journey")
    waiting = world.queue(KARIN, "tip"), world.queue(JAN, "tip"), world.queue(KARIN, "urgent")
    for _ in range(2):  # once too early, and early again
        world.write(lambda tx: parting.end_ties(tx, AUGUST - timedelta(seconds=1)))
    assert open_yes(world, karin) == open_yes(world, jan) == len(PURPOSES)
    # The machine was off on the day itself; and twice is once.
    world.write(lambda tx: parting.end_ties(tx, AUGUST + timedelta(days=3)))
    world.write(lambda tx: parting.end_ties(tx, AUGUST + timedelta(days=4)))
    assert (open_yes(world, karin), open_yes(world, jan)) == (0, len(PURPOSES))
    assert states(world, karin) == [("done", "left"), ("waiting", None)]
    assert states(world, jan) == [("waiting", None), ("done", "left"), ("done", "left")]
    assert [world.state(each)[0] for each in waiting] == ["cancelled", "queued", "queued"]
    withdrawn = world.rows(select(t.consent).where(t.consent.c.contact_id == karin))
    assert {(row.withdrawn_by, row.withdrawn_at) for row in withdrawn} == {("left", AUGUST + timedelta(days=3))}


async def test_a_colleague_whose_child_leaves_keeps_her_yes(world: World) -> None:
    karin = world.contact(KARIN)
    world.write(lambda tx: tx.execute(update(t.staff).values(contact_id=karin)))
    leave(world, "Lotte", AUGUST)
    world.write(lambda tx: parting.end_ties(tx, AUGUST))
    assert open_yes(world, karin) == len(PURPOSES)


async def test_a_call_on_duty_outlives_the_tie_of_the_one_who_is_called(world: World) -> None:
    """Her own child has left: the call to her still goes on to the next."""
    world.enrol("Karin", there.COLLEAGUE)
    leave(world, "Lotte", there.MONDAY)
    await world.say(there.FATIMA, "hij slaat me")
    assert world.last(there.COLLEAGUE).keys == ("alarm.oproep",)
    world.write(lambda tx: parting.end_ties(tx, world.clock()))
    assert await world.later(there.NEXT_COLLEAGUE, minutes=6) == ["alarm.oproep"]


async def test_a_child_that_left_is_no_child_of_hers_any_more(world: World) -> None:
    """The same at the desk: a greeting names nobody who left, and she keeps her child until then."""
    leave(world, "Lotte", world.clock() - timedelta(days=1))
    world.write(lambda tx: parting.end_ties(tx, world.clock()))
    told = await world.say(KARIN, "MENU")
    assert told, "she is answered all the same"
    assert "Lotte" not in world.last(KARIN).message.text
    assert world.inbox() == ["done"]


def test_contacts_of_two_schools_lose_only_one(database: Database, tmp_path: Path) -> None:
    who = Address("sms", "+31612000003")
    with database.begin() as tx:
        there.open_schools(tx, tmp_path)
        elif_id = there.enrol(tx, "Elif", who, "brug", PURPOSES, there.MONDAY)
        tx.execute(insert(t.consent).values(
            contact_id=elif_id, school="vaart", channel="sms", purpose="school", given_at=there.MONDAY,
            words=tx.seal("consent.words", "ja"),
        ))  # fmt: skip
        tx.execute(update(t.child).where(t.child.c.school == "brug").values(left_at=JUNE))
        parting.end_ties(tx, JUNE)
        found = tx.execute(select(t.consent.c.school).where(t.consent.c.withdrawn_at.is_(None))).scalars().all()
        assert contacts.enrolled(tx, [elif_id]) == {elif_id}
    assert found == ["vaart"]
