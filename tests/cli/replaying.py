"""`roomcast replay`, as a program of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.cli.roomcast_program import ROOMCAST


class Replaying:
    """`roomcast replay`, running."""

    def __init__(self, *words: str | Path) -> None:
        where = ("--host", "127.0.0.1", "--port", "0", "--no-announce")
        self.process = subprocess.Popen(
            [ROOMCAST, "replay", *map(str, words), *where], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        self.lines: list[str] = []
        self.port = 0
        while not self.port and (line := self.process.stdout.readline()):
            self.lines.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            self.port = int(found[1]) if found else 0
        self.address = f"127.0.0.1:{self.port}/dots"

    def end(self) -> str:
        """As Ctrl-C; returns what it has printed since."""
        self.process.terminate()
        return self.process.communicate(timeout=60)[0]
