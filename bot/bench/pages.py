"""The school's pages over a network's year of messages: every page, for everybody who may see it."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import httpx
from sqlalchemy import select

from bot import config
from bot.app import Bot
from bot.bench import network_year, parents, server
from bot.bench.figures import Figure, Progress, Skipped
from bot.bench.network_year import Size
from bot.bench.server import Server
from bot.config import Config
from bot.console import doors, reach
from bot.console.serve import BASE, cookie
from bot.console.who import colleague
from bot.errors import BotError
from bot.people import logins, staff
from bot.store.database import Database, Tx
from bot.web import application

P95 = 300.0  # milliseconds
NOW = datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
KEYS = ("juf", "wil", "fenna", "nel")
LOOKS = 20  # at each page
WHOLE = Size()


def measure(
    _: float, progress: Progress, size: Size = WHOLE, looks: int = LOOKS, on: Server = server.alone
) -> list[Figure | Skipped]:
    """On both databases, one after the other."""
    found: list[Figure | Skipped] = []
    with parents.folder() as home, ExitStack() as stack:
        found += _on(f"sqlite:///{home / 'pages.db'}", "SQLite", home, size, looks, lambda done: progress(done / 2))
        try:
            (url,) = stack.enter_context(on(home, ("pages",)))
        except ModuleNotFoundError as missing:
            progress(1.0)
            return [*found, Skipped("pages, PostgreSQL", f"{missing.name} is not installed")]
        found += _on(url, "PostgreSQL", home, size, looks, lambda done: progress(0.5 + done / 2))
    progress(1.0)
    return found


def _settings(home: Path, size: Size) -> Config:
    line = {"driver": "phone", "sender": "+31612000000", "api": "http://127.0.0.1:1"}
    raw = {
        "schools": {f"s{n}": {"name": f"School {n}"} for n in range(size.schools)},
        "channels": dict.fromkeys(network_year.CHANNELS, line),
    }
    return config.parse(raw, home, {f"BOT_CHANNELS_{name.upper()}_TOKEN": "x" * 32 for name in network_year.CHANNELS})


def _on(url: str, name: str, home: Path, size: Size, looks: int, progress: Progress) -> list[Figure]:
    with parents.open_database(url) as database:
        for done in network_year.lay(database, size, NOW):
            progress(done * 0.8)
        spent = asyncio.run(_look(database, _settings(home, size), looks))
    progress(1.0)
    slowest = max(spent, key=lambda page: _p95(spent[page]))
    every = [moment for each in spent.values() for moment in each]
    many = f"{size.parents * size.messages:,} messages"
    return [
        Figure(f"p95 of the slowest page of {len(spent)} ({slowest}), {many}, {name}", _p95(spent[slowest]), "ms", P95),
        Figure("p95 of all pages", _p95(every), "ms", P95),
    ]


def _p95(spent: Sequence[float]) -> float:
    return quantiles(spent, n=20, method="inclusive")[18]


async def _look(database: Database, config: Config, looks: int) -> dict[str, list[float]]:
    """Milliseconds of every page that these colleagues of the first school can open."""
    bot = Bot(config, database, clock=lambda: NOW, channels={})
    transport = httpx.ASGITransport(app=application(bot))
    found: dict[str, list[float]] = {}
    for key in KEYS:
        with database.begin() as tx:
            paths, token = _paths(tx, config, key), logins.begin(tx, staff.by_key(tx, "s0", key).id, NOW, proven=True)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", cookies={cookie(bot): token}
        ) as client:
            for path in paths:
                found[f"{path} {key}"] = [await _once(client, path) for _ in range(looks)]
    return found


async def _once(client: httpx.AsyncClient, path: str) -> float:
    began = perf_counter()
    answer = await client.get(BASE + path)
    spent = 1000 * (perf_counter() - began)
    if answer.status_code not in (200, 303):
        raise BotError(f"the page {path} answered {answer.status_code}")
    return spent


def _paths(tx: Tx, config: Config, key: str) -> list[str]:
    """Every page that she may open, with the first row of each kind that is hers."""
    row = staff.by_key(tx, "s0", key)
    who = colleague(tx, config, row, NOW, proven=True)
    found = []
    for door in doors.DOORS:
        if door.method == "POST" or who.role not in door.may:
            continue
        kinds = [part[1:-1] for part in door.path.split("/") if part.startswith("{")]
        first = {
            kind: tx.execute(
                select(reach.TABLES[kind].c.id).where(reach.RULES[kind](who)).order_by(reach.TABLES[kind].c.id).limit(1)
            ).scalar()
            for kind in kinds
        }
        if None not in first.values():
            found.append(door.path.format_map(first))
    return found
