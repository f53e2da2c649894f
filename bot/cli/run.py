"""`ouderbrug run`: the bot at work, until it is told to stop."""

import argparse
import asyncio
import fcntl
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import add_config, database, moment, settings
from bot.errors import ConfigError

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from bot.app import Bot
    from bot.config import Config
    from bot.store.database import Database

AT_ONCE = 1000  # connections: more are answered 503, and a provider tries again
KEEP = 150  # seconds: longer than any proxy keeps an idle connection, so that none is cut while it is used
LONGEST_END = 28.0  # seconds; then the process ends as it would by a kill, which harms nothing
EPILOG = """\
examples:
  ouderbrug run
  ouderbrug run --config /etc/ouderbrug/config.toml
  ouderbrug run --only web                       takes webhooks and does nothing else
  ouderbrug run --only work --port 8001          everything else; health and metrics on port 8001

Several processes on one PostgreSQL share the work, each with its own port. An SQLite file belongs to one."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "run",
        help="start the bot",
        description="Starts the bot: the hooks of the channels, the desk, the outbox and the clock, in one process.\n"
        "It stops on Ctrl-C or SIGTERM, with nothing in flight broken; a second one ends it at once.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.add_argument("--only", choices=("web", "work"), help="a part of it; the rest runs in other processes")
    parser.add_argument(
        "--port", type=int, metavar="N", help="instead of [web] port; with --only work: health, metrics"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes. Raises ConfigError where it must not start."""
    from bot.app import Bot
    from bot.channels import drivers, real
    from bot.cli.logs import structured

    config = settings(args)
    with _named(args):
        real.check(config)
        channels = drivers.make(config.channels, moment)
    with ExitStack() as stack:
        listener = None
        if args.only != "work" or args.port is not None:
            listener = stack.enter_context(_listener(config.web.host, args.port or config.web.port))
        opened = database(config)
        stack.callback(opened.close)
        with _named(args):
            stack.enter_context(_alone(opened, args.only))
            _check_keys(config, opened)
        structured()
        bot = Bot(config, opened, clock=moment, channels=channels)
        with asyncio.Runner(loop_factory=_loop()) as runner:
            runner.run(_serve(bot, listener, args.only))
    return 0


@contextmanager
def _named(args: argparse.Namespace) -> Iterator[None]:
    """An error of what stands in the file begins with the file."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{getattr(args, 'config', Path('config.toml')).name}: {error}") from None


def _listener(host: str, port: int) -> socket.socket:
    """The port, before anything else is opened. Raises ConfigError where it cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"[web] port {port} on {host} cannot be used: {why}") from None


@contextmanager
def _alone(opened: "Database", only: str | None) -> Iterator[None]:
    """Two bots on one SQLite file do no harm, but they wait for each other; a part of one answers nobody.

    Raises ConfigError.
    """
    if opened.postgres:
        yield
        return
    if only:
        raise ConfigError("[database] url: an SQLite file belongs to one process; leave out --only, or use PostgreSQL")
    with open(f"{opened.url.database}.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                "[database] url: a bot runs on this SQLite file already; stop that one, or share the work on PostgreSQL"
            ) from None
        yield


def _check_keys(config: "Config", opened: "Database") -> None:
    from bot.channels import real
    from bot.store import keys

    if real.names(config):
        with opened.read() as tx:
            keys.check_backed_up(tx, config)


def _loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # a third less for each webhook
    except ImportError:  # it is not made for every machine
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _serve(bot: "Bot", listener: socket.socket | None, only: str | None) -> None:
    from bot.web import application

    told = asyncio.Event()
    server = _server(application(bot, hooks=only != "work"))
    try:
        _warn(bot.config)
        if only != "web":
            await bot.start()
        gc.freeze()  # words, flows and libraries stay: the collector need not go through them again and again
        _obey(bot, server, told)
        _say_started(bot, only)
        await (server.serve(sockets=[listener]) if listener else told.wait())
    finally:
        await bot.stop()


def _server(app: "Starlette") -> "uvicorn.Server":
    import uvicorn

    from bot.web import Guarded

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # they are ours: the bot ends with its server

    return Server(
        uvicorn.Config(
            app, http=Guarded, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
            limit_concurrency=AT_ONCE, timeout_keep_alive=KEEP, timeout_graceful_shutdown=10,
        )
    )  # fmt: skip


def _obey(bot: "Bot", server: "uvicorn.Server", told: asyncio.Event) -> None:
    """The first signal: accept nothing, begin nothing, finish what is under way. The second ends the process."""
    loop = asyncio.get_running_loop()

    def leave() -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        last = threading.Timer(LONGEST_END, os._exit, [1])  # even where a thread waits for a database for ever
        last.daemon = True
        last.start()
        bot.leave_off()
        server.should_exit = True
        told.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, leave)


def _say_started(bot: "Bot", only: str | None) -> None:
    import structlog

    structlog.get_logger().info("started", channels=sorted(bot.channels), only=only or "all")


def _warn(config: "Config") -> None:
    import structlog

    for gap in config.unreachable_duty():
        structlog.get_logger().warning("duty_unreachable", school_and_channel=gap)
