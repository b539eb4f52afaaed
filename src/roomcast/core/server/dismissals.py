"""Players whose stay was ended by whoever runs the server: they are told why, and cannot come back as themselves."""

from __future__ import annotations

from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.errors import Refused


class Dismissals:
    """The sessions that were ended of late. `remembered_for`: seconds in which they may still try to come back."""

    def __init__(self, remembered_for: float) -> None:
        self._remembered_for = remembered_for
        self._ended: dict[str, tuple[float, str, str]] = {}  # by secret: until when, error code, and what was told

    def dismiss(self, room: Room, session: Session, code: str, why: str, now: float) -> None:
        """End a player's stay; `code` is an error code, `why` a sentence for the player."""
        if session.secret:
            self._ended[session.secret] = (now + self._remembered_for, code, why)
        if session.peer is not None:
            session.peer.disconnect(code, why)
        room.leave(session, now, code)

    def check(self, secret: str) -> None:
        """Raises `Refused`, with what its player was told, where a session was ended."""
        if secret in self._ended:
            _, code, why = self._ended[secret]
            raise Refused(code, why)

    def sweep(self, now: float) -> None:
        """About once a second: forget those who can come back no longer anyway."""
        for secret in [secret for secret, (until, _, _) in self._ended.items() if now > until]:
            del self._ended[secret]
