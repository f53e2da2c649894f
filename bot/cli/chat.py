"""`bot chat`: talk to the real bot in the terminal, as a fictional parent on a clock that can be moved."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from bot.cli.common import add_config, console, settings

if TYPE_CHECKING:
    from bot.check.casting import Heard, Parent, Role
    from bot.check.rehearsal import Said, Stage
    from bot.check.transcript import Line
    from bot.config import Config

CHANNELS = ("whatsapp", "sms", "telegram")
START = datetime(2026, 11, 23, 16, 0)  # noqa: DTZ001 - wall time at school: a Monday, after school
_HELP = "type what a parent would; /tap 2 taps an option, /later 7d lets time pass (90m, 24h, 7d, 2w), /quit ends"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "chat",
        help="talk to the bot as a parent, here in the terminal",
        description="Plays one fictional parent against the real bot. Nothing is sent and nothing is kept.\n"
        f"Inside: {_HELP}.",
        epilog="examples:\n"
        "  ouderbrug chat --flow voorlezen --language ar --channel sms\n"
        "  ouderbrug chat --new --channel telegram             she is not enrolled yet and has a letter with a code\n"
        "  printf '1\\n2\\n19:30\\n/later 7d\\n' | ouderbrug chat --flow voorlezen --record voorlezen.chat",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.add_argument("--flow", metavar="NAME", default="", help="begin with this flow; else the parent begins")
    parser.add_argument("--language", metavar="CODE", default="nl", help="the parent's language (default: nl)")
    parser.add_argument("--channel", choices=CHANNELS, default="whatsapp", help="her channel (default: whatsapp)")
    parser.add_argument("--new", action="store_true", help="she is not enrolled yet: the code in her letter is shown")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the conversation down as a transcript")
    parser.set_defaults(run=chat)


def chat(args: argparse.Namespace) -> int:
    """Play until the input ends or /quit."""
    from bot.check.casting import Role
    from bot.cli.logs import structured
    from bot.errors import ConfigError, ContentError
    from bot.model import PURPOSES

    config = settings(args)
    flows = sorted(path.stem for path in config.flows.glob("*.toml"))
    if args.flow and args.flow not in flows:
        raise ContentError(f"there is no flow {args.flow!r}; there are: {', '.join(flows)}")
    if args.language not in config.languages.offered:
        raise ConfigError(f"{args.language!r} is not offered; [languages] has {', '.join(config.languages.offered)}")
    if args.record and not args.record.parent.is_dir():  # before she talks, not after
        raise ContentError(f"{args.record.parent}: there is no such folder; name another file with --record")
    structured()
    role = Role(args.language, args.channel, () if args.new else PURPOSES)
    asyncio.run(_play(config, role, args.flow, args.record))
    return 0


async def _play(config: "Config", role: "Role", flow: str, record: Path | None) -> None:
    async with open_stage(config) as stage:
        [parent] = await stage.cast([role])
        await Chat(stage, parent, flow).run(record)


@asynccontextmanager
async def open_stage(config: "Config") -> "AsyncIterator[Stage]":
    """The real bot with a database that is gone afterwards."""
    from bot.app import Bot
    from bot.check import rehearsal
    from bot.check.casting import SCHOOLS
    from bot.store import schema
    from bot.store.database import Alone
    from bot.store.sealed import Ring

    clock = rehearsal.Clock(START.replace(tzinfo=SCHOOLS[0].zone).astimezone(UTC))
    lines = rehearsal.channels()
    with tempfile.TemporaryDirectory(prefix="ouderbrug-") as home:
        database = Alone(f"sqlite:///{home}/rehearsal.db", Ring.make())
        schema.prepare(database)
        bot = Bot(rehearsal.settings(config), database, clock=clock, channels=lines)
        try:
            yield rehearsal.Stage(bot, clock, lines)
        finally:
            await bot.stop()


class Chat:
    """One conversation: what is typed goes to the bot, what the bot says is shown and written down."""

    def __init__(self, stage: "Stage", parent: "Parent", flow: str) -> None:
        self.stage = stage
        self.parent = parent
        self.flow = flow
        self.lines: list[Line] = []
        self._shown = 0
        self._asked = ""
        self._page = console()

    async def run(self, record: Path | None) -> None:
        if not self.parent.role.purposes:
            self._page.print(f"Her letter says: {self.parent.code}", style="dim")
        if self.flow:
            await self.stage.begin(self.flow, [self.parent])
            self._show_news()
        while (typed := await asyncio.to_thread(self._ask)) is not None and typed != "/quit":
            await self._do(typed)
        if record:
            record.write_text(self._transcript(), encoding="utf-8")
            self._page.print(f"{record}: {len(self.lines)} lines", style="dim")

    def _ask(self) -> str | None:
        """The next line; None at the end. A script's lines are shown, so that its output reads as a conversation."""
        if sys.stdin.isatty():
            self._page.print(f"{self._moment()} › ", end="", style="bold")
        line = sys.stdin.readline()
        if line and not sys.stdin.isatty():
            self._page.print(f"{self._moment()} › {line.strip()}", style="bold")
        return line.strip() if line else None

    async def _do(self, typed: str) -> None:
        from bot.check.rehearsal import Said
        from bot.check.transcript import Line
        from bot.conversation.shape import span

        command, _, value = typed.partition(" ")
        try:
            if command == "/later":
                await self.stage.wait(span(value))
                self.lines.append(Line("~", value))
            elif command == "/tap":
                await self.stage.say({self.parent: self._tap(value)})
                self.lines.append(Line(">", value))
            elif command.startswith("/") and command != "/start":
                raise ValueError(_HELP)
            elif typed:
                await self.stage.say({self.parent: Said(typed)})
                self.lines.append(Line(">", typed.replace(self.parent.code, "{code}")))
        except ValueError as problem:
            self._page.print(str(problem), style="yellow")
            return
        self._show_news()

    def _tap(self, value: str) -> "Said":
        """The option with this number under the last question. Raises ValueError where there is nothing to tap."""
        from bot.check.rehearsal import Said

        asked = self.parent.asked
        message = asked.messages[-1] if asked else None
        if message is None or not message.choices:
            raise ValueError("there is nothing to tap; type the number or the words")
        if not value.isdecimal() or not 0 < int(value) <= len(message.choices):
            raise ValueError(f"write /tap and a number from 1 to {len(message.choices)}")
        return Said(choice=message.choices[int(value) - 1].id, ours=message.id)

    # --- showing
    def _moment(self) -> str:
        from bot.check.casting import SCHOOLS
        from bot.model import WEEKDAYS

        now = self.stage.clock().astimezone(SCHOOLS[0].zone)
        return f"{WEEKDAYS[now.weekday()]} {now.day}-{now.month} {now:%H:%M}"

    def _show_news(self) -> None:
        """Print what came in since the last time, and write it down."""
        from bot.check.recording import said

        news = self.parent.heard[self._shown :]
        self._shown = len(self.parent.heard)
        self.lines += said(news, self._asked)
        for heard in news:
            self._asked = heard.ask or self._asked
            self._print(heard)

    def _print(self, heard: "Heard") -> None:
        for message in heard.messages:
            self._page.print(indent(message.text, "  "), soft_wrap=True)
            for place, choice in enumerate(message.choices, 1):
                self._page.print(f"  [{place}] {choice.label}", style="cyan")
        self._page.print()

    def _transcript(self) -> str:
        from bot.check.transcript import header_line, write

        role = self.parent.role
        head = header_line(self.flow or "menu", role.language, role.channel, START)
        return write(head if role.purposes else f"{head}   consent none", self.lines)
