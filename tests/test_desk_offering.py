"""What partners offer, in the chat: passed on only after her yes, asked about a week later, and passed on once more."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.check import shelving
from bot.check.transcript import Shelved
from bot.offers import referrals, seen
from bot.offers.referrals import OPEN, PASSED
from bot.offers.shelf import FULL, Seen
from bot.outbox.render import BY_MACHINE, NOT_TRANSLATED
from bot.store import tables as t
from tests.fakes.translators import Fluent
from tests.world import FATIMA, KARIN, World

ALL = ("taalcafe", "taalles", "zwemles", "peuters", "boeken")


def offer(world: World, *keys: str, **changes: object) -> None:
    """Only these are there; `changes` are of the first."""
    shelf = shelving.shelf(Shelved(keys), world.clock())
    first, *rest = shelf.items
    world.bot.books = replace(world.bot.books, shelf=replace(shelf, items=(replace(first, **changes), *rest)))  # type: ignore[arg-type]


def standing(world: World) -> list[tuple[str, str, str]]:
    r = t.referral.c
    return [(row.offer, row.state, row.answer) for row in world.rows(select(r.offer, r.state, r.answer).order_by(r.id))]


def pass_on(world: World, number: int = 1) -> None:
    assert world.write(lambda tx: referrals.move(tx, number, [OPEN], PASSED, None, world.clock()))


async def wants(world: World) -> None:
    """Karin says yes to the language cafe."""
    offer(world, "taalcafe")
    await world.say(KARIN, "aanbod")
    for choice in ("1", "2", "ja"):
        await world.say(KARIN, choice)


async def test_from_a_question_to_a_call_by_way_of_a_partner_who_forgot(world: World) -> None:
    await wants(world)
    assert standing(world) == [("taalcafe", "open", "")]
    pass_on(world)
    assert await world.later(KARIN, days=7) == ["aanbod_check.gebeld"]
    assert "U vroeg of iemand u kon bellen over Taalcafe." in world.last(KARIN).message.text
    assert await world.say(KARIN, "nog niet") == ["aanbod_check.nog_eens"]
    assert standing(world) == [("taalcafe", "open", "nee")]
    pass_on(world)
    assert await world.later(KARIN, days=7) == ["aanbod_check.gebeld"]
    assert await world.say(KARIN, "ja") == ["aanbod_check.nut"]
    assert await world.say(KARIN, "een beetje") == ["aanbod_check.dank"]
    assert standing(world) == [("taalcafe", "called", "beetje")]
    assert await world.later(KARIN, days=9) == [], "she is left in peace"


async def test_who_takes_it_back_is_not_asked_about_it(world: World) -> None:
    await wants(world)
    pass_on(world)
    assert await world.say(KARIN, "toch niet bellen") == ["aanbod.staat"]
    assert await world.say(KARIN, "nee") == ["aanbod.terug_partner"]
    assert standing(world) == [("taalcafe", "back", "terug")]
    assert await world.later(KARIN, days=8) == []


async def test_it_is_told_in_the_words_that_people_wrote_else_by_a_machine_that_says_so(world: World) -> None:
    arabic = world.bot.books.catalogue.reader("ar", [BY_MACHINE, NOT_TRANSLATED])

    async def told() -> str:
        await world.say(FATIMA, "aanbod")
        await world.say(FATIMA, "1")
        await world.later(seconds=15)
        assert world.last(FATIMA).keys[0] == "aanbod.een"
        return world.last(FATIMA).message.text

    offer(world, "taalcafe", said={"ar": "كل ثلاثاء."})
    said = await told()
    assert "كل ثلاثاء." in said
    assert not any(arabic.say(each, {}) in said for each in (BY_MACHINE, NOT_TRANSLATED))
    offer(world, "taalcafe")
    said = await told()
    assert "Elke dinsdag om 9:00." in said
    assert arabic.say(NOT_TRANSLATED, {}) in said
    await world.later(minutes=2)  # what could not be translated is not tried again at once
    world.translating(Fluent())
    offer(world, "taalcafe")
    said = await told()
    assert "Elke dinsdag" not in said
    assert arabic.say(BY_MACHINE, {}) in said


async def test_what_is_full_or_for_another_school_is_not_shown(world: World) -> None:
    offer(world, "taalcafe", school="vaart")
    assert await world.say(KARIN, "aanbod") == ["aanbod.niets"]
    offer(world, "taalcafe")
    world.write(lambda tx: seen.note(tx, "brug", "taalcafe", Seen(date(2026, 11, 20), FULL), None))
    assert await world.say(KARIN, "aanbod") == ["aanbod.niets"]
    world.write(lambda tx: seen.note(tx, "brug", "taalcafe", Seen(date(2026, 11, 23)), None))
    assert await world.say(KARIN, "aanbod") == ["aanbod.thema"]


@pytest.mark.parametrize("seed", range(3))
async def test_however_she_taps_no_name_leaves_before_her_yes(world: World, seed: int) -> None:
    luck = random.Random(seed)
    offer(world, *ALL)
    yes: list[str] = []
    for _ in range(25):
        heard = world.last(KARIN) if world.read(KARIN) else None
        options: Sequence[str] = heard.options if heard else ()
        asked = heard.keys[-1] if heard else ""
        if not _is_open(asked):
            await world.say(KARIN, "aanbod")
            continue
        number = luck.randint(1, max(len(options), _CHOICES[asked]))
        before = standing(world)
        await world.say(KARIN, str(number))
        if standing(world) != before and asked == "aanbod.mag":
            assert number == 1
            yes.append(asked)
        assert len(standing(world)) == len(yes), "a name is noted by her yes and nothing else"
        assert all(state in ("open", "closed") for _, state, _ in standing(world)), "nobody passes it on by itself"
        assert not any(each == "peuters" for each, _, _ in standing(world)), "her child is older"
        world.clock.move(world.clock() + timedelta(minutes=1))


_CHOICES = {
    "aanbod.thema": 3, "aanbod.een": 3, "aanbod.en_nu": 3, "aanbod.mag": 2, "aanbod.op": 2, "aanbod.staat": 3,
}  # fmt: skip


def _is_open(asked: str) -> bool:
    return asked in _CHOICES
