"""The admin token: whoever knows it may kick players and close rooms."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from roomcast.core.server.accounts import Account
from roomcast.core.server.guesses import Guesses, WrongGuess
from roomcast.core.server.prices import WRONG_TOKEN
from roomcast.errors import Refused

_WRONG = "that is not this server's token: it stands where 'roomcast serve' was started"


class AdminToken:
    """The token of a server, "" where it has none. `log` is called with a sentence where somebody seems to guess."""

    def __init__(self, token: str = "", log: Callable[[str], object] = lambda sentence: None) -> None:
        self._token = token.encode()
        self._log = log
        self._guesses = Guesses(WRONG_TOKEN, self._tell)

    def check(self, token: str, account: Account, now: float) -> None:
        """Return if the token is right. Raises `Refused` ("bad-token"), with what to do; `WrongGuess` for a guess."""
        if not self._token:
            raise Refused("bad-token", "this server has no token: start it with --token to have one")
        # Compared in constant time, so that how long it takes does not tell how much of it was right.
        if not hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token):
            raise WrongGuess("bad-token", _WRONG, self._guesses.wait_after(account, now))

    def _tell(self, address: str, guesses: int) -> None:
        self._log(f"{guesses} wrong admin tokens came from {address}: it is answered later each time")
