"""Sessions that an administrator ended: they cannot be resumed, and a client that tries is told why."""

from __future__ import annotations

from roomcast.core.room.commit_log import hashed
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.errors import Refused


class RevokedSessions:
    """The sessions that were revoked recently. `remembered_for`: seconds in which a client may still try to resume."""

    def __init__(self, remembered_for: float) -> None:
        self._remembered_for = remembered_for
        self._ended: dict[str, tuple[float, str, str]] = {}  # by secret: expiry, error code, reason

    def revoke(self, room: Room, session: Session, code: str, why: str, now: float) -> None:
        """Disconnect a player and revoke its session; `code` is an error code, `why` a sentence for the player."""
        if session.secret:
            self._ended[session.secret] = (now + self._remembered_for, code, why)
        if session.peer is not None:
            session.peer.disconnect(code, why)
        room.leave(session, now, code)

    def check(self, secret: str) -> None:
        """Raise `Refused` with the code and reason if the session was revoked."""
        if not self._ended:
            return
        for known in (secret, hashed(secret)):  # a player who was kept and never came back is known by the hash
            if known in self._ended:
                _, code, why = self._ended[known]
                raise Refused(code, why)

    def sweep(self, now: float) -> None:
        """About once a second: forget the sessions that could no longer be resumed anyway."""
        for secret in [secret for secret, (until, _, _) in self._ended.items() if now > until]:
            del self._ended[secret]
