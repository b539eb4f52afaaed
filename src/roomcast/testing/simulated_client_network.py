"""A client's network in a simulation: implements `roomcast.transports.client_network` on simulated connections."""

from __future__ import annotations

from typing import Final, Protocol

from roomcast.core.client.endings import ABNORMAL
from roomcast.testing.actions import ActionLog
from roomcast.testing.environment import Environment
from roomcast.testing.network import CLOSE, PING, PONG, WIRE, End
from roomcast.testing.timeline import Machine
from roomcast.transports.client_network import (
    CONNECT_WITHIN,
    PING_EVERY,
    ConnectionEnd,
    ConnectionEvents,
)

MAX_UNSENT: Final = 64 * 1024  # bytes in the send buffer from which on `write` returns False
_NORMAL: Final = 1000  # close code (RFC 6455, section 7.4.1)


class Listener(Protocol):
    """What programs connect to: the simulated server."""

    machine: Machine

    def connect(self, client: End, actions: ActionLog) -> object:
        """Make the server's end of a connection."""
        ...


class SimulatedClientNetwork:
    """The network of one program. `actions` tells the server's side, for the checks, who connects."""

    def __init__(self, environment: Environment, machine: Machine, listener: Listener, actions: ActionLog) -> None:
        self.connection: SimulatedConnection | None = None  # the newest
        self._environment = environment
        self._machine = machine
        self._listener = listener
        self._actions = actions

    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> SimulatedConnection:
        """Begin to connect to the server; `url` and `subprotocol` mean nothing here."""
        connection = self.connection = SimulatedConnection(self._environment, self._machine, events)
        latency = self._environment.network.latency()
        self._environment.timeline.call_later(latency, self._reach_server, connection, self._machine.life)
        return connection

    def _reach_server(self, connection: SimulatedConnection, life: int) -> None:
        """The request to connect has arrived at the server's machine."""
        network = self._environment.network
        if life != self._machine.life or not connection.open:
            return
        if network.down:
            self._machine.call_later(CONNECT_WITHIN, connection.fail, TimeoutError("no server answers"))
        elif not self._listener.machine.on:
            refused = ConnectionRefusedError("no server answers")
            self._machine.call_later(network.latency(), connection.fail, refused)
        else:
            self._listener.connect(connection, self._actions)
            connection.reached()
            self._machine.call_later(network.latency(), connection.opened)


class SimulatedConnection(End):
    """A program's end of a connection: frames, keepalive, and the closing handshake."""

    def __init__(self, environment: Environment, machine: Machine, events: ConnectionEvents) -> None:
        super().__init__(environment.network, machine)
        self.is_open = False  # from `opened` to `closed`
        self._counts = environment.trace.counts
        self._events = events
        self._reached = False  # the server has its end
        self._was_open = False
        self._closing = False
        self._full = False  # `write` has returned False, and `writable` was not told since
        self._paused = False
        self._heard_at = 0.0  # by the machine's clock
        self._pinged = False
        self._code, self._reason = ABNORMAL, ""  # of the server's close frame

    # ------------------------------------------------------------------ connecting

    def reached(self) -> None:
        """The server has its end of the connection."""
        self._reached = True
        self.other.out.reading = False  # what comes before `opened` waits

    def opened(self) -> None:
        """The server's answer has come: the connection is open."""
        if self.open:
            self.is_open = self._was_open = True
            self._heard_at = self.machine.clock
            self.machine.call_later(PING_EVERY, self._watch)
            self._events.opened()
            self._read()

    def fail(self, error: OSError) -> None:
        """The connection cannot be made."""
        if self.open:
            self.open = False
            self._events.closed(ConnectionEnd(error=error))

    # ------------------------------------------------------------------ the contract of a `ClientConnection`

    def write(self, frame: bytes) -> bool:
        if not self.is_open or self._closing:
            return False
        self._send(frame)
        self._full = len(self.out.waiting) >= MAX_UNSENT
        return not self._full

    def pause_reading(self) -> None:
        if self.is_open:
            self._paused = True
            self.other.out.reading = False

    def resume_reading(self) -> None:
        if self.is_open and self._paused:
            self._paused = False
            self._heard_at = self.machine.clock
            self.machine.call_later(0.0, self._read)

    def close(self) -> None:
        if not self.is_open:
            self.abort()
        elif not self._closing:
            self._send(CLOSE + b"%d" % _NORMAL)
            self._closing = True

    def abort(self) -> None:
        if self._reached:
            self.is_open = False
            self.shut("this program has ended the connection")
        else:
            self.machine.call_later(0.0, self.fail, ConnectionAbortedError("this program has given up"))

    # ------------------------------------------------------------------ from the network

    def frame_received(self, frame: bytes) -> None:
        self._heard_at, self._pinged = self.machine.clock, False
        if frame == PING:
            self._send(PONG)
        elif frame.startswith(CLOSE):
            code, _, reason = frame[1:].decode().partition(" ")
            self._code, self._reason = int(code), reason
            if not self._closing:
                self._send(frame)
            self.shut("the server has closed")
        elif frame != PONG:
            self._events.received(frame)

    def connection_lost(self, why: str) -> None:
        self.is_open = False
        error = None if self._was_open else ConnectionResetError(why)
        self._events.closed(ConnectionEnd(self._code, self._reason, error))

    def drained(self) -> None:
        if self._full and len(self.out.waiting) < MAX_UNSENT / 2:
            self._full = False
            self.machine.call_later(0.0, self._writable)

    def _writable(self) -> None:
        if self.is_open and not self._closing:
            self._events.writable()

    def _read(self) -> None:
        if self.is_open and not self._paused:
            self.other.out.reading = True
            self.other.out.read()

    def _send(self, frame: bytes) -> None:
        if self.open and not self._closing:
            self.out.write(WIRE.pack([frame]))

    def _watch(self) -> None:
        """Ping the server when it has been quiet; end the connection when it does not answer."""
        if not self.is_open:
            return
        quiet_for = self.machine.clock - self._heard_at
        if self._paused or quiet_for < PING_EVERY:
            self.machine.call_later(PING_EVERY if self._paused else PING_EVERY - quiet_for, self._watch)
        elif self._pinged:
            self._counts["program: half-open connection found"] += 1
            self.abort()
        else:
            self._pinged = True
            self._send(PING)
            self.machine.call_later(PING_EVERY, self._watch)
