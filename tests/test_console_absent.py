"""Absent today, as the office and a teacher see it: live, on paper, by hand, and whom to call back."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.console.live import stamp
from bot.people import absences
from bot.people.absences import ILL, LATE, Report
from bot.store import tables as t
from tests.harness.office import Desk, deeds, employ
from tests.world import JAN, KARIN, World

MORNING = datetime(2026, 11, 24, 6, 12, tzinfo=UTC)  # twelve past seven at school, a Tuesday
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)
    world.clock.move(MORNING)


def child(world: World, name: str) -> int:
    with world.bot.database.read() as tx:
        rows = tx.execute(select(t.child.c.id, t.child.c.name))
        return next(int(row.id) for row in rows if tx.open("child.name", row.name).startswith(name))


def report(world: World, name: str, kind: str = ILL, day: date = TODAY, **given: Any) -> int:
    """It is noted now; the number of the row."""
    number, school = child(world, name), given.pop("school", "brug")
    each = Report(school, number, day, kind, **given)
    world.write(lambda tx: absences.report(tx, [each], world.clock()))
    a = t.absence.c
    return int(world.rows(select(a.id).where(a.child_id == number, a.day == day.isoformat()))[0].id)


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text.partition('id="afwezig-nu"')[2]).split())


async def test_what_a_parent_reports_stands_there_at_once(world: World) -> None:
    await world.say(KARIN, "ziek, ze heeft koorts")
    await world.say(JAN, "te laat")
    for said in ("2", "1", "10:30"):  # Saar, today
        await world.say(JAN, said)
    page = await Desk(world, "wil").get("/afwezig")
    text = plain(page.text)
    assert "1 kind afwezig, 1 komt later" in text
    assert "Lotte Visser ziek SMS 7.12 ziek, ze heeft koorts" in text
    assert "Saar Bakker komt om 10.30 Telegram 7.12" in text
    assert 'href="tel:+31612000005"' in page
    assert text.count("terugbellen") == 1, "nobody needs to call after a WhatsApp or a Telegram"


async def test_a_teacher_sees_her_own_groups(world: World) -> None:
    report(world, "Lotte")
    report(world, "Can")
    report(world, "Deniz", school="vaart")
    page = await Desk(world, "janneke").get("/afwezig")
    assert "Lotte" in page
    assert "Can" not in plain(page.text)
    assert "Deniz" not in page
    assert "groep 5" not in plain(page.text)
    assert "Can" in await Desk(world, "bas").get("/afwezig")
    assert "Deniz" in await Desk(world, "kees", "vaart").get("/afwezig")
    assert (await Desk(world, "net").get("/afwezig")).status == 404


async def test_a_group_without_absence_says_so(world: World) -> None:
    report(world, "Lotte")
    text = plain((await Desk(world, "wil").get("/afwezig")).text)
    assert "groep 5 iedereen is er" in text
    assert "groep 4 iedereen" not in text


async def test_on_a_day_without_school_nobody_is_missed(world: World) -> None:
    world.clock.move(datetime(2026, 11, 28, 9, tzinfo=UTC))
    report(world, "Lotte", day=date(2026, 11, 30))
    text = plain((await Desk(world, "wil").get("/afwezig")).text)
    assert "geen school" in text
    assert "iedereen" not in text
    assert "Al gemeld voor maandag 30 november Lotte Visser ziek · groep 4" in text


async def test_yesterday_too_and_tomorrow_below(world: World) -> None:
    report(world, "Lotte", day=date(2026, 11, 23), words="koorts")
    report(world, "Lotte")
    report(world, "Tim", LATE, day=date(2026, 11, 25), time="09:45", channel="whatsapp")
    page = await Desk(world, "wil").get("/afwezig")
    text = plain(page.text)
    assert "Lotte Visser ziek gisteren ook" in text
    assert "Al gemeld voor morgen Tim Bakker komt om 09.45 · groep 4" in text
    before = await Desk(world, "wil").get("/afwezig?dag=gisteren")
    assert "maandag 23 november" in before
    assert "Lotte" in before
    assert "koorts" not in before
    assert "Gebeld" not in before


async def test_on_monday_it_is_friday_that_counts(world: World) -> None:
    world.clock.move(datetime(2026, 11, 30, 7, tzinfo=UTC))
    report(world, "Lotte", day=date(2026, 11, 27))
    report(world, "Lotte", day=date(2026, 11, 30))
    assert "vrijdag 27 november ook" in plain((await Desk(world, "wil").get("/afwezig")).text)


async def test_called_and_not_called(world: World) -> None:
    number = report(world, "Lotte", channel="sms")
    desk = Desk(world, "janneke")
    page = await desk.post(f"/afwezig/{number}/gebeld")
    assert "Genoteerd dat u hebt gebeld." in page
    assert "juf Janneke belde, 7.12" in plain(page.text)
    assert "terugbellen" not in plain(page.text)
    assert f"/afwezig/{number}/niet_gebeld" in page
    page = await desk.post(f"/afwezig/{number}/niet_gebeld")
    assert "terugbellen" in plain(page.text)
    assert deeds(world) == ["gebeld", "niet_gebeld"]
    assert (await Desk(world, "bas").post(f"/afwezig/{number}/gebeld")).status == 404


async def test_by_hand_and_taken_back(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.get("/afwezig/melden")
    assert page.text.index("groep 4") < page.text.index("Lotte Visser") < page.text.index("groep 5")
    assert "Deniz" not in page
    sent = {"kind": child(world, "Lotte"), "wat": "laat", "tijd": "half elf", "dag": TODAY.isoformat()}
    page = await desk.post("/afwezig/melden", **sent)
    assert page.path.endswith("/afwezig")
    assert "Lotte Visser komt om 10.30 genoteerd door school, 7.12" in plain(page.text)
    number = world.rows(select(t.absence.c.id))[0].id
    page = await desk.post(f"/afwezig/{number}/terug")
    assert "Lotte" not in plain(page.text)
    page = await desk.post(f"/afwezig/{number}/toch")
    assert "Lotte" in plain(page.text)
    assert deeds(world) == ["afwezig", "afwezig_terug", "afwezig"]
    assert {row.target for row in world.rows(select(t.audit.c.target))} == {number}


async def test_what_a_parent_had_reported_does_not_go_with_a_slip_of_the_office(world: World) -> None:
    report(world, "Lotte", channel="whatsapp")
    sent = {"kind": child(world, "Lotte"), "wat": "ziek", "dag": TODAY.isoformat()}
    page = await Desk(world, "wil").post("/afwezig/melden", **sent)
    assert "Lotte Visser" in plain(page.text)
    assert 'action="/console/afwezig' not in page.text.partition('role="status"')[2].partition("</div>")[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": ""}, "Er is nog geen kind gekozen."), ({"wat": "griep"}, "Kies wat er gemeld is"),
        ({"dag": "2026-11-23"}, "Kies voor welke dag"), ({"wat": "laat", "tijd": "straks"}, "Die tijd is niet"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_kept(world: World, wrong: dict[str, str], told: str) -> None:
    sent = {"kind": child(world, "Lotte"), "wat": "ziek", "tijd": "", "dag": TODAY.isoformat(), **wrong}
    page = await Desk(world, "wil").post("/afwezig/melden", **sent)
    assert page.status == 422
    assert told in page
    assert world.rows(select(t.absence)) == []
    if sent["kind"]:
        assert f'value="{sent["kind"]}" selected' in page


async def test_only_the_office_enters_and_takes_back(world: World) -> None:
    number = report(world, "Lotte")
    desk = Desk(world, "janneke")
    assert (await desk.get("/afwezig/melden")).status == 404
    sent = {"kind": child(world, "Lotte"), "wat": "ziek", "dag": TODAY.isoformat()}
    assert (await desk.post("/afwezig/melden", **sent)).status == 404
    assert (await desk.post(f"/afwezig/{number}/terug")).status == 404
    assert "Komt toch" not in await desk.get("/afwezig")
    other = {**sent, "kind": child(world, "Deniz")}
    assert (await Desk(world, "wil").post("/afwezig/melden", **other)).status == 404


async def test_the_sheet_has_a_box_for_each(world: World) -> None:
    report(world, "Lotte", channel="sms", words="koorts")
    page = await Desk(world, "wil").get("/afwezig/blad")
    assert page.text.count('class="box"') == 2, "Lotte, and groep 5"
    assert "stand van 7.12" in page
    assert "06 12 00 00 05" in page
    assert "koorts" not in page, "paper stays lying about"


async def test_an_open_page_hears_of_every_change(world: World) -> None:
    def look() -> Any:
        with world.bot.database.read() as tx:
            return stamp(tx, "brug")

    seen = [look()]
    number = report(world, "Lotte")
    seen.append(look())
    world.clock.move(MORNING + timedelta(minutes=5))
    report(world, "Lotte", LATE)
    seen.append(look())
    world.write(lambda tx: absences.withdraw(tx, [number], world.clock()))
    seen.append(look())
    assert len(set(seen)) == 4


async def test_it_speaks_english_too(world: World) -> None:
    report(world, "Lotte", LATE, time="10:30")
    row = world.rows(select(t.staff.c.id).where(t.staff.c.role == "directie"))[0]
    world.write(
        lambda tx: tx.execute(t.login.insert(), {"staff_id": row.id, "language": "en", "changed_at": world.clock()})
    )
    assert (await Desk(world, "dora").get("/afwezig")).status == 200
