"""`ouderbrug templates` in a process of its own, against the stand-in of Twilio: push, pull, status."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

import pytest

from bot import config
from bot.cli.templates import _texts
from bot.conversation import ready
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.fakes.server import serving
from tests.fakes.twilio import ACCOUNT, TOKEN, WHATSAPP, Twilio
from tests.fakes.twilio_rules import Rules

TEXTS = 129
COUNTED = 2 * 1 + 3 + 4  # two of them count: a wording more in Dutch, three and four in Arabic
MESSAGES = sum(len(each.texts()) for each in ready.read_folder(config.ROOT / "flows" / "messages").values())
_MORE = """
[languages]
offered = ["nl", "ar"]
[channels.whatsapp]
driver = "twilio"
sender = "{sender}"
account = "{account}"
api = "{api}"
"""


class Office(NamedTuple):
    """Twilio, and the command line of a school that uses it."""

    twilio: Twilio
    ouderbrug: Command

    async def run(self, *arguments: str) -> "CompletedProcess[str]":
        return await asyncio.to_thread(self.ouderbrug, "templates", *arguments)


@pytest.fixture
async def office(sqlite_url: str, ring: Ring, tmp_path: Path) -> AsyncIterator[Office]:
    twilio = Twilio(tmp_path / "twilio.jsonl", hooks="http://127.0.0.1:1", rules=Rules())
    async with serving(twilio.app()) as api:
        ouderbrug = command.on(sqlite_url, ring, tmp_path)
        table = _MORE.format(sender=WHATSAPP, account=ACCOUNT, api=api)
        ouderbrug.config.write_text(ouderbrug.config.read_text(encoding="utf-8") + table, encoding="utf-8")
        yield Office(twilio, Command(ouderbrug.config, {**ouderbrug.environment, "BOT_CHANNELS_WHATSAPP_TOKEN": TOKEN}))


async def test_push_pull_status(office: Office) -> None:
    pushed = await office.run("push")
    assert (pushed.returncode, pushed.stderr) == (0, "")
    contents = office.twilio.book.contents
    many = 2 * (TEXTS + MESSAGES) + COUNTED
    assert f"{many} texts: {many} submitted now" in pushed.stdout
    assert len(contents) == many
    assert any("bericht.school_dicht" in each.request["friendly_name"] for each in contents.values())
    assert {each.category for each in contents.values()} == {"UTILITY"}

    again = json.loads((await office.run("push", "--json")).stdout)
    assert [each["new"] for each in again["steps"]] == [False] * many
    assert len(contents) == many, "a second push makes nothing"

    office.twilio.approve()
    refused = next(sid for sid, each in contents.items() if "klop.vraag" in each.request["friendly_name"])
    office.twilio.decide(refused, "rejected", reason="It says too little")
    pulled = await office.run("pull", "--json")
    assert json.loads(pulled.stdout) == {"changed": {"whatsapp": many}}
    shown = await office.run("status")
    assert shown.returncode == 1
    assert "It says too little" in shown.stdout
    assert "word it another way" in shown.stdout


async def test_a_provider_out_of_reach(office: Office, tmp_path: Path) -> None:
    text = office.ouderbrug.config.read_text(encoding="utf-8")
    office.ouderbrug.config.write_text(text[: text.rindex("api = ")] + 'api = "http://127.0.0.1:1"\n', encoding="utf-8")
    pushed, pulled = await office.run("push", "--json"), await office.run("pull")
    assert (pushed.returncode, pulled.returncode) == (1, 1)
    assert "run it again" in json.loads(pushed.stdout)["broken_off"]
    assert "try again later" in pulled.stderr


async def test_what_is_wrong_with_the_configuration_is_one_line(office: Office) -> None:
    wrong = Command(office.ouderbrug.config, {**office.ouderbrug.environment, "BOT_CHANNELS_WHATSAPP_TOKEN": "x" * 32})
    done = await asyncio.to_thread(wrong, "templates", "push")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_without_whatsapp_there_is_nothing_to_push(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    done = command.on(sqlite_url, ring, tmp_path)("templates", "push")
    assert (done.returncode, done.stdout) == (2, "")
    assert "[channels.whatsapp]" in done.stderr


def test_languages_that_whatsapp_has_no_templates_for_are_passed_over(tmp_path: Path) -> None:
    dutch = (config.ROOT / "locales" / "nl.po").read_text(encoding="utf-8")
    for language in ("nl", "so"):
        (tmp_path / f"{language}.po").write_text(dutch.replace('msgstr ""', 'msgstr "x"', 0), encoding="utf-8")
    settings = config.load(config.ROOT / "config.toml", {})
    found = _texts(replace(settings, locales=tmp_path, languages=config.Languages(("nl", "so"))))
    assert found.unknown == ["so"]
    assert {form.language for form in found.forms} == {"nl"}
