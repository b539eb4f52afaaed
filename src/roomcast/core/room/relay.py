"""The relay: the behaviour that accepts everything. A plain `Room` does the same without asking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import ClassVar, Final

from roomcast.core.room.causes import Cause
from roomcast.core.room.decisions import ACCEPT, NO_TURN, Decision, Key, Outcome, Shown, Turned
from roomcast.core.room.fold import PlayerState
from roomcast.core.room.meeting import OPEN_TO_ALL, Meeting
from roomcast.core.room.parties import Parties
from roomcast.core.room.rules_fold import BoxChange, BoxFields, Truth


class Relay:
    """Accepts every command and every patch of shared state, and whoever comes."""

    __slots__ = ("parties",)
    meeting: ClassVar[Meeting] = OPEN_TO_ALL

    has_views: Final = False
    own_fields: Final = frozenset[str]()
    next_due = inf
    step_rate = 0.0

    def __init__(self) -> None:
        self.parties = Parties()

    def take_effort(self) -> int:
        return 0

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        return ACCEPT

    def finish(self, token: object, at: int) -> Outcome:
        return ACCEPT

    def keep(self) -> None:
        pass

    def undo(self) -> None:
        pass

    def pass_over(self, cause: Cause, why: str) -> None:
        pass

    def close(self) -> Turned:
        return NO_TURN

    def key(self, player: str) -> Key:
        return None

    def shown(self, key: Key) -> Shown | None:
        return None

    def view_refused(self, key: Key, why: str) -> None:
        pass

    def changes(self) -> dict[str, BoxChange]:
        return {}

    def save(self) -> dict[str, BoxFields]:
        return {}

    def restore(self, truth: Truth, players: Iterable[PlayerState]) -> int:
        return 0

    def lost_works(self) -> Sequence[object]:
        return ()


RELAY: Final = Relay()
