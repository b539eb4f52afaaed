"""The contract between the directory and the peers of its connections."""

from __future__ import annotations

from typing import Protocol

from roomcast.core.room.connection import Connection
from roomcast.core.room.room import Room
from roomcast.core.server.accounts import Account
from roomcast.core.server.auth_runs import AuthRun
from roomcast.errors import Refused


class ServerPeer(Protocol):
    """One connection's conversation, as the directory of rooms sees it."""

    account: Account  # of its address
    connection: Connection

    def room_opened(self, room: Room, now: float) -> None:
        """The room that the peer waits for is open."""
        ...

    def open_failed(self, error: Refused) -> None:
        """The room that the peer waits for cannot be opened."""
        ...

    def auth_ended(self, run: AuthRun, now: float) -> None:
        """The rules of the room that the peer wants have been asked whether it may come in."""
        ...

    def disconnect(self, code: str, message: str) -> None:
        """Send a farewell, and end the connection; `code` is one of the error codes."""
        ...

    def sweep(self, now: float) -> None:
        """About once a second: whatever time alone brings about."""
        ...

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend all deadlines by them."""
        ...
