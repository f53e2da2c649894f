"""For who writes flows and texts, without a phone: check and graph."""

import argparse
from pathlib import Path

from bot.cli.common import add_config, add_json, catalogue, console, print_json, settings

_PLAIN = argparse.RawDescriptionHelpFormatter


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _register_check(commands)
    _register_graph(commands)


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
