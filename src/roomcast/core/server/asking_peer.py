"""The part of a peer that has the rules of a room say whether it may come in, before it looks for a seat.

Nothing is held for it meanwhile. The answer is for the kind of the room: it counts for whichever room of that kind the
peer comes into.
"""

from __future__ import annotations

from typing import Any, Final

from roomcast.core.room.connection import Connection, Wire
from roomcast.core.server.auth_runs import AuthRun, Known
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import Peer, contained
from roomcast.core.server.prices import AUTH
from roomcast.core.server.stage import Stage
from roomcast.errors import Refused

NOTHING_KNOWN: Final = Known(auth=b"")


class AskingPeer(Peer):
    """A peer that may have to wait for `on_auth`. `_known`: what that has said."""

    __slots__ = ("_known", "_known_to")

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        Peer.__init__(self, directory, connection, wire, address, now)
        self._known = NOTHING_KNOWN
        self._known_to: str | None = None  # the kind whose rules have let it in

    def _has_to_ask(self, room: str, name: str, credential: str | None, options: dict[str, Any], now: float) -> bool:
        """Whether the rules of the room of that name have to be asked first; then they are.

        `_go_in` or `_refuse_who_it_is` follows, or `open_failed`.
        """
        kind = self.directory.kinds(room)
        if kind is None or kind.auth is None or kind.name == self._known_to:
            return False
        self._known, self._known_to = NOTHING_KNOWN, kind.name
        self.account.charge(AUTH, now)
        self.stage = Stage.OPENING
        self.directory.auth.ask(self, kind.auth(name, credential, options), now)
        return True

    @contained
    def auth_ended(self, run: AuthRun, now: float) -> None:
        """The rules have been asked; the peer may have been disconnected meanwhile."""
        if self.stage is not Stage.OPENING:
            return
        outcome = run.outcome()
        if isinstance(outcome, Refused):
            self._refuse_who_it_is(outcome, now)
        else:
            self._known = outcome
            self._go_in(now)

    def _go_in(self, now: float) -> None:
        """Look for the room."""
        raise NotImplementedError

    def _refuse_who_it_is(self, error: Refused, now: float) -> None:
        """The rules do not let it in."""
        self._refuse(error)
