"""What a room checks of a command: its name, and who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import Act, PlayerRecord
from roomcast.errors import Refused

MOST_NAMES: Final = 1000  # that are kept of one room


class CommandNames(dict[str, str]):
    """Valid names of commands, each kept once for all entries that have it.

    Looking up a name that is not there checks it: raises `BadArgument` where it is not valid.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __missing__(self, name: str) -> str:
        name = names.check_command(name, self._limits)
        if len(self) < MOST_NAMES:
            self[name] = name
        return name


def readers_of(sender: str, act: Act, players: Mapping[str, PlayerRecord], limits: Limits) -> tuple[str, ...]:
    """Who may read a private command: its audience and its sender. Raises `Refused` ("bad-argument")."""
    audience = act.to or ()
    if len(audience) > limits.room_players:
        what = f"{act.c} is for more players than a room has"
        raise Refused("bad-argument", exceeded("room_players", limits, len(audience), what), act.n)
    for player in audience:
        if player not in players:
            raise Refused("bad-argument", f"{act.c}: no player {names.quoted(player)} is in this room", act.n)
    return (*[players[player].id for player in audience], sender)  # the state's own texts: kept once for all entries
