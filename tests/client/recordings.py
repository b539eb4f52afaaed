"""Recordings that a test writes by hand."""

from pathlib import Path
from typing import Any

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Join, Leave, Set, Snapshot
from roomcast.core.protocol.recording import Header

BEGAN = 1_767_225_600_000  # Unix milliseconds


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def do(seq: int, name: str, *args: Any, by: str = "red", after: float = 0.0, to: tuple[str, ...] | None = None) -> Do:
    """A command, `after` seconds from the beginning."""
    return Do(seq, by, BEGAN + round(after * 1000), name, raw(args), to=to)


def joined(seq: int, name: str, after: float = 0.0, seed: str = "") -> Join:
    return Join(seq, name, BEGAN + round(after * 1000), name, seed=seed)


def write(path: Path, *lines: msgspec.Struct, header: Header | None = None) -> Path:
    """A recording of the room "dots", from its beginning where no header says otherwise."""
    first = header or Header(1, "dots", 0, Snapshot())
    path.write_bytes(b"".join(codec.encode(line) + b"\n" for line in (first, *lines)))
    return path


def three_moves(path: Path) -> Path:
    """Red comes, moves three times, a second between two, and goes."""
    return write(
        path,
        joined(1, "red", seed="5eed"),
        do(2, "move", 5, after=1),
        do(3, "move", 6, after=2),
        Set(4, "red", BEGAN + 2500, "room", raw({"level": 2})),
        do(5, "move", 7, after=3),
        Leave(6, "red", BEGAN + 3000),
    )
