"""The admin token: whoever knows it may kick players and close rooms.

The right token is let in at once, whatever others at the same address have guessed: a class has one address. A wrong
one is answered late, the later the more there were, and costs its address more than it costs us.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

from roomcast.core.server.accounts import Account
from roomcast.core.server.prices import WRONG_TOKEN
from roomcast.errors import Refused

FREE: Final = 5  # wrong tokens from one address that are answered at once: people mistype
FORGET_EVERY: Final = 10.0  # seconds in which one of them is forgotten
LONGEST: Final = 8.0  # seconds until a wrong token is answered: below `Limits.hello_within`
_MAX_ADDRESSES: Final = 1000  # that are remembered for it


class WrongToken(Refused):
    """A wrong token; `wait`: seconds after which its sender is told."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__("bad-token", message)
        self.wait = wait


class AdminToken:
    """The token of a server, "" where it has none, and the recent wrong guesses by address.

    `log` is called with a sentence where somebody seems to guess.
    """

    def __init__(self, token: str = "", log: Callable[[str], object] = lambda sentence: None) -> None:
        self._token = token.encode()
        self._log = log
        self._forgotten: dict[str, float] = {}  # by address: when all its guesses are forgotten; the latest at the end

    def check(self, token: str, account: Account, now: float) -> None:
        """Return if the token is right. Raises `Refused` ("bad-token"), with what to do; `WrongToken` for a guess."""
        if not self._token:
            raise Refused("bad-token", "this server has no token: start it with --token to have one")
        # Compared in constant time, so that how long it takes does not tell how much of it was right.
        if not hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token):
            raise self._wrong(account, now)

    def _wrong(self, account: Account, now: float) -> WrongToken:
        account.charge(WRONG_TOKEN, now)
        forgotten = max(now, self._forgotten.pop(account.key, now)) + FORGET_EVERY
        if len(self._forgotten) >= _MAX_ADDRESSES:
            del self._forgotten[next(iter(self._forgotten))]
        guesses = round((forgotten - now) / FORGET_EVERY)
        wait = min(LONGEST, 2.0 ** (guesses - FREE - 1)) if guesses > FREE else 0.0
        # A guess that is answered as late as can be need not count: so all are forgotten within two minutes.
        self._forgotten[account.key] = forgotten if wait < LONGEST else forgotten - FORGET_EVERY
        if guesses == FREE + 1:
            self._log(f"{guesses} wrong admin tokens came from {account.key}: it is answered later each time")
        return WrongToken("that is not this server's token: it stands where 'roomcast serve' was started", wait)
