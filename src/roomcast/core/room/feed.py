"""Which connection gets which entries, and when: a connection is a cursor on the room's log.

Nothing is queued for anyone. What a room has produced since its last flush goes to every connection
that has all before it as one piece of bytes, made once for each kind of wire. A connection that does
not read is left to its cursor; when it reads again it is brought up to date from the log, and when
the log no longer has what it missed, it gets a snapshot and is told that it skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from roomcast.core.protocol.messages import Skipped
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.log import SLACK, Log

# Bytes at a time to one that catches up. Who reads 1 KB a second must get through one before it counts as silent,
# for its answers wait behind: else it would be dropped, come back, and begin with the same piece again, for ever.
CHUNK: Final = 16 * 1024
# From here on a batch counts as large: bytes, and connections. The transport may then have a better way to write it
# (`Wire.spread`); for less, preparing that takes longer than it saves.
LARGE: Final = 16 * 1024
MANY: Final = 8

_Piece = tuple[int, bytes, Collection[str]]
"""The seq up to which it goes, its bytes, and the players who see its entries otherwise."""


class Cursor:
    """One connection's place in the log. Up to date: in its group; else its `seq` counts."""

    __slots__ = ("connection", "paused", "player", "seq", "wire")

    def __init__(self, connection: Connection, wire: Wire, player: str, seq: int) -> None:
        self.connection = connection
        self.wire = wire
        self.player = player
        self.seq = seq  # it has been sent the log up to here; old while it is up to date
        self.paused = False


class Feed:
    """The cursors of one room, and the writing to them."""

    def __init__(self, log: Log, skip: Callable[[Cursor], Skipped], kept: tuple[int, int]) -> None:
        self._log = log
        self._skip = skip  # what a connection is told when what it missed is no longer kept
        self._kept_entries, self._kept_bytes = kept
        self._most_entries, self._most_bytes = int(kept[0] * SLACK), int(kept[1] * SLACK)
        self.flushed = 0  # seq up to which those up to date have been sent the log
        self.copies = 0  # entries times connections written so far
        self.readers = 0  # connections that are up to date: so many writes does a flush take
        self._ready: dict[Wire, dict[Cursor, Callable[[bytes], object]]] = {}
        self._behind: dict[Cursor, None] = {}  # not up to date, in the order of falling behind
        self._soon: list[Cursor] = []  # those among them who read, and are brought up to date by the next flush
        self._flushing = False
        self._stopped: list[Cursor] = []  # paused while a flush goes over its group
        self._pieces: dict[tuple[Wire, int], _Piece] = {}  # for those behind, by the seq after which each begins
        self._pieces_size = 0  # bytes in them; no more than the log has

    def add(self, cursor: Cursor) -> None:
        """Let a connection have all entries after its seq, from the next flush on."""
        self._behind[cursor] = None
        self._soon.append(cursor)

    def remove(self, cursor: Cursor) -> None:
        """Let a connection have nothing more."""
        self._is_ready_no_longer(cursor)
        if cursor in self._behind:
            self._is_behind_no_longer(cursor)

    def pause(self, cursor: Cursor) -> None:
        """The connection does not read: leave it to its cursor."""
        cursor.paused = True
        if self._flushing:
            self._stopped.append(cursor)
        else:
            self._fall_behind(cursor)

    def resume(self, cursor: Cursor) -> None:
        """The connection has read: bring it up to date."""
        cursor.paused = False
        if cursor in self._behind:
            if self._flushing:
                self._soon.append(cursor)
            else:
                self._catch_up(cursor)

    def flush(self, upto: int) -> None:
        """Write what is new, up to a seq, to everyone who has all before it; then to those behind who read again."""
        log, after = self._log, self.flushed
        self._flushing = True
        for wire, group in self._ready.items():
            if not group or after == upto:
                continue
            common = wire.common(log, after, upto)
            special = wire.special(log, after, upto)
            if not special:
                if len(group) >= MANY and len(common) >= LARGE:
                    wire.spread(common, [cursor.connection for cursor in group])
                elif common:
                    for write in group.values():
                        write(common)
            else:
                for cursor, write in group.items():
                    own = cursor.player in special
                    data = wire.personal(log, after, upto, cursor.player) if own else common
                    if data:
                        write(data)
            self.copies += len(group) * (upto - after)
        self.flushed = upto
        self._flushing = False
        if self._stopped:
            for cursor in self._stopped:
                self._fall_behind(cursor)
            self._stopped.clear()
        if self._soon:
            soon, self._soon = self._soon, []
            for cursor in soon:
                if cursor in self._behind:
                    self._catch_up(cursor)
        # `trim` asks the same: here, so that a flush that need not trim makes no call.
        if log.size > self._most_bytes or log.last - log.gone > self._most_entries:
            log.trim(self._kept_entries, self._kept_bytes, upto)

    def _fall_behind(self, cursor: Cursor) -> None:
        if self._is_ready_no_longer(cursor):
            cursor.seq = self.flushed
            self._behind[cursor] = None
        if not cursor.paused:  # it has read in the meantime
            self._catch_up(cursor)

    def _catch_up(self, cursor: Cursor) -> None:
        """Write from the log until the connection is up to date or does not read any more."""
        log = self._log
        while cursor.seq < self.flushed and not cursor.paused:
            if cursor.seq + 1 < log.first:
                skipped = self._skip(cursor)
                cursor.seq = skipped.last
                cursor.connection.write(cursor.wire.skipped(skipped, cursor.player))
                continue
            upto, data, special = self._piece(cursor.wire, cursor.seq)
            if cursor.player in special:
                data = cursor.wire.personal(log, cursor.seq, upto, cursor.player)
            self.copies += upto - cursor.seq
            cursor.seq = upto
            if data:
                cursor.connection.write(data)
        if cursor.paused or cursor not in self._behind:
            return
        if cursor.seq == self.flushed:
            self._is_behind_no_longer(cursor)
            self._ready.setdefault(cursor.wire, {})[cursor] = cursor.connection.write
            self.readers += 1
        else:  # a snapshot has taken it further than the others are: they follow with the next flush
            self._soon.append(cursor)

    def _is_ready_no_longer(self, cursor: Cursor) -> bool:
        """Take it out of those who are up to date; tells whether it was one of them."""
        was = self._ready.get(cursor.wire, {}).pop(cursor, None) is not None
        self.readers -= was
        return was

    def _is_behind_no_longer(self, cursor: Cursor) -> None:
        del self._behind[cursor]
        if not self._behind:
            self._forget_pieces()

    def _piece(self, wire: Wire, after: int) -> _Piece:
        """The next entries for those who have the log up to `after`.

        It is made once where several are behind. When all players of a busy room fall behind at once, it must cost less
        to bring them up to date than it takes to fall behind again, or they never get there; and most of that is making
        pieces. So that those who fell behind at different seqs share them, too, a piece ends where the pieces of
        others do: at the seq within its reach that is divisible by the largest power of two.
        """
        piece = self._pieces.get((wire, after))
        if piece is None:
            log, flushed = self._log, self.flushed
            upto = log.fitting(after, flushed, CHUNK)
            if upto < flushed:
                below = (after ^ upto).bit_length() - 1
                upto = upto >> below << below
            piece = upto, wire.common(log, after, upto), wire.special(log, after, upto)
            if len(self._behind) > 1:
                if self._pieces_size > log.size:
                    self._forget_pieces()
                self._pieces[wire, after] = piece
                self._pieces_size += len(piece[1])
        return piece

    def _forget_pieces(self) -> None:
        self._pieces.clear()
        self._pieces_size = 0
