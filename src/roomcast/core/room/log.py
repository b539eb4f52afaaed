"""The log of a room: its entries in their one order, the newest of them kept in memory.

Guarantees:
- `append` gives places 1, 2, 3 … without holes; the caller puts the place (`last + 1`) into the entry.
- What is kept is always the newest part, without holes: seqs `first` to `last`.
- It is kept as text, which is what goes to nearly everyone; who wants the entries has them read from it again.
- `trim` forgets the oldest entries only, and only those that the caller says may go.
"""

from __future__ import annotations

from typing import Final, cast

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry

OVERHEAD: Final = 50  # bytes an entry takes beside its text, about
SLACK: Final = 1.1  # so many times what is to be kept may there be, so that forgetting costs little an entry


class Log:
    """The lines of entries. A line is what everyone may see; a private entry keeps its own beside."""

    def __init__(self) -> None:
        self.last = 0  # seq of the newest entry; 0: none yet
        self.size = 0  # bytes kept, about
        self.gone = 0  # seq before the oldest one that is kept
        self._lines: list[bytes] = []
        self.private_lines: dict[int, bytes] = {}  # of private entries that are kept, by seq

    def restore(self, lines: list[bytes], private: dict[int, bytes], last: int) -> None:
        """Take up the log where it ended; the newest lines are given, down to that of `last`."""
        self.last = last
        self.gone = last - len(lines)
        self._lines, self.private_lines = lines, private
        self.size = sum(map(len, lines)) + OVERHEAD * len(lines) + sum(map(len, private.values()))

    @property
    def first(self) -> int:
        """The seq of the oldest entry that is kept (`last + 1` if there is none)."""
        return self.gone + 1

    def __len__(self) -> int:
        return len(self._lines)

    def append(self, seq: int, line: bytes, private: bytes | None = None) -> None:
        """Add the entry with seq `last + 1`; `line` is its public text, `private` that for its own people."""
        assert seq == self.last + 1
        self.last = seq
        self._lines.append(line)
        self.size += len(line) + OVERHEAD
        if private is not None:
            self.private_lines[seq] = private
            self.size += len(private)

    def lines(self, after: int, upto: int) -> list[bytes]:
        """The public lines of seqs `after + 1` to `upto`; all of them must be kept."""
        return self._lines[after - self.gone : upto - self.gone]

    def text(self, after: int, upto: int) -> bytes:
        """The same as one text, with line ends between."""
        if upto == after + 1:  # as in most flushes of small rooms
            return self._lines[after - self.gone]
        return b"\n".join(self._lines[after - self.gone : upto - self.gone])

    def entries(self, after: int, upto: int) -> list[AnyEntry]:
        """The entries of seqs `after + 1` to `upto`, whole; all of them must be kept."""
        lines, private = self.lines(after, upto), self.private_lines
        if private:
            lines = [private.get(seq, line) for seq, line in enumerate(lines, after + 1)]
        return cast(list[AnyEntry], list(map(codec.decode_server, lines)))

    def entry(self, seq: int) -> AnyEntry:
        """The entry at a seq that is kept, whole."""
        return self.entries(seq - 1, seq)[0]

    def private(self, after: int, upto: int) -> dict[int, bytes]:
        """The private lines among seqs `after + 1` to `upto`, by seq."""
        return self._private_among(after, upto) if self.private_lines else self.private_lines

    def _private_among(self, after: int, upto: int) -> dict[int, bytes]:
        if upto - after < len(self.private_lines):  # of many, those of one flush
            return {seq: self.private_lines[seq] for seq in range(after + 1, upto + 1) if seq in self.private_lines}
        return {seq: line for seq, line in self.private_lines.items() if after < seq <= upto}

    def fitting(self, after: int, upto: int, size: int) -> int:
        """How far from `after` one may go for about `size` bytes of lines: at least one entry, at most to `upto`."""
        lines, gone, total = self._lines, self.gone, 0
        for seq in range(after, upto):
            total += len(lines[seq - gone])
            if total > size and seq > after:
                return seq
        return upto

    def trim(self, entries: int, size: int, upto: int) -> None:
        """Where there is too much (see `SLACK`), forget the oldest, down to so many entries and bytes.

        Nothing after seq `upto` is forgotten.
        """
        if len(self._lines) > entries * SLACK or self.size > size * SLACK:
            self._forget(entries, size, upto)

    def _forget(self, entries: int, size: int, upto: int) -> None:
        cut = max(0, len(self._lines) - entries)
        freed = sum(map(len, self._lines[:cut])) + cut * OVERHEAD
        while self.size - freed > size and cut < len(self._lines):
            freed += len(self._lines[cut]) + OVERHEAD
            cut += 1
        while cut > upto - self.gone:
            cut -= 1
            freed -= len(self._lines[cut]) + OVERHEAD
        self.size -= freed
        for seq in [seq for seq in self.private_lines if seq <= self.gone + cut]:
            self.size -= len(self.private_lines.pop(seq))
        del self._lines[:cut]
        self.gone += cut
