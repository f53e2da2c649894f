"""A new message: what it says and to whom, what arrives, and that nobody writes to whom she has no right to."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.broadcast.content import QUESTION, Content
from bot.console.sheets import whole
from bot.console.told import sheet, wording
from bot.console.told.choose import places
from bot.console.visit import Visit
from bot.console.who import colleague
from bot.people import logins, staff
from bot.store import tables as t
from tests.fakes.translators import Fluent
from tests.harness.office import Desk, Seen, deeds, employ
from tests.harness.rights import people
from tests.world import YEAR, World

NEW, LOOK = "/berichten/nieuw", "/berichten/bekijk"
STUDY = {"soort": "klaar", "klaar": "studiedag", "klaar.studiedag.dag": "2026-12-01"}
OWN = {"soort": "zelf", "tekst": "Morgen gymspullen mee. Niet vergeten: om 8.30 beginnen we."}


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def read(page: Seen) -> str:
    """What stands on the page, as one reads it."""
    return " ".join(re.sub("<[^>]+>", " ", page.text.partition("<main")[2]).split())


def group(world: World, name: str) -> str:
    return str(world.rows(select(t.group.c.id).where(t.group.c.name == name))[0].id)


def tag(world: World, school: str) -> str:
    return str(
        world.write(
            lambda tx: tx.execute(t.tag.insert().returning(t.tag.c.id), {"school": school, "name": "koor"}).scalar_one()
        )
    )


def told(world: World) -> list[Any]:
    return world.rows(select(t.broadcast).order_by(t.broadcast.c.id))


def said(world: World, row: Any) -> Content:
    with world.bot.database.read() as tx:
        return Content.load(tx.open("broadcast.content", row.content))


async def composed(desk: Desk, **fields: Any) -> Seen:
    await desk.get(NEW)
    return await desk.fill(NEW, **fields)


async def test_a_teacher_sees_what_arrives_and_sends_it_once(world: World) -> None:
    desk = Desk(world, "janneke")
    assert 'name="groep" value="' + group(world, "groep 4") + '" checked' in await desk.get(NEW)
    page = await composed(desk, groep=group(world, "groep 4"), **STUDY)
    assert page.path.endswith(LOOK)
    assert "3 gezinnen · 4 ouders · 3 talen" in read(page)
    assert "Op dinsdag 1 december is er een studiedag" in page
    assert "2 SMS (2 delen) · 1 Telegram · 1 WhatsApp" in read(page)
    assert 'name="zeker"' not in page, "one group: once is enough"
    assert told(world) == [], "nothing leaves by looking"
    for _ in range(3):
        await desk.fill(f"{LOOK}/stuur", wanneer="nu", _form="")
    row = told(world)
    assert len(row) == 1
    assert (row[0].state, row[0].cls, row[0].due_at) == ("planned", "broadcast", world.clock() + timedelta(minutes=2))
    assert "bericht" in deeds(world)
    assert world.rows(select(t.audit.c.kind, t.audit.c.target))[0] == ("broadcast", row[0].id)
    assert "Dit bericht had u nog niet gestuurd" not in await desk.get(NEW)


async def test_only_what_she_has_seen_goes(world: World) -> None:
    """She changed it in another window: the first window's button sends nothing."""
    desk, groep = Desk(world, "janneke"), group(world, "groep 4")
    page = await composed(desk, groep=groep, **STUDY)
    key = re.search(r'name="sleutel" value="(\w+)"', page.text)
    assert key
    await composed(Desk(world, "janneke"), groep=groep, **OWN)
    page = await desk.post(f"{LOOK}/stuur", sleutel=key[1], wanneer="nu")
    assert (page.status, "intussen veranderd" in page, told(world)) == (422, True, [])


async def test_somebody_elses_group_tag_school_or_question_does_not_exist(world: World) -> None:
    """Ids in a form are no less hers than those in an address."""
    laid = await people(world)
    foreign = {
        "janneke": ({"groep": group(world, "groep 5")}, {"groep": group(world, "groep 3")}, {"alle": "brug"},
                    {"jaar": "4"}, {"tag": str(laid.id("tag", "brug"))},
                    {"kind": [str(laid.id("child", each)) for each in ("Amira", "Can")]}),
        "wil": ({"groep": group(world, "groep 3")}, {"alle": "vaart"}, {"tag": str(laid.id("tag", "vaart"))},
                {"niet": str(laid.id("broadcast", "noor"))}, {"over": str(laid.id("broadcast", "noor"))},
                {"over": str(laid.id("broadcast", "janneke"))},  # that is no question
                    {"kind": str(laid.id("child", "Deniz"))}),
        "fenna": ({"groep": group(world, "groep 3")}, {"alle": "vaart"},
                  {"niet": str(laid.id("broadcast", "janneke"))}, {"kind": str(laid.id("child", "Lotte"))}),
        "ida": ({"jaar": "4"}, {"tag": str(laid.id("tag", "brug"))}),
        "net": ({"groep": group(world, "groep 4")}, {"tag": str(laid.id("tag", "brug"))}),
    }  # fmt: skip
    before = len(told(world))
    for key, tries in foreign.items():
        desk = laid.desk(key)
        for bad in tries:
            for kind in (STUDY, OWN):
                page = await desk.post(
                    NEW, **{"groep": group(world, "groep 4") if key == "janneke" else "", **bad, **kind}
                )
                assert page.status == 404, f"{key} {bad}"
            assert (await desk.bare("GET", LOOK)).status_code == 303, f"{key} {bad}"
    file = {"bestand": str(laid.id("attachment", "noor")), "groep": group(world, "groep 4")}
    assert (await laid.desk("janneke").post(NEW, **file, **OWN)).status == 404
    assert (await laid.desk("janneke").get(f"{NEW}?over={laid.id('broadcast', 'noor')}")).status == 404
    assert len(told(world)) == before


