"""What drivers and connections need of an event loop: the time, and functions that are called later.

A real server uses `AsyncioScheduler`. A simulation has one of its own, on simulated time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol


class Handle(Protocol):
    """A call that has been scheduled."""

    def cancel(self) -> object:
        """Do not make the call; does nothing where it was made."""
        ...


class Scheduler(Protocol):
    """An event loop, as far as the server needs one. All calls are made in its thread, and one after the other."""

    def now(self) -> float:
        """Monotonic time in seconds. Differences count; the starting point is arbitrary."""
        ...

    def call_soon(self, call: Callable[..., object], /, *args: Any) -> Handle:
        """Call once whatever runs now has returned, in the order of these requests."""
        ...

    def call_later(self, delay: float, call: Callable[..., object], /, *args: Any) -> Handle:
        """Call `delay` seconds from now, or as soon after that as the computer runs."""
        ...


class AsyncioScheduler:
    """A scheduler on an asyncio event loop: the loop's own methods, without a detour."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.now = monotonic  # `loop.time` of uvloop is cached, and of whole milliseconds
        self.call_soon = loop.call_soon
        self.call_later = loop.call_later
