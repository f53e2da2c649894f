"""What is proposed: her wish first, then siblings together; never two talks at once."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot import hours as wall
from bot.booking.propose import Placed, Proposal, Span, Wanted, Wish, propose
from bot.booking.slots import Hours, Slot, slots

ZONE = ZoneInfo("Europe/Amsterdam")
TUESDAY, THURSDAY, NEXT = date(2027, 2, 2), date(2027, 2, 4), date(2027, 2, 9)
EVENINGS = (TUESDAY, THURSDAY, NEXT)


def at(text: str, day: date = TUESDAY) -> datetime:
    return wall.at(day, time.fromisoformat(text), ZONE)


def span(start: str, until: str, who: int = 0, day: date = TUESDAY) -> Span:
    return Span(at(start, day), at(until, day), who)


def child(number: int, *starts: str, day: date = TUESDAY, minutes: int = 10) -> Wanted:
    """A child whose teacher, of the same number, has these slots."""
    return Wanted(number, number, [Slot(number, at(each, day), minutes) for each in starts])


def evenings(number: int, *days: date, start: str = "15:30", until: str = "18:30") -> Wanted:
    """A child whose teacher has nothing given away yet."""
    walls = time.fromisoformat(start), time.fromisoformat(until)
    there = (Hours(number, day, *walls) for day in days or EVENINGS)
    return Wanted(number, number, list(slots(there, 10, 0, ZONE, frozenset())))


def said(proposal: Proposal) -> dict[int, str]:
    """Child -> `di 15:30`."""
    walls = {number: placed.slot.starts_at.astimezone(ZONE) for number, placed in proposal.items()}
    return {number: f"{('ma', 'di', 'wo', 'do')[at.weekday()]} {at:%d %H:%M}" for number, at in walls.items()}


def first(*wanted: Wanted, wish: Wish = Wish(), has: tuple[Span, ...] = ()) -> dict[int, str]:  # noqa: B008
    (found,) = propose(wanted, zone=ZONE, wish=wish, has=has)
    return said(found)


# --- her wish, and what suits most
def test_soon_and_not_late() -> None:
    assert first(evenings(1)) == {1: "di 02 15:30"}
    assert first(child(1, "15:00", "15:10", "15:20", "16:00")) == {1: "di 02 15:00"}
    assert first(child(1, "15:10", "15:20", "15:30", "15:50")) == {1: "di 02 15:10"}
    late = Wanted(1, 1, [Slot(1, at("20:20"), 10), Slot(1, at("15:30", THURSDAY), 10)])
    assert first(late) == {1: "do 04 15:30"}  # the day after is better than late in the evening
    assert first(late, wish=Wish(weekdays=("di",))) == {1: "di 02 20:20"}  # but for who wants it so
    assert propose([], zone=ZONE) == propose([child(1)], zone=ZONE) == []


def test_her_wish_goes_first() -> None:
    family = evenings(1), evenings(2)
    assert first(*family, wish=Wish(weekdays=("do",), after=time(17))) == {1: "do 04 17:00", 2: "do 04 17:10"}
    assert first(*family, wish=Wish(days=(NEXT,))) == {1: "di 09 15:30", 2: "di 09 15:40"}
    assert first(*family, wish=Wish(before=time(15, 40))) == {1: "di 02 15:30", 2: "do 04 15:30"}  # each as she wishes
    nearest = first(evenings(1), wish=Wish(weekdays=("wo",), after=time(18, 30)))
    assert nearest == {1: "di 02 18:20"}  # nothing is so: what comes nearest


def test_a_wish_is_kept_as_it_was() -> None:
    wish = Wish(("di", "do"), (NEXT,), time(17), time(18, 30))
    assert Wish.unpack(wish.pack()) == wish
    assert Wish.unpack(Wish().pack()) == Wish.unpack(None) == Wish()


# --- siblings
def test_siblings_follow_each_other() -> None:
    assert first(evenings(1), evenings(2), evenings(3)) == {1: "di 02 15:30", 2: "di 02 15:40", 3: "di 02 15:50"}
    apart = child(1, "15:00", "17:00"), child(2, "17:10", "19:00")
    assert first(*apart) == {1: "di 02 17:00", 2: "di 02 17:10"}
    walk = child(1, "15:00"), child(2, "15:10", "15:15")
    assert first(*walk)[2] == "di 02 15:15"  # five minutes to walk to the other room
    once = child(1, "15:00", "18:00"), Wanted(2, 2, [*child(2, "19:30").slots, *child(2, "15:00", day=NEXT).slots])
    assert first(*once) == {1: "di 02 18:00", 2: "di 02 19:30"}  # better to wait than to come twice


def test_a_talk_that_she_has_is_a_neighbour_too() -> None:
    """The one child is booked; the other comes next to it, on either side."""
    assert first(evenings(2), has=(span("16:20", "16:30", day=THURSDAY),)) == {2: "do 04 16:10"}
    assert first(evenings(2), evenings(3), has=(span("18:10", "18:30"),)) == {2: "di 02 17:50", 3: "di 02 18:00"}


def test_two_talks_of_hers_never_share_a_cell() -> None:
    """Else the second could not be given to her."""
    odd = child(1, "15:02"), child(2, "15:13", "15:15", "16:00")
    assert first(*odd) == {1: "di 02 15:02", 2: "di 02 15:15"}
    assert first(child(1, "15:00", "15:30"), has=(span("15:12", "15:28"),)) == {1: "di 02 15:00"}


def test_as_many_children_as_can_be() -> None:
    """The others have no slot; who has one is never left out for what is nicer."""
    assert first(child(1, "15:00"), child(2, "15:00", "18:00"), child(3)) == {1: "di 02 15:00", 2: "di 02 18:00"}
    assert len(first(child(1, "15:00"), child(2, "15:00"))) == 1
    assert propose([child(1, "15:00")], zone=ZONE, has=[span("14:00", "16:00")]) == []


# --- interpreters
def interpreted(*wanted: Wanted, free: list[Span], blocks: tuple[Span, ...] = ()) -> list[tuple[str, int]]:
    found = propose(wanted, zone=ZONE, need=True, interpreters=free, blocks=blocks)
    return [(said(each)[number], placed.interpreter_id) for each in found for number, placed in each.items()]


def test_an_interpreter_is_free_all_the_time() -> None:
    wanted = child(1, "15:00", "15:15", "15:30", "15:45", minutes=15)
    assert interpreted(wanted, free=[span("15:10", "15:40", 7)]) == [("di 02 15:15", 7)]
    assert interpreted(wanted, free=[span("15:05", "15:14", 7)]) == interpreted(wanted, free=[]) == []
    assert first(wanted) == {1: "di 02 15:00"}  # where none is needed, nobody asks


@pytest.mark.parametrize(("mode", "who"), [("school", 7), ("home", 7), ("phone", 8), ("video", 8)])
def test_who_interprets_in_the_room_only_is_no_help_by_phone(mode: str, who: int) -> None:
    """By phone on the table one interprets at school too."""
    wanted = child(1, "15:00")
    slots = [each._replace(mode=mode) for each in wanted.slots]
    free = [span("15:00", "15:30", 7)._replace(on_site=True), span("15:00", "15:30", 8)]
    (found,) = propose([wanted._replace(slots=slots)], zone=ZONE, interpreters=free, need=True)
    assert found[1].interpreter_id == who
    assert bool(propose([wanted._replace(slots=slots)], zone=ZONE, interpreters=free[:1], need=True)) == (who == 7)


def test_her_families_come_in_one_block() -> None:
    wanted = evenings(1, TUESDAY, start="15:00", until="18:00")
    all_day = [span("14:00", "20:00", 7), span("14:00", "20:00", 8)]
    assert interpreted(wanted, free=all_day, blocks=(span("17:00", "17:15", 8),)) == [("di 02 16:50", 8)]
    siblings = child(1, "15:00", minutes=15), child(2, "15:15", minutes=15)
    free = [span("15:00", "15:30", 9), span("15:00", "15:15", 3)]
    assert [who for _, who in interpreted(*siblings, free=free)] == [9, 9]  # one for both


# --- others
def test_others_are_really_others() -> None:
    best, *others = propose([evenings(1), evenings(2)], zone=ZONE, most=4)
    assert said(best) == {1: "di 02 15:30", 2: "di 02 15:40"}
    assert [said(each)[1] for each in others] == ["di 02 16:30", "do 04 15:30", "di 09 15:30"]
    midst = {1: Placed(Slot(1, at("17:00", THURSDAY), 10)), 2: Placed(Slot(2, at("17:10", THURSDAY), 10))}
    found = [said(each)[1] for each in propose([evenings(1), evenings(2)], zone=ZONE, besides=[midst], most=4)]
    assert found == ["di 02 15:30", "do 04 15:30", "do 04 18:00", "di 09 15:30"]  # earlier, later, other days, in order


def test_others_are_as_she_wishes_while_there_are_any() -> None:
    wish = Wish(weekdays=("do",), after=time(16))
    first_, *others = propose([evenings(1)], zone=ZONE, wish=wish, most=4)
    assert said(first_) == {1: "do 04 16:00"}
    assert [said(each)[1] for each in others] == ["do 04 16:30", "do 04 17:00", "do 04 18:00"]
    midst = {1: Placed(Slot(1, at("15:30"), 10))}  # she moves what she has
    found = propose([evenings(1)], zone=ZONE, wish=wish, besides=[midst], most=4)
    assert [said(each)[1] for each in found] == ["do 04 16:00", "do 04 16:30", "do 04 17:00", "do 04 18:00"]
    late = propose([evenings(1)], zone=ZONE, wish=wish._replace(after=time(18, 10)), besides=[midst], most=4)
    assert [said(each)[1] for each in late][:2] == ["do 04 18:10", "do 04 18:20"], "all of that, before others"
    assert len(late) == 4
    (one,) = propose([evenings(1)], zone=ZONE, wish=wish, besides=[first_])
    assert said(one)[1].startswith("do")


def test_what_is_left_comes_where_little_is() -> None:
    few = child(1, "15:00", "15:10", "15:20")
    shown = propose([few], zone=ZONE, most=4)
    assert sorted(said(each)[1] for each in shown) == ["di 02 15:00", "di 02 15:10", "di 02 15:20"]
    assert propose([few], zone=ZONE, besides=shown, most=4) == []
    two = child(1, "15:00"), child(2, "15:10", "17:00")
    (other,) = propose(two, zone=ZONE, besides=propose(two, zone=ZONE), most=4)
    assert said(other) == {1: "di 02 15:00", 2: "di 02 17:00"}
    elsewhere = {99: Placed(Slot(9, at("15:00"), 10))}  # about a child that is not asked for
    assert propose([few], zone=ZONE, besides=[elsewhere])


# --- always
quarters = some.integers(0, 40)


@some.composite
def families(draw: some.DrawFn) -> tuple[list[Wanted], list[Span], list[Span], Wish]:
    """Some children with a few slots each over two days, talks she has, interpreters, and what suits her."""

    def moment(number: int) -> datetime:
        day, place = (TUESDAY, number) if number < 20 else (THURSDAY, number - 20)
        return at("15:00", day) + timedelta(minutes=5 * place)

    def spans(longest: int) -> list[Span]:
        drawn = draw(some.lists(some.tuples(quarters, some.integers(1, longest), some.integers(1, 2)), max_size=3))
        return [Span(moment(n), moment(n) + timedelta(minutes=5 * many), who) for n, many, who in drawn]

    wanted = []
    for number in range(draw(some.integers(1, 3))):
        starts = draw(some.lists(quarters, max_size=4, unique=True))
        minutes = draw(some.sampled_from([10, 10, 15]))
        wanted.append(Wanted(number, number, [Slot(number, moment(each), minutes) for each in starts]))
    wish = draw(some.sampled_from([Wish(), Wish(weekdays=("do",)), Wish(after=time(15, 30), before=time(16))]))
    return wanted, spans(3), spans(12), wish


def disjoint(found: list[Span]) -> bool:
    return all(one.ends_at <= two.starts_at or two.ends_at <= one.starts_at for one, two in combinations(found, 2))


def as_span(slot: Slot) -> Span:
    return Span(slot.starts_at, slot.ends_at)


def most_that_fit(wanted: list[Wanted], has: list[Span], free: list[Span] | None) -> int:
    """By trying all of it."""
    best = 0
    for chosen in product(*([None, *each.slots] for each in wanted)):
        talks = [as_span(each) for each in chosen if each]
        clear = all(disjoint([talk, own]) for talk in talks for own in has)
        heard = free is None or all(
            any(each.starts_at <= talk.starts_at and talk.ends_at <= each.ends_at for each in free) for talk in talks
        )
        if disjoint(talks) and clear and heard:
            best = max(best, len(talks))
    return best


@settings(deadline=None)
@given(families(), some.booleans(), some.integers(1, 4))
def test_hard_rules_are_kept(family: tuple[list[Wanted], list[Span], list[Span], Wish], need: bool, most: int) -> None:
    wanted, has, free, wish = family
    size = most_that_fit(wanted, has, free if need else None)
    found = propose(wanted, zone=ZONE, wish=wish, has=has, interpreters=free, need=need, blocks=has, most=most)
    again = propose(wanted, zone=ZONE, wish=wish, has=has, interpreters=free, need=need, blocks=has, most=most)
    assert found == again
    assert len(found) <= most
    assert bool(found) == bool(size)
    for each in found:
        assert len(each) == size
        assert all(placed.slot in wanted[number].slots for number, placed in each.items())
        talks = [as_span(placed.slot) for placed in each.values()]
        assert disjoint(talks)
        assert all(disjoint([talk, own]) for talk in talks for own in has)
        for placed in each.values():
            hers = [one for one in free if one.who == placed.interpreter_id]
            assert placed.interpreter_id == 0 or need
            slot = placed.slot
            assert not need or any(one.starts_at <= slot.starts_at and slot.ends_at <= one.ends_at for one in hers)
    different = {frozenset((number, placed.slot) for number, placed in each.items()) for each in found}
    assert len(different) == len(found)
    others = propose(wanted, zone=ZONE, wish=wish, has=has, interpreters=free, need=need, besides=found, most=most)
    assert not [each for each in others if frozenset((n, p.slot) for n, p in each.items()) in different]


@settings(max_examples=30, deadline=None)
@given(some.lists(some.integers(0, 35), min_size=2, max_size=12, unique=True), some.integers(0, 35))
def test_near_siblings_are_found_where_there_are_any(starts: list[int], other: int) -> None:
    """Whenever two slots lie within a quarter of an hour, that is what she is proposed."""

    def slot(number: int, place: int) -> Slot:
        return Slot(number, (at("15:00") + timedelta(minutes=10 * place)).astimezone(UTC), 10)

    wanted = [Wanted(1, 1, [slot(1, each) for each in starts]), Wanted(2, 2, [slot(2, other), slot(2, 40)])]
    (found,) = propose(wanted, zone=ZONE)
    one, two = sorted(placed.slot.starts_at for placed in found.values())
    near = any(abs(each - place) in (1, 2) for each in starts for place in (other, 40))
    assert (two - one <= timedelta(minutes=25)) == near
