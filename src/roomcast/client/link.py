"""The connection to the server, kept up: connect, write what waits, read what comes, connect again when it is lost.

A link ties a client core to a network. It waits for nothing by itself and knows no event loop but through
`Scheduler`, so real clients and simulated ones run this same code.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, Protocol

from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore, Stage
from roomcast.core.protocol.messages import SUBPROTOCOL
from roomcast.errors import ProtocolError
from roomcast.transports.client_network import ClientConnection, ClientNetwork, ConnectionEnd

LEAVE_WITHIN: Final = 2.0  # seconds that what was sent may take to come back, when leaving
GOODBYE_WITHIN: Final = 0.5  # seconds that the server may take to answer our close frame
_LOST: Final = "the connection was lost"


class Signal(Protocol):
    """What is set when something has happened: `threading.Event` and `asyncio.Event` are signals."""

    def set(self) -> None: ...


class Timer(Protocol):
    """A call to come, as `Scheduler.call_later` returns it."""

    def cancel(self) -> None: ...


class Scheduler(Protocol):
    """Calls functions later: asyncio's event loops do."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call back after `delay` seconds, from the loop."""


class Link:
    """Keeps a client core connected until the core's stage is OVER. To be used from the event loop alone.

    `arrived` is set when the core has new events or has come to its end, `ended` when there is no connection any more
    and there will be none. `lock` guards the core, for programs use it from other threads. `clock` gives seconds that
    never jump.
    """

    def __init__(
        self,
        where: Where,
        core: ClientCore,
        lock: Lock,
        *,
        network: ClientNetwork,
        scheduler: Scheduler,
        clock: Callable[[], float],
        arrived: Signal,
        ended: Signal,
    ) -> None:
        self.first_failure = ""  # why the first connection could not be made, as a sentence for people
        self.connected = False
        self._where = where
        self._core = core
        self._lock = lock
        self._network = network
        self._scheduler = scheduler
        self._clock = clock
        self._arrived = arrived
        self._ended = ended
        self._connection: ClientConnection | None = None  # from `connect` to `closed`
        self._may_write = False
        self._trouble: Exception | None = None  # what the server did wrong on this connection
        self._tried = False
        self._retry: Timer | None = None
        self._leaving = False
        self._leave_by = 0.0  # by the clock, when leaving
        self._said_goodbye = False

    # ------------------------------------------------------------------ what the shell asks for

    def start(self) -> None:
        """Begin to connect. To be called once."""
        self._connection = self._network.connect(self._where.url, SUBPROTOCOL, self)

    def flush(self) -> None:
        """Write what waits, as far as the connection takes it."""
        while self._may_write and self._connection is not None:
            with self._lock:
                frame = self._core.take_frame(self._clock())
            if not frame:
                return
            self._may_write = self._connection.write(frame)

    def leave(self) -> None:
        """Wait until what was sent has come back, at most `LEAVE_WITHIN`, then say goodbye; `ended` is set later."""
        if not self._leaving:
            self._leaving = True
            self._leave_by = self._clock() + LEAVE_WITHIN
            self._scheduler.call_later(LEAVE_WITHIN, self._say_goodbye)
            self.flush()
            self._leave_when_done()

    # ------------------------------------------------------------------ what the connection tells

    def opened(self) -> None:
        self.connected = self._may_write = True
        with self._lock:
            self._core.connected()
        self.flush()

    def received(self, frame: bytes) -> None:
        core = self._core
        try:
            with self._lock:
                core.receive(frame, self._clock())
        except ProtocolError as error:
            self._trouble = error
            self._abort()
        self._arrived.set()
        if core.has_output:
            self.flush()
        if self._leaving:
            self._leave_when_done()

    def writable(self) -> None:
        self._may_write = True
        self.flush()

    def closed(self, end: ConnectionEnd) -> None:
        self.connected = self._may_write = False
        self._connection = None
        trouble, self._trouble = self._trouble or end.error, None
        if trouble is not None and not self._tried:
            self.first_failure = _sentence(self._where, trouble)
        self._tried = True
        now = self._clock()
        with self._lock:
            self._core.disconnected(str(trouble or "") or _LOST, now)
            wait = self._core.wait_before_retry(now)
        if self._core.stage is Stage.OVER:
            self._ended.set()
        elif self._leaving:
            self._say_goodbye()
        else:
            self._retry = self._scheduler.call_later(wait, self.start)
        self._arrived.set()

    # ------------------------------------------------------------------ leaving

    def _leave_when_done(self) -> None:
        if not (self.connected and self._core.unacknowledged):
            self._say_goodbye()

    def _say_goodbye(self) -> None:
        if self._said_goodbye:
            return
        self._said_goodbye = True
        with self._lock:
            self._core.leave()
        self._arrived.set()
        if self._connection is not None and self.connected:
            self._connection.close()
            self._scheduler.call_later(max(self._leave_by - self._clock(), GOODBYE_WITHIN), self._abort)
        else:
            self._abort()

    def _abort(self) -> None:
        """End the connection, or stop making one."""
        if self._connection is not None:
            self._connection.abort()
        elif self._core.stage is Stage.OVER:
            if self._retry is not None:
                self._retry.cancel()
            self._ended.set()


def _sentence(where: Where, failure: Exception) -> str:
    """Why a first connection could not be made, and what to do."""
    if isinstance(failure, ConnectionRefusedError):
        return (
            f"no server answers at {where.server}: start one with 'roomcast serve', "
            "or set ROOMCAST_SERVER=host:port to where one is"
        )
    if isinstance(failure, TimeoutError):
        return f"{where.server} does not answer: is that the address of a Roomcast server?"
    if isinstance(failure, ConnectionError | ProtocolError):
        return f"what answers at {where.server} is no Roomcast server: is the port right?"
    return f"cannot reach {where.server} ({failure}): is the address right?"
