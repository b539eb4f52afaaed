"""The server's rules for the opening handshake of a WebSocket (RFC 6455, section 4.2), on `Request`.

The library that does the framing checks `Sec-WebSocket-Key` and `Sec-WebSocket-Version`, and makes the accept key.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from roomcast.core.protocol.messages import SUBPROTOCOL
from roomcast.transports.http_message import TEXT, Request, Response

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}  # browsers leave them out, proxies may put them in


def is_upgrade(request: Request) -> bool:
    """Whether the request asks for a WebSocket, rather than for a page (RFC 6455, section 4.2.1)."""
    return "websocket" in request.headers.get("Upgrade", "").lower()


def refusal(request: Request) -> Response | None:
    """The response to an upgrade that is not allowed; None where it is."""
    if same_origin(request):
        return None
    body = b"A page of another site may not connect to this server.\n"
    return Response(HTTPStatus.FORBIDDEN, {"Content-Type": TEXT}, body)


def same_origin(request: Request) -> bool:
    """Whether a page of this server asks, or a program that is not a browser (RFC 6455, section 10.2)."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    port = _DEFAULT_PORTS.get(scheme)  # any other scheme, and the origin "null", cannot be a page of this server
    own = request.headers.get("Host", "").lower()
    return port is not None and host != "" and host.removesuffix(port) == own.removesuffix(port)


def subprotocol(request: Request) -> str | None:
    """The subprotocol to confirm: ours, if the client offers it (RFC 6455, section 4.2.2).

    A client that offers none is served all the same: it speaks the same messages.
    """
    return SUBPROTOCOL if SUBPROTOCOL in request.headers.tokens("Sec-WebSocket-Protocol") else None
