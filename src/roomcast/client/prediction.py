"""Our own state, ahead of the server: with what we have sent, and not heard back, done to it already.

The room decides; what it decides arrives about one round trip later. Until then each of our commands is run here on a
copy of our state. When an entry arrives, the copy is made anew from what the room says, with the commands that it has
not decided yet: so what was predicted wrongly is put right at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

from roomcast.client.players import Replica
from roomcast.core.client.pending_answer import PendingAnswer

State = dict[str, Any]


class Prediction:
    """`report` is called with an exception of one of the program's functions, and its command."""

    __slots__ = ("_base", "_pending", "_replica", "_report", "_values", "corrections")

    def __init__(self, replica: Replica, report: Callable[[str, Exception], object]) -> None:
        self._replica = replica
        self._report = report
        self._pending: list[tuple[PendingAnswer, str, Callable[[State], object]]] = []
        self._values: State = {}
        self._base: tuple[int, int] | None = None  # the log, and the seq, of the state from which they were made
        self.corrections: dict[str, float] = {}  # by key, the sum of what numbers were wrong by, so far

    def add(self, answer: PendingAnswer, command: str, run: Callable[[State], object]) -> None:
        """A command was sent; `run` does to a state what the room will do."""
        self._update()
        pending = answer, command, run
        if self._run(self._values, pending):
            self._pending.append(pending)
        else:
            self._values = self._made()

    @property
    def values(self) -> Mapping[str, Any]:
        """Our state, as it will probably be."""
        self._update()
        return MappingProxyType(self._values)

    def _update(self) -> None:
        base = self._replica.log, self._replica.seq
        if base == self._base and not any(answer.taken for answer, _, _ in self._pending):
            return
        self._base = base
        self._pending = [one for one in self._pending if not self._is_decided(one[0])]
        before, self._values = self._values, self._made()
        for key, value in self._values.items():
            old = before.get(key)
            if _is_number(value) and _is_number(old) and value != old:
                self.corrections[key] = self.corrections.get(key, 0.0) + value - old

    def _is_decided(self, answer: PendingAnswer) -> bool:
        """Whether our state, as of the entries that were run, knows what became of a command."""
        return answer.taken or 0 < answer.seq <= self._replica.seq

    def _made(self) -> State:
        """What the room says, with what waits."""
        player = self._replica.fold.players.get(self._replica.me.id)
        while True:
            values = {} if player is None else deepcopy(player.state.decoded())
            wrong = next((one for one in self._pending if not self._run(values, one)), None)
            if wrong is None:
                return values
            self._pending.remove(wrong)  # it has changed half of them: once more, without it

    def _run(self, values: State, pending: tuple[PendingAnswer, str, Callable[[State], object]]) -> bool:
        _, command, run = pending
        try:
            run(values)
        except Exception as error:
            self._report(command, error)
            return False
        return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
