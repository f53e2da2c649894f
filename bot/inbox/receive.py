"""Store once, then answer the provider. What arrives while a commit runs shares the next one."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.inbox.rows import insert
from bot.model import Inbound, Receipt
from bot.people import contacts
from bot.store.database import Database, Tx
from bot.store.tables import address, inbox

Mail = Inbound | Receipt
_THESE = address.c.id.in_(bindparam("ids", expanding=True))
# Locked in one order, so that two receivers never wait on each other; and nobody links them elsewhere meanwhile.
_OWNERS = (
    select(address.c.id, address.c.contact_id).where(_THESE).order_by(address.c.id).with_for_update(key_share=True)
)
# Who writes has not blocked us any more.
_HEARD = update(address).where(_THESE).values(heard_at=bindparam("at"), blocked_at=None)


def store(tx: Tx, messages: Sequence[Inbound], now: datetime) -> None:
    """Lay messages into the inbox, each with its contact; a stranger becomes one. Known ids change nothing."""
    if not messages:
        return
    known = contacts.resolve(tx, [message.sender for message in messages], now)
    ids = [address_id for _, address_id in known.values()]
    owners = {row.id: row.contact_id for row in tx.execute(_OWNERS, {"ids": ids})}
    rows = []
    for message in messages:
        _, address_id = known[message.sender]
        rows.append(
            {
                "channel": message.sender.channel, "provider_id": message.id, "contact_id": owners[address_id],
                "address_id": address_id,
                "kind": "message", "payload": tx.seal("inbox.payload", _payload(message)), "received_at": now,
                "state": "waiting",
            }
        )  # fmt: skip
    heard = ids if insert(tx, rows) == len(rows) else _written(tx, rows, now)
    tx.execute(_HEARD, {"ids": heard, "at": now})


def _written(tx: Tx, rows: Sequence[dict[str, Any]], now: datetime) -> Sequence[int]:
    """Whose letters are new: what a provider delivers twice is no word from her at this hour."""
    i = inbox.c
    new = i.provider_id.in_([row["provider_id"] for row in rows]), i.received_at == now, i.address_id.is_not(None)
    here = i.channel.in_({row["channel"] for row in rows})
    return tx.execute(select(i.address_id).where(here, *new)).scalars().all()


def _payload(message: Inbound) -> str:
    return json.dumps(
        {
            "text": message.text,
            "choice": message.choice,
            "ours": message.ours,
            "kind": message.kind,
            "name": message.name,
        }
    )


class Counter:
    """Where webhooks wait for their commit: one transaction for all that arrived while the last one ran."""

    def __init__(self, database: Database, keep: Callable[[Tx, list[Mail]], None], *, most: int = 200) -> None:
        self._database = database
        self._keep = keep
        self._most = most
        self._waiting: list[tuple[list[Mail], asyncio.Future[None]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def take(self, mail: list[Mail]) -> None:
        """Returns when `mail` is committed; raises what the commit raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((mail, done))
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._commit())
        await done

    async def _commit(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            if await self._try([each for mail, _ in batch for each in mail]) is None:
                _settle(batch, None)
                continue
            for mail, done in batch:  # one of them spoils it, or the database was busy: each by itself, once more
                _settle([(mail, done)], await self._try(mail))

    async def _try(self, mail: list[Mail]) -> Exception | None:
        try:
            await self._database.write(lambda tx: self._keep(tx, mail))
        except Exception as error:  # the waiting webhook gets it: it answers 5xx and is sent again
            return error
        return None


def _settle(batch: Sequence[tuple[list[Mail], "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, done in batch:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
