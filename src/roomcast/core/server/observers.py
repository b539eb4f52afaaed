"""Those who watch a room without being in it: no seat, no entry; nothing in the log changes by being watched.

Observers are sent the entries as everyone is, the passage of some commands through the six steps, and counts of all.
What they cannot be shown, for it is too much, is left out by rule and counted. Nothing waits for an observer: who
does not read is sent nothing, and told afterwards how much that was.

Of private commands, observers without the token see what everyone sees: that there was one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from roomcast.core.protocol import codec, line_protocol
from roomcast.core.protocol.messages import Counts, Do, Resident, Set, TraceReport, Watching
from roomcast.core.room.command_trace import CommandTrace, CommandTracer
from roomcast.core.room.connection import Connection, Wire

if TYPE_CHECKING:
    from roomcast.core.room.room import Room

PASSAGES: Final = 40  # a second that are followed at most: more than an eye can
REPORTS: Final = 2000  # a second that players are asked for at most, all together
ENTRIES: Final = 200  # a second that observers are sent
BYTES: Final = 256 * 1024  # a second of entries that observers are sent
LONGEST: Final = 4096  # bytes of a message that a passage shows

# One in so many is shown. Primes, so that of players who take turns none is always the one who is left out.
_RUNGS: Final = (1, 2, 3, 5, 7, 11, 17, 23, 31, 47, 67, 97, 127, 179, 251, 353, 503, 709, 997, 1409, 1999)


class Observer:
    """One connection that watches."""

    __slots__ = ("admin", "behind", "connection", "missed", "reads", "room", "wire")

    def __init__(self, connection: Connection, wire: Wire) -> None:
        self.connection = connection
        self.wire = wire
        self.room = ""  # the name of the room that it watches
        self.admin = False  # it knows the token
        self.reads = True  # False: what was written waits, or it is on its way out
        self.behind = False  # what it knows of the room is old: it starts anew at the next tick
        self.missed = 0  # entries meanwhile

    def stop(self) -> None:
        """It does not read: let it have nothing."""
        self.reads = False
        self.behind = True


class Observers(CommandTracer):
    """All who watch one room, also while that room is not open. With `show`, its ways go there as well."""

    def __init__(
        self, name: str, clock: Callable[[float], int], show: Callable[[CommandTrace], None] | None, now: float
    ) -> None:
        super().__init__(self._tell)
        self._name = name
        self._clock = clock
        self._also_show = show
        self._room: Room | None = None
        self._observers: dict[Observer, None] = {}
        self._entry_every = 1  # of so many entries, observers are sent one
        self._since = now  # of what is counted
        self._counted = _Count()
        self._second = _Second(now)

    def __len__(self) -> int:
        return len(self._observers)

    # ------------------------------------------------------------------ who watches what

    def add(self, observer: Observer, now: float) -> None:
        self._begin([observer], now)
        self._observers[observer] = None

    def remove(self, observer: Observer) -> None:
        del self._observers[observer]

    def opened(self, room: Room, now: float) -> None:
        """The room is there: follow it."""
        self._room = room
        self._begin([observer for observer in self._observers if observer.reads], now)
        room.watcher = self
        if self._also_show is None:
            self._adapt(_recent_rate(room, self._clock(now)), len(room.sessions))
            self._ask(self.every)

    def gone(self) -> None:
        """The room is no longer open; it may be again. Observers are told at the next tick."""
        self._let_go()
        for observer in self._observers:
            observer.behind = True

    def end(self) -> None:
        """Nobody watches any more."""
        if self._also_show is None:
            self._ask(0)
        self._let_go()

    def _let_go(self) -> None:
        if self._room is not None:
            self._room.watcher = None
            self._room = None
            self._under_way.clear()

    def _begin(self, observers: Sequence[Observer], now: float) -> None:
        """Tell them what the room is: from here on they get what happens."""
        room, seq = self._room, 0
        players: tuple[Resident, ...] = ()
        if room is not None:
            room.flush(now)  # what follows must be what comes after the snapshot
            seq, snapshot = room.snapshot()
            players = tuple(
                Resident(one.id, one.name, one.here, one.id in room.sessions and not room.sessions[one.id].secret)
                for one in snapshot.players
            )
        for observer in observers:
            missed, observer.missed, observer.behind = observer.missed, 0, False
            start = Watching(self._name, seq, self._clock(now), players, observer.admin, missed)
            observer.connection.write(observer.wire.pack([codec.encode(start)]))

    def _ask(self, every: int) -> None:
        """Let the players know which entries to report."""
        if self._room is not None:
            for session in self._room.sessions.values():
                if session.peer is not None:
                    session.peer.asked_to_report(every)

    # ------------------------------------------------------------------ what happens in the room

    def received(self, room: Room, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        super().received(room, seq, line, now, starter=starter)
        self._second.commands += 1
        if self._second.commands > self.every * _passages_a_second(len(room.sessions)) and self._also_show is None:
            self._climb(self._second.commands, len(room.sessions))

    def flushed(self, room: Room, after: int, upto: int, now: float) -> None:
        super().flushed(room, after, upto, now)
        log = room.log
        first = max(after + 1, log.first)
        lines = log.lines(first - 1, upto)
        private = log.private(first - 1, upto)
        sealed: list[bytes] = []
        opened: list[bytes] = []
        count, second = self._counted, self._second
        count.unseen += first - after - 1
        for entry, line in zip(log.entries(first - 1, upto), lines, strict=True):
            own = private.get(entry.s, line)
            count.bytes += len(own)
            if type(entry) is Do or type(entry) is Set:
                count.do += type(entry) is Do
                count.set += type(entry) is Set
                if entry.s % self._entry_every or not second.has_room_for(len(own)):
                    count.unseen += 1
                    continue
            sealed.append(line)
            opened.append(own)
        self._write(sealed, opened, upto - after)

    def _write(self, sealed: Sequence[bytes], opened: Sequence[bytes], entries: int) -> None:
        """Write lines to all who read: made into a frame once for each kind of reader."""
        packed: dict[tuple[Wire, bool], bytes] = {}
        for observer in self._observers:
            if observer.behind:
                observer.missed += entries
                continue
            lines = opened if observer.admin else sealed
            if lines:
                kind = observer.wire, observer.admin
                if kind not in packed:
                    packed[kind] = observer.wire.pack(lines)
                observer.connection.write(packed[kind])

    def _tell(self, trace: CommandTrace) -> None:
        """A command's way is known as far as it ever will be."""
        if self._also_show is not None:
            self._also_show(trace)
        line = codec.encode(self._passage(trace))
        self._write([] if trace.private else [line], [line], 0)

    def _passage(self, trace: CommandTrace) -> TraceReport:
        return TraceReport(
            s=trace.seq,
            by=trace.by,
            at=self._clock(trace.received_at),
            c=trace.command,
            came=_shown(trace.came),
            size=len(trace.came),
            went=_shown(trace.went),
            length=len(trace.went),
            waited=(trace.sent_at - trace.received_at) * 1000 if trace.sent_at else 0.0,
            starter=trace.starter,
            frame=trace.frame,
            acted=trace.acted_to_sent,
            to=trace.readers,
            silent=trace.silent,
            line=_shown(_line_of(trace)) if trace.silent else "",
            got=trace.received,
            ran=trace.ran,
        )

    # ------------------------------------------------------------------ once a second

    def tick(self, now: float) -> None:
        """Send the counts; show more or less of what comes, as there is less or more of it."""
        self._begin([observer for observer in self._observers if observer.behind and observer.reads], now)
        count, self._counted = self._counted, _Count()
        over, self._since = now - self._since, now
        counts = Counts(
            s=self._room.feed.flushed if self._room is not None else 0,
            at=self._clock(now),
            over=over,
            do=count.do,
            set=count.set,
            bytes=count.bytes,
            unseen=count.unseen,
            every=self.every,
            observers=len(self._observers),
        )
        line = codec.encode(counts)
        self._write([line], [line], 0)
        passed = now - self._second.began
        if passed >= 1.0:
            rate = self._second.commands / passed
            self._second = _Second(now)
            if self._room is not None and self._also_show is None:
                before = self.every
                self._adapt(rate, len(self._room.sessions))
                if self.every != before:
                    self._ask(self.every)

    def _adapt(self, rate: float, players: int) -> None:
        """For so many commands a second, of so many players."""
        self._entry_every = _rung(rate / ENTRIES)
        fitting = _rung(rate / _passages_a_second(players))
        # Back only when there is room to spare, so that it does not go to and fro.
        if fitting > self.every or _rung(1.3 * rate / _passages_a_second(players)) < self.every:
            self.every = fitting

    def _climb(self, commands: int, players: int) -> None:
        """More than fits into this second has come already: let players report less, at once."""
        self.every = next((rung for rung in _RUNGS if rung > self.every), _RUNGS[-1])
        self._ask(self.every)


