"""Runs the handlers for which rooms with rules wait, as tasks of an asyncio event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from functools import partial
from threading import get_ident
from typing import Any, Final, Protocol, TypeAlias

from roomcast.core.protocol.limits import exceeded
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.directory import Directory
from roomcast.rules.handler_run import HandlerRun

_TOO_LONG: Final = "the room's rules took too long, and nothing of it has happened"
_WORK_TOO_LONG: Final = "background work took too long, and was stopped"
_Ended: TypeAlias = Callable[[RuledRoom, object, float], None]
_CLOSING: Final = "the server closes, and nothing of it has happened"


class TaskLoop(Protocol):
    """What is needed of an event loop: asyncio's are such."""

    def create_task(self, coro: Coroutine[Any, Any, None], /, *, context: Context) -> asyncio.Task[None]: ...

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: Any) -> asyncio.TimerHandle: ...


class AsyncHandlers:
    """The contract of `core.room.handler_runs`. Make it first, then the directory with it, then call `serve`."""

    def __init__(self) -> None:
        self._closing = False
        self._works: set[HandlerRun] = set()  # those that run beside the order of their rooms
        self._running: dict[HandlerRun, tuple[asyncio.Task[None], asyncio.TimerHandle]] = {}

    def serve(self, directory: Directory, loop: TaskLoop, now: Callable[[], float]) -> None:
        """`now`: as the directory is told the time."""
        self._directory = directory
        self._loop = loop
        self._now = now
        self._thread = get_ident()
        self._context = copy_context()

    def _is_here(self) -> bool:
        return get_ident() == self._thread

    def __len__(self) -> int:
        """How many handlers are waiting for something."""
        return len(self._running)

    def start(self, room: RuledRoom, token: object, /) -> None:
        assert isinstance(token, HandlerRun)
        token.time = lambda: room.log.time(self._now())
        token.is_here = self._is_here
        self._run(room, token, "handler_time", _TOO_LONG, self._directory.held.handler_ended)
        if self._closing:
            self._stop(token, _CLOSING)

    def begin(self, room: RuledRoom, token: object, /) -> None:
        assert isinstance(token, HandlerRun)
        if self._closing:
            token.close()
        else:
            self._run(room, token, "background_time", _WORK_TOO_LONG, self._directory.held.work_ended)
            self._works.add(token)

    def _run(self, room: RuledRoom, run: HandlerRun, limit: str, why: str, ended: _Ended) -> None:
        # A context of its own: of a handler that has asked for it, it is no part.
        task = self._loop.create_task(_await(run), context=self._context.copy())
        late = self._loop.call_later(getattr(self._directory.limits, limit), self._stop_late, run, limit, why)
        self._running[run] = task, late
        task.add_done_callback(partial(self._ended, room, run, ended))

    def _ended(self, room: RuledRoom, run: HandlerRun, ended: _Ended, task: asyncio.Task[None]) -> None:
        run.close()  # of one that was stopped before it began
        self._works.discard(run)
        if (running := self._running.pop(run, None)) is not None:
            running[1].cancel()
            ended(room, run, self._now())

    def _stop_late(self, run: HandlerRun, limit: str, why: str) -> None:
        limits = self._directory.limits
        self._stop(run, exceeded(limit, limits, getattr(limits, limit), why), is_mistake=True)

    def _stop(self, run: HandlerRun, why: str, *, is_mistake: bool = False) -> None:
        if run in self._running:
            run.stop(why, is_mistake=is_mistake)
            self._running[run][0].cancel()

    def abandon(self, token: object, /) -> None:
        assert isinstance(token, HandlerRun)
        if (running := self._running.pop(token, None)) is None:
            token.close()  # it was not begun
            return
        self._works.discard(token)
        task, late = running
        late.cancel()
        token.stop(_CLOSING, is_mistake=False)
        task.cancel()

    def abandon_all(self) -> None:
        """The server is gone, at once."""
        for run in list(self._running):
            self.abandon(run)

    async def close(self) -> None:
        """The server closes: stop those that run, and wait until they have ended."""
        self._closing = True
        works = [self._running[work][0] for work in self._works]
        for work in list(self._works):
            self.abandon(work)
        if works:
            await asyncio.wait(works)
        while self._running:
            tasks = [task for task, _ in self._running.values()]
            for run in list(self._running):
                self._stop(run, _CLOSING)
            await asyncio.wait(tasks)
            await asyncio.sleep(0)  # they have ended; that is told now


async def _await(run: HandlerRun) -> None:
    await run
