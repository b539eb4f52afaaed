"""Learners' terminals: each runs one program of a chapter, in the room of one server."""

from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

LEARN = EXAMPLES / "learn"


class Terminals:
    """Games in the terminal that begin by asking for a name."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._stack = ExitStack()

    def start(self, game: Path, room: str, name: str) -> Program:
        """Run it, type the name, and wait until that player is in the room."""
        where = {"ROOMCAST_SERVER": f"127.0.0.1:{self._server.port}"}
        program = self._stack.enter_context(Program(game, typed=True, **where))
        program.type(name)
        wait_for(lambda: name in self.players(room), what=f"{name} is in the room {room!r}")
        return program

    def address(self, room: str) -> str:
        return self._server.address(room)

    def players(self, room: str) -> list[str]:
        """The ids of those in the room."""

        def look() -> list[str]:
            found = self._server.directory.rooms.get(room)
            return [] if found is None else list(found.sessions)

        return self._server.ask(look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
