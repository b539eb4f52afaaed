"""Numbers in place of ids, for starter clients that take each player's id for a whole number."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

MOST: Final = 10_000  # players that are remembered; of more, the oldest are forgotten


class PlayerNumbers:
    """The numbers of one room's players.

    Starter clients have their number as their id in the room. Any other player is given one when it is first spoken of,
    and keeps it while it is there.

    >>> numbers = PlayerNumbers(0)
    >>> numbers.of("red"), numbers.newcomer(["red"]), numbers.of("red")
    (0, 1, 0)
    """

    def __init__(self, first: int) -> None:
        self.first: Final = first
        self._numbers: dict[str, int] = {}
        self._used: set[int] = set()
        self._next = first  # no number from here on is in use

    def of(self, player: str) -> int:
        """A player's number."""
        number = self._numbers.get(player)
        if number is None:
            own = int(player) if _is_number(player) else -1
            number = own if own >= 0 and own not in self._used else self._next
            self._remember(player, number)
        return number

    def newcomer(self, present: Iterable[str]) -> int:
        """The number for one who is about to join: the lowest that none of the players `present` has."""
        here = set(present)
        for player in [player for player in self._numbers if player not in here]:
            self._used.discard(self._numbers.pop(player))
        number = self._lowest(here)
        self._remember(str(number), number)
        return number

    def _lowest(self, here: Container[str]) -> int:
        number = self.first
        while number in self._used or str(number) in here:
            number += 1
        return number

    def _remember(self, player: str, number: int) -> None:
        if len(self._numbers) >= MOST:
            oldest = next(iter(self._numbers))
            self._used.discard(self._numbers.pop(oldest))
        self._numbers[player] = number
        self._used.add(number)
        self._next = max(self._next, number + 1)


def _is_number(player: str) -> bool:
    """Whether an id is a number as we write it: not "007", nor more digits than old programs can read."""
    return player.isascii() and player.isdigit() and len(player) < 10 and str(int(player)) == player
