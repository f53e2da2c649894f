"""What the pages are made of: a visit of somebody who is signed in, what she may, and what she gets back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from bot.channels.base import Clock
from bot.config import Config, School
from bot.console.words import Say
from bot.desk.books import Books
from bot.store.database import Database, Tx

TEACHER, IB, COACH, OFFICE, HEAD, NETWORK = "leerkracht", "ib", "kansencoach", "administratie", "directie", "netwerk"
OFFICES = frozenset({OFFICE, HEAD})
CLASS = frozenset({TEACHER}) | OFFICES  # who knows families by their groups
TALKING = CLASS | {IB, COACH}
EVERYONE = TALKING | {NETWORK}


class House(Protocol):
    """What the pages need of the bot."""

    config: Config
    clock: Clock
    database: Database
    books: Books

    @property
    def stopping(self) -> bool:
        """Whether the bot is being stopped: who listens is let go."""
        ...

    def wake(self) -> None:
        """There is work for the desk and the outbox."""
        ...


@dataclass(frozen=True, slots=True)
class Who:
    """A colleague who is signed in, as of this visit."""

    staff_id: int
    name: str
    role: str
    school: str  # where she was invited
    schools: tuple[str, ...]  # all that are hers
    groups: Mapping[int, str]  # of this school year: id -> name
    proven: bool  # with a second factor
    language: str  # nl en

    @property
    def is_office(self) -> bool:
        return self.role in OFFICES


class Upload(NamedTuple):
    """A file that came with a form."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: who asks, what for, and when. Every id in `ids` is proven to be hers to see."""

    house: House
    who: Who
    now: datetime
    path: str
    ids: Mapping[str, int] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    many: Mapping[str, Sequence[str]] = field(default_factory=dict)  # fields that stand in the form several times
    sign_in: int = 0  # the browser she is signed in with
    prepared: Any = None  # what `before` of this door made

    @property
    def config(self) -> Config:
        return self.house.config

    @property
    def school(self) -> School:
        """The school where she works; a coach's pages say of which school they speak."""
        return self.config.schools[self.who.school]

    @property
    def say(self) -> Say:
        return Say(self.house.books.catalogue.words(self.who.language))

    @property
    def local(self) -> datetime:
        """The wall clock at school."""
        return self.now.astimezone(self.school.zone)


class Page(NamedTuple):
    """A template with its values."""

    template: str
    values: Mapping[str, Any] = {}
    status: int = 200


class Go(NamedTuple):
    """After a form: where to, what to say there (a text key), and the path of the form that undoes it."""

    to: str
    note: str = ""
    undo: str = ""
    about: tuple[str, int | None] = ("", None)  # for the audit, where no id is in the path: what was made


class File(NamedTuple):
    """Something that is no page. Shown in the browser only where it cannot do harm."""

    name: str
    content_type: str
    data: bytes
    inline: bool = False


Answer = Page | Go | File


class Gone(Exception):
    """What was asked for is not there, or not hers to see: 404 either way."""


@dataclass(frozen=True, slots=True)
class Door:
    """One address of the pages: who may enter, and what answers.

    Names in the path say what they are the id of: `/gesprekken/{thread}`; whether it is hers to see is found out before
    `answer` is called. What changes something has a POST, and `what` says in the audit what was done.

    A write holds up all others, so what takes long of a POST is done in `before`: in a thread, for who may enter, when
    nothing is being written yet. What it returns is `visit.prepared`, a fault too; what it reads may be old by then.
    """

    method: str
    path: str
    answer: Callable[[Visit, Tx], Answer]
    may: frozenset[str]
    what: str = ""
    files: bool = False  # a form with files, up to 10 MB
    proven: bool = False  # only with a second factor
    before: Callable[[Visit], Any] | None = None


def get(path: str, answer: Callable[[Visit, Tx], Answer], may: frozenset[str], *, proven: bool = False) -> Door:
    return Door("GET", path, answer, may, proven=proven)


def post(
    path: str, answer: Callable[[Visit, Tx], Answer], may: frozenset[str], what: str, *,
    files: bool = False, proven: bool = False, before: Callable[[Visit], Any] | None = None,
) -> Door:  # fmt: skip
    return Door("POST", path, answer, may, what, files, proven, before)
