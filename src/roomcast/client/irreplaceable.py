"""A room is a connection: a copy of it, or a dict in the place of its state, would silently be something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never, SupportsIndex

from roomcast.errors import BadArgument


class _SetOnce:
    """An attribute that is set once. Not by `__setattr__`: that would be run by each step of `pump`, too."""

    def __init__(self, instead: str) -> None:
        self._instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, room: Any, owner: type) -> Any:
        if room is None:
            return self
        try:
            return room.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, room: Any, value: object) -> None:
        if self._name in room.__dict__:
            raise BadArgument(
                f"room.{self._name} cannot be replaced, for nobody else would see that: {self._instead}",
                topic="not-copied",
            )
        room.__dict__[self._name] = value


class Irreplaceable:
    """What has a room's attributes, of which some are set once."""

    if not TYPE_CHECKING:  # type checkers know which of them are final
        state = _SetOnce('write room.state["level"] = 3, or room.state.update({"level": 3})')
        players = _SetOnce("a player comes and goes by its own program")
        random = _SetOnce("dice of this program's own are import random, and random.Random()")

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise BadArgument(
            "a room is a connection, and cannot be copied or pickled: join it once more instead", topic="not-copied"
        )
