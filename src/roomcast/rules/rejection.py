"""The exception by which a room's rules refuse."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 500  # characters of a sentence for players
FAILED: Final = "something in the room's rules failed: whoever runs the server can read what"
"""What players are told of a mistake in a maker's code."""


class Reject(Exception):
    """Raise it in a handler: nothing that the handler did has happened, and who sent the command is told why.

    In `on_join` it refuses the join. The text is a sentence for the player.
    """


class RulesMistake(Exception):
    """Something in a maker's code cannot work; the text is a sentence for the maker."""


def sentence_of(refused: Reject, otherwise: str) -> str:
    """What a player is told of it; `otherwise` where the maker said nothing, or nothing that is a text."""
    try:
        return for_players(str(refused)) or otherwise
    except Exception:
        return otherwise


def for_players(text: str) -> str:
    """A maker's sentence, as it can be sent: not longer than one reads, nor of characters that cannot be written."""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return text.encode(errors="replace").decode()


def without_exit(error: Exception | SystemExit) -> Exception:
    """What a maker's code has raised; in place of an `exit()`, what is wrong with that."""
    if not isinstance(error, SystemExit):
        return error
    mistake = RulesMistake("exit() in a room would end the server, with all its rooms: raise Reject, or return")
    return mistake.with_traceback(error.__traceback__)
