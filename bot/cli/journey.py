"""The school year: which flow begins when, and a whole year played for one family."""

import argparse
import asyncio
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.common import (
    add_config,
    add_json,
    add_school,
    add_year,
    console,
    database,
    moment,
    print_json,
    school_key,
    settings,
    year_of,
)

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.check.year import Mark
    from bot.config import Config
    from bot.reports.timeline import Band, Moment

_PLAIN = argparse.RawDescriptionHelpFormatter


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("journey", help="the school year: what begins when, and a year for one family")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = verbs.add_parser(
        "list",
        help="what begins when at each school",
        description="Every entry of the journeys that a school has chosen, with its next day, and what the school\n"
        "must still be asked. Where a date is not known, nothing is laid out.",
        epilog="examples:\n  ouderbrug journey list\n  ouderbrug journey list --school brug --json",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    add_json(parser)
    parser.add_argument("--school", metavar="KEY", default="", help="only this school")
    parser.set_defaults(run=list_entries)
    _register_preview(verbs)


def _register_preview(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "preview",
        help="play a school year for one family",
        description="Plays a whole school year for one family in seconds: the real planner, desk and outbox on a copy\n"
        "in a temporary folder. Nothing is sent, and nothing in the real database is changed.",
        epilog="examples:\n  ouderbrug journey preview --example --html year.html\n"
        "  ouderbrug journey preview --family 12 --school brug --answers none\n"
        "  ouderbrug journey preview --family 12 --year 2026-2027 --json",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    add_json(parser)
    add_school(parser)
    add_year(parser)
    parser.add_argument("--family", type=int, metavar="N", help="the number of the family; see roster codes")
    parser.add_argument("--example", action="store_true", help="a fictional family with children in groups 4 and 8")
    parser.add_argument("--answers", choices=("first", "none"), default="first", help="what she says (default: first)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with the whole year to this file")
    parser.set_defaults(run=preview)


# --- list
def list_entries(args: argparse.Namespace) -> int:
    """Each entry with its next day."""
    from rich.table import Table

    from bot.conversation.journey import read_folder
    from bot.scheduler import journeys
    from bot.scheduler.almanac import Almanac

    config, now = settings(args), moment()
    schools = [config.school(args.school).key] if args.school else list(config.schools)
    almanac, known = Almanac.load(config), read_folder(config.flows / "journeys")
    opened = database(config)
    try:
        with opened.read() as tx:
            found = [each for key in schools for each in journeys.planned(tx, almanac, known, key, now)]
            asked = {key: each for key, each in journeys.missing(tx, almanac, known, now).items() if key in schools}
    finally:
        opened.close()
    if args.json:
        print_json({"entries": [_entry(each) for each in found], "missing": asked})
        return 0
    table = Table(box=None)
    for name in ("school", "entry", "flow", "next", "at"):
        table.add_column(name)
    for each in found:
        table.add_row(each.school, each.entry.id, each.entry.flow, _next(each), f"{each.entry.at:%H:%M}")
    console().print(table if found else "No school has chosen a journey; add journeys = [...] to its table.")
    for key, unknown in asked.items():
        console().print(
            f"{key}: not known: {', '.join(unknown)}; import the school's free days, or update flows/holidays.toml"
        )
    return 0


def _next(each: Any) -> str:
    if each.day:
        return f"{each.day:%a} {each.day}" + (f" (moved: {each.moved})" if each.moved else "")
    return f"not known: {each.unknown}" if each.unknown else f"{each.entry.days} days after enrolment"


def _entry(each: Any) -> dict[str, Any]:
    return {
        "school": each.school, "entry": each.entry.id, "flow": each.entry.flow, "year": each.year,
        "day": each.day and each.day.isoformat(), "at": f"{each.entry.at:%H:%M}", "moved": each.moved,
        "unknown": each.unknown, "days_after_enrolment": each.entry.days or None,
    }  # fmt: skip


# --- preview
def preview(args: argparse.Namespace) -> int:
    """Play the year and show it."""
    from bot.errors import ConfigError
    from bot.reports import timeline

    if args.example == (args.family is not None):
        raise ConfigError("whose year? add --family N, or --example for a fictional family")
    config = settings(args)
    school = school_key(config, args.school)
    if not config.schools[school].journeys:
        raise ConfigError(f"[schools.{school}] journeys: none is chosen; write for example ['schooljaar', 'nieuw']")
    year = year_of(args, config.school(school))
    marks, free, catalogue = asyncio.run(_play(args, config, school, year))
    moments = [_local(config, school, mark) for mark in marks]
    shown = timeline.bands(free, date(int(year[:4]), 8, 1), date(int(year[5:]), 7, 31), catalogue)
    if args.html:
        title = f"{config.schools[school].name}, {'een voorbeeld' if args.example else f'gezin {args.family}'}"
        page = timeline.page(title, year, moments, shown, answers=args.answers == "first")
        args.html.write_text(page, encoding="utf-8")
    if args.json:
        print_json(
            {"school": school, "year": year, "messages": list(map(_data, moments)), "free": list(map(_free, shown))}
        )
    else:
        for each in moments:
            console().print(_line(each), soft_wrap=True)
        if not moments:
            console(stderr=True).print("Nothing is sent in this year: is this family enrolled, with a child in it?")
        if args.html:
            console().print(f"{args.html}: {len(moments)} messages; open it in a browser.")
    return 0


async def _play(args: argparse.Namespace, config: "Config", school: str, year: str) -> "tuple[list[Mark], Any, Any]":
    """The year on a database of its own, which is gone afterwards; with its free days, and the words."""
    from bot import hours
    from bot.app import Bot
    from bot.check import copying, rehearsal
    from bot.check import year as played
    from bot.store import schema
    from bot.store.database import Alone
    from bot.store.sealed import Ring

    zone = config.schools[school].zone
    start, until = (hours.at(date(int(part), 8, 1), time.min, zone) for part in year.split("-"))
    source = database(config) if not args.example or schema.is_there(config) else None
    with tempfile.TemporaryDirectory(prefix="ouderbrug-year-") as folder:
        scratch = Alone(f"sqlite:///{folder}/year.db", source.ring if source else Ring.make())
        schema.prepare(scratch)
        clock, lines = rehearsal.Clock(start), rehearsal.channels()
        bot = Bot(played.scratch(config), scratch, clock=clock, channels=lines)
        try:
            with scratch.begin() as tx:
                bot.books.publish(tx, start)
                if source:
                    with source.read() as real:
                        _copy(real, tx, args, school)
                contact_id = args.family
                if args.example:
                    contact_id = copying.make_up(tx, school, year, _enrols(bot, tx, school, year, start))
            seen = _progress(start, until)
            marks = await played.play_year(
                bot, clock, lines, contact_id, until, answers=args.answers == "first", seen=seen
            )
            with scratch.read() as tx:
                return marks, bot.books.almanac.of(tx, school).free, bot.catalogue
        finally:
            await bot.stop()
            if source:
                source.close()


def _copy(real: Any, tx: Any, args: argparse.Namespace, school: str) -> None:
    """What is taken over from the real database: her and what is hers, or only the days of the school."""
    from bot.check import copying

    if args.example:
        copying.copy_days(real, tx, school)
    else:
        copying.copy(real, tx, args.family)


def _enrols(bot: "Bot", tx: Any, school: str, year: str, start: datetime) -> datetime:
    """When the fictional family enrols: on the afternoon of the first school day, else a month into the year."""
    first = bot.books.almanac.of(tx, school).starts(year)
    day = first or (start + timedelta(days=31)).date()
    return datetime.combine(day, time(15), bot.config.schools[school].zone)


def _progress(start: datetime, until: datetime) -> Any:
    """On a terminal: how far the year is."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        return lambda _: None
    last = [-1]

    def seen(now: datetime) -> None:
        percent = round(100 * (now - start) / (until - start))
        if percent > last[0]:
            last[0] = percent
            shown.print(f"\r{now:%Y-%m-%d} {percent:3d}%", end="\n" if percent >= 100 else "")

    return seen


def _local(config: "Config", school: str, mark: "Mark") -> "Moment":
    from bot.reports.timeline import Moment

    zone = config.schools[school].zone
    return Moment(
        mark.at.astimezone(zone), mark.what, mark.cls, mark.dutch, mark.hers, mark.language, mark.options,
        mark.planned and mark.planned.astimezone(zone), mark.reason, mark.left_out, mark.answer,
    )  # fmt: skip


def _line(each: "Moment") -> str:
    from bot.reports.timeline import DAYS, moved

    words = " ".join(each.dutch.split())
    options = f" [{' | '.join(each.options)}]" if each.options else ""
    why = moved(each)
    at = f"{each.at:%Y-%m-%d} {DAYS[each.at.weekday()]} {each.at:%H:%M}"
    return f"{at}  {each.what:<14} {words}{options}" + (f"  ({why})" if why else "")


def _data(each: "Moment") -> dict[str, Any]:
    return {
        **each._asdict(), "at": each.at.isoformat(), "planned": each.planned and each.planned.isoformat(),
        "options": list(each.options),
    }  # fmt: skip


def _free(band: "Band") -> dict[str, str]:
    return {"first": band.first.isoformat(), "last": band.last.isoformat(), "name": band.name, "kind": band.kind}
