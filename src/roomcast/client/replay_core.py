"""The client core of a replay: a recording takes the place of the server, and nothing goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from roomcast.client.recording_reader import Recording
from roomcast.client.warn import warn
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol.messages import Error, Skipped, Tick
from roomcast.core.protocol.recording import Header, Recorded
from roomcast.errors import RoomClosed

END: Final = "the recording is at its end"
_NOT_SENT: Final = (
    "nothing can be sent in a replay: there are no others, and what was sent then is in the recording. "
    "To play on from there, join a room"
)


class ReplayCore(ClientCore):
    """Brings what a recording holds, one event at a time. `in_call`: whether a function of the program is being run.

    What such a function sends is dropped, for it was sent when the recording was made; elsewhere, sending raises
    `RoomClosed`.
    """

    def __init__(self, recording: Recording, me: str, in_call: Callable[[], bool]) -> None:
        header = recording.header
        super().__init__(header.room, me, chance=float)
        self.me = me or header.me
        self.checked: dict[int, str] = {}  # hashes of `room.check`, by seq
        self._in_call: Final = in_call
        self._lines: Final[Iterator[Recorded]] = iter(recording)
        self._next: Recorded | None = None  # read, and not brought yet
        self._header: Final = header
        self._told = False
        self._follow(header)

    # ------------------------------------------------------------------ what comes

    @property
    def next_at(self) -> float | None:
        """The room's time of what comes next, in Unix milliseconds; 0: at once. None: nothing comes."""
        found = self._peek()
        if found is None:
            return None
        return float(found.snapshot.at if isinstance(found, Skipped | Header) else found.at)

    @property
    def next_seq(self) -> int:
        """The seq of what comes next; of what has none, that which an entry in its place would have."""
        found = self._peek()
        if isinstance(found, Skipped):
            return found.last
        return self.seen + 1 if found is None or isinstance(found, Tick | Header) else found.s

    def bring(self) -> bool:
        """Let the next event arrive. Returns False where there is none any more."""
        found, self._next = self._peek(), None
        if found is None:
            if self.stage is Stage.OVER:
                return False
            self.fail(END)
        elif isinstance(found, Tick):
            self.time_link.ticked = max(self.ticked, found.at)
        elif isinstance(found, Header):
            self._follow(found)
        else:
            self.follower.seen = found.last if isinstance(found, Skipped) else found.s
            self.events.append(found)
        return True

    def _peek(self) -> Recorded | None:
        if self.stage is Stage.OVER:
            return None
        if self._next is None:
            self._next = next(self._lines, None)
        return self._next

    def _follow(self, header: Header) -> None:
        self.time_link.ticked = 0
        self.follower.start_at(self.me, header.s, header.snapshot, upto=header.s, world=header.world, lost=header.lost)

    # ------------------------------------------------------------------ what the program wants

    def begin_with_world(self) -> None:
        """The program has functions for its own state: begin once more, with the world that the recording has."""
        header = self._header
        if header.s and not header.world:
            what = f"the recording begins after entry {header.s}, and has no world to begin with"
            self.events.append(Error("no-world", what))
            return
        self.follower.holding = True
        self.follower.start_at(self.me, header.s, header.snapshot, upto=header.s, world=header.world)

    def check(self, log: int, seq: int, digest: str) -> None:
        """Keep the hash of the program's state after the entry at `seq`."""
        self.checked[seq] = digest

    def do(self, *_: object, **__: object) -> int:
        return self._refuse()

    def set(self, *_: object, **__: object) -> int:
        return self._refuse()

    def send(self, *_: object, **__: object) -> None:
        self._refuse()

    def _refuse(self) -> int:
        if not self._in_call():
            raise RoomClosed(_NOT_SENT, topic="recording")
        if not self._told:
            self._told = True
            warn(f"a function has sent something: {_NOT_SENT}", "recording")
        return 0
