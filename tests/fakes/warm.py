"""Runs a command in a process of its own, forked from one that has imported everything: imports cost more than most."""

import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import alembic.command  # noqa: F401

import bot.app
import bot.web  # noqa: F401
from bot.__main__ import main
from bot.cli import parser
from bot.config import ROOT, Languages
from bot.translation.catalogue import Catalogue

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

parser()  # which imports a file per command
Catalogue.load(ROOT / "locales", offered=Languages().offered)  # which reads all texts
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([__name__])  # it only imports: whatever a command changes is gone with its process


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` does with text and both streams captured; nothing stands on standard input."""
    return _run(_command, arguments, cwd=cwd, env=env, timeout=timeout)


def run_copy(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """As `python -m` does with the code that lies in `cwd`: of ours nothing is imported yet, of others everything."""
    return _run(_module, arguments, cwd=cwd, env=env, timeout=timeout)


def start(arguments: Sequence[str], out: Path, err: Path, *, cwd: Path, env: Mapping[str, str]) -> "ForkServerProcess":
    """A command that goes on by itself; what it writes is added to these files."""
    return _start(_command, arguments, out, err, cwd=cwd, env=env)


def _run(
    work: Callable[[list[str]], int], arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    with TemporaryDirectory(prefix="ouderbrug-") as folder:
        files = Path(folder) / "out", Path(folder) / "err"
        process = _start(work, arguments, *files, cwd=cwd, env=env)
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        code = process.exitcode
        process.close()
        return subprocess.CompletedProcess(list(arguments), code, *(file.read_text() for file in files))


def _start(
    work: Callable[[list[str]], int], arguments: Sequence[str], *files: Path, cwd: Path, env: Mapping[str, str]
) -> "ForkServerProcess":
    process = _SERVER.Process(target=_begin, args=(work, list(arguments), cwd, dict(env), *files))
    process.start()
    return process


def _begin(
    work: Callable[[list[str]], int], arguments: list[str], cwd: Path, env: dict[str, str], *files: Path
) -> None:
    gc.freeze()  # what was imported before stays: nobody need look again and again whether it is still in use
    gc.set_threshold(20_000, 20, 20)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, file in enumerate(files, 1):
        with file.open("ab") as opened:
            os.dup2(opened.fileno(), number)
    sys.exit(work(arguments))


def _command(arguments: list[str]) -> int:
    return main(arguments)


def _module(arguments: list[str]) -> int:
    for name in [*sys.modules]:
        if name.partition(".")[0] in ("bot", "tests"):
            del sys.modules[name]
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = list(arguments)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    return 0
