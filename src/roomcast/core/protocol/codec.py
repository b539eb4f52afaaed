"""JSON text ↔ messages: frames hold one or more JSON objects, one a line, in UTF-8.

A frame is cut at its line ends before it is parsed, so that no argument, which the server passes on
unread, can carry a line end into somebody else's frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from roomcast.core.protocol.limits import DEFAULTS, MAX_LEVELS, Limits, exceeded
from roomcast.core.protocol.messages import ClientLimits, ClientMessage, Hidden, ServerMessage
from roomcast.core.protocol.names import quoted, shortened
from roomcast.errors import ProtocolError

LINE_END: Final = ord("\n")
"""As a number: asking whether some bytes hold b"\\n" makes an exception inside, and takes seven times as long."""

_FROM_SERVER: Final = MAX_LEVELS + 8  # levels: what a client may send, and what a server puts around it

_client: Final[Callable[[bytes], ClientMessage]] = msgspec.json.Decoder(ClientMessage).decode
_server: Final[Callable[[bytes], ServerMessage]] = msgspec.json.Decoder(ServerMessage).decode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

encode: Final = msgspec.json.Encoder().encode
"""encode(message) -> bytes: one line, without its end."""


class _AnyType(msgspec.Struct):
    t: str


_any_type: Final = msgspec.json.Decoder(_AnyType)


def lines_of(frame: bytes) -> list[bytes]:
    """Cut a frame into its lines; blank ones do not count."""
    if LINE_END not in frame:
        return [frame]
    return [line for line in frame.split(b"\n") if line.strip()]


def decode_client(line: bytes, limits: Limits = DEFAULTS) -> ClientMessage:
    """Read one message of a client.

    Raises `ProtocolError`: "bad-message" for what is no message, "unknown-type" for a type that
    a later version may know, "too-big" for what is nested too deep or holds too much.
    """
    # Each level takes a byte, and each value two: in short messages there is nothing to count.
    size = len(line)
    if size > limits.json_depth or size > 2 * limits.json_values:
        check_shape(line, limits)
    try:
        # What the decoder skips unread (arguments) goes to others as it is, so it must be UTF-8 too.
        if not line.isascii():
            line.decode()
        return _client(line)
    except _UNREADABLE as error:
        raise _explain(line, error) from None


def decode_server(line: bytes) -> ServerMessage:
    """Read one message of a server; raises `ProtocolError` as `decode_client` does."""
    if len(line) > _FROM_SERVER and _opened(line) > _FROM_SERVER and _depth(_bare(line)) > _FROM_SERVER:
        raise ProtocolError("too-big", f"JSON is nested more than {_FROM_SERVER} levels deep")
    try:
        if not line.isascii():
            line.decode()
        return _server(line)
    except _UNREADABLE as error:
        raise _explain(line, error) from None


def messages_of(frame: bytes) -> Iterable[ServerMessage]:
    """Read a server's frame; messages of types that a later version may know are passed over.

    Raises `ProtocolError` as `decode_server` does, after the messages before.
    """
    if frame.isascii():
        lines = frame.split(b"\n")
        if max(map(len, lines)) <= _FROM_SERVER:  # each level takes a byte
            try:
                return list(map(_server, lines))
            except _UNREADABLE:
                pass  # one of them, or a blank line
    return _one_by_one(frame)


def _one_by_one(frame: bytes) -> Iterator[ServerMessage]:
    for line in lines_of(frame):
        try:
            yield decode_server(line)
        except ProtocolError as error:
            if error.code != "unknown-type":
                raise


def hidden(seq: int) -> bytes:
    """The line that stands in for the private command at `seq`."""
    return encode(Hidden(seq))


_TEXT: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)  # or the rest, where its end is missing
_EMPTY: Final = re.compile(rb"[\[{][ \t\r]*[\]}]")
_NO_BRACKET: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_OPENS: Final = ord("[")
_SHALLOW: Final = 12  # levels: nearly all that is sent has less


def check_shape(line: bytes, limits: Limits | ClientLimits) -> None:
    """Raise `ProtocolError` ("too-big") for a message that is nested too deep or holds too many values.

    How deep and how much a decoder can read depends on its language and its stack: what a server can just read might
    end every other program in the room. The first count takes what stands in texts for values, too, but costs little;
    few lines need the second.
    """
    opened = _opened(line)
    if len(line) > 2 * limits.json_values and opened + line.count(b",") >= limits.json_values:
        values = _values(_bare(line))
        if values > limits.json_values:
            raise ProtocolError("too-big", exceeded("json_values", limits, values, "a message holds too much"))
    if opened > limits.json_depth:
        depth = _depth(_bare(line))
        if depth > limits.json_depth:
            raise ProtocolError("too-big", exceeded("json_depth", limits, depth, "JSON is nested too deep"))


def _bare(line: bytes) -> bytes:
    """The line with nothing in its texts."""
    return _TEXT.sub(b'"', line)


def _opened(line: bytes) -> int:
    return line.count(b"[") + line.count(b"{")


def _values(bare: bytes) -> int:
    """How many values a line holds, itself among them; keys are none."""
    return 1 + bare.count(b",") + _opened(bare) - len(_EMPTY.findall(bare))


def _depth(bare: bytes) -> int:
    """How many levels deep a line is."""
    brackets = rest = bare.translate(_ONE_KIND, _NO_BRACKET)
    for level in range(_SHALLOW):
        if not rest:
            return level
        rest = rest.replace(b"[]", b"")  # the innermost ones
    depth = deepest = 0
    for sign in brackets:
        depth += 1 if sign == _OPENS else -1
        deepest = max(deepest, depth)
    return deepest


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
            return ProtocolError("unknown-type", f"no message has the type {quoted(kind)} here")
    return ProtocolError("bad-message", f"not a message: {shortened(str(error))}")
