"""Rooms that are written down, for tests."""

from __future__ import annotations

from typing import Any

from roomcast.core.room.commit_log import Level, Opened, SavedRoom
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program

KEPT = [Level.RELAXED, Level.FULL]


def house_of(level: Level, **limits: Any) -> tuple[House, MemoryStore]:
    store = MemoryStore(level)
    return House(store=store, **limits), store


def saved(store: MemoryStore, room: str = "dots") -> SavedRoom:
    """What is on disk of a room."""
    store.open(room)
    store.save()
    opened = store.poll()[-1]
    assert isinstance(opened, Opened)
    assert opened.saved is not None
    return opened.saved


def held(house: House, *programs: Program) -> None:
    """From now on the disk writes when it is told; what came so far was heard."""
    house.held = True
    for program in programs:
        program.hear()
