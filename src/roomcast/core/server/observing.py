"""Handles the messages that observers send."""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ClientMessage
from roomcast.core.protocol.observer_messages import Close, HistoryRequest, Kick
from roomcast.core.server.directory import Directory
from roomcast.core.server.observer_history import page_of
from roomcast.core.server.observers import Observer
from roomcast.errors import ProtocolError, Refused

NOT_ALLOWED: Final = "only observers who said the server's token may do that: say watch, with token"


def handle_observer(directory: Directory, observer: Observer, message: ClientMessage, now: float) -> int:
    """Handle a message of an observer, but for `Ping`. Returns the bytes that it was sent.

    Raises `Refused` and `ProtocolError`.
    """
    if type(message) is HistoryRequest:
        return _send_history(directory, observer, message)
    if type(message) is not Kick and type(message) is not Close:
        raise ProtocolError("bad-message", "an observer only looks on: to play, connect anew and say hello")
    if not observer.admin:
        raise Refused("not-allowed", NOT_ALLOWED)
    if type(message) is Kick:
        directory.kick(observer.room, message.who, now)
    else:
        directory.close_room(observer.room, now)
    return 0


def _send_history(directory: Directory, observer: Observer, request: HistoryRequest) -> int:
    if observer.connection.behind:
        return 0  # who does not read gets no answers either; once it reads on, it is told `watching`, and asks again
    page = codec.encode(page_of(directory.rooms.get(observer.room), request, observer.admin))
    observer.send(observer.wire.pack([page]))
    return len(page)
