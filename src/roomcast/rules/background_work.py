"""Work that a room has done in the background: it is begun once the turn that asks for it stands.

The methods that are to run then are fields of a box, by their names, with arguments as JSON. The work itself cannot be
kept; after a restart of the server, it is lost, and its room hears of that.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, NamedTuple

from roomcast.core.protocol.names import shortened
from roomcast.rules.boxes import Box
from roomcast.rules.handler_run import HandlerRun, RunStopped
from roomcast.rules.ledger import Ledger
from roomcast.rules.rejection import RulesMistake

_MADE: Final = "made"  # the field that counts: how many were ever asked for


class WorkLost(Exception):
    """Background work that was begun before the server was started again: whether it was done, nobody knows."""


class WorkEnd(NamedTuple):
    """What is to run when work has ended."""

    method: str  # with what it has come to; "": none
    otherwise: str  # with the error, where it has failed; "": none
    args: list[Any]


class Work(HandlerRun):
    """A piece of work. `number`: of its field; `awaitable`: None where it is lost."""

    __slots__ = ("number",)

    def __init__(self, number: int, awaitable: Awaitable[Any] | None, before: Callable[[int], object],
                 after: Callable[[], object]) -> None:  # fmt: skip
        super().__init__(awaitable if isinstance(awaitable, Coroutine) else _awaited(awaitable), before, after)
        self.number: Final = number
        if awaitable is None:
            self.close()
            self.error = WorkLost("the server was started again meanwhile: whether it was done, nobody knows")

    def __del__(self) -> None:
        self.close()  # of a test that has ended before it was begun

    def outcome(self) -> Any:
        """As `HandlerRun.outcome`; raises `TimeoutError` where it took too long."""
        try:
            return super().outcome()
        except RunStopped as stopped:
            raise TimeoutError(str(stopped)) from None


async def _awaited(awaitable: Awaitable[Any] | None) -> Any:
    return None if awaitable is None else await awaitable


class Works:
    """The work of one room. What is asked for is a draft, as in boxes. `before` and `after` are as in `HandlerRun`."""

    __slots__ = ("_after", "_before", "asked", "begun", "box")

    def __init__(self, ledger: Ledger, before: Callable[[int], object], after: Callable[[], object]) -> None:
        self.box: Final = Box("self.background", ledger)
        self._before = before
        self._after = after
        self.asked: list[Work] = []  # that the handler that runs has asked for
        self.begun: list[Work] = []  # … and those before it in the open batch

    def __len__(self) -> int:
        """How many there are with this draft."""
        return sum(field != _MADE for field in self.box)

    def ask(self, work: Any, end: WorkEnd) -> None:
        number = self.box.get(_MADE) + 1 if _MADE in self.box else 1
        self.box.set(_MADE, number)
        self.box.set(str(number), list(end))
        self.asked.append(Work(number, work, self._before, self._after))

    def take(self, number: int) -> WorkEnd | None:
        """What is to run now that one has ended; None: there is no such work any more."""
        field = str(number)
        if field not in self.box:
            return None
        end = WorkEnd(*self.box.get(field))
        self.box.remove(field)
        return end

    def lost(self) -> list[Work]:
        """Those that were being done when the box was kept."""
        return [Work(int(field), None, self._before, self._after) for field in self.box if field != _MADE]

    # ------------------------------------------------------------------ at the end of a decision

    def keep(self) -> None:
        self.begun += self.asked
        self.asked = []

    def undo(self) -> None:
        asked, self.asked = self.asked, []
        for one in asked:
            one.close()

    def close(self) -> tuple[Work, ...]:
        """What the open batch has asked for."""
        begun, self.begun = self.begun, []
        return tuple(begun)


def check_work(work: Any) -> None:
    """Raises `RulesMistake` for what cannot be begun later."""
    where = "self.background"
    if hasattr(work, "add_done_callback"):  # a task or a future
        raise RulesMistake(
            f"{where}: what it is given has begun already, and might be done though the handler fails: give the "
            f"coroutine, as in {where}(save(score), self.saved)"
        )
    if inspect.isawaitable(work):
        return
    what = shortened(repr(work))
    if inspect.iscoroutinefunction(work):
        raise RulesMistake(f"{where}: the first argument is {what}: call it, as in {where}(save(score), self.saved)")
    raise RulesMistake(
        f"{where}: the first argument is {what}: give what you would await, without await, as in "
        f"{where}(save(score), self.saved). What blocks, give as asyncio.to_thread(save, score)"
    )
