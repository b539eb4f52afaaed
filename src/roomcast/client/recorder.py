"""Records a room while it is played: joins it as a player, and writes what it is sent to a file, a line each.

Each line is written whole and at once: who ends in the middle leaves a recording up to there.
"""

from __future__ import annotations

from typing import BinaryIO, Final

from roomcast.client.game import Room
from roomcast.client.warn import warn
from roomcast.client.where import Where
from roomcast.core.client.client_events import Closed, Event, Joined, Offline
from roomcast.core.protocol import codec, recording
from roomcast.core.protocol.messages import Entry, Error, Hidden, Save, Skipped, Tick
from roomcast.core.protocol.recording import Header

NAME: Final = "recorder"
_NO_WORLD: Final = "no-world"


class Recorder(Room):
    """A player who writes down what happens.

    `from_now`: not what was before, as far as the room still keeps it. Raises as `roomcast.join`.
    """

    def __init__(
        self,
        where: Where,
        *,
        name: str = NAME,
        timeout: float = 10.0,
        from_now: bool = False,
        credential: str | None = None,
    ) -> None:
        self.entries = 0
        """Entries that were written so far."""
        self.size = 0
        """Bytes that were written so far."""
        self.begins = -1
        """The seq of the first header's snapshot; -1: it is not written yet."""
        self._first: Joined | None = None  # the start, until it is written
        self._asked = from_now  # whether the world was asked for
        super().__init__(where, name, timeout, replay=not from_now, credential=credential)

    def _is_admitted(self, failure: Exception | None) -> bool:
        self._first = next((event for event in list(self._core.events) if isinstance(event, Joined)), None)
        return super()._is_admitted(failure)

    def record(self, file: BinaryIO, wait: float = 0.0) -> int:
        """Write what has arrived to a file; where nothing has, wait up to so many seconds for it.

        Returns how many entries that were. Raises `OSError` where the file cannot be written.
        """
        events, before = self._core.events, self.entries
        if not events and wait > 0:
            self._arrived.clear()
            if not events:
                self._arrived.wait(wait)
        if self._first is None or self._is_started(self._first, file):
            pieces: list[bytes] = []
            while events:
                piece = self._line(events.popleft())
                if piece:
                    pieces.append(piece)
            self._write(file, pieces)
        self._tend()
        return self.entries - before

    def __enter__(self) -> Recorder:
        return self

    @property
    def over(self) -> Closed | None:
        """Why no more will come; None while more may."""
        return self._inbox.closed

    def finish(self, file: BinaryIO) -> None:
        """Write what is left, and how late it was in the room. Raises as `record`."""
        self.record(file)
        if self._core.ticked:
            self._write(file, [codec.encode(Tick(int(self._core.ticked)))])

    def _is_started(self, first: Joined, file: BinaryIO) -> bool:
        """Write the header, once it is known. A room that has forgotten its beginning is asked for its world."""
        core = self._core
        if first.seq and not self._asked:
            self._asked = True
            core.begin_with_world()
            self._sender.waker.wake()
        if core.holding:
            return False
        for event in list(core.events):
            if isinstance(event, Joined) and event.again:
                while core.events.popleft() is not event:
                    pass
                first = event
                break
        self._first = None
        self.begins = first.seq
        self._write(file, [self._header(first)])
        return True

    def _header(self, joined: Joined) -> bytes:
        header = Header(
            recording.VERSION, self._core.room, joined.seq, joined.snapshot, joined.me, joined.world, joined.lost
        )
        return codec.encode(header)

    def _line(self, event: Event) -> bytes:
        """The line for an event; b"": there is none."""
        if isinstance(event, Entry | Hidden):
            self.entries += 1
            return codec.encode(event)
        if isinstance(event, Skipped):
            return codec.encode(event)
        if isinstance(event, Joined):
            return self._header(event)
        if isinstance(event, Save):
            self._core.save_world(self._core.log, event, None)  # it has no state of its own
        elif isinstance(event, Offline):
            warn(f"the connection to {self._where.server} is lost ({event.why}): trying again", "connection-lost")
        elif isinstance(event, Closed):
            self._inbox.closed = event
        elif isinstance(event, Error) and event.code != _NO_WORLD:
            warn(f"{event.message} ({event.code})", "failed")
        return b""

    def _write(self, file: BinaryIO, lines: list[bytes]) -> None:
        if lines:
            text = b"".join(line + b"\n" for line in lines)
            file.write(text)
            file.flush()
            self.size += len(text)
