"""A server to measure: on its own core, without limits; its processor time, memory and run delay."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from roomcast.errors import CannotServe

# Lift every limit that would throttle the load: few players send much, all from one address.
NO_LIMITS: Final = (
    *("--room-players", "1000000", "--connections", "1000000", "--connections-address", "1000000"),
    *("--rate", "1e9", "--burst", "1000000000", "--address-time", "1e6"),
)
_END_WITHIN: Final = 5.0  # seconds


class MeasuredServer:
    """A running server. `pid` is None where it runs on another computer or was started by somebody else."""

    def __init__(self, url: str, pid: int | None) -> None:
        self.url = url
        self.pid = pid

    def processor_time(self) -> tuple[float, float] | None:
        """Seconds so far, in user mode and in the kernel; None where it is not known."""
        text = self._read("stat")
        if text is None:
            return None
        fields = text.rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return int(fields[11]) / ticks, int(fields[12]) / ticks

    def run_delay(self) -> float:
        """Seconds so far that it was runnable while another program had its core; 0 where that is not known."""
        return run_delay(self.pid) if self.pid else 0.0

    def memory(self) -> int | None:
        """ObservedPlayer bytes; None where it is not known."""
        text = self._read("statm")
        return None if text is None else int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _read(self, name: str) -> str | None:
        try:
            return Path(f"/proc/{self.pid}/{name}").read_text(encoding="ascii") if self.pid else None
        except OSError:
            return None  # no Linux, or it has ended


def run_delay(pid: int | str) -> float:
    """Seconds that the first thread of a process was runnable while another had the core; 0 where that is not known."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def cores() -> list[int]:
    """The cores that this process may use; [] where the system does not let one choose."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@contextmanager
def serving(arguments: Sequence[str] = (), *, limits: Sequence[str] = NO_LIMITS) -> Iterator[MeasuredServer]:
    """Run a server on the first core with these flags of `roomcast serve`, until the end of the block.

    `limits` are flags, too; pass () for the default limits. Raises `CannotServe` with what the server printed.
    """
    command = [sys.executable, "-P", "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", "0", "--no-starter"]
    have = cores()
    if len(have) > 1:  # inherited by the server; this process gets all cores back below
        os.sched_setaffinity(0, have[:1])
    with tempfile.TemporaryFile("w+") as errors:  # not a pipe: nobody reads it while the server runs
        try:
            process = subprocess.Popen(
                [*command, *limits, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        finally:
            if len(have) > 1:
                os.sched_setaffinity(0, have)
        try:
            yield MeasuredServer(_url_of(process, errors), process.pid)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=_END_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _url_of(process: subprocess.Popen[str], errors: IO[str]) -> str:
    """The address that the server prints."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"127\.0\.0\.1:(\d+)", line):
            return f"ws://127.0.0.1:{found[1]}/"
    errors.seek(0)
    raise CannotServe(f"the server to measure did not start: {errors.read().strip() or 'it said nothing'}")
