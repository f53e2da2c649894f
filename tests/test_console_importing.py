"""The office brings in its file: first what would change, name by name; then that, or nothing."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.console import importing, who
from bot.console.importing import PLACE
from bot.console.visit import Go, Visit
from bot.people import roster
from bot.people.roster.sheet import parse
from bot.store import tables as t
from tests.harness.office import Desk, Seen, deeds, employ
from tests.world import FAMILIES, World

SAME = FAMILIES["brug"]
HEAD = SAME.splitlines()[0]
NEW = "groep 4,Selam Tesfay,Hiwet Tesfay,ti,0612000011\ngroep 4,Selam Tesfay,Dawit Tesfay,nl,\n"


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


@pytest.fixture
def wil(world: World) -> Desk:
    return Desk(world, "wil")


async def sent(desk: Desk, text: str | bytes, name: str = "gezinnen.csv", year: str = "2026-2027") -> Seen:
    """Choose a file; what would change."""
    data = text.encode() if isinstance(text, str) else text
    return await desk.post("/inlezen/bestand", {"bestand": (name, data)}, jaar=year)


async def agree(desk: Desk, page: Seen, **fields: str) -> Seen:
    """Press `Lees in` on this preview."""
    found = re.search(r'name="zo" value="([^"]+)"', page.text)
    assert found, page.text
    return await desk.post("/inlezen/lees-in", zo=found[1], **fields)


def count(world: World, table: str) -> int:
    return int(world.rows(select(func.count().label("n")).select_from(t.metadata.tables[table]))[0].n)


async def test_the_page_says_what_the_file_looks_like_and_gives_one(wil: Desk) -> None:
    page = await wil.get("/inlezen")
    assert page.status == 200
    assert all(
        f'<th scope="row" class="keep">{name}</th>' in page
        for name in ("groep", "kind", "ouder", "taal", "telefoon", "nummer")
    )
    file = await wil.get("/inlezen/voorbeeld")
    assert "attachment" in file.headers["content-disposition"]
    page = await sent(wil, file.data)
    assert page.path.endswith("/inlezen/bekijk")
    assert "2 nieuwe kinderen" in page
    assert "José de Boer" in page


@pytest.mark.parametrize("key", ["janneke", "fenna", "ida", "net"])
async def test_only_the_office_brings_in_a_file(world: World, key: str) -> None:
    desk = Desk(world, key)
    assert [(await desk.get(path)).status for path in ("/inlezen", "/inlezen/bekijk", "/inlezen/voorbeeld")] == [
        404
    ] * 3
    assert (await sent(desk, SAME)).status == 404
    assert (await desk.post("/inlezen/lees-in")).status == 404


async def test_the_same_file_again_changes_nothing(wil: Desk) -> None:
    page = await sent(wil, SAME)
    assert "Er verandert niets." in page
    assert "Lees in" not in page


async def test_what_is_shown_is_what_is_done(world: World, wil: Desk) -> None:
    before = count(world, "child")
    page = await sent(wil, SAME.replace("groep 4,Lotte", "groep 5,Lotte").replace("0612000003", "0612000033") + NEW)
    assert page.status == 200
    for words in (
        "1 nieuw kind",
        "Selam Tesfay",
        "Tigrinya",
        "groep 4 → groep 5: 1 kind",
        "Lotte Visser",
        "06 12 00 00 33",
    ):
        assert words in page, words
    assert count(world, "child") == before, "looking changes nothing"
    done = await agree(wil, page)
    assert done.path.endswith("/inlezen/gedaan")
    for words in ("1 nieuw kind", "2 nieuwe ouders", "1 kind in een andere groep", "2 ouders kunnen een brief krijgen"):
        assert words in done, words
    assert count(world, "child") == before + 1
    assert deeds(world)[-1:] == ["inlezen"]
    assert "Er verandert niets." not in await wil.get("/inlezen/bekijk"), "the file is gone"
    assert count(world, "draft") == 0


async def test_a_file_that_came_while_the_other_was_read_is_looked_at_first(world: World, wil: Desk) -> None:
    await sent(wil, SAME + NEW)
    with world.bot.database.read() as tx:
        found = who.of_token(tx, world.bot.config, wil.token, world.clock())
    assert found
    visit = Visit(world.bot, found[1], world.clock(), "")
    read = importing.lies_ready(visit)
    await world.later(seconds=1)
    await sent(wil, SAME)
    answer = world.write(lambda tx: importing.bring_in(replace(visit, prepared=read), tx))
    assert answer == Go("/inlezen/bekijk")
    assert count(world, "draft") == 1


async def test_the_file_lies_sealed_until_it_is_thrown_away(world: World, wil: Desk) -> None:
    await sent(wil, SAME + NEW)
    [row] = world.rows(select(t.draft))
    assert row.place == PLACE
    assert b"Selam" not in row.body
    assert "gezinnen.csv" in await wil.get("/inlezen")
    page = await wil.post("/inlezen/weg")
    assert "Er is niets veranderd" in page
    assert count(world, "draft") == 0
    assert (await wil.get("/inlezen/bekijk")).path.endswith("/inlezen")
    assert deeds(world) == []


async def test_a_preview_that_is_not_true_any_more_is_shown_anew(world: World, wil: Desk) -> None:
    page = await sent(wil, SAME + NEW)
    world.write(lambda tx: roster.load(
        tx, "brug", "2026-2027", parse("x.csv", (SAME + NEW.replace("groep 4", "groep 5")).encode()), world.clock()
    ))  # fmt: skip
    again = await agree(wil, page)
    assert again.status == 422
    assert "intussen iets veranderd" in again
    assert "groep 5 → groep 4: 1 kind" in again
    assert deeds(world) == []
    assert (await agree(wil, again)).path.endswith("/inlezen/gedaan")


async def test_mistakes_say_where_what_and_the_way_out(world: World, wil: Desk) -> None:
    file = f"{HEAD}\ngroep 4,Selam Tesfay,Hiwet Tesfay,Klingon,12\ngroep 4,,Jan Bos,nl,\ngroep 4,Noor,=A1,nl,\n"
    page = await sent(wil, file)
    assert "3 regels kloppen niet" in page
    for words in (
        "Deze taal is niet bekend",
        "geen telefoonnummer dat bestaat",
        "De kolom kind is leeg",
        "een formule",
    ):
        assert words in page, words
    assert '<th scope="row" class="number">2</th>' in page
    assert "Lees in" not in page
    assert (await wil.post("/inlezen/lees-in", zo="x", klopt="ja")).status == 422
    assert deeds(world) == []


@pytest.mark.parametrize("data", [
    (SAME + NEW).replace("Hiwet", "JosÃ©").encode(),
    (SAME + NEW).replace("Hiwet", "José").encode().decode("cp1252").encode(),
    (SAME + NEW).replace("Hiwet", "Jos\ufffd").encode(),
])  # fmt: skip
async def test_broken_letters_are_refused_with_the_way_to_save_them(wil: Desk, data: bytes) -> None:
    page = await sent(wil, data)
    assert "De letters in namen zijn beschadigd" in page
    assert "CSV UTF-8" in page
    assert "Lees in" not in page


@pytest.mark.parametrize(("name", "data", "words"), [
    ("leeg.csv", b"\n", "geen gezinnen in"), ("kop.csv", f"{HEAD}\n".encode(), "geen gezinnen in"),
    ("foto.xlsx", b"\x89PNG", "niet te lezen"), ("iets.csv", b"a;b\n1;2\n", "Dit ontbreekt: groep, kind, ouder, taal"),
    ("twee.csv", b"groep;groep;kind;ouder;taal\n", "De kolom groep staat er twee keer"),
])  # fmt: skip
async def test_a_file_that_is_none_says_so(wil: Desk, name: str, data: bytes, words: str) -> None:
    page = await sent(wil, data, name)
    assert page.status == 200
    assert words in page


async def test_without_a_file_or_with_another_year_it_asks_again(wil: Desk) -> None:
    page = await wil.post("/inlezen/bestand", {}, jaar="2026-2027")
    assert page.status == 422
    assert "Kies eerst een bestand" in page
    assert (await sent(wil, SAME, year="2031-2032")).status == 422
    assert (await sent(wil, b"x" * (10 * 1024 * 1024 + 70_000))).status == 413


async def test_next_years_file_is_recognised_and_goes_to_its_year(world: World, wil: Desk) -> None:
    later = SAME.replace("groep 5", "groep 6").replace("groep 4", "groep 5")
    page = await sent(wil, later)
    assert "lijkt het bestand van een ander schooljaar" in page
    refused = await agree(wil, page)
    assert refused.status == 422
    assert "kruis aan dat het klopt" in refused
    page = await wil.post("/inlezen/jaar", jaar="2027-2028")
    assert "schooljaar 2027-2028" in page
    assert "ander schooljaar" not in page
    assert (await agree(wil, page)).path.endswith("/inlezen/gedaan")
    years = {row.year for row in world.rows(select(t.membership.c.year))}
    assert years == {"2026-2027", "2027-2028"}


async def test_all_new_names_are_doubted_and_may_be_right(wil: Desk) -> None:
    page = await sent(
        wil, SAME.replace("Haddad", "El-Hadad").replace("Bakker", "Bakkers").replace("06120000", "06120001")
    )
    assert "Bijna alle kinderen zijn nieuw" in page
    assert (await agree(wil, page)).status == 422
    assert (await agree(wil, page, klopt="ja")).path.endswith("/inlezen/gedaan")


async def test_who_is_not_in_the_file_stays(world: World, wil: Desk) -> None:
    page = await sent(wil, HEAD + "\n" + "\n".join(SAME.splitlines()[2:6]) + "\n" + NEW)
    assert "1 kind staat niet in het bestand" in page
    assert "Lotte Visser" in page
    assert "inlezen haalt niemand weg" in page
    assert "1 ouder staat niet meer bij het kind" in page
    await agree(wil, page)
    assert not world.rows(select(t.child.c.id).where(t.child.c.left_at.is_not(None)))


async def test_texts_are_data(wil: Desk) -> None:
    page = await sent(wil, SAME + "groep 4,<script>alert(1)</script>,{{7*7}} {kolom},nl,\n", "<b>x.csv")
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}} {kolom}" in page
    assert "&lt;b&gt;x.csv" in page


async def test_another_school_sees_nothing_of_it(world: World, wil: Desk) -> None:
    await sent(wil, SAME + NEW)
    kees = Desk(world, "kees", "vaart")
    assert (await kees.get("/inlezen/bekijk")).path.endswith("/inlezen")
    page = await sent(kees, SAME)
    assert "4 nieuwe kinderen" in page or "5 nieuwe kinderen" in page, "whoever is known elsewhere is new here"
