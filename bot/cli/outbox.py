"""`ouderbrug outbox`: what waits, failed or is unknown, and what to do about it."""

import argparse
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_config, add_json, console, database, moment, print_json, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.outbox.view import Entry, Why
    from bot.store.database import Tx

_PLAIN = argparse.RawDescriptionHelpFormatter
_MOST = 1000  # rows in one list


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("outbox", help="messages that wait, failed or are unknown")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_list(verbs)
    back = verbs.add_parser(
        "again",
        help="send one that failed or is unknown once more",
        description="Puts a message back into the queue. Consent, hours and rates are asked as always. One that is\n"
        "unknown may have arrived: then she gets it twice.",
        epilog="examples:\n  ouderbrug outbox again 4711\n  ouderbrug outbox again 4711 --late",
        formatter_class=_PLAIN,
    )
    add_config(back)
    back.add_argument("id", type=int, help="the number of the message, as `outbox list` shows it")
    back.add_argument("--late", action="store_true", help="also where it has expired; it may no longer be true")
    back.set_defaults(run=again)
    end = verbs.add_parser(
        "drop",
        help="end one: nothing of it is sent any more",
        description="Ends a message that waits, failed or is unknown. What is under way cannot be called back.",
        epilog="examples:\n  ouderbrug outbox drop 4711",
        formatter_class=_PLAIN,
    )
    add_config(end)
    end.add_argument("id", type=int, help="the number of the message, as `outbox list` shows it")
    end.set_defaults(run=drop)


def _register_list(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    shown = verbs.add_parser(
        "list",
        help="how many there are, and which",
        description="Counts by status and why; then the messages: number, school, class, channel, status, reason\n"
        "and age. It shows no names, numbers of phones or words. Without an option: what is unknown or failed.",
        epilog="examples:\n  ouderbrug outbox list\n  ouderbrug outbox list --unknown\n"
        "  ouderbrug outbox list --waiting --json | jq .messages",
        formatter_class=_PLAIN,
    )
    add_config(shown)
    add_json(shown)
    which = shown.add_mutually_exclusive_group()
    which.add_argument(
        "--unknown", dest="kinds", action="store_const", const=("unknown",), help="nobody knows of these"
    )
    which.add_argument("--failed", dest="kinds", action="store_const", const=("failed",), help="failed or expired")
    which.add_argument("--waiting", dest="kinds", action="store_const", const=("waiting",), help="queued or under way")
    shown.set_defaults(run=show, kinds=("unknown", "failed"))


def show(args: argparse.Namespace) -> int:
    """Counts and rows."""
    from bot.outbox import view

    statuses = [status for kind in args.kinds for status in view.KINDS[kind]]
    base = database(settings(args))
    try:
        with base.read() as tx:
            counted, found = view.counts(tx), view.entries(tx, statuses, moment(), _MOST)
            reasons = view.reasons(tx)
    finally:
        base.close()
    if args.json:
        whys = [each._asdict() for each in reasons]
        print_json({"counts": counted, "reasons": whys, "messages": [each._asdict() for each in found]})
    else:
        _print(counted, reasons, found)
    return 0


def again(args: argparse.Namespace) -> int:
    """Put one back into the queue."""
    from bot.outbox import view

    _write(args, lambda tx: view.again(tx, args.id, moment(), late=args.late))
    console().print(f"Message {args.id} waits to be sent again.")
    return 0


def drop(args: argparse.Namespace) -> int:
    """End one."""
    from bot.outbox import view

    _write(args, lambda tx: view.drop(tx, args.id, moment()))
    console().print(f"Message {args.id} will not be sent.")
    return 0


def _write(args: argparse.Namespace, work: "Callable[[Tx], None]") -> None:
    base = database(settings(args))
    try:
        with base.begin() as tx:
            work(tx)
    finally:
        base.close()


def _print(counted: dict[str, int], reasons: "Sequence[Why]", found: "Sequence[Entry]") -> None:
    from rich.table import Table

    out = console()
    out.print(", ".join(f"{many} {status}" for status, many in counted.items()) or "nothing yet")
    for why in reasons:
        if why.why:
            out.print(f"{why.many} {why.status}, {why.reason}: {why.why}", highlight=False)
    if not found:
        return
    table = Table(box=None, pad_edge=False)
    for head in ("id", "school", "class", "channel", "status", "reason", "age"):
        table.add_column(head, no_wrap=True)
    for each in found:
        cells: list[Any] = [each.id, each.school or "-", each.cls, each.channel or "-", each.status, each.reason or "-"]
        table.add_row(*map(str, cells), _age(each.age))
    out.print(table)
    if len(found) == _MOST:
        out.print(f"These are the newest {_MOST}.")


def _age(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
