"""`ouderbrug service`: a unit that starts just this configuration, with few rights; and a proxy in front of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.routing import Route

from bot.__main__ import main
from bot.cli import units
from tests.world import World

CONFIG = """
[schools.brug]
name = "De Brug"
[database]
url = "{url}"
[web]
port = 8123
public_url = "https://bot.debrug.example"
[channels.sms]
driver = "twilio"
[channels.telegram]
driver = "telegram"
"""
POSTGRES = "postgresql+psycopg://ouderbrug@/ouderbrug"


def printed(home: Path, *words: str, url: str = "sqlite:///data/bot.db") -> int:
    file = home / "config.toml"
    file.write_text(CONFIG.format(url=url), encoding="utf-8")
    return main(["--config", str(file), "service", *words])


def test_the_unit_starts_this_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"ExecStart={sys.executable} -m bot --config {tmp_path}/config.toml run" in lines
    assert f"ReadWritePaths={tmp_path} {tmp_path}/data" in lines
    for name in ("BOT_CHANNELS_SMS_TOKEN", "BOT_CHANNELS_TELEGRAM_SECRET", "BOT_CHANNELS_TELEGRAM_TOKEN"):
        assert f"LoadCredential={name}:/etc/ouderbrug/secrets/{name}" in lines
        assert f"Environment={name}_FILE=%d/{name}" in lines
    wanted = {"RestartPreventExitStatus=2", "TimeoutStopSec=35", "NoNewPrivileges=yes", "ProtectSystem=strict"}
    assert wanted | {"Restart=on-failure", "User=ouderbrug"} <= set(lines)


def test_a_path_with_a_space_is_one_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "de brug 100%"
    home.mkdir()
    assert printed(home) == 0
    assert f'--config "{tmp_path}/de brug 100%%/config.toml" run' in capsys.readouterr().out


def test_parts_are_processes_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part, ends in (("web", "run --only web"), ("work", "run --only work --port 8124")):
        out = tmp_path / "units"
        assert printed(tmp_path, "--only", part, "--out", str(out), url=POSTGRES) == 0
        file = out / f"ouderbrug-{part}.service"
        assert capsys.readouterr().out == f"{file}\n"
        text = file.read_text(encoding="utf-8")
        assert [line for line in text.splitlines() if line.startswith("ExecStart=") and line.endswith(ends)]


def test_an_sqlite_file_belongs_to_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(tmp_path, "--only", "web") == 2
    assert "belongs to one process" in capsys.readouterr().err


@pytest.mark.parametrize("proxy", ["caddy", "nginx"])
def test_a_proxy_lets_hooks_and_pages_through_and_nothing_of_the_house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], proxy: str
) -> None:
    assert printed(tmp_path, "--proxy", proxy) == 0
    text = capsys.readouterr().out
    assert "bot.debrug.example" in text
    assert "127.0.0.1:8123" in text
    assert "hooks" in text
    assert "64" in text
    assert "console" in text, "the school's pages"
    assert "11" in text, "a file of 10 MB and what a form puts round it"
    assert not any(word in text for word in ("health", "metrics"))
    assert text.count("{") == text.count("}")


async def test_a_proxy_lets_through_whatever_is_served(world: World) -> None:
    served = {str(route.path).split("/")[1] for route in world.web().routes if isinstance(route, Route)}
    for lines in (units.CADDY, units.NGINX):
        assert not {each for each in served - {"health", "metrics"} if each not in lines}


def test_systemd_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    """Where systemd is: what it says of a unit goes to standard error."""
    assert printed(tmp_path, "--user", "root", "--out", str(tmp_path)) == 0
    unit = (tmp_path / "ouderbrug.service").read_text(encoding="utf-8")
    sections = [line for line in unit.splitlines() if line.startswith("[")]
    assert sections == ["[Unit]", "[Service]", "[Install]"]
    assert all("=" in line for line in unit.splitlines() if line and line[0] not in "[#")
    if verify := shutil.which("systemd-analyze"):
        done = subprocess.run(
            [verify, "verify", str(tmp_path / "ouderbrug.service")], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
