"""Rooms that are written down, for tests."""

from __future__ import annotations

from typing import Any

from roomcast.core.room.commit_log import Level
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program

KEPT = [Level.RELAXED, Level.FULL]


def house_of(level: Level, **limits: Any) -> tuple[House, MemoryStore]:
    store = MemoryStore(level)
    return House(store=store, **limits), store


def held(house: House, *programs: Program) -> None:
    """From now on the disk writes when it is told; what came so far was heard."""
    house.held = True
    for program in programs:
        program.hear()
