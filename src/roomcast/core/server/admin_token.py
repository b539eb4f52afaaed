"""The admin token: whoever knows it may kick players and close rooms. Guesses are rate-limited."""

from __future__ import annotations

import hmac
from typing import Final

from roomcast.core.room.token_bucket import TokenBucket
from roomcast.errors import Refused

TRIES: Final = 5  # wrong tokens from one address, before it has to wait
TRIES_PER_SECOND: Final = 0.1  # … from then on
_MAX_ADDRESSES: Final = 1000  # that are remembered for it


class AdminToken:
    """The token of a server, "" where it has none, and the recent wrong guesses by address."""

    def __init__(self, token: str = "") -> None:
        self._token = token.encode()
        self._tries: dict[str, TokenBucket] = {}  # by address, the last one to begin at the end

    def check(self, token: str, address: str, now: float) -> None:
        """Return if the token is right. Raises `Refused` ("bad-token"), with what to do."""
        if not self._token:
            raise Refused("bad-token", "this server has no token: start it with --token to have one")
        tries = self._tries.get(address)
        wait = tries.wait(now) if tries is not None else 0.0
        if wait > 0:  # not even compared: else one could go on guessing
            seconds = max(1, round(wait))
            raise Refused("bad-token", f"too many wrong tokens came from {address}: try again in {seconds} s")
        # Compared in constant time, so that how long it takes does not tell how much of it was right.
        if hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token):
            self._tries.pop(address, None)
            return
        if tries is None:
            if len(self._tries) >= _MAX_ADDRESSES:
                del self._tries[next(iter(self._tries))]
            tries = self._tries[address] = TokenBucket(TRIES_PER_SECOND, TRIES, now)
        tries.take(now)
        raise Refused("bad-token", "that is not this server's token: it stands where 'roomcast serve' was started")
