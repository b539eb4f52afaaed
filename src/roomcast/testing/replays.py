"""Regression tests for games: a recording is run against a program, and its state compared after each entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from roomcast.client.canonical import digest
from roomcast.client.given import shown, whole_number
from roomcast.client.recording_reader import Recording, read_recording
from roomcast.client.replay_room import ReplayRoom
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

Program: TypeAlias = Callable[[ReplayRoom], object]
"""Registers a game's functions in a room. It returns a function that gives the game's state (what JSON can carry), or
has one under `room.world` or `room.check`."""


class Difference(Struct, frozen=True):
    """The first place at which two runs of a recording differ."""

    seq: int
    """Of the entry after which the states differ; that of the start, where they differ before any."""
    entry: str
    """That entry, as it is in the recording; "" for the start."""
    expected: str
    """The hash of the state in the baseline; "" where that has none."""
    found: str
    """The hash of the state now."""

    def __str__(self) -> str:
        where = f"after entry {self.seq}" if self.entry else "at the start"
        return f"the states differ {where}: {self.entry}" if self.entry else f"the states differ {where}"


def replay(recording: str | Path, program: Program, room: str = "", *, every: int = 1) -> dict[int, str]:
    """Run a recording against a program. Returns the hash of its state after each entry, by seq; first the start's.

    `recording` and `room`: as for `roomcast.replay`. `every`: hash after one of so many entries, and after the last.
    Raises `BadArgument` for a program that gives no state, and for a state that JSON cannot carry; `CannotServe` for a
    file that cannot be used; and whatever the program raises. Where the room began anew, it ends.
    """
    return _run(read_recording(recording, room), program, whole_number("every=", every, 1))


def first_difference(
    recording: str | Path, baseline: Mapping[int, str] | Program | str | Path, program: Program, room: str = ""
) -> Difference | None:
    """The first entry of a recording after which the program's state is not that of the baseline. None: it always is.

    `baseline`: what `replay` has returned; a file in which that was written as JSON; or another program, such as the
    game as it was. Only the seqs in the baseline are compared. Raises as `replay`, and `BadArgument` for a baseline
    that is none.
    """
    found = read_recording(recording, room)
    expected = _run(found, baseline, 1) if callable(baseline) else _hashes(baseline)
    now = _run(found, program, 1)
    for seq in sorted(expected.keys() | (now.keys() if callable(baseline) else ())):
        if now.get(seq, "") != expected.get(seq, ""):
            return Difference(seq, _entry(found, seq), expected.get(seq, ""), now.get(seq, ""))
    return None


def _run(recording: Recording, program: Program, every: int) -> dict[int, str]:
    with ReplayRoom(recording) as room:
        state = _state_of(program(room), room)
        room.pump(until=room.seq)
        hashes = {room.seq: digest(state())}
        seq, last, log = room.seq, room.length, room._replica.log
        while not room.closed:
            seq = min(seq + every, last) if seq < last else seq + 1
            room.pump(until=seq)
            if room._replica.log != log:
                break
            hashes[room.seq] = digest(state())
        return hashes


def _state_of(given: object, room: ReplayRoom) -> Callable[[], Json]:
    if callable(given):
        return given
    inbox = room._inbox
    if inbox.worlds.world is not None:
        return inbox.worlds.world
    if inbox.checks.states:
        return inbox.checks.states[0][0]
    raise BadArgument(
        "the program gives no state to compare: let it return a function that does, or write @room.world or "
        "@room.check above one",
        topic="recording",
    )


def _hashes(baseline: Mapping[int, str] | str | Path) -> dict[int, str]:
    source: object = baseline
    try:
        if isinstance(baseline, str | Path):
            source = json.loads(Path(baseline).read_text(encoding="utf-8"))
        if not isinstance(source, Mapping) or not source:
            raise TypeError
        return {int(seq): str(found) for seq, found in source.items()}
    except OSError as error:
        raise BadArgument(f"the baseline {baseline} cannot be read: {error.strerror}", topic="recording") from None
    except (TypeError, ValueError):
        raise BadArgument(
            f"a baseline is what roomcast.testing.replay returned, or a file with that as JSON, not {shown(source)}",
            topic="recording",
        ) from None


def _entry(recording: Recording, seq: int) -> str:
    for found in recording:
        if getattr(found, "s", 0) == seq:
            return codec.encode(found).decode()
    return ""
