"""A server without a network whose rooms have rules; what failed in them is noted."""

from __future__ import annotations

from typing import Any

from roomcast.core.protocol.messages import Turn
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.rules.app_file import RuledKinds, kind_name
from roomcast.rules.maker_reports import MakerReports
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.server import Room
from tests.core.fakes import House, Program


class RuledHouse(House):
    """A house in which the rooms of these classes have their rules."""

    def __init__(self, *classes: type[Room], **options: Any) -> None:
        self.failed: list[tuple[str, Exception | None]] = []  # what the maker was told
        self.kinds = RuledKinds({kind_name(one): one for one in classes}, MakerReports(self._tell, looks=lambda: True))
        super().__init__(kinds=self.kinds, **options)

    def _tell(self, sentence: str, error: Exception | None) -> None:
        self.failed.append((sentence, error))

    def run(self, seconds: float) -> None:
        """Let time pass, as a driver does: it flushes when it was told to."""
        end = self.now + seconds
        while True:
            again = self.directory.flush(self.now)
            if again is None or again > end:
                break
            self.now = again
        self.now = end

    def ruled(self, name: str = "dots") -> RuledRoom:
        room = self.room(name)
        assert isinstance(room, RuledRoom)
        return room

    def behaviour(self, name: str = "dots") -> RoomBehaviour:
        behaviour = self.ruled(name).behaviour
        assert isinstance(behaviour, RoomBehaviour)
        return behaviour


class TimedHouse(RuledHouse):
    """A house in which no time passes but where a test says so."""

    def __init__(self, *classes: type[Room], **options: Any) -> None:
        super().__init__(*classes, pace=0, **options)

    def flush(self) -> None:
        self.run(0)


def turns(program: Program) -> list[Turn]:
    """The turns that have come since the last time."""
    return [message for message in program.hear() if isinstance(message, Turn)]


def state_of(program: Program, player: str = "") -> dict[str, Any]:
    """What a program has of a player's state; "": of the room's."""
    state = program.state
    return (state.players[player].state if player else state.shared).decoded()
