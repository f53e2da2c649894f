"""`bot demo` as a process of its own, forked from one that has imported everything."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes import warm
from tests.fakes.server import free_port

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

PATIENCE = 30.0


@dataclass
class Demo:
    """The command, run in a folder of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    running: "ForkServerProcess | None" = None
    starts: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def refused(self) -> "subprocess.CompletedProcess[str]":
        """The command where it ends by itself."""
        return warm.run(self._words(), cwd=self.folder, env=os.environ, timeout=PATIENCE)

    def start(self, *arguments: str) -> str:
        """Returns the line it prints once the page is there."""
        self.starts += 1
        out, err = self._file("out"), self._file("err")
        out.touch()
        self.running = warm.start(self._words(*arguments), out, err, cwd=self.folder, env=os.environ)
        late = time.monotonic() + PATIENCE
        while not (said := out.read_text(encoding="utf-8")).endswith("\n"):
            assert self.running.exitcode is None, err.read_text(encoding="utf-8")
            assert time.monotonic() < late, "the demo did not open"
            time.sleep(0.01)
        return said

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the exit code, and what it had to complain about."""
        assert self.running
        assert self.running.pid
        os.kill(self.running.pid, signal.SIGINT)
        self.running.join(PATIENCE)
        code, self.running = self.running.exitcode, None
        assert code is not None, "the demo did not close"
        return code, self._file("err").read_text(encoding="utf-8")

    def kill(self) -> None:
        """Whatever still runs ends now."""
        if self.running:
            self.running.kill()
            self.running.join()

    def _words(self, *arguments: str) -> list[str]:
        return ["demo", "--port", str(self.port), *arguments]

    def _file(self, kind: str) -> Path:
        return self.folder / f"demo-{self.starts}.{kind}"
