"""The colour of a player: the one it is named after, else one derived from its id."""

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
"""Colours by name, as hex codes that are legible on dark and on light backgrounds."""

_ALL: Final = tuple(COLOURS.values())


def colour_of(player: str) -> str:
    """The colour of a player with this id: the same in every program, and every time."""
    word = player.rstrip("0123456789").lower()  # "red2", the second red, is red as well
    # Not hash(): it differs from process to process.
    return COLOURS.get(word) or _ALL[sum(player.encode()) % len(_ALL)]
