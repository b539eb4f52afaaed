"""A terminal with a shell in it, as a learner has: typed into, and read."""

import os
import pty
import re
import signal
import subprocess
import termios
import threading
from typing import Self

from tests.networks import SPEAKING, Computer
from tests.waiting import wait_for

PROMPT = "\x1e$ "  # with a sign that no program prints, so that it is known when the shell waits
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[=>]|\r")
_WHERE, _HERE = "\x1b[6n", b"\x1b[1;1R"  # where is the cursor? In the first line


class Shell:
    """Bash in a terminal, on a computer of its own network."""

    def __init__(self, computer: Computer, folder: str, **environment: str) -> None:
        self._hand, self._screen = pty.openpty()
        termios.tcsetwinsize(self._hand, (40, 100))
        self.output = ""
        kept = ("PATH", "LANG", "VIRTUAL_ENV", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
        self._process = subprocess.Popen(
            computer.words("bash", "--noprofile", "--norc", "--noediting", "-i"),
            env={name: os.environ[name] for name in kept if name in os.environ}
            | {"TERM": "xterm-256color", "PYTHONUTF8": "1", "PS1": PROMPT, "HISTFILE": ""}
            | SPEAKING
            | environment,
            cwd=folder,
            stdin=self._screen,
            stdout=self._screen,
            stderr=self._screen,
            start_new_session=True,
            preexec_fn=self._take_terminal,
        )
        os.close(self._screen)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for_prompt()

    @staticmethod
    def _take_terminal() -> None:
        for one in signal.SIGINT, signal.SIGHUP:  # where the tests run under nohup, they have inherited to ignore it
            signal.signal(one, signal.SIG_DFL)
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # so that Ctrl-C, typed, is a signal to what runs there

    def _read(self) -> None:
        partial = b""
        while True:
            try:
                piece = os.read(self._hand, 65536)
            except OSError:  # the last one who had the terminal open has closed it
                return
            partial += piece
            whole = partial.decode(errors="ignore")
            partial = partial[len(whole.encode()) :]
            self.output += whole
            if _WHERE in whole:
                os.write(self._hand, _HERE)  # as terminals answer

    @property
    def text(self) -> str:
        """All that was written so far, without what is for the terminal alone."""
        return _SEQUENCE.sub("", self.output)

    def wait_for_prompt(self, within: float = 90.0) -> None:
        """Wait until nothing runs any more."""
        self._wait(lambda: self.text.endswith(PROMPT), within, "the shell waits for the next command")

    def wait_for_echo(self, typed: str, after: int) -> None:
        """Wait until the terminal shows what was typed: from then on, a prompt is a new one."""
        self._wait(lambda: typed in self.text[after:], 30.0, f"the terminal shows {typed!r}")

    def wait_for_question(self, words: str) -> None:
        """Wait until the program asks this, and its cursor stands behind it."""
        self._wait(lambda: self.text.rpartition("\n")[2].strip() == words, 30.0, f"{words!r} is asked")

    def type(self, line: str) -> None:
        os.write(self._hand, (line + "\n").encode())

    def press(self, keys: bytes) -> None:
        os.write(self._hand, keys)

    def read(self, line: str, after: int, within: float = 30.0) -> int:
        """Wait for a line like this in what was written after that place; the place after it.

        `…` stands for anything, and how many blanks there are does not matter.
        """
        words = [r"\s+".join(map(re.escape, part.split())) for part in line.strip().split("…")]
        wanted = re.compile(r"^(?:\^C)?[ \t]*" + "[^\n]*".join(words) + r"[ \t]*$", re.MULTILINE)

        def look() -> re.Match[str] | None:
            text = self.text
            goes_on = text[after:].partition("\n")[0].strip()  # a question, behind which more was written since
            return wanted.search(text, text.rfind("\n", 0, after) + 1 if goes_on else after)

        return self._wait(look, within, f"{line!r} is to be read").end()

    def _wait(self, condition, within, what):
        try:
            return wait_for(condition, within, what)
        except AssertionError as failure:
            failure.add_note(self.text[-3000:])
            raise

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGHUP)  # as a terminal does whose window is closed
        os.close(self._hand)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
