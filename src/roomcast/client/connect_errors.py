"""Why a first connection could not be made, as a sentence that says what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from roomcast.client.where import Where
from roomcast.core.protocol.room_codes import is_slip
from roomcast.errors import CannotConnect, ProtocolError, RoomcastError
from roomcast.transports.client_network import NotWebSocket

# HTTP status of the answer to the request for a WebSocket → what to do.
_ADVICE: Final = {
    401: "it wants a login before it: ask whoever runs it",
    403: "it does not let this program in",
    404: "is there a Roomcast server behind that address, and is the path right?",
    421: "it does not go by that name: whoever runs it can allow the name with --allow-host",
    426: "it speaks another version of WebSocket",
    429: "there is too much from this address: wait a little, then try again",
    502: "it is a proxy, and the Roomcast server behind it does not answer",
    503: "it has no room for more just now: wait a little, then try again",
    504: "it is a proxy, and the Roomcast server behind it does not answer",
}


# Those that come from a Roomcast server, or from a proxy before one, that does not want us.
_TURNED_AWAY: Final = frozenset({401, 403, 421})
_BUSY: Final = frozenset({429, 502, 503, 504})


def cannot_connect(where: Where, failure: Exception, code: str | None = None) -> CannotConnect:
    """The error for a person who tried to join there. `code`: the reason that the server gave."""
    server = where.server
    if isinstance(failure, ConnectionRefusedError):
        return CannotConnect(
            f"no server answers at {server}: start one with 'roomcast serve', "
            "or set ROOMCAST_SERVER=host:port to where one is",
            topic="no-server",
        )
    if isinstance(failure, TimeoutError):
        return CannotConnect(f"{server} does not answer: is that the address of a Roomcast server?", topic="no-answer")
    if isinstance(failure, NotWebSocket) and failure.status >= 300:
        status = failure.status
        topic = "not-let-in" if status in _TURNED_AWAY else "server-full" if status in _BUSY else "not-roomcast"
        return CannotConnect(_answered(server, failure), code, topic="" if code else topic)
    if isinstance(failure, ConnectionError | ProtocolError) and not isinstance(failure, CannotConnect):
        return CannotConnect(
            f"what answers at {server} is no Roomcast server: is the port right?", topic="not-roomcast"
        )
    if isinstance(failure, RoomcastError):
        return CannotConnect(f"cannot reach {server} ({failure.message})", topic=failure.topic)
    return CannotConnect(f"cannot reach {server} ({failure}): is the address right?", topic="address")


def not_admitted(where: Where, room: str, refusal: str, code: str | None) -> CannotConnect:
    """The error for a refusal that the server has put into words. `code`: its reason."""
    topic = "wrong-code" if code == "bad-name" and is_slip(room) else ""
    return CannotConnect(f"{where.server} did not let us into {room!r}: {refusal}", code, topic=topic)


def no_answer(where: Where, room: str, timeout: float, trouble: str) -> CannotConnect:
    """The error for `timeout` seconds without a welcome. `trouble`: why the last connection ended, "" if none did."""
    if trouble:
        return CannotConnect(f"{where.server} did not let us into {room!r} within {timeout:g} seconds: {trouble}")
    return CannotConnect(
        f"{where.server} does not answer within {timeout:g} seconds: is that the address of a Roomcast server?"
    )


def _answered(server: str, answer: NotWebSocket) -> str:
    status = answer.status
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    said = f": {answer.said}" if answer.said else ""
    if status < 400:
        return f"{server} sends us to another place ({status} {phrase}{said}): join that address, if you trust it"
    advice = _ADVICE.get(status, "is that the address of a Roomcast server?")
    return f"{server} answered {status} {phrase}{said} - {advice}"
