"""Answers of a room with rules, as a program waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from roomcast.client.call_queue import CallQueue
from roomcast.client.given import seconds
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.messages import Json
from roomcast.core.room.shared_map import value_of
from roomcast.errors import Refused

IN_TIME = 5.0  # seconds that a program waits for an answer, where it does not say


class Answer:
    """What a room will answer to `room.ask`.

    `result()` waits for it; `then(function)` calls the function with it, in `pump()`, after the state has changed.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._event = threading.Event()
        self.pending = PendingAnswer(self._event.set)

    def __repr__(self) -> str:
        if not self.done:
            return f"<answer to {self._command!r}: not there yet; .result() waits for it>"
        return f"<answer to {self._command!r}: {self.pending.message or value_of(self.pending.result)!r}>"

    @property
    def done(self) -> bool:
        """Whether it has come, or it is known that none will. It never waits."""
        return self.pending.done

    def result(self, timeout: float = IN_TIME) -> Any:
        """Wait for the answer, at most so many seconds; it is there before `pump()` runs what the room did.

        Raises `Refused` where the room refuses, or does not answer in time ("unanswered").
        """
        if not self._event.wait(seconds("timeout=", timeout)):
            raise late(self._command, timeout)
        return result_of(self.pending)

    def then(self, run: Callable[[Any], object], otherwise: Callable[[Refused], object] | None = None) -> Answer:
        """Call `run` with the answer, in `pump()`; where it is refused, `otherwise` with the error.

        Without `otherwise`, an error is an "error" event, as of any command.
        """
        if not self.pending.taken:
            self.pending.calls.append((run, otherwise))
        elif (call := _call_of(self.pending, run, otherwise)) is not None:
            call()
        return self


def _call_of(
    answer: PendingAnswer, run: Callable[[Any], object], otherwise: Callable[[Any], object] | None
) -> Callable[[], object] | None:
    """The call that an answer brings; None: an error for which there is no function."""
    if not answer.code:
        return partial(run, value_of(answer.result))
    return None if otherwise is None else partial(otherwise, Refused(answer.code, answer.message))


def queue_answer(answer: PendingAnswer, queue: CallQueue) -> None:
    """The place of an answer among the events has come: queue the functions that wait for it."""
    answer.taken = True
    for run, otherwise in answer.calls:
        call = _call_of(answer, run, otherwise)
        if call is None:
            queue.fail(Refused(answer.code, answer.message))
        else:
            queue.new.append(call)


def result_of(answer: PendingAnswer) -> Json:
    """The answer, which is done. Raises `Refused`."""
    if answer.code:
        raise Refused(answer.code, answer.message)
    return value_of(answer.result)


def late(command: str, timeout: float) -> Refused:
    """The answer did not come in time."""
    return Refused("unanswered", f"{command} was not answered within {timeout:g} seconds: it may still be done")
