"""What a simulated year needs: two schools, a few families, lines that behave badly by seed, a clock that slips."""

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from bot import config, errors
from bot.channels.phone import LIMITS
from bot.config import Config
from bot.model import Address, Inbound, Limits, Outbound, Receipt, Request, Status
from bot.people import consent, contacts, letters, roster, staff
from bot.store.database import Database, Tx
from bot.store.sealed import Ring

T = TypeVar("T")
HOME = ZoneInfo("Europe/Amsterdam")
YEAR = "2026-2027"
DUTY = Address("sms", "+31612009001")
FURNISHED = datetime(2026, 7, 20, 10, 0, tzinfo=UTC)  # the office prepares the year
# One for all seeds: what it has put into SQL it knows, and SQLite how to carry it out.
ENGINE = create_engine("sqlite://", poolclass=StaticPool, connect_args={"cached_statements": 1000})
TOO_MANY = 400  # transactions at one moment


EPOCH, A_MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def ms(moment: datetime) -> int:
    """A moment as the database keeps it."""
    return (moment - EPOCH) // A_MS


class Quiet(NamedTuple):
    """A school's quiet hours, as this test knows them."""

    start: time
    end: time
    sunday_until: time


QUIET = {"brug": Quiet(time(21), time(7), time(12)), "vaart": Quiet(time(20), time(7, 30), time(12, 30))}
REGION = {"brug": "midden", "vaart": "noord"}
SPREAD = timedelta(minutes=20)
ROSTERS = {
    "brug": """\
group,child,guardian,language,phone
groep 4,Can Yılmaz,Elif Yılmaz,tr,0612000003
groep 4,Tim Bakker,Jan Bakker,nl,0612000004
groep 8,Saar Bakker,Jan Bakker,nl,0612000004
groep 4,Lotte Visser,Karin Visser,nl,0612000005
groep 8,Amira Haddad,Fatima Haddad,ar,0612000001
""",
    "vaart": """\
group,child,guardian,language,phone
groep 3,Deniz Yılmaz,Elif Yılmaz,tr,0612000003
""",
}
TEACHERS = (
    ("brug", "janneke", "juf Janneke", "groep 4"), ("brug", "bas", "meester Bas", "groep 8"),
    ("vaart", "noor", "juf Noor", "groep 3"),
)  # fmt: skip


class Family(NamedTuple):
    """A parent on her phone, and the schools of her children."""

    name: str
    address: Address
    schools: tuple[str, ...]
    more: tuple[Address, ...] = ()  # other phones of hers


ELIF = Family("Elif", Address("whatsapp", "+31612000003"), ("brug", "vaart"), (Address("sms", "+31612000003"),))
JAN = Family("Jan", Address("telegram", "4711"), ("brug",))
KARIN = Family("Karin", Address("sms", "+31612000005"), ("brug",))
FATIMA = Family("Fatima", Address("whatsapp", "+31612000001"), ("brug",))
FAMILIES = (ELIF, JAN, KARIN, FATIMA)


def settings(home: Path, *, journeys: bool) -> Config:
    """Two schools with hours of their own, three channels; nobody waits for a rate."""
    channel = {"driver": "phone", "sender": "+31612000000", "api": "http://127.0.0.1:1", "rate": 1e5}
    hours = {"start": "20:00", "end": "07:30", "sunday_until": "12:30"}
    chosen = ["schooljaar", "thuis-leren", "nieuw", "groep8"] if journeys else []
    common = {"journeys": chosen, "urgent_phone": "030 123 45 67", "duty": [str(DUTY)]}
    raw = {
        "schools": {
            "brug": {"name": "De Brug", "region": "midden", **common},
            "vaart": {"name": "De Vaart", "region": "noord", "quiet_hours": hours, **common},
        },
        "channels": dict.fromkeys(LIMITS, channel),
    }
    return config.parse(raw, home, {f"BOT_CHANNELS_{name.upper()}_TOKEN": "a token of this test" for name in LIMITS})


def furnish(tx: Tx, home: Path) -> None:
    """Both schools with their families, each enrolled for everything."""
    for school, families in ROSTERS.items():
        file = home / f"{school}.csv"
        file.write_text(families, encoding="utf-8")
        roster.load(tx, school, YEAR, roster.read(file), FURNISHED)
    for school, key, name, group in TEACHERS:
        staff.add(tx, school, key, name, "leerkracht", [group], YEAR)
    for family in FAMILIES:
        rows = letters.rows(tx, family.schools[0], YEAR, FURNISHED)
        contact_id = next(row.contact_id for row in rows if row.guardian.startswith(family.name))
        for address in (family.address, *family.more):
            found = contacts.resolve(tx, [address], FURNISHED)
            contacts.link(tx, found[address][1], contact_id, FURNISHED)
            for school in family.schools:
                consent.give(tx, contact_id, school, address.channel, ("school", "tips"), "ja", None, FURNISHED)


