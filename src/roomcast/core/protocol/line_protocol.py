r"""The starter protocol: lines of words, as first multiplayer programs speak it.

Client to server:        ``instruction detail detail …\n``
Server to the others:    ``instruction senderID detail detail …\n``
On connect, to others:   ``newPlayer ID\n``
On connect, to oneself:  ``newPlayer ID\n`` for each who is there, then ``myIDis ID \n``

In a room a line's instruction is the command and its details the positional arguments, as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from roomcast.core.protocol.limits import DEFAULTS, Limits, exceeded
from roomcast.core.protocol.messages import Do, Entry, Join, Json
from roomcast.core.protocol.names import PARCEL, STARTER_WORDS
from roomcast.errors import ProtocolError

_json: Final = msgspec.json.Decoder()
_encode: Final = msgspec.json.Encoder().encode

# All that ends a line for `str.splitlines`, by which many a first program cuts what it reads: a text with one of them
# inside must not pass for a line of the server's own.
_LINE_ENDS: Final = str.maketrans(dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))


class LineReader:
    """Puts lines together from bytes in whatever pieces they come.

    >>> reader = LineReader(Limits(message_size=20))
    >>> list(reader.feed(b"move 5")), list(reader.feed(b" 0\\nmove")), list(reader.feed(b" 0 5\\n"))
    ([], [b'move 5 0'], [b'move 0 5'])
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits  # a line's end is not counted
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

    def _check(self, line: bytes | bytearray) -> None:
        if len(line) > self._limits.message_size:
            raise ProtocolError("too-big", exceeded("message_size", self._limits, len(line), "a line is too long"))


def parse(line: bytes) -> list[str]:
    r"""Split one line into its words, the instruction first; an empty line has none.

    Raises `ProtocolError` if the bytes are not UTF-8.

    >>> parse(b"move 5 0 \r")
    ['move', '5', '0']
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("bad-message", f"not UTF-8: {error.reason} at byte {error.start}") from None
    return [word for word in text.rstrip("\r").split(" ") if word]


def arguments(words: list[str], limits: Limits = DEFAULTS) -> msgspec.Raw:
    """A line's details as a command's arguments: a JSON array of text.

    Raises `ProtocolError` if there are more than another client's message may hold.
    """
    if len(words) > limits.json_values:
        raise ProtocolError("too-big", exceeded("json_values", limits, len(words), "a line has too many words"))
    return msgspec.Raw(_encode(words))


def render(entry: Entry) -> bytes:
    """What the other starter clients read of an entry, its line end included; nothing for most.

    >>> render(Do(s=1, by="Ada", at=0, c="move", a=msgspec.Raw(b"[5, 0]")))
    b'move Ada 5 0\\n'
    """
    if type(entry) is Do:
        if entry.c in STARTER_WORDS:
            return b""  # a player must not speak with the server's voice
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
        return _line(entry.c, entry.by, *map(_word, values))
    if type(entry) is Join:
        return new_player(entry.by)
    return b""


def new_player(player: str) -> bytes:
    return _line("newPlayer", player)


def greeting(others: Iterable[str], me: str) -> bytes:
    """What the server says first: who is there, then who you are."""
    return b"".join(map(new_player, others)) + _line("myIDis", me, "")


def complaint(message: str) -> bytes:
    """The last line to a client that broke the protocol: an error message for people."""
    return _line("error", "server", message)


def _line(*words: str) -> bytes:
    line = " ".join(words)
    if not line.isprintable():
        line = line.translate(_LINE_ENDS)
    return line.encode("utf-8", "replace") + b"\n"


def _word(value: Json) -> str:
    return value if type(value) is str else _encode(value).decode()
