"""Store once, then answer the provider. What arrives while a commit runs shares the next one."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, update

from bot.inbox.rows import insert
from bot.model import Inbound, Receipt
from bot.people import contacts
from bot.store.database import Database, Tx
from bot.store.tables import address

Mail = Inbound | Receipt
_HEARD = update(address).where(address.c.id == bindparam("it")).values(heard_at=bindparam("at"))


def store(tx: Tx, messages: Sequence[Inbound], now: datetime) -> None:
    """Lay messages into the inbox, each with its contact; a stranger becomes one. Known ids change nothing."""
    if not messages:
        return
    known = contacts.resolve(tx, [message.sender for message in messages], now)
    rows = []
    for message in messages:
        contact_id, address_id = known[message.sender]
        rows.append(
            {
                "channel": message.sender.channel, "provider_id": message.id, "contact_id": contact_id,
                "address_id": address_id,
                "kind": "message", "payload": tx.seal("inbox.payload", _payload(message)), "received_at": now,
                "state": "waiting",
            }
        )  # fmt: skip
    insert(tx, rows)
    tx.execute(_HEARD, [{"it": it, "at": now} for it in sorted({address_id for _, address_id in known.values()})])


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
            everything = [each for mail, _ in batch for each in mail]
            try:
                await self._database.write(lambda tx, mail=everything: self._keep(tx, mail))  # type: ignore[misc]
            except Exception as error:  # each waiting webhook gets the error: it answers 5xx and is sent again
                _settle(batch, error)
            else:
                _settle(batch, None)


def _settle(batch: list[tuple[list[Mail], "asyncio.Future[None]"]], error: Exception | None) -> None:
    for _, done in batch:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
