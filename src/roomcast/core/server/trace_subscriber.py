"""A subscriber that hands each command's trace to a function: `roomcast serve --show`, `roomcast.host(show=…)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from roomcast.core.protocol.messages import Done
from roomcast.core.room.command_trace import CommandTrace, CommandTracer
from roomcast.core.room.room import Room
from roomcast.core.server.failures import Failures


class TraceSubscriber:
    """Traces all commands of one room; `show` is called with each trace when it is finished.

    `show` is of the program that runs the server. Where it raises, that is reported, and the next trace is shown again.
    """

    every: Final = 1

    def __init__(self, room: Room, show: Callable[[CommandTrace], None], failures: Failures) -> None:
        self._show_trace = show
        self._failures = failures
        self._room = room.name
        self._tracer = CommandTracer(room.name, room.log, room.sessions)

    def received(self, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        self._tracer.received(seq, line, now, starter=starter)

    def flushed(self, after: int, upto: int, now: float) -> None:
        for trace in self._tracer.flushed(after, upto, now):
            self._show(trace)

    def reported(self, player: str, report: Done, now: float) -> bool:
        trace = self._tracer.reported(player, report, now)
        if trace is not None and trace.complete:
            self._show(trace)
        return trace is not None

    def sweep(self, now: float) -> None:
        for trace in self._tracer.expired(now):
            self._show(trace)

    def taken_out(self) -> None:
        """Nothing is shown of this room any more, until it is opened again."""

    def _show(self, trace: CommandTrace) -> None:
        try:
            self._show_trace(trace)
        except Exception as error:
            self._failures.add("a command could not be shown", self._room, error)
