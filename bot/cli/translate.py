"""`ouderbrug translate`: try the machine that translates, as a school would have it."""

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from bot.config import Config

_DESCRIPTION = """\
Has one text translated, as the bot would: names, numbers and addresses leave as marks and
come back afterwards, school words keep their meaning, and what comes back is checked and
translated back. Shows what left the house, what was made of it and what may be wrong in it.
Nothing is kept and nothing is sent to anybody. The exit code is 1 where the bot would have
sent the original text instead."""
_EXAMPLES = """\
examples:
  ouderbrug translate "Morgen is er geen gym." --to tr
  ouderbrug translate "Yarın gelemiyoruz." --from tr --to nl --school brug
  ouderbrug translate "Neem om 8:30 je gymtas mee." --to uk --json"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "translate", help="try the machine that translates", description=_DESCRIPTION, epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("text", metavar="TEXT", help="what is to be translated")
    parser.add_argument("--to", required=True, type=_language, metavar="LANGUAGE", help="its code, such as tr")
    parser.add_argument("--from", dest="source", default="nl", type=_language, metavar="LANGUAGE", help="default: nl")
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=translate)


def _language(text: str) -> str:
    from bot.translation.languages import LANGUAGES, find

    found = find(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"a language is one of {', '.join(LANGUAGES)}")
    return found.code


def translate(args: argparse.Namespace) -> int:
    """Try it; exit code 1 where the original would go out. Raises ConfigError where nobody translates this pair."""
    from bot.errors import ConfigError

    config = common.settings(args)
    school = common.school_key(config, args.school)
    if args.source == args.to:
        raise ConfigError(f"that is {args.to} already; name another language with --to")
    told = asyncio.run(_try(config, school, args))
    if args.json:
        common.print_json(told)
    else:
        _show(told)
    return int(bool(told["reason"]))


async def _try(config: "Config", school: str, args: argparse.Namespace) -> dict[str, Any]:
    from bot.translation import trial

    opened = common.database(config)
    try:
        words, today = common.catalogue(config), common.moment().date()
        found = await trial.translate(config, opened, words, school, args.source, args.to, args.text, today)
    finally:
        opened.close()
    return found._asdict()


def _show(told: dict[str, Any]) -> None:
    out = common.console()
    for about, words in (("sent", " | ".join(told["sent"])), ("said", told["said"]), ("back", told["back"])):
        if words:
            out.print(f"{about}: {words}", soft_wrap=True)
    if told["risks"]:
        out.print(f"look at: {', '.join(told['risks'])}")
    out.print(f"{told['engine']}, {told['seconds']:.1f} s")
    if told["reason"]:
        common.console(stderr=True).print(f"not to be trusted ({told['reason']}): the original would be sent")