async def test_a_sheet_that_was_kept_is_asked_again(world: World) -> None:
    """What was hers when she looked need not be hers when she sends."""
    desk = Desk(world, "janneke")
    await composed(desk, groep=group(world, "groep 4"), **STUDY)
    world.write(lambda tx: tx.execute(t.group_staff.delete()))
    assert (await desk.fill(f"{LOOK}/stuur", wanneer="nu")).status == 404
    assert told(world) == []


async def test_more_than_one_group_asks_again(world: World) -> None:
    desk = Desk(world, "wil")
    page = await composed(desk, alle="brug", **STUDY)
    assert "Ja, naar alle 2 groepen" in page
    assert re.search(r'<a href="/console/gezinnen/\d+"><bdi>Elif Yılmaz', page.text), "who cannot be reached, by name"
    page = await desk.fill(f"{LOOK}/stuur", wanneer="nu")
    assert (page.status, "Zet het vinkje" in page, told(world)) == (422, True, [])
    page = await desk.fill(f"{LOOK}/stuur", wanneer="nu", zeker="1")
    assert page.path == f"/console/berichten/{told(world)[0].id}"
    assert told(world)[0].audience[3] is True


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({}, "Kies eerst wat u wilt sturen"),
        ({**STUDY, "klaar": "geheim"}, "Kies een klaar bericht"),
        ({**STUDY, "klaar.studiedag.dag": ""}, "Vul dit nog in"),
        ({**STUDY, "klaar.studiedag.dag": "2026-11-01"}, "al voorbij"),
        ({**OWN, "tekst": "a" * 1001}, "te lang"),
        ({**OWN, "tekst": " "}, "Vul dit nog in"),
        ({"soort": "vraag", "vraag": "Komt u?", "hoe": "keuze", "keuze1": "Ja"}, "minstens twee"),
        ({"soort": "vraag", "vraag": "Komt u?", "hoe": "hulp"}, "hoeveel ouders"),
        ({"soort": "vraag", "vraag": "Wat?", "hoe": "begrip", "keuze1": "a", "keuze2": "b"}, "vinkje bij wat klopt"),
        ({"soort": "vraag", "vraag": "Komt u?", "hoe": "janee", "tot": "2026-11-01"}, "Kies een dag vanaf vandaag"),
        ({**OWN, "dringend": "1"}, "waarom het dringend is"),
        ({**STUDY, "dringend": "1", "reden": "x"}, "kan niet dringend zijn"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_with_what_she_typed(world: World, bad: dict[str, str], words: str) -> None:
    desk = Desk(world, "wil")
    page = await composed(desk, groep=group(world, "groep 4"), **bad)
    assert (page.status, words in page) == (422, True), read(page)[:400]
    for typed in (bad.get("vraag"), bad.get("tekst", " ").strip()):
        assert not typed or typed in page
    assert world.rows(t.draft.select()) == []


async def test_nobody_chosen(world: World) -> None:
    page = await composed(Desk(world, "wil"), **STUDY)
    assert (page.status, "Kies eerst voor wie" in page) == (422, True)


async def test_all_kinds_of_questions_say_what_was_filled_in(world: World) -> None:
    desk, groep = Desk(world, "janneke"), group(world, "groep 4")
    asked = {
        "janee": {}, "getal": {}, "hulp": {"plaatsen": "3"}, "keuze": {"keuze1": "Maandag", "keuze3": "Dinsdag"},
        "begrip": {"keuze2": "Een pet", "keuze3": "Een bal", "klopt": "3"},
    }  # fmt: skip
    for how, more in asked.items():
        page = await composed(desk, groep=groep, soort="vraag", vraag="Wat kunt u?", hoe=how, tot="2026-12-01", **more)
        assert page.path.endswith(LOOK), read(page)[:300]
        assert (await desk.fill(f"{LOOK}/stuur", wanneer="nu")).status == 200
    found = {each.what: said(world, each) for each in told(world)}
    assert {*found} == {*wording.FLOWS.values()} <= {flow.name for flow in world.bot.books.library.flows}
    assert all(each.kind == QUESTION for each in found.values())
    by = {how: found[flow] for how, flow in wording.FLOWS.items()}
    assert by["hulp"].places == 3
    assert by["keuze"].choices == ("Maandag", "Dinsdag")
    assert (by["begrip"].choices, by["begrip"].right) == (("Een pet", "Een bal"), (2,))
    assert {each.until_at.isoformat()[:16] for each in told(world)} == {"2026-12-01T22:59"}


async def test_it_is_planned_for_later(world: World) -> None:
    await world.later(hours=6)  # ten in the evening: it is quiet
    desk, groep = Desk(world, "janneke"), group(world, "groep 4")
    page = await composed(desk, groep=groep, **OWN)
    assert "3 ouders lezen het vanaf morgen 7.00: tot dan is het stil." in read(page)
    assert "Na de stille uren: morgen 7.00" in page
    await desk.fill(f"{LOOK}/stuur", wanneer="straks")
    await composed(desk, groep=groep, **OWN)
    page = await desk.fill(f"{LOOK}/stuur", wanneer="om", dag="2026-11-01", tijd="10:00")
    assert (page.status, "moment dat nog komt" in page) == (422, True)
    page = await desk.fill(f"{LOOK}/stuur", wanneer="om", dag="2026-11-25", tijd="10:00")
    assert "Gaat weg: wo 25 nov 10.00." in read(page)
    assert [f"{each.due_at:%d %H:%M}" for each in told(world)] == ["24 06:00", "25 09:00"]
    page = await desk.fill(f"/berichten/{told(world)[1].id}/nu")
    assert "Vertrekt om" in read(page)


async def test_what_is_half_written_is_there_again(world: World) -> None:
    desk = Desk(world, "janneke")
    await desk.post("/concept", plaats=sheet.PLACE, tekst="Morgen gym")
    page = await desk.get(NEW)
    assert re.search(r"<textarea[^>]*>Morgen gym</textarea>", page.text)
    assert "Dit bericht had u nog niet gestuurd" in page
    await composed(desk, groep=group(world, "groep 4"), **OWN)
    page = await desk.get(NEW)
    assert OWN["tekst"] in page
    assert (await desk.post("/concept", plaats=sheet.SHEET, tekst="{}")).status == 404
    await desk.post(f"{NEW}/leeg")
    assert OWN["tekst"] not in await desk.get(NEW)


async def test_a_coach_proposes_to_each_of_her_schools(world: World) -> None:
    world.write(lambda tx: logins.give_schools(tx, staff.by_key(tx, "brug", "fenna").id, ["vaart"]))
    desk = Desk(world, "fenna")
    page = await composed(desk, alle=["brug", "vaart"], **STUDY)
    assert "Ja, vraag het 2 scholen" in page
    assert not re.search("Haddad|Yılmaz|Visser|Bakker", page.text), "she does not know these families"
    page = await desk.fill(f"{LOOK}/vraag", zeker="1", wanneer="nu")
    assert "Gevraagd" in page
    assert [(each.school, each.state) for each in told(world)] == [("brug", "asked"), ("vaart", "asked")]
    noted = {(row.school, row.what) for row in world.rows(t.audit.select())}
    assert noted == {("brug", "bericht_gevraagd"), ("vaart", "bericht_gevraagd")}
    for door in ("stuur", "dringend"):
        assert (await desk.bare("POST", f"{LOOK}/{door}")).status_code == 404


def test_whom_each_can_choose(world: World) -> None:
    config = world.bot.config
    with world.bot.database.read() as tx:
        found = {}
        for key in ("janneke", "wil", "fenna", "ida", "net"):
            who = colleague(tx, config, staff.by_key(tx, "brug", key), world.clock(), proven=True)
            found[key] = [
                (place.school, [*place.groups.values()], place.levels, place.whole)
                for place in places(Visit(world.bot, who, world.clock(), ""), tx)
            ]
    both = ["groep 4", "groep 5"]
    assert found == {
        "janneke": [("brug", ["groep 4"], [], False)],
        "wil": [("brug", both, [4, 5], True)],
        "fenna": [("brug", both, [], True)],
        "ida": [("brug", both, [], True)],
        "net": [("brug", [], [], True), ("vaart", [], [], True)],
    }
    assert YEAR == "2026-2027"


def test_a_sheet_keeps_what_is_of_the_form() -> None:
    form = sheet.Sheet(
        {"tekst": ["a", " b "], "groep": ["1", "1", "x"], "keuze2": ["Ja  zeker"], "klopt": ["2"], "x": ["y"]}
    )
    assert (form["tekst"], form.numbers("groep"), form["x"]) == ("b", [1, 0], "")
    assert (form.choices, form.right) == (["Ja zeker"], [1])
    assert whole("9" * 30) == whole("-1") == whole("٣") == 0


async def test_the_office_makes_a_list_and_writes_to_it(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post("/berichten/lijsten/nieuw", naam="Turkse gezinnen")
    assert (page.status, "naar herkomst maakt dit niet" in page) == (422, True)
    page = await desk.post("/berichten/lijsten/nieuw", naam="Koor")
    number = page.path.rpartition("/")[2]
    four, five = group(world, "groep 4"), group(world, "groep 5")
    page = await desk.get(f"/berichten/lijsten/{number}?groep={four}")
    lotte = re.search(r'name="kind" value="(\d+)"> <bdi>Lotte', page.text)
    assert lotte
    page = await desk.fill(f"/berichten/lijsten/{number}/bewaar", kind=lotte[1])
    assert "1 kind" in page
    assert (await desk.post(f"/berichten/lijsten/{number}/bewaar", groep=five, kind=lotte[1])).status == 404
    assert (await Desk(world, "kees", "vaart").get(f"/berichten/lijsten/{number}")).status == 404
    page = await composed(desk, tag=number, **STUDY)
    assert "1 gezin · 1 ouder · 1 taal" in read(page)
    await desk.post(f"/berichten/lijsten/{number}/weg")
    assert "Koor" not in await desk.get("/berichten/lijsten")
    assert deeds(world) == ["lijst", "lijst", "lijst_weg"]


async def test_words_of_a_machine_are_shown_as_such_with_what_may_be_wrong(world: World) -> None:
    desk, tr = Desk(world, "janneke"), t.translation
    page = await composed(desk, groep=group(world, "groep 4"), **OWN)
    assert "data-soon" not in page, "there is no machine to wait for"
    assert "Niet vertaald: uw woorden" in page
    world.translating(Fluent())
    desk = Desk(world, "janneke")
    assert "data-soon" in await desk.get(LOOK), "it comes by itself"
    assert {row.target for row in world.rows(select(tr.c.target))} == {"ar", "en"}, "only what somebody reads"
    said = {"ar": "أحضروا ملابس الرياضة غداً. نبدأ في الساعة 9:30.", "en": "Bring gym clothes tomorrow."}

    def work(tx: Any) -> None:
        for target, words in said.items():
            back = tx.seal("translation.back", "Breng morgen sportkleding mee. We beginnen om 9.30.")
            done = {"said": tx.seal("translation.said", words), "back": back, "state": "done", "origin": "machine"}
            risky = ["tijd"] if target == "ar" else []
            tx.execute(tr.update().where(tr.c.target == target).values(risks=risky, **done))

    world.write(work)
    page = await desk.get(LOOK)
    assert "data-soon" not in page
    arabic = page.text.partition('id="taal-ar"')[2].partition("</details>")[0]
    assert re.search(r'<div class="arrives machine">\s*<p class="own" lang="ar" dir="auto">[^<]*أحضروا', arabic)
    assert "<mark>9.30</mark>" in arabic
    assert "machine" in re.sub("<[^>]+>", "", arabic)
    assert "Let op de tijd" in arabic
    dutch = page.text.partition('id="taal-nl"')[2].partition("</details>")[0]
    assert "machine" not in dutch
    unfit = {"state": "failed", "said": None, "back": None, "risks": ["cijfers"]}
    world.write(lambda tx: tx.execute(tr.update().where(tr.c.target == "en").values(unfit)))
    english = (await desk.get(LOOK)).text.partition('id="taal-en"')[2].partition("</details>")[0]
    assert "maakte er iets anders van" in english
    assert "Let op" not in english, "these are her own words"


async def test_one_family_from_its_page(world: World) -> None:
    laid = await people(world)
    desk, hers = laid.desk("janneke"), laid.id("contact", "Fatima")
    assert f"{NEW}?gezin={hers}" in await desk.get(f"/gezinnen/{hers}")
    assert "Aan: het gezin van Amira" in read(await desk.get(f"{NEW}?gezin={hers}"))
    page = await desk.fill(NEW, kind=laid.id("child", "Amira"), soort="klaar", klaar="condoleance")
    assert "1 gezin" in read(page)
    await desk.fill(f"{LOOK}/stuur", wanneer="nu")
    assert told(world)[-1].audience[-1] == [laid.id("child", "Amira")]
    for key, foreign in {"bas": hers, "kees": hers, "fenna": laid.id("contact", "Karin")}.items():
        assert (await laid.desk(key).get(f"{NEW}?gezin={foreign}")).status == 404, key
