"""Real programs, each in a process of its own, and what they print."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.waiting import PATIENCE, wait_for

TOP = Path(__file__).resolve().parent.parent
EXAMPLES = TOP / "examples"


def is_running(process: int) -> bool:
    """Whether a process of this id runs, be it a child of ours or not.

    A process that has ended keeps its id until its parent asks for its exit code, which nobody may ever do.
    """
    try:
        os.kill(process, 0)
        if not Path("/proc/self/stat").exists():  # no Linux
            return True
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


class Program:
    """A Python program that runs while its `with` block does, and ends with it.

    Program(EXAMPLES / "starter/server.py", "0", DISPLAY=":7")

    With `typed`, it reads what `type` types; else its input is empty. A program in another language says `by` what
    it is run. With `group`, what it starts ends with it, also when it is killed: a browser.
    """

    def __init__(
        self,
        script: Path,
        *args: str,
        typed: bool = False,
        by: tuple[str, ...] | None = None,
        group: bool = False,
        **environment: str,
    ) -> None:
        self._name = script.name
        self._group = group
        self.lines: list[str] = []  # what it printed so far, errors included
        self._process = subprocess.Popen(
            [*((sys.executable,) if by is None else by), str(script), *args],
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"} | environment,
            stdin=subprocess.PIPE if typed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=group,
        )
        self._collector = threading.Thread(target=self._collect)
        self._collector.start()

    def _collect(self) -> None:
        assert self._process.stdout
        with self._process.stdout as output:
            for line in output:
                self.lines.append(line.rstrip("\n"))

    def line(self, start: str, within: float = PATIENCE) -> str:
        """Wait for a line that starts with `start`, and return the rest of it."""

        def look() -> str | None:
            ended = self._process.poll() is not None
            if ended:
                self._collector.join()
            found = next((line for line in self.lines if line.startswith(start)), None)
            assert found is not None or not ended, f"{self._name} ended and never printed {start!r}"
            return found

        try:
            found = wait_for(look, within, f"{self._name} prints a line that starts with {start!r}")
        except AssertionError as failure:
            failure.add_note("It printed:\n  " + "\n  ".join(self.lines))
            raise
        assert found
        return found.removeprefix(start)

    def all_lines(self, start: str) -> list[str]:
        """The rests of all lines so far that start with `start`."""
        return [line.removeprefix(start) for line in list(self.lines) if line.startswith(start)]

    def type(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end_input(self) -> None:
        """As Ctrl-D does."""
        if self._process.stdin:
            self._process.stdin.close()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """At once, as a crash would."""
        if self._group:
            with suppress(ProcessLookupError):  # all have ended
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self.wait()

    def stop(self) -> None:
        if self._group:
            self.kill()  # what it has started may be there when it has ended
        self._process.terminate()
        self.wait()

    def wait(self, within: float = PATIENCE) -> int:
        """Wait until it ends by itself; its exit code."""
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"{self._name} did not end within {within:g} seconds") from None
        finally:
            self._collector.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_input()
        self.stop()
