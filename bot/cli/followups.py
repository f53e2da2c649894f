"""`ouderbrug followups`: what waits for its moment, why something was put off, and what fell away this week."""

import argparse
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_config, add_json, console, database, moment, print_json, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.reports.waiting import Entry

_KINDS = ("plan", "journey", "after", "remind", "digest", "question", "message")
_MOST = 200  # rows in one list


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "followups",
        help="what waits for its moment, and why",
        description="Parents' own plans, the school year's conversations, reminders, digests, the next question of a\n"
        "conversation, and messages in the queue: on top how many wait, were put off and fell away this\n"
        "week, then each with its moment at school, what was put off or is late first. It shows no names,\n"
        "numbers or words.",
        epilog="examples:\n  ouderbrug followups\n  ouderbrug followups --school brug --kind plan --due 24h\n"
        "  ouderbrug followups --reason budget\n  ouderbrug followups --json | jq .summary",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.add_argument("--school", metavar="KEY", default="", help="of this school only")
    parser.add_argument("--kind", choices=_KINDS, default="", help=f"of this kind only: {', '.join(_KINDS)}",
                        metavar="KIND")  # fmt: skip
    parser.add_argument("--due", type=_span, metavar="TIME", help="due within this time: 90m, 24h, 7d or 2w")
    parser.add_argument(
        "--reason", metavar="WORD", default="", help="put off for this reason only, such as budget or quiet_hours"
    )
    add_json(parser)
    parser.set_defaults(run=followups)


def _span(text: str) -> timedelta:
    from bot.conversation.shape import span

    try:
        return span(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def followups(args: argparse.Namespace) -> int:
    """Show the summary, and one line for each."""
    from bot.reports import waiting

    config, now = settings(args), moment()
    school = config.school(args.school).key if args.school else ""
    wish = waiting.Wish(school, args.kind, args.reason, args.due)
    base = database(config)
    try:
        with base.read() as tx:
            told, found = waiting.summary(tx, now, school), waiting.entries(tx, config, wish, now, _MOST)
    finally:
        base.close()
    if args.json:
        summary = {kind: {**each, "next": _iso(each["next"])} for kind, each in told.items()}
        waits = [{**each._asdict(), "due": _iso(each.due)} for each in found]
        print_json({"summary": summary, "waiting": waits})
    else:
        _print(told, found, config)
    return 0


def _iso(due: datetime | None) -> str | None:
    return due.isoformat(timespec="seconds") if due else None


def _print(told: dict[str, dict[str, Any]], found: "Sequence[Entry]", config: "Config") -> None:
    from rich.table import Table

    out = console()
    out.print("\n".join(_line(kind, each, config) for kind, each in told.items()) or "nothing waits")
    if not found:
        if told:
            out.print("none of these is asked for; without --kind, --due and --reason all are listed")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("id", "school", "kind", "what", "due", "rev", "reason"):
        table.add_column(head, no_wrap=head != "what", overflow="fold")  # a moment that is cut off says nothing
    for each in found:
        due = f"{each.due:%a %Y-%m-%d %H:%M}"
        table.add_row(
            str(each.id), each.school or "-", each.kind, each.what, due, str(each.rev), each.reason or "-",
            style="bold" if each.problem else "",
        )  # fmt: skip
    out.print(table)
    if len(found) == _MOST:
        out.print(f"These are {_MOST}; --school, --kind, --due and --reason show fewer.")


def _line(kind: str, each: dict[str, Any], config: "Config") -> str:
    """`plan: 312 wait, next di 24 nov 19:30, put off: 4 budget, fell away this week: 2 vakantie`."""
    parts = [f"{each['waiting']} wait" + ("s" if each["waiting"] == 1 else "")]
    if each["next"]:
        zone = next(iter(config.schools.values())).zone if config.schools else None
        parts.append(f"next {each['next'].astimezone(zone):%a %Y-%m-%d %H:%M}")
    for name, key in (("put off", "put_off"), ("fell away this week", "dropped")):
        if each[key]:
            parts.append(f"{name}: " + ", ".join(f"{many} {reason}" for reason, many in sorted(each[key].items())))
    return f"{kind}: " + "; ".join(parts)
