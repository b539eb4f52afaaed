r"""The starter protocol: lines of words, as first multiplayer programs speak it.

Client to server:        ``instruction detail detail …\n``
Server to the others:    ``instruction senderID detail detail …\n``
On connect, to others:   ``newPlayer ID\n``
On connect, to oneself:  ``newPlayer ID\n`` for each who is there, then ``myIDis ID \n``

In a room a line's instruction is the command and its details the positional arguments, as text. In
`line_codec`, it has dialects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from roomcast.core.protocol.limits import DEFAULTS, Limits, exceeded
from roomcast.core.protocol.messages import Do, Json
from roomcast.core.protocol.names import PARCEL
from roomcast.core.protocol.turn_effects import Event
from roomcast.errors import ProtocolError

_HTTP: Final = b"HTTP/"  # in the third place of a request's first line (RFC 9112, section 3)
_METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT", b"TRACE"))
_BROWSER: Final = "this port is for starter clients: browsers want the server's other port"
_TLS: Final = b"\x16\x03"  # a handshake's record begins so, in every version (RFC 8446, section 5.1)
_json: Final = msgspec.json.Decoder()
_encode: Final = msgspec.json.Encoder().encode

# All that ends a line for `str.splitlines`, by which many a first program cuts what it reads: a text with one of them
# inside must not pass for a line of the server's own.
_LINE_ENDS: Final = str.maketrans(dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))


class NotText(ProtocolError):
    """A line is not UTF-8: it is none that anybody could be meant to read, and the next one may be."""


class LineReader:
    """Puts lines together from bytes in whatever pieces they come.

    >>> reader = LineReader(Limits(message_size=20))
    >>> list(reader.feed(b"move 5")), list(reader.feed(b" 0\\nmove")), list(reader.feed(b" 0 5\\n"))
    ([], [b'move 5 0'], [b'move 0 5'])
    """

    def __init__(self, limits: Limits, *, unended: bool = False) -> None:
        self._limits = limits  # a line's end is not counted
        self._unended = unended  # the bytes of one call end a line, unless they end within a character
        self._part = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes in, give whole lines out, without their ends. Go through all of them.

        Raises `ProtocolError` ("too-big") at a line over the limit, even before it has ended.
        """
        self._part += data
        if b"\n" in data:
            *lines, rest = bytes(self._part).split(b"\n")
            self._part = bytearray(rest)
            for line in lines:
                self._check(line)
                yield line
        self._check(self._part)
        if self._unended and self._part and not _is_cut(self._part):
            line = bytes(self._part)
            self._part.clear()
            yield line

    def _check(self, line: bytes | bytearray) -> None:
        if len(line) > self._limits.message_size:
            raise ProtocolError("too-big", exceeded("message_size", self._limits, len(line), "a line is too long"))


def _is_cut(text: bytearray) -> bool:
    """Whether the last character of a text in UTF-8 is not whole yet."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


def check_starter(line: bytes, *, cut: bool = False) -> None:
    """Raises `ProtocolError` where a line is the first one of an HTTP request, or of a TLS connection.

    Any page that somebody opens can have its browser send one here, with lines of its choice after it: nothing that
    follows may be run. `cut`: lines may be pieces of longer ones; then a request is known by its method alone.
    """
    if cut or _HTTP in line:
        words = line.split()
        if (len(words) == 3 and words[2].startswith(_HTTP)) or (cut and len(words) > 1 and words[0] in _METHODS):
            raise ProtocolError("bad-message", _BROWSER)
    if line.startswith(_TLS):
        raise ProtocolError("bad-message", "this port is for starter clients, and has no TLS: connect without it")


def parse(line: bytes) -> list[str]:
    r"""Split one line into its words, the instruction first; an empty line has none.

    Raises `NotText` if the bytes are not UTF-8.

    >>> parse(b"move 5 0 \r")
    ['move', '5', '0']
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise NotText("bad-message", f"not UTF-8: {error.reason} at byte {error.start}") from None
    return [word for word in text.rstrip("\r").split(" ") if word]


def arguments(words: list[str], limits: Limits = DEFAULTS) -> msgspec.Raw:
    """A line's details as a command's arguments: a JSON array of text.

    Raises `ProtocolError` if there are more than another client's message may hold.
    """
    if len(words) > limits.json_values:
        raise ProtocolError("too-big", exceeded("json_values", limits, len(words), "a line has too many words"))
    return msgspec.Raw(_encode(words))


def said(entry: Do | Event, instruction: str, sender: str) -> bytes:
    r"""What the other starter clients read of a command, its line end included; nothing if it has no words.

    `sender`: "" for the room itself, which has no id.

    >>> said(Do(s=1, by="Ada", at=0, c="move", a=msgspec.Raw(b"[5, 0]")), "move", "Ada")
    b'move Ada 5 0\n'
    """
    if entry.c == PARCEL:
        return b""  # bytes have no words
    try:
        values = _json.decode(entry.a)
    except (msgspec.DecodeError, RecursionError):
        return b""  # numbers beyond all bounds, JSON too deep: no word for it
    if isinstance(values, dict):
        values = values.values()
    elif not isinstance(values, list):
        return b""
    return line(instruction, *((sender,) if sender else ()), *map(_word, values))


def complaint(message: str) -> bytes:
    """The last line to a client that broke the protocol: an error message for people."""
    return line("error", "server", message)


def line(*words: str) -> bytes:
    """Words as one line, its end included."""
    text = " ".join(words)
    if not text.isprintable():
        text = text.translate(_LINE_ENDS)
    return text.encode("utf-8", "replace") + b"\n"


def _word(value: Json) -> str:
    return value if type(value) is str else _encode(value).decode()
