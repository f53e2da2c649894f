"""Getting templates approved: each wording is made known and submitted once; what became of it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from bot.channels.base import Channel, Clock, Templates
from bot.errors import ConfigError, Rejected, Throttled
from bot.model import Form
from bot.outbox import templates
from bot.outbox.templates import Made
from bot.people.contacts import slices
from bot.store.database import Database

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
_ABREAST = 4  # there are hundreds, and each takes the provider a while
_PATIENCE = 10  # how often one call may be asked for patience
_DONE = frozenset({"pending", "approved", "rejected", "paused", "disabled"})  # another wording is needed, or patience


class Step(NamedTuple):
    """What became of one wording. `new`: it was submitted just now."""

    form: Form
    state: str
    reason: str = ""
    new: bool = False


def open_to(channels: Mapping[str, Channel]) -> dict[str, Templates]:
    """The channels whose provider must approve texts beforehand: those with a window."""
    return {
        name: channel
        for name, channel in channels.items()
        if isinstance(channel, Templates) and channel.limits.window is not None
    }


async def push(
    database: Database, name: str, provider: Templates, forms: Iterable[Form], clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Step]:  # fmt: skip
    """Make and submit what is not known yet; each step is stored at once, so that it can be broken off and run again.

    Raises ConfigError where the account is refused, and ChannelError where the provider is out of reach.
    """
    await pull(database, name, provider, clock())
    known = await database.fetch(lambda tx: dict(templates.stored(tx, name)))

    async def one(form: Form) -> Step:
        row = known.get(form.key)
        if row is not None and row.state in _DONE:
            return Step(form, row.state, row.reason or "")
        sid = row.sid if row is not None and row.sid and row.state in ("made", "refused") else ""
        made = await _submitted(database, name, provider, form, sid, clock, sleep)
        return Step(form, made.state, made.reason, made.state == "pending")

    for some in slices(forms, _ABREAST):
        for step in await asyncio.gather(*map(one, some), return_exceptions=True):  # none is left half-way by another
            if isinstance(step, BaseException):
                raise step
            yield step


async def _submitted(
    database: Database, name: str, provider: Templates, form: Form, sid: str, clock: Clock, sleep: Sleep
) -> Made:
    """Make one form, unless that has been done, and ask for its approval."""

    async def keep(made: Made) -> Made:
        await database.write(lambda tx: templates.save(tx, [made], clock()))
        return made

    try:
        if not sid:
            sid = await _patiently(lambda: provider.make(form), sleep)
            await keep(Made(name, form, sid, "made"))
        await _patiently(lambda: provider.submit(sid, form), sleep)
    except Rejected as error:
        return await keep(Made(name, form, sid, "refused", error.code or str(error)))
    return await keep(Made(name, form, sid, "pending"))


async def _patiently(call: Callable[[], Awaitable[T]], sleep: Sleep) -> T:
    for _ in range(_PATIENCE):
        try:
            return await call()
        except Throttled as error:
            if error.code.startswith("config"):
                raise ConfigError(str(error)) from error
            await sleep(max(error.wait, timedelta(seconds=1)).total_seconds())
    return await call()


async def pull(database: Database, name: str, provider: Templates, now: datetime) -> int:
    """Ask what became of our templates; returns how many changed. Raises ChannelError, and ConfigError as `push`."""
    try:
        states = await provider.states()
    except Throttled as error:
        if error.code.startswith("config"):
            raise ConfigError(str(error)) from error
        raise
    return await database.write(lambda tx: templates.note_states(tx, name, states, now))
