"""A learner's program, in a process of its own: what it prints, what is typed into it, what its windows show."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from roomcast.learn.finding import Fault
from roomcast.learn.tracebacks import find_fault

_BOOTSTRAP: Final = Path(__file__).with_name("instrumented_run.py")
_TRIES, _AGAIN_AFTER = 50, 0.02  # times that a key is pressed until it arrives; seconds between two of them
_STARTS_WITHIN, _LOOK_EVERY = 10.0, 0.1  # seconds for a Python to start; between two looks whether it has ended
_MOST: Final = 200_000  # characters of output that are kept: a program may print without end
_ANSWERS_WITHIN: Final = 2.0  # seconds in which a window must answer; chapter 4's frozen window takes longer


class Frozen(Exception):
    """A window did not answer: the thread that runs it is busy or waits for something; or the window is closed."""


class LearnerProgram:
    """Starts at once; `close` ends it, whatever it does. Not for use by several threads."""

    def __init__(
        self,
        file: Path,
        arguments: tuple[str, ...] = (),
        *,
        windows: bool = False,
        folder: Path | None = None,
        python: str = sys.executable,
        environment: dict[str, str] | None = None,
        module: str = "",  # run this, and not the file
    ) -> None:
        self.file = file
        self._printed = ""  # stdout
        self._complained = ""  # stderr
        self._events: list[dict[str, Any]] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._told = threading.Condition()  # guards the four above
        self._asked = 0
        self._control: socket.socket | None = None
        self._killed = False
        self.window_closed = False  # it was to be asked something, and had closed its last window
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            words = [python, "-u", str(_BOOTSTRAP), str(port), "windows" if windows else "none"]
            words += ["-m", module] if module else [str(file)]
            self._process = subprocess.Popen(
                [*words, *arguments],
                cwd=folder or file.parent,
                env=os.environ | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
                | (environment or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that all it starts can be ended with it
            )  # fmt: skip
            self._threads = [
                threading.Thread(target=self._read, args=(self._process.stdout, "_printed"), daemon=True),
                threading.Thread(target=self._read, args=(self._process.stderr, "_complained"), daemon=True),
            ]
            try:
                for thread in self._threads:
                    thread.start()
                self._control = self._accept(listener)
            except BaseException:  # Ctrl-C, which the program is not sent: it is in a session of its own
                self.close()
                raise
        if self._control is None:
            return
        self._threads.append(threading.Thread(target=self._hear, args=(self._control,), daemon=True))
        self._threads[-1].start()

    def _accept(self, listener: socket.socket) -> socket.socket | None:
        """Its control connection; None for a Python that does not start: what it printed says why."""
        listener.settimeout(_LOOK_EVERY)
        until = time.monotonic() + _STARTS_WITHIN
        while True:
            ended = self._process.poll() is not None  # asked before the look
            with contextlib.suppress(TimeoutError):
                return listener.accept()[0]
            if ended or time.monotonic() >= until:
                return None

    # ------------------------------------------------------------------ what it does

    @property
    def lines(self) -> list[str]:
        """The whole lines that it has printed so far."""
        with self._told:
            return self._printed.split("\n")[:-1]

    @property
    def output(self) -> str:
        """All that it has printed, errors and the beginning of a line included; of much, the end."""
        with self._told:
            return self._printed + self._complained

    @property
    def listens_at(self) -> list[int]:
        """The ports on which it listens."""
        return [at[1] for at in self._places("listening")]

    @property
    def connects_to(self) -> list[tuple[str, int]]:
        """The addresses to which it has tried to connect."""
        return self._places("connecting")

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def fault(self) -> Fault | None:
        """The last exception that it showed, in whichever thread."""
        if self.exit_code is not None:
            for thread in self._threads[:2]:
                thread.join(1)
        with self._told:
            return find_fault(self._complained, self.file)

    def wait(self, within: float) -> int | None:
        """Wait for its end; the exit code, None where it runs on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within)
            for thread in self._threads[:2]:
                thread.join(within)
        return self.exit_code

    # ------------------------------------------------------------------ what is done to it

    def type(self, line: str) -> None:
        assert self._process.stdin
        with contextlib.suppress(OSError):  # it has ended: whoever waits for its answer will see that
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        if sys.platform != "win32":
            self._process.send_signal(signal.SIGINT)
        elif self._control is not None:  # Windows sends Ctrl-C to a whole console, ours included
            with contextlib.suppress(OSError):
                self._control.sendall(b'{"do": "interrupt"}\n')

    def kill(self) -> None:
        """At once, without a goodbye, with all that it started, also where it has ended before."""
        if sys.platform == "win32":
            self._process.kill()
        elif not self._killed:  # once: later, its number may be that of other processes
            with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter: macOS, where all have ended
                os.killpg(self._process.pid, signal.SIGKILL)
        self._killed = True
        self._process.wait()

    def close(self) -> None:
        """End it and free what it used; does nothing the second time."""
        self.kill()
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
            self._control.close()
        for thread in self._threads:
            thread.join(1)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    # ------------------------------------------------------------------ its windows

    def see(self) -> list[dict[str, Any]]:
        """Its windows, each with a title and canvases, which are lists of items. Raises `Frozen`."""
        answer = self._ask(do="see")
        return answer if isinstance(answer, list) else []

    def rgb(self, colour: str) -> tuple[int, ...] | None:
        """What Tk shows for the name of a colour, each of 0 to 65535; None where it knows none. Raises `Frozen`."""
        answer = self._ask(do="rgb", colour=colour)
        return tuple(answer) if isinstance(answer, list) else None

    def press(self, key: str) -> None:
        """Press a key in its first window: "Right", "c", "space". Raises `Frozen`."""
        for _ in range(_TRIES):
            if self._ask(do="press", key=key) is not False:
                return
            time.sleep(_AGAIN_AFTER)  # another window has the keyboard

    def click(self, x: int, y: int) -> None:
        """Click in its first canvas, at a place counted from its corner. Raises `Frozen`."""
        self._ask(do="click", x=x, y=y)

    def close_window(self) -> None:
        """As a click on the window's own button does; nothing where it is closed already. Raises `Frozen`."""
        try:
            self._ask(do="close")
        except Frozen:
            if not self.window_closed:
                raise

    def _ask(self, **request: object) -> object:
        """Have the thread that runs Tk do this. None where the program has ended. Raises `Frozen`."""
        with self._told:
            self._asked += 1
            number = self._asked
        if self._control is None or self.exit_code is not None:
            return None
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps({"id": number, **request}).encode() + b"\n")
        with self._told:
            answered = self._told.wait_for(
                lambda: number in self._answers or self._process.poll() is not None, _ANSWERS_WITHIN
            )
            if not answered:
                raise Frozen
            answer = self._answers.pop(number, {})
        if answer.get("closed"):
            self.window_closed = True
            raise Frozen
        return answer.get("is")

    # ------------------------------------------------------------------ in threads

    def _read(self, stream: Any, kind: str) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a piece may end inside a letter
        # Only here it can be closed: what left the program's group may hold it open, and a read waits for that.
        with contextlib.suppress(OSError, ValueError), stream:
            while piece := stream.read1(65536):
                text = decoder.decode(piece).replace("\r\n", "\n")
                with self._told:
                    setattr(self, kind, (getattr(self, kind) + text)[-_MOST:])
                    self._told.notify_all()

    def _hear(self, control: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), control.makefile(encoding="utf-8") as lines:
            for line in lines:
                message = json.loads(line)
                with self._told:
                    if "answer" in message:
                        self._answers[message["answer"]] = message
                    else:
                        self._events.append(message)
                    self._told.notify_all()

    def _places(self, event: str) -> list[tuple[str, int]]:
        with self._told:
            return [(one["at"][0], one["at"][1]) for one in self._events if one["event"] == event]
