"""A real Roomcast server for a check, on this computer alone, with simulated friends who play in its rooms."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Self

from roomcast.client.game import Room, join
from roomcast.core.room.command_trace import CommandTrace
from roomcast.hosting import HostedServer
from roomcast.server.server import Server

_log: Final = logging.getLogger("roomcast")
_quieted: Final[list[int]] = []  # the level before; once for each check that runs
_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the server has ordered it."""

    seq: int
    by: str  # a player's id
    name: str
    arguments: list[Any]  # those given by name are left out


class CheckedServer:
    """Runs from its making until the end of its `with` block."""

    def __init__(self) -> None:
        self.commands: list[Command] = []  # of all rooms, as they came; appended to by the server's thread
        self._server = Server(host="127.0.0.1", port=0, starter_port=None, show=self._record)
        self._hosted = HostedServer(self._server)
        self._ends = ExitStack()
        self._ends.enter_context(_quiet())
        self._hosted.start()
        self._ends.callback(self._hosted.close)

    @property
    def environment(self) -> dict[str, str]:
        """With these variables, programs find this server and no other."""
        return {"ROOMCAST_SERVER": f"127.0.0.1:{self._server.port}", "ROOMCAST_NO_DISCOVERY": "1"}

    @property
    def rooms(self) -> list[str]:
        """The names of the rooms in which somebody is."""
        return [name for name in list(self._server.directory.rooms) if self.players(name)]

    def players(self, room: str) -> list[str]:
        """The names of the players in a room, in the order in which they came."""
        found = self._server.directory.rooms.get(room)
        with contextlib.suppress(RuntimeError):  # the server's thread changes it at this moment: look again
            return [] if found is None else [player.name for player in found.state.players.values()]
        return self.players(room)

    def length(self, room: str) -> int:
        """How many entries a room has had so far."""
        found = self._server.directory.rooms.get(room)
        return 0 if found is None else found.log.last

    def said(self, name: str) -> list[Command]:
        """The commands of this name so far."""
        return [command for command in self.commands.copy() if command.name == name]

    def friend(self, room: str, name: str) -> Room:
        """A simulated friend in that room; it leaves at the latest with the server's end."""
        joined = join(f"127.0.0.1:{self._server.port}/{room}", name=name)
        self._ends.callback(_leave, joined)
        return joined

    def _record(self, trace: CommandTrace) -> None:
        arguments = json.loads(trace.arguments)
        self.commands.append(
            Command(trace.seq, trace.by, trace.command, arguments if isinstance(arguments, list) else [])
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()


def until_sent(room: Room) -> Callable[[], bool | None]:
    """A condition: all that a friend has sent has come back."""

    def look() -> bool | None:
        room.pump()
        return True if room.unacknowledged == 0 else None

    return look


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """While a check runs, the library's log says nothing here: the check itself says what is wrong."""
    with _lock:
        _quieted.append(_quieted[0] if _quieted else _log.level)
        _log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        with _lock:
            before = _quieted.pop()
            if not _quieted:
                _log.setLevel(before)


def _leave(room: Room) -> None:
    with contextlib.suppress(Exception):  # the learner's program may have done anything to the room
        room.leave()
