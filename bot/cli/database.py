"""The database of a new version: `ouderbrug database upgrade`."""

import argparse

from bot.cli.common import add_config, settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("database", help="bring the database up to this version")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = verbs.add_parser(
        "upgrade",
        help="take the steps that a new version of the program needs",
        description="Brings the database to the schema of this version, all steps or none.\n"
        "Make a backup first and stop the bot: an older version refuses the new schema.",
        epilog="example:\n  ouderbrug database upgrade",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.set_defaults(run=upgrade)


def upgrade(args: argparse.Namespace) -> int:
    """Take every step the database has not had yet."""
    from bot.store import schema

    database = schema.connect(settings(args))
    try:
        schema.upgrade(database)
    finally:
        database.close()
    print(f"The database has schema {schema.revisions()[-1]}.")
    return 0
