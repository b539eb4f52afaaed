"""Sessions: by which secret a player comes back, what it has sent, and how fast it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from roomcast.core.feed import Cursor


class Holder(Protocol):
    """Who speaks for a session at the moment: a peer."""

    def replaced(self) -> None:
        """The session has connected anew from elsewhere."""
        ...

    def sent_away(self, code: str, message: str) -> None:
        """The room ends this player's stay."""
        ...

    def asked_to_report(self, every: int) -> None:
        """Somebody watches the room: of so many entries, report the steps of one; 0: of none any more."""
        ...


_ONE: Final = 1.0 - 1e-4  # a token, less what clocks and sums round off: who waits as told, gets it


class Bucket:
    """Tokens that refill with time: `rate` a second, at most `burst`; one is taken for each command."""

    __slots__ = ("_burst", "_rate", "_stamp", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._stamp = now

    def take(self, now: float) -> bool:
        """Take one token, if there is one."""
        tokens = self._tokens + (now - self._stamp) * self._rate
        self._stamp = now
        if tokens > self._burst:
            tokens = self._burst
        if tokens < _ONE:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1.0
        return True

    def give_back(self) -> None:
        """Put the last token back."""
        self._tokens += 1.0

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 if there is one."""
        tokens = self._tokens + (now - self._stamp) * self._rate
        return max(0.0, (1.0 - tokens) / self._rate) if tokens < _ONE else 0.0


class Session:
    """One player's stay in a room, over as many connections as it takes."""

    __slots__ = ("bucket", "cursor", "holder", "id", "left_state", "n", "name", "secret", "shown_n", "since")

    def __init__(self, player: str, name: str, secret: str, bucket: Bucket) -> None:
        self.id = player
        self.name = name
        self.secret = secret  # "": this player cannot come back (a starter client)
        self.bucket = bucket
        self.n = 0  # the highest number taken from it; what comes again under one is dropped
        self.shown_n = 0  # in a full room: the highest number among the entries that may be seen
        self.holder: Holder | None = None  # None: no connection at the moment
        self.cursor: Cursor | None = None
        self.since = 0.0  # when it lost its connection
        self.left_state: dict[str, Any] | None = None  # its shared state, once its seat was given up
