"""How long a broadcast takes, what it costs, and which limit binds: each letter's moment, worked out. Pure."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import NamedTuple

from bot.channels import prices

# What somebody waits for: the sender's rate, the people a day outside their windows, her tap on a knock, the end of
# quiet hours, room in her week.
RATE, PORTFOLIO, WINDOW, QUIET, WEEK = "tempo", "dagmaximum", "venster", "stil", "week"
LIMITS = (RATE, PORTFOLIO, WINDOW, QUIET, WEEK)
LATE = "te_laat"  # why nobody reaches her: when her turn comes it is of no use any more
_A_DAY = timedelta(hours=24)
EVER = datetime.max.replace(tzinfo=UTC)
_NOTICED = 1.0  # seconds: a sender that is done sooner binds nobody


class Going(NamedTuple):
    """One person. `parts`: of an SMS, 1 elsewhere; `outside`: an approved text outside her window; `knock`: she is
    asked first, by one. `week_until`: her week is full until then. `why`: she cannot be reached; then no channel."""

    contact_id: int
    channel: str = ""
    parts: int = 1
    outside: bool = False
    knock: bool = False
    week_until: datetime | None = None
    why: str = ""


class Rate(NamedTuple):
    """What a provider allows: messages or SMS parts a second; people a day outside their windows (0: any number), and
    to whom of them something left in the last day, and when."""

    per_second: float
    portfolio: int = 0
    used: Mapping[int, datetime] = {}


class Leaving(NamedTuple):
    """When something leaves for her: a knock, or the message. `held`: what she waited for last, "" for nothing."""

    person: Going
    at: datetime
    held: str


class Line(NamedTuple):
    """One channel. `seconds`: until the last has left, and `until` that moment; what waits for a tap is not counted
    beyond the knock."""

    channel: str
    people: int
    parts: int
    euros: float
    seconds: float
    until: datetime
    limit: str


class Estimate(NamedTuple):
    """The whole. `limit`: what binds, a word of LIMITS or "", `until` when the last has left. `held`: people by what
    they wait for; `today`: who hears of it within a day; `unreachable`: contacts by reason."""

    lines: tuple[Line, ...]
    people: int
    parts: int
    euros: float
    seconds: float
    limit: str
    until: datetime
    held: Mapping[str, int]
    today: int
    unreachable: Mapping[str, Sequence[int]]


Loud = Callable[[datetime, Going], datetime]


def at_once(moment: datetime, _person: Going) -> datetime:
    """Where quiet hours do not count."""
    return moment


def estimate(
    people: Sequence[Going],
    channels: Mapping[str, Rate],
    begins: datetime,
    loud: Loud = at_once,
    until: datetime = EVER,
) -> Estimate:
    """What becomes of a broadcast that begins at `begins`, where nothing else waits for the same senders.

    `loud`: the first moment from one on at which somebody may be written to. `until`: after that it is of no use.
    """
    by_channel: dict[str, list[Going]] = {}
    for person in people:
        by_channel.setdefault(person.channel, []).append(person)
    nobody = [(person.why, person) for person in by_channel.pop("", ())]
    plans = {name: [*leaving(some, channels[name], begins, loud)] for name, some in by_channel.items()}
    late = [each for plan in plans.values() for each in plan if each.at >= until]
    lines = [
        _line(name, in_time, channels[name], begins)
        for name, plan in plans.items() if (in_time := [each for each in plan if each.at < until])
    ]  # fmt: skip
    lines.sort(key=lambda line: (-line.people, line.channel))
    last = max(lines, key=lambda line: line.until, default=None)
    every = [each for plan in plans.values() for each in plan if each.at < until]
    return Estimate(
        lines=tuple(lines),
        people=len(every),
        parts=sum(line.parts for line in lines),
        euros=round(sum(line.euros for line in lines), 2),
        seconds=last.seconds if last else 0.0,
        limit=_worst(late) or _binding(last.limit if last else "", every),
        until=last.until if last else begins,
        held=Counter(each.held for each in every if each.held),
        today=sum(each.at < begins + _A_DAY for each in every),
        unreachable=_by_reason([*nobody, *((LATE, each.person) for each in late)]),
    )


def _by_reason(people: Iterable[tuple[str, Going]]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = {}
    for why, person in people:
        found.setdefault(why, []).append(person.contact_id)
    return found


def _worst(late: Sequence[Leaving]) -> str:
    """What most of those waited for who do not get it any more."""
    counted = Counter(each.held or RATE for each in late)
    return max(counted, key=lambda held: counted[held], default="")


class _Day:
    """How many more people may be written to outside their windows in any 24 hours."""

    def __init__(self, rate: Rate) -> None:
        self._most = rate.portfolio
        # When something left for each of them last, the oldest first.
        self._left = dict(sorted(rate.used.items(), key=lambda each: each[1]))

    def full_until(self, person: Going, moment: datetime) -> datetime | None:
        """When fewer are left than there may be; None: she may be written to at this moment."""
        if not self._counts(person):
            return None
        while self._left and next(iter(self._left.values())) <= moment - _A_DAY:
            del self._left[next(iter(self._left))]
        if person.contact_id in self._left or len(self._left) < self._most:
            return None
        return next(islice(self._left.values(), len(self._left) - self._most, None)) + _A_DAY

    def note(self, person: Going, moment: datetime) -> None:
        """Something leaves for her."""
        if self._counts(person):
            self._left.pop(person.contact_id, None)
            self._left[person.contact_id] = moment

    def _counts(self, person: Going) -> bool:
        return bool(self._most) and (person.outside or person.knock)


def leaving(people: Iterable[Going], rate: Rate, begins: datetime, loud: Loud = at_once) -> Iterator[Leaving]:
    """The moment of everybody on one channel, in the order in which they leave."""
    day, free_at = _Day(rate), begins
    queue = [(max(begins, each.week_until or begins), place, each, WEEK if each.week_until else "")
             for place, each in enumerate(people)]  # fmt: skip
    full: deque[tuple[int, Going]] = deque()  # who waits for room in the day, in order
    heapify(queue)
    while queue or full:
        room_at = day.full_until(full[0][1], free_at) or free_at if full else None
        if room_at and (not queue or room_at <= max(queue[0][0], free_at)):
            place, person = full.popleft()
            wanted, held = room_at, PORTFOLIO
        else:
            wanted, place, person, held = heappop(queue)
        moment = max(wanted, free_at)
        if (quiet_until := loud(moment, person)) > moment:
            heappush(queue, (quiet_until, place, person, QUIET))
        elif day.full_until(person, moment):
            full.append((place, person))
        else:
            day.note(person, moment)
            free_at = moment + timedelta(seconds=person.parts / rate.per_second)
            late = (moment - wanted).total_seconds() >= _NOTICED
            yield Leaving(person, moment, held or (WINDOW if person.knock else RATE if late else ""))


def _line(name: str, plan: Sequence[Leaving], rate: Rate, begins: datetime) -> Line:
    people = [each.person for each in plan]
    last = plan[-1]
    until = last.at + timedelta(seconds=last.person.parts / rate.per_second)
    costs = (prices.euros(name, parts=each.parts, outside=each.outside, knock=each.knock) for each in people)
    return Line(
        channel=name,
        people=len(plan),
        parts=sum(each.parts for each in people) if name == "sms" else 0,
        euros=round(sum(costs), 2),
        seconds=(until - begins).total_seconds(),
        until=until,
        limit=_binding(last.held, plan),
    )


def _binding(last: str, plan: Sequence[Leaving]) -> str:
    """What the last one waited for; but where somebody has to tap first, nobody knows when that is."""
    return WINDOW if last in ("", RATE) and any(each.held == WINDOW for each in plan) else last
