"""What a check works with: it starts the learner's file, waits for what should happen, and ends everything."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, Self, TypeVar

from roomcast.learn.finding import Finding, Missing
from roomcast.learn.learner_program import Frozen, LearnerProgram
from roomcast.learn.plain_friend import PlainFriend, friend_at

Seen = TypeVar("Seen")

_LOOK_EVERY: Final = 0.02  # seconds between two looks
_LAST_LINES: Final = 3  # lines of a program's output that a finding shows
_LONG: Final = 200  # characters of each


class OutOfTime(Exception):
    """The check as a whole has taken too long."""


class Bench:
    """`patience`: seconds in which a thing must happen; `starting`: … a program must be there; `limit`: … for all."""

    def __init__(self, file: Path, *, patience: float, starting: float, limit: float) -> None:
        self.file = file.absolute()
        self.patience = patience
        self.starting = starting
        self.programs: list[LearnerProgram] = []
        self._until = time.monotonic() + limit
        self._ends = ExitStack()

    # ------------------------------------------------------------------ what takes part

    def run(
        self,
        *arguments: str,
        windows: bool = False,
        folder: Path | None = None,
        python: str = sys.executable,
        environment: dict[str, str] | None = None,
        module: str = "",
    ) -> LearnerProgram:
        """Start the learner's file with these arguments, or a module instead of it.

        Raises `Missing` where it cannot open the window that it needs.
        """
        if windows and sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            raise Missing(
                Finding(
                    "There is no screen here to open a window on.",
                    tried="I looked for a screen (DISPLAY in the environment).",
                    saw="There is none: this terminal is on another computer, or on none with a screen.",
                    expected="a desktop, on which your program can open its window.",
                    hint="Run this check in a terminal on your desktop.",
                    of_file=False,
                )
            )
        program = LearnerProgram(
            self.file,
            arguments,
            windows=windows,
            folder=folder,
            python=python,
            environment=environment,
            module=module,
        )
        self._ends.callback(program.close)
        self.programs.append(program)
        return program

    def end(self, program: LearnerProgram) -> None:
        """End a program that is not needed any more: what becomes of it says nothing about the exercise."""
        self.programs.remove(program)
        program.close()

    def enter(self, thing: AbstractContextManager[Seen]) -> Seen:
        """Use this until the check ends."""
        return self._ends.enter_context(thing)

    def folder(self) -> Path:
        """A new, empty folder."""
        return Path(self.enter(tempfile.TemporaryDirectory(prefix="roomcast-", ignore_cleanup_errors=True)))

    def friend(self, name: str, port: int, *, reads_little: bool = False) -> PlainFriend:
        """A simulated friend who connects to the learner's server on a plain socket."""
        friend = self.wait(lambda: friend_at(name, port, reads_little=reads_little))
        if friend is None:
            self.missing(
                f"Your server does not let {name} in.",
                tried=f"{name} connected to port {port}.",
                saw="nobody accepted the connection.",
                expected="a server that accepts one player after the other, for as long as it runs.",
                hint="accept() gives one connection each time: call it again and again, in a loop.",
            )
        self._ends.callback(friend.close)
        return friend

    # ------------------------------------------------------------------ waiting, and what is missing

    def wait(self, condition: Callable[[], Seen | None], within: float | None = None) -> Seen | None:
        """What `condition` gives as soon as that is true; None where it is not within the bench's patience."""
        until = time.monotonic() + (self.patience if within is None else within)
        while True:
            late = time.monotonic() >= until
            if seen := condition():
                return seen
            if late:
                return None
            if time.monotonic() >= self._until:
                raise OutOfTime
            time.sleep(_LOOK_EVERY)

    def expect(
        self,
        condition: Callable[[], Seen | None],
        sentence: str | Callable[[], str],
        *,
        tried: str,
        saw: str | Callable[[], str],
        expected: str,
        hint: str,
        within: float | None = None,
    ) -> Seen:
        """What `condition` gives; where it gives nothing true in time, that is missing. Raises `Missing`."""

        def met_or_over() -> Seen | bool | None:
            return condition() or any(one.exit_code is not None for one in self.programs) or None

        try:
            self.wait(met_or_over, within)  # a program that has ended will do nothing more
            if seen := condition():
                return seen
        except Frozen:
            self.frozen(tried)
        sentence, saw = (words if isinstance(words, str) else words() for words in (sentence, saw))
        return self.missing(sentence, tried=tried, saw=saw, expected=expected, hint=hint)

    def missing(self, sentence: str, *, tried: str, saw: str, expected: str, hint: str) -> NoReturn:
        """Say that this is missing. An exception that the learner's program shows goes before all else."""
        for program in self.programs:
            if (fault := program.fault) is not None:
                ended = program.exit_code is not None
                what = (
                    "ends with an exception" if ended else "goes on, but one of its functions ended with an exception"
                )
                raise Missing(
                    Finding(
                        f"Your program {what}: {fault.error}",
                        tried=tried,
                        saw=f"line {fault.line} of {program.file.name}: {fault.code}" if fault.line else fault.error,
                        expected=expected,
                        hint=fault.meaning or hint,
                        fault=fault,
                    )
                )
        ended_early = next((one for one in self.programs if one.exit_code is not None), None)
        if ended_early is not None:
            saw += _last_of(ended_early, saw)
        raise Missing(Finding(sentence, tried, saw[:1].upper() + saw[1:], expected, hint))

    def frozen(self, tried: str) -> NoReturn:
        """Say that a window did not answer."""
        if any(one.window_closed for one in self.programs):
            self.missing(
                "Your window is closed, and your program goes on.",
                tried=tried,
                saw="there is no window any more.",
                expected="a window that stays open until somebody closes it.",
                hint="Something closes it: destroy(), quit() in the wrong place, or a key that does so.",
            )
        self.missing(
            "Your window is frozen.",
            tried=tried,
            saw="for two seconds the window answered nothing: no key, no redrawing.",
            expected="a window that answers at any time.",
            hint="Something in the thread that runs Tk waits: recv, input, sleep, a loop without end. Waiting belongs "
            "into a thread of its own, and what it gets into a queue, into which Tk looks by after().",
        )

    # ------------------------------------------------------------------ its end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ends.close()


def last_lines(program: LearnerProgram) -> str:
    """The last lines that a program printed, in one; of long ones, the beginning."""
    lines = program.output.strip().splitlines()[-_LAST_LINES:]
    return " / ".join(line if len(line) <= _LONG else f"{line[:_LONG]}…" for line in lines)


def _last_of(ended: LearnerProgram, saw: str) -> str:
    """What there is to say of a program that has ended, after what was said already."""
    last = last_lines(ended)
    if saw.endswith(last or "printed nothing."):
        return " Then it ended." if saw.endswith(".") else "; then it ended."
    if last:
        return f" Your program has ended; the last that it printed is: {last}"
    return " Your program has ended, without printing anything."
