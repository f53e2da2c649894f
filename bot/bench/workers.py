"""One, two and four processes that read the same inbox on PostgreSQL."""

from contextlib import ExitStack
from time import perf_counter, sleep

from sqlalchemy import func, select

from bot.bench import hooks, parents, process, server
from bot.bench.figures import Figure, Peer, Progress, Skipped
from bot.bench.parents import Parents
from bot.bench.server import Server
from bot.errors import BotError
from bot.inbox import receive
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring

WORKERS = (1, 2, 4)
MANY = 6_000  # parents who all write before the workers begin
_PATIENCE = 120.0


def measure(_: float, progress: Progress, many: int = MANY, on: Server = server.alone) -> list[Figure | Skipped]:
    what = "turns by workers on PostgreSQL"
    names = [f"workers{number}" for number in WORKERS]
    rates = []
    with parents.folder() as home:
        try:
            with on(home, names) as urls, process.phones() as network:
                for done, (number, url) in enumerate(zip(WORKERS, urls, strict=True), 1):
                    bot = process.Bot(home, network, account=hooks.ACCOUNT, database=url)
                    rates.append(_turns(bot, number, many))
                    progress(done / len(WORKERS))
        except ModuleNotFoundError as missing:
            return [Skipped(what, f"{missing.name} is not installed")]
    return [_figure(number, rate, rates[0]) for number, rate in zip(WORKERS, rates, strict=True)]


def _figure(number: int, rate: float, alone: float) -> Figure:
    what = "one worker on PostgreSQL" if number == 1 else f"{number} workers on PostgreSQL"
    return Figure(what, rate, "turns/s", peers=(Peer("one", alone),) if number > 1 else ())


def _turns(bot: process.Bot, workers: int, many: int) -> float:
    """Turns a second."""
    settings = bot.settings()
    database = Database(bot.database, Ring.parse(bot.environment["BOT_KEYS"]), readers=1)
    try:
        _write(database, Parents(database, parents.books(settings), many))
        with ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(bot.running("--only", "work", "--port", str(process.free_port())))
            return many / _seconds(database, many)
    finally:
        database.close()


def _write(database: Database, people: Parents) -> None:
    letters = people.letters(0)
    for start in range(0, len(letters), parents.TOGETHER):
        some = letters[start : start + parents.TOGETHER]
        with database.begin() as tx:
            receive.store(tx, some, people.now)


def _seconds(database: Database, many: int) -> float:
    """From the last look at which every letter still waited, until none does."""
    began = looked = perf_counter()
    until = began + _PATIENCE
    while waiting := _waiting(database):
        if waiting == many:
            began = looked
        if looked > until:
            raise BotError("the workers do not come to an end")
        sleep(0.02)
        looked = perf_counter()
    return perf_counter() - began


def _waiting(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).where(t.inbox.c.state == "waiting")).scalar_one())
