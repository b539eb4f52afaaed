"""The connection to the server, kept up: connect, write queued messages, read frames, reconnect when it is lost.

A link ties a client core to a network. It waits for nothing itself, and knows of an event loop only that it calls
back later: so it runs on any that has a `Scheduler`.

Whatever goes wrong, one of two things follows: it connects again, or the core is over and says why. What the network
raises counts as a lost connection. What the core raises is its end: half of a step may be done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol

from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.endings import ABNORMAL, comes_back, described, is_outage, may_pass
from roomcast.core.client.round_trips import PING_EVERY
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol.messages import SUBPROTOCOL
from roomcast.core.protocol.names import one_line
from roomcast.errors import ProtocolError, sentence
from roomcast.transports.client_network import ClientConnection, ClientNetwork, ConnectionEnd, NotWebSocket
from roomcast.transports.scheduling import Handle, Scheduler

log: Final = logging.getLogger("roomcast")

LEAVE_WITHIN: Final = 2.0  # seconds that what was sent may take to come back, when leaving
CLOSE_ANSWER_WITHIN: Final = 0.5  # seconds that the server may take to answer our close frame
MAX_BACKLOG: Final = 10_000  # events that wait for the program, from which on the connection is not read
MAX_BACKLOG_BYTES: Final = 8 * 1024 * 1024  # of the frames they came in; both are what a server keeps of a room's log
SMALL_BACKLOG: Final = 16  # events, below which it is read again

_Args = ParamSpec("_Args")


class Signal(Protocol):
    """A flag that others wait for, as `threading.Event` and `asyncio.Event` are."""

    def is_set(self) -> bool: ...

    def set(self) -> None:
        """It has happened. Returns at once."""


def _contained(call: Callable[Concatenate[Link, _Args], None]) -> Callable[Concatenate[Link, _Args], None]:
    """For what the event loop calls: an exception that nobody expected ends the room, and says so."""

    @wraps(call)
    def contained(link: Link, *args: _Args.args, **kwargs: _Args.kwargs) -> None:
        try:
            call(link, *args, **kwargs)
        except BaseException as error:
            link.fail(error)
            if not isinstance(error, Exception):
                raise

    return contained  # type: ignore[return-value]  # its first argument has another name


class Link:
    """Keeps a client core connected until its stage is OVER, and owns it. To be used from the event loop alone.

    `arrived` is set when the core has new events, `ended` when the core is over and there is no connection any more.
    """

    def __init__(
        self,
        url: str,
        core: ClientCore,
        *,
        network: ClientNetwork,
        scheduler: Scheduler,
        arrived: Signal,
        ended: Signal,
    ) -> None:
        self.first_failure: Exception | None = None  # why the first connection could not be made
        self.connected = False
        self.paused = False  # the connection is not read, for the program does not take what has arrived
        self._url = url
        self._core = core
        self._network = network
        self._scheduler = scheduler
        self._now = scheduler.now
        self._arrived = arrived
        self._ended = ended
        self._connection: ClientConnection | None = None  # from `connect` to `closed`
        self._may_write = False
        self._broken: Exception | None = None  # what went wrong on this connection
        self._tried = False
        self._retry: Handle | None = None
        self._leaving = False
        self._stays = False
        self._leave_by = 0.0  # when the connection is aborted at the earliest, when leaving
        self._said_goodbye = False
        self._backlog_bytes = 0  # of the frames that came since few events waited
        self._next_ping: Handle | None = None

    # ------------------------------------------------------------------ what the shell asks for

    @_contained
    def start(self) -> None:
        """Begin to connect. From then on the link connects again by itself. Where the core is over, that is the end."""
        if self._core.stage is Stage.OVER:
            self._ended.set()
            return
        try:
            self._connection = self._network.connect(self._url, SUBPROTOCOL, self)
        except Exception as error:
            self._note(error)
            self.closed(ConnectionEnd())

    @_contained
    def flush(self) -> None:
        """Write what waits, as far as the connection takes it; and read on, if the program has caught up."""
        if self._may_write:
            self._write()
        else:
            self._core.drop_outdated(self._now())
        if self.paused:
            self._read_on()
        if self._core.stage is Stage.OVER and not self._leaving:  # the program could not go on
            self._abort()

    @_contained
    def measure(self) -> None:
        """Somebody asks for the latency: ping the server now, and from now on every `PING_EVERY` seconds."""
        if self._next_ping is None:
            self._ping()

    @_contained
    def _ping(self) -> None:
        self._next_ping = None
        if self._core.stage is Stage.OVER:
            return
        if not self.paused:  # the answer would not be read
            self._core.ping()
            self._write()
        self._next_ping = self._scheduler.call_later(PING_EVERY, self._ping)

    @_contained
    def leave(self, *, stays: bool = False) -> None:
        """Leave the room once what was sent has come back, at the latest after `LEAVE_WITHIN`; `ended` is set later.

        `stays`: the player is to be away, and may come back with its session; else it has left for good.
        """
        if not self._leaving:
            self._leaving, self._stays = True, stays
            self._leave_by = self._now() + LEAVE_WITHIN
            self._scheduler.call_later(LEAVE_WITHIN, self._close)
            self._write()
            if self.paused:
                self._read_on()
            self._leave_when_done()

    @_contained
    def drop(self) -> None:
        """End the connection now, whatever waits."""
        self._core.leave()
        self._abort()

    def fail(self, error: BaseException) -> None:
        """Give up: this program has a fault, or a signal came in the middle of a step. Raises nothing."""
        if self._core.over is None:
            log.error("the network part of a room has failed", exc_info=error)
            self._core.fail(
                f"this program cannot go on in the room: {type(error).__name__}: {one_line(sentence(error))}"
            )
        try:
            self._abort()
        except Exception:
            self._connection = None
            self._ended.set()
        self._arrived.set()

    def abandon(self, why: str) -> None:
        """Give up without touching the connection: it is another process's, or the event loop has ended."""
        self._core.fail(why)
        self._connection, self._may_write, self.connected, self.paused = None, False, False, False
        self._arrived.set()

    # ------------------------------------------------------------------ what the connection tells

    @_contained
    def opened(self) -> None:
        self.connected = self._may_write = True
        self._core.connected()
        self._write()
        if self._core.time_link.round_trips.wanted:  # before there was a network
            self.measure()

    def received(self, frame: bytes) -> None:
        core = self._core
        try:
            core.receive(frame, self._now())
            if not self._arrived.is_set():  # who clears it looks for events after that
                self._arrived.set()
            if core.has_output:
                self._write()
            if self._leaving:
                self._leave_when_done()
            elif len(core.events) >= SMALL_BACKLOG:
                self._limit_backlog(len(frame))
            else:
                self._backlog_bytes = 0
        except ProtocolError as error:
            self._arrived.set()
            self._break(error)
        except BaseException as error:
            self.fail(error)
            if not isinstance(error, Exception):
                raise

    @_contained
    def writable(self) -> None:
        self._may_write = True
        self._write()

    @_contained
    def closed(self, end: ConnectionEnd) -> None:
        self.connected = self._may_write = self.paused = False
        self._connection = None
        self._backlog_bytes = 0
        failure, self._broken = self._broken or end.error, None
        if not self._tried:
            self.first_failure = failure
        self._tried = True
        now, core = self._now(), self._core
        why, said, final = _judged(end, failure)
        core.disconnected(why, now, said=said, final=final)
        if core.stage is Stage.OVER:
            self._ended.set()
        elif self._leaving:
            self._close()
        else:
            self._retry = self._scheduler.call_later(core.wait_before_retry(now), self.start)
        self._arrived.set()

    # ------------------------------------------------------------------ writing and reading

    def _write(self) -> None:
        while self._may_write and self._connection is not None:
            frame = self._core.next_frame(self._now())
            if not frame:
                return
            try:
                self._may_write = self._connection.write(frame)
            except Exception as error:
                self._break(error)

    def _limit_backlog(self, size: int) -> None:
        """Where much waits for the program, let the server wait as well, and tell us later what we skipped."""
        self._backlog_bytes += size
        if self.paused or (len(self._core.events) < MAX_BACKLOG and self._backlog_bytes < MAX_BACKLOG_BYTES):
            return
        if self._connection is not None and self._core.stage is not Stage.OVER:
            self._core.time_link.round_trips.interrupted()
            self.paused = True  # before the program's backlog is looked at again: it wakes us where this is set
            self._guard(self._connection.pause_reading)
            self._read_on()

    def _read_on(self) -> None:
        if self._leaving or len(self._core.events) < SMALL_BACKLOG:
            self.paused = False
            self._backlog_bytes = 0
            if self._connection is not None:
                self._guard(self._connection.resume_reading)

    def _guard(self, call: Callable[[], Any]) -> None:
        """Call something of the connection."""
        try:
            call()
        except Exception as error:
            self._break(error)

    def _break(self, error: Exception) -> None:
        """Something is wrong with this connection: end it, and make another one."""
        self._note(error)
        self._may_write = False
        self._abort()

    def _note(self, error: Exception) -> None:
        if not isinstance(error, ProtocolError | OSError):
            log.error("a connection has failed", exc_info=error)
        self._broken = error

    # ------------------------------------------------------------------ leaving

    def _leave_when_done(self) -> None:
        if not (self.connected and self._core.unacknowledged):
            self._close()

    @_contained
    def _close(self) -> None:
        if self._said_goodbye:
            return
        self._said_goodbye = True
        self._core.leave()
        self._arrived.set()
        if self._connection is not None and self.connected and not self._stays:
            self._scheduler.call_later(max(self._leave_by - self._now(), CLOSE_ANSWER_WITHIN), self._abort)
            self._guard(self._connection.close)
        else:
            self._abort()

    def _abort(self) -> None:
        """End the connection, or stop making one."""
        if self._connection is not None:
            try:
                self._connection.abort()
            except Exception as error:  # it will not tell its end either
                self._note(error)
                self.closed(ConnectionEnd())
        elif self._core.stage is Stage.OVER:
            if self._retry is not None:
                self._retry.cancel()
            self._ended.set()


def _judged(end: ConnectionEnd, failure: Exception | None) -> tuple[str, bool, bool]:
    """Why a connection ended, as a sentence; whether the server said so; and whether it would say so for ever."""
    if isinstance(failure, NotWebSocket):
        return str(failure), not is_outage(failure.status), not may_pass(failure.status)
    if failure is not None:
        return one_line(sentence(failure)) or type(failure).__name__, not isinstance(failure, OSError), False
    return described(end.code, one_line(end.reason)), end.code != ABNORMAL, not comes_back(end.code)
