"""Tracing commands through their six steps: for `roomcast serve --show`, the demo, and the page /watch.

    1 acted        a player's program called a function
    2 sent         the client wrote it as a message
    3 received     the server read it and gave it its place in the order
    4 sent to all  the server wrote it to everyone in the room
    5 received     each client read it
    6 done         each client ran it

The server knows steps 3 and 4 by itself; the others are reported by clients that can (`done` on the wire): line clients
cannot. A room without subscribers is not traced, and pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from roomcast.core.protocol.messages import Do, Done
from roomcast.core.room.log import Log
from roomcast.core.room.session import Session

REPORT_WITHIN: Final = 1.0  # seconds that a trace waits for reports; then it is finished as it is
_MAX_OPEN: Final = 500  # commands traced at a time; beyond that they are not traced


@dataclass(slots=True)
class CommandTrace:
    """One command's trace. Times are in seconds on the server's monotonic clock, durations in milliseconds."""

    room: str
    seq: int
    by: str  # the sender's player id
    command: str
    arguments: str  # JSON text
    received_at: float
    came: bytes  # the message as it came, without the frame or the line's end around it
    starter: bool = False  # it came as a line of the starter protocol
    sent_at: float = 0.0
    went: bytes = b""  # the entry as it goes to each reader
    frame: tuple[int, int] | None = None  # messages and bytes of the frame in which it went; None: frames differed
    private: bool = False  # it went to some players only
    readers: tuple[str, ...] = ()  # player ids to whom it was sent
    silent: tuple[str, ...] = ()  # those among them who do not report (line clients)
    acted_to_sent: float | None = None  # ms, as the sender reports
    received: dict[str, float] = field(default_factory=dict)  # ms after sent_at, by player
    ran: dict[str, float] = field(default_factory=dict)  # ms from receiving to done, by player

    @property
    def complete(self) -> bool:
        return self.sent_at > 0 and len(self.ran) >= len(self.readers) - len(self.silent)


class CommandTracer:
    """Traces the commands of one room; methods return the traces that are finished.

    `every`: the sampling interval. Entries are traced whose seq can be divided by it.
    """

    def __init__(self, room: str, log: Log, sessions: Mapping[str, Session], every: int = 1) -> None:
        self.every = every
        self._room = room
        self._log = log
        self._sessions = sessions
        self._open: dict[int, CommandTrace] = {}  # by seq
        self._flushed = 0  # seq; what comes after it may not be committed yet, and is shown to nobody

    def received(self, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        """Step 3: the server has read a command and logged it."""
        if seq % self.every or len(self._open) >= _MAX_OPEN:
            return
        entry = self._log.entry(seq)
        assert isinstance(entry, Do)
        arguments = bytes(memoryview(entry.a)).decode()
        trace = CommandTrace(self._room, seq, entry.by, entry.c, arguments, now, line, starter)
        trace.private = entry.to is not None
        self._open[seq] = trace

    def flushed(self, after: int, upto: int, now: float) -> list[CommandTrace]:
        """Step 4: the server has written the entries after `after` to everyone."""
        self._flushed = upto
        log = self._log
        first = max(after + 1, log.first)  # of a huge flush, the first part is no longer kept
        traces = [self._open[seq] for seq in range(first, upto + 1) if seq in self._open]
        if not traces:
            return []
        private = log.private(after, upto)
        lines = log.lines(first - 1, upto)
        alone = upto == after + 1  # then also a private one has its frame for itself
        for trace in traces:
            own = private.get(trace.seq)
            here = [
                session
                for session in self._sessions.values()
                if session.peer is not None
                and (own is None or session.id in own.readers)
                and (session.secret or session.id != trace.by)
            ]
            trace.sent_at = now
            trace.went = lines[trace.seq - first] if own is None else own.line
            if alone:
                trace.frame = (1, len(trace.went))
            elif not private:
                trace.frame = (upto - after, sum(map(len, lines)) + len(lines) - 1) if first == after + 1 else None
            trace.readers = tuple(session.id for session in here)
            trace.silent = tuple(session.id for session in here if not session.secret)
        return [trace for trace in traces if self._finish_if_complete(trace)]

    def reported(self, player: str, report: Done, now: float) -> CommandTrace | None:
        """Steps 5 and 6 (and 2, from the sender): a client has run the entry. None: no trace waits for that report."""
        trace = self._open.get(report.s)
        if trace is None or player not in trace.readers or player in trace.ran:
            return None
        trace.ran[player] = report.ran
        trace.received[player] = max(0.0, (now - trace.sent_at) * 1000 - report.ran)
        if player == trace.by and report.sent is not None:
            trace.acted_to_sent = report.sent
        self._finish_if_complete(trace)
        return trace

    def expired(self, now: float) -> list[CommandTrace]:
        """The traces of flushed entries that have waited for reports long enough."""
        expired = [
            trace
            for trace in self._open.values()
            if trace.seq <= self._flushed and now - (trace.sent_at or trace.received_at) > REPORT_WITHIN
        ]
        for trace in expired:
            del self._open[trace.seq]
        return expired

    def _finish_if_complete(self, trace: CommandTrace) -> bool:
        if trace.complete:
            del self._open[trace.seq]
        return trace.complete
