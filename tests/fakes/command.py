"""The command line as a person uses it: a process of its own, with its own configuration and environment."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.store.sealed import Ring
from tests.fakes import warm

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = """
[schools.brug]
name = "De Brug"
urgent_phone = "030 123 45 67"
duty = ["sms:+31612009001", "sms:+31612009002"]
[schools.vaart]
name = "De Vaart"
[database]
url = "{url}"
[web]
port = {port}
[waits]
tick = 0.05
[channels.sms]
driver = "phone"
sender = "+31612000000"
api = "{api}"
"""


@dataclass(frozen=True)
class Command:
    """`python -m bot --config FILE ...` on this database."""

    config: Path
    environment: dict[str, str]

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        words = ("--config", str(self.config), *arguments)
        return warm.run(words, cwd=ROOT, env=self.environment, timeout=30)

    def json(self, *arguments: str) -> Any:
        """What the command prints for scripts."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def line(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bot", "--config", str(self.config), *arguments]


def on(url: str, ring: Ring, home: Path, *, port: int = 8000, api: str = "http://127.0.0.1:1") -> Command:
    """Commands for this database."""
    config = home / "config.toml"
    config.write_text(CONFIG.format(url=url, port=port, api=api), encoding="utf-8")
    secrets = {"BOT_KEYS": str(ring), "BOT_CHANNELS_SMS_TOKEN": "a token of this test"}
    return Command(config, {**os.environ, **secrets})
