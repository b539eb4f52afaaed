"""One run of an async handler: whoever has an event loop awaits it, and its room is told once it has ended.

The room's time goes on while the handler waits. When it must end before its time, it hears of that once, as a
`CancelledError`; what it does then is undone, and it is never run on.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from typing import Any, Final

from roomcast.rules.rejection import RulesMistake

RUNNING: Final[ContextVar[HandlerRun | None]] = ContextVar("roomcast handler", default=None)
"""In whose handler some code was started: itself, and tasks and threads that it has started."""


class RunStopped(Exception):
    """A handler had to end before its time."""

    def __init__(self, why: str, *, is_mistake: bool) -> None:
        super().__init__(why)
        self.is_mistake = is_mistake  # of the maker


class HandlerRun:
    """`before` is called with the room's time each time before some of it runs, and `after` after that."""

    __slots__ = ("_after", "_before", "_coroutine", "error", "is_here", "result", "stopped", "time")

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], before: Callable[[int], object], after: Callable[[], object]
    ) -> None:
        self._coroutine = coroutine
        self._before = before
        self._after = after
        self.time: Callable[[], int] = int  # the room's, Unix milliseconds: whoever awaits it says so
        self.is_here: Callable[[], bool] = bool  # whether that is the thread that asks
        self.result: Any = None  # what it has returned, once it has
        self.error: BaseException | None = None  # … or raised
        self.stopped: RunStopped | None = None  # why it must end

    def stop(self, why: str, *, is_mistake: bool) -> None:
        """It must end, and whoever awaits it cancels that. `why`: a sentence, for players and for the maker."""
        self.stopped = self.stopped or RunStopped(why, is_mistake=is_mistake)

    def __await__(self) -> Generator[Any, None, None]:
        """Run it. Raises nothing: what it has raised is in `error`."""
        thrown: BaseException | None = None
        RUNNING.set(self)
        try:
            while True:
                waits_for = self._run_on(thrown)
                if self.error is not None or waits_for is None:
                    return
                thrown = None
                try:
                    yield waits_for[0]
                except GeneratorExit:
                    raise
                except BaseException as error:  # it was cancelled, by us or by somebody else
                    thrown = error
        finally:
            self.close()

    def _run_on(self, thrown: BaseException | None) -> tuple[Any] | None:
        """Until it waits for something, which is returned; None: it has ended."""
        if self.stopped is not None and thrown is None:
            return None
        self._before(self.time())
        try:
            coroutine = self._coroutine
            waits_for = coroutine.send(None) if thrown is None else coroutine.throw(thrown)
        except StopIteration as end:
            self.result = end.value
            return None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.error = error
            return None
        finally:
            self._after()
        return (waits_for,) if self.stopped is None else None

    def close(self) -> None:
        """Nothing more of it runs."""
        try:
            self._coroutine.close()
        except Exception as error:
            self.error = self.error or error

    def outcome(self) -> Any:
        """What it has returned. Raises what it has raised."""
        if self.stopped is not None:
            raise self.stopped
        if self.error is None:
            return self.result
        if isinstance(self.error, Exception | SystemExit):
            raise self.error
        raise RulesMistake(f"what it waited for was cancelled ({type(self.error).__name__})") from self.error
