"""For who writes flows and texts, without a phone: check, text, graph."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import add_config, add_json, catalogue, console, print_json, settings

if TYPE_CHECKING:
    from bot.translation.sync import Change

_PLAIN = argparse.RawDescriptionHelpFormatter
_SHOWN = 8  # keys in a line; `check` names them all


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _register_check(commands)
    _register_graph(commands)
    family = commands.add_parser("text", help="keep the translations in step with the Dutch")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_sync(verbs)
    _register_touch(verbs)


def _register_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "check",
        help="find what is wrong in flows and texts",
        description="Finds dead ends, missing and damaged texts, labels that fit no button, words that mean two\n"
        "things, and what else a parent would stumble over. The exit code is 1 where there is an error.",
        epilog="examples:\n  ouderbrug check\n  ouderbrug check --parts\n  ouderbrug check --json | jq .findings",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    add_json(parser)
    parser.add_argument("--parts", action="store_true", help="also the SMS parts of each text in each language")
    parser.set_defaults(run=check)


def check(args: argparse.Namespace) -> int:
    """Check everything an author writes."""
    from bot.check import everything, reading, report, sizes
    from bot.desk.actions import ACTIONS, OFFERS

    config = settings(args)
    content, unread = reading.read(config, ACTIONS, OFFERS)
    measured, unmeasured = sizes.measure(content, config.locales)
    # A file that cannot be read makes all that leans on it look wrong: first things first.
    found = unread or sorted({*unmeasured, *everything.findings(content, measured)}, key=everything.order)
    counts = everything.counts(content, measured)
    shown = measured if args.parts else None
    if args.json:
        print_json(report.as_data(found, counts, shown))
    else:
        console().print(report.as_page(found, counts, shown))
    return int(any(finding.level == "error" for finding in found))


def _register_graph(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "graph",
        help="draw a flow",
        description="Draws a flow as a Mermaid chart, or as one HTML page with every screen in every language on\n"
        "every channel; the page needs nothing else and can be mailed or printed.",
        epilog="examples:\n  ouderbrug graph voorlezen\n  ouderbrug graph voorlezen --html voorlezen.html",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    parser.add_argument("flow", metavar="FLOW", help="the name of a file in flows/, such as voorlezen or voorlezen.ar")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page with every screen to this file")
    parser.set_defaults(run=graph)


def graph(args: argparse.Namespace) -> int:
    """Draw one flow."""
    from bot.conversation import flow as flows
    from bot.errors import ContentError
    from bot.reports.graph import mermaid, page

    config = settings(args)
    names = sorted(path.stem for path in config.flows.glob("*.toml"))
    if args.flow not in names:
        raise ContentError(f"there is no flow {args.flow!r}; there are: {', '.join(names)}")
    flow = flows.load(config.flows / f"{args.flow}.toml")
    if args.html is None:
        print(mermaid(flow), end="")
        return 0
    languages = [flow.language] if flow.language else config.languages.offered
    args.html.write_text(page(flow, catalogue(config), languages), encoding="utf-8")
    print(f"{args.html}: {len(flow.steps)} steps in {len(languages)} languages; open it in a browser.")
    return 0


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
