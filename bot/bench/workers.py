"""One, two and four processes that read the same inbox on PostgreSQL."""

from contextlib import ExitStack
from time import perf_counter, sleep

from sqlalchemy import func, select

from bot.bench import durable, hooks, parents, process
from bot.bench.figures import Figure, Peer, Progress, Skipped
from bot.bench.parents import Parents
from bot.errors import BotError
from bot.inbox import receive
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring

WORKERS = (1, 2, 4)
MANY = 6_000  # parents who all write before the workers begin
_PATIENCE = 120.0


def measure(_: float, progress: Progress, many: int = MANY) -> list[Figure | Skipped]:
    what = "turns by workers on PostgreSQL"
    names = [f"workers{number}" for number in WORKERS]
    rates = []
    with parents.folder() as home:
        try:
            with durable.server(home, names) as urls, process.phones() as network:
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
    """Turns a second, from the first that is read to the last."""
    settings = bot.settings()
    database = Database(bot.database, Ring.parse(bot.environment["BOT_KEYS"]), readers=1)
    try:
        _write(database, Parents(database, parents.books(settings), many))
        with ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(bot.running("--only", "work", "--port", str(process.free_port())))
            first = _wait(database, many - 1)
            began = perf_counter()
            _wait(database, 0)
            return first / (perf_counter() - began)
    finally:
        database.close()


def _write(database: Database, people: Parents) -> None:
    letters = people.letters(0)
    for start in range(0, len(letters), parents.TOGETHER):
        some = letters[start : start + parents.TOGETHER]
        with database.begin() as tx:
            receive.store(tx, some, people.now)


def _wait(database: Database, most: int) -> int:
    """How many letters wait, once that is no more than `most`."""
    until = perf_counter() + _PATIENCE
    while perf_counter() < until:
        with database.read() as tx:
            waiting = tx.execute(select(func.count()).where(t.inbox.c.state == "waiting")).scalar_one()
        if waiting <= most:
            return int(waiting)
        sleep(0.02)
    raise BotError("the workers do not come to an end")
