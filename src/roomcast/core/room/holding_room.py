"""A room with rules that waits for a handler: it is held until that has ended, so that nobody meets half a change.

While it is held, nothing is decided. Players' commands wait where they are, since their buckets are paused; who comes
waits in the directory. What can wait nowhere else is deferred, in its order: who goes. The readers are fed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.causes import Command
from roomcast.core.room.deciding_room import DecidingRoom
from roomcast.core.room.decisions import Decided, Rejected
from roomcast.core.room.handler_runs import NO_RUNS, HandlerRuns
from roomcast.core.room.session import Session
from roomcast.errors import Refused


class HoldingRoom(DecidingRoom):
    """`runs`: runs the handlers that wait."""

    __slots__ = ("_cause", "_deferred", "_runs")

    def __init__(self, *args: Any, runs: HandlerRuns = NO_RUNS, **others: Any) -> None:
        self._runs = runs
        self._cause: Command | None = None  # whose handler it waits for
        self._deferred: deque[Callable[[float], object]] = deque()
        super().__init__(*args, **others)

    @property
    def held(self) -> bool:
        return self._token is not None

    @property
    def settled(self) -> bool:
        return self._token is None and super().settled

    def defer(self, call: Callable[[float], object]) -> bool:
        if self._token is None:
            return False
        self._deferred.append(call)
        return True

    # ------------------------------------------------------------------ held, and released

    def _hold(self, token: object, cause: Command) -> None:
        """Wait for a handler, of which nothing has run."""
        self._close_gathered()  # what was decided before is seen before, and kept
        self._token, self._cause = token, cause
        for session in self.sessions.values():
            session.bucket.pause()
        try:
            self._runs.start(self, token)
        except Exception as error:
            raise RoomBroken(self.commits) from error

    def finished(self, token: object, now: float) -> None:
        """The handler has ended: decide, then let happen what was deferred. Raises `RoomBroken`."""
        cause = self._cause
        if token is not self._token or cause is None:
            return
        self._token = self._cause = None
        for one in self.sessions.values():
            one.bucket.go_on()
        session, n = self.sessions[cause.player], cause.request.n
        session.n = n
        decision = self._finish(token, cause, now)
        if type(decision) is Decided:
            self._take(session, n, decision, now)
        elif isinstance(decision, Rejected):
            self._refusals.add(self.log.last, session, Refused(decision.code, decision.message, n))
        self._charge(session)
        self._schedule_flush()
        while self._deferred and self._token is None:
            self._deferred.popleft()(now)

    def abandon(self) -> None:
        """The room is gone: nothing more is decided in it, and what was deferred finds it so."""
        token, self._token, self._cause = self._token, None, None
        if token is not None:
            self._runs.abandon(token)
        while self._deferred:
            self._deferred.popleft()(self._decided_at)

    def _take(self, session: Session, n: int, decision: Decided, now: float) -> None:
        """A command has done something: it is in the open batch."""
        if session.secret:  # else it is a line client, and waits for no word of it
            self._taken.setdefault(session.id, []).append(n)
        if decision.says or not self._due.stepping:
            self._close(now)

    def _charge(self, session: Session) -> None:
        """What has happened since the last time counts for one who has sent something."""
        costs = self._costs
        costs.handled += self._behaviour.take_effort()
        if costs:
            if session.peer is not None:
                session.peer.charge_turn(costs)
            costs.clear()

    # ------------------------------------------------------------------ what waits for that

    def leave(self, session: Session, now: float, why: str = "left") -> None:
        if not self.defer(partial(self.leave, session, why=why)) and self.is_open_to(session):
            super().leave(session, now, why)

    def sweep(self, now: float) -> None:
        if self._token is None:  # in a second, there is another one
            super().sweep(now)
