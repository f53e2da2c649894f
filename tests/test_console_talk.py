"""One talk: what was said, and all that one may do in it, by everybody who may and who may not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from bot.console import drafts
from bot.people import staff
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes.browser import chromium
from tests.harness.office import Desk, deeds, employ
from tests.harness.opened_office import open_office
from tests.test_console_talks import asks, change
from tests.world import FATIMA, JAN, KARIN, YEAR, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


@pytest.fixture
async def talk(world: World) -> int:
    """Karin asks something."""
    return await asks(world, KARIN, "Hoe laat begint het?")


def colleague(world: World, key: str) -> int:
    return world.write(lambda tx: staff.by_key(tx, "brug", key).id)


def thread(world: World, thread_id: int) -> Any:
    return world.rows(select(t.thread).where(t.thread.c.id == thread_id))[0]


def said(world: World, thread_id: int) -> int:
    """How many lines of the school stand in it."""
    m = t.thread_message.c
    return int(world.rows(select(func.count().label("n")).where(m.thread_id == thread_id, m.side == "school"))[0].n)


def became(world: World, talk: int, status: str, reason: str | None) -> None:
    """What became of the answer in this talk."""
    o = t.outbox
    new = update(o).where(o.c.thread_id == talk).values(status=status, reason=reason)
    world.write(lambda tx: tx.execute(new))


# --- reading
async def test_an_arabic_talk_is_shown_as_itself(world: World) -> None:
    talk = await asks(world, FATIMA, "متى الرحلة؟")
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert page.status == 200
    assert '<p class="own" lang="ar" dir="auto">متى الرحلة؟</p>' in page
    assert "Arabisch" in page
    assert "Vertalen kan nog niet" in page
    assert "<title>Gesprek met Fatima Haddad" in page
    assert 'href="tel:+31612000001"' in page
    assert "Bel 06 12 00 00 01" in page
    assert f'href="/console/gezinnen/{world.contact(FATIMA)}"' in page


async def test_a_question_and_what_is_promised_stand_on_top(world: World, talk: int) -> None:
    change(world, talk, kind="vraag", answer_by=world.clock() + timedelta(days=1))
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert "Een vraag die Ouderbrug niet kon beantwoorden." in page
    assert "antwoord beloofd voor dinsdag" in page
    change(world, talk, overdue_at=world.clock())
    assert "later dan beloofd" in await Desk(world, "janneke").get(f"/gesprekken/{talk}")


async def test_of_two_teachers_the_one_of_today_is_named(world: World, talk: int) -> None:
    assert "vandaag werkt" not in await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    world.write(lambda tx: staff.add(tx, "brug", "bas", "meester Bas", "leerkracht", ["groep 4", "groep 5"], YEAR))
    bas = colleague(world, "bas")
    of = t.group_staff
    world.write(lambda tx: tx.execute(update(of).where(of.c.staff_id == bas).values(weekdays="wo do vr")))
    assert "vandaag werkt: <bdi>juf Janneke</bdi>" in await Desk(world, "bas").get(f"/gesprekken/{talk}")


async def test_a_long_talk_shows_its_end_first(world: World, talk: int) -> None:
    row = {"thread_id": talk, "side": "school", "at": world.clock()}

    def write(tx: Any) -> None:
        language = tx.seal("thread_message.language", "nl")
        lines = [
            {**row, "language": language, "body": tx.seal("thread_message.body", f"regel {n}.")} for n in range(70)
        ]
        tx.execute(t.thread_message.insert(), lines)

    world.write(write)
    desk = Desk(world, "janneke")
    page = await desk.get(f"/gesprekken/{talk}")
    assert "regel 69." in page
    assert "regel 5." not in page
    assert "regel 5." in await desk.get(f"/gesprekken/{talk}?alles=1")


# --- answering
async def test_an_answer_reaches_her_and_is_shown_with_its_fate(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Om half negen.")
    assert (page.status, page.path) == (200, f"/console/gesprekken/{talk}")
    assert "Verstuurd." in page
    assert "onderweg" in page
    assert await world.settled(KARIN) == ["draad.antwoord"]
    assert "Bericht van juf Janneke:\nOm half negen." in world.last(KARIN).message.text
    for status, reason, words in (
        ("delivered", None, "bezorgd"), ("read", None, "gelezen"), ("sent", None, "verstuurd"),
        ("failed", "dead 30005", "dit nummer bestaat niet meer"), ("failed", "30999", "nam het niet aan"),
        ("unknown", "in_doubt", "niemand weet"), ("expired", "too_late", "op tijd"),
    ):  # fmt: skip
        became(world, talk, status, reason)
        assert words in await desk.get(f"/gesprekken/{talk}"), status
    assert deeds(world) == ["antwoord"]


@pytest.mark.parametrize(
    ("key", "school", "given", "is_tense", "may"),
    [
        ("janneke", "brug", False, False, True), ("wil", "brug", False, False, True),
        ("dora", "brug", False, False, True), ("bas", "brug", False, False, False), ("bas", "brug", True, False, True),
        ("fenna", "brug", False, False, False), ("fenna", "brug", True, False, True),
        ("fenna", "brug", False, True, True), ("ida", "brug", False, True, False), ("ida", "brug", True, False, True),
        ("net", "brug", False, True, False), ("kees", "vaart", False, True, False),
    ],
)  # fmt: skip
async def test_who_may_answer_and_who_may_not(
    world: World, talk: int, key: str, school: str, given: bool, is_tense: bool, may: bool
) -> None:
    change(world, talk, staff_id=colleague(world, key) if given else None, tense=is_tense)
    desk = Desk(world, key, school)
    page = await desk.get(f"/gesprekken/{talk}")
    assert page.status == (200 if may else 404)
    before = said(world, talk)
    for word, fields in (
        ("antwoord", {"antwoord": "Dag."}), ("alarm", {}), ("beloofd", {"belofte": "bellen", "dag": "2026-11-24"}),
        ("klaar", {}), ("heropen", {}), ("terug", {}), ("spannend", {}),
    ):  # fmt: skip
        answer = await desk.bare("POST", f"/gesprekken/{talk}/{word}", data=await _proof(world, desk, **fields))
        assert answer.status_code == (303 if may else 404), word
        change(world, talk, staff_id=colleague(world, key) if given else None)
    assert said(world, talk) == before + may
    assert bool(deeds(world)) == may


async def _proof(world: World, desk: Desk, **fields: str) -> dict[str, str]:
    from bot.console.serve import csrf

    with world.bot.database.read() as tx:
        return {"_ons": csrf(tx, desk.token), **fields}


async def test_the_same_form_twice_is_one_answer(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    proof = await _proof(world, desk, _form="een", antwoord="Om half negen.")
    for _ in range(2):
        answer = await desk.bare("POST", f"/gesprekken/{talk}/antwoord", data=proof)
        assert answer.status_code == 303
    assert said(world, talk) == 1


@pytest.mark.parametrize(
    ("text", "words"), [("", "Schrijf eerst"), (" \n ", "Schrijf eerst"), ("x" * 1003, "3 tekens te lang")]
)
async def test_a_wrong_answer_stays_as_it_was_typed(world: World, talk: int, text: str, words: str) -> None:
    page = await Desk(world, "janneke").post(f"/gesprekken/{talk}/antwoord", antwoord=text)
    assert page.status == 422
    assert words in page
    assert f"required>{text}</textarea>" in page if text.strip() else True
    assert said(world, talk) == 0
    assert deeds(world) == []


async def test_who_sent_stop_is_called(world: World, talk: int) -> None:
    await world.say(KARIN, "STOP")
    desk = Desk(world, "janneke")
    page = await desk.get(f"/gesprekken/{talk}")
    assert "stuurde STOP" in page
    assert "tel:+31612000005" in page
    assert f'action="/console/gesprekken/{talk}/antwoord' not in page
    page = await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Dag Karin!")
    assert page.status == 422
    assert "niet verstuurd" in page
    assert "Dag Karin!" in page, "her text is still there"
    assert said(world, talk) == 0


async def test_at_night_the_page_says_when_it_leaves(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    assert "Het is nu stil" not in await desk.get(f"/gesprekken/{talk}")
    await world.later(hours=7)
    await world.say(KARIN, "Sorry, nog iets.")
    desk = Desk(world, "janneke")
    assert "Het is nu stil" not in await desk.get(f"/gesprekken/{talk}"), "she wrote just now"
    await world.later(minutes=11)
    assert "uw antwoord gaat weg morgen 7." in await desk.get(f"/gesprekken/{talk}")
    await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Tot morgen.")
    await world.settled(KARIN)
    assert "gaat weg: morgen 7." in await desk.get(f"/gesprekken/{talk}")


async def test_a_draft_is_there_until_it_is_sent(world: World, talk: int) -> None:
    desk, me = Desk(world, "janneke"), colleague(world, "janneke")
    await desk.post("/concept", plaats=f"thread:{talk}", tekst="Ik kijk <even> na")
    assert "Ik kijk &lt;even&gt; na</textarea>" in await desk.get(f"/gesprekken/{talk}")
    assert "Ik kijk" not in await Desk(world, "wil").get(f"/gesprekken/{talk}"), "it is hers"
    await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Nagekeken.")
    with world.bot.database.read() as tx:
        assert drafts.of(tx, me, f"thread:{talk}") == ""


# --- giving on
async def test_given_to_the_coach_and_taken_back(world: World, talk: int) -> None:
    desk, fenna = Desk(world, "janneke"), colleague(world, "fenna")
    page = await desk.post(f"/gesprekken/{talk}/door", aan=str(fenna), woord="wil jij bellen?")
    assert page.status == 200
    assert "juf Janneke gaf dit door aan Fenna" in page
    assert "wil jij bellen?" in page
    assert f'action="/console/gesprekken/{talk}/terug"' in page, "it can be undone"
    assert thread(world, talk).staff_id == fenna
    assert (await Desk(world, "fenna").get(f"/gesprekken/{talk}")).status == 200
    assert (await desk.post(f"/gesprekken/{talk}/terug")).status == 200
    assert thread(world, talk).staff_id is None
    assert deeds(world) == ["door", "door_terug"]


async def test_who_gave_it_away_and_may_not_see_it_comes_to_the_list(world: World, talk: int) -> None:
    change(world, talk, staff_id=colleague(world, "ida"))
    page = await Desk(world, "ida").post(f"/gesprekken/{talk}/door", aan="leerkracht")
    assert (page.status, page.path) == (200, "/console/gesprekken")
    assert "Doorgegeven." in page
    assert thread(world, talk).staff_id is None


async def test_it_is_given_only_to_who_works_here(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    noor = world.write(lambda tx: staff.by_key(tx, "vaart", "noor").id)
    for wrong in ("", "x", "leerkracht", str(noor), str(colleague(world, "net")), "9" * 30):
        page = await desk.post(f"/gesprekken/{talk}/door", aan=wrong, woord="een regel")
        assert page.status == 422, wrong
        assert "Kies aan wie" in page
        assert 'value="een regel"' in page
    page = await desk.post(f"/gesprekken/{talk}/door", aan=str(colleague(world, "fenna")), woord="x" * 201)
    assert page.status == 422
    assert "1 teken te lang" in page
    assert thread(world, talk).staff_id is None


async def test_a_coach_of_several_schools_can_be_given_it(world: World, talk: int) -> None:
    noor = world.write(lambda tx: staff.add(tx, "vaart", "cor", "Cor", "kansencoach", [], YEAR))
    row = {"staff_id": noor, "school": "brug"}
    world.write(lambda tx: tx.execute(t.staff_school.insert(), row))
    assert (await Desk(world, "janneke").post(f"/gesprekken/{talk}/door", aan=str(noor))).status == 200
    cor = Desk(world, "cor", "vaart")
    page = await cor.post(f"/gesprekken/{talk}/beloofd", belofte="Karin bellen", dag="2026-11-25")
    assert page.status == 200
    assert "Karin bellen" in page


# --- how it stands
async def test_done_without_an_answer_and_open_again(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(f"/gesprekken/{talk}/klaar")
    assert "Dit gesprek is klaar." in page
    assert f'action="/console/gesprekken/{talk}/heropen"' in page
    assert thread(world, talk).state == "closed"
    await desk.post(f"/gesprekken/{talk}/heropen")
    assert thread(world, talk).state == "open"
    assert deeds(world) == ["klaar", "heropend"]


async def test_what_is_tense_the_coach_sees(world: World, talk: int) -> None:
    desk, coach = Desk(world, "janneke"), Desk(world, "fenna")
    page = await desk.post(f"/gesprekken/{talk}/spannend")
    assert "coach kijkt mee" in page
    assert (await coach.get(f"/gesprekken/{talk}")).status == 200
    page = await coach.post(f"/gesprekken/{talk}/rustig")
    assert page.path == "/console/gesprekken", "it is not hers to see any more"
    assert deeds(world) == ["spannend", "rustig"]


async def test_danger_is_taken_by_one(world: World) -> None:
    await world.say(JAN, "zelfmoord")
    [danger] = world.rows(t.thread.select().where(t.thread.c.kind == "gevaar"))
    desk = Desk(world, "janneke")
    page = await desk.get(f"/gesprekken/{danger.id}")
    assert "Ik pak dit op" in page
    assert "Nog niemand" in page
    assert "U pakt dit op." in await desk.post(f"/gesprekken/{danger.id}/alarm")
    page = await Desk(world, "wil").post(f"/gesprekken/{danger.id}/alarm")
    assert "had dit al opgepakt" in page
    assert "<bdi>juf Janneke</bdi> pakt dit op." in page
    assert world.rows(select(t.alarm.c.state))[0].state == "taken"
    assert deeds(world) == ["alarm", "alarm"]


# --- promises
async def test_a_promise_is_noted_shown_and_done(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(f"/gesprekken/{talk}/beloofd", belofte="Karin bellen over gym", dag="2026-11-24")
    assert "Karin bellen over gym" in page
    assert "dinsdag 24 november" in page
    [made] = world.rows(select(t.promise))
    assert (made.thread_id, made.staff_id, made.due_on) == (talk, colleague(world, "janneke"), "2026-11-24")
    await world.later(days=2)
    assert "die dag is voorbij" in await Desk(world, "wil").get(f"/gesprekken/{talk}")
    await Desk(world, "janneke").post(f"/gesprekken/{talk}/beloofd/{made.id}/gedaan")
    assert world.rows(select(t.promise))[0].state == "kept"
    page = await Desk(world, "janneke").post(f"/gesprekken/{talk}/beloofd/{made.id}/weg")
    assert "Dat was al gedaan." in page


async def test_a_promise_can_be_undone_but_not_through_another_talk(world: World, talk: int) -> None:
    desk, other = Desk(world, "janneke"), await asks(world, FATIMA, "متى؟")
    await desk.post(f"/gesprekken/{talk}/beloofd", belofte="bellen", dag="2026-11-24")
    [made] = world.rows(select(t.promise))
    assert (await desk.post(f"/gesprekken/{other}/beloofd/{made.id}/weg")).status == 404
    assert world.rows(select(t.promise))[0].state == "open"
    assert (await desk.post(f"/gesprekken/{talk}/beloofd/{made.id}/weg")).status == 200
    assert world.rows(select(t.promise))[0].state == "dropped"


@pytest.mark.parametrize(
    ("belofte", "dag", "words"),
    [
        ("", "2026-11-24", "Schrijf wat u gaat doen"), ("bellen", "2026-11-22", "Kies een dag"),
        ("bellen", "morgen", "Kies een dag"), ("bellen", "2028-01-01", "Kies een dag"),
        ("x" * 202, "2026-11-24", "2 tekens te lang"),
    ],
)  # fmt: skip
async def test_a_wrong_promise_says_so_and_stays(world: World, talk: int, belofte: str, dag: str, words: str) -> None:
    page = await Desk(world, "janneke").post(f"/gesprekken/{talk}/beloofd", belofte=belofte, dag=dag)
    assert page.status == 422
    assert words in page
    assert f'value="{belofte}"' in page
    assert '<details id="belofte" open>' in page
    assert world.rows(select(t.promise)) == []


# --- in a browser
@pytest.mark.browser
def test_her_words_appear_while_one_types_and_nothing_typed_is_lost(
    furnished: Path, ring: Ring, tmp_path: Path
) -> None:
    with open_office(furnished, tmp_path, ring) as office, chromium() as browser:
        world = office.world
        talk = office.call(asks(world, KARIN, "Hoe laat begint het?"))
        page = office.browser_of("janneke", browser).new_page()
        page.goto(f"{office.url}/console/gesprekken/{talk}#nieuw")
        field = page.get_by_label("Uw antwoord")
        field.press_sequentially("Ik kijk het na")
        expect(page.locator("#bewaard")).to_have_text("Bewaard")
        page.reload()
        expect(field).to_have_value("Ik kijk het na")
        field.press_sequentially(" en ")
        page.evaluate("window.here = true")
        office.call(asks(world, KARIN, "Het is al duidelijk!"))
        expect(page.locator("#woorden")).to_contain_text("Het is al duidelijk!")
        assert page.evaluate("window.here"), "the page was loaded again"
        expect(field).to_be_focused()
        assert "Ik kijk het na" in field.input_value()
        page.keyboard.type("bel u")
        page.get_by_role("button", name="Stuur").click()
        expect(page.locator("#woorden .school")).to_contain_text("Ik kijk het na")
        expect(field).to_have_value("")


async def test_the_same_words_from_a_second_window_are_one_answer(world: World, talk: int) -> None:
    desk = Desk(world, "janneke")
    await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Om half negen.")
    page = await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Om half negen. ")
    assert "Dat was al gedaan." in page
    assert said(world, talk) == 1
    await world.later(minutes=11)
    await desk.post(f"/gesprekken/{talk}/antwoord", antwoord="Om half negen.")
    assert said(world, talk) == 2