class Straight(Database):
    """A database in memory, whose work is done at once on one connection: without threads, disk and pool. One at a
    time."""

    def __init__(self, content: bytes, ring: Ring) -> None:
        self.url, self.ring, self.postgres = ENGINE.url, ring, False
        self._writer = self._reader = ENGINE
        connection = ENGINE.connect()
        raw: Any = connection.connection.driver_connection
        raw.isolation_level = None  # we say BEGIN ourselves
        raw.deserialize(content)
        raw.execute("PRAGMA foreign_keys=ON")
        self._raw, self._connection = raw, connection
        self._writing = 0  # nobody ever waits for another
        self.begun = 0  # at this moment of the play

    @property
    def _tx(self) -> Tx:
        return Tx(self._connection, self.ring)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        self._raw.execute("BEGIN")
        try:
            yield self._tx
        except BaseException:
            self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[Tx]:
        yield self._tx

    def ask(self, words: str, **given: Any) -> Any:
        """The one value that a statement finds; None for nothing. It costs no more than SQLite itself does."""
        row = self._raw.execute(words, given).fetchone()
        return row[0] if row else None

    async def write(self, work: Callable[[Tx], T]) -> T:
        self.begun += 1
        assert self.begun < TOO_MANY, "the bot does not come to rest"
        with self.begin() as tx:
            return work(tx)

    async def fetch(self, work: Callable[[Tx], T]) -> T:
        return work(self._tx)

    def close(self) -> None:
        self._connection.close()


class Clock:
    """The bot's clock. `slip` sets it back a little, as a time server does."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def move(self, to: datetime) -> None:
        self.now = max(self.now, to)

    def slip(self, by: timedelta) -> None:
        self.now -= by


class Taken(NamedTuple):
    """What a line made of a message: when it reaches the phone; None: never."""

    at: datetime
    message: Outbound
    reaches_at: datetime | None


class Line:
    """A provider that refuses, doubts, is away, keeps messages in its queue, and tells of them late or twice."""

    def __init__(self, name: str, clock: Clock, dice: random.Random, watch: Callable[[Taken], None]) -> None:
        self.name = name
        self.limits: Limits = LIMITS[name]
        self.receipts: list[tuple[datetime, Receipt]] = []  # when each is brought
        self.away_until = clock()
        self.dead = ""  # before after: the sender dies at this point of every message
        self.calm = False
        self.loses = 0  # so many of its next answers are lost on the way back
        self.tried: set[int] = set()  # rows that came here, whatever became of them
        self._clock = clock
        self._dice = dice
        self._watch = watch
        self.taken: dict[str, Taken] = {}

    def read(self, request: Request) -> list[Inbound | Receipt]:
        raise errors.ForgedRequest  # what people write comes straight

    async def send(self, message: Outbound) -> str:
        chance = 1.0 if self.calm else self._dice.random()
        self.tried.add(int(message.id.partition("-")[0]))
        if self.dead == "before":
            raise errors.Unsent("the process is gone")
        if self._clock() < self.away_until:
            raise errors.InDoubt("away") if chance < 0.1 else errors.Unsent("away")
        if chance < 0.02:
            raise errors.Rejected("no", self._dice.choice(["off 30003", "refused 1", "filtered 30007", "window 63016"]))
        if chance < 0.03:
            raise errors.Throttled(timedelta(seconds=self._dice.choice([5, 60, 3600])))
        if chance < 0.04:
            raise errors.InDoubt("lost on the way there")
        self._take(message)
        if chance < 0.05 or self.loses:
            self.loses = max(0, self.loses - 1)
            raise errors.InDoubt("lost on the way back")
        return f"{self.name}-{message.id}"

    def _take(self, message: Outbound) -> None:
        now, dice = self._clock(), self._dice
        off = not self.calm and dice.random() < 0.08  # her phone is off: it lies in the provider's queue
        reaches_at: datetime | None = now + timedelta(seconds=dice.choice([1, 3, 20]))
        if off:
            reaches_at = now + timedelta(minutes=dice.choice([2, 30, 200, 900]))
        assert reaches_at is not None
        if message.expires_at is not None and reaches_at >= message.expires_at:
            self._tell(message, Status.FAILED, message.expires_at, "refused expired")
            reaches_at = None
        else:
            for status, after in ((Status.SENT, 0), (Status.DELIVERED, 1), (Status.READ, dice.choice([2, 600]))):
                self._tell(message, status, reaches_at + timedelta(seconds=after))
        taken = self.taken[message.id] = Taken(now, message, reaches_at)
        self._watch(taken)

    def _tell(self, message: Outbound, status: Status, at: datetime, code: str = "") -> None:
        """A receipt: on time, late, twice, never; none of what was lost on the way back."""
        if self.loses:
            return
        for _ in range(self._dice.choice([0, 1, 1, 1, 2])):
            late = timedelta(seconds=self._dice.choice([0, 0, 2, 90, 7000]))
            theirs = f"{self.name}-{message.id}"
            self.receipts.append((at + late, Receipt(status, message.id, theirs, code)))

    async def close(self) -> None:
        """Nothing to close."""


class Findable(Line):
    """One that can be asked what became of a message in doubt."""

    async def find(self, message: Outbound, since: datetime, others: Collection[str]) -> str:
        if self._clock() < self.away_until:
            raise errors.Unsent("away")
        return f"{self.name}-{message.id}" if message.id in self.taken else ""


def make_lines(clock: Clock, dice: random.Random, watch: Callable[[Taken], None]) -> Mapping[str, Line]:
    """Twilio can be asked what became of a message; Telegram cannot."""
    kinds = {"whatsapp": Findable, "sms": Findable, "telegram": Line}
    return {name: kind(name, clock, dice, watch) for name, kind in kinds.items()}
