"""The six steps of a message's way, for those who want to watch: `roomcast serve --show`, the demo, the page /watch.

    1 acted        a player's program called a function
    2 sent         the client wrote it as a message
    3 received     the server read it and gave it its place in the order
    4 sent to all  the server wrote it to everyone in the room
    5 received     each client read it
    6 done         each client ran it

The server knows steps 3 and 4 by itself; for the others each client reports (`done` on the wire), where it
can: a starter client does not. Nothing of this costs anything in a room that nobody watches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from roomcast.core.protocol.messages import Do, Done

if TYPE_CHECKING:
    from roomcast.core.room.room import Room

PATIENCE: Final = 1.0  # seconds that we wait for reports, then show what there is
_MOST: Final = 500  # messages followed at a time; beyond that they pass unwatched


@dataclass(slots=True)
class CommandTrace:
    """One command's way. Times are in seconds on the server's clock, durations in milliseconds."""

    room: str
    seq: int
    by: str
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
    silent: tuple[str, ...] = ()  # those among them who do not report (starter clients)
    acted_to_sent: float | None = None  # ms, as the sender reports
    received: dict[str, float] = field(default_factory=dict)  # ms after sent_at, by player
    ran: dict[str, float] = field(default_factory=dict)  # ms from receiving to done, by player

    @property
    def complete(self) -> bool:
        return self.sent_at > 0 and len(self.ran) >= len(self.readers) - len(self.silent)


class CommandTracer:
    """Follows the commands of one room, and hands each to `show` when its way is complete."""

    every = 1  # of so many entries, one is followed: those whose seq can be divided by it

    def __init__(self, show: Callable[[CommandTrace], None]) -> None:
        self._show = show
        self._under_way: dict[int, CommandTrace] = {}

    def received(self, room: Room, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        """Step 3: the server has read a command and logged it."""
        if seq % self.every or len(self._under_way) >= _MOST:
            return
        entry = room.log.entry(seq)
        assert isinstance(entry, Do)
        arguments = bytes(memoryview(entry.a)).decode()
        self._under_way[seq] = CommandTrace(room.name, seq, entry.by, entry.c, arguments, now, line, starter)

    def flushed(self, room: Room, after: int, upto: int, now: float) -> None:
        """Step 4: the server has written the entries after `after` to everyone."""
        log = room.log
        first = max(after + 1, log.first)  # of a huge flush, the first part is no longer kept
        traces = [self._under_way[seq] for seq in range(first, upto + 1) if seq in self._under_way]
        if not traces:
            return
        private = log.private(after, upto)
        lines = log.lines(first - 1, upto)
        alone = upto == after + 1  # then also a private one has its frame for itself
        for trace in traces:
            entry = log.entry(trace.seq)
            audience = entry.to if isinstance(entry, Do) else None
            here = [
                session
                for session in room.sessions.values()
                if session.peer is not None
                and (audience is None or session.id in audience or session.id == trace.by)
                and (session.secret or session.id != trace.by)
            ]
            trace.sent_at = now
            trace.went = private.get(trace.seq) or lines[trace.seq - first]
            trace.private = audience is not None
            if alone:
                trace.frame = (1, len(trace.went))
            elif not private:
                trace.frame = (upto - after, sum(map(len, lines)) + len(lines) - 1) if first == after + 1 else None
            trace.readers = tuple(session.id for session in here)
            trace.silent = tuple(session.id for session in here if not session.secret)
            self._finish(trace)

    def done(self, player: str, report: Done, now: float) -> bool:
        """Steps 5 and 6 (and 2, from the sender): a client has run the entry. False: we did not ask for that."""
        trace = self._under_way.get(report.s)
        if trace is None or player not in trace.readers or player in trace.ran:
            return False
        trace.ran[player] = report.ran
        trace.received[player] = max(0.0, (now - trace.sent_at) * 1000 - report.ran)
        if player == trace.by and report.sent is not None:
            trace.acted_to_sent = report.sent
        self._finish(trace)
        return True

    def sweep(self, now: float) -> None:
        """Show those for whose reports we have waited long enough."""
        for trace in [trace for trace in self._under_way.values() if now - trace.received_at > PATIENCE]:
            self._finish(trace, late=True)

    def _finish(self, trace: CommandTrace, *, late: bool = False) -> None:
        if trace.complete or late:
            del self._under_way[trace.seq]
            self._show(trace)
