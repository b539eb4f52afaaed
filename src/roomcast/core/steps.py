"""The six steps of a message's way, for those who want to watch: `roomcast serve --show`, the demo.

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

from roomcast.core.messages import Do, Done

if TYPE_CHECKING:
    from roomcast.core.room import Room

PATIENCE: Final = 1.0  # seconds that we wait for reports, then show what there is
_MOST: Final = 500  # messages followed at a time; beyond that they pass unwatched


@dataclass(slots=True)
class Way:
    """One command's way. Times are in seconds on the server's clock, durations in milliseconds."""

    room: str
    seq: int
    by: str
    command: str
    arguments: str  # JSON text
    received_at: float
    received_bytes: int  # of the message as it came
    sent_at: float = 0.0
    sent_bytes: int = 0  # of the entry as it goes to each reader
    readers: tuple[str, ...] = ()  # player ids to whom it was sent
    silent: tuple[str, ...] = ()  # those among them who do not report (starter clients)
    acted_to_sent: float | None = None  # ms, as the sender reports
    received: dict[str, float] = field(default_factory=dict)  # ms after sent_at, by player
    ran: dict[str, float] = field(default_factory=dict)  # ms from receiving to done, by player

    @property
    def complete(self) -> bool:
        return self.sent_at > 0 and len(self.ran) >= len(self.readers) - len(self.silent)


class Watcher:
    """Follows commands through a server, and hands each to `show` when its way is complete."""

    def __init__(self, show: Callable[[Way], None]) -> None:
        self._show = show
        self._under_way: dict[tuple[str, int], Way] = {}

    def received(self, room: Room, seq: int, size: int, now: float) -> None:
        """Step 3: the server has read a command of `size` bytes and logged it."""
        (entry,) = room.log.entries(seq - 1, seq)
        if isinstance(entry, Do) and len(self._under_way) < _MOST:
            arguments = bytes(memoryview(entry.a)).decode()
            self._under_way[room.name, seq] = Way(room.name, seq, entry.by, entry.c, arguments, now, size)

    def flushed(self, room: Room, after: int, upto: int, now: float) -> None:
        """Step 4: the server has written the entries after `after` to everyone."""
        log = room.log
        for seq in range(max(after + 1, log.first), upto + 1):  # of a huge flush, the first part is no longer kept
            way = self._under_way.get((room.name, seq))
            if way is None:
                continue
            (entry,) = log.entries(seq - 1, seq)
            audience = entry.to if isinstance(entry, Do) else None
            here = [
                session
                for session in room.sessions.values()
                if session.holder is not None
                and (audience is None or session.id in audience or session.id == way.by)
                and (session.secret or session.id != way.by)
            ]
            way.sent_at = now
            way.sent_bytes = len(log.private(seq - 1, seq).get(seq) or log.lines(seq - 1, seq)[0])
            way.readers = tuple(session.id for session in here)
            way.silent = tuple(session.id for session in here if not session.secret)
            self._finish(way)

    def done(self, room: Room, player: str, report: Done, now: float) -> None:
        """Steps 5 and 6 (and 2, from the sender): a client has run the entry."""
        way = self._under_way.get((room.name, report.s))
        if way is None or player not in way.readers:
            return
        way.ran[player] = report.ran
        way.received[player] = max(0.0, (now - way.sent_at) * 1000 - report.ran)
        if player == way.by and report.sent is not None:
            way.acted_to_sent = report.sent
        self._finish(way)

    def sweep(self, now: float) -> None:
        """Show those for whose reports we have waited long enough."""
        for way in [way for way in self._under_way.values() if now - way.received_at > PATIENCE]:
            self._finish(way, late=True)

    def _finish(self, way: Way, *, late: bool = False) -> None:
        if way.complete or late:
            del self._under_way[way.room, way.seq]
            self._show(way)
