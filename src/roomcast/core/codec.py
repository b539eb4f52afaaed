"""JSON text ↔ messages: frames hold one or more JSON objects, one a line, in UTF-8.

A frame is cut at its line ends before it is parsed, so that no argument, which the server passes on
unread, can carry a line end into somebody else's frame.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from roomcast.core.messages import ClientMessage, Hidden, ServerMessage
from roomcast.errors import ProtocolError

MAX_DEPTH: Final = 256  # levels of JSON in a client's message, the message itself among them

_T = TypeVar("_T")

_encoder: Final = msgspec.json.Encoder()
_client: Final[msgspec.json.Decoder[ClientMessage]] = msgspec.json.Decoder(ClientMessage)
_server: Final[msgspec.json.Decoder[ServerMessage]] = msgspec.json.Decoder(ServerMessage)

encode: Final = _encoder.encode
"""encode(message) -> bytes: one line, without its end."""


class _AnyType(msgspec.Struct):
    t: str


_any_type: Final = msgspec.json.Decoder(_AnyType)


def lines_of(frame: bytes) -> list[bytes]:
    """Cut a frame into its lines; blank ones do not count."""
    if b"\n" not in frame:
        return [frame]
    return [line for line in frame.split(b"\n") if line.strip()]


def decode_client(line: bytes) -> ClientMessage:
    """Read one message of a client.

    Raises `ProtocolError`: "bad-message" for what is no message, "unknown-type" for a type that
    a later version may know.
    """
    # How deep a decoder can go depends on its language and its stack: what one server can just read
    # might end every other program in the room. So the depth has a limit of its own.
    if len(line) > MAX_DEPTH and line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth(line) > MAX_DEPTH:
        raise ProtocolError("bad-message", f"JSON nested more than {MAX_DEPTH} levels deep")
    return _decode(_client, line)


def decode_server(line: bytes) -> ServerMessage:
    """Read one message of a server; raises `ProtocolError` as `decode_client` does."""
    return _decode(_server, line)


def hidden(seq: int) -> bytes:
    """The line that stands in for the private command at `seq`."""
    return encode(Hidden(seq))


_TEXT: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)  # or the rest, where its end is missing
_NO_BRACKET: Final = bytes(set(range(256)) - set(b"[]{}"))


def _depth(line: bytes) -> int:
    depth = deepest = 0
    for sign in _TEXT.sub(b"", line).translate(None, _NO_BRACKET):
        if sign in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _decode(decoder: msgspec.json.Decoder[_T], line: bytes) -> _T:
    try:
        # What the decoder skips unread (arguments) goes to others as it is, so it must be UTF-8 too.
        if not line.isascii():
            line.decode()
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(line, error) from None


def _explain(line: bytes, error: Exception) -> ProtocolError:
    if isinstance(error, UnicodeDecodeError):
        return ProtocolError("bad-message", f"not UTF-8: {error.reason} at byte {error.start}")
    if isinstance(error, RecursionError):
        return ProtocolError("bad-message", "JSON nested too deep to read")
    if isinstance(error, msgspec.ValidationError) and "`$.t`" in str(error):
        try:
            kind = _any_type.decode(line).t
        except (msgspec.DecodeError, RecursionError):
            kind = ""
        if kind:
            return ProtocolError("unknown-type", f"no message has the type {kind[:40]!r} here")
    return ProtocolError("bad-message", f"not a message: {error}")
