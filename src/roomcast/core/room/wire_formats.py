"""The two ways in which entries are written: as JSON lines in frames, and as lines of the starter protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from roomcast.core.protocol import codec, line_protocol
from roomcast.core.protocol.messages import AnyEntry, Do, Skipped
from roomcast.core.room.connection import Connection, Group
from roomcast.core.room.log import Log, PrivateLine


class PlainGroup:
    """A group that writes to one connection after the other."""

    def __init__(self, connections: Iterable[Connection] = ()) -> None:
        self._connections = dict.fromkeys(connections)

    def add(self, connection: Connection, /) -> None:
        self._connections[connection] = None

    def discard(self, connection: Connection, /) -> None:
        self._connections.pop(connection, None)

    def __len__(self) -> int:
        return len(self._connections)

    def deliver(self, data: bytes, /) -> list[Connection]:
        return [connection for connection in self._connections if not connection.write(data)]


class JsonWire:
    """JSON lines, put into frames by `frame` (bytes of a payload → bytes to write)."""

    def __init__(self, frame: Callable[[bytes], bytes]) -> None:
        self._frame = frame

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, JsonViews | None]:
        common = self._frame(log.text(after, upto))
        private = log.private(after, upto) if log.private_lines else None
        return common, JsonViews(log.lines(after, upto), after, private, self.pack) if private else None

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        return self.pack([codec.encode(skipped)])

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return self._frame(b"\n".join(lines))

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        return PlainGroup(connections)


class JsonViews:
    """Private entries, in full to their readers and hidden to all others.

    Making all views takes time in proportion to what is sent: readers who see the same entries share one view.
    """

    def __init__(
        self, lines: list[bytes], after: int, private: dict[int, PrivateLine], pack: Callable[[list[bytes]], bytes]
    ) -> None:
        self._lines = lines
        self._full = lines.copy()
        self._pack = pack
        self._visible: dict[str, list[int]] = {}  # places of private entries, by who may read them
        self._made: dict[tuple[int, ...], bytes] = {}  # views, by the private entries in them
        by_readers: dict[frozenset[str], list[int]] = {}
        for seq, one in private.items():
            place = seq - after - 1
            self._full[place] = one.line
            by_readers.setdefault(one.readers, []).append(place)
        for readers, places in by_readers.items():
            for reader in readers:
                self._visible.setdefault(reader, []).extend(places)

    def get(self, player: str, common: bytes, /) -> bytes:
        places = self._visible.get(player)
        if places is None:
            return common
        key = tuple(places)
        view = self._made.get(key)
        if view is None:
            lines, full = self._lines.copy(), self._full
            for place in places:
                lines[place] = full[place]
            view = self._made[key] = self._pack(lines)
        return view


class LineWire:
    """Lines of the starter protocol: nobody is sent what it said itself."""

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, LineViews]:
        rendered = [(entry, line_protocol.render(entry)) for entry in log.entries(after, upto)]
        common = b"".join(line for entry, line in rendered if type(entry) is not Do or entry.to is None)
        return common, LineViews(rendered)

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        """The protocol has no message for it, but players must be announced before their commands."""
        others = (record.id for record in skipped.snapshot.players if record.id != player)
        return b"".join(map(line_protocol.new_player, others))

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return b"".join(lines)

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        return PlainGroup(connections)


class LineViews:
    """What the senders and the readers of private commands are sent."""

    def __init__(self, rendered: list[tuple[AnyEntry, bytes]]) -> None:
        self._rendered = rendered
        self._special: set[str] = set()
        for entry, _ in rendered:
            self._special.add(entry.by)
            if type(entry) is Do and entry.to is not None:
                self._special.update(entry.to)

    def get(self, player: str, common: bytes, /) -> bytes:
        if player not in self._special:
            return common
        return b"".join(
            line
            for entry, line in self._rendered
            if entry.by != player and (type(entry) is not Do or entry.to is None or player in entry.to)
        )
