"""The families of a school: import the office's file, print the letters, list the codes."""

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.config import Config, School
    from bot.people.letters import Letter, Row
    from bot.people.roster import Report
    from bot.people.roster.preview import Preview
    from bot.people.roster.sheet import Sheet
    from bot.store.database import Database

_SHOWN = 50  # wrong lines on the screen; --json has them all
_DOUBTS = {
    "nieuw": "Nearly all children are new: are the names written otherwise, or is it another school's file?",
    "volgend_jaar": "Very many children would change groups now: is it next year's file? Then add --year.",
}
_PLAIN = argparse.RawDescriptionHelpFormatter

_IMPORT = """\
Reads a .csv or .xlsx file, one row per guardian of a child, and imports all of it or,
with one wrong line, nothing. The columns, in any order, in English or in Dutch:

  id        nummer    the school's own number of the child (optional, but best)
  group     groep     groep 4
  child     kind      Elif Yılmaz
  guardian  ouder     Ayşe Yılmaz
  language  taal      a code or a name: tr, Turks, Turkish, Türkçe
  phone     telefoon  may be empty; never written to before a code came from it

Other columns are left alone. The same file again updates and never doubles; next year's
file moves the children up. Without an id a child is found by its name and one guardian's
name or phone, and rows of one group with the same child's name are the same child."""

_IMPORT_EXAMPLES = """\
examples:
  ouderbrug roster import families.csv --school brug --dry-run
  ouderbrug roster import families.csv --school brug
  ouderbrug roster import families.xlsx --school brug --year 2027-2028
  ouderbrug roster import families.csv --json | jq '.errors[]'"""

_LETTERS = """\
Writes a letter for every guardian who has not enrolled yet, in her own language: one A5
page each, with her code and a square to scan for each channel, and all.html to print them
all at once. A code works for 14 days; a letter printed again renews it."""

_LETTERS_EXAMPLES = """\
examples:
  ouderbrug roster letters --out letters --school brug
  ouderbrug roster letters --out letters --group 'groep 4'
  ouderbrug roster letters --out letters --group 'groep 4' --again   also for who is enrolled"""

