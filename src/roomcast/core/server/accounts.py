"""What each address has of the server, and what it spends: all limits of one address look here.

An address spends the server's time. Whatever it does is charged at the prices of `prices`; its account refills at
`address_time`, a share of one processor, up to `address_burst`. Charging never fails: it returns how long to wait
before the next, and whoever charges waits. So an address that asks for too much is served slowly, in turn among its own
connections, and the others have what is left.

An account is kept as `core.room.token_bucket` is, as the one moment at which it will be full again; but it may be
overdrawn, since what something costs is often known only afterwards.
"""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.parties import Party
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.core.server.address_key import address_key

MOST_WAIT: Final = 5.0  # seconds: no address is charged for more than takes this long to refill
REFUSED_FROM: Final = 4.0  # seconds to wait: from there on, new connections of the address are closed unheard
MANY: Final = 10_000  # accounts; above it those that have nothing and have only spent are forgotten, the oldest first


class Account:
    """One address. Kept while it has anything, or has spent more than has been refilled."""

    __slots__ = (
        "_burst",
        "_each",
        "_full_at",
        "away",
        "connections",
        "key",
        "noted_at",
        "parties",
        "rooms",
        "share",
        "sockets",
        "told_at",
    )

    def __init__(self, key: str, limits: Limits) -> None:
        share = limits.address_time
        self.key = key
        self.share = share  # of one processor
        self.away: dict[Session, Room] = {}  # players who may come back, the longest away first
        self.connections = 0  # admitted: players, observers, and those who have not said hello
        self.parties: list[Party] = []  # for which it has reserved seats, some of which may be over
        self.rooms = 0  # that it made, and that are open
        self.sockets = 0  # accepted and not ended; those of `connections` among them
        self.noted_at = float("-inf")  # when the log last had a line about what a starter client of it said
        self.told_at = float("-inf")  # when the log last had a line about what was refused to it
        self._each = 1e-6 / share  # seconds in which a microsecond is refilled
        self._burst = limits.address_burst / share  # seconds until all of it is refilled
        self._full_at = 0.0  # when all that was spent will be refilled

    def charge(self, microseconds: float, now: float) -> float:
        """Charge the address for something; returns seconds to wait before the next. 0: go on."""
        full_at = self._full_at
        if full_at < now:
            full_at = now
        full_at += microseconds * self._each
        wait = full_at - now - self._burst
        if wait > MOST_WAIT:
            full_at -= wait - MOST_WAIT
            wait = MOST_WAIT
        self._full_at = full_at
        return max(0.0, wait)

    def wait(self, now: float) -> float:
        """Seconds until the address has something to spend; 0 if it has."""
        wait = self._full_at - now - self._burst
        return max(0.0, wait)

    def overdrawn(self, now: float) -> str:
        """The sentence for one whose address has spent too much, and who is not heard."""
        seconds = max(1, round(self.wait(now)))
        return (
            f"{self.key} uses more of this server's time than the {self.share:g} of a processor that one address may: "
            f"try again in {seconds} s (setting: address-time)"
        )

    @property
    def reserved(self) -> int:
        """How many seats it has reserved for others, in all rooms."""
        if self.parties:
            self.parties = [party for party in self.parties if party.left]
        return sum(party.left for party in self.parties)

    def keep(self, session: Session, room: Room, most: int) -> list[tuple[Session, Room]]:
        """A player is away, and may come back. Returns those who may not any more, for there are more than `most`."""
        self.away[session] = room
        if len(self.away) > most:
            self.forget_returned()
        too_many = list(self.away.items())[: max(0, len(self.away) - most)]
        for oldest, _ in too_many:
            del self.away[oldest]
        return too_many

    def forget_returned(self) -> None:
        """Forget those who are back, or cannot come back any more."""
        self.away = {one: room for one, room in self.away.items() if one.peer is None and room.is_open_to(one)}

    def idle(self, now: float) -> bool:
        """Whether there is nothing to remember of the address."""
        return self._has_nothing and self._full_at <= now

    @property
    def _has_nothing(self) -> bool:
        return not (self.connections or self.sockets or self.rooms or self.away or self.reserved)


class Accounts:
    """The accounts of one server, by address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._accounts: dict[str, Account] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def of(self, address: str, now: float) -> Account:
        """The account of an IP address."""
        key = address_key(address)
        account = self._accounts.get(key)
        if account is None:
            if len(self._accounts) >= MANY:
                self._forget_some(now)
            account = self._accounts[key] = Account(key, self._limits)
        return account

    def charge(self, address: str, microseconds: float, now: float) -> float:
        """As `Account.charge`."""
        return self.of(address, now).charge(microseconds, now)

    def sweep(self, now: float) -> None:
        """About once a second: forget those of whom there is nothing to remember."""
        for account in self._accounts.values():
            if account.away:
                account.forget_returned()
        for key in [key for key, account in self._accounts.items() if account.idle(now)]:
            del self._accounts[key]

    def _forget_some(self, now: float) -> None:
        """So many addresses can only be one who has many: forget what they have spent, if nothing else."""
        self.sweep(now)
        spent = [key for key, account in self._accounts.items() if account._has_nothing]
        for key in spent[: max(0, len(self._accounts) - MANY // 2)]:
            del self._accounts[key]
