"""Ctrl-C and SIGTERM as a question that a loop asks itself, instead of an exception out of nowhere."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any


class StopSignals:
    """True once somebody wants this program to end. A second Ctrl-C does not wait: KeyboardInterrupt.

    Use it in the main thread: `with StopSignals() as ending: … while not ending: …`
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