_CODES_EXAMPLES = """\
examples:
  ouderbrug roster codes --school brug
  ouderbrug roster codes --json | jq -r '.[] | select(.code) | [.guardian, .code] | @tsv'"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("roster", help="import families, print their letters, list their codes")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = verbs.add_parser(
        "import", help="import the office's file of families", description=_IMPORT, epilog=_IMPORT_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("file", type=Path, metavar="FILE", help="a .csv or .xlsx file")
    parser.add_argument("--dry-run", action="store_true", help="only say what would change, name by name")
    _add_common(parser)
    parser.set_defaults(run=import_file)

    parser = verbs.add_parser(
        "letters", help="write a printable letter for each guardian", description=_LETTERS, epilog=_LETTERS_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the pages")
    parser.add_argument("--group", default="", metavar="NAME", help="only this group")
    parser.add_argument("--again", action="store_true", help="also for who is enrolled: for a second or a lost phone")
    _add_common(parser)
    parser.set_defaults(run=letters)

    parser = verbs.add_parser(
        "codes", help="list the codes that work",
        description="Lists every guardian with the number of her family and the code on her letter.",
        epilog=_CODES_EXAMPLES, formatter_class=_PLAIN,
    )  # fmt: skip
    _add_common(parser)
    parser.set_defaults(run=list_codes)


def _add_common(parser: argparse.ArgumentParser) -> None:
    common.add_school(parser)
    common.add_year(parser)
    common.add_json(parser)
    common.add_config(parser)


def _school(args: argparse.Namespace) -> "tuple[Config, School]":
    config = common.settings(args)
    return config, config.schools[common.school_key(config, args.school)]


def import_file(args: argparse.Namespace) -> int:
    """Import the whole file, or say which lines are wrong."""
    from bot.errors import RosterError
    from bot.people import roster

    config, school = _school(args)
    opened = common.database(config)
    if args.dry_run:
        return _try(args, opened, school)
    start = time.monotonic()
    try:
        with common.console(stderr=True).status(f"Reading {args.file.name} ..."):
            sheet = roster.read(args.file)
            with opened.begin() as tx:
                report = roster.load(tx, school.key, common.year_of(args, school), sheet, common.moment())
    except RosterError as error:
        return refused(args, error.lines)
    finally:
        opened.close()
    if args.json:
        _print_report(report.created, report.updated, {})
    else:
        _show(report, school.name, common.year_of(args, school), sheet.ignored, time.monotonic() - start)
        _show_unspoken(sheet, config)
    return 0


def _try(args: argparse.Namespace, opened: "Database", school: "School") -> int:
    """Say what the file would change, and leave everything as it is."""
    from bot.errors import RosterError
    from bot.people import roster
    from bot.people.roster import preview

    try:
        sheet = roster.read(args.file)
        with opened.read() as tx:
            found = preview.compare(tx, school.key, common.year_of(args, school), sheet)
    except RosterError as error:
        return refused(args, error.lines)
    finally:
        opened.close()
    if found.mistakes:
        return refused(args, dict(found.mistakes))
    if args.json:
        common.print_json(preview.plain(found))
    else:
        _show_preview(found, school.name)
    return 0


def _show_preview(found: "Preview", school: str) -> None:
    out = common.console()
    out.print(
        f"{school}, school year {found.year}: {found.children} children in {found.rows} rows. Nothing was imported."
    )
    lists = {
        "new": [f"{each.name}, {each.group}" for each in found.new],
        "new parents of known children": [f"{each.name}, of {each.child}" for each in found.joined],
        "to another group": [f"{each.before} to {each.after}: {', '.join(each.names)}" for each in found.moves],
        "back at school": list(found.back),
        "written otherwise": [
            f"{each.name}: {each.what} {each.before or 'empty'} becomes {each.after or 'empty'}"
            for each in found.changes
        ],
        "at school, not in this file (they stay)": [f"{name}, {group}" for name, group in found.missing],
        "parents who are not in this file (they stay)": [f"{each.name}, of {each.child}" for each in found.parted],
    }
    for title, lines in lists.items():
        if lines:
            out.print(f"\n{title}: {found.moved if title == 'to another group' else len(lines)}", highlight=False)
            for line in lines:
                out.print(f"  {line}", markup=False, highlight=False)
    if found.does_nothing:
        out.print("  all of it is known already")
    for doubt in found.doubts:
        out.print(f"\n[yellow]{_DOUBTS[doubt]}[/]")


def _print_report(created: int, updated: int, errors: dict[int, str]) -> None:
    lines = [{"line": line, "message": errors[line]} for line in sorted(errors)]
    common.print_json({"created": created, "updated": updated, "errors": lines})


def _show(report: "Report", school: str, year: str, ignored: tuple[str, ...], seconds: float) -> None:
    out = common.console()
    out.print(f"{school}, school year {year}: {report.created + report.updated} rows in {seconds:.1f} s")
    out.print(f"  {report.created} new, {report.updated} known already, {report.moved} children in another group")
    if report.codes:
        out.print(f"  {report.codes} new codes; print the letters with: ouderbrug roster letters --out letters")
    if ignored:
        out.print(f"  columns left alone: {', '.join(ignored)}")


def _show_unspoken(sheet: "Sheet", config: "Config") -> None:
    """Languages of parents that the bot does not speak here: they would wonder why all is in another."""
    from bot.translation.languages import find

    found = {language.code for line in sheet.lines if (language := find(line.cells["language"]))}
    unspoken = sorted(found - set(config.languages.offered))
    if unspoken:
        instead = config.languages.fallback
        common.console().print(f"  not offered yet: {', '.join(unspoken)}; these parents read {instead}")


def refused(args: argparse.Namespace, errors: dict[int, str]) -> int:
    if args.json:
        _print_report(0, 0, errors)
        return 1
    from rich.table import Table

    table = Table("line", "what is wrong", title=f"{args.file.name}: nothing was imported", title_justify="left")
    table.columns[0].justify = "right"
    for line in sorted(errors)[:_SHOWN]:
        table.add_row(str(line), errors[line])
    out = common.console(stderr=True)
    out.print(table)
    if len(errors) > _SHOWN:
        out.print(f"and {len(errors) - _SHOWN} lines more; --json shows all")
    return 1


def letters(args: argparse.Namespace) -> int:
    """Write the letters; each code works for 14 days from now."""
    from bot.people import letters as writing

    config, school = _school(args)
    words = common.catalogue(config)
    opened = common.database(config)
    try:
        with opened.begin() as tx:
            found = writing.collect(
                tx, school, common.year_of(args, school), common.moment(), group=args.group, again=args.again
            )
    finally:
        opened.close()
    files = writing.write(found, args.out, school, words, config, watch=_watched)
    if found and not any(channel.sender for channel in config.channels.values()):
        common.console(stderr=True).print("No channel has a sender, so the letters have no squares to scan.")
    if args.json:
        common.print_json({"letters": len(found), "files": [str(file) for file in files]})
        return 0
    out = common.console()
    if not found:
        out.print("Nobody needs a letter: everyone is enrolled, or there are no families in this group and year.")
        return 0
    out.print(f"{len(found)} letters in {args.out}; the codes work until {found[0].until:%d-%m-%Y}.")
    out.print(f"Print {files[-1]} on A5, in one go.")
    return 0


def _watched(found: "Sequence[Letter]") -> "Iterable[Letter]":
    """A bar while the squares are drawn, where somebody is looking."""
    from rich.progress import track

    bar = common.console(stderr=True)
    return track(found, "Writing", console=bar, transient=True, disable=not bar.is_terminal)


def list_codes(args: argparse.Namespace) -> int:
    """List every guardian with the code that works, if any."""
    from bot.people.letters import rows

    config, school = _school(args)
    opened = common.database(config)
    try:
        with opened.read() as tx:
            found = rows(tx, school.key, common.year_of(args, school), common.moment())
    finally:
        opened.close()
    if args.json:
        common.print_json([
            {"child": row.child, "guardian": row.guardian, "language": row.language, "code": row.code or None}
            for row in found
        ])  # fmt: skip
    else:
        _show_codes(found, f"{school.name}, school year {common.year_of(args, school)}")
    return 0


def _show_codes(rows: "list[Row]", title: str) -> None:
    from rich.table import Table

    table = Table("group", "child", "guardian", "family", "language", "code", title=title, title_justify="left")
    for row in rows:
        code = row.code or ("enrolled" if row.enrolled else "too old; print the letter again")
        table.add_row(row.group, row.child, row.guardian, str(row.contact_id), row.language, code)
    common.console().print(table)
