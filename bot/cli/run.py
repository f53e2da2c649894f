"""`ouderbrug run`: the bot at work, until it is told to stop."""

import argparse
import asyncio
import gc
import signal
import socket
from typing import TYPE_CHECKING

from bot.cli.common import add_config, database, moment, settings
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.config import Config, Web


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "run",
        help="start the bot",
        description="Starts the bot: the hooks of the channels, the desk, the outbox and the clock, in one process.\n"
        "It stops on Ctrl-C or SIGTERM, with nothing in flight broken.",
        epilog="examples:\n  ouderbrug run\n  ouderbrug run --config /etc/ouderbrug/config.toml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from bot.cli.logs import structured

    config = settings(args)
    with _listener(config.web) as listener:
        structured()
        asyncio.run(_serve(config, listener))
    return 0


def _listener(web: "Web") -> socket.socket:
    """The port, before anything else is opened. Raises ConfigError where it cannot be used."""
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        return socket.create_server((web.host, web.port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(f"[web] port {web.port} on {web.host} cannot be used: {error.strerror}") from None


async def _serve(config: "Config", listener: socket.socket) -> None:
    import structlog
    import uvicorn

    from bot.app import Bot
    from bot.web import application

    for gap in config.unreachable_duty():
        structlog.get_logger().warning("duty_unreachable", school_and_channel=gap)
    bot = Bot(config, database(config), clock=moment)
    server = uvicorn.Server(
        uvicorn.Config(
            application(bot), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=10,
            server_header=False,
        )
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    await bot.start()
    gc.freeze()  # words, flows and libraries stay: the collector need not go through them again and again
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, lambda: setattr(server, "should_exit", True))
    try:
        await serving
    finally:
        await bot.stop()
