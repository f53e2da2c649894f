"""`ouderbrug interpreter`: who interprets at talks, in which languages, when, and the talks of a day in a row."""

import argparse
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from bot.booking.interpreters import Interpreter, Job
    from bot.config import School

_PLAIN = argparse.RawDescriptionHelpFormatter
_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})-(\d{1,2})[:.](\d{2})")
_ADD = """\
Adds somebody who interprets at talks. It is never a child. Languages are written as ar, tr or
by their name. Parents who read such a language are asked whether they want an interpreter;
then their talk lasts half as long again, and lies within the hours that are named here."""
_HOURS = """\
Says when an interpreter has time on a day. What is written here is all of that day; what
meets becomes one. `none` takes the day back."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("interpreter", help="interpreters: languages, hours, the talks of a day")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = _verb(verbs, "add", "somebody interprets", _ADD, [
        "add --school brug --name 'Samira Aziz' --languages ar ckb --phone +31612009101 --cost 55",
        "add --name 'Tolkcentrum' --languages turks pools --by phone video",
    ])  # fmt: skip
    parser.add_argument("--name", required=True, help="her name, or of the office that sends somebody")
    parser.add_argument("--languages", nargs="+", required=True, metavar="LANGUAGE", help="such as ar, tr, Pools")
    parser.add_argument("--by", nargs="+", default=("phone",), choices=("phone", "video", "site"), help="how she comes")
    parser.add_argument("--phone", default="", metavar="NUMBER", help="where the school calls her")
    parser.add_argument("--cost", type=_cents, default=0, metavar="EUROS", help="what an hour costs: 55 or 52.50")
    parser.set_defaults(run=add)

    parser = _verb(verbs, "hours", "when she has time", _HOURS, [
        "hours 2 --day 03-12-2026 15:00-17:00 18:30-20:30", "hours 2 --day 03-12-2026 none",
    ])  # fmt: skip
    _add_number(parser)
    parser.add_argument("--day", required=True, type=_day, metavar="DAY", help="2026-12-03 or 03-12-2026")
    parser.add_argument("hours", nargs="+", type=_span, metavar="HOURS", help="15:00-17:30, or none")
    parser.set_defaults(run=hours)

    about = "Lists who interprets and when; with --day the talks of that day, of each interpreter in a row."
    parser = _verb(verbs, "list", "who interprets, and their talks", about, ["list", "list --day 03-12-2026 --json"])
    parser.add_argument("--day", type=_day, default=None, metavar="DAY", help="the talks of this day")
    common.add_json(parser)
    parser.set_defaults(run=show)

    about = "She interprets here no more: her hours go. Whoever else is free comes to her talks; the others are named."
    parser = _verb(verbs, "leave", "she interprets here no more", about, ["leave 2"])
    _add_number(parser)
    parser.set_defaults(run=leave)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, description: str,
    examples: list[str],
) -> argparse.ArgumentParser:  # fmt: skip
    shown = "".join(f"\n  ouderbrug interpreter {each}" for each in examples)
    epilog = f"example{'s' if len(examples) > 1 else ''}:{shown}"
    parser = verbs.add_parser(name, help=about, description=description, epilog=epilog, formatter_class=_PLAIN)
    common.add_school(parser)
    common.add_config(parser)
    return parser


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="N", help="the number of the interpreter; see interpreter list")


def _cents(text: str) -> int:
    match = re.fullmatch(r"(\d{1,4})(?:[.,](\d{2}))?", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError("write euros as 55 or 52.50")
    return int(match[1]) * 100 + int(match[2] or 0)


def _day(text: str) -> date:
    from bot.people.freedays import day

    try:
        return day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _span(text: str) -> "tuple[time, time] | None":
    match = _SPAN.fullmatch(text.strip())
    try:
        if match:
            return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    except ValueError:
        match = None
    if text.strip() == "none":
        return None
    raise argparse.ArgumentTypeError("write hours as 15:00-17:30, or none")


def add(args: argparse.Namespace) -> int:
    """Somebody interprets."""
    from bot.booking import interpreters

    with common.at_school(args) as (_, school, base), base.begin() as tx:
        number = interpreters.add(
            tx, school.key, args.name, args.languages, common.moment(), phone=args.phone, modes=args.by, cost=args.cost
        )
        spoken = ", ".join(interpreters.known(tx, number, school.key).languages)
    common.console().print(f"Interpreter {number}: {' '.join(args.name.split())} ({spoken}).", soft_wrap=True)
    common.console().print(f"  next: ouderbrug interpreter hours {number} --day 03-12-2026 15:00-20:30")
    return 0


def hours(args: argparse.Namespace) -> int:
    """When she has time on a day; she takes talks of who has stopped."""
    from bot.booking import instead, interpreters
    from bot.errors import BotError

    walls = [each for each in args.hours if each]
    if len(walls) != len(args.hours) and walls:
        raise BotError("write hours, or none, not both")
    with common.at_school(args) as (config, school, base), base.begin() as tx:
        who = interpreters.known(tx, args.number, school.key)
        if args.day < common.moment().astimezone(school.zone).date():
            raise BotError(f"{args.day:%d-%m-%Y} is past; name a day that is still to come")
        merged = interpreters.hours(tx, who.id, args.day, walls)
        instead.fill(tx, config, school.key, common.moment())
    said = ", ".join(f"{start:%H:%M}-{until:%H:%M}" for start, until in merged) or "no time"
    common.console().print(f"{who.name}, {common.weekday(args.day)} {args.day:%d-%m-%Y}: {said}", soft_wrap=True)
    return 0


def leave(args: argparse.Namespace) -> int:
    """She interprets here no more."""
    from bot.booking import instead, interpreters

    with common.at_school(args) as (config, school, base), base.begin() as tx:
        who = interpreters.known(tx, args.number, school.key)
        interpreters.leave(tx, who.id, common.moment())
        talks = instead.fill(tx, config, school.key, common.moment())
    common.console().print(f"{who.name} interprets here no more.")
    if talks:
        named = ", ".join(str(each.talk.id) for each in talks)
        common.console(stderr=True).print(
            f"Talks that need another interpreter: {named}; see appointment list.", soft_wrap=True
        )
    return 0


def show(args: argparse.Namespace) -> int:
    """Who interprets, or the talks of a day."""
    from bot.booking import interpreters

    with common.at_school(args) as (config, school, base), base.read() as tx:
        everyone = interpreters.of_school(tx, school.key, left=bool(args.day))
        today = common.moment().astimezone(school.zone).date()
        free = interpreters.hours_of(tx, [each.id for each in everyone], args.day or today)
        jobs = interpreters.day(tx, config, school.key, args.day) if args.day else []
    rows = [_row(each, free.get(each.id, {})) for each in everyone if not args.day]
    if args.day:
        rows = [_job(each, jobs, school) for each in everyone if any(job.interpreter_id == each.id for job in jobs)]
    if args.json:
        common.print_json(rows)
    elif not rows:
        common.console().print("No talks with an interpreter." if args.day else "Nobody yet. Next: interpreter add")
    else:
        (_print_day if args.day else _print)(rows, school.name)
    return 0


def _row(who: "Interpreter", free: "dict[date, list[tuple[time, time]]]") -> dict[str, Any]:
    times = {f"{day}": [f"{a:%H:%M}-{b:%H:%M}" for a, b in walls] for day, walls in free.items()}
    return {
        "id": who.id, "name": who.name, "phone": who.phone, "languages": [*who.languages], "by": [*who.modes],
        "cents_an_hour": who.cost, "hours": times,
    }  # fmt: skip


def _job(who: "Interpreter", jobs: "list[Job]", school: "School") -> dict[str, Any]:
    hers = [each for each in jobs if each.interpreter_id == who.id]
    talks = [
        {"at": each.starts_at.astimezone(school.zone).isoformat(timespec="minutes"), "minutes": each.minutes,
         "with": each.staff, "by": each.mode, "place": each.place, "language": each.language}
        for each in hers
    ]  # fmt: skip
    return {"id": who.id, "name": who.name, "minutes": sum(each.minutes for each in hers), "talks": talks}


def _print(rows: list[dict[str, Any]], title: str) -> None:
    from rich.table import Table

    table = Table("no", "name", "languages", "by", "an hour", "hours", title=title, title_justify="left")
    for row in rows:
        times = "\n".join(f"{day} {' '.join(walls)}" for day, walls in row["hours"].items())
        cost = f"{row['cents_an_hour'] / 100:.2f}" if row["cents_an_hour"] else ""
        table.add_row(str(row["id"]), row["name"], " ".join(row["languages"]), " ".join(row["by"]), cost, times)
    common.console().print(table)


def _print_day(rows: list[dict[str, Any]], title: str) -> None:
    from rich.table import Table

    for row in rows:
        table = Table("at", "min", "with", "place", "language", title_justify="left",
                      title=f"{row['name']}, {title}: {row['minutes']} minutes")  # fmt: skip
        for talk in row["talks"]:
            at = datetime.fromisoformat(talk["at"])
            place = talk["place"] or talk["by"]
            table.add_row(f"{at:%H:%M}", str(talk["minutes"]), talk["with"], place, talk["language"])
        common.console().print(table)
