"""`ouderbrug promise`: what people at school said they would do for a parent; they are reminded, not judged."""

import argparse
from datetime import date
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.scheduler.promises import Promise

_PLAIN = argparse.RawDescriptionHelpFormatter
_ADD = """\
Notes what somebody at school promised a parent, and by which day. On that day it counts in
her digest: one message a school day on her own linked phone, with a number and no words.
What is still open two school days later also counts in the digest of the office."""
_ADD_EXAMPLES = """\
examples:
  ouderbrug promise add --staff juf-janneke --due 2026-11-24 "bellen over gym"
  ouderbrug promise add --staff juf-janneke --thread 3 --due 2026-11-24 "bellen over gym\""""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("promise", help="what people at school promised parents")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = verbs.add_parser(
        "add", help="note a promise", description=_ADD, epilog=_ADD_EXAMPLES, formatter_class=_PLAIN
    )
    parser.add_argument("words", help="what was promised; it is stored sealed")
    parser.add_argument("--staff", required=True, metavar="KEY", help="who promised it; see staff list")
    parser.add_argument("--due", required=True, type=_day, metavar="DAY", help="by which day: 2026-11-24")
    parser.add_argument("--thread", type=int, default=None, metavar="N", help="the talk it is about; see threads list")
    common.add_school(parser)
    common.add_config(parser)
    parser.set_defaults(run=add)

    parser = verbs.add_parser(
        "list", help="what is promised and not done yet", description="Lists open promises, what is overdue first.",
        epilog="examples:\n  ouderbrug promise list\n  ouderbrug promise list --staff juf-janneke --json",
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("--staff", default="", metavar="KEY", help="only of this colleague")
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=show)

    for name, about in (("kept", "it is done"), ("drop", "it is not needed any more")):
        parser = verbs.add_parser(
            name, help=about, description=f"Closes a promise: {about}. Nobody is reminded of it any more.",
            epilog=f"example:\n  ouderbrug promise {name} 5", formatter_class=_PLAIN,
        )  # fmt: skip
        parser.add_argument("number", type=int, metavar="N", help="the number of the promise; see promise list")
        common.add_config(parser)
        parser.set_defaults(run=settle, state="kept" if name == "kept" else "dropped")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a day as 2026-11-24") from None


def add(args: argparse.Namespace) -> int:
    """Note a promise."""
    from bot.errors import BotError
    from bot.people import staff
    from bot.scheduler import promises
    from bot.scheduler.almanac import Almanac

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    now = common.moment()
    if args.due < now.astimezone(school.zone).date():
        raise BotError("that day is past; name today or a day to come")
    base = common.database(config)
    try:
        with base.begin() as tx:
            row = staff.by_key(tx, school.key, args.staff)
            number = promises.add(tx, row, args.words, args.due, now, thread_id=args.thread)
            promises.lay_school(tx, Almanac.load(config), school.key, now)
            reached = bool(staff.linked(tx, [row]))
    finally:
        base.close()
    where = "on her phone" if reached else "on the page only; for her phone: ouderbrug staff link"
    common.console().print(f"Promise {number}: {row.name}, {args.due:%d-%m-%Y}. She is reminded {where}.")
    return 0


def show(args: argparse.Namespace) -> int:
    """List open promises."""
    from bot.people import staff
    from bot.scheduler import promises

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    base = common.database(config)
    try:
        with base.read() as tx:
            one = staff.by_key(tx, school.key, args.staff).id if args.staff else None
            found = promises.open_ones(tx, school.key, one)
    finally:
        base.close()
    today = common.moment().astimezone(school.zone).date()
    if args.json:
        common.print_json([
            {
                "id": each.id, "staff": each.staff, "words": each.words, "due": each.due_on.isoformat(),
                "overdue": each.due_on < today, "thread": each.thread_id,
            }
            for each in found
        ])  # fmt: skip
    elif not found:
        common.console().print("Nothing is promised that is not done.")
    else:
        _table(found, today, school.name)
    return 0


def _table(found: "list[Promise]", today: date, title: str) -> None:
    from rich.table import Table

    table = Table("no", "by", "who", "what", "thread", title=title, title_justify="left")
    for each in found:
        late = " (overdue)" if each.due_on < today else ""
        thread = str(each.thread_id or "")
        table.add_row(str(each.id), f"{each.due_on:%d-%m-%Y}{late}", each.staff, each.words, thread)
    common.console().print(table)


def settle(args: argparse.Namespace) -> int:
    """Close a promise."""
    from bot.scheduler import promises
    from bot.scheduler.almanac import Almanac

    config = common.settings(args)
    base = common.database(config)
    try:
        with base.begin() as tx:
            school = promises.settle(tx, args.number, args.state, common.moment())
            if school in config.schools:
                promises.lay_school(tx, Almanac.load(config), school, common.moment())
    finally:
        base.close()
    common.console().print(f"Promise {args.number} is {args.state}.")
    return 0
