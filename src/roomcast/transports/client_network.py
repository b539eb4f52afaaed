"""The contract of a client's network: what carries frames between a client and its server.

`ClientNetwork.connect` begins a connection and returns at once. From then on the connection tells its events:

    connecting ── opened ──▶ open ── received, writable, received … ── closed
        └──────────────────────────────────────────────────────────── closed

Every implementation keeps these promises; tests/transports/test_client_network.py checks them:

* Events come from the event loop alone, never from within `connect`, `write`, `close` or `abort`.
* `closed` is told exactly once, as the last event, also after `abort` and where no connection could be made.
* A frame is the payload of one whole text message: fragments (RFC 6455, section 5.4) are joined.
* Frames arrive in order and without gaps; the same holds for what is written, until the connection ends.
* Pings are answered. After `PING_EVERY` seconds without a byte from the server, it is pinged; if it
  stays silent for as long again, the connection ends. (Browsers do not let a program ping: there, the server does it.)

Implementations: `roomcast.transports.picows_client`, which real clients use unless they are given another one, and
`roomcast.testing.simulated_client_network`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from roomcast.core.client.endings import ABNORMAL

CONNECT_WITHIN: Final = 5.0  # seconds for TCP and TLS to one address, and again for the WebSocket handshake
PING_EVERY: Final = 10.0  # seconds without a byte from the server before a ping; then as long again for its answer
MAX_FRAME_SIZE: Final = (
    64 * 1024 * 1024
)  # bytes received: a snapshot of the largest room fits; more ends the connection


class NotWebSocket(ConnectionError):
    """What answered did not accept a WebSocket, or broke its protocol (RFC 6455).

    `status`: of its HTTP answer, 0 where there was none. `said`: what stood in there for people, or where it sends us.
    """

    def __init__(self, message: str, status: int = 0, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """How a connection ended.

    `error` says why it could not be made, and is None for one that was open: `ConnectionRefusedError` where nobody
    listens, `TimeoutError` where nothing answered in time, `NotWebSocket` or another `ConnectionError` where what
    answered was no WebSocket server, `OSError` for anything else (an unknown host, no route, a certificate).
    """

    code: int = ABNORMAL  # of the server's close frame; 1005: it had none
    reason: str = ""  # the text of that frame
    error: OSError | None = None


class ConnectionEvents(Protocol):
    """The callbacks of a connection."""

    def opened(self) -> None:
        """The WebSocket is open: frames may be written."""

    def received(self, frame: bytes) -> None:
        """A text message has come."""

    def writable(self) -> None:
        """After a `write` that returned False: most of what waited is on its way, write on."""

    def closed(self, end: ConnectionEnd) -> None:
        """The connection is gone, or could not be made."""


class ClientConnection(Protocol):
    """One connection, from `connect` until `closed` is told. After that, its methods do nothing."""

    def write(self, frame: bytes) -> bool:
        """Send one text message; never blocks.

        Returns whether more may be written. If not, the system or the server is behind: what was written is kept and
        goes out later, and `writable` is told. Raises nothing: a connection that breaks tells `closed`.
        """

    def pause_reading(self) -> None:
        """Receive nothing more, so that TCP holds the server back; frames that were read already may still come.

        While reading is paused, the server is not pinged, and its end is not noticed.
        """

    def resume_reading(self) -> None:
        """Receive again."""

    def close(self) -> None:
        """Send a close frame of code 1000 after what was written; the server then ends the connection.

        The server does so, and not we: if we did, with more frames on their way to us, the system would reset the
        connection, and our close frame might not be read (RFC 6455, section 7.1.1).

        There is no limit in time: who wants one calls `abort` later. Before `opened`, this is `abort`.
        """

    def abort(self) -> None:
        """End the connection now, or stop making it; what waits is lost, and no event follows but `closed`."""


class ClientNetwork(Protocol):
    """Makes connections."""

    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> ClientConnection:
        """Begin to connect to `url` (ws:// or wss://, then with TLS), offering `subprotocol` (RFC 6455, section 1.9).

        Called where an event loop runs; returns at once. Raises nothing: what goes wrong is in `ConnectionEnd.error`.
        """
