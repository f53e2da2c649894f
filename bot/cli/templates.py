"""`ouderbrug templates`: the texts that may leave a day after a parent's last message, approved by WhatsApp."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.cli.common import add_config, add_json, catalogue, console, database, moment, print_json, settings

if TYPE_CHECKING:
    from bot.channels.base import Templates
    from bot.config import Config
    from bot.model import Form
    from bot.outbox.approval import Step
    from bot.store.database import Database

_PLAIN = argparse.RawDescriptionHelpFormatter
_WRONG = frozenset({"refused", "rejected", "paused", "disabled", "gone"})
_NEXT = {
    "new": "push it: ouderbrug templates push",
    "gone": "push it: ouderbrug templates push",
    "made": "push it: ouderbrug templates push",
    "pending": "wait for WhatsApp, a day at most; the bot asks every hour; to ask now: ouderbrug templates pull",
    "refused": "mend what it says, then: ouderbrug templates push",
    "rejected": "word it another way in locales/, then: ouderbrug templates push",
    "paused": "parents blocked or reported it; word it more kindly, then: ouderbrug templates push",
    "disabled": "word it another way in locales/, then: ouderbrug templates push",
}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("templates", help="texts that WhatsApp must approve beforehand")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, words, description, example in (
        (
            "push", push, "submit what is new or changed",
            "Makes every text that can leave a day after a parent's last words known to WhatsApp, in every language,\n"
            "and asks for its approval. It can be broken off and run again. The exit code is 1 where one is refused.",
            "ouderbrug templates push\n  ouderbrug templates push --json | jq '.steps[] | select(.new)'",
        ),
        (
            "pull", pull, "ask what became of them",
            "Asks WhatsApp which texts it has approved. The bot asks by itself every hour.",
            "ouderbrug templates pull\n  ouderbrug templates pull --json",
        ),
        (
            "status", status, "what is approved, what blocks, what to do next",
            "Shows every text with its state in each language, as the bot knows it; nothing is asked.\n"
            "Where a text is not approved, the parent gets a knock first, or an SMS.",
            "ouderbrug templates status\n  ouderbrug templates status --json | jq .texts",
        ),
    ):  # fmt: skip
        parser = verbs.add_parser(
            name, help=words, description=description, epilog=f"examples:\n  {example}", formatter_class=_PLAIN
        )
        add_config(parser)
        add_json(parser)
        parser.set_defaults(run=run)


class _Texts(NamedTuple):
    """The wordings that are to be approved, and the languages that are passed over."""

    forms: "Sequence[Form]"
    unknown: Sequence[str]


def _texts(config: "Config") -> _Texts:
    """Every text that can leave late, in every language that WhatsApp has templates for."""
    from bot.conversation import ready
    from bot.conversation.late import late
    from bot.desk.flows import read_folder
    from bot.outbox import forms, templates

    words = catalogue(config)
    library = read_folder(config.flows)
    keys = {key for flow in library.flows for key in late(flow)}
    keys |= {key for each in ready.read_folder(config.flows / "messages").values() for key in each.texts()}
    found = [form for form in forms.wanted(words, library.flows, keys) if form.language in templates.LANGUAGES]
    unknown = [language for language in words.languages if language not in templates.LANGUAGES]
    return _Texts(sorted(found, key=lambda form: (form.template, form.language, form.body)), unknown)


async def _providers(config: "Config", work: Any) -> None:
    """Do this with every channel whose provider approves texts. Raises ConfigError where there is none."""
    from bot.channels import drivers
    from bot.errors import ConfigError
    from bot.outbox.approval import open_to

    channels = drivers.make(config.channels, moment)
    try:
        asked = open_to(channels)
        if not asked:
            raise ConfigError('no channel needs templates: add [channels.whatsapp] with driver = "twilio"')
        for name, provider in asked.items():
            await work(name, provider)
    finally:
        for channel in channels.values():
            await channel.close()


def push(args: argparse.Namespace) -> int:
    """Submit what is new; 1 where something is refused or the provider cannot be reached."""
    from bot.errors import ChannelError

    config = settings(args)
    texts = _texts(config)
    base = database(config)
    steps: list[tuple[str, Step]] = []
    broken = ""
    try:
        asyncio.run(_push(config, base, texts.forms, steps, quiet=args.json))
    except ChannelError as error:
        broken = f"{error}; what was done is kept: run it again"
    finally:
        base.close()
    wrong = [(name, step) for name, step in steps if step.state in _WRONG]
    if args.json:
        shown = [
            {"channel": name, "key": step.form.template, "language": step.form.language, **_state(step)}
            for name, step in steps
        ]
        print_json({"steps": shown, "passed_over": list(texts.unknown), "broken_off": broken or None})
    else:
        _tell(steps, wrong, texts.unknown, broken)
    return int(bool(wrong or broken))


def _state(step: "Step") -> dict[str, Any]:
    return {"state": step.state, "new": step.new, "reason": step.reason or None}


async def _push(
    config: "Config", base: "Database", forms: "Sequence[Form]", steps: "list[tuple[str, Step]]", *, quiet: bool
) -> None:
    from rich.progress import Progress

    from bot.outbox.approval import push

    err = console(stderr=True)
    with Progress(console=err, disable=quiet or not err.is_terminal, transient=True) as progress:

        async def one(name: str, provider: "Templates") -> None:
            task = progress.add_task(f"templates of {name}", total=len(forms))
            async for step in push(base, name, provider, forms, moment):
                steps.append((name, step))
                progress.advance(task)

        await _providers(config, one)


def _tell(
    steps: "Sequence[tuple[str, Step]]", wrong: "Sequence[tuple[str, Step]]", unknown: Sequence[str], broken: str
) -> None:
    out = console()
    new = sum(step.new for _, step in steps)
    waiting = sum(step.state == "pending" for _, step in steps)
    approved = sum(step.state == "approved" for _, step in steps)
    out.print(f"{len(steps)} texts: {new} submitted now, {waiting} wait for WhatsApp, {approved} approved.")
    for _, step in wrong:
        out.print(f"{step.form.template} ({step.form.language}): {step.state}, {step.reason or 'without a reason'}")
        out.print(f"    {_NEXT[step.state]}")
    _passed_over(unknown)
    if broken:
        console(stderr=True).print(broken)


def _passed_over(unknown: Sequence[str]) -> None:
    if unknown:
        console().print(f"WhatsApp has no templates in {', '.join(unknown)}: those parents get the Dutch one.")


def pull(args: argparse.Namespace) -> int:
    """Ask what became of our templates."""
    from bot.errors import ChannelError
    from bot.outbox import approval

    config = settings(args)
    base = database(config)
    changed: dict[str, int] = {}

    async def one(name: str, provider: "Templates") -> None:
        changed[name] = await approval.pull(base, name, provider, moment())

    try:
        asyncio.run(_providers(config, one))
    except ChannelError as error:
        console(stderr=True).print(f"{error}; nothing was changed: try again later")
        return 1
    finally:
        base.close()
    if args.json:
        print_json({"changed": changed})
    else:
        console().print(", ".join(f"{name}: {count} changed" for name, count in changed.items()))
    return 0


def status(args: argparse.Namespace) -> int:
    """Show the states as the bot knows them; 1 where something is refused."""
    from bot.outbox import templates

    config = settings(args)
    texts = _texts(config)
    names = [name for name, channel in config.channels.items() if channel.driver == "twilio" and name == "whatsapp"]
    base = database(config)
    try:
        with base.read() as tx:
            known = {name: dict(templates.stored(tx, name)) for name in names or ["whatsapp"]}
    finally:
        base.close()
    rows = [_row(name, form, stored) for name, stored in known.items() for form in texts.forms]
    if args.json:
        print_json({"texts": rows, "passed_over": list(texts.unknown)})
    else:
        _show(rows)
        _passed_over(texts.unknown)
    return int(any(row["state"] in _WRONG for row in rows))


def _row(channel: str, form: "Form", stored: Mapping[str, Any]) -> dict[str, Any]:
    row = stored.get(form.key)
    state = row.state if row is not None else "new"
    return {
        "channel": channel, "key": form.template, "language": form.language, "state": state,
        "reason": row.reason if row is not None else None, "next": _NEXT.get(state),
    }  # fmt: skip


def _show(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    languages = list(dict.fromkeys(row["language"] for row in rows))
    table = Table("text", *languages, box=None, pad_edge=False)
    for key in dict.fromkeys(row["key"] for row in rows):
        states = {row["language"]: row["state"] for row in rows if row["key"] == key}
        table.add_row(key, *(states.get(language, "-") for language in languages))
    out = console()
    out.print(table)
    for row in rows:
        if row["state"] in _WRONG:
            out.print(f"{row['key']} ({row['language']}): {row['state']}, {row['reason'] or 'without a reason'}")
    for what in dict.fromkeys(row["next"] for row in rows if row["next"]):
        out.print(f"next: {what}")
