"""Limits on connections: how many there may be in all, and from one address."""

from __future__ import annotations

from collections import Counter

from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.server.peer_contract import ServerPeer
from roomcast.errors import Refused


class Admission:
    """The connections of one server."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.peers: dict[ServerPeer, None] = {}  # in the order of coming: what happens to them all happens in it
        self._by_address: Counter[str] = Counter()

    def enter(self, peer: ServerPeer) -> None:
        """Count a connection in. Raises `Refused` ("server-full") where there are too many."""
        limits = self._limits
        if len(self.peers) >= limits.connections:
            what = "this server has no place left"
            raise Refused("server-full", exceeded("connections", limits, len(self.peers), what))
        met = self._by_address[peer.address]
        if met >= limits.connections_address:
            what = f"too many connections from {peer.address}"
            raise Refused("server-full", exceeded("connections_address", limits, met, what))
        self.peers[peer] = None
        self._by_address[peer.address] += 1

    def exit(self, peer: ServerPeer) -> None:
        """Count a connection out; does nothing where it was not counted in."""
        if peer in self.peers:
            del self.peers[peer]
            self._by_address[peer.address] -= 1
            if not self._by_address[peer.address]:
                del self._by_address[peer.address]
