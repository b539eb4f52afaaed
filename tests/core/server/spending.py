"""What an address has spent of a server, for tests."""

from __future__ import annotations

from tests.core.fakes import House, Program


def spent(house: House, address: str = "10.0.0.1") -> float:
    """Microseconds that an address has spent and that are not refilled yet."""
    account = house.directory.accounts.of(address, house.now)
    return max(0.0, account._full_at - house.now) / account._each


def settled(house: House, program: Program) -> float:
    """The same, once everything was charged."""
    program.peer._settle(house.now)
    return spent(house, program.peer.address)


def overdraw(house: House, address: str = "10.0.0.1", seconds: float = 1.0) -> None:
    """Spend so much that the address must wait for so many seconds."""
    account = house.directory.accounts.of(address, house.now)
    account.charge(house.directory.limits.address_burst * 1e6 + seconds / account._each, house.now)
