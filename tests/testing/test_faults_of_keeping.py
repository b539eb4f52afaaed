"""Faults, planted on purpose, that the simulator has to find: acknowledged means kept."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.room.commit_log import Committed, Level
from roomcast.core.room.fold import RoomState, snapshot
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import Session, Start
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.testing.disk import DiskCommitLog, MemoryStore
from roomcast.testing.promises import KEPT, Broken
from roomcast.testing.simulation import Simulation
from tests.testing.planting import Fault, Faults, Patch, find, kept

pytestmark = pytest.mark.takes(11)

FAULTS = Faults()


# ---------------------------------------------------------------------- acknowledged means kept


@FAULTS.breaks(KEPT)
def a_full_room_shows_what_is_not_on_disk(patch: Patch) -> None:
    def append(log: DiskCommitLog, seq: int, *what: Any) -> None:
        as_it_was(log, seq, *what)
        log.committed = seq

    as_it_was = DiskCommitLog.append
    patch.setattr(DiskCommitLog, "append", append)


@FAULTS.breaks(KEPT)
def a_newcomer_is_welcome_before_its_join_is_on_disk(patch: Patch) -> None:
    def start(starts: ReaderStarts, session: Session, reader: Any, state: RoomState) -> Start:
        return Start(starts._log.last, snapshot(state), session.n, starts._log.last)

    patch.setattr(ReaderStarts, "start", start)


def test_the_simulator_finds_who_goes_away_while_its_room_opens_and_joins_it(monkeypatch: Patch) -> None:
    """Of random scenarios, one in hundreds has it: here, the disk is slow and somebody leaves meanwhile."""

    def room_opened(peer: JsonPeer, room: Room, now: float) -> None:
        peer._enter(room, now)

    def play() -> None:
        simulation = Simulation(level=Level.FULL)
        simulation.server.disk.delay = simulation.server.disk.usual_delay = (1.0, 1.0)
        red = simulation.join("dots", "red", wait=False)
        simulation.run(0.5)
        simulation.faults.crash(red)
        simulation.run(5.0)

    play()
    monkeypatch.setattr(JsonPeer, "room_opened", room_opened)
    monkeypatch.setattr(Directory, "exit", lambda directory, peer: directory.admission.exit(peer))
    with pytest.raises(Broken, match=f"^{KEPT}: red joined, and nobody asked for it"):
        play()


@FAULTS.breaks(KEPT)
def the_disk_says_saved_when_it_has_only_written(patch: Patch) -> None:
    def append(log: DiskCommitLog, seq: int, *what: Any) -> None:
        append_it(log, seq, *what)
        newest[log] = seq

    def write(store: MemoryStore, count: int | None = None) -> None:
        write_it(store, count)
        store._tell([(Committed(log), newest[log], 0) for log in {log for log, _ in store._written} if log in newest])

    newest: dict[DiskCommitLog, int] = {}
    append_it, write_it = DiskCommitLog.append, MemoryStore.write
    patch.setattr(DiskCommitLog, "append", append)
    patch.setattr(MemoryStore, "write", write)


@FAULTS.breaks(KEPT, kept)
def a_room_opens_without_its_last_entry(patch: Patch) -> None:
    as_it_was = MemoryStore.crash

    def crash(store: MemoryStore, kept: int | None = None) -> None:
        as_it_was(store, kept)
        for disk in store.kept.values():
            del disk.lines[-1:]

    patch.setattr(MemoryStore, "crash", crash)


@FAULTS.breaks(KEPT, kept)
def a_server_that_ends_leaves_something_unwritten(patch: Patch) -> None:
    patch.setattr(MemoryStore, "save", lambda store, count=None: bool(store.write(count)))


@FAULTS.breaks(KEPT, kept)
def sessions_are_not_written_down(patch: Patch) -> None:
    patch.setattr(Seats, "save", lambda seats, session: None)


@FAULTS.breaks(KEPT)
def who_is_away_is_forgotten_too_soon(patch: Patch) -> None:
    sweep = Room.sweep
    patch.setattr(Room, "sweep", lambda room, now: sweep(room, now + room.limits.resume_window / 2))


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
