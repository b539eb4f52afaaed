"""Every error that Roomcast raises, in one small tree, and every code that goes over the wire.

    RoomcastError
    ├── CannotConnect      no server there, or it did not admit us          (also a ConnectionError)
    ├── RoomClosed         the room was left, or the server ended our stay  (also a ConnectionError)
    ├── BadArgument        something that JSON cannot carry, or a bad name  (also a ValueError)
    ├── Refused            the server refused one thing that we sent
    ├── RoomBusy           entries are being run by another thread or task  (also a RuntimeError)
    ├── TooFast            more waits to be sent than may wait
    ├── ProtocolError      the other side sent an invalid message
    └── CannotServe        the server cannot start as asked, or a file of rooms cannot be used

Each message says what was wrong and what to do, and its text ends in a link to its help topic:
`(help: roomcast help no-server)`. `BadArgument` is the caller's mistake, `ProtocolError` the peer's.
"""

from __future__ import annotations

from typing import ClassVar, Final

from roomcast import help_topics


class RoomcastError(Exception):
    """The base of all: `except roomcast.RoomcastError` catches whatever this library raises.

    `message` is the sentence alone, `topic` the word of its entry in docs/troubleshooting.md; `str(error)` is the
    sentence with a link to that entry.
    """

    TOPIC: ClassVar[str] = "failed"  # of those that are raised without one

    def __init__(self, message: str = "", *, topic: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.topic = topic or self.TOPIC

    def __str__(self) -> str:
        return help_topics.with_link(self.message, self.topic)


class CannotConnect(RoomcastError, ConnectionError):
    """No server answers at that address, or the server did not let us into the room.

    `code` is the word of `CODES` that the server gave as the reason ("room-full", "kicked" …), None where it gave none.
    """

    TOPIC = "no-answer"

    def __init__(self, message: str, code: str | None = None, *, topic: str = "") -> None:
        super().__init__(message, topic=topic or help_topics.OF_CODE.get(code or "", ""))
        self.code = code if code in CODES else None


class RoomClosed(RoomcastError, ConnectionError):
    """The room is over for this program: it left, or the server said `bye` for good.

    `code` is the word of `CODES` that the server gave as the reason, None where there is none.
    """

    TOPIC = "closed"

    def __init__(self, message: str, code: str | None = None, *, topic: str = "") -> None:
        super().__init__(message, topic=topic or help_topics.OF_CODE.get(code or "", ""))
        self.code = code if code in CODES else None


class BadArgument(RoomcastError, ValueError):
    """The caller passed something that cannot be sent; nothing was sent."""

    TOPIC = "setting"


class RoomBusy(RoomcastError, RuntimeError):
    """Entries of this room are being run by another thread or task: they are run one at a time, in their order."""

    TOPIC = "busy"


class TooFast(RoomcastError):
    """More commands wait to be sent than may wait; the newest one was not taken."""

    TOPIC = "too-fast"


class CannotServe(RoomcastError):
    """The server cannot start: a port is taken, a permission is missing, a setting makes no sense.

    Also where a file in which rooms are kept cannot be copied, checked or changed, and a recording not read or written.
    """

    TOPIC = "serve-options"


class ProtocolError(RoomcastError):
    """The other side sent bytes that are no message.

    `code` is one of `CODES`, `message` a sentence for the other side's programmer.
    """

    TOPIC = "protocol"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, topic=help_topics.OF_CODE.get(code, ""))
        self.code = code


class Refused(RoomcastError):
    """The server (or a check on this side) refused one thing.

    `code` is one of `CODES`, `message` a sentence that says what to do, `n` the number
    of the refused message in this session (0: not about one message).
    """

    def __init__(self, code: str, message: str, n: int = 0, *, topic: str = "") -> None:
        super().__init__(message, topic=topic or help_topics.OF_CODE.get(code, ""))
        self.code = code
        self.n = n


def sentence(error: BaseException) -> str:
    """What an exception says, to be put into another sentence: without a link."""
    return error.message if isinstance(error, RoomcastError) else str(error)


# Code of an `error` or `bye` → (its meaning, whether the client should come back by itself).
# docs/protocol.md shows this table, and a test compares the two.
CODES: Final[dict[str, tuple[str, bool]]] = {
    "bad-message": ("the bytes are no message of this protocol", False),
    "unknown-type": ("a message of a type that this server does not know", False),
    "hello-first": ("the first message of a connection must be hello", False),
    "hello-late": ("no hello came in time", True),
    "version": ("no protocol version in common", False),
    "bad-name": ("a name of a room, player or command that is not allowed", False),
    "bad-argument": ("arguments that the function they are for cannot take", False),
    "too-big": ("a message over a limit: of bytes, of levels or of values", False),
    "state-full": ("shared state over its limit of bytes", False),
    "rejected": ("the room's rules refuse it", False),
    "no-rules": ("the room has no rules that could answer", False),
    "no-command": ("the room's rules know no such command", False),
    "rules-failed": ("something in the room's rules failed, and nothing of it has happened", False),
    "rate": ("more commands a second than a player may send", False),
    "room-full": ("the room has all the players that it may have", True),
    "bad-password": ("the password is not the room's", False),
    "auth-refused": ("the room's rules do not let this player in", False),
    "auth-late": ("the room's rules took too long to say whether somebody may come in", True),
    "no-room": ("nobody is in the room that somebody wants to look on at", False),
    "room-locked": ("the room's rules let nobody in any more", False),
    "rooms-full": ("the server has all the rooms that it may have", True),
    "disk": ("the server cannot keep what is said", True),
    "server-full": ("the server has all the connections that it may have", True),
    "gap": ("a number was left out: messages of a session count 1, 2, 3 …", False),
    "origin": ("a page from another site may not connect", False),
    "silent": ("nothing was heard or read for too long", True),
    "replaced": ("the same session connected anew from elsewhere", False),
    "left": ("the player left", False),
    "lost": ("the player's connection broke, and it cannot come back", False),
    "timeout": ("the player was away for longer than its seat is kept", True),
    "closing": ("the server is closing", True),
    "kicked": ("whoever runs the server has sent the player out of the room", False),
    "room-closed": ("whoever runs the server has closed the room", False),
    "bad-token": ("the token is not this server's", False),
    "not-allowed": ("only players, or observers with the server's token, may do that", False),
    "watch-full": ("the room has all the observers that it may have", True),
    "room-broken": ("something in the server failed in the room, which was closed; it opens again", True),
    "server-error": ("something in the server failed for this connection", True),
    "incomplete": ("a call with bytes of which some did not come", False),
    "no-world": ("the room is older than what the program sees of it, and there is no world to begin with", False),
    "replay": ("the room runs a recording again, and takes nothing", False),
    "unanswered": ("sent before the connection was lost, and never acknowledged", False),
}
