"""What a command makes a room with rules do beyond what each command costs: large values, long lines, views.

It counts for the player who sent the command, and its peer knows the prices. What time alone brings about (timers,
steps) is the maker's doing, and counts for nobody.
"""

from __future__ import annotations

from typing import Final

from roomcast.core.room.private_lines import TurnLines

LONG: Final = 1024  # bytes: values and lines that are no longer count as nothing
COMPARED: Final = 32  # so many times as much takes a large value that has changed as one that has not


class TurnCosts:
    """Since it was charged last."""

    __slots__ = ("copied", "handled", "looked", "made")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.handled = 0  # bytes of large values that handlers have changed; of others that they read, a share
        self.made = 0  # bytes of lines, each once
        self.copied = 0  # … and for each connection
        self.looked = 0  # players that views have shown, for each key

    def __bool__(self) -> bool:
        return bool(self.handled or self.made or self.looked)

    def add_lines(self, line: bytes, private: TurnLines | None, readers: int) -> None:
        """Of a turn. `readers`: connections."""
        own = private.own if private is not None else {}
        size = len(line) + (private.size if private is not None else 0)
        if size > LONG:
            self.made += size
            self.copied += len(line) * max(0, readers - len(own)) + sum(map(len, own.values()))
