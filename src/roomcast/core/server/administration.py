"""What whoever runs a server may do to its rooms: send a player out, send everyone out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from roomcast.core.protocol import names
from roomcast.core.room.room import Room
from roomcast.core.server.revoked_sessions import RevokedSessions
from roomcast.errors import Refused


class Administration:
    """Ends stays in the open rooms of one server.

    `failed` is called with a room in which something went wrong meanwhile; `close` with one that is no longer needed.
    """

    def __init__(
        self,
        rooms: Mapping[str, Room],
        revoked_sessions: RevokedSessions,
        failed: Callable[[Room, Exception], None],
        close: Callable[[Room], None],
    ) -> None:
        self._rooms = rooms
        self._revoked_sessions = revoked_sessions
        self._failed = failed
        self._close = close

    def kick(self, room_name: str, player: str, now: float) -> None:
        """Send a player out of a room. Raises `Refused` where it is not there."""
        room = self._rooms.get(room_name)
        if room is None or player not in room.state.players:
            raise Refused("bad-argument", f"no player {names.quoted(player)} is in the room {room_name!r}")
        why = f"you were sent out of the room {room_name!r} by whoever runs the server"
        try:
            room.flush(now)  # the last that it hears is the bye, after all that came before
            self._revoked_sessions.revoke(room, room.sessions[player], "kicked", why, now)
        except Exception as error:
            self._failed(room, error)

    def close_room(self, room_name: str, now: float) -> None:
        """Send everyone out of a room; who joins then begins a new one, but for what is kept on disk."""
        room = self._rooms.get(room_name)
        if room is None or room.defer(lambda later: self.close_room(room_name, later)):
            return
        why = f"the room {room_name!r} was closed by whoever runs the server"
        try:
            room.flush(now)
            for session in list(room.sessions.values()):
                self._revoked_sessions.revoke(room, session, "room-closed", why, now)
            room.flush(now)
            if room.close_down(now):
                self._close(room)
        except Exception as error:
            self._failed(room, error)
