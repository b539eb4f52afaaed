"""Ctrl-C and SIGTERM as a flag that a loop can check, instead of an exception at any point."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any


class StopSignals:
    """True once SIGINT or SIGTERM has arrived; a second one raises KeyboardInterrupt.

    Use it in the main thread: `with StopSignals() as stop: … while not stop: …`
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __bool__(self) -> bool:
        return self._asked

    def __enter__(self) -> StopSignals:
        for one in (signal.SIGINT, signal.SIGTERM):
            self._before[one] = signal.signal(one, self._ask)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


def interrupt_by_ctrl_c() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt, as in every Python program: see roomcast_command.py."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def stopped_as_by_ctrl_c() -> Iterator[None]:
    """Within this, SIGTERM and the end of the terminal (SIGHUP) raise KeyboardInterrupt, too. In the main thread only.

    What is ignored already stays so, as under nohup.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    named = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {one: signal.signal(one, stop) for one in named if signal.getsignal(one) is signal.SIG_DFL}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
