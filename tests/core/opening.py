"""Programs that wait while their room is opened, for tests."""

from __future__ import annotations

from roomcast.core.server.peer import Stage
from tests.core.fakes import House, LineProgram, Program


def waiting(house: House, name: str = "Ada", room: str = "dots", address: str = "10.0.0.1") -> Program:
    """A program that has said hello to a room that is being opened."""
    program = house.knock(address)
    program.hello(room, name)
    assert program.peer.stage is Stage.OPENING
    return program


def waiting_by_lines(house: House, *names: str, room: str = "dots") -> LineProgram:
    program = LineProgram(house, "10.0.0.9")
    house.directory.enter(program.peer)
    program.peer.enter(room, names, house.now)
    assert program.peer.stage is Stage.OPENING
    return program


def opened(house: House) -> None:
    """The disk has opened what it was asked for, and written what followed."""
    house.held = False
    house.flush()


def failed(house: House) -> None:
    assert house.store is not None
    house.store.fail("the disk is full")
    house.poll()
