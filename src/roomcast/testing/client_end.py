"""A program's end of a simulated connection: frames, pings, and the closing handshake."""

from __future__ import annotations

from typing import Protocol

from roomcast.testing.network import CLOSE, PING, PONG, WIRE, End, Network
from roomcast.testing.timeline import Machine


class Receiver(Protocol):
    """The program that a connection belongs to."""

    def receive(self, end: ClientEnd, frame: bytes) -> None:
        """A frame with messages has arrived."""
        ...

    def lost(self, end: ClientEnd, why: str) -> None:
        """The connection has ended."""
        ...


class ClientEnd(End):
    """A program's end of a connection. `heard_at` is by the machine's clock, in seconds."""

    def __init__(self, network: Network, machine: Machine, receiver: Receiver) -> None:
        super().__init__(network, machine)
        self.heard_at = machine.clock
        self.pinged = False
        self._receiver = receiver
        self._closing = False

    def write(self, frame: bytes) -> None:
        if self.open and not self._closing:
            self.out.write(WIRE.pack([frame]))

    def close(self, code: int) -> None:
        """Send a close frame; the server then closes the connection."""
        self.write(CLOSE + str(code).encode())
        self._closing = True
        self.machine.call_later(0.5, self.shut, "this program has left")

    def frame_received(self, frame: bytes) -> None:
        self.heard_at, self.pinged = self.machine.clock, False
        if frame == PING:
            self.write(PONG)
        elif frame.startswith(CLOSE):
            self.write(frame)
            self.shut("the server has closed")
        elif frame != PONG:
            self._receiver.receive(self, frame)

    def connection_lost(self, why: str) -> None:
        self._receiver.lost(self, why)
