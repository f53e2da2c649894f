"""`ouderbrug threads`: what waits for a person of the school, and the answer to it."""

import argparse
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_config, add_json, console, database, moment, print_json, settings

if TYPE_CHECKING:
    from bot.desk.threads import Thread

_PLAIN = argparse.RawDescriptionHelpFormatter


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("threads", help="talks with parents that wait for a person")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shown = verbs.add_parser(
        "list",
        help="what waits, what is urgent first",
        description="Shows every open thread with the parent's own words.",
        epilog="examples:\n  ouderbrug threads list\n  ouderbrug threads list --school brug --json",
        formatter_class=_PLAIN,
    )
    add_config(shown)
    add_json(shown)
    shown.add_argument("--school", metavar="KEY", help="only of this school")
    shown.set_defaults(run=show)
    said = verbs.add_parser(
        "answer",
        help="answer a parent in Dutch",
        description="Sends an answer to the parent on the phone she wrote from. It is not translated yet, and says so.",
        epilog='examples:\n  ouderbrug threads answer 12 "Vrijdag om half negen, bij school." --name "juf Janneke"',
        formatter_class=_PLAIN,
    )
    add_config(said)
    said.add_argument("id", type=int, help="the number of the thread")
    said.add_argument("text", help="the answer, in Dutch")
    said.add_argument("--name", default="", help="who answers, as parents know her; by default the child's teacher")
    said.set_defaults(run=answer)


def show(args: argparse.Namespace) -> int:
    """List the open threads."""
    from bot.desk.threads import waiting

    config = settings(args)
    school = config.school(args.school).key if args.school else None
    base = database(config)
    try:
        with base.read() as tx:
            found = waiting(tx, school)
    finally:
        base.close()
    if args.json:
        print_json([_data(thread) for thread in found])
    elif not found:
        console().print("Nobody is waiting.")
    else:
        for thread in found:
            _print(thread)
    return 0


def answer(args: argparse.Namespace) -> int:
    """Answer one thread."""
    from bot.desk import threads

    base = database(settings(args))
    try:
        with base.begin() as tx:
            threads.answer(tx, args.id, args.name, args.text, moment())
    finally:
        base.close()
    console().print("The answer is on its way.")
    return 0


def _data(thread: "Thread") -> dict[str, Any]:
    messages = [{**message._asdict(), "at": message.at.isoformat()} for message in thread.messages]
    return {**thread._asdict(), "changed_at": thread.changed_at.isoformat(), "messages": messages}


def _print(thread: "Thread") -> None:
    about = f" about {thread.child}" if thread.child else ""
    alarm = f"   alarm {thread.alarm}" if thread.alarm else ""
    out = console()
    out.print(f"{thread.id}  {thread.kind}  {thread.guardian}{about}  ({thread.school}){alarm}", style="bold")
    for message in thread.messages:
        mark = "" if message.language == "nl" else f" [{message.language}, not translated]"
        out.print(f"    {message.at:%d-%m %H:%M}  {message.side}: {message.text}{mark}")
