"""`ouderbrug text status`: how far each language is, as bars."""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.cli.common import add_config, add_json, console, print_json, settings

if TYPE_CHECKING:
    from rich.text import Text

    from bot.check.everything import Count
    from bot.check.sizes import Size
    from bot.config import Config

_WIDE = 12  # signs of a bar
_PARTS = ("1", "2", "3", "over")  # as scripts get them
_COLOURS = {"reviewed": "green", "drafts": "yellow", "stale": "red", "missing": "bright_black"}
_SIGNS = {"reviewed": "█", "drafts": "▓", "stale": "▒", "missing": "·"}  # to be told apart without colour


class Language(NamedTuple):
    """How far a language is, and what its messages cost by SMS: how many of them have 1, 2, 3 or more parts."""

    texts: "Count"
    parts: dict[str, int]


def register_status(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "status",
        help="how far each language is",
        description="Counts the texts of each language: read by a native speaker, drafts, stale (their Dutch has\n"
        "changed), missing; and how many SMS parts the messages of flows and ready messages have.",
        epilog="examples:\n  ouderbrug text status\n  ouderbrug text status --json | jq '.[] | select(.stale > 0)'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    add_json(parser)
    parser.set_defaults(run=text_status)


def text_status(args: argparse.Namespace) -> int:
    """Show how far each language is."""
    return state(settings(args), as_json=args.json)


def state(config: "Config", *, as_json: bool) -> int:
    """The same with a configuration at hand."""
    from bot.check import everything, reading, sizes
    from bot.desk.actions import ACTIONS, OFFERS
    from bot.errors import ContentError

    content, unread = reading.read(config, ACTIONS, OFFERS)
    every = replace(content, languages=replace(content.languages, offered=tuple(content.locales)))
    measured, unmeasured = sizes.measure(every, config.locales)
    wrong = [*unread, *unmeasured]
    if wrong:
        raise ContentError(f"{wrong[0].file}: {wrong[0].message}; see: ouderbrug check")
    counts = everything.counts(content, measured)
    found = [Language(count, _parts(measured, count.language)) for count in counts]
    if as_json:
        print_json([{**each.texts._asdict(), "parts": each.parts} for each in found])
    else:
        console().print(_table(found))
    return 0


def _parts(measured: "Sequence[Size]", language: str) -> dict[str, int]:
    had = Counter(min(size.parts, len(_PARTS)) for size in measured if size.language == language)
    return {name: had[number] for number, name in enumerate(_PARTS, start=1)}


def _table(found: Sequence[Language]) -> object:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from bot.translation.languages import LANGUAGES

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("language", no_wrap=True)
    table.add_column("", no_wrap=True)
    for title in ("texts", *_SIGNS, "1", "2", "3", "4+"):
        table.add_column(title, justify="right", no_wrap=True)
    for each in found:
        count = each.texts
        numbers = [count.texts, count.reviewed, count.drafts, count.stale, count.missing, *each.parts.values()]
        known = LANGUAGES.get(count.language)
        name = f"{count.language} {known.english if known else ''}{'' if count.offered else '*'}"
        table.add_row(name, _bar(count), *(str(number) if number else Text("–", style="dim") for number in numbers))
    legend = Text("  ").join(Text(f"{_SIGNS[kind]} {kind}", style=_COLOURS[kind]) for kind in _SIGNS)
    legend.append("   1 to 4+: messages by their SMS parts", style="dim")
    if not all(each.texts.offered for each in found):
        legend.append("   * not offered", style="dim")
    return Group(table, Text(), legend)


def _bar(count: "Count") -> "Text":
    """A bar of all texts of the Dutch: each kind as wide as its share, and at least one sign where there is any."""
    from rich.text import Text

    shares = {kind: getattr(count, kind) for kind in _SIGNS}
    whole = sum(shares.values()) or 1
    widths = {kind: max(round(_WIDE * share / whole), 1) if share else 0 for kind, share in shares.items()}
    widths[max(widths, key=lambda kind: widths[kind])] += _WIDE - sum(widths.values())
    bar = Text()
    for kind, width in widths.items():
        bar.append(_SIGNS[kind] * width, style=_COLOURS[kind])
    return bar
