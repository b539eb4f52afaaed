"""JSON text ↔ messages: frames hold one or more JSON objects, one a line, in UTF-8.

A frame is cut at its line ends before it is parsed, so that no argument, which the server passes on
unread, can carry a line end into somebody else's frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from roomcast.core.protocol.any_message import ClientMessage, ServerMessage
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.decode_words import in_words
from roomcast.core.protocol.limits import DEFAULTS, MAX_LEVELS, Limits, exceeded
from roomcast.core.protocol.messages import Hidden, SetRequest
from roomcast.core.protocol.names import quoted, shortened
from roomcast.errors import ProtocolError

LINE_END: Final = ord("\n")
"""As a number: asking whether some bytes hold b"\\n" makes an exception inside, and takes seven times as long."""

_FROM_SERVER: Final = MAX_LEVELS + 8  # levels: what a client may send, and what a server puts around it

_client: Final[Callable[[bytes], ClientMessage]] = msgspec.json.Decoder(ClientMessage).decode
_server: Final[Callable[[bytes], ServerMessage]] = msgspec.json.Decoder(ServerMessage).decode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _own_text(value: Any) -> Any:
    """What `encode` writes for a value that knows its own JSON text."""
    try:
        return value.text()
    except AttributeError:
        raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported") from None


encode: Final = msgspec.json.Encoder(enc_hook=_own_text).encode
"""encode(message) -> bytes: one line, without its end. A value with a method `text` is written as the text it gives."""


CLOSE_NOT_UTF8: Final = 1007  # the close code for it (RFC 6455, section 7.4.1)


class NotUtf8(ProtocolError):
    """A text message that is no UTF-8 (RFC 6455, section 8.1)."""


class _AnyType(msgspec.Struct):
    t: str


class _AnyNumber(msgspec.Struct):
    n: int = 0


_LARGE_NUMBER: Final = re.compile(rb"[0-9][eE]\+?[0-9]{2}")  # or a text that looks like one
_ANY_POWER: Final = re.compile(rb"[0-9][eE]")
_LONG: Final = 299  # bytes: a number with fewer digits is in bounds where its exponent has one
_any: Final = msgspec.json.Decoder()
_any_number: Final = msgspec.json.Decoder(_AnyNumber)
_any_type: Final = msgspec.json.Decoder(_AnyType)


def lines_of(frame: bytes) -> list[bytes]:
    """Cut a frame into its lines; blank ones do not count."""
    if LINE_END not in frame:
        return [frame]
    return [line for line in frame.split(b"\n") if line.strip()]


class MessageBounds:
    """What one message of a client may hold."""

    __slots__ = ("limits", "short")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        # Bytes: in messages that are no longer, there is nothing to count. A level or a digit takes one, a value two.
        self.short = min(limits.json_depth, limits.json_digits, 2 * limits.json_values)


_BY_DEFAULT: Final = MessageBounds(DEFAULTS)


def decode_client(line: bytes, bounds: MessageBounds = _BY_DEFAULT) -> ClientMessage:
    """Read one message of a client.

    Raises `ProtocolError`: "bad-message" for what is no message, "unknown-type" for a type that
    a later version may know, "too-big" for what is nested too deep or holds too much, "bad-argument" for a number that
    many programs cannot read.
    """
    if len(line) > bounds.short:
        check_shape(line, bounds.limits)
    try:
        # What the decoder skips unread (arguments) goes to others as it is, so it must be UTF-8 too.
        if not line.isascii():
            line.decode()
        message = _client(line)
        if type(message) is SetRequest:
            _check_patch(message.p)
            if message.op:
                _check_patch(message.was, "was")
        return message
    except _UNREADABLE as error:
        raise _explain(line, error) from None


def _check_patch(patch: msgspec.Raw, field: str = "p") -> None:
    """Raise for what is no object, or holds a number that is out of bounds: in state it would be there for everyone."""
    if bytes(memoryview(patch)[:1]) != b"{":
        raise msgspec.ValidationError(f"Expected `object` - at `$.{field}`")
    if (_LARGE_NUMBER if len(patch) <= _LONG else _ANY_POWER).search(patch):
        _any.decode(patch)


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


_TIME: Final = re.compile(rb'\{"t":"\w+","s":\d+,(?:"by":"(?:[^"\\]|\\.)*",)?"at":(\d+)')


def is_command(line: bytes) -> bool:
    """Whether a line that was encoded here is a command; likewise the next. Nothing is decoded."""
    return line.startswith(b'{"t":"do"')


def is_patch(line: bytes) -> bool:
    return line.startswith(b'{"t":"set"')


def is_join(line: bytes) -> bool:
    return line.startswith(b'{"t":"join"')


def time_of(line: bytes) -> int:
    """The time of an entry in such a line, Unix milliseconds; 0: it says none."""
    found = _TIME.match(line)
    return int(found[1]) if found else 0


def has_effects(line: bytes) -> bool:
    """Whether it is a turn, or somebody comes or goes and the room's rules may have done something on that."""
    return line.startswith(b'{"t":"turn"') or (b',"x":{' in line and not is_command(line) and not is_patch(line))


