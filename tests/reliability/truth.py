"""The log of a room as it is on disk, and whether what the witnesses ran and were told agrees with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, Set
from roomcast.core.room.fold import EMPTY, RoomState, apply
from roomcast.core.room.shared_map import values_of
from tests.reliability.signatures import of_entry, of_state

if TYPE_CHECKING:
    from tests.reliability.witness import Stretch, Witness


class Truth:
    """The log of a room as it is on disk. `strict`: nothing that anyone saw may be undone."""

    def __init__(self, lines: Iterable[bytes], *, strict: bool) -> None:
        self.entries: list[AnyEntry] = [codec.decode_server(line) for line in lines]  # type: ignore[misc]
        self._strict = strict
        self._signatures = [of_entry(entry) for entry in self.entries]
        self.said: dict[str, list[int]] = {}  # by witness: its numbers, in the order of the log
        for entry in self.entries:
            values = said_in(entry)
            if values is not None:
                self.said.setdefault(values[0], []).append(values[1])

    def state_at(self, seq: int) -> RoomState:
        """What the log makes of the room, up to that entry."""
        state = EMPTY
        for entry in self.entries[:seq]:
            state = apply(state, entry)
        return state

    def judge(self, witnesses: Iterable[Witness], check: Callable[[bool, str], None]) -> None:
        """Compare what they ran and were told with the log."""
        states: dict[int, list[tuple[int, str]]] = {}  # by seq: what they should have been, and for whom
        for witness in witnesses:
            for wrong in witness.wrong:
                check(False, wrong)
            undone = 0
            for stretch in witness.stretches:
                untold = self._judge_stretch(witness, stretch, check)
                undone += untold
                for seq, signature in stretch.states:
                    if not untold or seq < stretch.ran[-untold][0]:
                        states.setdefault(seq, []).append((signature, witness.name))
            self._judge_own(witness, undone, check)
        state = EMPTY
        for seq in range(len(self.entries) + 1):
            state = apply(state, self.entries[seq - 1]) if seq else state
            if seq in states:
                true = of_state(state)
                for signature, name in states[seq]:
                    check(signature == true, f"{name}: its state at {seq} is not what the log makes of it")

    def _judge_stretch(self, witness: Witness, stretch: Stretch, check: Callable[[bool, str], None]) -> int:
        """Returns how many entries at its end were undone when the player could not be told any more."""
        last = min(stretch.end, len(self.entries))
        expected = [
            (seq, self._signatures[seq - 1])
            for seq in range(stretch.begin + 1, last + 1)
            if visible(self.entries[seq - 1], stretch.player)
        ]
        same = next((n for n, pair in enumerate(zip(stretch.ran, expected, strict=False)) if pair[0] != pair[1]), None)
        if same is None and len(stretch.ran) == len(expected) and last == stretch.end:
            check(True, "")
            return 0
        same = min(len(stretch.ran), len(expected)) if same is None else same
        what = f"what it ran from {stretch.begin} to {stretch.end} is not what is on disk, from its entry {same} on"
        check(stretch.forgotten and not self._strict, f"{witness.name}: {what}")
        return len(stretch.ran) - same

    def _judge_own(self, witness: Witness, undone: int, check: Callable[[bool, str], None]) -> None:
        said, told = self.said.get(witness.name, []), witness.told
        check(said == sorted(set(said)), f"{witness.name}: what it said is twice on disk, or out of order")
        missing = witness.said - len(said)
        may_miss = told.perhaps_lost + told.left_behind + told.undone + undone
        check(0 <= missing <= may_miss, f"{witness.name}: {missing} of {witness.said} are missing, told of {may_miss}")


def visible(entry: AnyEntry, player: str) -> bool:
    return not isinstance(entry, Do) or entry.to is None or entry.by == player or player in entry.to


def said_in(entry: AnyEntry) -> tuple[str, int] | None:
    """Who said what by an entry, if it is one of a witness: its name, and its number."""
    values: Any = None
    if isinstance(entry, Do) and entry.c == "count":
        values = msgspec.json.decode(entry.a)
    elif isinstance(entry, Set):
        values = next(iter(values_of(entry.p).values()), None)
    return (values[0], values[1]) if isinstance(values, list) and len(values) == 2 else None
