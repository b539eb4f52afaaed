"""A room with rules that has work done beside its order, such as saving a score: the room goes on meanwhile.

What is to be done is a token. It is begun once the turn that has asked for it is committed, so not at all where that
does not stand; and what it comes to is a cause like any other. The truth on disk says what is being done, so that after
a restart the rules hear of what was lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any

from roomcast.core.room.causes import WorkEnded
from roomcast.core.room.decisions import Outcome
from roomcast.core.room.holding_room import HoldingRoom


class WorkingRoom(HoldingRoom):
    """`runs` does the work as well."""

    __slots__ = ("_unbegun", "_works")

    def __init__(self, *args: Any, **others: Any) -> None:
        self._unbegun: deque[tuple[int, Sequence[object]]] = deque()  # with the seq at which it is to be committed
        self._works: dict[object, None] = {}  # what is being done
        super().__init__(*args, **others)
        now = self._decided_at
        for token in self._behaviour.lost_works() if self.log.last else ():
            self._works[token] = None
            self.work_ended(token, now)

    @property
    def settled(self) -> bool:
        return super().settled and not self._waits_for_work

    @property
    def _waits_for_work(self) -> bool:
        """Whether it is to stay open for it: not for work that was asked for long after everyone had gone."""
        if not (self._works or self._unbegun):
            return False
        return self.empty_since is None or self._decided_at - self.empty_since <= self.limits.background_time

    def _have_done(self, works: Sequence[object]) -> None:
        self._unbegun.append((self.log.last, works))
        self._schedule_flush()

    def _write(self, now: float) -> None:
        super()._write(now)
        while self._unbegun and self._unbegun[0][0] <= self.commits.committed:
            for token in self._unbegun.popleft()[1]:
                self._works[token] = None
                self._runs.begin(self, token)

    def work_ended(self, token: object, now: float) -> None:
        """Work is done, or has failed: decide on that. Raises `RoomBroken`."""
        if token not in self._works or self.defer(partial(self.work_ended, token)):
            return
        self._advance(now)
        if not self.defer(partial(self.work_ended, token)):  # what was due may wait
            del self._works[token]
            self._decide_on(WorkEnded(token), now, self._heard)

    def _heard(self, decision: Outcome, now: float) -> None:
        self._close(now)
        self._schedule_flush()
        self._forget_costs()

    def stop_works(self) -> None:
        """The room is closed: nobody is told any more what comes of them."""
        if self._token is not None:
            self._behaviour.undo()  # what the handler that waits has asked for
        for token in [*self._works, *(token for _, works in self._unbegun for token in works)]:
            self._runs.abandon(token)
        self._works.clear()
        self._unbegun.clear()
