"""A ballot opens, asks everybody once, counts one vote of each, closes, and all hear what came of it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.council import ballots, candidates, going, results, voting
from bot.council.ballots import ELECTION
from bot.people import barred, contacts, staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.ballot import get, make, states, tally
from tests.world import ENROLLED, JAN, KARIN, MONDAY, OMAR, World, enrol, opened

WEEK = timedelta(days=7)


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in ENROLLED.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


async def tick(world: World) -> None:
    await going.begin_due(world.bot.database, world.bot.books, world.clock())


def asked(world: World) -> list[str]:
    i = t.inbox.c
    rows = world.rows(select(i.provider_id).where(i.provider_id.startswith("ballot:")).order_by(i.id))
    return [row.provider_id for row in rows]


def vote(world: World, number: int, contact_id: int, *chosen: str) -> str:
    return world.write(lambda tx: voting.vote(tx, number, contact_id, chosen, world.clock()))


def add_voters(world: World, number: int, many: int) -> list[int]:
    """Parents of whom the school knows no more than that they may vote."""

    def work(tx: Tx) -> list[int]:
        found = contacts.new_contacts(tx, ["nl"] * many, world.clock())
        tx.execute(t.voter.insert(), [{"ballot_id": number, "contact_id": each, "state": "asked"} for each in found])
        return found

    return world.write(work)


async def test_each_parent_is_asked_once_whatever_happens(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    omar = there.contact(OMAR)
    child = there.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == omar))[0].child_id
    there.write(lambda tx: barred.bar(tx, omar, child, there.clock()))
    number = make(there, opens_at=there.clock() + timedelta(hours=10))
    assert await there.bot.next_due() is not None
    there.clock.move(there.clock() + timedelta(hours=10))
    await tick(there)
    assert (get(there, number).state, asked(there)) == ("planned", []), "at two at night nobody is asked"
    there.clock.move(there.clock() + timedelta(hours=6))
    monkeypatch.setattr(going, "SLICE", 2)
    with monkeypatch.context() as broken:  # it breaks off when the voters are laid and nobody is asked
        broken.setattr(going, "put", lambda *_: 1 / 0)
        await tick(there)
    assert get(there, number).state == "open"
    assert set(states(there, number).values()) == {"waiting"}
    await asyncio.gather(*(tick(there) for _ in range(3)))
    everybody = sorted(there.contact(who) for name, who in ENROLLED.items() if name != "Omar")
    assert states(there, number) == dict.fromkeys(everybody, "asked"), "a contact bar is respected"
    assert asked(there) == [f"ballot:{number}:besluit:{each}" for each in everybody]


async def test_one_parent_has_one_vote_however_many_phones_race(there: World) -> None:
    number = make(there)
    await tick(there)
    more = add_voters(there, number, 5)
    said: list[str] = []

    def race(who: int, place: int) -> None:
        said.append(vote(there, number, who, str(place % 3 + 1)))

    racers = [threading.Thread(target=race, args=(who, place)) for who in more for place in range(4)]
    for each in racers:
        each.start()
    for each in racers:
        each.join()
    assert sorted(said) == ["al"] * 15 + ["ok"] * 5
    voted = [each for each in states(there, number).values() if each == "voted"]
    assert sum(tally(there, number).values()) == len(voted) == 5, "as many votes as voters who voted"
    assert vote(there, number, more[0], "2") == "al"
    assert vote(there, number, there.contact(JAN), "9") == "over", "no choice of this ballot"
    [stranger] = there.write(lambda tx: contacts.new_contacts(tx, ["nl"], there.clock()))
    assert vote(there, number, stranger, "1") == "over", "she was not asked"
    there.clock.move(get(there, number).closes_at)
    assert vote(there, number, there.contact(JAN), "1") == "over"


async def test_it_closes_and_everybody_hears_what_was_done_with_it(there: World) -> None:
    number = make(there)
    await there.later(minutes=1)
    others = add_voters(there, number, 5)
    for place, who in enumerate(others):
        assert vote(there, number, who, "2" if place else "1") == "ok"
    assert await there.say(JAN, "2") == ["besluit.erbij"]
    await there.later(days=5)
    assert (get(there, number).state, there.rows(select(t.run.c.state).distinct())) == ("closed", [("ended",)])
    assert await there.say(KARIN, "1") != ["besluit.erbij"], "who is late is told so, and not counted"
    with there.bot.database.read() as tx:
        found = results.of(tx, get(there, number))
    assert [(each.label, each.votes) for each in found.counts] == [
        ("Het museum", 5), ("Het bos", 1), ("Het strand", 0), ("", 0)
    ]  # fmt: skip
    assert there.write(lambda tx: ballots.tell(tx, number, "Wij gaan in mei naar het museum.", there.clock()))
    assert not there.write(lambda tx: ballots.tell(tx, number, "Nog eens.", there.clock()))
    assert await there.later(JAN, minutes=1) == ["uitslag.besluit"]
    assert "De meeste ouders kozen voor Het museum. Dit doet school ermee:\nWij gaan" in there.last(JAN).message.text
    assert await there.say(JAN, "1") == ["uitslag.aantallen", *["uitslag.regel"] * 3]
    assert "- Het museum: 5 stemmen\n\n- Het bos: 1 stem\n\n- Het strand: 0 stemmen" in there.last(JAN).message.text
    before = asked(there)
    await tick(there)
    assert asked(there) == before, "once"


async def test_few_votes_are_thrown_away_and_a_stopped_ballot_says_no_more(there: World) -> None:
    number = make(there)
    await there.later(minutes=1)
    assert await there.say(JAN, "1") == ["besluit.erbij"]
    assert await there.say(JAN, "Liefst op een dinsdag") == ["besluit.doorgegeven"]
    there.write(lambda tx: ballots.close_now(tx, number, there.clock()))
    await tick(there)
    assert (get(there, number).state, tally(there, number)) == ("closed", {})
    assert there.rows(select(t.remark.c.id)) == []
    there.write(lambda tx: ballots.tell(tx, number, "Wij vragen het nog eens.", there.clock()))
    assert await there.later(JAN, minutes=1) == ["uitslag.weinig"]

    number = make(there, key="other")
    await there.later(minutes=1)
    assert there.write(lambda tx: ballots.stop(tx, number))
    assert await there.later(KARIN, days=8) == [], "no second question, and no outcome"
    assert await there.say(KARIN, "1") == ["besluit.over"]
    assert tally(there, number) == {"1": 0, "2": 0, "3": 0, "weet_niet": 0}


async def test_an_election_from_the_call_to_the_names(there: World) -> None:
    now = there.clock()
    dates = {"stands_at": now, "opens_at": now + WEEK, "closes_at": now + 2 * WEEK}
    number = make(there, kind=ELECTION, options=(), title="de oudergeleding", **dates)
    janneke, bas = there.write(lambda tx: [staff.by_key(tx, "brug", key).id for key in ("janneke", "bas")])
    await tick(there)
    assert asked(there) == [], "a second person looks at it first"
    assert not there.write(lambda tx: ballots.agree(tx, number, janneke))
    assert there.write(lambda tx: ballots.agree(tx, number, bas))
    await there.later(minutes=1)
    assert there.read(KARIN)[-1].keys == ("kandidaat.vraag",)
    for words, answer in (("1", "naam"), ("Karin V.", "zin"), ("Ik luister graag.", "klopt"), ("ja", "dank")):
        assert await there.say(KARIN, words) == [f"kandidaat.{answer}"]
    other = there.write(lambda tx: contacts.new_contacts(tx, ["tr"], there.clock()))[0]
    it = get(there, number)
    hers = other, "Elif Y.", "Her çocuk önemli.", "tr", there.clock()
    assert there.write(lambda tx: candidates.stand(tx, it, *hers)) == "ok"
    with there.bot.database.read() as tx:
        names = {each.name: each.id for each in candidates.every(tx, number)}
    for each in names.values():
        there.write(lambda tx, i=each: candidates.put(tx, it, i, candidates.ON_LIST, there.clock()))  # type: ignore[misc]
    await there.later(days=7, minutes=1)
    assert get(there, number).state == "open"
    assert there.last(JAN).keys == ("verkiezing.begin",)
    await there.say(JAN, "1")
    await there.later(minutes=1)  # a candidate's words wait for a machine
    text = "\n".join(each.message.text for each in there.read(JAN)[-3:])
    assert "Karin V. zegt: Ik luister graag." in text
    assert "Elif Y. schreef zelf: Her çocuk önemli." in text
    assert there.last(JAN).options == (*map(str, names.values()), "weet_niet")
    assert await there.say(JAN, "1") == ["besluit.dank"], "one seat"
    for place, who in enumerate(add_voters(there, number, 5)):
        vote(there, number, who, str(names["Elif Y." if place > 1 else "Karin V."]))
    await there.later(days=8)
    with there.bot.database.read() as tx:
        found = results.of(tx, get(there, number))
        assert (len(found.seats), found.counts, bool(found.lot)) == (1, (), True), "three against three: drawn by lot"
        assert results.of(tx, get(there, number)).seats == found.seats, "and again the same"
    v = t.voter.c
    there.write(lambda tx: tx.execute(t.voter.delete().where(v.contact_id == there.contact(JAN))))  # is forgotten
    with there.bot.database.read() as tx:
        assert results.of(tx, get(there, number)) == found, "nobody else is chosen because of it"
    there.write(lambda tx: ballots.tell(tx, number, "De raad begint in januari.", there.clock()))
    assert await there.later(KARIN, minutes=1) == ["uitslag.verkiezing"]
    assert f"Gekozen: {found.seats[0]}. Dank" in there.last(KARIN).message.text
    there.write(lambda tx: tx.execute(t.voter.delete()))  # a month later, when who voted is forgotten
    with there.bot.database.read() as tx:
        assert results.of(tx, get(there, number)) == found


async def test_an_election_without_candidates_does_not_take_place(there: World) -> None:
    now = there.clock()
    number = make(there, kind=ELECTION, options=(), stands_at=None, opens_at=now, closes_at=now + WEEK)
    there.write(lambda tx: tx.execute(update(t.ballot).values(state="planned")))
    await tick(there)
    assert (get(there, number).state, asked(there)) == ("stopped", [])
