"""`ouderbrug coverage`: what the flows and ready messages cover of partnership, as a picture."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import add_config, add_json, console, print_json, settings

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from bot.reports.coverage import Cell, Coverage, Entry

_WHO = {
    "meeleven": "live along", "meehelpen": "help", "meedenken": "think along", "meebeslissen": "decide",
}  # fmt: skip
_HOW = {"eigen kind": "own child", "groep en school": "group and school", "thuis": "at home"}
_PHASES = {"voor": "entering", "hoofd": "at school", "na": "leaving"}
_NONE_YET = "none yet"
_CLOSED = "closed: a school does not decide at home"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "coverage",
        help="which kinds, phases and cells of partnership have flows and messages",
        description="Shows which flows and ready messages stand in the six kinds and three phases of partnership and\n"
        "in the twelve cells (what a parent does, and where). The twelfth stays closed.",
        epilog="examples:\n  ouderbrug coverage\n  ouderbrug coverage --html coverage.html\n"
        "  ouderbrug coverage --json | jq '.cells[] | select(.entries == [])'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    form = parser.add_mutually_exclusive_group()
    add_json(form)  # type: ignore[arg-type]
    form.add_argument("--html", type=Path, metavar="FILE", help="write a page for the school (in Dutch)")
    form.add_argument("--svg", type=Path, metavar="FILE", help="write only the picture of the twelve cells")
    parser.set_defaults(run=coverage)


def coverage(args: argparse.Namespace) -> int:
    """Show what is covered."""
    from bot.conversation import ready
    from bot.desk.flows import read_folder
    from bot.reports import coverage as report
    from bot.translation.texts import PAGES, load_source

    config = settings(args)
    dutch = load_source(config.locales)
    messages = ready.read_folder(config.flows / "messages")
    keys = {name: f"{PAGES}klaarbericht.{name}" for name in messages}
    titles = {name: dutch[key].forms[0] for name, key in keys.items() if key in dutch}
    found = report.coverage(read_folder(config.flows).flows, messages.values(), titles)
    path = args.html or args.svg
    if path:
        path.write_text(report.page(found) if args.html else report.svg(found), encoding="utf-8")
        print(f"{path}: {len(found.entries)} flows and messages; open it in a browser.")
    elif args.json:
        print_json(report.as_data(found))
    else:
        console().print(_kinds(found), _cells(found), _house(found), sep="\n")
    return 0


def _kinds(found: "Coverage") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from bot.conversation.flow import KINDS
    from bot.reports.coverage import HOUSE

    table = Table(title="Six kinds, three phases", title_justify="left", title_style="bold", show_lines=True)
    table.add_column("")
    for phase, name in _PHASES.items():
        table.add_column(f"{phase} ({name})", ratio=1)
    for kind in KINDS:
        if kind != HOUSE:
            table.add_row(Text(kind, style="bold"), *(_names(found.of(kind, phase)) for phase in _PHASES))
    return table


def _cells(found: "Coverage") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from bot.reports.coverage import HOW, WHO

    table = Table(title="Twelve cells", title_justify="left", title_style="bold", show_lines=True)
    table.add_column("")
    for who in WHO:
        table.add_column(f"{who} ({_WHO[who]})", ratio=1)
    for row, how in enumerate(HOW):
        cells = found.cells[row * len(WHO) : (row + 1) * len(WHO)]
        table.add_row(Text(f"{how} ({_HOW[how]})", style="bold"), *map(_cell, cells))
    return table


def _cell(cell: "Cell") -> "Text":
    from rich.text import Text

    number = Text(f"{cell.number}  ", style="cyan")
    return number + (Text(_CLOSED, style="dim") if cell.closed else _names(cell.entries))


def _names(entries: "Sequence[Entry]") -> "Text":
    """How many there are, the flows by name, the ready messages behind a dot."""
    from rich.text import Text

    if not entries:
        return Text(_NONE_YET, style="yellow")
    flows = ", ".join(entry.name for entry in entries if not entry.is_message)
    ready = ", ".join(entry.name for entry in entries if entry.is_message)
    return Text(flows) + Text(f"{' ' if flows else ''}· {ready}" if ready else "", style="dim")


def _house(found: "Coverage") -> "Text":
    from rich.text import Text

    names = ", ".join(entry.name for entry in found.house)
    return Text(f"· before ready messages. Of the house, and so of no kind: {names}.", style="dim")
