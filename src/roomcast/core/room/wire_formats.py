"""The two ways in which entries are written: as JSON lines in frames, and as lines of the starter protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, cast

from roomcast.core.protocol import codec
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.messages import AnyEntry, Skipped, Tick
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

    def tick(self, at: int) -> bytes:
        return self.pack([codec.encode(Tick(at))])

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
        self._after = after
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

    def get(self, player: str, began: int, common: bytes, /) -> bytes:
        places = self._visible.get(player)
        if places is None:
            return common
        if began > self._after:
            places = [place for place in places if self._after + 1 + place > began]
            if not places:
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
    """Lines of the starter protocol: nobody is sent what it said itself, unless the dialect has echo."""

    def __init__(self, lines: LineCodec = STANDARD) -> None:
        self.lines = lines

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, LineViews]:
        rendered: list[_Rendered] = []
        private = log.private(after, upto)
        for seq, line in enumerate(log.lines(after, upto), after + 1):
            own = private.get(seq)
            text = line if own is None else own.line
            if codec.is_command(text) or codec.is_join(text):  # nothing else has words, and may be large
                entry = cast(AnyEntry, codec.decode_server(text))
                if words := self.lines.render(entry):
                    rendered.append((seq, entry.by, None if own is None else own.readers, words))
        common = b"".join(words for _, _, readers, words in rendered if readers is None)
        return common, LineViews(rendered, echo=self.lines.dialect.echo)

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        """The protocol has no message for it, but players must be announced before their commands."""
        others = (record.id for record in skipped.snapshot.players if record.id != player)
        return b"".join(map(self.lines.new_player, others))

    def tick(self, at: int) -> bytes:
        """The protocol has no message for it, and its programs no timers of the room."""
        return b""

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return b"".join(lines)

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        return PlainGroup(connections)


class LineViews:
    """What the senders and the readers of private commands are sent."""

    def __init__(self, rendered: list[_Rendered], *, echo: bool = False) -> None:
        self._rendered = rendered
        self._echo = echo
        self._special: set[str] = set() if echo else {by for _, by, _, _ in rendered}
        self._special.update(*{readers for _, _, readers, _ in rendered if readers is not None})

    def get(self, player: str, began: int, common: bytes, /) -> bytes:
        if player not in self._special:
            return common
        return b"".join(
            words
            for seq, by, readers, words in self._rendered
            if (self._echo or by != player) and (readers is None or (player in readers and seq > began))
        )


_Rendered: TypeAlias = tuple[int, str, frozenset[str] | None, bytes]
"""Its seq, who did it, who may read it (None: everyone), and how it reads."""
