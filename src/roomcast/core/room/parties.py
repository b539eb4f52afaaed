"""Seats of a room that are reserved for a while, for friends who come with the ticket of their party.

A reserved seat counts as taken, and for the address that has reserved it. Reservations are in memory alone: where the
server has been restarted, friends come as everybody does.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from msgspec import Struct


class Party(Struct, eq=False):
    """People who want to be in one room, of whom one is there."""

    ticket: str  # a secret: who says it has one of the seats
    left: int  # seats that are still reserved
    until: float  # seconds, monotonic: then they are free again
    address: str  # of who has reserved them: what counts as one


class Claim(Struct, frozen=True):
    """What somebody who comes says of seats."""

    party: Party | None = None  # reserve these seats with its own
    ticket: str = ""  # under which its own may be reserved


ALONE: Final = Claim()


class Parties:
    """Of one room. `seats`: how many are reserved in all."""

    __slots__ = ("_by_ticket", "seats")

    def __init__(self) -> None:
        self._by_ticket: dict[str, Party] = {}
        self.seats = 0

    def holds(self, ticket: str) -> bool:
        """Whether a seat is reserved for who says that."""
        return ticket in self._by_ticket

    def claim(self, claim: Claim) -> Party | None:
        """Reserve the seats that are claimed; returns the party of which one takes its own seat, if it is of one."""
        if claim.party is not None:
            self._add(claim.party, claim.party.left)
        party = self._by_ticket.get(claim.ticket)
        if party is not None:
            self._free(party, 1)
        return party

    def take_back(self, claim: Claim, party: Party | None) -> None:
        """Who claimed that has not come in after all; `party`: as `claim` has returned it."""
        if claim.party is not None:
            self._free(claim.party, claim.party.left)
        if party is not None:
            party.left += 1
            self._add(party, 1)

    def forget(self, ticket: str) -> None:
        """Nobody was told the ticket, and nobody will be; does nothing where it is none."""
        party = self._by_ticket.get(ticket)
        if party is not None:
            self._free(party, party.left)

    def addresses(self) -> Counter[str]:
        """How many seats are reserved, by address."""
        reserved: Counter[str] = Counter()
        for party in self._by_ticket.values():
            reserved[party.address] += party.left
        return reserved

    def give_way(self, address: str) -> None:
        """A seat that this address has reserved is free: one of its newest party."""
        self._free([one for one in self._by_ticket.values() if one.address == address][-1], 1)

    def sweep(self, now: float) -> bool:
        """Free the seats for which nobody has come in time; returns whether there were any."""
        over = [one for one in self._by_ticket.values() if one.until <= now]
        for party in over:
            self._free(party, party.left)
        return bool(over)

    def exclude_downtime(self, seconds: float) -> None:
        """The server was suspended for `seconds`."""
        for party in self._by_ticket.values():
            party.until += seconds

    def end(self) -> None:
        """There is no such room any more."""
        for party in list(self._by_ticket.values()):
            self._free(party, party.left)

    def _add(self, party: Party, seats: int) -> None:
        self._by_ticket[party.ticket] = party
        self.seats += seats

    def _free(self, party: Party, seats: int) -> None:
        party.left -= seats
        self.seats -= seats
        if not party.left:
            del self._by_ticket[party.ticket]
