"""What every channel is: both directions of one provider, nothing more."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.model import Inbound, Limits, Outbound, Receipt, Request


class Channel(Protocol):
    """Both directions of one provider. A driver translates; it knows no database and decides nothing."""

    name: str
    limits: Limits

    def read(self, request: Request) -> list[Inbound | Receipt]:
        """Check the signature and translate; no I/O. Raises ForgedRequest, or ValueError on a senseless body."""
        ...

    async def send(self, message: Outbound) -> str:
        """Hand over one message; returns the provider's id. Raises ChannelError."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Finds(Protocol):
    """A channel that can say whether a message in doubt was accepted."""

    async def find(self, message: Outbound, since: datetime) -> str:
        """The provider's id of our message `message.id`, accepted at or after `since`; "" where it never arrived."""
        ...
