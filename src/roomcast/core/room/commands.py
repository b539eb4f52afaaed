"""What a room checks of a command: its name, and who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import DoRequest
from roomcast.errors import Refused

MAX_NAMES: Final = 100  # that are kept of one room: a game has fewer, and a stranger may make many rooms
MAX_READERS: Final = 10_000  # players in all sets of readers that are kept of one room


class CommandNames(dict[str, str]):
    """Valid names of commands, each kept once for all entries that have it.

    Looking up a name that is not there checks it: raises `BadArgument` where it is not valid.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __missing__(self, name: str) -> str:
        name = names.check_command(name, self._limits)
        if len(self) < MAX_NAMES:
            self[name] = name
        return name


class HasId(Protocol):
    """A player of the room."""

    @property
    def id(self) -> str: ...


class Readers:
    """Who may read private commands, each set of players kept once for all entries that have it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._players: Mapping[str, HasId] = {}  # for whom the sets hold
        self._sets: dict[tuple[str, ...], frozenset[str]] = {}  # by audience and sender
        self._size = 0  # players in all of them

    def of(self, sender: str, request: DoRequest, players: Mapping[str, HasId]) -> frozenset[str]:
        """The audience of a private command and its sender. Raises `Refused` ("bad-argument")."""
        audience = request.to or ()
        if players is not self._players:
            self._players = players
            self._forget()
        key = (*audience, sender)
        readers = self._sets.get(key)
        if readers is None:
            if len(audience) > self._limits.room_players:
                what = f"{request.c} is for more players than a room has"
                raise Refused("bad-argument", exceeded("room_players", self._limits, len(audience), what), request.n)
            try:
                readers = frozenset([*[players[player].id for player in audience], sender])  # the state's own strings
            except KeyError as error:
                who = names.quoted(error.args[0])
                raise Refused("bad-argument", f"{request.c}: no player {who} is in this room", request.n) from None
            if self._size > MAX_READERS:
                self._forget()
            self._sets[key] = readers
            self._size += len(key)
        return readers

    def _forget(self) -> None:
        self._sets.clear()
        self._size = 0
