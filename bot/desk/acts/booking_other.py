"""Another moment: up to four of them, one that she says in her own words, or a place in the line."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.booking import appointments, bookings, diary, invited, proposals, waiting
from bot.booking.appointments import Talk
from bot.booking.slots import Slot
from bot.booking.wanted import Placed, Proposal, Wish
from bot.booking.wish import understood
from bot.conversation.events import Finished
from bot.desk.acts import booking_words as words
from bot.desk.acts.booking import Hers, agreed, given_up, hers, placed, seek, settled, shown, slot_of
from bot.desk.load import Live
from bot.errors import BotError
from bot.model import Offer, Part, Value

if TYPE_CHECKING:
    from bot.desk.case import Case

_CHOICES = 4  # other moments that are shown at once
_MISSES = 2  # words that say no moment: then a person reads them


def others(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Up to four other moments, and a call; what she has stays hers until she takes one."""
    found, nothing = hers(case, live), {"keuze": Value("text", "")}
    if found is None:
        return Finished(case.at, "only", fields=nothing)
    talk = moving(case, live, found)
    kept = [talk] if talk else bookings.offered(case.tx, found.round.id, case.person.id)
    who = [each for each in found.mine if each.child_id == talk.child_id] if talk else found.need
    besides = [placed(kept)] if kept else given_up(case, found.round)
    ways = proposals.best(
        case.tx, case.books.config, found.round, who, case.now, most=_CHOICES, wish=_wish(live), besides=besides,
        keep=[talk.id] if talk else (),
    )  # fmt: skip
    if not ways:
        return Finished(case.at, "only", fields=nothing)
    zone, said = case.books.config.zone(found.round.school), _wish(live)
    if said and not any(waiting.fits(said, each.slot, zone) for way in ways for each in way.values()):
        case.say(Part("gesprek.wel", {}), live)
    alike = {
        words.label(case, found.round.school, way): way for way in reversed(ways[:_CHOICES])
    }  # who first: no matter
    named = {_id(way): way for way in reversed(alike.values())}
    offers = [Offer(key, words.label(case, found.round.school, way)) for key, way in named.items()]
    fields = {**nothing, "keuzes": Value("text", json.dumps({key: _packed(way) for key, way in named.items()}))}
    return Finished(case.at, offers=(*offers, Offer("bel")), fields=fields)


