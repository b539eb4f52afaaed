"""Which peers new connections get: a player or an observer over JSON, or a starter client.

A real server and a simulated one accept connections in the same way.
"""

from __future__ import annotations

from roomcast.core.room.connection import Connection, Wire
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.line_peer import LinePeer
from roomcast.core.server.peer import Peer
from roomcast.core.server.starting_gate import StartingGate
from roomcast.errors import Refused


class JsonAcceptor:
    """Accepts connections that speak `roomcast.1`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def __call__(self, connection: Connection, wire: Wire, address: str, now: float) -> JsonPeer:
        peer = JsonPeer(self._directory, connection, wire, address, now)
        _enter(self._directory, peer)
        return peer


class LineAcceptor:
    """Accepts starter clients: each goes into `room` at once, under the first of `names` that is free there."""

    def __init__(self, directory: Directory, room: str, names: tuple[str, ...]) -> None:
        self._directory = directory
        self._room = room
        self._names = names
        wait = directory.lines.dialect.wait
        self._gate = StartingGate(wait) if wait else None

    def __call__(self, connection: Connection, wire: Wire, address: str, now: float) -> LinePeer:
        peer = LinePeer(self._directory, connection, wire, address, now)
        if _enter(self._directory, peer):
            peer.enter(self._room, self._names, now, self._gate)
        return peer


def _enter(directory: Directory, peer: Peer) -> bool:
    """Count a connection in; one that is refused is told why, and disconnected."""
    try:
        directory.enter(peer)
    except Refused as error:
        peer.disconnect(error.code, error.message)
        return False
    return True
