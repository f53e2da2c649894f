"""`ouderbrug demo`: a fictional school and its phones, in the browser. No account, key or internet."""

import argparse
import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ConfigError

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from bot.config import Config

HOME = Path(".demo")
SENDERS = {"whatsapp": "+31612000001", "sms": "+31612000002", "telegram": "debrug_bot"}
RATE = 100.0  # messages a second: nobody on the page waits for her turn
EPILOG = """\
examples:
  ouderbrug demo                   open http://localhost:8000; the next start goes on where this one stopped
  ouderbrug demo --port 8123
  ouderbrug demo --translate http://127.0.0.1:5000   own words go through a LibreTranslate of yours
  ouderbrug demo --fresh           start over: all phones are empty again"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "demo", help="try it: a fictional school and its phones, in the browser", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=8000, help="where the page is (default: 8000)")
    parser.add_argument(
        "--translate", type=_address, default=None, metavar="URL",
        help="a LibreTranslate server for what people write themselves (its key: BOT_TRANSLATION_LIBRETRANSLATE_KEY)",
    )  # fmt: skip
    parser.add_argument("--fresh", action="store_true", help="forget all that was said, and start over")
    parser.set_defaults(run=demo)


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("write an address, such as http://127.0.0.1:5000")
    return text.rstrip("/")


def demo(args: argparse.Namespace) -> int:
    """Serve the demo until Ctrl-C or SIGTERM. Raises ConfigError where the port or the demo itself is in use."""
    with _listener(args.port) as listener, _alone(HOME):
        if args.fresh:
            for each in HOME.iterdir():
                if each.name != "lock":
                    shutil.rmtree(each) if each.is_dir() else each.unlink()
        asyncio.run(_serve(HOME, args.port, listener, args.translate or ""))
    return 0


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server(("127.0.0.1", port), backlog=512)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"port {port} cannot be used ({why}); try another: make demo PORT=8123") from None
    with listener:
        yield listener


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two bots on one demo would both answer."""
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError("this demo is already running in another window; stop that one first") from None
        yield


def _config(home: Path, port: int, translate: str = "") -> "Config":
    from bot.config import ChannelSettings, Config, DatabaseSettings, School, Web, secret
    from bot.demo import school
    from bot.translators import Access, Translation

    network = f"http://127.0.0.1:{port}/network"
    machine = Access(translate, key=secret("BOT_TRANSLATION_LIBRETRANSLATE_KEY", os.environ))
    token = secrets.token_urlsafe(32)  # both sides live in this process, so it need not outlive it
    return Config(
        schools={
            school.SCHOOL: School(
                school.SCHOOL,
                school.SCHOOL_NAME,
                urgent_phone=school.URGENT_PHONE,
                duty=(str(school.DUTY),),
                phone=school.PHONE,
                ill_before=school.ILL_BEFORE,
                journeys=school.JOURNEYS,
            )
        },
        database=DatabaseSettings(url="sqlite:///demo.db", keys="demo.keys"),
        web=Web(port=port, public_url=f"http://localhost:{port}"),
        channels={
            name: ChannelSettings(name, "phone", sender=sender, api=network, rate=RATE, token=token)
            for name, sender in SENDERS.items()
        },
        translation=Translation("libretranslate", reached={"libretranslate": machine}) if translate else Translation(),
        home=home.resolve(),
        phones="/",
    )


async def _serve(home: Path, port: int, listener: socket.socket, translate: str) -> None:
    from starlette.routing import Mount

    from bot import web
    from bot.app import Bot
    from bot.demo import council, evenings, school, shelf, talks, told
    from bot.demo.clock import Clock
    from bot.demo.network import Network
    from bot.demo.page import demo_routes
    from bot.demo.stage import LiveStage
    from bot.store.schema import open_database

    config = _config(home, port, translate)
    clock = Clock(home / "clock.json")
    token = next(iter(config.channels.values())).token
    network = Network(home / "network.jsonl", hooks=f"http://127.0.0.1:{port}", token=token, now=clock)
    # The demo's own keys, whatever is set in the environment for a real school.
    bot = Bot(config, open_database(config, {}), clock=clock)
    await bot.database.write(lambda tx: school.prepare(tx, home, clock()))
    await bot.database.write(lambda tx: talks.prepare(tx, config, clock()))
    await bot.database.write(lambda tx: shelf.prepare(tx, clock()))
    await bot.database.write(lambda tx: evenings.prepare(tx, config, clock()))
    await bot.database.write(lambda tx: told.prepare(tx, config, clock()))
    await bot.database.write(lambda tx: council.prepare(tx, clock()))
    stage = LiveStage(bot, network, clock, home)
    routes = [*demo_routes(stage), Mount("/network", network.app())]
    server = _server(web.application(bot, routes))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await bot.start()
    await network.start()
    print(f"De Brug is open: http://localhost:{port} - Ctrl-C closes it, and it goes on where you left", flush=True)
    await _told_to_stop(serving)
    stage.close()
    server.should_exit = True
    await serving
    await network.stop()
    await bot.stop()


def _server(app: "Starlette") -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # the page ends first, then the network and the bot

    return Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=3, lifespan="off"))


async def _told_to_stop(serving: "asyncio.Task[None]") -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
