"""`ouderbrug threads`: what waits for a person of the school, and the answer to it."""

import argparse
import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_config, add_json, console, database, days, moment, print_json, settings

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
    _register_answer(verbs)
    sent = verbs.add_parser(
        "media",
        help="a photo, a voice note or a file that a parent sent",
        description="Writes it into a file that only you can read. `threads list` shows the numbers.",
        epilog="examples:\n  ouderbrug threads media 12 --out voice.ogg",
        formatter_class=_PLAIN,
    )
    add_config(sent)
    sent.add_argument("id", type=int, help="the number of the photo, voice note or file")
    sent.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it; a new file")
    sent.set_defaults(run=media)
    _add_close(verbs)


def _add_close(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "close",
        help="nobody has to answer any more",
        description="Closes a thread without an answer: you called her, or she left. An open one is never erased.",
        epilog="examples:\n  ouderbrug threads close 12",
        formatter_class=_PLAIN,
    )
    add_config(parser)
    parser.add_argument("id", type=int, help="the number of the thread")
    parser.set_defaults(run=close)


def _register_answer(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    said = verbs.add_parser(
        "answer",
        help="answer a parent in Dutch",
        description="Sends an answer to the parent on the phone she wrote from. What is not translated says so.",
        epilog='examples:\n  ouderbrug threads answer 12 "Vrijdag om half negen, bij school." --name "juf Janneke"\n'
        '  ouderbrug threads answer 12 "Ik zoek het uit." --check-back 7d',
        formatter_class=_PLAIN,
    )
    add_config(said)
    said.add_argument("id", type=int, help="the number of the thread")
    said.add_argument("text", help="the answer, in Dutch")
    said.add_argument("--name", default="", help="who answers, as parents know her; by default the child's teacher")
    said.add_argument(
        "--check-back", type=days, default=0, metavar="DAYS", help="ask her after 7d whether her question is answered"
    )
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
            _print(thread, config.schools[thread.school].zone if thread.school in config.schools else UTC)
    return 0


def answer(args: argparse.Namespace) -> int:
    """Answer one thread."""
    from bot.booking import appointments
    from bot.desk import threads

    config = settings(args)
    base = database(config)
    try:
        with base.begin() as tx:
            threads.answer(tx, args.id, args.name, args.text, moment())
            if args.check_back:
                appointments.check_back(tx, config, args.id, args.check_back, moment())
    finally:
        base.close()
    console().print("The answer is on its way.")
    return 0


def close(args: argparse.Namespace) -> int:
    """Close one thread."""
    from bot.desk import threads

    base = database(settings(args))
    try:
        with base.begin() as tx:
            threads.close(tx, args.id, moment())
    finally:
        base.close()
    console().print(f"Thread {args.id} is closed.")
    return 0


def media(args: argparse.Namespace) -> int:
    """Write out one file that a parent sent."""
    from bot.desk import attached
    from bot.errors import BotError

    base = database(settings(args))
    try:
        with base.read() as tx:
            data = attached.open_file(tx, args.id)
    finally:
        base.close()
    try:
        with open(os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise BotError(f"{args.out}: there is a file already; it was left as it is") from None
    except OSError as error:
        raise BotError(f"{args.out}: {error.strerror}") from None
    console().print(f"{args.out}: {len(data)} bytes.")
    return 0


def _data(thread: "Thread") -> dict[str, Any]:
    messages = [
        {**_plain(message._asdict()), "media": [each._asdict() for each in message.media]}
        for message in thread.messages
    ]
    return {
        **_plain(thread._asdict()), "messages": messages,
        "call": _plain(thread.call._asdict()) if thread.call else None,
    }  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _print(thread: "Thread", zone: tzinfo) -> None:
    about = f" about {thread.child}" if thread.child else ""
    marks = f"   alarm {thread.alarm}" if thread.alarm else ""
    marks += "   overdue" if thread.overdue_at and thread.state == "open" else ""
    marks += f"   given to {thread.staff}" if thread.staff else ""
    out = console()
    out.print(f"{thread.id}  {thread.kind}  {thread.guardian}{about}  ({thread.school}){marks}", style="bold")
    if thread.undelivered:
        out.print(f"    not delivered: {thread.undelivered}; answer again, or give her a call", style="bold")
    for message in thread.messages:
        mark = "" if message.language == "nl" else f" [{message.language}, not translated]"
        sent = (each.line(f"ouderbrug threads media {each.id} --out FILE") for each in message.media)
        words = " ".join(filter(None, (message.text, *sent)))
        at = message.at.astimezone(zone)
        side = message.side if message.side != "given" else f"given to {message.staff or 'the teacher'}"
        out.print(f"    {at:%d-%m %H:%M}  {side}: {words}{mark if message.text else ''}", soft_wrap=True)
