"""`ouderbrug staff address`: who is on duty shows herself, before the bot can start."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.fakes.command import ROOT
from tests.fakes.telegram_case import BOT_TOKEN, opened

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
