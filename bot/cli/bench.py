"""`ouderbrug bench`: what it costs, beside a bound or a peer of the same run."""

import argparse
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_json, console, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from bot.bench.figures import Figure, Skipped

_NAMES = (
    "engine", "sqlite", "postgres", "start", "webhooks", "drain", "broadcast", "opening", "workers", "followups",
    "siblings", "pages",
)  # fmt: skip


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "bench",
        help="measure what it costs",
        description="Measures and shows each figure beside its bound or a peer of the same run. The exit code is 1\n"
        "where a bound is missed. Nothing leaves this machine, and nothing of yours is touched.",
        epilog="examples:\n  ouderbrug bench\n  ouderbrug bench engine sqlite --seconds 20\n"
        "  ouderbrug bench --json | jq .figures",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(_NAMES)}; default: all")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long to measure each (default: 5)")
    add_json(parser)
    parser.set_defaults(run=bench)


def bench(args: argparse.Namespace) -> int:
    """Measure, show, and say by the exit code whether every bound is met."""
    from bot.bench.figures import Figure

    found = _measure(args.names or _NAMES, args.seconds)
    if args.json:
        print_json({"figures": [_as_data(each) for each in found]})
    else:
        console().print(_table(found))
    return int(any(isinstance(each, Figure) and each.missed for each in found))


def _measure(names: "list[str] | tuple[str, ...]", seconds: float) -> "list[Figure | Skipped]":
    """All figures, with a bar while they run. Raises BotError where there is no such measurement."""
    from rich.progress import Progress

    from bot.bench.benches import BENCHES
    from bot.errors import BotError

    for name in names:
        if name not in BENCHES:
            raise BotError(f"there is nothing to measure named {name!r}; there are: {', '.join(BENCHES)}")
    found: list[Figure | Skipped] = []
    with Progress(console=console(stderr=True), transient=True) as bars:
        for name in names:
            bar = bars.add_task(name, total=1.0)
            found += BENCHES[name](seconds, lambda done, bar=bar: bars.update(bar, completed=done))  # type: ignore[misc]
            bars.remove_task(bar)
    return found


def _table(found: "list[Figure | Skipped]") -> "Table":
    from rich.table import Table

    from bot.bench.figures import Skipped

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column()
    table.add_column("measured", justify="right")
    table.add_column("beside")
    table.add_column(justify="right")
    table.add_column("times better", justify="right")
    for each in found:
        if isinstance(each, Skipped):
            table.add_row(each.what, "", f"not measured: {each.why}", style="dim")
        else:
            _add(table, each)
    return table


def _add(table: "Table", figure: "Figure") -> None:
    """A figure's lines: its bound first, then its peers."""
    from rich.text import Text

    beside = [(peer.name, peer.value, peer.rival) for peer in figure.peers]
    if figure.bound:
        beside.insert(0, ("bound", figure.bound, True))
    what, measured = figure.what, f"{_said(figure.value)} {figure.unit}"
    if not beside:
        table.add_row(what, measured)
    for name, value, must in beside:
        ratio = figure.ratio(value)
        colour = "dim" if not must else "green" if ratio >= 1 else "red"
        table.add_row(what, measured, name, _said(value), Text(f"{ratio:.2f}", colour))
        what = measured = ""


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _as_data(each: "Figure | Skipped") -> dict[str, Any]:
    from bot.bench.figures import Skipped

    if isinstance(each, Skipped):
        return {"what": each.what, "skipped": each.why}
    peers = [{"name": peer.name, "value": peer.value, "ratio": each.ratio(peer.value)} for peer in each.peers]
    return {
        "what": each.what, "value": each.value, "unit": each.unit, "bound": each.bound,
        "ratio": each.ratio(each.bound) if each.bound else None, "missed": each.missed, "peers": peers,
    }  # fmt: skip
