"""Groups and colleagues, for the office: somebody new, her groups and hours, her invitation, and when she leaves."""

import pytest
from sqlalchemy import select

from bot.people import logins, staff
from bot.people.staff import StaffRow
from bot.store import tables as t
from tests.harness.office import Desk, Seen, deeds, employ
from tests.world import World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def who(world: World, key: str, school: str = "brug") -> StaffRow:
    return world.write(lambda tx: staff.by_key(tx, school, key))


def undoing(page: Seen) -> str:
    """The path of the form that undoes what was just done."""
    return page.text.partition('class="told"')[2].partition('action="/console')[2].partition('"')[0]


def hers(world: World, key: str) -> list[tuple[str, str, bool]]:
    of = t.group_staff.c
    rows = select(t.group.c.name, of.weekdays, of.substitute).join(t.group, t.group.c.id == of.group_id)
    return [tuple(row) for row in world.rows(rows.where(of.staff_id == who(world, key).id).order_by(t.group.c.name))]


def group(world: World, name: str) -> int:
    return int(world.rows(select(t.group.c.id).where(t.group.c.name == name, t.group.c.school == "brug"))[0].id)


async def test_a_teacher_sees_names_and_groups_only(world: World) -> None:
    desk = Desk(world, "janneke")
    page = await desk.get("/instellingen/collegas")
    assert "meester Bas" in page
    assert "groep 5" in page
    assert "inlog" not in page.text.partition("<main")[2]
    assert "juf Noor" not in page, "she works at another school"
    assert (await desk.get(f"/instellingen/collegas/{who(world, 'bas').id}")).status == 404
    assert (await desk.post("/instellingen/collegas/erbij", naam="juf X", rol="leerkracht")).status == 404


