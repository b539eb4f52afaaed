"""WebSocket messages and frames (RFC 6455, section 5): frames from the server, and fragments from clients."""

from __future__ import annotations

import struct
from typing import Final

from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.errors import ProtocolError

_FIN_TEXT: Final = 0x81  # section 5.2: FIN, opcode 1
_SHORT_HEADERS: Final = [bytes((_FIN_TEXT, size)) for size in range(126)]


# Codes of close frames (section 7.4.1, and the registry of the IANA that it founds).
CLOSE_OK: Final = 1000
CLOSE_GOING_AWAY: Final = 1001  # of a browser: the page is going, or its tab is closed
CLOSE_PROTOCOL_ERROR: Final = 1002
_CLOSE_CODES: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})


def may_close_with(code: int) -> bool:
    """Whether a close frame may have this code: one that is defined, or of those for libraries and programs.

    1004, 1005, 1006 and 1015 are only for what a program is told (section 7.4.1).

    >>> [may_close_with(code) for code in (1000, 1005, 1006, 1014, 1016, 2999, 3000, 4999, 5000)]
    [True, False, False, True, False, False, True, True, False]
    """
    return code in _CLOSE_CODES or 3000 <= code <= 4999


def text_frame(payload: bytes) -> bytes:
    """A whole text message in one frame, unmasked as from a server (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return _SHORT_HEADERS[size] + payload
    if size < 65536:
        return struct.pack("!BBH", _FIN_TEXT, 126, size) + payload
    return struct.pack("!BBQ", _FIN_TEXT, 127, size) + payload


class Fragments:
    """Joins the fragments of messages (RFC 6455, section 5.4). Memory and time follow the bytes, not the fragments."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._so_far: bytearray | None = None

    def join(self, payload: bytes, *, first: bool, last: bool) -> bytes | None:
        """Take a fragment. Returns the message if it is complete, else None.

        Raises `ProtocolError` "bad-message" for a fragment out of order, "too-big" for more than `Limits.message_size`.
        """
        if first != (self._so_far is None):
            raise ProtocolError("bad-message", "a fragment out of order")
        if self._so_far is None:
            self._so_far = bytearray()
        self._so_far += payload
        size = len(self._so_far)
        if size > self._limits.message_size:
            what = "a message in fragments is too big"
            raise ProtocolError("too-big", exceeded("message_size", self._limits, size, what))
        if not last:
            return None
        message, self._so_far = bytes(self._so_far), None
        return message
