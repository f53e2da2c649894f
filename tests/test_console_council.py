"""The pages of deciding together: written down, looked at, asked, counted and told; and the question of the term."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.broadcast import termly
from bot.store import tables as t
from bot.translation.catalogue import Catalogue
from tests.harness.ballot import get, tally
from tests.harness.office import Desk, deeds, employ
from tests.world import JAN, KARIN, World

FORM = {"titel": "een dag uit", "tekst": "Waar gaan wij heen?", "keuze1": "Het bos", "keuze2": "Het museum"}


@pytest.fixture
def there(world: World) -> World:
    employ(world)
    return world


async def test_a_decision_from_the_form_to_what_was_done_with_it(there: World) -> None:
    wil = Desk(there, "wil")
    assert "Er is nog niets om over te stemmen" in await wil.get("/raad")
    page = await wil.get("/raad/nieuw?soort=besluit")
    wrong = await wil.fill("/raad/nieuw", **{**FORM, "keuze2": "Het bos"})
    assert (wrong.status, "Twee keuzes zijn gelijk" in wrong) == (422, True)
    tomorrow = (there.clock() + timedelta(days=1)).date()
    dates = {"van": tomorrow.isoformat(), "tot": (tomorrow + timedelta(days=5)).isoformat()}
    seen = await wil.fill("/raad/nieuw", **FORM, **dates)
    number = int(seen.path.rpartition("/")[2])
    assert "Dit gaat naar 4 ouders, ieder een keer." in seen
    assert "1 ouder is niet te bereiken" in seen
    await there.later(days=2)
    assert get(there, number).state == "asked", "nobody hears of it before somebody agrees"
    assert "een dag uit: kijk mee voordat ouders het horen" in await Desk(there, "dora").get("/vandaag?alles=1")
    wil = Desk(there, "wil")  # two days later
    await wil.get(f"/raad/{number}")
    await wil.post(f"/raad/{number}/akkoord")
    assert await there.later(JAN, minutes=5) == ["besluit.vraag"]
    for who, place in ((JAN, "1"), (KARIN, "2")):
        assert await there.say(who, place) == ["besluit.erbij"]
        assert await there.say(who, "Denk aan de kleintjes") == ["besluit.doorgegeven"]
    page = await wil.get(f"/raad/{number}")
    assert "2 van 4 ouders hebben gestemd" in page
    assert not any(words in page for words in ("1 stem<", "kleintjes", "Jan Bakker")), "turnout, and nothing else"
    for each in there.rows(select(t.voter.c.contact_id).where(t.voter.c.state == "asked")):
        there.write(lambda tx, i=each.contact_id: _vote(tx, there, number, i))  # type: ignore[misc]
    await wil.post(f"/raad/{number}/sluit")
    await there.later(minutes=5)
    page = await wil.get(f"/raad/{number}")
    assert sum(tally(there, number).values()) == 0, "four votes are too few to stay secret"
    assert "Er waren minder dan 5 stemmen" in page
    assert "kleintjes" not in page
    assert "een dag uit: gesloten" in await wil.get("/vandaag?alles=1")
    assert (await wil.fill(f"/raad/{number}/uitslag", uitslag=" ")).status == 422
    told = await wil.fill(f"/raad/{number}/uitslag", uitslag="Wij vragen het in mei nog eens.")
    assert "Alle ouders krijgen de uitslag" in told
    assert await there.later(KARIN, minutes=5) == ["uitslag.weinig"]
    assert [each for each in deeds(there) if each.startswith("raad")] == [
        "raad_nieuw", "raad_akkoord", "raad_sluit", "raad_uitslag"
    ]  # fmt: skip


def _vote(tx: object, there: World, number: int, contact_id: int) -> None:
    from bot.council import voting

    assert voting.vote(tx, number, contact_id, ["1"], there.clock()) == "ok"  # type: ignore[arg-type]


async def test_an_election_needs_a_second_person_and_the_office_keeps_the_list(there: World) -> None:
    wil, dora = Desk(there, "wil"), Desk(there, "dora")
    first = there.clock().date() + timedelta(days=14)
    dates = {"van": first.isoformat(), "tot": (first + timedelta(days=7)).isoformat()}
    await wil.get("/raad/nieuw?soort=verkiezing")
    seen = await wil.fill("/raad/nieuw", titel="de oudergeleding", tekst="Meepraten.", plekken="2", **dates)
    number = int(seen.path.rpartition("/")[2])
    assert "Een collega kijkt eerst mee" in seen
    await wil.post(f"/raad/{number}/akkoord")
    assert get(there, number).state == "asked"
    await dora.get(f"/raad/{number}")
    await dora.post(f"/raad/{number}/akkoord")
    await there.later(minutes=5)
    for words in ("1", "Karin V.", "Ik luister graag.", "ja"):
        await there.say(KARIN, words)
    page = await wil.get(f"/raad/{number}")
    assert "Karin V." in page
    assert "Wacht op u" in page
    candidate = there.rows(select(t.candidate.c.id))[0].id
    assert "Op de lijst" in await wil.post(f"/raad/{number}/lijst", wie=str(candidate), op="1")
    assert "Niet op de lijst" in await wil.post(f"/raad/{number}/lijst", wie=str(candidate))
    again = await wil.fill("/raad/nieuw", soort="verkiezing", titel="nog een", tekst="x", plekken="1", **dates)
    assert (again.status, "Twee tegelijk is te veel" in again) == (422, True)
    stopped = await wil.post(f"/raad/{number}/stop")
    assert "Gestopt" in stopped


async def test_one_question_a_term_in_the_words_of_people(there: World) -> None:
    there.clock.move(datetime(2027, 1, 27, 10, tzinfo=UTC))  # in the eighth week of the second term
    wil = Desk(there, "wil")
    today = await wil.get("/vandaag?alles=1")
    assert "Tijd voor de vraag van deze periode" in today
    assert "Bijvoorbeeld: Weet u wat uw kind thuis kan oefenen?" in today
    page = await wil.get("/raad/vraag")
    assert "Voelt uw kind zich veilig op school?" in page
    seen = await wil.fill("/raad/vraag", vraag="veilig")
    assert seen.path.startswith("/berichten/") or seen.path.startswith("/console/berichten/")
    assert await there.later(KARIN, minutes=5) == ["peiling.vraag"]
    assert [choice.label for choice in there.last(KARIN).message.choices] or "1 Ja" in there.last(KARIN).message.text
    again = await wil.post("/raad/vraag", vraag="contact")
    assert (again.status, "Drie vragen per jaar is genoeg" in again) == (422, True)
    assert "Tijd voor de vraag" not in await wil.get("/vandaag?alles=1")
    assert len(there.rows(select(t.broadcast.c.id))) == 1


def test_every_ready_question_is_whole(there: World) -> None:
    catalogue: Catalogue = there.bot.catalogue
    names = [name for of_term in termly.QUESTIONS.values() for name in of_term]
    assert len(names) == len({*names}) == 9
    for name in names:
        content = termly.content(catalogue, name)
        assert len(content.choices) == termly.ANSWERS, name
        assert all(0 < len(label) <= 20 for label in content.choices), name
