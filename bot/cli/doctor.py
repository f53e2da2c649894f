"""`ouderbrug doctor`: is everything well, seen from outside, and what is the next step; and what a year costs."""

import argparse
import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from bot.channels.base import Channel
    from bot.config import Config
    from bot.reports.costs import Assumed, Cost
    from bot.reports.finding import Result
    from bot.store.database import Database

_DESCRIPTION = """\
Looks at all that can be looked at from here: settings and secrets, database and key ring,
the last backup, what the providers say of token, sender and webhooks, the public address and
its certificate, templates, languages, machines that translate. Whatever is not well comes with the next step.
It changes nothing, sends nothing and shows nothing personal. The exit code is 0 where nothing
is wrong, 1 where something is, 2 where the configuration cannot be read."""
_EXAMPLES = """\
examples:
  ouderbrug doctor
  ouderbrug doctor --offline                     without asking the providers or the public address
  ouderbrug doctor --families 250 --per-week 1   what a year would cost
  ouderbrug doctor --json | jq '.findings[] | select(.kind == "wrong")'"""
_FAMILIES = 250  # of a school, where nobody has enrolled yet
_COLOURS = {"ok": "green", "look": "yellow", "wrong": "red"}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "doctor", help="is everything well, and what is the next step", description=_DESCRIPTION, epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--offline", action="store_true", help="ask neither the providers nor the public address")
    parser.add_argument("--families", type=_whole, default=0, metavar="N", help="for the costs: how many there will be")
    parser.add_argument(
        "--per-week", type=_number, default=2.0, metavar="N",
        help="for the costs: messages a week to each family that the bot begins (default: 2)",
    )  # fmt: skip
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=doctor)


def _whole(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**7:
        raise argparse.ArgumentTypeError("write how many families, 1 or more")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError("write messages a week, such as 2 or 0.5")
    return number


def doctor(args: argparse.Namespace) -> int:
    """Look at everything; exit code 1 where something is wrong."""
    from bot.reports import doctor as reports

    config = common.settings(args)
    database, found = reports.open_database(config, os.environ)
    try:
        found = [*reports.settled(config), *found]
        channels, closed = reports.open_channels(config, common.moment)
        found += [*closed, *_rows(config, database, channels)]
        found += asyncio.run(_outside(config, channels, offline=args.offline))
        found += asyncio.run(_machines(config, offline=args.offline))
        assumed = _assumed(args, config, database)
    finally:
        if database is not None:
            database.close()
    _tell(args, found, assumed)
    return int(any(each.kind == "wrong" for each in found))


def _rows(config: "Config", database: "Database | None", channels: "Mapping[str, Channel]") -> "list[Result]":
    from bot.conversation.late import late
    from bot.desk import flows
    from bot.reports import doctor as reports

    if database is None:
        return []
    keys = frozenset(key for flow in flows.read_folder(config.flows).flows for key in late(flow))
    windowed = {name: keys for name, channel in channels.items() if _needs_templates(config, name, channel)}
    with database.read() as tx:
        return list(reports.stored(tx, config, common.moment(), windowed, os.environ))


def _needs_templates(config: "Config", name: str, channel: "Channel") -> bool:
    from bot.channels import real

    return name in real.names(config) and channel.limits.window is not None


async def _outside(config: "Config", channels: "Mapping[str, Channel]", *, offline: bool) -> "list[Result]":
    from bot.channels import real
    from bot.reports import doctor as reports
    from bot.reports import outside

    try:
        if offline:
            return []
        called = any(config.channels[name].mode == "webhook" for name in real.names(config))
        found = await outside.reach(config.web.public_url, config.web.port, common.moment(), called=called)
        return [*found, *await reports.examine(channels)]
    finally:
        for channel in channels.values():
            await channel.close()


async def _machines(config: "Config", *, offline: bool) -> "list[Result]":
    from bot.reports import machines as reports
    from bot.translation import machine

    machines, closed = machine.open_engines(config)
    try:
        found = list(reports.served(config, machines, closed))
        return found if offline else [*found, *await reports.examine(config, machines)]
    finally:
        await machines.close()


def _assumed(args: argparse.Namespace, config: "Config", database: "Database | None") -> "Assumed":
    """What the estimate rests on: the parents who are enrolled; before there are any, the channels that are on."""
    from bot.check import reading, sizes
    from bot.reports import doctor as reports
    from bot.reports.costs import Assumed

    used: Mapping[str, int] = {}
    spoken: Mapping[str, int] = {}
    if database is not None:
        with database.read() as tx:
            used, spoken = reports.channels_used(tx), reports.languages(tx)
    weights = used or dict.fromkeys(config.channels, 1)
    total = sum(weights.values())
    content, _ = reading.read(config, (), ())
    measured, _ = sizes.measure(content, config.locales)
    parts: dict[str, list[int]] = {}
    for size in measured:
        parts.setdefault(size.language, []).append(size.parts)
    return Assumed(
        args.families or sum(used.values()) or _FAMILIES,
        {name: count / total for name, count in weights.items()},
        spoken or dict.fromkeys(config.languages.offered, 1),
        {language: round(sum(counts) / len(counts), 2) for language, counts in parts.items()},
        args.per_week,
    )


def _tell(args: argparse.Namespace, found: "list[Result]", assumed: "Assumed") -> None:
    from bot.reports.costs import year

    costs = year(assumed)
    if args.json:
        common.print_json({"findings": [each._asdict() for each in found], "costs": _as_data(assumed, costs)})
        return
    out = common.console()
    if out.is_terminal:
        _show(found)
    else:  # a line each, as long as it is: for a file or a mail
        for each in found:
            line = f"{each.kind:<5} {each.about}: {each.what}"
            out.print(f"{line} -> {each.way_out}" if each.way_out else line, soft_wrap=True)
    counts = {kind: sum(each.kind == kind for each in found) for kind in ("wrong", "look")}
    out.print(f"{counts['wrong']} wrong, {counts['look']} to look at\n" if any(counts.values()) else "all is well\n")
    if costs:
        _show_costs(assumed, costs)


def _show(found: "list[Result]") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for each in found:
        way_out = f"\n-> {each.way_out}" if each.way_out else ""
        table.add_row(Text(each.kind, _COLOURS[each.kind]), each.about, each.what + way_out)
    common.console().print(table)


def _show_costs(assumed: "Assumed", costs: "list[Cost]") -> None:
    from rich.table import Table

    from bot.reports.costs import BROADCASTS, WEEKS

    table = Table("channel", "families", "out", "in", "euros", title="A year would cost about", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in costs:
        table.add_row(each.channel, str(each.families), str(each.out), str(each.come), f"{each.euros:.0f}")
    total = sum(each.euros for each in costs)
    table.add_row("together", str(assumed.families), "", "", f"{total:.0f}")
    out = common.console()
    out.print(table)
    out.print(
        f"{total / assumed.families:.2f} euros a family; taken: {assumed.per_week:g} messages a week in {WEEKS} weeks, "
        f"half of them answered, and {BROADCASTS} rounds of the school; {assumed.sms_parts:.1f} "
        f"parts an SMS; list prices of November 2026."
    )


def _as_data(assumed: "Assumed", costs: "list[Cost]") -> dict[str, Any]:
    return {
        "families": assumed.families, "per_week": assumed.per_week, "sms_parts": round(assumed.sms_parts, 2),
        "channels": [each._asdict() for each in costs], "euros": round(sum(each.euros for each in costs), 2),
    }  # fmt: skip
