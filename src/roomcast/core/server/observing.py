"""Handles the messages that observers send."""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol.messages import ClientMessage, Close, Kick
from roomcast.core.server.directory import Directory
from roomcast.core.server.observers import Observer
from roomcast.errors import ProtocolError, Refused

NOT_ALLOWED: Final = "only observers who said the server's token may do that: say watch, with token"


def handle_observer(directory: Directory, observer: Observer, message: ClientMessage, now: float) -> None:
    """Handle a message of an observer, but for `Ping`. Raises `Refused` and `ProtocolError`."""
    if type(message) is not Kick and type(message) is not Close:
        raise ProtocolError("bad-message", "an observer only looks on: to play, connect anew and say hello")
    if not observer.admin:
        raise Refused("not-allowed", NOT_ALLOWED)
    if type(message) is Kick:
        directory.kick(observer.room, message.who, now)
    else:
        directory.close_room(observer.room, now)
