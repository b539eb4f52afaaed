"""The two ways in which entries are written: as JSON lines in frames, and as lines of the starter protocol."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from roomcast.core.protocol import codec, line_protocol
from roomcast.core.protocol.messages import AnyEntry, Do, Skipped
from roomcast.core.room.connection import Connection
from roomcast.core.room.log import Log

_NOBODY: Final[frozenset[str]] = frozenset()


def one_by_one(data: bytes, connections: Iterable[Connection]) -> None:
    """Write bytes to each connection."""
    for connection in connections:
        connection.write(data)


class JsonWire:
    """JSON lines, put into frames by `frame` (bytes of a payload → bytes to write), and written to many by `spread`."""

    def __init__(
        self,
        frame: Callable[[bytes], bytes],
        spread: Callable[[bytes, Iterable[Connection]], None] = one_by_one,
    ) -> None:
        self._frame = frame
        self.spread = spread

    def common(self, log: Log, after: int, upto: int) -> bytes:
        return self._frame(log.text(after, upto))

    def special(self, log: Log, after: int, upto: int) -> Collection[str]:
        return _readers_of(log, log.private(after, upto)) if log.private_lines else _NOBODY

    def personal(self, log: Log, after: int, upto: int, player: str) -> bytes:
        lines = log.lines(after, upto)
        for seq, line in log.private(after, upto).items():
            if player in _readers(log.entry(seq)):
                lines[seq - after - 1] = line
        return self.pack(lines)

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        return self.pack([codec.encode(skipped)])

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return self._frame(b"\n".join(lines))


class LineWire:
    """Lines of the starter protocol: nobody reads what it sent itself."""

    def __init__(self) -> None:
        self._rendered: tuple[Log | None, int, int, list[tuple[AnyEntry, bytes]]] = (None, 0, 0, [])

    def common(self, log: Log, after: int, upto: int) -> bytes:
        return b"".join(
            line for entry, line in self._render(log, after, upto) if type(entry) is not Do or entry.to is None
        )

    def special(self, log: Log, after: int, upto: int) -> set[str]:
        special: set[str] = set()
        for entry, _ in self._render(log, after, upto):
            special.add(entry.by)
            if type(entry) is Do and entry.to is not None:
                special.update(entry.to)
        return special

    def personal(self, log: Log, after: int, upto: int, player: str) -> bytes:
        return b"".join(
            line
            for entry, line in self._render(log, after, upto)
            if entry.by != player and (type(entry) is not Do or entry.to is None or player in entry.to)
        )

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        """There is no word for it; but nobody must act whose name was not told."""
        return b"".join(
            line_protocol.new_player(record.id) for record in skipped.snapshot.players if record.id != player
        )

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return b"".join(lines)

    def spread(self, data: bytes, connections: Iterable[Connection]) -> None:
        one_by_one(data, connections)

    def _render(self, log: Log, after: int, upto: int) -> Iterable[tuple[AnyEntry, bytes]]:
        """Entries with their lines; those of one flush are made once, for all who read them."""
        if self._rendered[:3] != (log, after, upto):
            pairs = [(entry, line_protocol.render(entry)) for entry in log.entries(after, upto)]
            self._rendered = (log, after, upto, pairs)
        return self._rendered[3]


def _readers_of(log: Log, seqs: Iterable[int]) -> set[str]:
    return {who for seq in seqs for who in _readers(log.entry(seq))}


def _readers(entry: AnyEntry) -> tuple[str, ...]:
    """Who may read a private entry; nobody in particular where it is public."""
    return (*entry.to, entry.by) if type(entry) is Do and entry.to is not None else ()
