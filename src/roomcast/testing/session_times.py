"""When the server noticed that a session lost its connection: so that checks know how long it was away."""

from __future__ import annotations

from math import inf

from roomcast.testing.timeline import Timeline


class SessionTimes:
    """By session: which connection speaks for it, or since when none does. A connection is any hashable object."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._connections: dict[str, object] = {}
        self._lost_at: dict[str, float] = {}  # inf: it has a connection

    def connected(self, session: str, connection: object) -> None:
        """From now on the session speaks through this connection."""
        self._connections[session] = connection
        self._lost_at[session] = inf

    def disconnected(self, session: str, connection: object) -> None:
        """The server knows that this connection is gone, or has ended it. A newer one of the session stays."""
        if self._connections.get(session) is connection:
            del self._connections[session]
            self._lost_at[session] = self._timeline.now

    def all_disconnected(self) -> None:
        """The server has ended."""
        for session, connection in list(self._connections.items()):
            self.disconnected(session, connection)

    def away_for(self, session: str) -> float:
        """Seconds since the session lost its connection; negative infinity if it has one."""
        return self._timeline.now - self._lost_at.get(session, 0.0)
