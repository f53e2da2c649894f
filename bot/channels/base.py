"""What every channel is: both directions of one provider; and the small powers that only some have."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from bot.model import Form, Inbound, Limits, Outbound, Receipt, Request

Clock = Callable[[], datetime]


class Channel(Protocol):
    """Both directions of one provider. A driver translates; it knows no database and decides nothing."""

    name: str
    limits: Limits

    def read(self, request: Request) -> list[Inbound | Receipt]:
        """Check the signature and translate; no I/O. Raises ForgedRequest, or ValueError on a senseless body."""
        ...

    async def send(self, message: Outbound) -> str:
        """Hand over one message; returns the provider's id. Raises ChannelError; its code begins with one of CODES."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Finds(Protocol):
    """A channel that can say whether a message in doubt was accepted."""

    async def find(self, message: Outbound, since: datetime, others: Collection[str]) -> str:
        """The provider's id of our message `message.id`, accepted at or after `since`; "" where it never arrived.

        `others`: ids that belong to other messages of ours to the same person. Raises ChannelError.
        """
        ...


@runtime_checkable
class Sweeps(Protocol):
    """A channel that can say what came in, for where a webhook was lost."""

    async def sweep(self, since: datetime) -> Sequence[Inbound]:
        """What people wrote at or after `since`, with the same ids as its webhooks. Raises ChannelError."""
        ...


@runtime_checkable
class Polls(Protocol):
    """A channel that can be asked for its webhooks, for where nobody can call us."""

    polling: bool  # whether it is set up so

    async def poll(self, offset: int) -> tuple[Sequence[Request], int]:
        """Waits for webhooks and returns them with the next offset; asking from there confirms these.

        Each is a request as `read` takes it. Raises ChannelError.
        """
        ...


@runtime_checkable
class Insists(Protocol):
    """A channel whose provider brings a webhook again and again until it is taken, and holds others back meanwhile."""

    insists: bool


@runtime_checkable
class Tidies(Protocol):
    """A channel where politeness asks for something once a webhook is stored: stop a spinner, leave a group."""

    async def tidy(self, request: Request) -> None:
        """Do what this stored webhook asks for, if anything. Never raises: it may as well not happen."""
        ...


class Fetched(NamedTuple):
    """A file of hers, as the provider keeps it."""

    content_type: str
    data: bytes


@runtime_checkable
class Fetches(Protocol):
    """A channel that keeps what people send besides words."""

    async def fetch(self, reference: str, most: int) -> Fetched:
        """The file behind `Media.reference`, up to `most` bytes. Raises Rejected (gone, too large) or ChannelError."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A channel whose provider can be asked to forget a message."""

    async def forget(self, provider_id: str) -> bool:
        """Have it forgotten there; also where it is gone already. False: the provider keeps it, and will not part with
        it. Raises ChannelError where it must be asked again later.

        `provider_id`: what `send` returned, or the id of a letter; on a channel that numbers per chat `chat:number`.
        """
        ...


class FormState(NamedTuple):
    """What a provider says of a form it knows."""

    content: str  # its id
    template: str
    language: str
    state: str  # made pending approved rejected paused disabled
    reason: str = ""


@runtime_checkable
class Templates(Protocol):
    """A channel whose provider must know questions and templates beforehand."""

    async def make(self, form: Form) -> str:
        """Make the form known; returns the provider's id of it. Raises ChannelError."""
        ...

    async def submit(self, content: str, form: Form) -> None:
        """Ask for approval of a template. Raises ChannelError."""
        ...

    async def states(self) -> Sequence[FormState]:
        """Every template the provider knows of ours. Raises ChannelError."""
        ...


class Finding(NamedTuple):
    """One thing that `doctor` looked at. `way_out`: the next step, where it is not well."""

    ok: bool
    what: str
    way_out: str = ""


@runtime_checkable
class Examines(Protocol):
    """A channel whose settings at the provider can be looked at."""

    async def examine(self) -> Sequence[Finding]:
        """Token, sender, webhook addresses and whatever else can be checked from outside. Never raises."""
        ...


@runtime_checkable
class Installs(Protocol):
    """A channel that can tell its provider where to bring webhooks, and which commands the bot knows."""

    async def install(self, commands: Mapping[str, Sequence[tuple[str, str]]]) -> Sequence[Finding]:
        """Do it; `commands`: language -> (word, what it does), "" for everybody else. Never raises."""
        ...
