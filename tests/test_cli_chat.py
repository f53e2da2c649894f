"""`bot chat` as an author uses it: typed lines in, a conversation out, and a transcript that can be played again."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot import config
from bot.check.performance import Player, perform, roles
from bot.check.transcript import parse
from bot.cli.chat import open_stage

ROOT = Path(__file__).resolve().parent.parent


def chat(script: str, *options: str, code: int = 0) -> str:
    """The output of one chat."""
    command = [sys.executable, "-m", "bot", "--config", str(ROOT / "config.toml"), "chat", *options]
    done = subprocess.run(command, input=script, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_a_script_reads_as_a_conversation() -> None:
    said = chat(
        "kw\n/tap 2\n/tap 9\n/fly\n/later soon\n", "--flow", "menu", "--language", "nl", "--channel", "telegram"
    )
    assert "  [2] Vraag aan school" in said
    assert "ma 23-11 16:00 › kw" in said
    assert "Schrijf uw vraag" in said
    assert "there is nothing to tap" in said or "a number from 1 to" in said
    assert "/later 7d lets time pass" in said
    assert "'soon' is no length of time" in said


def test_on_sms_options_are_numbers_and_cannot_be_tapped() -> None:
    said = chat("/tap 1\n/quit\n1\n", "--flow", "menu", "--language", "ar", "--channel", "sms")
    assert "  1 " in said
    assert "[1]" not in said
    assert "there is nothing to tap" in said
    assert "› 1" not in said


def test_time_passes_and_the_plan_comes(tmp_path: Path) -> None:
    file = tmp_path / "plan.chat"
    said = chat("voorlezen\n1\n2\n19:30\n/later 7d\n3\n", "--record", str(file))
    assert "ma 30-11 16:00 › 3" in said
    lines = parse(file.read_text(encoding="utf-8"), file.name).lines
    assert [line.text for line in lines if line.kind == "<"][-3:] == [
        "voorlezen.herinnering",
        "voorlezen.hoe_vaak",
        "voorlezen.goed",
    ]


def test_a_new_parent_holds_a_letter_with_her_code() -> None:
    assert "Her letter says: " in chat("hallo\n", "--new")


def test_what_is_wrong_is_said_in_one_line() -> None:
    assert "there is no flow 'thee'" in chat("", "--flow", "thee", code=1)
    assert "'xx' is not offered" in chat("", "--language", "xx", code=2)
    assert "there is no such folder" in chat("", "--record", "nowhere/talk.chat", code=1)


def test_a_recording_can_be_played_again(tmp_path: Path) -> None:
    file = tmp_path / "menu.chat"
    chat("/tap 2\nWanneer is de studiedag?\n", "--flow", "menu", "--record", str(file))
    recorded = parse(file.read_text(encoding="utf-8"), file.name)
    assert [line.kind for line in recorded.lines] == ["<", ">", "<", ">", "<"]

    async def play() -> list[str]:
        async with open_stage(config.load(ROOT / "config.toml", {})) as stage:
            casting = roles(recorded, ("nl",), ("whatsapp",))
            parents = await stage.cast([role for role, _ in casting])
            players = [Player(parent, way) for parent, (_, way) in zip(parents, casting, strict=True)]
            return [str(each) for each in await perform(stage, recorded, players)]

    assert asyncio.run(play()) == []


MENU = "[voorlezen mens afwezig weten gesprek aanbod taal kanaal mijn_gegevens]"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("menu.wat", "menu.iets", f"expected menu.iets {MENU}, found menu.wat"),
        (MENU, "[mens voorlezen weten taal kanaal]", f"found menu.wat {MENU}"),
        ("= started", "= done", "expected = done, found started"),
        ("# thread none", "# thread mens 1", "expected thread mens 1, found thread none"),
        ("< mens.wat", "~ 1m", "expected silence, found mens.wat"),
    ],
)
async def test_a_transcript_that_is_not_true_is_found_out(before: str, after: str, message: str) -> None:
    source = f"flow menu\n< menu.wat {MENU}\n> 2\n< mens.wat            # thread none\n= started\n"
    spoilt = parse(source.replace(before, after), "menu.chat")
    async with open_stage(config.load(ROOT / "config.toml", {})) as stage:
        casting = roles(spoilt, ("nl",), ("sms",))
        parents = await stage.cast([role for role, _ in casting])
        players = [Player(parent, way) for parent, (_, way) in zip(parents, casting, strict=True)]
        found = [str(each) for each in await perform(stage, spoilt, players)]
    assert len(found) >= len(players)
    assert any(message in each for each in found), found
