"""`ouderbrug run`: the bot at work, until it is told to stop."""

import argparse
import asyncio
import signal
from typing import TYPE_CHECKING

from bot.cli.common import add_config, database, moment, settings

if TYPE_CHECKING:
    from bot.config import Config


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
    structured()
    asyncio.run(_serve(config))
    return 0


async def _serve(config: "Config") -> None:
    import uvicorn

    from bot.app import Bot
    from bot.web import application

    bot = Bot(config, database(config), clock=moment)
    server = uvicorn.Server(
        uvicorn.Config(
            application(bot), host=config.web.host, port=config.web.port, log_config=None, access_log=False,
            lifespan="off", timeout_graceful_shutdown=20, server_header=False,
        )
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    await bot.start()
    serving = asyncio.create_task(server.serve())
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, lambda: setattr(server, "should_exit", True))
    try:
        await serving
    finally:
        await bot.stop()
