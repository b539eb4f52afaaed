"""The observers of one room: they watch it without being in it, also while it is not open.

Observers are sent the entries as everyone is, the traces of some commands, and counts of all. What is too much to show
is left out by sampling, and counted. Nothing waits for an observer: one that does not read is sent nothing, and told
afterwards how many entries it missed.

Of private commands, observers without the server's token see what everyone sees: that there was one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.messages import Done
from roomcast.core.protocol.observer_messages import Counts, ObservedPlayer, Watching
from roomcast.core.room.clock import Clock
from roomcast.core.room.command_trace import CommandTrace, CommandTracer
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.room import Room
from roomcast.core.server.trace_report import report_of

TRACES_PER_SECOND: Final = 40  # traces sent to observers: more than an eye can follow
REPORTS_PER_SECOND: Final = 2000  # reports requested of all players together
ENTRIES_PER_SECOND: Final = 200  # entries sent to observers
BYTES_PER_SECOND: Final = 256 * 1024  # of entries sent to observers

# Sampling intervals. Primes, so that of players who take turns none is always the one who is left out.
_INTERVALS: Final = (1, 2, 3, 5, 7, 11, 17, 23, 31, 47, 67, 97, 127, 179, 251, 353, 503, 709, 997, 1409, 1999)


class Observer:
    """One connection that watches."""

    __slots__ = (
        "address",
        "admin",
        "connection",
        "current",
        "disconnect",
        "leaving",
        "missed",
        "room",
        "starting",
        "wire",
    )

    def __init__(
        self, connection: Connection, wire: Wire, disconnect: Callable[[str, str], object], address: str = ""
    ) -> None:
        self.connection = connection
        self.wire = wire
        self.disconnect = disconnect  # ends the connection: an error code, and a sentence
        self.address = address  # what counts as one
        self.room = ""  # the name of the room that it watches
        self.admin = False  # it knows the server's token
        self.current = False  # it has been sent all so far; else it starts anew at the next tick
        self.starting = False  # its start waits to be committed
        self.leaving = False  # it has been sent a bye
        self.missed = 0  # entries since it was current

    def send(self, data: bytes) -> None:
        """Send what it has asked for."""
        if not self.connection.write(data):
            self.current = False

    @property
    def may_start(self) -> bool:
        return not (self.current or self.starting or self.leaving or self.connection.behind)


class RoomObservers:
    """All who watch one room. A subscriber of the room, while that is open."""

    def __init__(self, name: str, clock: Clock, now: float, lines: LineCodec = STANDARD) -> None:
        self._lines = lines
        self.every = 1  # commands are traced whose seq can be divided by it
        self.over = False  # it failed: nobody is added any more
        self._name = name
        self._clock = clock
        self._room: Room | None = None
        self._tracer: CommandTracer | None = None  # while the room is open
        self._observers: dict[Observer, None] = {}
        self._starting: list[
            tuple[int, tuple[ObservedPlayer, ...], list[Observer]]
        ] = []  # by the seq that must be committed
        self._entry_every = 1  # observers are sent entries whose seq can be divided by it
        self._since = now  # of what is counted
        self._counted = _Counters()
        self._second = _SecondBudget(now)

    def __len__(self) -> int:
        return len(self._observers)

    def __iter__(self) -> Iterator[Observer]:
        """In the order of coming."""
        return iter(self._observers)

    # ------------------------------------------------------------------ who watches what

    def add(self, observer: Observer, now: float) -> None:
        self._start([observer], now)
        self._observers[observer] = None

    def remove(self, observer: Observer) -> bool:
        """The observer watches no more; returns whether it did."""
        if observer not in self._observers:
            return False
        del self._observers[observer]
        return True

    def room_opened(self, room: Room, now: float) -> None:
        """The room is there: follow it."""
        self._room = room
        self._tracer = CommandTracer(room.name, room.log, room.sessions)
        for observer in self._observers:
            observer.current = False
        self._start([observer for observer in self._observers if observer.may_start], now)
        self._adapt(room.log.recent_rate(now), len(room.sessions))
        room.take_behind()  # what was before is no news
        room.subscribe(self)

    def room_closed(self) -> None:
        """The room is no longer open; it may be again. Observers are told at the next tick."""
        self._forget_room()
        for observer in self._observers:
            observer.current = observer.starting = False

    def end(self) -> None:
        """Nobody watches any more."""
        self._forget_room()

    def taken_out(self) -> None:
        """It cannot go on: those who watch connect anew."""
        self.over = True
        self._forget_room()
        for observer in list(self._observers):
            observer.disconnect("server-error", "something in the server failed for those who watch: watch again")

    def _forget_room(self) -> None:
        if self._room is not None:
            self._room.unsubscribe(self)  # a closed room may still be flushed
        self._room = self._tracer = None
        self._starting.clear()

    def _start(self, observers: list[Observer], now: float) -> None:
        """Send what the room is, once that is committed: from then on they are sent what happens."""
        if not observers:
            return
        room = self._room
        if room is None:
            self._begin(observers, 0, (), now)
            return
        room.flush(now)  # what follows must be what comes after the snapshot
        players = tuple(
            ObservedPlayer(one.id, one.name, one.here, one.id in room.sessions and not room.sessions[one.id].secret)
            for one in room.state.players.values()
        )
        if room.commits.committed == room.log.last:
            self._begin(observers, room.log.last, players, now)
        else:
            self._starting.append((room.log.last, players, observers))
            for observer in observers:
                observer.starting = True

    def _begin(self, observers: list[Observer], seq: int, players: tuple[ObservedPlayer, ...], now: float) -> None:
        for observer in observers:
            missed, observer.missed = observer.missed, 0
            start = Watching(
                self._name, seq, self._clock.at(now), players, observer.admin, missed, self._first, self._replays
            )
            observer.starting = False
            observer.current = observer.connection.write(observer.wire.pack([codec.encode(start)]))

    # ------------------------------------------------------------------ what happens in the room

    def received(self, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        if self._tracer is None or self._room is None:
            return
        self._tracer.received(seq, line, now, starter=starter)
        self._second.commands += 1
        if self._second.commands > self.every * _traces_per_second(len(self._room.sessions)):
            self._trace_fewer()

    def flushed(self, after: int, upto: int, now: float) -> None:
        if self._tracer is None:
            return
        self._send_traces(self._tracer.flushed(after, upto, now))
        while self._starting and self._starting[0][0] <= upto:
            seq, players, observers = self._starting.pop(0)
            self._send_entries(after, seq)
            self._begin([one for one in observers if one in self._observers and one.starting], seq, players, now)
            after = seq
        self._send_entries(after, upto)

    def _send_entries(self, after: int, upto: int) -> None:
        if self._room is None or upto <= after:
            return
        log = self._room.log
        first = max(after + 1, log.first)
        lines = log.lines(first - 1, upto)
        private = log.private(first - 1, upto)
        public: list[bytes] = []
        full: list[bytes] = []  # for those with the token
        count, second = self._counted, self._second
        count.unseen += first - after - 1
        for seq, line in enumerate(lines, first):
            own = private[seq].line if seq in private else line
            count.bytes += len(own)
            command, patch = codec.is_command(own), codec.is_patch(own)
            if command or patch:
                count.do += command
                count.set += patch
                if seq % self._entry_every or not second.has_room_for(len(own)):
                    count.unseen += 1
                    continue
            public.append(line)
            full.append(own)
        self._write(public, full, upto - after)

    def _write(self, public: Sequence[bytes], full: Sequence[bytes], entries: int) -> None:
        """Write lines to all who are current: made into a frame once for each kind of reader."""
        packed: dict[tuple[Wire, bool], bytes] = {}
        for observer in self._observers:
            if not observer.current:
                observer.missed += entries
                continue
            lines = full if observer.admin else public
            if lines:
                kind = observer.wire, observer.admin
                if kind not in packed:
                    packed[kind] = observer.wire.pack(lines)
                observer.current = observer.connection.write(packed[kind])

    def reported(self, player: str, report: Done, now: float) -> bool:
        trace = None if self._tracer is None else self._tracer.reported(player, report, now)
        if trace is not None and trace.complete:
            self._send_traces([trace])
        return trace is not None

    def sweep(self, now: float) -> None:
        if self._tracer is not None:
            self._send_traces(self._tracer.expired(now))

    def _send_traces(self, traces: list[CommandTrace]) -> None:
        for trace in traces:
            line = codec.encode(report_of(trace, self._clock.at(trace.received_at), self._lines))
            self._write([] if trace.private else [line], [line], 0)

    # ------------------------------------------------------------------ once a second

    def tick(self, now: float) -> None:
        """Send the counts, and adapt the sampling intervals to the rate."""
        self._start([observer for observer in self._observers if observer.may_start], now)
        count, self._counted = self._counted, _Counters()
        over, self._since = now - self._since, now
        counts = Counts(
            s=self._room.feed.flushed if self._room is not None else 0,
            at=self._clock.at(now),
            over=over,
            do=count.do,
            set=count.set,
            bytes=count.bytes,
            unseen=count.unseen,
            every=self.every,
            observers=len(self._observers),
            first=self._first,
            behind=round(self._room.take_behind(), 1) if self._room is not None else 0.0,
        )
        line = codec.encode(counts)
        self._write([line], [line], 0)
        passed = now - self._second.began
        if passed >= 1.0:
            rate = self._second.commands / passed
            self._second = _SecondBudget(now)
            if self._room is not None:
                self._adapt(rate, len(self._room.sessions))
                self._room.subscriptions.request_reports()

    @property
    def _first(self) -> int:
        """Seq of the oldest state that is kept of the room."""
        if self._room is None:
            return 0
        oldest = self._room.oldest_state()
        return self._room.feed.flushed if oldest is None else oldest.seq

    @property
    def _replays(self) -> bool:
        return self._room is not None and self._room.replays

    def _adapt(self, rate: float, players: int) -> None:
        """Choose sampling intervals for `rate` commands a second in a room of `players`."""
        self._entry_every = _interval(rate / ENTRIES_PER_SECOND)
        fitting = _interval(rate / _traces_per_second(players))
        # Back only when there is room to spare, so that it does not go to and fro.
        if fitting > self.every or _interval(1.3 * rate / _traces_per_second(players)) < self.every:
            self._trace_one_in(fitting)

    def _trace_fewer(self) -> None:
        """This second's budget is exhausted: lengthen the sampling interval at once."""
        self._trace_one_in(next((one for one in _INTERVALS if one > self.every), _INTERVALS[-1]))
        if self._room is not None:
            self._room.subscriptions.request_reports()

    def _trace_one_in(self, every: int) -> None:
        self.every = every
        if self._tracer is not None:
            self._tracer.every = every


class _Counters:
    """What there was since the last counts."""

    __slots__ = ("bytes", "do", "set", "unseen")

    def __init__(self) -> None:
        self.do = self.set = self.bytes = self.unseen = 0


class _SecondBudget:
    """What one second may hold."""

    __slots__ = ("began", "bytes", "commands", "entries")

    def __init__(self, now: float) -> None:
        self.began = now
        self.commands = 0
        self.entries = ENTRIES_PER_SECOND  # that observers may still be sent
        self.bytes = BYTES_PER_SECOND

    def has_room_for(self, size: int) -> bool:
        if self.entries <= 0 or self.bytes < size:
            return False
        self.entries -= 1
        self.bytes -= size
        return True


def _traces_per_second(players: int) -> float:
    return min(TRACES_PER_SECOND, max(1.0, REPORTS_PER_SECOND / max(1, players)))


def _interval(wanted: float) -> int:
    return next((interval for interval in _INTERVALS if interval >= wanted), _INTERVALS[-1])
