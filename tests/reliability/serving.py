"""A real server, `roomcast serve --keep`, on one port and one file through all its lives; and what is on its disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import msgspec

from roomcast.core.room.commit_log import Opened, OpenFailed
from roomcast.learn.free_port import free_port
from roomcast.storage.sqlite import SqliteStore
from tests.waiting import wait_for

ENDS_WITHIN = 60.0  # seconds, when it is asked to: on a quiet machine it takes one


class Serving:
    """Started by itself; `flags` are those of `roomcast serve`, `program` is a module that runs as `roomcast` does.

    What it prints goes nowhere, to an output that knows only ASCII.
    """

    def __init__(self, file: Path, *flags: str, program: str = "roomcast") -> None:
        self.port, self.starter_port = free_port(), free_port()
        ports = ["--port", str(self.port), "--starter-port", str(self.starter_port)]
        where = ["--host", "127.0.0.1", *ports, "--keep", str(file)]
        self._command = [sys.executable, "-m", program, "serve", *where, *flags]
        self.start()

    def start(self) -> None:
        """Start it, and return when it listens."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONIOENCODING": "ascii"}
        )
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if str(self.port) in line:
                threading.Thread(target=_drain, args=[self._process.stdout]).start()
                return
        raise SystemExit("the server did not start")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> float:
        """`kill -9`: it gets no chance to write anything down. Returns when (Unix time) the signal had gone out."""
        self._process.kill()
        killed_at = time.time()
        self._end()
        return killed_at

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        self._process.terminate()
        self._end()

    def stand_still(self) -> None:
        """As a laptop that sleeps."""
        self._process.send_signal(signal.SIGSTOP)

    def fail_next_flush(self) -> None:
        """Have a room fail; see `failing_server`."""
        self._process.send_signal(signal.SIGUSR1)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _end(self) -> None:
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise SystemExit(f"the server did not end within {ENDS_WITHIN:g} s when it was asked to") from None

    @property
    def pid(self) -> int:
        return self._process.pid

    def memory(self) -> int:
        """Bytes that the process has in memory (Linux)."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _drain(output: IO[str]) -> None:
    with output:
        for _ in output:
            pass


def log_on_disk(file: Path, room: str, *, whole: bool = True) -> list[bytes]:
    """Every entry of a room that is in the file, private ones in full, in order: a line each.

    `whole`: from seq 1 on; else from wherever the file begins.
    """
    store = SqliteStore(file, kept=10**9, kept_bytes=10**12, timeout=60.0)
    store.start(lambda: None)
    store.open(room)
    (event,) = wait_for(store.poll, within=120.0, what=f"{room} is read from {file}")
    store.close()
    if isinstance(event, OpenFailed):
        raise AssertionError(event.message)
    assert isinstance(event, Opened)
    saved = event.saved
    if saved is None:
        return []
    first = saved.last - len(saved.lines) + 1
    assert not whole or first == 1, "the log on disk has no beginning"
    lines = [saved.private.get(seq, line) for seq, line in enumerate(saved.lines, first)]
    seqs = [msgspec.json.decode(line)["s"] for line in lines]
    assert seqs == list(range(first, saved.last + 1)), "the log on disk has holes"
    return lines
