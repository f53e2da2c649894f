"""What partners offer to families: check the file, show what is in it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from bot.offers.rows import Item
    from bot.offers.shelf import Seen

_PLAIN = argparse.RawDescriptionHelpFormatter
_CHECK = """\
Reads the file of what partners offer and says every mistake with its row and column.

  key         of the offer, such as taalcafe: small letters, digits and _
  school      for which school; empty: all
  owner       the organisation; contact: who calls a parent; phone, page: at least one
  theme       taal lezen opvoeding sport geld huis vrijetijd gezondheid ouders
  languages   in which one can come: nl ar tr, or alle
  from, to    ages of children; empty: any
  place       where; cost: 0, 2,50 or 2,50/keer (keer, maand, jaar); empty: nobody knows
  until       the last day; empty: it goes on. checked: when somebody last asked the owner
  name, what  in Dutch; what.tr and so on: the same in other languages, written by people

Parents never see what is over. Two months before its last day, and once a year, the
office is asked on its page whether an offer still holds."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("offers", help="what partners offer to families: check, list")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = verbs.add_parser(
        "check", help="find what is wrong in the file", description=_CHECK, formatter_class=_PLAIN,
        epilog="examples:\n  ouderbrug offers check\n  ouderbrug offers check new.csv --json",
    )  # fmt: skip
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="another file than flows/offers.csv")
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=check)

    parser = verbs.add_parser(
        "list", help="show the offers for a school", formatter_class=_PLAIN,
        description="Shows what partners offer to the families of a school, and what is over, full or unchecked.",
        epilog="examples:\n  ouderbrug offers list --school brug\n  ouderbrug offers list --json",
    )  # fmt: skip
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=show)


def check(args: argparse.Namespace) -> int:
    """Every mistake in a line; the exit code is 1 where there is one."""
    from bot.errors import ContentError
    from bot.offers import shelf

    config = common.settings(args)
    path = args.file or config.flows / shelf.FILE
    if args.file is None and not path.exists():
        raise ContentError("there is no flows/offers.csv; without it parents are shown no offers")
    found, faults = shelf.read(path, config.schools)
    if args.json:
        common.print_json({"offers": len(found.items), "faults": [fault._asdict() for fault in faults]})
        return int(bool(faults))
    for fault in faults:
        common.console(stderr=True).print(str(fault), markup=False, soft_wrap=True)
    if not faults:
        common.console().print(f"{len(found.items)} offers, nothing wrong.")
    return int(bool(faults))


def show(args: argparse.Namespace) -> int:
    """What there is for a school, and how it stands today."""
    from bot.offers import seen, shelf

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    today = common.moment().astimezone(school.zone).date()
    found = shelf.load(config.flows / shelf.FILE)
    opened = common.database(config)
    try:
        with opened.read() as tx:
            known = seen.of(tx, school.key)
    finally:
        opened.close()
    lines = [_line(each, known, _state(each, known, today)) for each in found.of(school.key)]
    if args.json:
        common.print_json(lines)
    else:
        _show(lines, school.name)
    return 0


def _state(item: "Item", known: "dict[str, Seen] | Any", today: Any) -> str:
    from bot.offers import shelf

    if shelf.is_over(item, known, today):
        return "over"
    if item.key in known and known[item.key].state:
        return str(known[item.key].state)
    return "ask the owner" if shelf.asks(item, known, today) else "shown"


def _line(item: "Item", known: Any, state: str) -> dict[str, Any]:
    from bot.offers import shelf

    ends = shelf.ends(item, known)
    return {
        "key": item.key, "name": item.name, "owner": item.owner, "theme": item.theme,
        "languages": list(item.languages), "from": item.youngest, "to": item.oldest,
        "until": ends.isoformat() if ends else None, "checked": shelf.looked(item, known).isoformat(), "state": state,
    }  # fmt: skip


def _show(lines: list[dict[str, Any]], title: str) -> None:
    from rich.table import Table

    table = Table("key", "name", "owner", "theme", "until", "checked", "state", title=title, title_justify="left")
    for line in lines:
        table.add_row(*(line[name] or "" for name in ("key", "name", "owner", "theme", "until", "checked", "state")))
    common.console().print(table)
