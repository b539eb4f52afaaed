"""Recordings: a room's log in a file, a JSON object a line, to be run again later. docs/recordings.md is for readers.

The first line is a header: which room, and the snapshot to start from. Then come entries, as a server sends them to its
players. Another header may follow, where the recorded room began anew.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
from msgspec import Struct, field

from roomcast.core.protocol import codec
from roomcast.core.protocol.decode_words import in_words
from roomcast.core.protocol.messages import AnyEntry, Count, Entry, Hidden, Skipped, Snapshot, Tick
from roomcast.errors import ProtocolError

VERSION: Final = 1  # of the format
_MARK: Final = "roomcast-recording"


class Header(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a recording starts."""

    version: int = field(name=_MARK)
    room: str
    s: Count  # seq of the snapshot; the first entry has the next one
    snapshot: Snapshot
    me: str = ""  # the player who recorded; "": nobody, it is of a kept file
    world: str = ""  # JSON text: the programs' own state at `s`, as in `Welcome`; "": there is none
    lost: str = ""  # why what was recorded before is over, as a sentence; only in a header that is not the first


Recorded: TypeAlias = Header | AnyEntry | Hidden | Skipped | Tick
"""What a line of a recording holds."""

_IN_RECORDINGS: Final = (Entry, Hidden, Skipped, Tick)
_header: Final = msgspec.json.Decoder(Header)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(line: bytes) -> Recorded | None:
    """Read one line. None: it is of a kind that a later version may know.

    Raises `ProtocolError` for what is none: "version" for a header of a later version, else "bad-message".

    >>> line = b'{"roomcast-recording":1,"room":"dots","s":0,"snapshot":{}}'
    >>> header = decode(line)
    >>> header.room, header.s
    ('dots', 0)
    >>> decode(b'{"t":"hidden","s":1,"at":1767225600000}')
    Hidden(s=1, at=1767225600000)
    """
    if is_header(line):
        return _decode_header(line)
    try:
        message = codec.decode_server(line)
    except ProtocolError as error:
        if error.code == "unknown-type":
            return None
        raise
    if not isinstance(message, _IN_RECORDINGS):
        raise ProtocolError("bad-message", f"a recording holds no {type(message).__name__.lower()}")
    return message


def is_header(line: bytes) -> bool:
    """Whether a line is a header, or would be one."""
    return line.lstrip()[1:].lstrip().startswith(b'"roomcast-recording"')


def _decode_header(line: bytes) -> Header:
    try:
        header = _header.decode(line)
    except _UNREADABLE as error:
        raise ProtocolError(
            "bad-message", f"the header of a recording cannot be read: {in_words(str(error))}"
        ) from None
    if header.version != VERSION:
        raise ProtocolError(
            "version", f"the recording has version {header.version}, and this program reads version {VERSION}"
        )
    return header
