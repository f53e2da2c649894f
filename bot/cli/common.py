"""What the commands share: the configuration, the database, the words, and how to speak to people and to scripts."""

import argparse
import json
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from bot.config import Config, School
    from bot.store.database import Database
    from bot.translation.catalogue import Catalogue


def add_config(parser: argparse.ArgumentParser) -> None:
    """The option --config; it may stand before or after the command."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", default=argparse.SUPPRESS,
        help="the configuration (default: config.toml in this folder)",
    )  # fmt: skip


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option --json: plain output for scripts."""
    parser.add_argument("--json", action="store_true", help="plain JSON on standard output, for scripts")


def add_school(parser: argparse.ArgumentParser) -> None:
    """The option --school; it may be left out where there is only one."""
    parser.add_argument(
        "--school", metavar="KEY", default="",
        help="the school's key in config.toml; may be left out where there is only one",
    )  # fmt: skip


def text_of(path: Path) -> str:
    """What stands in a file that somebody wrote; its editor may have put a mark before it. Raises BotError."""
    from bot.errors import BotError

    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BotError(f"{path.name}: this is no text in UTF-8; save it as UTF-8") from None


def add_year(parser: argparse.ArgumentParser) -> None:
    """The option --year, a school year."""
    parser.add_argument(
        "--year", type=_year, default=None, metavar="YEAR",
        help="the school year, such as 2026-2027 (default: the one that runs until 31 July)",
    )  # fmt: skip


def _year(text: str) -> str:
    from bot.people.addresses import is_school_year

    if not is_school_year(text):
        raise argparse.ArgumentTypeError("write a school year as 2026-2027")
    return text


def year_of(args: argparse.Namespace, school: "School") -> str:
    """The school year that is meant: the given one, else today's at school."""
    from bot.people.addresses import school_year

    return args.year or school_year(moment().astimezone(school.zone).date())


def days(text: str) -> int:
    """`3d` as a number of days."""
    number = text.removesuffix("d")
    if not (number.isascii() and number.isdigit() and int(number)):
        raise argparse.ArgumentTypeError("write days as 3d")
    return int(number)


def settings(args: argparse.Namespace) -> "Config":
    """The configuration this command was given. Raises ConfigError."""
    from bot import config

    return config.load(getattr(args, "config", Path("config.toml")))


def school_key(config: "Config", given: str) -> str:
    """The school that is meant. Raises ConfigError where there is none with this key, or none is named of several."""
    from bot.errors import ConfigError

    if given:
        return config.school(given).key
    if len(config.schools) > 1:
        raise ConfigError(f"which school? add --school KEY; there are: {', '.join(config.schools)}")
    return next(iter(config.schools))


def database(config: "Config") -> "Database":
    """The database, opened with its key ring; an empty one gets its schema. Raises ConfigError."""
    from bot.store.schema import open_database

    return open_database(config)


@contextmanager
def at_school(args: argparse.Namespace) -> "Iterator[tuple[Config, School, Database]]":
    """The configuration, the school that is meant, and the database, which is closed afterwards."""
    config = settings(args)
    school = config.schools[school_key(config, args.school)]
    base = database(config)
    try:
        yield config, school, base
    finally:
        base.close()


def catalogue(config: "Config") -> "Catalogue":
    """The words in all languages. Raises ContentError."""
    from bot.translation.catalogue import Catalogue

    languages = config.languages
    return Catalogue.load(
        config.locales, offered=languages.offered, fallback=languages.fallback, send=languages.send
    )  # fmt: skip


def weekday(day: date) -> str:
    """`ma`, as a school writes it."""
    from bot.model import WEEKDAYS

    return WEEKDAYS[day.weekday()]


def moment() -> datetime:
    """Now: a command is where the clock comes in."""
    return datetime.now(UTC)


def console(*, stderr: bool = False) -> "Console":
    """Where people read; names with [brackets] are names, not colours."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False)


def print_json(data: Any) -> None:
    """For scripts: JSON on standard output, letters as they are."""
    print(json.dumps(data, ensure_ascii=False, indent=2))


def refused(file: Path, errors: "dict[int, str]", *, as_json: bool) -> int:
    """Say which lines of a file are wrong, so that nothing was brought in; the exit code."""
    if as_json:
        print_json({"errors": [{"line": line, "message": errors[line]} for line in sorted(errors)]})
    for line in sorted(errors) if not as_json else ():
        console(stderr=True).print(f"{file.name}: line {line}: {errors[line]}", soft_wrap=True)
    return 1
