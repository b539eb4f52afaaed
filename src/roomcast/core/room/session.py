"""Sessions: by which secret a player comes back, what it has sent, and how fast it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from roomcast.core.room.feed import Cursor


class PeerHandle(Protocol):
    """Who speaks for a session at the moment: a peer."""

    def replaced(self) -> None:
        """The session has connected anew from elsewhere."""
        ...

    def disconnect(self, code: str, message: str) -> None:
        """The room ends this player's stay."""
        ...

    def asked_to_report(self, every: int) -> None:
        """Somebody watches the room: of so many entries, report the steps of one; 0: of none any more."""
        ...


_ROUNDED: Final = 1e-4  # of a token: what clocks and sums round off, so that who waits as told, gets it


class TokenBucket:
    """Tokens that refill with time: `rate` a second, at most `burst`; one is taken for each command.

    Kept as the one moment at which it will be full again: taking a token moves that on by the time that one takes to
    refill (the generic cell rate algorithm, ITU-T I.371).
    """

    __slots__ = ("_each", "_full_at", "_most")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._each = 1.0 / rate  # seconds that one token takes to refill
        self._most = (burst - 1.0 + _ROUNDED) / rate  # seconds that it may be from full, for there to be a token
        self._full_at = now

    def take(self, now: float) -> bool:
        """Take one token, if there is one."""
        full_at = self._full_at
        if full_at < now:
            full_at = now
        elif full_at - now > self._most:
            return False
        self._full_at = full_at + self._each
        return True

    def give_back(self) -> None:
        """Put the last token back."""
        self._full_at -= self._each

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 if there is one."""
        missing = self._full_at - now - self._most
        return missing + _ROUNDED * self._each if missing > 0 else 0.0


class Session:
    """One player's stay in a room, over as many connections as it takes."""

    __slots__ = ("bucket", "cursor", "id", "left_state", "n", "name", "peer", "secret", "shown_n", "since")

    def __init__(self, player: str, name: str, secret: str, bucket: TokenBucket) -> None:
        self.id = player
        self.name = name
        self.secret = secret  # "": this player cannot come back (a starter client)
        self.bucket = bucket
        self.n = 0  # the highest number taken from it; what comes again under one is dropped
        self.shown_n = 0  # in a full room: the highest number among the entries that may be seen
        self.peer: PeerHandle | None = None  # None: no connection at the moment
        self.cursor: Cursor | None = None
        self.since = 0.0  # when it lost its connection
        self.left_state: dict[str, Any] | None = None  # its shared state, once its seat was given up
