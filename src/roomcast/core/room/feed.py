"""Which connection is sent which entries, and when: a connection is a cursor on the room's log.

Nothing is queued for anyone. What a room has committed since its last flush goes to every connection that has all
before it, as one piece of bytes that is made once for each wire. A connection that does not read is left to its
cursor; when it reads again it is brought up to date from the log. When the log no longer has what it missed, the room
sends it a snapshot.

State of a cursor    means                                      until
-----------------    ---------------------------------------    ------------------------------------------------
caught up            it has been sent all up to `flushed`       its connection is behind
lagging              it has been sent all up to its own `seq`   it has caught up, or the log forgot what it needs
stranded             what it needs is forgotten                 the room has sent it a snapshot, and adds it again
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from roomcast.core.room.connection import Connection, Group, Views, Wire
from roomcast.core.room.log import HIGH_WATER, Log

# Bytes at a time to one that catches up. Who reads 1 KB a second must get through one before it counts as silent,
# for its answers wait behind: else it would be dropped, come back, and begin with the same piece again, for ever.
CHUNK: Final = 16 * 1024

_Piece = tuple[int, bytes, Views | None]
"""The seq up to which it goes, its bytes, and the views of those who see its entries otherwise."""


class Cursor:
    """One connection's place in the log. `seq` counts while it lags; a caught-up one is at the feed's `flushed`."""

    __slots__ = ("began", "connection", "player", "sent", "seq", "wire")

    def __init__(self, connection: Connection, wire: Wire, player: str, seq: int, began: int = 0) -> None:
        self.connection = connection
        self.wire = wire
        self.player = player
        self.began = began  # seq after which entries may be private to this player; before it, its id was another's
        self.sent = 0  # bytes that it alone was sent, from the log or as a snapshot, and that are not charged yet
        self.seq = seq


class Feed:
    """The cursors of one room, and the writing to them.

    `kept` is the retention limit of the log: entries and bytes. `caught_up` counts the connections that have been sent
    everything: each takes one write a flush.
    """

    __slots__ = (
        "_groups",
        "_kept_bytes",
        "_kept_entries",
        "_lagging",
        "_log",
        "_most_bytes",
        "_most_entries",
        "_pieces",
        "_pieces_size",
        "_ready",
        "_soon",
        "caught_up",
        "copies",
        "flushed",
        "stranded",
        "ticked",
        "writes",
    )

    def __init__(self, log: Log, kept: tuple[int, int]) -> None:
        self._log = log
        self._kept_entries, self._kept_bytes = kept
        self._most_entries, self._most_bytes = int(kept[0] * HIGH_WATER), int(kept[1] * HIGH_WATER)
        self.flushed = 0  # seq up to which those who have caught up have been sent the log
        self.writes = 0  # by flushes, one to each connection that had caught up
        self.copies = 0  # entries times connections written so far
        self.caught_up = 0
        self.ticked = 0  # the newest tick, Unix milliseconds; 0: there was none
        self.stranded: list[Cursor] = []  # for whom the log no longer has what they need: the room sends a snapshot
        self._groups: dict[Wire, Group] = {}  # those who have caught up, by wire; none of them is empty
        self._ready: dict[Connection, Cursor] = {}  # the same
        self._lagging: dict[Cursor, None] = {}  # in the order of falling behind
        self._soon: list[Cursor] = []  # those among them who read, and are brought up to date by the next flush
        self._pieces: dict[tuple[Wire, int], _Piece] = {}  # for those who lag, by the seq after which each begins
        self._pieces_size = 0  # bytes in them; no more than the log has

    def add(self, cursor: Cursor) -> None:
        """Let a connection have all entries after its seq, from the next flush on."""
        self._lagging[cursor] = None
        self._soon.append(cursor)

    def add_again(self, cursor: Cursor) -> None:
        """A stranded connection has been sent a snapshot, up to its seq: let it have what follows."""
        self._lagging[cursor] = None
        self._catch_up(cursor)

    def remove(self, cursor: Cursor) -> None:
        """Let a connection have nothing more."""
        self._discard_ready(cursor)
        if cursor in self._lagging:
            self._discard_lagging(cursor)

    def fall_behind(self, cursor: Cursor) -> None:
        """The connection does not read: leave it to its cursor."""
        if self._discard_ready(cursor):
            cursor.seq = self.flushed
            self._lagging[cursor] = None

    def has_all(self, cursor: Cursor) -> bool:
        """Whether the connection has been sent all up to `flushed`."""
        return self._ready.get(cursor.connection) is cursor

    def tell(self, cursor: Cursor, line: bytes) -> None:
        """Write a message that is in no log to a connection that has been sent everything."""
        if not cursor.connection.write(cursor.wire.pack([line])):
            self.fall_behind(cursor)

    def resume(self, cursor: Cursor) -> None:
        """The connection has read on: bring it up to date."""
        if cursor in self._lagging:
            self._catch_up(cursor)

    def flush(self, upto: int) -> None:
        """Write what is new, up to seq `upto`, to all who have caught up; then to those who lag and read again."""
        log, after = self._log, self.flushed
        if upto > after:
            self.flushed = upto
            caught_up = self.caught_up
            self.writes += caught_up
            self.copies += caught_up * (upto - after)
            behind: list[Connection] | None = None
            stalled: Sequence[Connection]
            for wire, group in self._groups.items():
                common, views = wire.render(log, after, upto)
                if views is not None:
                    stalled = self._deliver_views(wire, common, views)
                elif common:
                    stalled = group.deliver(common)
                else:
                    continue
                if stalled:
                    behind = [*(behind or ()), *stalled]
            if behind is not None:
                self._fall_behind(behind)
        if self._soon:
            soon, self._soon = self._soon, []
            for cursor in soon:
                if cursor in self._lagging:
                    self._catch_up(cursor)
        # `trim` asks the same: here, so that a flush that need not trim makes no call.
        if log.size > self._most_bytes or log.last - log.gone > self._most_entries:
            log.trim(self._kept_entries, self._kept_bytes, upto)

    def tick(self, at: int) -> int:
        """Tell the room's time to all who have caught up, and those who lag once they have; returns how many writes.

        All entries that have come are flushed, and those that follow are not from before `at`.
        """
        self.ticked = at
        behind: list[Connection] = []
        writes = 0
        for wire, group in self._groups.items():
            if data := wire.tick(at):
                writes += len(group)
                behind.extend(group.deliver(data))
        self._fall_behind(behind)
        return writes

    def _fall_behind(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            if connection in self._ready:
                self.fall_behind(self._ready[connection])

    def _deliver_views(self, wire: Wire, common: bytes, views: Views) -> list[Connection]:
        """Write to each of a wire what it may see; those who see the same share one delivery.

        Returns those that have fallen behind by it.
        """
        behind: list[Connection] = []
        shared: dict[int, tuple[bytes, list[Connection]]] = {}  # by the identity of the bytes
        for connection, cursor in self._ready.items():
            if cursor.wire is wire and (data := views.get(cursor.player, cursor.began, common)):
                shared.setdefault(id(data), (data, []))[1].append(connection)
        for data, connections in shared.values():
            if len(connections) > 1:
                behind.extend(wire.group(connections).deliver(data))
            elif not connections[0].write(data):
                behind.extend(connections)
        return behind

    def _catch_up(self, cursor: Cursor) -> None:
        """Write from the log until the connection has caught up, or does not read any more."""
        log, connection = self._log, cursor.connection
        while cursor.seq < self.flushed and not connection.behind:
            if cursor.seq + 1 < log.first:
                self._discard_lagging(cursor)
                self.stranded.append(cursor)
                return
            upto, data, views = self._piece(cursor.wire, cursor.seq)
            if views is not None:
                data = views.get(cursor.player, cursor.began, data)
                self._pieces_size += len(data)  # the views keep it
            self.copies += upto - cursor.seq
            cursor.seq = upto
            if data:
                cursor.sent += len(data)
                connection.write(data)
        if connection.behind:
            return
        if cursor.seq == self.flushed:
            if self.ticked and (data := cursor.wire.tick(self.ticked)) and not connection.write(data):
                return
            self._discard_lagging(cursor)
            self._add_ready(cursor)
        else:  # a snapshot has taken it further than the others are: they follow with the next flush
            self._soon.append(cursor)

    def _add_ready(self, cursor: Cursor) -> None:
        if cursor.wire not in self._groups:
            self._groups[cursor.wire] = cursor.wire.group()
        self._groups[cursor.wire].add(cursor.connection)
        self._ready[cursor.connection] = cursor
        self.caught_up += 1

    def _discard_ready(self, cursor: Cursor) -> bool:
        """Take it out of those who have caught up; returns whether it was one of them."""
        if self._ready.get(cursor.connection) is not cursor:
            return False
        del self._ready[cursor.connection]
        self.caught_up -= 1
        group = self._groups.get(cursor.wire)  # a transport takes connections that end out of it by itself
        if group is not None:
            group.discard(cursor.connection)
            if not len(group):
                del self._groups[cursor.wire]
        return True

    def _discard_lagging(self, cursor: Cursor) -> None:
        del self._lagging[cursor]
        if not self._lagging:
            self._forget_pieces()

    def _piece(self, wire: Wire, after: int) -> _Piece:
        """The next entries for those who have the log up to `after`.

        It is made once where several lag. When all players of a busy room fall behind at once, it must cost less to
        bring them up to date than it takes to fall behind again, or they never get there; and most of that is making
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
            piece = upto, *wire.render(log, after, upto)
            if len(self._lagging) > 1:
                if self._pieces_size > log.size:
                    self._forget_pieces()
                self._pieces[wire, after] = piece
                self._pieces_size += len(piece[1])
        return piece

    def _forget_pieces(self) -> None:
        self._pieces.clear()
        self._pieces_size = 0
