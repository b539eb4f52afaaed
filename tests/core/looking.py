"""A program that watches a room, for tests."""

from typing import TypeVar

from roomcast.core.protocol.any_message import ServerMessage
from roomcast.core.protocol.messages import Report
from roomcast.core.protocol.observer_messages import Watch
from tests.core.fakes import House, Program

TOKEN = "k7fm-2qxp-9rtd"
Kind = TypeVar("Kind")


class Looking(Program):
    """A program that watches a room; of its order it sees parts only."""

    def _follow(self, message: ServerMessage) -> None:
        pass

    def all(self, kind: type[Kind]) -> list[Kind]:
        """What came of this kind since the last time; all else that came is forgotten."""
        return [message for message in self.hear() if isinstance(message, kind)]

    def one(self, kind: type[Kind]) -> Kind:
        (found,) = self.all(kind)
        return found


def look(house: House, room: str = "dots", token: str = "", address: str = "10.0.0.7") -> Looking:
    """An observer that has said what it wants; what it was answered is still to be heard."""
    program = Looking(house, address)
    house.directory.enter(program.peer)
    program.say(Watch(room, token))
    return program


def tick(house: House) -> None:
    house.now += 1.0
    house.directory.sweep(house.now)


def reports(program: Program) -> list[int]:
    return [message.every for message in program.hear() if isinstance(message, Report)]
