"""`bot demo` as a process of its own."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bot.config import ROOT
from tests.fakes.server import free_port


@dataclass
class Demo:
    """The command, run in a folder of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    running: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "bot", "demo", "--port", str(self.port), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=environment, text=True, stdout=pipe, stderr=pipe)

    def start(self, *arguments: str) -> str:
        """Returns the line it prints once the page is there."""
        self.running = self.spawn(*arguments)
        assert self.running.stdout
        return self.running.stdout.readline()

    def stop(self) -> tuple[int, str]:
        """Ctrl-C; the exit code, and what it had to complain about."""
        assert self.running
        self.running.send_signal(signal.SIGINT)
        _, complaints = self.running.communicate(timeout=15)
        code, self.running = self.running.returncode, None
        return code, complaints

    def kill(self) -> None:
        """Whatever still runs ends now."""
        if self.running:
            self.running.kill()
            self.running.communicate()
