"""What a program does with its client core: what it sends, and how that stands.

client_core has the connection, and what the server says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import Final

import msgspec

from roomcast.core.client import parcels
from roomcast.core.client.client_events import Event
from roomcast.core.client.log_follower import LogFollower
from roomcast.core.client.outbox import Freshness, Outdating
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.client.room_place import RoomPlace
from roomcast.core.client.send_queue import SendQueue
from roomcast.core.client.time_link import TimeLink
from roomcast.core.protocol import codec
from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import NO_STATE, BeginRequest, Check, Do, DoRequest, Save, SetRequest, Wake


class Stage(Enum):
    OFFLINE = "offline"
    GREETING = "greeting"
    LIVE = "live"
    OVER = "over"


class SendingCore(RoomPlace):
    """The part of a client core that a program calls, from any thread."""

    __slots__ = ("_queue", "events", "follower", "limits", "me", "outbox", "reports", "stage", "start", "time_link")

    def __init__(self, room: str = "", name: str = "") -> None:
        super().__init__(room, name)
        self.start = ""  # from where a room is run that we know nothing of: "", "beginning" or "world", as in `Hello`
        self.stage = Stage.OFFLINE
        self.me = ""  # our player's id; "" before the first welcome
        self.limits: ClientLimits | None = None  # the server's, from its welcome on
        self.events: Final[deque[Event]] = deque()  # what has arrived: the shell takes it from the left
        self._queue: Final = SendQueue(self.events)
        self.outbox: Final = self._queue.outbox  # what is not acknowledged
        self.reports: Final = self._queue.reports
        self.follower: Final = LogFollower(self.events, self.outbox)
        self.time_link: Final = TimeLink()

    @property
    def seen(self) -> int:
        """The seq of the last entry received."""
        return self.follower.seen

    @property
    def log(self) -> int:
        """Which log that is in: a new session, or a loss, begins another."""
        return self.follower.log

    @property
    def holding(self) -> bool:
        """Whether we have asked to begin once more: nothing is to be run until the answer comes."""
        return self.follower.holding

    @property
    def ticked(self) -> int:
        """The newest tick: no entry from before that time will come (Unix milliseconds); 0: none."""
        return self.time_link.ticked

    @property
    def unacknowledged(self) -> int:
        """Messages that have not come back yet, and calls with bytes of which pieces are to be sent."""
        return len(self._queue)

    @property
    def outdated(self) -> int:
        """Messages that were not sent, because a newer one came (`latest`) or their time was over (`ttl`)."""
        return self.outbox.outdated

    def do(
        self,
        command: str,
        arguments: msgspec.Raw,
        to: tuple[str, ...] | None,
        now: float,
        outdating: Outdating | None = None,
    ) -> int:
        """Hand over a command, which is kept until it comes back. Returns the number that it is about to get.

        `arguments`: a JSON array or object. `to`: the ids of the players who alone shall see it, None for everyone.
        `outdating`: it is dropped when it is outdated before it is written; None: never. What the server has not had
        when the session is resumed was not written. Raises `TooFast` and `BadArgument`.
        """
        outbox = self.outbox
        n = outbox.newest + len(outbox.handed) + 1
        freshness = None if outdating is None else Freshness(outdating.latest, now + outdating.ttl)
        return self._queue.hand_over(DoRequest(n, command, arguments, to), now, freshness)

    def ask(self, command: str, arguments: msgspec.Raw, answer: PendingAnswer) -> int:
        """Hand over a command that wants an answer. Returns and raises as `do`."""
        return self._queue.hand_over(
            AskRequest(self.outbox.next_number, command, arguments), 0.0, Freshness(answer=answer)
        )

    def send(
        self,
        command: str,
        arguments: msgspec.Raw,
        blobs: Mapping[parcels.ArgumentKey, bytes],
        to: tuple[str, ...] | None,
    ) -> None:
        """Send a call with bytes, in pieces, while other messages go on. Raises as `do`."""
        self._queue.hand_over_parcel(command, arguments, blobs, to)

    def set(
        self,
        of: str,
        patch: dict[str, msgspec.Raw],
        *,
        whole: bool = False,
        op: str = "",
        was: dict[str, msgspec.Raw] | None = None,
    ) -> int:
        """Hand over a patch of shared state ("me" or "room"), whose values are encoded: what waits to be acknowledged
        is written again after a lost connection, and must not have changed. `op`, `was`: as in `SetRequest`.
        Returns and raises as `do`.
        """
        encoded = msgspec.Raw(codec.encode(patch))
        expected = NO_STATE if was is None else msgspec.Raw(codec.encode(was))
        return self._queue.hand_over(SetRequest(self.outbox.next_number, of, encoded, whole, op, expected), 0.0)

    def is_asked_about(self, log: int, entry: Do) -> bool:
        """Whether the server wants a report when this entry of that log has been run."""
        return log == self.log and self.reports.is_asked_about(entry, own=self._is_own(entry))

    def report(self, log: int, entry: Do, took: float) -> None:
        """Tell the server that an entry was run, in `took` ms. Nothing is sent of another log than we follow now."""
        if self.stage is Stage.LIVE and log == self.log:
            self.reports.ran(entry, took, log, own=self._is_own(entry))

    def _is_own(self, entry: Do) -> bool:
        """Whether an entry of the log that we follow is of this session of ours: its number is one that we gave."""
        return entry.by == self.me and entry.s > self.follower.settlement.began

    def check(self, log: int, seq: int, digest: str) -> None:
        """Let the server compare the hash of our program's state after the entry at `seq` with the others'.

        Nothing is sent where we follow another log by now: there, the same seq is another entry.
        """
        if self.stage is Stage.LIVE:
            self.reports.add(Check(seq, digest), log)

    def ask_for_time(self, wanted: Wake, heard: float) -> bool:
        """Have the server tell the room's time when a timer of the program is due. Returns as `Wakes.ask`."""
        return self.time_link.wakes.ask(wanted, heard)

    def begin_with_world(self) -> None:
        """Begin once more, with the room's world. Until the answer comes, `holding` is true."""
        self.start = "world"
        if self.log:
            self.follower.unasked.append(None)  # first: who sees that we hold must see that nobody has been asked
            self.follower.holding = True
            self._ask_to_begin()

    def _ask_to_begin(self) -> None:
        """Ask, where that is to be done: once, whichever thread is first. Before the welcome, it waits for that."""
        if self.stage is Stage.LIVE and self.follower.unasked:
            with suppress(IndexError):
                self.follower.unasked.pop()
                self.reports.add(BeginRequest(), self.log)

    def save_world(self, log: int, save: Save, text: str | None) -> None:
        """Answer `save`, of that log, with the program's own state as canonical JSON text; None: it cannot be had."""
        if self.stage is not Stage.LIVE or self.limits is None:
            return
        if text is None:
            self._queue.world.decline(log, save)
        else:
            self._queue.world.add(log, save, text, self.limits.message_size)
