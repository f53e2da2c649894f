"""`ouderbrug status`: how the bot is doing, in counts."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_config, add_json, console, database, moment, print_json, settings

if TYPE_CHECKING:
    from bot.config import Config
    from bot.store.database import Tx


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
    config = settings(args)
    base = database(config)
    try:
        with base.read() as tx:
            found = _all(tx, config)
    finally:
        base.close()
    found["duty_unreachable"] = config.unreachable_duty()
    if args.json:
        print_json(found)
    else:
        _show(found)
    return 0


def _all(tx: "Tx", config: "Config") -> dict[str, Any]:
    from bot.reports import status as reports

    now = moment()
    found = reports.full(tx) | reports.house(tx, now) | {"dates_missing": _dates_missing(tx, config, now)}
    known = {each["channel"]: each for each in found["channels"]}
    found["channels"] = [
        {"last_in": None, "last_out": None, **known.get(name, {}), "channel": name, "driver": each.driver}
        | {"state": "on", **reports.channel(tx, config, name, now)}
        for name, each in config.channels.items()
    ]
    return found


def _dates_missing(tx: "Tx", config: "Config", now: datetime) -> dict[str, list[str]]:
    """What each school must still be asked, or its year is not laid out."""
    from bot.conversation.journey import read_folder
    from bot.scheduler import journeys
    from bot.scheduler.almanac import Almanac

    return journeys.missing(tx, Almanac.load(config), read_folder(config.flows / "journeys"), now)


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("letters in", _counts(found["inbox"]))
    table.add_row("messages out", _counts(found["outbox"]))
    waiting = f"{found['followups_waiting']} plans, {found['timers_waiting']} timers"
    table.add_row("waiting", waiting + (f", put off {_counts(found['put_off'])}" if found["put_off"] else ""))
    for each in found["conversations"]:
        table.add_row("conversation", f"{each['flow']} ({each['version']}): {each['count']}")
    if found["conversations_broken"]:
        table.add_row("broken", f"{found['conversations_broken']} conversations went to a person")
    table.add_row("threads", f"{found['threads_open']} open, {found['alarms_open']} alarms not taken")
    for each in found["channels"]:
        table.add_row(each["channel"], ", ".join(_channel(each)))
    for name, until in found["polling"].items():
        table.add_row("polling", f"{name}, by one process, until {until} and longer")
    for school, dates in found["dates_missing"].items():
        table.add_row("not known", f"{school}: {', '.join(dates)}; bring the school's free days in")
    if found["media"]:
        table.add_row("media", _counts(found["media"]))
    if found["erasures"]:
        table.add_row("forgotten", _counts(found["erasures"]))
    table.add_row("house", ", ".join(_house(found)))
    for each in found["duty_unreachable"]:
        table.add_row("no alarm", f"{each} is off; add its table to config.toml, or put another address into duty")
    console().print(table)


def _channel(each: dict[str, Any]) -> list[str]:
    told = [each["driver"], f"last in {each['last_in'] or '-'}", f"last out {each['last_out'] or '-'}"]
    if each["last_sweep"]:
        told.append(f"last sweep {each['last_sweep']}")
    if each["templates"]:
        told.append(f"templates: {_counts(each['templates'])}")
    if each["resting_until"]:
        told.append(f"nothing leaves until {each['resting_until']}")
    return told


def _house(found: dict[str, Any]) -> list[str]:
    told = [
        f"schema {found['schema']}",
        "key ring " + ("kept elsewhere too" if found["keys_confirmed"] else "only here"),
    ]
    if found["restored_at"]:
        told.append(f"restored {found['restored_at']}")
    if any(found["not_erased"].values()):
        told.append(f"should be erased, but open: {_counts(found['not_erased'])}")
    return told


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
