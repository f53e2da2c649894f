"""`ouderbrug status`: how the bot is doing, in counts."""

import argparse
from typing import Any

from bot.cli.common import add_config, add_json, console, database, print_json, settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "status",
        help="how the bot is doing, in counts",
        description="Letters in and out by state, conversations by flow and version, threads and alarms that wait.\n"
        "It shows no names, numbers or words.",
        epilog="examples:\n  ouderbrug status\n  ouderbrug status --json | jq .outbox",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    add_json(parser)
    parser.set_defaults(run=status)


def status(args: argparse.Namespace) -> int:
    """Show the counts."""
    from bot.reports.status import full

    config = settings(args)
    base = database(config)
    try:
        with base.read() as tx:
            found = full(tx)
    finally:
        base.close()
    known = {each["channel"]: each for each in found["channels"]}
    found["channels"] = [
        {
            "last_in": None,
            "last_out": None,
            **known.get(name, {}),
            "channel": name,
            "driver": each.driver,
            "state": "on",
        }
        for name, each in config.channels.items()
    ]
    found["duty_unreachable"] = config.unreachable_duty()
    if args.json:
        print_json(found)
    else:
        _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("letters in", _counts(found["inbox"]))
    table.add_row("messages out", _counts(found["outbox"]))
    table.add_row("waiting", f"{found['followups_waiting']} plans, {found['timers_waiting']} timers")
    for each in found["conversations"]:
        table.add_row("conversation", f"{each['flow']} ({each['version']}): {each['count']}")
    if found["conversations_broken"]:
        table.add_row("broken", f"{found['conversations_broken']} conversations went to a person")
    table.add_row("threads", f"{found['threads_open']} open, {found['alarms_open']} alarms not taken")
    for each in found["channels"]:
        table.add_row(
            each["channel"], f"{each['driver']}, last in {each['last_in'] or '-'}, last out {each['last_out'] or '-'}"
        )
    for each in found["duty_unreachable"]:
        table.add_row("no alarm", f"{each} is off; add its table to config.toml, or put another address into duty")
    console().print(table)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
