"""Faults, planted on purpose, that the simulator has to find: who begins where, and whose world is taken."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.client.client_core import ClientCore
from roomcast.core.room import worlds
from roomcast.core.room.desync import who_differs
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.session import Session
from roomcast.core.room.starting_points import StartingPoints
from roomcast.testing.disk import DiskCommitLog, MemoryStore
from roomcast.testing.disk_commit_log import RoomOnDisk
from roomcast.testing.promises import (
    BEGIN,
    WORLD,
)
from tests.testing.planting import Fault, Faults, Patch, find, honest_and_kept, late, lying

pytestmark = pytest.mark.takes(25)

FAULTS = Faults()


# ---------------------------------------------------------------------- who asks for the beginning gets it


@FAULTS.breaks(BEGIN, late)
def who_asks_for_the_beginning_gets_the_newest_place(patch: Patch) -> None:
    def earliest(points: StartingPoints, gone: int, committed: int) -> Any:
        return next((point for point in reversed(points._points) if gone <= point.seq <= committed), None)

    patch.setattr(StartingPoints, "earliest", earliest)


@FAULTS.breaks(BEGIN, late)
def who_waits_for_a_world_is_forgotten(patch: Patch) -> None:
    patch.setattr(ReaderStarts, "settle", lambda starts, state, now: None)


@FAULTS.breaks(BEGIN, honest_and_kept)
def who_comes_back_does_not_say_that_it_has_the_world(patch: Patch) -> None:
    connected = ClientCore.connected

    def says_nothing(client: ClientCore) -> None:
        knew, client.follower.knows_world = client.follower.knows_world, False
        connected(client)
        client.follower.knows_world = knew

    patch.setattr(ClientCore, "connected", says_nothing)


# ---------------------------------------------------------------------- a world is that of most


@FAULTS.breaks(WORLD, lying)
def nobody_is_compared(patch: Patch) -> None:
    patch.setattr(worlds, "who_differs", lambda hashes: [])


@FAULTS.breaks(WORLD, lying)
def those_who_agree_are_named(patch: Patch) -> None:
    def agree(hashes: Any) -> list[str]:
        differing = who_differs(hashes)
        return [player for player in hashes if player not in differing] if differing else []

    patch.setattr(worlds, "who_differs", agree)


@FAULTS.breaks(WORLD, lying)
def a_text_is_not_compared_with_its_hash(patch: Patch) -> None:
    patch.setattr(worlds, "_text_of", lambda question: "".join(question.parts) if question.whole else "")


@FAULTS.breaks(WORLD, late)
def who_has_missed_something_is_asked_for_its_world(patch: Patch) -> None:
    def start(starts: ReaderStarts, session: Session, *what: Any, **how: Any) -> Any:
        found = as_it_was(starts, session, *what, **how)
        session.knows_world = session.start == "world"
        return found

    as_it_was = ReaderStarts.start
    patch.setattr(ReaderStarts, "start", start)


@FAULTS.breaks(WORLD, honest_and_kept)
def who_has_missed_something_says_that_it_has_the_world(patch: Patch) -> None:
    def connected(client: ClientCore) -> None:
        client.follower.knows_world = True
        as_it_was(client)

    as_it_was = ClientCore.connected
    patch.setattr(ClientCore, "connected", connected)


@FAULTS.breaks(WORLD, honest_and_kept)
def a_world_is_on_disk_before_its_entries(patch: Patch) -> None:
    def save_world(log: DiskCommitLog, found: Any) -> None:
        disk = log._disk
        assert isinstance(disk, MemoryStore)
        disk.kept.setdefault(log.room, RoomOnDisk()).world = found

    patch.setattr(DiskCommitLog, "save_world", save_world)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
