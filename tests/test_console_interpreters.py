"""Interpreters on the pages: who they are, when they have time, and their day on paper without a family's name."""

import pytest
from sqlalchemy import select

from bot.store import tables as t
from tests.harness.office import Desk, deeds, employ
from tests.harness.rights import People, named_in, people
from tests.world import World

LIST = "/afspraken/tolken"
SAMIR = {"naam": "Samir Aziz", "telefoon": "06 12 00 00 77", "taal": ["ar", "tr"], "vorm": ["phone"], "kosten": "45,50"}


@pytest.fixture
async def there(world: World) -> People:
    employ(world)
    return await people(world)


@pytest.fixture
def wil(there: People) -> Desk:
    return there.desk("wil")


def hours(world: World, number: int) -> list[tuple[str, str, str]]:
    h = t.interpreter_hours.c
    rows = world.rows(select(h.day, h.from_at, h.until_at).where(h.interpreter_id == number).order_by(h.day, h.from_at))
    return [(row.day, row.from_at, row.until_at) for row in rows]


async def test_an_interpreter_is_added_changed_and_leaves(there: People, wil: Desk) -> None:
    page = await wil.post(LIST, **SAMIR)
    number = int(page.path.rpartition("/")[2])
    row = there.world.rows(select(t.interpreter).where(t.interpreter.c.id == number))[0]
    assert (row.school, row.languages, row.modes, row.cost) == ("brug", ["ar", "tr"], ["phone"], 4550)
    assert b"Samir" not in row.name, "names are sealed"
    listed = await wil.get(LIST)
    assert "Samir Aziz" in listed
    assert "Arabisch, Turks" in listed
    assert 'value="45,50"' in await wil.get(f"{LIST}/{number}")
    await wil.post(f"{LIST}/{number}/wie", **{**SAMIR, "taal": ["tr"], "kosten": ""})
    row = there.world.rows(select(t.interpreter).where(t.interpreter.c.id == number))[0]
    assert (row.languages, row.cost) == (["tr"], 0)
    gone = await wil.post(f"{LIST}/{number}/weg")
    assert gone.path == f"/console{LIST}"
    assert "Samir Aziz" not in gone
    assert deeds(there.world) == ["tolk", "tolk", "tolk_weg"]
    kept = await wil.post(f"{LIST}/{there.id('interpreter', 'brug')}/weg")
    assert "een andere tolk nodig hebben" in kept
    today = await wil.get("/vandaag?alles=1")
    assert "1 gesprek heeft een andere tolk nodig" in today
    assert "do 26 nov 15.00 Arabisch" in today
    assert "tolk nodig" not in await there.desk("janneke").get("/vandaag?alles=1"), "the office looks for one"
    again = await wil.post(LIST, **SAMIR)
    await wil.post(f"{again.path.removeprefix('/console')}/uren", dag1="2026-11-26", uren="15.00-16.00")
    assert "tolk nodig" not in await wil.get("/vandaag?alles=1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"naam": ""}, "Vul een naam in"),
        ({"taal": []}, "ten minste één taal"),
        ({"vorm": []}, "Kies hoe deze tolk werkt"),
        ({"kosten": "veel"}, "Schrijf een bedrag"),
        ({"kosten": "-3"}, "Schrijf een bedrag"),
        ({"telefoon": "0" * 30}, "te lang"),
    ],
)
async def test_what_is_wrong_comes_back_with_what_was_typed(
    there: People, wil: Desk, changes: dict[str, str], said: str
) -> None:
    before = there.world.rows(select(t.interpreter))
    for where in (LIST, f"{LIST}/{there.id('interpreter', 'brug')}/wie"):
        page = await wil.post(where, **{**SAMIR, **changes})
        assert page.status == 422
        assert said in page
        assert f'value="{changes.get("naam", "Samir Aziz")}"' in page
    assert there.world.rows(select(t.interpreter)) == before


async def test_hours_of_several_days_at_once(there: People, wil: Desk) -> None:
    number = there.id("interpreter", "brug")
    where, known = f"{LIST}/{number}/uren", "uren.2026-11-26"
    new = {known: "15.00-17.00", "dag1": "2026-12-03", "dag2": "2026-12-04"}
    for bad in ("", "laat", "15.02-16.00", "16.00-15.00"):
        page = await wil.post(where, **new, uren=bad)
        assert page.status == 422, bad
        assert ("Schrijf de tijden op volgorde" if bad == "16.00-15.00" else "Schrijf de uren zo") in page
        assert 'value="2026-12-03"' in page
    assert len(hours(there.world, number)) == 1
    await wil.post(where, **new, uren="15-17.30 en 18.30-20")
    spans = [("15:00", "17:30"), ("18:30", "20:00")]
    assert hours(there.world, number) == [
        ("2026-11-26", "15:00", "17:00"), *((day, *span) for day in ("2026-12-03", "2026-12-04") for span in spans)
    ]  # fmt: skip
    kept = {"uren.2026-12-03": "15.00-17.30, 18.30-20.00", "uren.2026-12-04": ""}
    await wil.post(where, **{known: "14.00-16.00", **kept})  # one day changed, one emptied
    assert hours(there.world, number) == [
        ("2026-11-26", "14:00", "16:00"), *(("2026-12-03", *span) for span in spans)
    ]  # fmt: skip


async def test_her_day_on_paper_names_no_family(there: People, wil: Desk) -> None:
    page = await wil.get(f"{LIST}/dag?dag=2026-11-26")
    for words in ("Samira Nour", "15.00-15.10", "Arabisch", "juf Janneke", "lokaal 4"):
        assert words in page, words
    assert named_in(page.text) == set()
    assert "geen gesprek met een tolk" in await wil.get(f"{LIST}/dag?dag=2026-11-27")
    for odd in ("nergens", "0001-01-01", "9999-12-31"):
        assert (await wil.get(f"{LIST}/dag?dag={odd}")).status == 200
    assert (await there.desk("janneke").get(LIST)).status == 404
