"""Recordings as a program reads and writes them: files of JSON lines, and rooms that a server has kept.

All of a recording is read into memory, as text; it is decoded where it is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from roomcast.client.given import shown
from roomcast.core.protocol import codec, recording
from roomcast.core.protocol.messages import Do, Skipped, Tick
from roomcast.core.protocol.recording import Header, Recorded
from roomcast.errors import BadArgument, CannotServe, ProtocolError

_SQLITE: Final = b"SQLite format 3\x00"  # how each of its files begins


class Recording:
    """The lines of a recording; the first one is its header. `source`: where it is from, for messages."""

    __slots__ = ("header", "lines", "source")

    def __init__(self, source: str, lines: list[bytes]) -> None:
        self.source: Final = source
        self.lines: Final = lines
        first = self._decode(1, lines[0]) if lines and recording.is_header(lines[0]) else None
        if not isinstance(first, Header):
            raise CannotServe(
                f"{source} is no recording: it does not begin with a header. 'roomcast record' makes one",
                topic="recording",
            )
        self.header: Final = first

    def __iter__(self) -> Iterator[Recorded]:
        """What follows the first header. Raises `CannotServe` for a line that is damaged, or out of order."""
        seq = self.header.s
        for number, line in enumerate(self.lines[1:], 2):
            recorded = self._decode(number, line)
            if recorded is None:
                continue
            if isinstance(recorded, Header):
                seq = recorded.s
            elif isinstance(recorded, Skipped):
                seq = recorded.last
            elif not isinstance(recorded, Tick):
                seq += 1
                if recorded.s != seq:
                    raise CannotServe(
                        f"{self.source}, line {number}: entry {recorded.s} stands where entry {seq} should",
                        topic="recording",
                    )
            yield recorded

    @property
    def last(self) -> int:
        """The seq of its last entry. Raises `CannotServe` for a damaged line."""
        for number in range(len(self.lines), 1, -1):
            recorded = self._decode(number, self.lines[number - 1])
            if recorded is not None and not isinstance(recorded, Tick):
                return recorded.last if isinstance(recorded, Skipped) else recorded.s
        return self.header.s

    def _decode(self, number: int, line: bytes) -> Recorded | None:
        try:
            return recording.decode(line)
        except ProtocolError as error:
            raise CannotServe(f"{self.source}, line {number}: {error.message}", topic="recording") from None


def read_recording(source: str | Path, room: str = "", *, me: str = "") -> Recording:
    """Read a recording, or a room of a kept file. `me`: the player by whose eyes, as in `roomcast.replay`.

    Raises `CannotServe` for a file that is neither, and `BadArgument`.
    """
    if not isinstance(source, str | Path):
        raise BadArgument(
            f"a recording is named by its file, as in 'dots.jsonl', not {shown(source)}", topic="recording"
        )
    path = Path(source)
    try:
        with path.open("rb") as file:
            text = file.read(len(_SQLITE))
            if text != _SQLITE:
                text += file.read()
    except OSError as error:
        raise CannotServe(f"the recording {path} cannot be read: {error.strerror}", topic="recording") from None
    if text == _SQLITE:
        return kept_recording(path, room, me=me)
    found = Recording(str(path), _whole_lines(text))
    if room and room != found.header.room:
        raise CannotServe(
            f"{path} is a recording of the room {found.header.room!r}, not of {room!r}", topic="recording"
        )
    return found


def kept_recording(path: Path, room: str, *, me: str = "") -> Recording:
    """The recording of a room in a kept file, as `me` may see it; "": as everybody may. Raises `CannotServe`."""
    from roomcast.storage.sqlite_recording import read_room  # here: few programs need SQLite

    kept = read_room(path, room)
    header = Header(recording.VERSION, kept.name, kept.seq, kept.snapshot, me, kept.world)
    lines = kept.lines
    for seq, line in kept.private.items():
        if me and seq > kept.seq and _may_read(line, me):
            lines[seq - kept.seq - 1] = line
    return Recording(f"the room {kept.name!r} of {path}", [codec.encode(header), *lines])


def _may_read(line: bytes, player: str) -> bool:
    entry = codec.decode_server(line)
    return isinstance(entry, Do) and (entry.by == player or (entry.to is not None and player in entry.to))


def _whole_lines(text: bytes) -> list[bytes]:
    """The lines of a recording. A last one without its end counts where it is whole: its writer may have died."""
    lines = text.split(b"\n")
    last = lines.pop()
    if last.strip():
        try:
            recording.decode(last)
        except ProtocolError:
            pass
        else:
            lines.append(last)
    return [line for line in lines if line.strip()]
