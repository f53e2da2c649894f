"""`ouderbrug appointment`: agreed talks with parents, made, moved, cancelled, held, missed and listed."""

import argparse
from collections.abc import Callable
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from bot.booking.appointments import Talk
    from bot.config import Config, School
    from bot.store.database import Tx

_FRIDAY = 4
_PLAIN = argparse.RawDescriptionHelpFormatter
_ADD = """\
Notes a talk that was agreed with a parent. She reads day and hour in her own language now,
the day before at the same time, and two hours before; never in quiet hours. She answers by
number; "I cannot" stands in the teacher's thread. The parent is found by child and group,
or by a thread."""
_ADD_EXAMPLES = """\
examples:
  ouderbrug appointment add --child 'Amira Haddad' --group 'groep 4' --staff juf-janneke --at '2026-11-26 15:00'
  ouderbrug appointment add --child Amira --guardian Omar --staff juf-janneke --at '2026-11-26 15:00' --minutes 15
  ouderbrug appointment add --thread 3 --staff juf-janneke --at '2026-11-26 15:00' --silent"""
_MOVED = "move 7 --at '2026-11-27 8:30'"
_HELD = """\
Notes that the talk was held. With --ask-after she is asked so many days later whether it
helped; what she answers stands in the teacher's thread."""
_MISSED = """\
Notes that they have missed each other. She is asked kindly whether she wants another
moment, as soon as nobody is woken."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("appointment", help="agreed talks with parents")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_add(verbs)

    parser = _verb(
        verbs, "move", "to another moment", "She reads the new day and hour.", "move 7 --at '2026-11-27 8:30'"
    )
    _add_number(parser)
    _add_at(parser)
    parser.set_defaults(run=move)

    parser = _verb(verbs, "cancel", "it is off", "She reads that it is off; no reminder leaves any more.", "cancel 7")
    _add_number(parser)
    _add_silent(parser)
    parser.set_defaults(run=cancel)

    parser = _verb(verbs, "held", "they have talked", _HELD, "held 7 --ask-after 3d")
    _add_number(parser)
    parser.add_argument("--ask-after", type=common.days, default=0, metavar="DAYS", help="ask her how it was, after 3d")
    parser.set_defaults(run=held)

    parser = _verb(verbs, "missed", "they have missed each other", _MISSED, "missed 7")
    _add_number(parser)
    parser.set_defaults(run=missed)

    parser = _verb(
        verbs, "list", "what is planned", "Lists the talks that are planned.", "list --staff juf-janneke --json"
    )
    common.add_school(parser)
    common.add_json(parser)
    parser.add_argument("--staff", default="", metavar="KEY", help="only of this colleague")
    parser.set_defaults(run=show)


def _register_add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "add", help="a talk was agreed", description=_ADD, epilog=_ADD_EXAMPLES, formatter_class=_PLAIN
    )
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument("--child", default="", metavar="NAME", help="the child, as in the file of families")
    about.add_argument("--thread", type=int, default=0, metavar="N", help="the talk with the parent; see threads list")
    parser.add_argument("--group", default="", metavar="NAME", help="its group")
    parser.add_argument("--guardian", default="", metavar="NAME", help="which guardian, where there are several")
    parser.add_argument("--staff", required=True, metavar="KEY", help="with whom; see staff list")
    parser.add_argument("--minutes", type=int, default=10, metavar="N", help="how long (default: 10)")
    common.add_school(parser)
    common.add_year(parser)
    common.add_config(parser)
    _add_at(parser)
    parser.set_defaults(run=add)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, description: str, example: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name, help=about, description=description, epilog=f"example:\n  ouderbrug appointment {example}",
        formatter_class=_PLAIN,
    )  # fmt: skip
    common.add_config(parser)
    return parser


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="N", help="the number of the appointment; see appointment list")


def _add_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at",
        type=_wall,
        required=True,
        metavar="MOMENT",
        help="the clock at school: '2026-11-26 15:00', '26-11-2026 15:00'",
    )
    _add_silent(parser)


def _add_silent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--silent", action="store_true", help="she knows already: send no message about it now")


def _wall(text: str) -> "tuple[date, time]":
    """A day as `calendar add` reads it, and a time."""
    from bot.people.freedays import day

    on, _, at = text.strip().rpartition(" ")
    try:
        return day(on), datetime.strptime(at, "%H:%M").time()  # noqa: DTZ007 - wall time at school
    except ValueError:
        raise argparse.ArgumentTypeError("write a moment as '2026-11-26 15:00' or '26-11-2026 15:00'") from None


def _moment(wall: "tuple[date, time]", zone: "ZoneInfo") -> datetime:
    from bot import hours

    return hours.at(*wall, zone)


def add(args: argparse.Namespace) -> int:
    """Note an agreed talk."""
    from bot.booking import appointments
    from bot.booking.appointments import Talk
    from bot.people import staff
    from bot.people.contacts import enrolled
    from bot.scheduler.almanac import Almanac

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    base, now = common.database(config), common.moment()
    try:
        with base.begin() as tx:
            contact_id, child_id = _family(tx, args, school)
            row = staff.by_key(tx, school.key, args.staff)
            at = _moment(args.at, school.zone)
            talk = Talk(contact_id, school.key, at, args.minutes, child_id, row.id)
            number = appointments.plan(tx, config, talk, now, tell=not args.silent)
            reached = bool(enrolled(tx, [contact_id]))
            days = Almanac.load(config).of(tx, school.key)
            free = next((each.name for each in days.free if each.holds(args.at[0])), "")
            said = f"Appointment {number}: {_told(tx, talk, school.zone)}, {row.name}."
    finally:
        base.close()
    common.console().print(said, soft_wrap=True)
    if free or args.at[0].weekday() > _FRIDAY:
        common.console(stderr=True).print(f"There is no school on that day ({free or 'weekend'}); is it right?")
    if not reached:
        common.console(stderr=True).print("She is not enrolled yet, so nothing reaches her phone: tell her yourself.")
    return 0


def _told(tx: "Tx", talk: "Talk", zone: "ZoneInfo") -> str:
    """Whose talk it is, and when: who types it sees a slip at once."""
    from bot.people import families

    child = families.of_children(tx, {talk.child_id} if talk.child_id else ()).get(talk.child_id or 0, "")
    who = child or families.of_contacts(tx, talk.school, {talk.contact_id}).get(talk.contact_id, "")
    at = talk.starts_at.astimezone(zone)
    return f"{who}, {common.weekday(at.date())} {at:%d-%m-%Y %H:%M}"


def _family(tx: "Tx", args: argparse.Namespace, school: "School") -> tuple[int, int | None]:
    """Whose talk it is, and about which child."""
    from bot.desk import threads
    from bot.people import families

    if args.thread:
        return threads.about(tx, args.thread, school.key)
    year = common.year_of(args, school)
    found = families.find(tx, school.key, year, args.child, common.moment(), group=args.group, guardian=args.guardian)
    return found.contact_id, found.child_id


def move(args: argparse.Namespace) -> int:
    """Another moment."""
    from bot.booking import appointments

    def work(tx: "Tx", config: "Config", now: datetime) -> str:
        zone = config.zone(appointments.known(tx, args.number).school)
        appointments.move(tx, config, args.number, _moment(args.at, zone), now, tell=not args.silent)
        return f"Appointment {args.number} is moved: {_told(tx, appointments.known(tx, args.number), zone)}."

    return _change(args, work)


def cancel(args: argparse.Namespace) -> int:
    """It is off."""
    from bot.booking import appointments

    def work(tx: "Tx", config: "Config", now: datetime) -> str:
        appointments.cancel(tx, args.number, now, tell=not args.silent)
        return f"Appointment {args.number} is off."

    return _change(args, work)


def held(args: argparse.Namespace) -> int:
    """They have talked."""
    from bot.booking import appointments

    def work(tx: "Tx", config: "Config", now: datetime) -> str:
        appointments.held(tx, config, args.number, now, days=args.ask_after)
        return f"Appointment {args.number} was held."

    return _change(args, work)


def missed(args: argparse.Namespace) -> int:
    """They have missed each other."""
    from bot.booking import appointments

    def work(tx: "Tx", config: "Config", now: datetime) -> str:
        appointments.missed(tx, config, args.number, now)
        return f"Appointment {args.number} was missed; she is asked whether she wants another moment."

    return _change(args, work)


def _change(args: argparse.Namespace, work: "Callable[[Tx, Config, datetime], str]") -> int:
    """Do it, and say what was done."""
    config = common.settings(args)
    base = common.database(config)
    try:
        with base.begin() as tx:
            said = work(tx, config, common.moment())
    finally:
        base.close()
    common.console().print(said, soft_wrap=True)
    return 0


def show(args: argparse.Namespace) -> int:
    """List what is planned, the next first."""
    from bot.booking import appointments
    from bot.people import families, staff

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    base = common.database(config)
    try:
        with base.read() as tx:
            one = staff.by_key(tx, school.key, args.staff).id if args.staff else None
            found = appointments.planned(tx, school.key, staff_id=one)
            guardians = families.of_contacts(tx, school.key, {talk.contact_id for talk in found})
            children = families.of_children(tx, {talk.child_id for talk in found if talk.child_id})
            names = {row.id: row.name for row in staff.colleagues(tx, school.key)}
    finally:
        base.close()
    rows = [_row(talk, school, guardians, children, names) for talk in found]
    if args.json:
        common.print_json(rows)
    elif not rows:
        common.console().print("Nothing is planned.")
    else:
        _table(rows, school.name)
    return 0


def _row(
    talk: "Talk", school: "School", guardians: dict[int, str], children: dict[int, str], names: dict[int, str]
) -> dict[str, Any]:
    return {
        "id": talk.id, "at": talk.starts_at.astimezone(school.zone).isoformat(timespec="minutes"),
        "minutes": talk.minutes, "child": children.get(talk.child_id or 0, ""),
        "guardian": guardians.get(talk.contact_id, ""), "staff": names.get(talk.staff_id or 0, ""),
        "over": talk.starts_at <= common.moment(),
    }  # fmt: skip


def _table(rows: list[dict[str, Any]], title: str) -> None:
    from rich.table import Table

    table = Table("no", "when", "min", "child", "guardian", "with", "", title=title, title_justify="left")
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        over = "over: held or missed?" if row["over"] else ""
        when, minutes = f"{at:%d-%m-%Y %H:%M}", str(row["minutes"])
        table.add_row(str(row["id"]), when, minutes, row["child"], row["guardian"], row["staff"], over)
    common.console().print(table)
