"""A room that runs a recorded log again: the log has what was recorded, whoever looks on."""

from __future__ import annotations

import msgspec
import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import (
    AnyEntry,
    Do,
    DoRequest,
    Hidden,
    Join,
    Leave,
    PlayerRecord,
    Set,
    SetRequest,
    Snapshot,
)
from roomcast.core.protocol.recording import Header
from roomcast.core.room.clock import Clock
from roomcast.core.room.replayed_room import ReplayedRoom
from roomcast.core.room.room import Room
from roomcast.errors import Refused
from roomcast.storage.memory import MemoryCommitLog


class Nobody:
    """A flush queue that never flushes."""

    def schedule(self, room: Room) -> None: ...

    def schedule_at(self, room: Room, when: float) -> None: ...


AT = 1_767_225_600_000
ENTRIES: tuple[AnyEntry | Hidden, ...] = (
    Join(1, "red", AT, "red", seed="5eed"),
    Do(2, "red", AT + 1000, "move"),
    Hidden(3, AT + 1000),
    Set(4, "red", AT + 2000, "room", msgspec.Raw(b'{"level":2}')),
    Leave(5, "red", AT + 2000),
    Join(6, "red", AT + 10**9, "red"),
    Do(7, "red", AT + 10**9 + 500, "move"),
)


def room_of(
    *entries: AnyEntry | Hidden, header: Header | None = None, speed: float = 1.0, now: float = 50.0
) -> ReplayedRoom:
    header = header or Header(1, "dots", 0, Snapshot())
    return ReplayedRoom(
        header,
        entries or ENTRIES,
        Limits(),
        now,
        flushes=Nobody(),
        clock=Clock(),
        commits=MemoryCommitLog("dots", header.s),
        speed=speed,
    )


def test_entries_come_at_their_times_and_nobody_waits_for_an_empty_room() -> None:
    room = room_of(speed=2.0)
    assert room.advance(100.0) == pytest.approx(0.5, abs=1e-4)
    assert (room.log.last, list(room.state.players)) == (1, ["red"])
    assert room.advance(100.4) == pytest.approx(0.1, abs=1e-4)
    assert room.log.last == 1
    assert room.advance(100.6) == pytest.approx(0.4, abs=1e-4)
    assert room.log.last == 3
    assert room.advance(101.1) == pytest.approx(0.25, abs=1e-4)  # red has left, and comes again at once
    assert room.log.last == 6
    assert room.advance(102.0) is None
    assert room.log.entries(0, 7) == list(ENTRIES)
    assert room.state.seed == "5eed"


def test_the_rooms_time_never_passes_an_entry_that_is_to_come() -> None:
    room = room_of()
    room.advance(100.0)
    assert room.log.time(100.5) == AT + 500
    assert room.log.time(103.0) == AT + 1000
    assert room.log.monotonic(AT + 700) == pytest.approx(100.7, abs=1e-4)
    room.advance(200.0)
    assert room.log.time(200.2) == AT + 10**9 + 200
    room.advance(201.0)
    assert room.log.time(500.0) == AT + 10**9 + 500


def test_who_looks_on_is_in_no_log_and_has_an_id_of_its_own() -> None:
    room = room_of()
    room.advance(100.0)
    red = room.join("red", "secret", 100.1)
    other = room.join("", "another", 100.1)
    assert (red.id, other.id) == ("red2", "onlooker")
    room.drop(red, 100.2)
    room.come_back(red, 100.3)
    for send in (
        lambda: room.do(red, DoRequest(1, "move"), 100.4),
        lambda: room.set(red, SetRequest(2, "me", NOTHING), 1),
    ):
        with pytest.raises(Refused) as refused:
            send()
        assert refused.value.code == "replay"
    room.leave(other, 100.5)
    room.sweep(1000.0)
    assert (room.log.last, list(room.state.players), red.n) == (1, ["red"], 2)
    assert room.empty_since is None


NOTHING = msgspec.Raw(b"{}")


def test_it_may_begin_in_the_middle() -> None:
    here = Snapshot((PlayerRecord("red", "red"),), state=msgspec.Raw(b'{"level":3}'), at=AT)
    header = Header(1, "dots", 10, here, world='{"world":1}')
    room = room_of(Do(11, "red", AT + 1000, "move"), header=header)
    assert (room.log.last, room.state.shared["level"], room.log.at) == (10, 3, AT)
    assert room.advance(100.0) is None
    assert room.log.entries(10, 11) == [Do(11, "red", AT + 1000, "move")]
