"""What one program sent (its actions), and which of these it knows to be in the log or lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from roomcast.core.protocol.messages import AnyEntry, Do, Set

Action: TypeAlias = tuple[Any, ...]
"""What a program sent, comparable with a log entry: a command, its arguments and audience, or a patch of state."""


def action_of(entry: AnyEntry) -> Action:
    """The action that an entry records."""
    if isinstance(entry, Do):
        return (entry.c, bytes(entry.a), entry.to)
    assert isinstance(entry, Set)
    return (entry.of, entry.p, entry.whole)


@dataclass(eq=False)
class ActionLog:
    """All actions of one program, in order. An action is known by its index."""

    name: str  # the program's
    sent: list[Action] = field(default_factory=list)
    confirmed: dict[int, int] = field(default_factory=dict)  # by index: the seq at which the program ran its own action
    acknowledged: int = -1  # index of the last action that ever came back: up to it nothing is sent again
    undone: set[int] = field(default_factory=set)  # indices confirmed once, then reported as undone by a crash
    reported_lost: int = 0  # number of actions that the program was told are refused, lost, or of unknown fate

    def __str__(self) -> str:
        return self.name

    def find(self, action: Action, start: int) -> int | None:
        """The index of the first equal action from `start` on."""
        for index in range(start, len(self.sent)):
            if self.sent[index] == action:
                return index
        return None


@dataclass
class RemoteProgram:
    """Who is at the other end of one of the server's connections, as the server knows it."""

    actions: ActionLog  # of the program that connected
    player: str = ""  # id under which the server let it in
    session: str = ""  # its secret, or a name of our own where the server gives none
