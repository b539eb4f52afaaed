"""A session: one player's stay in a room, across reconnections; and the contract of its peer."""

from __future__ import annotations

from typing import Protocol

from msgspec import Raw, Struct

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.feed import Cursor
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.core.room.turn_costs import TurnCosts
from roomcast.errors import Refused


class Start(Struct, frozen=True, gc=False):
    """From where somebody begins to read a room."""

    seq: int  # the snapshot is the state after this entry
    snapshot: Snapshot
    n: int  # the highest number taken from the session up to `upto`
    upto: int  # seq of the log's end
    world: str = ""  # the programs' own state at `seq`, as JSON text; "": none is known


class PeerHandle(Protocol):
    """The peer that speaks for a session at the moment, as the room sees it."""

    def begin(self, start: Start, now: float) -> None:
        """The start that the peer has asked for is committed: send the welcome, and attach to the room."""
        ...

    def replaced(self) -> None:
        """The session has a newer connection."""
        ...

    def disconnect(self, code: str, message: str) -> None:
        """The room ends this player's stay; `code` is one of the error codes."""
        ...

    def refuse(self, code: str, message: str, n: int = 0) -> None:
        """Something that the client waits for will not come; `code` is one of the error codes.

        `n`: the number of the message that is refused; 0: it is about none.
        """
        ...

    def go_on(self, now: float) -> None:
        """The room was held, and is no more: what has come meanwhile may be handled."""
        ...

    def charge_tick(self, writes: int, now: float) -> float:
        """The room's time was told to `writes` connections because this one asks for it.

        Returns seconds until it is told again for its sake, at the earliest.
        """
        ...

    def charge_turn(self, costs: TurnCosts) -> None:
        """What this one has sent has made the rules of its room do so much, beside what each command costs."""
        ...

    def request_reports(self, every: int) -> None:
        """Have the client report the steps of one entry in `every`; 0: of none any more."""
        ...


class Session:
    """One player's stay in a room, across reconnections."""

    __slots__ = (
        "address",
        "auth",
        "began",
        "begins_again",
        "bucket",
        "cursor",
        "id",
        "knows_world",
        "left_state",
        "looks_on",
        "n",
        "name",
        "peer",
        "repeated",
        "secret",
        "since",
        "start",
        "ticket",
    )

    def __init__(self, player: str, name: str, secret: str, bucket: TokenBucket) -> None:
        self.id = player
        self.name = name
        self.secret = secret  # "": this player cannot come back (a line client)
        self.address = ""  # from which it last connected: what counts as one; "": not since the server began
        self.auth = b""  # what rules said of the player when they let it in: a JSON object; b"": they were not asked
        self.begins_again = False  # it has asked to, and does so when it has read on
        self.bucket = bucket
        self.began = 0  # seq after which private entries for its id are its own; before, another player may have had it
        self.looks_on = False  # it has no seat, is no player, and cannot act
        self.n = 0  # the highest number taken from it; what comes again under one is dropped
        self.knows_world: bool | None = False  # its program has the world of the room, and can save it; None: of a
        # session that was kept, where only the program can say that
        self.repeated = 0  # messages that were taken before, and are not charged yet
        self.peer: PeerHandle | None = None  # None: no connection at the moment
        self.cursor: Cursor | None = None
        self.start = ""  # of which place a snapshot for it is: as in `Hello`
        self.ticket = ""  # of the party for which it has reserved seats
        self.since = 0.0  # when it lost its connection, or while it has one, when it joined or came back
        self.left_state: Raw | None = None  # its shared state, once its seat was given up

    def use_up(self, n: int) -> None:
        """A message that was refused unread has used up its number, if that was the next one."""
        if n == self.n + 1:
            self.n = n

    def check_repeated(self, n: int) -> int:
        """For a message whose number is not the next one: 0 if it was used before. Raises `Refused` ("gap")."""
        if 0 < n <= self.n:
            self.repeated += 1
            return 0  # sent again after a reconnect; done once
        raise Refused("gap", f"message {n} came after {self.n}: the next one is {self.n + 1}", n)
