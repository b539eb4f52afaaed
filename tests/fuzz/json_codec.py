"""The JSON codec: whatever comes in is a message or a `ProtocolError`, and messages survive a second way through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Never

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ServerMessage
from roomcast.core.protocol.line_codec import STANDARD
from roomcast.core.protocol.messages import Do, DoRequest, Entry, Error
from roomcast.core.room.fold import EMPTY, apply, restore, snapshot
from roomcast.errors import CODES, ProtocolError

LONGEST_COMPLAINT = 400  # characters: it goes back to whoever sent the bytes, and into logs


def from_client(data: bytes) -> None:
    """Read a frame as a server does."""
    for line in _lines(data):
        message = _read(codec.decode_client, line)
        if isinstance(message, DoRequest):
            _check_arguments(bytes(memoryview(message.a)))


def from_server(data: bytes) -> None:
    """Read a frame as a client does."""
    for line in _lines(data):
        message = _read(codec.decode_server, line)
        if isinstance(message, Entry):
            _check_entry(message)


def _lines(data: bytes) -> list[bytes]:
    lines = codec.lines_of(data)
    assert all(b"\n" not in line for line in lines)
    assert b"\n".join(lines).split() == data.split(), "cutting lost something, or made something up"
    return lines


def _read(decode: Callable[[bytes], Any], line: bytes) -> Any:
    try:
        message = decode(line)
    except ProtocolError as error:
        check_complaint(error)
        return None
    written = codec.encode(message)
    assert b"\n" not in written
    again = decode(written)
    assert codec.encode(again) == written
    assert _comparable(again) == _comparable(message)
    return message


def check_complaint(error: ProtocolError) -> None:
    """It can be told, in one line, to whoever caused it."""
    assert error.code in CODES
    assert 10 < len(error.message) <= LONGEST_COMPLAINT, error.message
    told = codec.encode(Error(error.code, error.message))
    assert b"\n" not in told
    assert codec.decode_server(told) == Error(error.code, error.message)


def _comparable(message: Any) -> Any:
    """Arguments are compared by their letters: they must reach the others as they were written."""
    fields = {name: getattr(message, name) for name in message.__struct_fields__}
    if isinstance(message, DoRequest | Do):
        fields["a"] = bytes(memoryview(message.a))
    return type(message), fields


def _check_arguments(text: bytes) -> None:
    """Arguments go to others unread: any JSON reader must be able to read them, on one line."""
    assert b"\n" not in text
    json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_json)


def _no_json(constant: str) -> Never:
    raise AssertionError(f"{constant} is no JSON")


def _check_entry(entry: ServerMessage) -> None:
    """Any entry folds into a state that goes through a snapshot, and into at most one line for starter clients."""
    state = apply(EMPTY, entry)  # type: ignore[arg-type]  # an entry is one of the seven kinds
    assert restore(snapshot(state)) == state
    line = STANDARD.render(entry)  # type: ignore[arg-type]
    check_line(line)


def check_line(line: bytes) -> None:
    """A line for starter clients is one line, by any program's idea of what a line is."""
    if line:
        assert line.endswith(b"\n")
        assert len(line.decode().splitlines()) == 1, line
