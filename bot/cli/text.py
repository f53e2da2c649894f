"""`ouderbrug text`: keeps the translations in step with the Dutch, and carries them to reviewers and back."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import text_status
from bot.cli.common import add_config, add_json, console, print_json, settings

if TYPE_CHECKING:
    from bot.check.finding import Finding
    from bot.config import Config
    from bot.translation.exchange import Taken
    from bot.translation.sync import Change

_PLAIN = argparse.RawDescriptionHelpFormatter
_SHOWN = 8  # keys in a line; `check` names them all


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("text", help="the translations: in step with the Dutch, to reviewers and back")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for each in (_register_sync, _register_touch, _register_export, _register_import, text_status.register_status):
        each(verbs)


def _register_sync(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "sync",
        help="bring all languages in step with the Dutch",
        description="New keys of locales/nl.po appear in every other file, still empty. Where the Dutch has changed,\n"
        "the translation becomes stale: fuzzy, with the old Dutch beside it. What is gone is taken out.",
        epilog="example:\n  ouderbrug text sync && ouderbrug check",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    parser.set_defaults(run=text_sync)


def text_sync(args: argparse.Namespace) -> int:
    """Bring all PO files in step with the Dutch."""
    from bot.translation.sync import sync

    print(*change_lines(sync(settings(args).locales)), sep="\n")
    return 0


def _register_touch(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "touch",
        help="say that a change in the Dutch kept the meaning",
        description="The translations of these keys take over the Dutch as it is now and are not stale.",
        epilog="example:\n  ouderbrug text touch voorlezen.tip",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    parser.add_argument("keys", nargs="+", metavar="KEY", help="a text key, such as voorlezen.tip")
    parser.set_defaults(run=text_touch)


def text_touch(args: argparse.Namespace) -> int:
    """The Dutch of these keys changed, their meaning did not."""
    from bot.translation.sync import touch

    folder = settings(args).locales
    for key in args.keys:
        print(*change_lines(touch(folder, key)), sep="\n")
    return 0


def change_lines(report: "Mapping[str, Change]") -> Iterator[str]:
    """A line for each language, with the keys that somebody should look at."""
    for language, change in report.items():
        kinds = (("new", change.added), ("stale", change.stale), ("renewed", change.renewed), ("gone", change.dropped))
        said = [f"{len(keys)} {kind} ({_some(keys)})" for kind, keys in kinds if keys]
        yield f"{language}: {'; '.join(said) or 'in step'}"


def _some(keys: Sequence[str]) -> str:
    return ", ".join([*keys[:_SHOWN], *(["..."] if len(keys) > _SHOWN else [])])


def _register_export(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "export",
        help="the texts of a language as a sheet for who reviews them",
        description="Writes every text of a language with its Dutch, where it is said, and room for the reviewer:\n"
        "`ok`, a better text, or nothing. What would hurt if it were wrong comes first, in red.",
        epilog="examples:\n  ouderbrug text export --xlsx ar --only risk\n"
        "  ouderbrug text export --po ti --only drafts --to tigrinya.po",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--xlsx", metavar="LANGUAGE", help="as a spreadsheet")
    form.add_argument("--po", metavar="LANGUAGE", help="as a PO file, for Poedit or Weblate")
    parser.add_argument("--only", choices=("drafts", "stale", "risk"), default="", help="not all of them")
    parser.add_argument("--to", type=Path, metavar="FILE", help="the file to write (default: texts-LANGUAGE)")
    parser.set_defaults(run=text_export)


def text_export(args: argparse.Namespace) -> int:
    """Write the texts of one language for a reviewer."""
    return export(settings(args), args)


def export(config: "Config", args: argparse.Namespace) -> int:
    """The same with a configuration at hand."""
    from bot.translation import exchange, exchange_po, exchange_sheet

    language = args.xlsx or args.po
    rows = exchange.rows(config.locales, language, _places(config), args.only)
    path = args.to or Path(f"texts-{language}.{'xlsx' if args.xlsx else 'po'}")
    (exchange_sheet if args.xlsx else exchange_po).save(path, language, rows)
    risks = sum(row.risk for row in rows)
    print(f"{path}: {len(rows)} rows, {risks} of them a risk; then: ouderbrug text import {path} --reviewer NAME")
    return 0


def _places(config: "Config") -> dict[str, str]:
    from bot.conversation import ready
    from bot.desk.flows import read_folder
    from bot.translation.places import places

    return places(read_folder(config.flows).flows, ready.read_folder(config.flows / "messages").values())


def _register_import(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "import",
        help="take what a reviewer has written",
        description="Takes a sheet or PO file of `text export` back. A blank never overwrites. A text whose Dutch or\n"
        "translation has changed since is left as it is and named. Fields, labels, length and all else that\n"
        "`check` knows is looked at first: where anything is wrong, nothing at all is written.\n"
        "The exit code is 0 where all was taken, 1 where something is wrong, 3 where some texts had changed.",
        epilog="examples:\n  ouderbrug text import texts-ar.xlsx --dry-run\n"
        "  ouderbrug text import texts-ar.xlsx --reviewer 'Samira Haddad'",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    add_json(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="the .xlsx or .po that came back")
    parser.add_argument("--reviewer", default="", metavar="NAME", help="who read it: goes into the header of the texts")
    parser.add_argument("--dry-run", action="store_true", help="look at everything, write nothing")
    parser.set_defaults(run=text_import)


def text_import(args: argparse.Namespace) -> int:
    """Take the answers of a reviewer, all or none."""
    return take_in(settings(args), args)


def take_in(config: "Config", args: argparse.Namespace) -> int:
    """The same with a configuration at hand."""
    from bot.check import incoming
    from bot.desk.actions import ACTIONS, OFFERS
    from bot.errors import ContentError
    from bot.translation import exchange, exchange_po, exchange_sheet
    from bot.translation.sync import write

    if not args.file.is_file():
        raise ContentError(f"there is no file {args.file}")
    language, answers = (exchange_po if args.file.suffix == ".po" else exchange_sheet).read(args.file)
    taken = exchange.take(config.locales, language, answers, args.reviewer.strip())
    lines = {**taken.approved, **taken.changed}
    found = incoming.findings(config, (ACTIONS, OFFERS), language, taken.file, lines.keys()) if lines else []
    wrong = {**taken.faults}
    for finding in (each for each in found if each.level == "error"):
        wrong.setdefault(_line(finding, lines), f"{finding.key} {finding.message}; {finding.way_out}".lstrip())
    written = not wrong and not args.dry_run and write(config.locales / f"{language}.po", taken.file)
    if args.json:
        print_json(_as_data(taken, wrong, written=bool(written)))
    else:
        _tell(taken, wrong, [each for each in found if each.level == "warning"], lines, args)
    return 1 if wrong else 3 if taken.passed else 0


def _line(finding: "Finding", lines: Mapping[str, int]) -> int:
    """The row that is meant; of a file that cannot be read at all, the row whose key is named."""
    named = (line for key, line in lines.items() if key in finding.message.split())
    return lines.get(finding.key) or next(named, 1)


def _as_data(taken: "Taken", wrong: Mapping[int, str], *, written: bool) -> dict[str, Any]:
    return {
        "language": taken.language, "written": written, "changed": list(taken.changed),
        "approved": list(taken.approved), "blank": taken.blank,
        "errors": [{"line": line, "message": wrong[line]} for line in sorted(wrong)],
        "passed": [{"line": line, "message": taken.passed[line]} for line in sorted(taken.passed)],
    }  # fmt: skip


def _tell(
    taken: "Taken", wrong: Mapping[int, str], warnings: "Sequence[Finding]", lines: Mapping[str, int],
    args: argparse.Namespace,
) -> None:  # fmt: skip
    """All that is wrong in one list with the numbers of its rows; then what was taken."""
    said = console(stderr=True)
    for line in sorted(wrong):
        said.print(f"{args.file.name}: row {line}: {wrong[line]}", soft_wrap=True)
    for line in sorted(taken.passed):
        said.print(f"{args.file.name}: row {line}: not taken: {taken.passed[line]}", soft_wrap=True)
    for each in warnings:
        said.print(f"{args.file.name}: row {lines[each.key]}: mind: {each.key} {each.message}", soft_wrap=True)
    took = (
        f"{len(taken.changed)} new, {len(taken.approved)} ok, {taken.blank} left blank, {len(taken.passed)} not taken"
    )
    if wrong:
        print(f"{taken.language}: nothing was written: {len(wrong)} rows are wrong")
    else:
        print(f"{taken.language}: {'would take' if args.dry_run else 'took'} {took}")
    if not (args.reviewer or wrong or args.dry_run):
        print("nobody is named as reviewer; add --reviewer NAME next time")
