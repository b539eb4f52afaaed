"""The contract of the worlds in which a server's connections are tested: a client whose reading a test controls, and a
peer that notes what it is told.

Clients see raw bytes, so a test compares what has arrived with what was written, to the byte. `real_server_ends.py` and
`simulated_server_ends.py` are the worlds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.connection import Connection, Wire
from roomcast.transports.bad_network import NOT_BAD

PATIENCE = 20.0  # seconds, real or simulated
UNREAD = 100_000  # bytes: the limit of these servers
LIMITS = Limits(unread=UNREAD, message_size=50_000)


class RecordingPeer:
    """A peer that notes what its transport tells it, and that nothing is told from inside a call of the connection."""

    def __init__(self, connection: Connection, wire: Wire, address: str, now: float) -> None:
        self.connection = connection
        self.wire = wire
        self.address = address
        self.heard = False
        self.frames: list[int] = []  # the sizes of those that were no messages
        self.session = None
        self.received: list[bytes] = []
        self.waits: list[float] = []  # what the next calls of `receive` and `read_on` return; 0.0 after that
        self.told: list[str] = []
        self.told_inside: list[str] = []
        self._inside = ""

    # -- what a test does with the connection

    def call(self, name: str, *args: Any) -> Any:
        """Call a method of the connection."""
        self._inside = name
        try:
            return getattr(self.connection, name)(*args)
        finally:
            self._inside = ""

    def inside(self, name: str) -> None:
        """From now on, a call with this name is going on; "": none."""
        self._inside = name

    # -- what the transport tells

    def receive(self, data: bytes, now: float) -> float:
        self.received.append(data)
        return self._wait("received")

    def control(self, size: int, now: float) -> float:
        self.heard = True
        self.frames.append(size)
        return 0.0

    def read_on(self, now: float) -> float:
        return self._wait("read on")

    def resumed(self) -> None:
        self._tell("resumed")

    def fell_behind(self) -> None:
        self._tell("fell behind")

    leaves = False

    def gone(self, now: float, *, clean: bool) -> None:
        self._tell("gone, clean" if clean else "gone")

    def disconnect(self, code: str, message: str, close: int = 0) -> None:
        self._tell(f"disconnect {code}")

    def _wait(self, what: str) -> float:
        self._tell(what)
        return self.waits.pop(0) if self.waits else 0.0

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if self._inside:
            self.told_inside.append(f"{what} inside {self._inside}")


class Client(ABC):
    """A client that reads when a test says so."""

    has_frames = True

    @property
    @abstractmethod
    def read(self) -> bytearray:
        """All bytes read so far."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether it has read the end of the connection."""

    @abstractmethod
    def read_until(self, size: int) -> None:
        """Read until that many bytes have been read altogether, or the connection has ended."""

    @abstractmethod
    def send(self, payload: bytes) -> None:
        """Send a message."""

    @abstractmethod
    def ping(self) -> None:
        """Ask for a sign of life."""

    @abstractmethod
    def leave(self, code: int = 1000) -> None:
        """End the connection as the protocol has it; `code` where that has codes (RFC 6455, section 7.4)."""

    @abstractmethod
    def vanish(self) -> None:
        """End the connection without a word."""


class World(ABC):
    """A listener of one kind of connection."""

    ping = b""  # what a client reads when the server asks for a sign of life
    pong = b""  # … when it answers a ping without a payload
    close = b""  # … when the server closes with code 1001 and the reason "closing"
    network = NOT_BAD  # on purpose

    @abstractmethod
    def connect(self) -> tuple[Client, RecordingPeer]: ...

    @abstractmethod
    def turn(self) -> None:
        """Let the event loop run a little."""

    @abstractmethod
    def now(self) -> float: ...

    def until(self, condition: Callable[[], object]) -> None:
        """Let the event loop run until the condition holds."""
        give_up = self.now() + PATIENCE
        while not condition():
            assert self.now() < give_up, "it did not come to pass"
            self.turn()

    def run_for(self, seconds: float) -> None:
        end = self.now() + seconds
        while self.now() < end:
            self.turn()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:  # noqa: B027  # there may be nothing to close
        pass
