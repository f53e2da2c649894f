"""Runs a command in a process of its own, forked from one that has imported everything: imports cost more than most."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import bot.app
import bot.web  # noqa: F401
from bot.__main__ import main
from bot.cli import parser

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

parser()  # which imports a file per command
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([__name__])  # it only imports: whatever a command changes is gone with its process


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` does with text and both streams captured; nothing stands on standard input."""
    with TemporaryDirectory(prefix="ouderbrug-") as folder:
        files = Path(folder) / "out", Path(folder) / "err"
        process = start(arguments, *files, cwd=cwd, env=env)
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        code = process.exitcode
        process.close()
        return subprocess.CompletedProcess(list(arguments), code, *(file.read_text() for file in files))


def start(arguments: Sequence[str], out: Path, err: Path, *, cwd: Path, env: Mapping[str, str]) -> "ForkServerProcess":
    """A command that goes on by itself; what it writes is added to these files."""
    process = _SERVER.Process(target=_command, args=(list(arguments), cwd, dict(env), out, err))
    process.start()
    return process


def _command(arguments: list[str], cwd: Path, env: dict[str, str], *files: Path) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, file in enumerate(files, 1):
        with file.open("ab") as opened:
            os.dup2(opened.fileno(), number)
    sys.exit(main(arguments))
