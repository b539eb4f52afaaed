"""A house of rooms without any network: a directory, a clock turned by hand, connections that live in memory."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ServerMessage
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.messages import (
    VERSIONS,
    AnyEntry,
    Begin,
    Bye,
    Do,
    DoRequest,
    Entry,
    Error,
    Hello,
    Hidden,
    Resume,
    SetRequest,
    Skipped,
    Welcome,
)
from roomcast.core.room.clock import Clock
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.room.fold import EMPTY, RoomState, apply, restore
from roomcast.core.room.handler_runs import NO_RUNS, HandlerRuns
from roomcast.core.room.room import Room
from roomcast.core.room.wire_formats import JsonWire, LineWire
from roomcast.core.server.auth_runs import NO_AUTH_RUNS, AuthRuns
from roomcast.core.server.directory import Directory
from roomcast.core.server.failures import Failures
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.line_peer import LinePeer
from roomcast.core.server.peer import Peer, Stage
from roomcast.core.server.room_kinds import STATE_BY_EVERYONE, RoomKinds, StateBy, relays_only
from roomcast.core.server.starting_gate import StartingGate
from roomcast.storage.memory import EphemeralStore
from roomcast.testing.disk import MemoryStore

FRAME_END = b"\0"  # frames of these tests end so; JSON text holds no such byte

WIRE = JsonWire(lambda payload: payload + FRAME_END)


class FakeConnection:
    """A connection in memory, as `roomcast.core.room.connection` asks for. It keeps whatever is written."""

    def __init__(self, unread_limit: int) -> None:
        self.peer: Peer | None = None
        self.writes: list[bytes] = []
        self.pings = self.read_agains = 0
        self.closed: tuple[int, str] | None = None
        self.aborted = False
        self.reading = True
        self.answers_pings = True
        self.behind = False
        self._limit = unread_limit
        self._unread = 0

    # -- what the core asks for

    def write(self, data: bytes, /) -> bool:
        if self.ended:
            return True
        self.writes.append(data)
        if not self.reading:
            self._unread += len(data)
            if self._unread > self._limit:
                self.behind = True
        return not self.behind

    def unread(self) -> int:
        return self._unread

    def read_again(self) -> None:
        self.read_agains += 1

    def ping(self) -> None:
        self.pings += 1
        if self.answers_pings and not self.ended:
            assert self.peer is not None
            self.peer.heard = True

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)

    def abort(self) -> None:
        self.aborted = True

    # -- what a test does with it

    @property
    def ended(self) -> bool:
        return self.aborted or self.closed is not None

    def stop_reading(self) -> None:
        self.reading = False

    def read_some(self, size: int) -> None:
        """Read so many of the bytes that wait, and still not what comes later."""
        self._unread = max(0, self._unread - size)

    def read_on(self) -> None:
        """Read all that waits, and what comes from now on."""
        self.reading = True
        self._unread = 0
        if self.behind:
            self.behind = False
            assert self.peer is not None
            self.peer.resumed()


class Program:
    """A program of the JSON protocol, as simple as one can be: it says messages and hears messages."""

    def __init__(self, house: House, address: str) -> None:
        self.house = house
        self.connection = FakeConnection(house.directory.limits.unread)
        self.peer = JsonPeer(house.directory, self.connection, WIRE, address, house.now)
        self.connection.peer = self.peer
        self.welcome: Welcome | None = None
        self.seq = 0  # of the last entry heard
        self.state = EMPTY  # the fold of all that was heard
        self.n = 0
        self._fresh = False  # it asked for a snapshot
        self._read = 0

    # -- saying

    def say(self, *messages: Any) -> None:
        """Send messages in one frame: records of the protocol, or text."""
        lines = [m if isinstance(m, bytes) else codec.encode(m) for m in messages]
        self.peer.receive(b"\n".join(lines), self.house.now)

    def hello(self, room: str = "dots", name: str = "", resume: Resume | None = None) -> None:
        self._fresh = resume is not None and resume.fresh
        self.say(Hello(room, name, VERSIONS, resume))

    def do(self, command: str, *args: Any, to: tuple[str, ...] | None = None) -> None:
        """Send the next command."""
        self.n += 1
        self.say(act(self.n, command, *args, to=to))

    def set(self, of: str, patch: dict[str, Any], *, whole: bool = False) -> None:
        self.n += 1
        self.say(SetRequest(self.n, of, msgspec.Raw(codec.encode(patch)), whole))

    def gone(self, *, clean: bool = False) -> None:
        """The connection has ended."""
        self.connection.abort()
        self.peer.gone(self.house.now, clean=clean)

    # -- hearing

    @property
    def me(self) -> str:
        assert self.welcome is not None
        return self.welcome.me

    @property
    def back(self) -> Resume:
        """What a hello needs to come back as the same player, with all that was heard so far."""
        assert self.welcome is not None
        return Resume(self.welcome.session, self.seq, self.welcome.epoch)

    def hear(self) -> list[ServerMessage]:
        """What was written since the last time. Entries must come in order, without a hole."""
        new = self.connection.writes[self._read :]
        self._read = len(self.connection.writes)
        messages: list[ServerMessage] = []
        for data in new:
            assert data.endswith(FRAME_END)
            frame = data[: -len(FRAME_END)]
            assert FRAME_END not in frame
            assert frame, "an empty frame"
            for line in codec.lines_of(frame):
                message = codec.decode_server(line)
                self._follow(message)
                messages.append(message)
        return messages

    def _follow(self, message: ServerMessage) -> None:
        if isinstance(message, Welcome):
            self.welcome = message
            assert (message.snapshot is None) == (message.resumed and not message.lost and not self._fresh)
            if message.snapshot is not None:
                self.seq, self.state = message.s, restore(message.snapshot)
        elif isinstance(message, Entry | Hidden):
            assert message.s == self.seq + 1, f"{message.s} came after {self.seq}"
            self.seq = message.s
            if isinstance(message, Entry):
                self.state = apply(self.state, message)
        elif isinstance(message, Skipped):
            assert message.first == self.seq + 1
            self.seq, self.state = message.last, restore(message.snapshot)
        elif isinstance(message, Begin):
            self.seq, self.state = message.s, restore(message.snapshot)

    def hear_entries(self) -> list[AnyEntry | Hidden]:
        return [message for message in self.hear() if isinstance(message, Entry | Hidden)]

    def hear_commands(self) -> list[str]:
        """What was done since the last time, in short: `Ada: move [5,0]`."""
        return [shown(message) for message in self.hear() if isinstance(message, Do)]

    def hear_errors(self) -> list[Error]:
        return [message for message in self.hear() if isinstance(message, Error)]

    def hear_bye(self) -> Bye:
        (bye,) = [message for message in self.hear() if isinstance(message, Bye)]
        return bye


class LineProgram:
    """A program of the starter protocol."""

    def __init__(self, house: House, address: str) -> None:
        self.house = house
        self.connection = FakeConnection(house.directory.limits.unread)
        self.peer = LinePeer(house.directory, self.connection, house.line_wire, address, house.now)
        self.connection.peer = self.peer
        self._read = 0

    def say(self, text: str | bytes) -> float:
        """Send text as it is; returns how long the server wants us to wait."""
        data = text.encode() if isinstance(text, str) else text
        return self.peer.receive(data, self.house.now)

    def hear(self) -> list[str]:
        """The lines that came since the last time."""
        new = b"".join(self.connection.writes[self._read :])
        self._read = len(self.connection.writes)
        assert not new or new.endswith(b"\n"), "a line without its end"
        return new.decode().split("\n")[:-1]

    def gone(self, *, clean: bool = True) -> None:
        self.connection.abort()
        self.peer.gone(self.house.now, clean=clean)


BURST = {"address_burst": 0.25}  # for tests that do much while the clock stands still


PACED_WITHIN = 1.5  # seconds: longer than any pace; what is due later is a tick, of which there is no end


class House:
    """A directory, its clock, and those who come to visit. With a store, rooms are written down there."""

    def __init__(
        self,
        show: Callable[[CommandTrace], None] | None = None,
        store: MemoryStore | None = None,
        token: str = "",
        failures: Failures | None = None,
        lines: LineCodec = STANDARD,
        kinds: RoomKinds = relays_only,
        state_by: StateBy = STATE_BY_EVERYONE,
        runs: HandlerRuns = NO_RUNS,
        auth_runs: AuthRuns = NO_AUTH_RUNS,
        **limits: Any,
    ) -> None:
        self.now = 1000.0
        self.logged: list[str] = []  # what whoever runs the server is told
        self.line_wire = LineWire(lines)
        wait = lines.dialect.wait
        self._gate = StartingGate(wait) if wait else None
        self.woken = 0
        self.store = store
        self.held = False  # the disk writes only when a test says so
        secrets = itertools.count(1)
        self._new_directory = lambda: Directory(
            Limits(**(BURST | limits)),
            secret=lambda: f"secret-{next(secrets)}",
            seed=lambda: "",
            clock=Clock(),
            wake=self._wake,
            show=show,
            token=token,
            failures=failures,
            store=EphemeralStore() if store is None else store,
            log=self.logged.append,
            lines=lines,
            kinds=kinds,
            state_by=state_by,
            runs=runs,
            auth_runs=auth_runs,
        )
        self.directory = self._new_directory()

    def crash(self) -> None:
        """The server is gone, with all that its disk has not written; a new one is there."""
        if self.store is not None:
            self.store.crash()
        self.held = False
        for peer in self.directory.peers:
            peer.connection.abort()
        self.directory = self._new_directory()

    def restart(self) -> None:
        """The server ends as it should, and a new one is there."""
        self.directory.close("the server is closing", self.now)
        for peer in list(self.directory.peers):
            peer.gone(self.now, clean=False)
        if self.store is not None:
            self.store.save()
            self.poll()
        self.crash()

    def _wake(self) -> None:
        self.woken += 1

    def room(self, name: str = "dots") -> Room:
        return self.directory.rooms[name]

    def knock(self, address: str = "10.0.0.1") -> Program:
        """A connection, counted in, that has not said hello. Raises `Refused`."""
        program = Program(self, address)
        self.directory.enter(program.peer)
        return program

    def join(self, name: str = "Ada", room: str = "dots", address: str = "10.0.0.1") -> Program:
        """A player who is in the room and has heard all of it."""
        program = self.knock(address)
        program.hello(room, name)
        self.flush()
        program.hear()
        assert program.welcome is not None
        return program

    def come_back(self, before: Program) -> Program:
        """The same player on a new connection; what it hears is left to be heard."""
        program = self.knock(before.peer.address)
        program.seq, program.state, program.n = before.seq, before.state, before.n
        program.hello("dots", "", before.back)
        if self.store is not None and not self.held:
            self.store.save()
            self.poll()
        return program

    def join_by_lines(
        self, names: tuple[str, ...] = ("Ada", "Alan"), room: str = "dots", address: str = "10.0.0.9"
    ) -> LineProgram:
        program = LineProgram(self, address)
        self.directory.enter(program.peer)
        program.peer.enter(room, names, self.now, self._gate)
        self.flush()
        return program

    def flush(self) -> None:
        """Write what there is to write; wait for the pace where that must be, and for the disk unless it is held."""
        woken, until = -1, self.now + PACED_WITHIN
        while woken < self.woken or (self.store is not None and self.store.waits and not self.held):
            woken = self.woken
            while (again := self.directory.flush(self.now)) is not None and again <= until:
                assert again > self.now, "asked to be called again at once"
                self.now = again
            if self.store is not None and not self.held:
                self.store.save()
            self.poll()

    def poll(self) -> None:
        """Take the store's events; and read on from those who waited for their room, as a transport does."""
        waiting = [one for one in self.directory.peers if isinstance(one, Peer) and one.stage is Stage.OPENING]
        self.directory.poll_store(self.now)
        for peer in waiting:
            if peer.stage is not Stage.OPENING:
                peer.read_on(self.now)

    def wait(self, seconds: float, also: Callable[[], object] = lambda: None) -> None:
        """Let time pass, as a server does: a sweep every second. `also` is done each time."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1.0)
            also()
            self.directory.sweep(self.now)
            self.flush()


def act(n: int, command: str, *args: Any, to: tuple[str, ...] | None = None) -> DoRequest:
    """A command with its arguments by position."""
    return DoRequest(n, command, msgspec.Raw(codec.encode(args)), to)


def shown(entry: Do) -> str:
    return f"{entry.by}: {entry.c} {bytes(memoryview(entry.a)).decode()}"


def folded(room: Room) -> RoomState:
    """What the kept log makes of a room, from nothing: only while all of it is kept."""
    state = EMPTY
    for entry in room.log.entries(0, room.log.last):
        state = apply(state, entry)
    return state


def fields_of(message: msgspec.Struct) -> dict[str, Any]:
    """All fields of a message by the names that they have on the wire, defaults too."""
    found: dict[str, Any] = {"t": message.__struct_config__.tag}
    for name, on_wire in zip(message.__struct_fields__, message.__struct_encode_fields__, strict=True):
        found[on_wire] = json.loads(codec.encode(getattr(message, name)))
    return found


def kinds(program: Program) -> list[str]:
    """What has come since the last time, by the names of the records."""
    return [type(message).__name__ for message in program.hear()]


def codes(program: Program) -> list[str]:
    """The codes of all errors and byes, in order."""
    return [f"{type(m).__name__} {m.code}" for m in program.hear() if isinstance(m, Error | Bye)]
