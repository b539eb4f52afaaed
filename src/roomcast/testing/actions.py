"""What one program sent (its actions), and which of these it knows to be in the log or lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from roomcast.core.client.outbox import Freshness
from roomcast.core.protocol.messages import AnyEntry, Do, Set
from roomcast.core.room.shared_map import values_of

_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on shared state, of the player ("me") or of the room ("room"). What it does, by plain words."""

    of: str
    op: str
    patch: dict[str, Any]
    was: dict[str, Any]

    def result(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """What it sets in a state."""
        if self.op == "add":
            return {key: state.get(key, 0) + number for key, number in self.patch.items()}
        expected = dict.fromkeys(self.patch) if self.op == "claim" else self.was
        return self.patch if all(state.get(key) == value for key, value in expected.items()) else {}

    def may_make(self, action: tuple[Any, ...]) -> bool:
        """Whether a patch may come of it, by its keys; which values they have to have, `result` says."""
        return action[:1] == (self.of,) and action[2:] == (True,) and action[1].keys() <= self.patch.keys()


Action: TypeAlias = tuple[Any, ...] | Operation
"""What a program sent, comparable with a log entry: a command, its arguments and audience, or a patch of state.

Of an operation, the entry is the patch that it made.
"""


def action_of(entry: AnyEntry) -> tuple[Any, ...]:
    """The action that an entry records."""
    if isinstance(entry, Do):
        return (entry.c, bytes(entry.a), entry.to)
    assert isinstance(entry, Set)
    return (entry.of, values_of(entry.p), entry.whole)


@dataclass(eq=False)
class ActionLog:
    """All actions of one program, in order. An action is known by its index."""

    name: str  # the program's
    sent: list[Action] = field(default_factory=list)
    confirmed: dict[int, int] = field(default_factory=dict)  # by index: the seq at which the program ran its own action
    acknowledged: int = -1  # index of the last action that ever came back: up to it nothing is sent again
    undone: set[int] = field(default_factory=set)  # indices confirmed once, then reported as undone by a crash
    fresh: dict[int, Freshness] = field(
        default_factory=dict
    )  # by index: when the action was outdated, for those with one
    reported_lost: int = 0  # number of actions that the program was told are refused, lost, or of unknown fate

    def __str__(self) -> str:
        return self.name

    def find(self, action: tuple[Any, ...], start: int, state: Mapping[str, Any] = _NOTHING) -> int | None:
        """The index of the first action from `start` on that is equal, or that makes this patch of that state."""
        for index in range(start, len(self.sent)):
            sent = self.sent[index]
            if sent == action:
                return index
            if isinstance(sent, Operation) and sent.may_make(action) and sent.result(state) == action[1]:
                return index
        return None

    def newer(self, index: int) -> int | None:
        """The index of the next action with `latest` that is of the same name and `to` as this one."""
        kind = self._kind(index)
        for other in range(index + 1, len(self.sent)):
            if other in self.fresh and self.fresh[other].latest and self._kind(other) == kind:
                return other
        return None

    def _kind(self, index: int) -> tuple[str, frozenset[str] | None]:
        command, _, to = cast("tuple[str, bytes, tuple[str, ...] | None]", self.sent[index])
        return command, None if to is None else frozenset(to)

    def may_find(self, action: tuple[Any, ...], start: int) -> bool:
        """Whether there is an operation from `start` on of which this patch may come, but for its values."""
        return any(isinstance(one, Operation) and one.may_make(action) for one in self.sent[start:])


@dataclass
class RemoteProgram:
    """Who is at the other end of one of the server's connections, as the server knows it."""

    actions: ActionLog  # of the program that connected
    player: str = ""  # id under which the server let it in
    session: str = ""  # its secret, or a name of our own where the server gives none
