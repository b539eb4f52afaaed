"""Runs `on_auth`, by which rules say who may come in: as tasks of an event loop, and in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Final

from roomcast.core.server.auth_line import AuthLine
from roomcast.rules.auth_run import AuthRun
from roomcast.rules.handler_run import HandlerRun
from roomcast.server.async_handlers import TaskLoop


class AuthRunner:
    """The contract of `core.server.auth_runs`. Make it first, then the directory with it, then call `serve`.

    `threads`: one that is not async runs in a thread of its own; else on the event loop, which waits for it.
    """

    def __init__(self, *, threads: bool = True) -> None:
        self._threads: Final = threads
        self._running: dict[AuthRun, asyncio.Task[None]] = {}

    def serve(self, line: AuthLine, loop: TaskLoop, now: Callable[[], float], within: float) -> None:
        """`now`: as the directory is told the time. `within`: seconds that a run may take."""
        self._line = line
        self._loop = loop
        self._now = now
        self._within = within
        self._context = copy_context()  # of whoever asks, it is no part

    def __len__(self) -> int:
        """How many are waiting for something."""
        return len(self._running)

    def start(self, run: AuthRun, /) -> None:
        if run.waits:
            coroutine = _await(run.steps())
        else:
            coroutine = _until(_start_thread(run)) if self._threads else _here(run)
        task = self._loop.create_task(coroutine, context=self._context.copy())
        late = self._loop.call_later(self._within, self._line.late, run)
        self._running[run] = task
        task.add_done_callback(partial(self._ended, run, late))

    def _ended(self, run: AuthRun, late: asyncio.TimerHandle, task: asyncio.Task[None]) -> None:
        late.cancel()
        run.close()
        if self._running.pop(run, None) is not None:
            self._line.ended(run, self._now())

    def stop(self, run: AuthRun, /) -> None:
        """A thread cannot be stopped: it counts until it has ended."""
        if run.waits and (task := self._running.get(run)) is not None:
            task.cancel()

    def abandon_all(self) -> None:
        """The server is gone, at once."""
        running, self._running = self._running, {}
        for run, task in running.items():
            run.give_up("")
            task.cancel()

    async def close(self) -> None:
        """The server has closed: nobody waits any more, and no thread is waited for."""
        tasks = list(self._running.values())
        self.abandon_all()
        if tasks:
            await asyncio.wait(tasks)


async def _await(steps: HandlerRun) -> None:
    await steps


async def _here(run: AuthRun) -> None:
    run.run()


async def _until(ended: asyncio.Event) -> None:
    await ended.wait()


def _start_thread(run: AuthRun) -> asyncio.Event:
    """Run it in a thread of its own; the event is set once it has ended. Raises RuntimeError where there is none."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def work() -> None:
        run.run()
        with suppress(RuntimeError):  # the server is gone, and so is its event loop
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=work, name="roomcast on_auth", daemon=True).start()
    return ended
