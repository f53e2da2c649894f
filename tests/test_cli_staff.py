"""`ouderbrug staff`: who is on duty shows herself; a colleague's phone and hours, and who takes over from her."""

import asyncio
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from bot.model import Address
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import ROOT
from tests.fakes.telegram_case import BOT_TOKEN, opened
from tests.world import YEAR, World

HERS = Address("sms", "+31612000041")

CONFIG = """
[schools.brug]
name = "De Brug"
[channels.telegram]
driver = "telegram"
sender = "DeBrugBot"
api = "{api}"
"""


async def test_her_number_on_telegram_is_found_and_nothing_is_lost(tmp_path: Path) -> None:
    async with opened(tmp_path, hooked=False) as (api, telegram, _):
        (tmp_path / "config.toml").write_text(CONFIG.format(api=api))
        await telegram.say(700000301, "hallo")
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "--config", str(tmp_path / "config.toml"), "staff", "address", cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "BOT_CHANNELS_TELEGRAM_TOKEN": BOT_TOKEN},
        )  # fmt: skip
        assert asking.stderr
        word = re.search(r"DIENST-[0-9]{4}", (await asking.stderr.readline()).decode())
        assert word
        await telegram.say(700000302, f" {word[0].lower()} ")
        shown, _ = await asyncio.wait_for(asking.communicate(), 20)
        assert (asking.returncode, shown.decode()) == (0, "telegram:700000302\n")
        assert len(telegram.book.waiting) == 2, "the bot reads them when it starts"


async def test_a_phone_is_linked_shown_and_unlinked(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    shown = ouderbrug("staff", "link", "--school", "brug", "janneke")
    assert shown.returncode == 0, shown.stderr
    assert "hooguit een bericht per dag" in shown.stdout
    world.clock.move(datetime.now(UTC))  # a command looks at the real clock
    code = ouderbrug.json("staff", "link", "--school", "brug", "janneke")
    assert code["links"]["sms"].startswith("sms:+31612000000?body=START")
    with world.bot.database.begin() as tx:  # the world's clock may be ahead of the real one
        tx.execute(update(t.code).values(expires_at=world.clock() + timedelta(minutes=15)))
    assert await world.say(HERS, f"START {code['code']}") == ["collega.welkom"]
    listed = {each["key"]: each["linked"] for each in ouderbrug.json("staff", "list", "--school", "brug")}
    assert listed == {"janneke": True, "bas": False}
    assert HERS.value not in ouderbrug("staff", "list", "--school", "brug").stdout
    again = ouderbrug("staff", "link", "--school", "brug", "janneke")
    assert (again.returncode, again.stderr.count("\n"), "staff unlink janneke" in again.stderr) == (1, 1, True)
    assert "not reminded" in ouderbrug("staff", "unlink", "--school", "brug", "janneke").stdout
    assert "had no phone" in ouderbrug("staff", "unlink", "--school", "brug", "janneke").stdout


async def test_hours_are_set_day_by_day(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    hers = ("staff", "hours", "--school", "brug", "janneke")
    school = "di 08:00-17:00, do 08:00-17:00, vr 08:00-17:00"
    assert ouderbrug(*hers, "--ma", "8:30-16:30", "--wo", "vrij").stdout == f"juf Janneke: ma 08:30-16:30, {school}\n"
    assert ouderbrug(*hers, "--ma", "school").stdout == f"juf Janneke: ma 08:00-17:00, {school}\n"
    for wrong in ("8-16", "16:00-8:00", "8:00-25:00", "8:99-9:00"):
        refused = ouderbrug(*hers, "--ma", wrong)
        assert (refused.returncode, "8:00-16:30, or vrij, or school" in refused.stderr) == (2, True), wrong


async def test_who_leaves_names_who_takes_over(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    hers = ("staff", "leave", "--school", "brug", "--year", YEAR, "janneke")
    missing = ouderbrug(*hers)
    assert (missing.returncode, "add --to KEY; there are: bas" in missing.stderr) == (2, True)
    for dry_run in ((), ("--dry-run",)):
        herself = ouderbrug(*hers, "--to", "janneke", *dry_run)
        assert (herself.returncode, "name somebody else" in herself.stderr) == (1, True)
    dry = ouderbrug(*hers, "--to", "bas", "--dry-run")
    assert "juf Janneke would leave; meester Bas takes over:\n  groups: groep 4\n" in dry.stdout
    assert len(ouderbrug.json("staff", "list", "--school", "brug")) == 2
    assert "juf Janneke has left" in ouderbrug(*hers, "--to", "bas").stdout
    [bas] = ouderbrug.json("staff", "list", "--school", "brug", "--year", YEAR)
    assert bas["groups"] == ["groep 4", "groep 5"]
    assert ouderbrug(*hers, "--to", "bas").returncode == 1
