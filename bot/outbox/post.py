"""What the outbox needs besides the database, and what it asks of the house."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bot.channels.base import Channel
from bot.config import Config
from bot.outbox.templates import Workshop
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue


class Knock(NamedTuple):
    """Somebody for whom a message waits behind a closed window."""

    contact_id: int
    school: str
    address_id: int


def _nobody(_tx: Tx, _knocks: Sequence[Knock], _now: datetime) -> None:
    """Where nobody knocks, what waits for it goes another way after its three days."""


@dataclass(frozen=True, slots=True)
class Post:
    """What sending needs besides the database. `templates`: the keys of texts that are meant to leave late."""

    config: Config
    catalogue: Catalogue
    channels: Mapping[str, Channel]
    templates: frozenset[str]
    knock: Callable[[Tx, Sequence[Knock], datetime], None] = _nobody
    workshop: Workshop = field(default_factory=Workshop)