async def test_somebody_new_is_added_invited_and_comes_in(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post(
        "/instellingen/collegas/erbij", naam=" juf  Lisa ", rol="leerkracht", groep=group(world, "groep 5")
    )
    assert page.status == 200
    assert "nog geen inlog" in page
    assert hers(world, "juf-lisa") == [("groep 5", "ma di wo do vr", False)]
    her = who(world, "juf-lisa")
    page = await desk.post(f"/instellingen/collegas/{her.id}/uitnodiging")
    assert page.status == 200
    assert "<svg" in page
    link = page.text.partition('class="link">')[2].partition("<")[0]
    token = link.rpartition("/")[2]
    assert world.write(lambda tx: logins.invited(tx, token, world.clock())) == her
    page = await desk.get(f"/instellingen/collegas/{her.id}")
    assert token not in page, "shown once"
    assert "uitnodiging open tot" in page
    assert deeds(world)[-2:] == ["collega", "uitgenodigd"]


@pytest.mark.parametrize(
    ("name", "role", "told"),
    [
        ("", "leerkracht", "Schrijf een naam"),
        ("Juf Janneke", "leerkracht", "achternaam"),
        ("Nel", "netwerk", "kies wat"),
    ],
)
async def test_what_is_wrong_with_somebody_new(world: World, name: str, role: str, told: str) -> None:
    page = await Desk(world, "wil").post("/instellingen/collegas/erbij", naam=name, rol=role)
    assert page.status == 422
    assert told in page


async def test_who_was_just_added_is_taken_back_and_a_namesake_gets_no_key_of_hers(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post("/instellingen/collegas/erbij", naam="juf Lisa", rol="leerkracht")
    first = who(world, "juf-lisa")
    await desk.post(undoing(page))
    assert world.write(lambda tx: staff.by_id(tx, first.id)) is None
    await desk.post("/instellingen/collegas/erbij", naam="juf Lisa", rol="leerkracht")
    assert who(world, "juf-lisa-2").id != first.id


async def test_who_works_here_is_not_taken_back_as_if_she_had_just_come(world: World) -> None:
    """She has no login yet; only who was just added goes, once, and only for who added her."""
    desk, bas = Desk(world, "wil"), who(world, "bas")
    page = await desk.post("/instellingen/collegas/erbij", naam="juf Lisa", rol="leerkracht")
    lisa, way = who(world, "juf-lisa"), undoing(page)
    assert [(row.kind, row.target) for row in world.rows(select(t.audit))] == [("staff", lisa.id)]
    for asked in (f"/instellingen/collegas/{bas.id}/toch-niet", way.replace(str(lisa.id), str(bas.id), 1)):
        assert (await desk.post(asked)).path.endswith(f"/collegas/{bas.id}")
        assert who(world, "bas").id == bas.id
    assert (await Desk(world, "dora").post(way)).path.endswith(f"/collegas/{lisa.id}")
    assert who(world, "juf-lisa").id == lisa.id


async def test_days_of_two_who_share_a_group(world: World) -> None:
    desk, bas, four = Desk(world, "wil"), who(world, "bas"), group(world, "groep 4")
    sent = {f"dag_{four}": ["ma", "di"], f"valt_in_{four}": "ja"}
    page = await desk.post(f"/instellingen/collegas/{bas.id}/groepen", **sent)
    assert hers(world, "bas") == [("groep 4", "ma di", True)]
    overview = await desk.get("/instellingen/collegas")
    assert "maandag en dinsdag" in overview
    assert "valt in" in overview
    await desk.post(undoing(page))
    assert hers(world, "bas") == [("groep 5", "ma di wo do vr", False)]
    await desk.post(f"/instellingen/collegas/{bas.id}/groepen", **{f"week_{four}": "ja"})
    assert hers(world, "bas") == [("groep 4", "ma di wo do vr", False)]
    assert deeds(world)[-3:] == ["groep"] * 3


async def test_her_hours(world: World) -> None:
    desk, bas = Desk(world, "wil"), who(world, "bas")
    week = {
        f"{edge}_{day}": wall for day in ("ma", "di", "do", "vr") for edge, wall in (("van", "08:00"), ("tot", "17:00"))
    }
    page = await desk.post(f"/instellingen/collegas/{bas.id}/uren", **(week | {"tot_vr": "12:30"}))
    assert who(world, "bas").office == {"wo": [], "vr": ["08:00", "12:30"]}
    await desk.post(undoing(page))
    assert who(world, "bas").office is None
    page = await desk.post(f"/instellingen/collegas/{bas.id}/uren", **(week | {"tot_vr": "07:30"}))
    assert page.status == 422
    assert 'value="07:30"' in page
    assert who(world, "bas").office is None


async def test_somebody_leaves_in_two_steps(world: World) -> None:
    desk, bas, janneke = Desk(world, "wil"), who(world, "bas"), who(world, "janneke")
    his = Desk(world, "bas")
    page = await desk.get(f"/instellingen/collegas/{bas.id}/vertrek")
    assert "Groepen: groep 5" in page
    page = await desk.get(f"/instellingen/collegas/{bas.id}/vertrek/zeker?wie={janneke.id}")
    assert "Dit kunt u niet terugdraaien" in page
    assert world.write(lambda tx: staff.by_id(tx, bas.id)) is not None, "nothing has changed yet"
    page = await desk.post(f"/instellingen/collegas/{bas.id}/vertrek", wie="999")
    assert page.status == 422
    page = await desk.post(f"/instellingen/collegas/{bas.id}/vertrek", wie=janneke.id)
    assert page.status == 200
    assert "meester Bas" not in page
    assert [name for name, _, _ in hers(world, "janneke")] == ["groep 4", "groep 5"]
    assert (await his.bare("GET", "/vandaag")).status_code == 303, "he is signed out"
    assert deeds(world)[-1] == "vertrek"


async def test_the_last_of_the_office_stays(world: World) -> None:
    wil, dora, kees = who(world, "wil"), who(world, "dora"), who(world, "kees", "vaart")
    desk = Desk(world, "kees", "vaart")
    noor = who(world, "noor", "vaart")
    page = await desk.post(f"/instellingen/collegas/{kees.id}/vertrek", wie=noor.id)
    assert page.status == 422
    assert "de enige van het kantoor" in page
    assert "de enige van het kantoor" in await desk.get(f"/instellingen/collegas/{kees.id}")
    assert (await Desk(world, "wil").post(f"/instellingen/collegas/{wil.id}/vertrek", wie=dora.id)).status == 200
    assert (await Desk(world, "dora").get("/instellingen/collegas")).status == 200
    assert (await desk.get(f"/instellingen/collegas/{dora.id}")).status == 404, "another school's"
