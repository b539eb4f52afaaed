"""A log with its feed, and readers of it, for tests of the feed."""

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import Do, Skipped
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.fold import EMPTY
from roomcast.core.room.log import Log, private_line
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.seats import Seats
from roomcast.core.room.starting_points import StartingPoints
from roomcast.core.room.wire_formats import JsonWire, LineWire
from roomcast.core.room.worlds import Worlds
from roomcast.storage.memory import MemoryCommitLog

JSON = JsonWire(lambda payload: payload + b"\n")
LINES = LineWire()


class Reader:
    """A connection that knows which entries it was given; `room` is how many bytes it takes before it is behind."""

    def __init__(self, table: "Table", player: str, seq: int = 0, wire: JsonWire | LineWire = JSON) -> None:
        self.table = table
        self.cursor = Cursor(self, wire, player, seq)  # type: ignore[arg-type]  # as much as is used
        self.session = table.seats.sessions.get(player) or table.seats.add(player, "", 0.0, player, 0)
        self.session.cursor = self.cursor
        self.writes: list[bytes] = []
        self.room = 10**9
        self.behind = False

    def write(self, data: bytes) -> bool:
        self.writes.append(data)
        if len(data) > self.room:
            self.behind = True
        return not self.behind

    def stop_reading(self) -> None:
        self.behind = True
        self.table.feed.fall_behind(self.cursor)

    def read_on(self) -> None:
        self.behind = False
        self.table.feed.resume(self.cursor)
        if self.table.feed.stranded:
            self.table.deliver(self.table.feed.flushed)

    def seqs(self) -> list[int | tuple[int, int]]:
        """The seqs of all entries written so far; what was skipped as a pair."""
        found: list[int | tuple[int, int]] = []
        for data in self.writes:
            for line in codec.lines_of(data):
                message = codec.decode_server(line)
                found.append((message.first, message.last) if isinstance(message, Skipped) else message.s)  # type: ignore[union-attr]
        return found


class Table:
    """A feed, its log, and readers around it."""

    def __init__(self, kept: int = 10_000, kept_bytes: int = 10**9) -> None:
        self.log = Log()
        self.commits = MemoryCommitLog("dots")
        self.seats = Seats("dots", Limits(), self.commits)
        self.feed = Feed(self.log, (kept, kept_bytes))
        self.starts = ReaderStarts(
            "dots", self.log, self.feed, self.seats, self.commits, StartingPoints(kept), Worlds(Limits())
        )

    def flush(self) -> None:
        """Commit all, and deliver it."""
        self.commits.committed = self.log.last
        self.deliver(self.log.last)

    def deliver(self, upto: int) -> None:
        self.starts.begin(upto, 0.0)
        self.feed.flush(upto)
        self.starts.start_again(EMPTY)

    def say(self, count: int = 1, by: str = "Ada", size: int = 1, to: tuple[str, ...] | None = None) -> None:
        for _ in range(count):
            entry = Do(self.log.last + 1, by, 0, "say", msgspec.Raw(codec.encode(["x" * size])), 1, to)
            line = codec.encode(entry)
            if to is None:
                self.log.append(entry.s, line)
            else:
                self.log.append(entry.s, codec.hidden(entry.s, entry.at), private_line(line))

    def reader(self, player: str = "Eve", wire: JsonWire | LineWire = JSON) -> Reader:
        """One who reads from now on."""
        reader = Reader(self, player, self.log.last, wire)
        self.feed.add(reader.cursor)
        return reader
