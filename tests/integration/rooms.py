"""What most tests with game-loop players need: to pump several of them, and to write down what happens."""

from collections.abc import Callable
from typing import Any, TypeVar

from roomcast import Player, Refused, Room
from roomcast.core.protocol.names import EVENTS
from tests.waiting import PATIENCE, wait_for

Seen = TypeVar("Seen")

PATIENT = (
    *("--seat-kept", "600", "--resume-window", "600"),
    *("--rate", "100000", "--burst", "100000", "--address-time", "1000"),
)
"""Flags of a server that keeps seats and sessions for long, and holds nobody back."""


def pump_until(
    condition: Callable[[], Seen], *rooms: Room, within: float = PATIENCE, what: str = "what the rooms are pumped for"
) -> Seen:
    """Pump these rooms until `condition()` gives something true, and return that."""

    def look() -> Seen:
        for room in rooms:
            room.pump()
        return condition()

    return wait_for(look, within, what)


def notes(room: Any, *names: str) -> list[tuple[Any, ...]]:
    """A list that grows as these events and commands run in a room: ("join", "red"), ("say", "red", "hello").

    Players are noted by their ids, errors by their codes.
    """
    seen: list[tuple[Any, ...]] = []
    for name in names:
        if name in EVENTS:
            room.on(name)(lambda *what, name=name: seen.append((name, *map(_short, what))))
        else:
            room.on(name)(_noting(seen, name))
    return seen


def _noting(seen: list[tuple[Any, ...]], command: str) -> Callable[..., None]:
    def note(player: Player, *args: Any) -> None:
        seen.append((command, player.id, *args))

    return note


def _short(what: Any) -> Any:
    if isinstance(what, Player):
        return what.id
    return what.code if isinstance(what, Refused) else what
