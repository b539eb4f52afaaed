"""Wrong guesses at a secret: answered late, the later the more there were, and charged for more than they cost us.

Who knows the secret is let in at once, whatever others at the same address have guessed: a class has one address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from roomcast.core.server.accounts import Account
from roomcast.errors import Refused

FREE: Final = 5  # wrong guesses from one address that are answered at once: people mistype
FORGET_EVERY: Final = 10.0  # seconds in which one of them is forgotten
LONGEST: Final = 8.0  # seconds until a wrong guess is answered: below `Limits.hello_within`
_MAX_ADDRESSES: Final = 1000  # that are remembered for it


class WrongGuess(Refused):
    """A wrong guess; `wait`: seconds after which its sender is told."""

    def __init__(self, code: str, message: str, wait: float) -> None:
        super().__init__(code, message)
        self.wait = wait


class Guesses:
    """The recent wrong guesses at one kind of secret, by address. `price`: microseconds that each is charged.

    `seems` is called with an address and how many guesses came from it, where somebody seems to guess.
    """

    def __init__(self, price: float, seems: Callable[[str, int], object]) -> None:
        self._price = price
        self._seems = seems
        self._forgotten: dict[str, float] = {}  # by address: when all its guesses are forgotten; the latest at the end

    def wait_after(self, account: Account, now: float) -> float:
        """There was one more. Returns seconds until it is answered."""
        account.charge(self._price, now)
        forgotten = max(now, self._forgotten.pop(account.key, now)) + FORGET_EVERY
        if len(self._forgotten) >= _MAX_ADDRESSES:
            del self._forgotten[next(iter(self._forgotten))]
        guesses = round((forgotten - now) / FORGET_EVERY)
        wait = min(LONGEST, 2.0 ** (guesses - FREE - 1)) if guesses > FREE else 0.0
        # A guess that is answered as late as can be need not count: so all are forgotten within two minutes.
        self._forgotten[account.key] = forgotten if wait < LONGEST else forgotten - FORGET_EVERY
        if guesses == FREE + 1:
            self._seems(account.key, guesses)
        return wait
