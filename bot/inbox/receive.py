"""Store once, then answer the provider. What arrives while a commit runs shares the next one."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, or_, select, text, type_coerce, update

from bot.inbox import media
from bot.inbox.rows import insert
from bot.model import Address, Inbound, Receipt
from bot.people import contacts
from bot.store.database import Database, Tx
from bot.store.tables import Moment, address, inbox, outbox

Mail = Inbound | Receipt
_THESE = address.c.id.in_(bindparam("ids", expanding=True))
# Locked in one order, so that two receivers never wait on each other; and nobody links them elsewhere meanwhile.
_OWNERS = (
    select(*address.c["id", "contact_id", "alias_of"])
    .where(_THESE)
    .order_by(address.c.id)
    .with_for_update(key_share=True)
)
# Who writes has not blocked us any more.
_HEARD = update(address).where(_THESE).values(heard_at=bindparam("at"), blocked_at=None)
# What we hear of late opens no window anew, and undoes nothing that came after it.
_HEARD_LATE = _HEARD.where(
    or_(address.c.heard_at.is_(None), address.c.heard_at < bindparam("at")),
    or_(address.c.blocked_at.is_(None), address.c.blocked_at < bindparam("at")),
)
# What she was knocked for leaves now, and lives as long as if it were new; and so it is with what found her phone off.
_o = outbox.c
_off = and_(_o.reason.startswith("off "), _o.address_id.in_(bindparam("heard", expanding=True)))
_LET_GO = (
    update(outbox)
    .where(_o.contact_id.in_(bindparam("ids", expanding=True)), or_(_o.reason.in_(("knocked", "portfolio")), _off))
    # In these very words, or SQLite would not use the index that is made for it.
    .where(text("status IN ('queued', 'sending')"), _o.status == "queued")
    .values(
        due_at=bindparam("at"), reason=None,
        expires_at=type_coerce(bindparam("at", type_=Moment), BigInteger)
        + type_coerce(_o.expires_at, BigInteger) - type_coerce(_o.due_at, BigInteger),
    )
)  # fmt: skip


def store(tx: Tx, messages: Sequence[Inbound], now: datetime) -> None:
    """Lay messages into the inbox, each with its contact; a stranger becomes one. Known ids change nothing."""
    if not messages:
        return
    names = {each.sender: Address(each.sender.channel, each.alias) for each in messages if each.alias}
    other_names = contacts.join(tx, names, now) if names else {}
    known = contacts.resolve(tx, [message.sender for message in messages], now)
    ids = [address_id for _, address_id in known.values()]
    owners = {}
    for row in tx.execute(_OWNERS, {"ids": [*ids, *other_names.values()]}):
        owners[row.id] = row.contact_id
        if row.alias_of is not None:
            other_names.setdefault(row.id, row.alias_of)
    rows = []
    for message in messages:
        _, address_id = known[message.sender]
        rows.append(
            {
                "channel": message.sender.channel, "provider_id": message.id, "contact_id": owners[address_id],
                "address_id": address_id,
                "kind": "message", "payload": tx.seal("inbox.payload", _payload(message)),
                "received_at": min(message.written_at or now, now), "state": "waiting",
            }
        )  # fmt: skip
    all_new = insert(tx, rows) == len(rows)
    # That she shut us out is no word from her.
    words = [row for row, message in zip(rows, messages, strict=True) if message.kind != "blocked"]
    heard = _heard(words if all_new else _new(tx, words), other_names)
    for at in sorted(set(heard.values())):
        ids = sorted(each for each, moment in heard.items() if moment == at)
        tx.execute(_HEARD if at == now else _HEARD_LATE, {"ids": ids, "at": at})
    contact_ids = sorted({owners[each] for each in heard if each in owners})
    tx.execute(_LET_GO, {"ids": contact_ids, "heard": sorted(heard), "at": now})
    media.keep(tx, messages, now)


def _new(tx: Tx, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that were laid in just now: what a provider delivers twice is no word from her at this hour."""
    i = inbox.c
    here = i.channel.in_({row["channel"] for row in rows}), i.provider_id.in_([row["provider_id"] for row in rows])
    stored = {bytes(payload) for payload in tx.execute(select(i.payload).where(*here)).scalars()}
    return [row for row in rows if row["payload"] in stored]  # sealed twice, nothing looks the same


def _heard(rows: Sequence[dict[str, Any]], other_names: Mapping[int, int]) -> dict[int, datetime]:
    """From which addresses she was heard, and when last; the window is one for both her names."""
    heard: dict[int, datetime] = {}
    for row in rows:
        for each in {row["address_id"], other_names.get(row["address_id"], row["address_id"])}:
            heard[each] = max(row["received_at"], heard.get(each, row["received_at"]))
    return heard


def _payload(message: Inbound) -> str:
    said: dict[str, str | bool] = {
        "text": message.text,
        "choice": message.choice,
        "ours": message.ours,
        "kind": message.kind,
        "name": message.name,
    }
    if message.theirs:
        said["theirs"] = message.theirs
    if message.album:
        said["album"] = message.album
    if message.written_at is not None:
        said["late"] = True
    return json.dumps(said)


class Counter:
    """Where webhooks wait for their commit: one transaction for all that arrived while the last one ran."""

    def __init__(self, database: Database, keep: Callable[[Tx, list[Mail]], None], *, most: int = 200) -> None:
        self._database = database
        self._keep = keep
        self._most = most
        self._waiting: list[tuple[list[Mail], asyncio.Future[None]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def idle(self) -> None:
        """Returns when nothing waits for its commit."""
        if self._busy is not None:
            await asyncio.wait({self._busy})

    async def take(self, mail: list[Mail]) -> None:
        """Returns when `mail` is committed; raises what the commit raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((mail, done))
        if self._busy is None or self._busy.done():
            self._busy = asyncio.create_task(self._commit())
        await done

    async def _commit(self) -> None:
        while self._waiting:
            self._waiting = [each for each in self._waiting if not each[1].cancelled()]  # it will be brought again
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
