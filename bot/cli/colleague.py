"""`ouderbrug staff link|unlink|hours|leave`: a colleague's own phone, her office hours, and who takes over from her."""

import argparse
import re
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.config import Config
    from bot.people.leaving import Moved
    from bot.people.staff import StaffRow

_PLAIN = argparse.RawDescriptionHelpFormatter
_DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_LINK = """\
Shows a code that works for 15 minutes. Who sends it from her own phone is reminded there
of what she promised parents: at most one message on a school day, within her hours, with
a number and no name in it. A colleague who is a parent too stays a parent."""
_HOURS_HELP = """\
Sets when a colleague may be reminded. A day is `8:00-16:30`, `vrij`, or `school` for the
hours of the school in config.toml; the days that are not named stay as they are."""
_LEAVE = """\
Gives all that she has in hand to somebody else, in one go: her groups, the talks given to
her, her open promises, her planned appointments, and what waits to leave in her name. Her
phone is unlinked. Parents read the new name from the next message on."""


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands of `staff` that are about one colleague."""
    parser = _verb(verbs, "link", "link a colleague's own phone", _LINK, "link juf-janneke --school brug")
    parser.add_argument("--qr", action="store_true", help="also show a square to scan for each channel")
    common.add_json(parser)
    parser.set_defaults(run=link)

    about = "Ends the reminders on her phone. The code of `staff link` brings them back."
    _verb(verbs, "unlink", "unlink a colleague's phone", about, "unlink juf-janneke").set_defaults(run=unlink)

    parser = _verb(
        verbs, "hours", "set a colleague's hours", _HOURS_HELP, "hours juf-janneke --ma 8:00-16:30 --wo vrij"
    )
    for day in _DAYS:
        about = _DAY if day == "ma" else argparse.SUPPRESS
        parser.add_argument(f"--{day}", type=_hours, default=argparse.SUPPRESS, metavar="HOURS", help=about)
    parser.set_defaults(run=hours)

    example = "leave juf-janneke --to meester-karim --dry-run\n  ouderbrug staff leave juf-janneke --to meester-karim"
    parser = _verb(verbs, "leave", "a colleague leaves: who takes over", _LEAVE, example)
    parser.add_argument("--to", default="", metavar="KEY", help="who takes over")
    parser.add_argument("--dry-run", action="store_true", help="only show what would move")
    common.add_year(parser)
    parser.set_defaults(run=leave)


_DAY = "hours on Monday; and so --di --wo --do --vr --za --zo"


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, description: str, example: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=about, description=description, epilog=f"examples:\n  ouderbrug staff {example}",
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("key", help="how commands name her; see staff list")
    common.add_school(parser)
    common.add_config(parser)
    return parser


def _hours(text: str) -> list[str] | None:
    """[from, until], [] for a free day, None for the hours of the school."""
    if text in ("vrij", "school"):
        return [] if text == "vrij" else None
    match = _HOURS.fullmatch(text)
    walls = [f"{int(match[n]):02}:{match[n + 1]}" for n in (1, 3)] if match else []
    if not walls or not walls[0] < walls[1] or max(walls) > "23:59" or any(wall[3:] > "59" for wall in walls):
        raise argparse.ArgumentTypeError("write hours as 8:00-16:30, or vrij, or school")
    return walls


def _school(args: argparse.Namespace) -> "tuple[Config, str]":
    config = common.settings(args)
    return config, common.school_key(config, args.school)


def link(args: argparse.Namespace) -> int:
    """Show a fresh code and how to send it."""
    from bot.model import Value
    from bot.people import staff
    from bot.people.links import links

    config, school = _school(args)
    words = common.catalogue(config).words("nl")
    base = common.database(config)
    try:
        with base.begin() as tx:
            code = staff.begin_link(tx, staff.by_key(tx, school, args.key), common.moment())
    finally:
        base.close()
    found = links(code, config.channels)
    if args.json:
        common.print_json({"code": code, "links": found})
        return 0
    out = common.console()
    out.print(words.say("collega.koppelen", {"school": Value("name", config.schools[school].name)}), soft_wrap=True)
    out.print(f"\nSend START {code} from that phone within 15 minutes.", style="bold")
    for channel, address in found.items():
        out.print(f"  {channel}: {address}", soft_wrap=True)
        if args.qr:
            _square(address)
    return 0


def _square(address: str) -> None:
    import segno

    segno.make(address, micro=False).terminal(compact=True)


def unlink(args: argparse.Namespace) -> int:
    """No reminders on her phone any more."""
    from bot.people import staff

    config, school = _school(args)
    base = common.database(config)
    try:
        with base.begin() as tx:
            row = staff.by_key(tx, school, args.key)
            was_linked = bool(staff.linked(tx, [row]))
            staff.unlink(tx, row, common.moment())
    finally:
        base.close()
    said = "is not reminded on her phone any more" if was_linked else "had no phone linked"
    common.console().print(f"{row.name} {said}.")
    return 0


def hours(args: argparse.Namespace) -> int:
    """Set her hours, and show them."""
    from bot.people import staff
    from bot.scheduler import promises
    from bot.scheduler.almanac import Almanac

    config, school = _school(args)
    given = {day: getattr(args, day) for day in _DAYS if day in args}
    base = common.database(config)
    try:
        with base.begin() as tx:
            row = staff.by_key(tx, school, args.key)
            own = {**(row.office or {}), **given}
            row = row._replace(office={day: walls for day, walls in own.items() if walls is not None})
            staff.set_office(tx, row.id, row.office or {})
            promises.lay(tx, Almanac.load(config), row, common.moment())
    finally:
        base.close()
    office = staff.office_hours(row, config.schools[school])
    shown = (f"{day} {office[day][0]:%H:%M}-{office[day][1]:%H:%M}" for day in _DAYS if day in office)
    common.console().print(f"{row.name}: {', '.join(shown) or 'never'}")
    return 0


def leave(args: argparse.Namespace) -> int:
    """Give everything to who takes over, or only show it."""
    from bot.errors import BotError, ConfigError
    from bot.people import leaving, staff
    from bot.scheduler import promises
    from bot.scheduler.almanac import Almanac

    config, school = _school(args)
    year, now = common.year_of(args, config.schools[school]), common.moment()
    base = common.database(config)
    try:
        with base.begin() as tx:
            row = staff.by_key(tx, school, args.key)
            if not args.to:
                others = ", ".join(each.key for each in staff.colleagues(tx, school) if each.id != row.id)
                raise ConfigError(f"who takes over from {row.key}? add --to KEY; there are: {others or 'nobody yet'}")
            to = staff.by_key(tx, school, args.to)
            if to.id == row.id:
                raise BotError("name somebody else: --to is who takes over")
            if args.dry_run:
                moved = leaving.in_hand(tx, row, year)
            else:
                moved = leaving.leave(tx, row, to, year, now)
                promises.lay_school(tx, Almanac.load(config), school, now)
    finally:
        base.close()
    _show(row, to, moved, dry=args.dry_run)
    return 0


def _show(row: "StaffRow", to: "StaffRow", moved: "Moved", *, dry: bool) -> None:
    out = common.console()
    out.print(f"{row.name} {'would leave' if dry else 'has left'}; {to.name} takes over:")
    out.print(f"  groups: {', '.join(moved.groups) or 'none'}")
    out.print(f"  talks with parents given to her: {moved.threads}; those of her groups go with the groups")
    out.print(f"  promises: {moved.promises}")
    out.print(f"  appointments: {moved.appointments}")
    out.print(f"  messages that wait in her name: {moved.messages}")
    if moved.linked:
        out.print(f"  her phone {'would be' if dry else 'is'} unlinked")