def hidden(seq: int, at: int) -> bytes:
    """The line that stands in for the private command at `seq`, at the same time."""
    return encode(Hidden(seq, at))


_TEXT: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)  # or the rest, where its end is missing
_BLANKS: Final = b" \t\n\r"  # between the tokens of JSON (RFC 8259, section 2)
_NO_BRACKET: Final = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_OPENS: Final = ord("[")
_ZEROS: Final = bytes.maketrans(b"0123456789", b"0000000000")
_SHALLOW: Final = 12  # levels: nearly all that is sent has less


def check_shape(line: bytes, limits: Limits | ClientLimits) -> None:
    """Raise `ProtocolError` ("too-big") for a message that is nested too deep or holds too many values, and
    ("bad-argument") for one with a number of too many digits.

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

    check_digits(line, limits)


def check_digits(line: bytes, limits: Limits | ClientLimits) -> None:
    """Raise `ProtocolError` ("bad-argument") for a number of too many digits, as it is written."""
    if len(line) <= limits.json_digits:
        return
    too_many = b"0" * (limits.json_digits + 1)
    if too_many in line.translate(_ZEROS) and too_many in _bare(line).translate(_ZEROS):
        digits = max(map(len, re.findall(rb"[0-9]+", _bare(line))))
        what = "a number has more digits than many programs can read: send it as text"
        raise ProtocolError("bad-argument", exceeded("json_digits", limits, digits, what))


def number_of(line: bytes) -> int:
    """The number of a message that was refused as it stands; 0 where it has none."""
    try:
        return _any_number.decode(line).n
    except _UNREADABLE:
        return 0


def _bare(line: bytes) -> bytes:
    """The line with nothing in its texts."""
    return _TEXT.sub(b'"', line)


def _opened(line: bytes) -> int:
    return line.count(b"[") + line.count(b"{")


def _values(bare: bytes) -> int:
    """How many values a line holds, itself among them; keys are none."""
    tight = bare.translate(None, _BLANKS)
    return 1 + bare.count(b",") + _opened(bare) - tight.count(b"[]") - tight.count(b"{}")


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
    try:
        line.decode()  # the decoder may have met something else first
    except UnicodeDecodeError as broken:
        return NotUtf8("bad-message", f"not UTF-8: {broken.reason} at byte {broken.start}")
    if isinstance(error, RecursionError):
        return ProtocolError("bad-message", "JSON nested too deep to read")
    if isinstance(error, msgspec.ValidationError) and "`$.t`" in str(error):
        try:
            kind = _any_type.decode(line).t
        except (msgspec.DecodeError, RecursionError):
            kind = ""
        if kind:
            return ProtocolError("unknown-type", f"no message has the type {quoted(kind)} here")
    return ProtocolError("bad-message", f"not a message: {shortened(in_words(str(error)))}")