def take(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She takes one of them: `klaar`, `meer`, `weg` where somebody was first, `geen` where there was nothing."""
    found = hers(case, live)
    if found is None:
        return Finished(case.at, "dicht")
    kept = live.run.answers.get("keuzes")
    way = _unpacked(json.loads(kept.value).get(given["keuze"], ())) if kept and given["keuze"] else {}
    if not way:
        return Finished(case.at, "geen")
    if not all(diary.has_hours(case.tx, case.books.config, found.round, each.slot) for each in way.values()):
        case.say(Part("gesprek.net_weg", {}), live)
        return Finished(case.at, "weg")
    if (talk := moving(case, live, found)) is not None:
        return _moved(case, live, talk, way)
    tx, config, round_ = case.tx, case.books.config, found.round
    until = bookings.hold_until(config, round_.school, case.now)
    if bookings.offer(tx, config, round_, found.need, way, until, case.now):
        talks = bookings.confirm(tx, config, round_, case.person.id, case.now)
        if talks:
            return agreed(case, live, found, talks)
    case.say(Part("gesprek.net_weg", {}), live)
    return Finished(case.at, "weg")


def moving(case: "Case", live: Live, found: Hers) -> Talk | None:
    """The talk that she wants at another moment, where she has one in this round."""
    given = live.run.answers.get("afspraak")
    talk = appointments.look(case.tx, int(given.value)) if given and given.value.isdecimal() else None
    if talk is None or talk.state != "planned" or talk.contact_id != case.person.id or talk.starts_at <= case.now:
        return None
    return talk if talk.round_id == found.round.id else None


def _moved(case: "Case", live: Live, talk: Talk, way: Proposal) -> Finished:
    placed = way.get(talk.child_id or 0)
    try:
        if placed is None:
            return Finished(case.at, "geen")
        at = placed.slot.starts_at
        appointments.move(case.tx, case.books.config, talk.id, at, case.now, tell=False, to=placed)
        bookings.see(case.tx, talk.id, placed)
    except BotError:
        if appointments.known(case.tx, talk.id).state != "planned":
            return Finished(case.at, "voorbij")
        case.say(Part("gesprek.net_weg", {}), live)
        return Finished(case.at, "weg")
    words.say_booked(case, live, [appointments.known(case.tx, talk.id)])
    return Finished(case.at, "klaar")


# --- her own words
def wish(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """A day or an hour in her own words; what says none of it is asked once more, then a person reads it."""
    found = hers(case, live)
    if found is None:
        return Finished(case.at, "dicht")
    talk = moving(case, live, found)
    kept = [talk] if talk else bookings.offered(case.tx, found.round.id, case.person.id)
    than = words.wall(case, found.round.school, kept[0].starts_at) if kept else None
    own = case.books.catalogue.words(case.person.language)
    said = understood(given["woorden"], own, words.wall(case, found.round.school, case.now), than=than)
    if said is None:
        return _not_understood(case, live, found, talk)
    fields = {"wens": Value("text", json.dumps(said.pack())), "gemist": Value("number", "0")}
    if talk is not None:
        return Finished(case.at, "ander", fields=fields)
    if not found.need:
        return settled(case, live, found)
    invited.change(case.tx, [each.id for each in found.need], case.now, wish=said)
    talks = seek(case, found, said)
    if not talks:
        return Finished(case.at, "vol")
    zone = case.books.config.zone(found.round.school)
    if not all(waiting.fits(said, slot_of(each), zone) for each in talks):
        case.say(Part("gesprek.wel", {}), live)
    return shown(case, live, talks, "lijst")._replace(fields={**fields, **words.of_talks(case, talks)})


def _not_understood(case: "Case", live: Live, found: Hers, talk: Talk | None) -> Finished:
    before = live.run.answers.get("gemist")
    misses = int(before.value) + 1 if before else 1
    if misses >= _MISSES:
        return Finished(case.at, "mens")
    fields = {"gemist": Value("number", str(misses))}
    kept = [] if talk else bookings.offered(case.tx, found.round.id, case.person.id)
    case.say(Part("gesprek.niet_begrepen", {}), live)
    if not kept:
        return Finished(case.at, "ander", fields=fields)
    again = shown(case, live, kept, "nog_eens")
    return again._replace(fields={**fields, **again.fields})


def _wish(live: Live) -> Wish | None:
    given = live.run.answers.get("wens")
    return Wish.unpack(json.loads(given.value)) if given else None


# --- nothing is free
def wait(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She waits for a place. Not where she has one: `had` a talk that stays, `houdt` what is kept for her."""
    found = hers(case, live)
    if found is None:
        return Finished(case.at)
    if moving(case, live, found):
        return Finished(case.at, "had")
    kept = bookings.offered(case.tx, found.round.id, case.person.id)
    if kept:
        case.say(Part("gesprek.geen_ander", {}), live)
        return shown(case, live, kept, "houdt")
    waiting.join(case.tx, [each.id for each in found.need], case.now)
    return Finished(case.at)


# --- a proposal between two letters
def _id(way: Proposal) -> str:
    """Of these moments alone, so that a tap under an older list never means another one."""
    return ".".join(f"{int(way[child].slot.starts_at.timestamp()) // 60:x}" for child in sorted(way))


def _packed(way: Proposal) -> list[list[object]]:
    return [[child, placed.slot.starts_at.isoformat(), placed.interpreter_id, *placed.slot[:1], *placed.slot[2:]]
            for child, placed in way.items()]  # fmt: skip


def _unpacked(rows: Sequence[Sequence[object]]) -> dict[int, Placed]:
    found: dict[int, Placed] = {}
    for child, at, interpreter_id, staff_id, *rest in rows:
        slot = Slot(int(str(staff_id)), datetime.fromisoformat(str(at)), *rest)  # type: ignore[arg-type]
        found[int(str(child))] = Placed(slot, int(str(interpreter_id)))
    return found


Action = Callable[["Case", Live, Mapping[str, str]], Finished]
ACTIONS: Mapping[str, Action] = {"booking.take": take, "booking.wish": wish, "booking.wait": wait}
OFFERS: Mapping[str, Action] = {"booking.others": others}
