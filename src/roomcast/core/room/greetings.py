"""What rules say to somebody as it joins: it begins to read after its own join, so it is said again when it does."""

from __future__ import annotations

from roomcast.core.room.decisions import Emitted


class Greetings:
    """Of one room, by player."""

    __slots__ = ("_of", "_to_say")

    def __init__(self) -> None:
        self._of: dict[str, tuple[int, tuple[Emitted, ...]]] = {}  # and the seq of the join
        self._to_say: list[Emitted] = []  # to those who have begun to read

    @property
    def waiting(self) -> set[str]:
        """Players who have not begun to read."""
        return set(self._of)

    def joined(self, player: str, seq: int, events: tuple[Emitted, ...]) -> None:
        """These events were emitted in the turn in which a player has joined."""
        own = [one for one in events if one.readers is None or player in one.readers]
        self._of[player] = seq, tuple(Emitted(one.event, frozenset((player,))) for one in own)

    def forget(self, player: str) -> None:
        self._of.pop(player, None)

    def begins(self, player: str, seq: int) -> None:
        """A player is sent what comes after `seq`; one who comes back and reads its join is told there."""
        joined, events = self._of.pop(player, (0, ()))
        if seq >= joined:
            self._to_say += events

    def take(self) -> tuple[Emitted, ...]:
        """What is to be said now."""
        events, self._to_say = tuple(self._to_say), []
        return events
