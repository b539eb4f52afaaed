"""The way out: what a program sends goes into the client core, and the network is woken to write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Raw

from roomcast.client.blobs import Blobs
from roomcast.client.hints import never_pumped
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.outbox import Outdating
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.messages import Do
from roomcast.errors import BadArgument, RoomClosed, TooFast


class Waker(Protocol):
    """Wakes the network: it then writes what the client core has to send."""

    def wake(self) -> None:
        """Returns at once; writing is done on the network's event loop."""

    def measure(self) -> None:
        """Let it ping the server from now on, for the latency. Returns at once."""


class NoNetwork:
    """The `Waker` of a room whose messages are fetched from its core."""

    def wake(self) -> None:
        pass

    def measure(self) -> None:
        pass


class Sender:
    """Sends for one room, from any thread and from signal handlers. `clock` gives monotonic seconds."""

    __slots__ = ("_clock", "_core", "barred", "never_pumped", "waker")

    def __init__(self, core: ClientCore, clock: Callable[[], float]) -> None:
        self._core = core
        self._clock = clock
        self.waker: Waker = NoNetwork()
        self.never_pumped = False  # the program has a loop of its own, and has not run anything that arrived
        self.barred = ""  # why nothing can be sent yet, as a sentence; "": it can

    def do(
        self,
        command: str,
        arguments: Raw,
        blobs: Blobs,
        to: tuple[str, ...] | None,
        outdating: Outdating | None = None,
    ) -> None:
        """Send a command; with `blobs`, in pieces. `to`: the players' ids, None for everyone.

        `outdating`: when it is dropped, as in `ClientCore.do`. Raises `TooFast` when too much waits,
        `BadArgument` for more than a message may have, and for pieces that may be outdated, and `RoomClosed`.
        """
        core = self._core
        if core.over is not None or self.barred:
            raise self._closed()
        try:
            if blobs:
                if outdating is not None:
                    raise BadArgument(
                        f"{command}: a call with bytes goes in pieces, and all of them are sent: leave out latest= and "
                        "ttl=, or send the bytes in a call of their own",
                        topic="outdated",
                    )
                core.send(command, arguments, blobs, to)
            else:
                core.do(command, arguments, to, self._clock(), outdating)
        except TooFast as error:
            raise self._too_fast(error) from None
        self.waker.wake()

    def ask(self, command: str, arguments: Raw, answer: PendingAnswer) -> None:
        """Send a command that wants an answer. Raises as `do`."""
        if self._core.over is not None or self.barred:
            raise self._closed()
        try:
            self._core.ask(command, arguments, answer)
        except TooFast as error:
            raise self._too_fast(error) from None
        self.waker.wake()

    def set(
        self, of: str, patch: dict[str, Raw], *, whole: bool = False, op: str = "", was: dict[str, Raw] | None = None
    ) -> None:
        """Send a patch of shared state, "me" or "room", or an operation on it. Raises as `do`."""
        if self._core.over is not None or self.barred:
            raise self._closed()
        try:
            self._core.set(of, patch, whole=whole, op=op, was=was)
        except TooFast as error:
            raise self._too_fast(error) from None
        self.waker.wake()

    def latency(self) -> float | None:
        """Seconds of a round trip to the server, smoothed; None before it is known. Who asks lets it be measured."""
        trips = self._core.time_link.round_trips
        if not trips.wanted:
            trips.wanted = True
            self.waker.measure()
        return trips.latency

    def check(self, log: int, seq: int, digest: str) -> None:
        """Send the hash of the program's state after the entry at `seq` of that log."""
        self._core.check(log, seq, digest)
        self.waker.wake()

    def report(self, log: int, entry: Do, began: float) -> None:
        """Tell the server that a command has been run; `began`: when its turn came, by the clock."""
        self._core.report(log, entry, (self._clock() - began) * 1000)
        self.waker.wake()

    def _too_fast(self, error: TooFast) -> TooFast:
        return (
            TooFast(f"{error.message}. This program has {never_pumped()}", topic="pump") if self.never_pumped else error
        )

    def _closed(self) -> RoomClosed:
        core = self._core
        if core.over is None:
            return RoomClosed(self.barred)
        again = ": join it once more to go on" if core.over.code == "left" else ""
        return RoomClosed(
            f"the room {core.room!r} is over for this program: {core.over.message}{again}", core.over.code
        )