class _Count:
    """What there was since the last counts."""

    __slots__ = ("bytes", "do", "set", "unseen")

    def __init__(self) -> None:
        self.do = self.set = self.bytes = self.unseen = 0


class _Second:
    """What one second may hold."""

    __slots__ = ("began", "bytes", "commands", "entries")

    def __init__(self, now: float) -> None:
        self.began = now
        self.commands = 0
        self.entries = ENTRIES  # that observers may still be sent
        self.bytes = BYTES

    def has_room_for(self, size: int) -> bool:
        if self.entries <= 0 or self.bytes < size:
            return False
        self.entries -= 1
        self.bytes -= size
        return True


def _passages_a_second(players: int) -> float:
    return min(PASSAGES, max(1.0, REPORTS / max(1, players)))


def _rung(wanted: float) -> int:
    return next((rung for rung in _RUNGS if rung >= wanted), _RUNGS[-1])


def _recent_rate(room: Room, now: int) -> float:
    """Commands in the last second, as the log has them."""
    log = room.log
    newest = log.entries(max(log.first - 1, log.last - 2 * _RUNGS[-1]), log.last)
    return sum(1 for entry in newest if type(entry) is Do and entry.at > now - 1000)


def _line_of(trace: CommandTrace) -> bytes:
    """What starter clients read of it."""
    entry = codec.decode_server(trace.went)
    assert isinstance(entry, Do)
    return line_protocol.render(entry)


def _shown(text: bytes) -> str:
    return text[:LONGEST].decode("utf-8", "ignore")
