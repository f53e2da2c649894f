"""The commands: a file per family, each with `register(commands)`; found here, so that a new file is a new command."""

import argparse
import importlib
import pkgutil
from functools import cache

DESCRIPTION = "The bridge between a primary school and all its parents, in their own language, on the phone they have."
EPILOG = """\
examples:
  ouderbrug demo                                      try it: a fictional school and its phones, in the browser
  ouderbrug roster import families.csv --school brug
  ouderbrug run                                       start the bot

`ouderbrug COMMAND --help` shows what a command does, with examples."""


@cache
def parser() -> argparse.ArgumentParser:
    """The whole command line, made once. The files import what they need only when they run, so that this is quick."""
    from bot.cli.common import add_config

    whole = argparse.ArgumentParser(
        prog="ouderbrug",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(whole)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for file in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        module = importlib.import_module(f"{__name__}.{file.name}")
        if hasattr(module, "register"):
            module.register(commands)
    return whole
