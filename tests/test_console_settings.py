"""The rooms of the settings: who sees which, what stands there, and what the school's own days and facts are."""

import pytest

from bot.people import facts, freedays
from tests.harness.office import Desk, deeds, employ
from tests.world import World

ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//school//nl
BEGIN:VEVENT
UID:1
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20261204
SUMMARY:Studiedag
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20261211
SUMMARY:Kerstviering
END:VEVENT
END:VCALENDAR
"""
ROOMS = {
    "wil": {"mij", "school", "dagen", "collegas", "kanalen", "talen", "logboek"},
    "dora": {"mij", "school", "dagen", "collegas", "kanalen", "talen", "logboek"},
    "janneke": {"mij", "dagen", "collegas", "talen"},
    "fenna": {"mij", "dagen", "collegas"},
    "ida": {"mij", "dagen", "collegas"},
    "net": {"mij", "kanalen"},
}


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


@pytest.mark.parametrize("key", ROOMS)
async def test_everybody_sees_her_own_rooms_and_no_other_opens(world: World, key: str) -> None:
    desk = Desk(world, key)
    page = await desk.get("/instellingen")
    assert page.status == 200
    for room in ROOMS["wil"]:
        offered = f'"/console/instellingen/{room}"' in page.text
        assert offered == (room in ROOMS[key]), room
        if room != "mij":
            assert (await desk.get(f"/instellingen/{room}")).status == (200 if offered else 404), room


async def test_the_list_says_what_needs_doing(world: World) -> None:
    page = await Desk(world, "wil").get("/instellingen")
    assert "collega&#39;s zonder inlog" in page
    assert "Dit vraagt om u" in page
    page = await Desk(world, "janneke").get("/instellingen")
    assert "zonder inlog" not in page


async def test_what_is_fixed_says_who_changes_it_and_nothing_secret(world: World) -> None:
    page = await Desk(world, "wil").get("/instellingen/school")
    assert "beheerder van Ouderbrug" in page
    assert "config.toml" not in page
    assert "030 123 45 67" in page
    assert "a token of this test" not in page
    assert "nog niet ingevuld" in page, "the phone of the office"


# --- facts
async def test_school_times_are_noted_with_their_date_and_undone(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post(
        "/instellingen/school/feiten/bewaar", groep="groep 4", ma="8.30 - 14.00", gym="maandag en donderdag"
    )
    assert page.status == 200
    assert "8.30 - 14.00" in page
    assert "gym op maandag en donderdag" in page
    assert "ma 23 nov" in page or "23 november" in page
    known = world.write(lambda tx: facts.of(tx, "brug", "groep 4"))
    assert {what: each.value for what, each in known.items()} == {"ma": "8:30-14:00", "gym": "ma do"}
    await world.later(days=1)
    desk = Desk(world, "wil")
    page = await desk.post("/instellingen/school/feiten/bewaar", groep="groep 4", ma="8:30-14:00", di="8:30-12:00")
    known = world.write(lambda tx: facts.of(tx, "brug", "groep 4"))
    assert {what: each.noted_on for what, each in known.items()} == {"ma": "2026-11-23", "di": "2026-11-24"}
    back = page.text.partition('action="/console/instellingen/school/feiten/terug')[2].partition('"')[0]
    assert (await desk.post(f"/instellingen/school/feiten/terug{back}")).status == 200
    known = world.write(lambda tx: facts.of(tx, "brug", "groep 4"))
    assert {what: each.value for what, each in known.items()} == {"ma": "8:30-14:00", "gym": "ma do"}
    assert deeds(world)[-3:] == ["feit", "feit", "feit"]


async def test_what_is_no_time_stays_typed_and_nothing_is_kept(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post("/instellingen/school/feiten/bewaar", groep="", ma="vroeg", di="8:30-14:00")
    assert page.status == 422
    assert 'value="vroeg"' in page
    assert "8:30-14:00, of vrij" in page
    assert world.write(lambda tx: facts.everything(tx, "brug")) == []
    assert (await desk.get("/instellingen/school/feiten?groep=groep+99")).status == 404


async def test_times_come_from_a_file_after_a_look(world: World) -> None:
    desk = Desk(world, "wil")
    data = b"groep,ma,gym\nalle,8:30-14:00,\ngroep 4,,di\n"
    page = await desk.post("/instellingen/school/bestand/kijk", {"bestand": ("tijden.csv", data)})
    assert page.status == 200
    assert "2 nieuw" in page
    assert world.write(lambda tx: facts.everything(tx, "brug")) == [], "only looked"
    carried = page.text.partition('name="feiten" value="')[2].partition('"')[0].replace("&#34;", '"')
    await desk.post("/instellingen/school/bestand/bewaar", feiten=carried)
    assert len(world.write(lambda tx: facts.everything(tx, "brug"))) == 2
    page = await desk.post("/instellingen/school/bestand/kijk", {"bestand": ("t.csv", b"groep,ma\nalle,vroeg\n")})
    assert page.status == 422
    assert "regel 2" in page
    assert "dit is geen schooltijd" in page
    page = await desk.post("/instellingen/school/bestand/bewaar", feiten='[["alle","ma","zin"]]')
    assert page.status == 422


# --- days
async def test_a_day_off_is_added_seen_and_undone(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post("/instellingen/dagen/erbij", van="2026-12-04", tot="", soort="studiedag", naam="")
    assert page.status == 200
    assert "vrijdag 4 december" in page
    assert "Collega&#39;s krijgen die dag geen herinnering" in page
    assert 'class="studiedag"' in page
    [free] = world.write(lambda tx: freedays.of(tx, "brug"))
    assert (free.kind, free.name) == ("studiedag", "studiedag")
    back = page.text.partition('action="/console/instellingen/dagen/terug')[2].partition('"')[0]
    await desk.post(f"/instellingen/dagen/terug{back}")
    assert world.write(lambda tx: freedays.of(tx, "brug")) == []
    page = await desk.post(f"/instellingen/dagen/terug{back}")
    assert "intussen weer veranderd" in page
    assert deeds(world)[-1] == "dag"


async def test_a_day_is_removed_and_comes_back(world: World) -> None:
    desk = Desk(world, "wil")
    await desk.post("/instellingen/dagen/erbij", van="2027-01-11", tot="2027-01-12", soort="vrij", naam="Suikerfeest")
    page = await desk.get("/instellingen/dagen")
    assert "Suikerfeest" in page
    number = page.text.partition("/weg")[0].rpartition("/")[2]
    assert (await Desk(world, "kees", "vaart").post(f"/instellingen/dagen/{number}/weg")).status == 404
    page = await desk.post(f"/instellingen/dagen/{number}/weg")
    assert world.write(lambda tx: freedays.of(tx, "brug")) == []
    back = page.text.partition('action="/console/instellingen/dagen/terug')[2].partition('"')[0]
    await desk.post(f"/instellingen/dagen/terug{back}")
    assert [each.name for each in world.write(lambda tx: freedays.of(tx, "brug"))] == ["suikerfeest"]
    teacher = await Desk(world, "janneke").get("/instellingen/dagen")
    assert "Suikerfeest" in teacher
    assert "/weg" not in teacher


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"van": "morgen"}, "Dit lezen wij niet als dag"),
        ({"van": "2026-12-04", "tot": "2026-12-01"}, "Draai ze om"),
        ({"van": "2036-12-04"}, "Kijk naar het jaar"),
    ],
)
async def test_what_cannot_be_a_day_is_said_in_words(world: World, typed: dict[str, str], told: str) -> None:
    page = await Desk(world, "wil").post("/instellingen/dagen/erbij", soort="vrij", naam="x", **typed)
    assert page.status == 422
    assert told in page
    assert world.write(lambda tx: freedays.of(tx, "brug")) == []


async def test_a_calendar_shows_what_it_changes_first(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post("/instellingen/dagen/bestand/kijk", {"bestand": ("../../school.ics", ICS.encode())})
    assert page.status == 200
    assert "Dit komt erbij" in page
    assert "Kerstviering" in page, "what is left alone is named"
    assert world.write(lambda tx: freedays.of(tx, "brug")) == []
    carried = page.text.partition('name="dagen" value="')[2].partition('"')[0].replace("&#34;", '"')
    page = await desk.post("/instellingen/dagen/bestand/bewaar", bron="school.ics", dagen=carried)
    [free] = world.write(lambda tx: freedays.of(tx, "brug"))
    assert (free.kind, free.source) == ("studiedag", "school.ics")
    page = await desk.post("/instellingen/dagen/bestand/bewaar", bron="x", dagen='[["2026-13-40"]]')
    assert page.status == 422
    page = await desk.post("/instellingen/dagen/bestand/kijk", {"bestand": ("k.csv", b"wat\nvrij\n")})
    assert "de kolommen kloppen niet" in page


async def test_the_year_that_is_asked_for_is_shown(world: World) -> None:
    desk = Desk(world, "janneke")
    assert "Vrije dagen in 2026-2027" in await desk.get("/instellingen/dagen")
    assert "Vrije dagen in 2027-2028" in await desk.get("/instellingen/dagen?jaar=2027-2028")
    assert "Vrije dagen in 2026-2027" in await desk.get("/instellingen/dagen?jaar=9998-9999")
