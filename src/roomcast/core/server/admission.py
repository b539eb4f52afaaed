"""Limits on connections: how many there may be in all, and from one address.

A socket counts from the moment at which it is accepted, whatever it is or becomes: half a handshake, a request for a
page, a connection that is refused. One address may have `connections_address` connections, and as many sockets that are
none, so that sockets that never say anything keep nobody else out.
"""

from __future__ import annotations

from math import inf

from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.server.accounts import REFUSED_FROM, Account, Accounts
from roomcast.core.server.peer_contract import ServerPeer
from roomcast.core.server.prices import ACCEPT
from roomcast.errors import Refused


class Admission:
    """The sockets and connections of one server."""

    def __init__(self, limits: Limits, accounts: Accounts) -> None:
        self._limits = limits
        self._accounts = accounts
        self.peers: dict[ServerPeer, None] = {}  # in the order of coming: what happens to them all happens in it
        self.sockets = 0  # accepted and not ended
        self.most_sockets = inf  # as the system allows

    def accept(self, address: str, now: float, *, for_many: bool = False) -> None:
        """Count a socket that was accepted. Raises `Refused` ("server-full") where it is to be closed at once.

        `for_many`: it comes from a proxy, and `move` will say for whom; until then it counts in all only.
        """
        if self.sockets >= self.most_sockets:
            what = "this system has no more open files for this server, of which each connection takes one"
            raise Refused("server-full", f"{what}: {self.sockets} connections are open (see: ulimit -n)")
        account = self._accounts.of(address, now)
        if not for_many:
            self._check(account, now)
        account.sockets += 1
        self.sockets += 1

    def move(self, proxy: str, client: str, now: float) -> None:
        """A socket that counts for a proxy counts for that client from now on. Raises `Refused` ("server-full")."""
        account = self._accounts.of(client, now)
        self._check(account, now)
        account.sockets += 1
        self._accounts.of(proxy, now).sockets -= 1

    def _check(self, account: Account, now: float) -> None:
        """Whether an address may have one more socket. Raises `Refused`."""
        limits = self._limits
        if account.charge(ACCEPT, now) > REFUSED_FROM:
            raise Refused("server-full", account.overdrawn(now))
        if account.sockets - account.connections >= limits.connections_address:
            what = f"too many connections from {account.key} that have not said anything"
            raise Refused(
                "server-full",
                exceeded("connections_address", limits, account.sockets - account.connections, what),
            )

    def ended(self, address: str, now: float) -> None:
        """A socket that `accept` counted has ended."""
        self._accounts.of(address, now).sockets -= 1
        self.sockets -= 1

    def enter(self, peer: ServerPeer) -> None:
        """Count a connection in. Raises `Refused` ("server-full") where there are too many."""
        limits, account = self._limits, peer.account
        if len(self.peers) >= limits.connections:
            what = "this server has no place left"
            raise Refused("server-full", exceeded("connections", limits, len(self.peers), what))
        if account.connections >= limits.connections_address:
            what = f"too many connections from {account.key}"
            raise Refused("server-full", exceeded("connections_address", limits, account.connections, what))
        self.peers[peer] = None
        account.connections += 1

    def exit(self, peer: ServerPeer) -> None:
        """Count a connection out; does nothing where it was not counted in."""
        if peer in self.peers:
            del self.peers[peer]
            peer.account.connections -= 1
