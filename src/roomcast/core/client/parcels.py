"""Parcels: a call that carries bytes travels in pieces, as commands like any others, and is run at the last one.

The server knows nothing of them, so all that holds for commands holds for pieces: their order, acknowledgement,
resume, the rate. `Outgoing` splits a call into pieces; `Incoming` reassembles them, and bounds what other clients
can make a program hold. docs/protocol.md has the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec

from roomcast.core.protocol.messages import Do
from roomcast.core.protocol.names import check_command
from roomcast.errors import BadArgument

PIECE: Final = 32 * 1024  # bytes of a piece: 2 MB/s at 60 commands a second, and no long wait behind one
WINDOW: Final = 3  # pieces in flight at a time: enough to fill the connection, few for other commands to wait behind
COMMANDS_FIRST: Final = 8  # other messages in flight, above which pieces wait for the program's commands
MAX_BYTES: Final = 16 * 1024 * 1024  # of a parcel, and of a player's unfinished ones together: a large photo. A room
# keeps 8 MiB of its log, so larger ones would leave nothing to those who come back.
MAX_BYTES_OF_ALL: Final = 128 * 1024 * 1024  # of all unfinished ones that a program holds: eight such players
MAX_PARCELS: Final = 16  # unfinished ones of a player: a page drops a handful of pictures at once
_OVERHEAD: Final = 200  # bytes of a message around its arguments, the largest numbers included

ArgumentKey: TypeAlias = int | str
"""Where bytes stand among the arguments: a position, or a name."""


class Opening(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first piece: which call it is. An empty string is the placeholder for bytes."""

    id: int  # of the parcel, among those of its sender
    c: str  # the command that is called
    a: msgspec.Raw  # its arguments
    sizes: tuple[tuple[ArgumentKey, int], ...]  # where bytes go, and how many; they come one after the other
    b: bytes = b""  # the first of them


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Any further piece. One with an id alone says that the sender gives up."""

    id: int
    at: int = -1  # how many bytes come before it
    b: bytes = b""


_opening: Final = msgspec.json.Decoder(Opening)
_piece: Final = msgspec.json.Decoder(Piece)
_encode: Final = msgspec.json.Encoder().encode
_ARRAY: Final = ord("[")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call with bytes has come."""

    id: int
    """The call's number, among those with bytes of its sender."""
    command: str
    """The command that will be run when all is here."""
    done: int
    """Bytes that are here."""
    size: int
    """Bytes in all."""
    failed: str = ""
    """Why no more will come; "" while more is coming, and at the end."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """All is here: the call can be run."""

    command: str
    arguments: msgspec.Raw
    blobs: Mapping[ArgumentKey, bytes]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Dropped:
    """A call of the player `by` will not be run here. `progress` is None where nothing was known of it."""

    by: str
    code: str
    message: str
    progress: Progress | None = None


# ---------------------------------------------------------------------- out


class Outgoing:
    """A call with bytes that is being sent. Raises `BadArgument` if it carries more than `MAX_BYTES`."""

    def __init__(
        self,
        number: int,
        command: str,
        arguments: msgspec.Raw,
        blobs: Mapping[ArgumentKey, bytes],
        to: tuple[str, ...] | None,
    ) -> None:
        self.id = number
        self.command = command
        self.to = to
        self._arguments = arguments
        self._places = tuple((place, len(data)) for place, data in blobs.items())
        self._data = memoryview(b"".join(blobs.values()))
        if len(self._data) > MAX_BYTES:
            raise BadArgument(
                f"{command}: {len(self._data)} bytes in one call, and it may carry {MAX_BYTES}: "
                "make them fewer, or send them in several calls",
                topic="too-big",
            )
        self._sent = -1  # bytes; -1: not even the opening

    @property
    def done(self) -> bool:
        """Whether all pieces have been made."""
        return self._sent >= len(self._data)

    def restart(self) -> None:
        """What was sent is lost: send it again from the beginning."""
        self._sent = -1

    def opening(self, data: bytes = b"") -> msgspec.Raw:
        """The arguments of the first piece, which carries the first of the data."""
        return msgspec.Raw(_encode(Opening(self.id, self.command, self._arguments, self._places, data)))

    def next_piece(self, message_size: int) -> msgspec.Raw:
        """The arguments of the next piece, for a message of at most `message_size` bytes."""
        room = message_size - _OVERHEAD - len(_encode(self.to or ()))
        if self._sent < 0:
            part = self._part(0, room - len(memoryview(self.opening())))
            self._sent = len(part)
            return self.opening(part)
        start, part = self._sent, self._part(self._sent, max(room, 4))  # at least a letter's worth, to come to an end
        self._sent += len(part)
        return msgspec.Raw(_encode(Piece(self.id, start, part)))

    def _part(self, start: int, room: int) -> bytes:
        """The data from `start`, as much as fits into `room` characters of base64: four for three bytes."""
        return bytes(self._data[start : start + min(PIECE, max(0, room) // 4 * 3)])


def given_up(number: int) -> msgspec.Raw:
    """The arguments of the piece that gives up a parcel."""
    return msgspec.Raw(b"[%d]" % number)


def number_of(arguments: msgspec.Raw) -> int:
    """The id of the parcel that a piece belongs to, 0 if it is no piece."""
    try:
        return _read(arguments).id
    except (msgspec.DecodeError, RecursionError):
        return 0


def _read(arguments: msgspec.Raw) -> Opening | Piece:
    return _piece.decode(arguments) if memoryview(arguments)[0] == _ARRAY else _opening.decode(arguments)


# ---------------------------------------------------------------------- in


@dataclass(slots=True)
class _Parcel:
    """A parcel that is being received. Without an opening, part of it is missing, and that has been reported."""

    opening: Opening | None = None
    size: int = 0
    data: bytearray = field(default_factory=bytearray)

    def progress(self, failed: str = "") -> Progress:
        assert self.opening is not None
        return Progress(self.opening.id, self.opening.c, len(self.data), self.size, failed)


IncomingState: TypeAlias = dict[str, dict[int, tuple[_Parcel, int]]]
"""The unfinished parcels of a moment, by player and number: each, and how many bytes of it were there."""


class Incoming:
    """The unfinished parcels of a room. Its results follow from the entries alone: same entries, same results."""

    def __init__(self) -> None:
        self._of: dict[str, dict[int, _Parcel]] = {}  # by player, by number

    def add(self, entry: Do) -> Progress | Arrived | Dropped | None:
        """Take in the piece that an entry carries. Returns the result; None: nothing to report."""
        try:
            piece = _read(entry.a)
            if isinstance(piece, Opening):
                check_command(piece.c)
        except (msgspec.DecodeError, RecursionError, BadArgument) as error:
            why = f": {error.message}" if isinstance(error, BadArgument) else ""
            return Dropped(entry.by, "bad-argument", f"from {entry.by}: a piece of a call that cannot be read{why}")
        mine = self._of.setdefault(entry.by, {})
        if isinstance(piece, Opening):
            return self._open(entry.by, mine, piece)
        parcel = mine.get(piece.id)
        if piece.at < 0:
            return self._drop(entry.by, mine, piece.id, "its sender gave up")
        if parcel is None:
            _ignore(mine, piece.id)
            return Dropped(
                entry.by, "incomplete", f"from {entry.by}: a call with bytes is not run here: it began before we came"
            )
        if parcel.opening is None:
            return None
        if piece.at != len(parcel.data) or piece.at + len(piece.b) > parcel.size or not piece.b:
            return self._drop(entry.by, mine, piece.id, "a piece of it is missing")
        return self._append(mine, parcel, piece.b)

    @property
    def pending(self) -> bool:
        """Whether pieces have come of a call that is still to be run."""
        return any(parcel.opening is not None for mine in self._of.values() for parcel in mine.values())

    def state(self) -> IncomingState:
        """What there is now, so that `restore` can go back to it. It costs what there are parcels, not their bytes."""
        return {
            player: {number: (parcel, len(parcel.data)) for number, parcel in mine.items()}
            for player, mine in self._of.items()
        }

    def restore(self, state: IncomingState) -> None:
        """Undo what was done since `state` was taken."""
        self._of = {player: {number: one for number, (one, _) in mine.items()} for player, mine in state.items()}
        for mine in state.values():
            for parcel, size in mine.values():
                del parcel.data[size:]

    def leave(self, player: str) -> list[Dropped]:
        """The player has left: drop its unfinished parcels."""
        mine = self._of.pop(player, {})
        return [self._dropped(player, parcel, "its sender left") for parcel in mine.values() if parcel.opening]

    def skip(self) -> list[Dropped]:
        """Entries were skipped, and pieces may have been among them."""
        dropped = []
        for player, mine in self._of.items():
            for number, parcel in mine.items():
                if parcel.opening is not None:
                    dropped.append(self._dropped(player, parcel, "pieces of it were skipped"))
                    mine[number] = _Parcel()
        return dropped

    def _open(self, player: str, mine: dict[int, _Parcel], opening: Opening) -> Progress | Arrived | Dropped | None:
        mine.pop(opening.id, None)  # begun again
        size = sum(size for _, size in opening.sizes)
        if min((size for _, size in opening.sizes), default=-1) < 0 or len(opening.b) > size or not _fits(opening):
            _ignore(mine, opening.id)
            return Dropped(
                player, "bad-argument", f"from {player}: {opening.c}: its bytes and their sizes do not agree"
            )
        parcel = _Parcel(opening, size)
        unfinished = [one for one in mine.values() if one.opening is not None]
        of_all = sum(one.size for each in self._of.values() for one in each.values())
        if len(unfinished) >= MAX_PARCELS:
            why = f"more than {MAX_PARCELS} calls with bytes at a time"
        elif size + sum(one.size for one in unfinished) > MAX_BYTES:
            why = f"{size} bytes, and a player's unfinished calls may carry {MAX_BYTES}"
        elif size + of_all > MAX_BYTES_OF_ALL:
            why = f"{size} bytes more, and all unfinished calls together may carry {MAX_BYTES_OF_ALL}"
        else:
            mine[opening.id] = parcel
            return self._append(mine, parcel, opening.b)
        _ignore(mine, opening.id)
        return Dropped(player, "too-big", f"from {player}: {opening.c} is not run here: {why}", parcel.progress(why))

    def _append(self, mine: dict[int, _Parcel], parcel: _Parcel, part: bytes) -> Progress | Arrived:
        assert parcel.opening is not None
        parcel.data += part
        if len(parcel.data) < parcel.size:
            return parcel.progress()
        opening = parcel.opening
        del mine[opening.id]
        blobs, start = {}, 0
        for place, size in opening.sizes:
            blobs[place] = bytes(memoryview(parcel.data)[start : start + size])
            start += size
        return Arrived(opening.c, opening.a, blobs, parcel.progress())

    def _drop(self, player: str, mine: dict[int, _Parcel], number: int, why: str) -> Dropped | None:
        parcel = mine.get(number)
        if parcel is None or parcel.opening is None:
            return None
        _ignore(mine, number)
        return self._dropped(player, parcel, why)

    def _dropped(self, player: str, parcel: _Parcel, why: str) -> Dropped:
        progress = parcel.progress(why)
        return Dropped(player, "incomplete", f"from {player}: {progress.command} is not run here: {why}", progress)


def _fits(opening: Opening) -> bool:
    """Whether the arguments have a placeholder for each place where bytes go."""
    try:
        arguments = msgspec.json.decode(opening.a)
    except (msgspec.DecodeError, RecursionError):
        return False
    if isinstance(arguments, list):
        return all(isinstance(place, int) and 0 <= place < len(arguments) for place, _ in opening.sizes)
    return isinstance(arguments, dict) and all(
        isinstance(place, str) and place in arguments for place, _ in opening.sizes
    )


def _ignore(mine: dict[int, _Parcel], number: int) -> None:
    """Pieces of this parcel that still come are passed over in silence."""
    mine[number] = _Parcel()
    ignored = [number for number, parcel in mine.items() if parcel.opening is None]
    for oldest in ignored[:-MAX_PARCELS]:
        del mine[oldest]
