"""`ouderbrug appointment` in a process of its own: who is meant, each step once, and words that help."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.model import WEEKDAYS
from bot.people import staff
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import KARIN, YEAR, World

ZONE = ZoneInfo("Europe/Amsterdam")
SOON = (datetime.now(ZONE) + timedelta(days=10)).replace(hour=15, minute=0)  # a command looks at the real clock
AT = f"{SOON:%Y-%m-%d %H:%M}"


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


def add(ouderbrug: Command, *more: str, child: str = "Lotte") -> tuple[int, str]:
    given = ("--school", "brug", "--year", YEAR, "--staff", "janneke", "--at", AT, *more)
    done = ouderbrug("appointment", "add", "--child", child, *given)
    return done.returncode, done.stdout + done.stderr


async def test_a_talk_is_made_listed_moved_and_cancelled(world: World, ouderbrug: Command) -> None:
    code, said = add(ouderbrug)
    day = f"Lotte Visser, {WEEKDAYS[SOON.weekday()]} {SOON:%d-%m-%Y}"
    first = f"Appointment 1: {day} 15:00, juf Janneke.\n"
    assert (code, said.startswith(first)) == (0, True)
    assert await world.settled(KARIN) == ["afspraak.nieuw"]
    [talk] = ouderbrug.json("appointment", "list", "--school", "brug")
    assert (talk["child"], talk["guardian"], talk["staff"]) == ("Lotte Visser", "Karin Visser", "juf Janneke")
    assert talk["at"].startswith(f"{SOON:%Y-%m-%dT15:00}")
    assert "Lotte Visser" in ouderbrug("appointment", "list", "--school", "brug", "--staff", "janneke").stdout
    code, said = add(ouderbrug, child="Amira")
    assert (code, "add --guardian; there are: Fatima Haddad, Omar Haddad" in said) == (1, True)
    code, said = add(ouderbrug, "--guardian", "Fatima", child="Amira")
    assert (code, "appointment 1 is at that time already" in said) == (1, True)
    moved = ouderbrug("appointment", "move", "1", "--at", f"{SOON:%d-%m-%Y} 16:30", "--silent")
    assert (moved.returncode, moved.stdout) == (0, f"Appointment 1 is moved: {day} 16:30.\n")
    assert ouderbrug("appointment", "held", "1").returncode == 1, "it has not begun"
    assert ouderbrug("appointment", "cancel", "1").stdout == "Appointment 1 is off.\n"
    assert await world.settled(KARIN) == ["afspraak.af"]
    again = ouderbrug("appointment", "cancel", "1")
    assert (again.returncode, "cancelled already" in again.stderr) == (1, True)
    assert ouderbrug.json("appointment", "list", "--school", "brug") == []


async def test_a_day_without_school_is_remarked(ouderbrug: Command) -> None:
    sunday = SOON + timedelta(days=6 - SOON.weekday())
    code, said = add(ouderbrug, "--silent", "--at", f"{sunday:%Y-%m-%d} 15:00")
    assert (code, f"Appointment 1: Lotte Visser, zo {sunday:%d-%m-%Y}" in said, "no school on that day" in said) == (
        0,
        True,
        True,
    )


async def test_afterwards_it_was_held_or_missed(world: World, ouderbrug: Command) -> None:
    add(ouderbrug, "--silent")
    past = datetime.now(ZONE) - timedelta(hours=1)
    world.write(lambda tx: tx.execute(update(t.appointment).values(starts_at=past)))
    held = ouderbrug("appointment", "held", "1", "--ask-after", "3d")
    assert (held.returncode, held.stderr) == (0, "")
    [row] = world.rows(select(t.followup.c.flow, t.followup.c.due_at).where(t.followup.c.state == "waiting"))
    assert row.flow == "na_gesprek"
    assert row.due_at - past > timedelta(days=2)
    assert ouderbrug("appointment", "missed", "1").returncode == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--child", "Niemand"), "no child 'Niemand'"),
        (("--child", "Lotte", "--staff", "noor"), "janneke, bas"),
        (("--thread", "99"), "no thread 99"),
        (("--child", "Lotte", "--at", "2020-01-06 15:00"), "past"),
        (("--child", "Lotte", "--at", f"{SOON:%d-%m-%Y} 03:00"), "between 07:00 and 22:00, not at 03:00"),
        (("--child", "Lotte", "--minutes", "0"), "minutes"),
    ],
)
async def test_what_cannot_be_is_said_in_one_line(ouderbrug: Command, given: tuple[str, ...], says: str) -> None:
    usual = ("--school", "brug", "--year", YEAR, "--staff", "janneke", "--at", AT)
    done = ouderbrug("appointment", "add", *usual, *given)
    assert (done.returncode, done.stderr.count("\n"), says in done.stderr) == (1, 1, True), done.stderr


async def test_an_answer_may_be_asked_after(world: World, ouderbrug: Command) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Wanneer is de schoolreis?")
    done = ouderbrug("threads", "answer", "1", "In mei.", "--check-back", "7d")
    assert done.returncode == 0, done.stderr
    [row] = world.rows(select(t.followup.c.flow, t.followup.c.scope).where(t.followup.c.kind == "after"))
    assert tuple(row) == ("na_vraag", "after:na_vraag:1")
    wrong = ouderbrug("threads", "answer", "1", "In mei.", "--check-back", "soon")
    assert (wrong.returncode, "write days as 3d" in wrong.stderr) == (2, True)


async def test_a_talk_can_come_out_of_a_thread(world: World, ouderbrug: Command) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Kunnen we praten?")
    done = ouderbrug("appointment", "add", "--school", "brug", "--thread", "1", "--staff", "janneke", "--at", AT)
    assert done.returncode == 0, done.stderr
    [row] = world.rows(select(t.appointment))
    assert row.contact_id == world.contact(KARIN)
    assert row.staff_id == world.write(lambda tx: staff.by_key(tx, "brug", "janneke").id)
