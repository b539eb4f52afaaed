"""The server's rules for the opening handshake of a WebSocket (RFC 6455, section 4.2), on `Request`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from roomcast.core.protocol.messages import SUBPROTOCOL
from roomcast.errors import BadArgument
from roomcast.transports import bad_network
from roomcast.transports.http_message import Request, Response, text_response

VERSION: Final = "13"  # of the WebSocket protocol


def is_upgrade(request: Request) -> bool:
    """Whether the request asks for a WebSocket, rather than for a page (RFC 6455, section 4.2.1).

    HTTP/1.0 has no upgrades (RFC 9110, section 7.8).
    """
    asked = (one.lower() for one in request.headers.tokens("Upgrade"))
    return request.method == "GET" and request.version == "HTTP/1.1" and "websocket" in asked


def refusal(request: Request) -> Response | None:
    """The response to an upgrade that breaks the rules of the handshake, or of a bad network; else None."""
    if "upgrade" not in (one.lower() for one in request.headers.tokens("Connection")):
        return _refused(HTTPStatus.BAD_REQUEST, "Connection: Upgrade is missing (RFC 6455, section 4.2.1)")
    if not _is_key(request.headers.get("Sec-WebSocket-Key", "")):
        return _refused(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Key is 16 bytes in base64 (RFC 6455, section 4.2.1)")
    if request.headers.get("Sec-WebSocket-Version") != VERSION:
        return _refused(
            HTTPStatus.UPGRADE_REQUIRED,
            f"this server speaks version {VERSION} of the WebSocket protocol (RFC 6455, section 4.4)",
            {"Sec-WebSocket-Version": VERSION, "Upgrade": "websocket"},
        )
    try:
        bad_network.asked(request.query)
    except BadArgument as error:
        return text_response(HTTPStatus.BAD_REQUEST, error.message, topic=error.topic)
    return None


def _refused(status: HTTPStatus, sentence: str, more: Mapping[str, str] | None = None) -> Response:
    return text_response(status, sentence, more, topic="request")


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def subprotocol(request: Request) -> str | None:
    """The subprotocol to confirm: ours, if the client offers it (RFC 6455, section 4.2.2).

    A client that offers none is served all the same: it speaks the same messages.
    """
    return SUBPROTOCOL if SUBPROTOCOL in request.headers.tokens("Sec-WebSocket-Protocol") else None
