"""The log of a room: its entries in their one order, the newest of them kept in memory.

Guarantees:
- Entries have the seqs 1, 2, 3 … without holes.
- What is kept is always the newest part, without holes: seqs `first` to `last`.
- Entries are kept as text, which is what most connections are sent; the few readers of entries decode them again.
- `trim` forgets the oldest entries only, and only those that the caller allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do
from roomcast.core.room.private_lines import OVERHEAD, PrivateLine, TurnLines

HIGH_WATER: Final = 1.1  # high-water mark, as a multiple of the retention limit: amortises the cost of trimming


def private_line(line: bytes) -> PrivateLine:
    """The private entry that a line of text holds. Raises `ProtocolError`."""
    entry = codec.decode_server(line)
    readers = (*entry.to, entry.by) if isinstance(entry, Do) and entry.to is not None else ()
    return PrivateLine(line, frozenset(readers))


class Log:
    """The lines of entries. A line is what everyone may see; a private entry has its own line beside it."""

    __slots__ = ("_lines", "gone", "has_turns", "last", "private_lines", "size")

    def __init__(self) -> None:
        self.last = 0  # seq of the newest entry; 0: none yet
        self.size = 0  # bytes kept, about
        self.gone = 0  # seq before the oldest entry that is kept
        self.has_turns = False  # some of `private_lines` are turns
        self._lines: list[bytes] = []
        self.private_lines: dict[int, PrivateLine | TurnLines] = {}  # of private entries that are kept, by seq

    def restore(
        self, lines: list[bytes], private: dict[int, bytes], last: int, turns: Mapping[int, TurnLines] = {}
    ) -> None:
        """Continue a log that ended at seq `last`; `lines` are its newest ones. The others are as in `SavedRoom`.

        Raises `ProtocolError` for a private line that is no entry.
        """
        self.last = last
        self.gone = last - len(lines)
        self._lines = lines
        self.private_lines.update((seq, private_line(line)) for seq, line in private.items())
        self.private_lines.update(turns)
        self.has_turns = bool(turns)
        self.size = sum(map(len, lines)) + OVERHEAD * len(lines) + sum(one.size for one in self.private_lines.values())

    @property
    def first(self) -> int:
        """The seq of the oldest entry that is kept (`last + 1` if there is none)."""
        return self.gone + 1

    def __len__(self) -> int:
        return len(self._lines)

    def append(self, seq: int, line: bytes, private: PrivateLine | TurnLines | None = None) -> None:
        """Add the entry with seq `last + 1`; `line` is its public text."""
        assert seq == self.last + 1
        self.last = seq
        self._lines.append(line)
        self.size += len(line) + OVERHEAD
        if private is not None:
            self.private_lines[seq] = private
            if type(private) is PrivateLine:
                self.size += len(private.line) + OVERHEAD
            else:
                self.size += private.size
                self.has_turns = True

    def lines(self, after: int, upto: int) -> list[bytes]:
        """The public lines of seqs `after + 1` to `upto`; all of them must be kept."""
        return self._lines[after - self.gone : upto - self.gone]

    def text(self, after: int, upto: int) -> bytes:
        """The same as one text, joined by line ends."""
        if upto == after + 1:  # as in most flushes of small rooms
            return self._lines[after - self.gone]
        return b"\n".join(self._lines[after - self.gone : upto - self.gone])

    def entries(self, after: int, upto: int) -> list[AnyEntry]:
        """The entries of seqs `after + 1` to `upto`, private commands in full; all of them must be kept."""
        lines, private = self.lines(after, upto), self.private_lines
        if private:
            lines = [private[seq].line if seq in private else line for seq, line in enumerate(lines, after + 1)]
        return cast(list[AnyEntry], list(map(codec.decode_server, lines)))

    def entry(self, seq: int) -> AnyEntry:
        """The entry at a seq that is kept, in full."""
        return self.entries(seq - 1, seq)[0]

    def private(self, after: int, upto: int) -> dict[int, PrivateLine | TurnLines]:
        """The private entries among seqs `after + 1` to `upto`, by seq."""
        return self._private_among(after, upto) if self.private_lines else self.private_lines

    def _private_among(self, after: int, upto: int) -> dict[int, PrivateLine | TurnLines]:
        kept = self.private_lines
        if upto - after < len(kept):  # a flush asks for few seqs of many
            return {seq: kept[seq] for seq in range(after + 1, upto + 1) if seq in kept}
        return {seq: one for seq, one in kept.items() if after < seq <= upto}

    def fitting(self, after: int, upto: int, size: int) -> int:
        """How far from `after` one may go for about `size` bytes of lines: at least one entry, at most to `upto`."""
        lines, gone, total = self._lines, self.gone, 0
        for seq in range(after, upto):
            total += len(lines[seq - gone])
            if total > size and seq > after:
                return seq
        return upto

    def size_after(self, seq: int) -> int:
        """Bytes of the lines after `seq`, about."""
        kept = self.last - self.gone
        return self.size * (self.last - seq) // kept if kept else 0

    def trim(self, entries: int, size: int, upto: int) -> None:
        """Above the high-water mark (`HIGH_WATER`), forget the oldest entries, down to `entries` and `size` bytes.

        Nothing after seq `upto` is forgotten.
        """
        if len(self._lines) > entries * HIGH_WATER or self.size > size * HIGH_WATER:
            self._forget(entries, size, upto)

    def _forget(self, entries: int, size: int, upto: int) -> None:
        lines, gone, private = self._lines, self.gone, self.private_lines
        most = min(len(lines), upto - gone)
        cut = min(most, max(0, len(lines) - entries))
        left = self.size - sum(map(len, lines[:cut])) - cut * OVERHEAD
        for seq in [seq for seq in private if seq <= gone + cut]:
            left -= private.pop(seq).size
        while left > size and cut < most:
            left -= len(lines[cut]) + OVERHEAD
            cut += 1
            if (one := private.pop(gone + cut, None)) is not None:
                left -= one.size
        self.size = left
        del lines[:cut]
        self.gone += cut
