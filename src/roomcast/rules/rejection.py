"""The exception by which a room's rules refuse."""

from __future__ import annotations


class Reject(Exception):
    """Raise it in a handler: nothing that the handler did has happened, and who sent the command is told why.

    In `on_join` it refuses the join. The text is a sentence for the player.
    """


class RulesMistake(Exception):
    """Something in a maker's code cannot work; the text is a sentence for the maker."""
