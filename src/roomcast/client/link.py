"""The connection to the server, kept up: connect, write queued messages, read frames, reconnect when it is lost.

A link ties a client core to a network. It waits for nothing itself, and knows of an event loop only that it calls
back later: so it runs on any that has a `Scheduler`.
"""

from __future__ import annotations

from threading import Lock
from typing import Final, Protocol

from roomcast.core.client.client_core import ClientCore, Stage
from roomcast.core.protocol.messages import SUBPROTOCOL
from roomcast.errors import ProtocolError
from roomcast.transports.client_network import ClientConnection, ClientNetwork, ConnectionEnd
from roomcast.transports.scheduling import Handle, Scheduler

LEAVE_WITHIN: Final = 2.0  # seconds that what was sent may take to come back, when leaving
CLOSE_ANSWER_WITHIN: Final = 0.5  # seconds that the server may take to answer our close frame
_LOST: Final = "the connection was lost"


class Signal(Protocol):
    """A flag that others wait for, as `threading.Event` and `asyncio.Event` are."""

    def is_set(self) -> bool: ...

    def set(self) -> None:
        """It has happened. Returns at once."""


class Link:
    """Keeps a client core connected until its stage is OVER. To be used from the event loop alone.

    `arrived` is set when the core has new events, `ended` when the core is over and there is no connection any more.
    `lock` guards the core, which programs use from other threads.
    """

    def __init__(
        self,
        url: str,
        core: ClientCore,
        lock: Lock,
        *,
        network: ClientNetwork,
        scheduler: Scheduler,
        arrived: Signal,
        ended: Signal,
    ) -> None:
        self.first_failure: Exception | None = None  # why the first connection could not be made
        self.connected = False
        self._url = url
        self._core = core
        self._lock = lock
        self._network = network
        self._scheduler = scheduler
        self._now = scheduler.now
        self._arrived = arrived
        self._ended = ended
        self._connection: ClientConnection | None = None  # from `connect` to `closed`
        self._may_write = False
        self._broken: ProtocolError | None = None  # what the server did wrong on this connection
        self._tried = False
        self._retry: Handle | None = None
        self._leaving = False
        self._leave_by = 0.0  # when the connection is aborted at the earliest, when leaving
        self._said_goodbye = False

    # ------------------------------------------------------------------ what the shell asks for

    def start(self) -> None:
        """Begin to connect. From then on the link connects again by itself. Where the core is over, that is the end."""
        if self._core.stage is Stage.OVER:
            self._ended.set()
            return
        self._connection = self._network.connect(self._url, SUBPROTOCOL, self)

    def flush(self) -> None:
        """Write what waits, as far as the connection takes it."""
        while self._may_write and self._connection is not None:
            with self._lock:
                frame = self._core.next_frame(self._now())
            if not frame:
                return
            self._may_write = self._connection.write(frame)

    def leave(self) -> None:
        """Leave the room once what was sent has come back, at the latest after `LEAVE_WITHIN`; `ended` is set later."""
        if not self._leaving:
            self._leaving = True
            self._leave_by = self._now() + LEAVE_WITHIN
            self._scheduler.call_later(LEAVE_WITHIN, self._close)
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
                core.receive(frame, self._now())
        except ProtocolError as error:
            self._broken = error
            self._abort()
        if not self._arrived.is_set():  # who clears it looks for events after that
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
        failure, self._broken = self._broken or end.error, None
        if not self._tried:
            self.first_failure = failure
        self._tried = True
        now = self._now()
        with self._lock:
            self._core.disconnected(str(failure or "") or _LOST, now)
            wait = self._core.wait_before_retry(now)
        if self._core.stage is Stage.OVER:
            self._ended.set()
        elif self._leaving:
            self._close()
        else:
            self._retry = self._scheduler.call_later(wait, self.start)
        self._arrived.set()

    # ------------------------------------------------------------------ leaving

    def _leave_when_done(self) -> None:
        if not (self.connected and self._core.unacknowledged):
            self._close()

    def _close(self) -> None:
        if self._said_goodbye:
            return
        self._said_goodbye = True
        with self._lock:
            self._core.leave()
        self._arrived.set()
        if self._connection is not None and self.connected:
            self._connection.close()
            self._scheduler.call_later(max(self._leave_by - self._now(), CLOSE_ANSWER_WITHIN), self._abort)
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
