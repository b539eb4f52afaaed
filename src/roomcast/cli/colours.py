"""Which colour a player has: that of its name, where its name is one."""

from __future__ import annotations

from typing import Final

COLOURS: Final = {
    "red": "#e5484d",
    "green": "#46a758",
    "blue": "#4f8ff7",
    "orange": "#f08030",
    "purple": "#a070e0",
    "pink": "#e570b0",
    "cyan": "#20a8b8",
    "brown": "#a87850",
    "yellow": "#d8a800",
}
"""Names of colours, and how each looks: to be seen on a dark ground and on a light one."""

_ALL: Final = tuple(COLOURS.values())


def colour_of(player: str) -> str:
    """The colour of a player with this id: the same in every program, and every time."""
    word = player.rstrip("0123456789").lower()  # the second red is red, too
    # Not from hash(): that differs from program to program.
    return COLOURS.get(word) or _ALL[sum(player.encode()) % len(_ALL)]
