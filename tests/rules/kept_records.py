"""What rooms with rules are given on disk, noted beside them: after each crash it must be found again, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from roomcast.core.protocol import codec
from roomcast.core.room.commit_log import SavedRoom
from roomcast.core.room.ruled_order import RuledOrder
from roomcast.core.room.shadows import is_shadow
from roomcast.testing import Playtest
from roomcast.testing.playtest import PlaytestPlayer


class KeptRecords:
    """Of one room: what its rules held after each turn, and what each player was to read of it."""

    def __init__(self) -> None:
        self.truths: dict[int, dict[str, Any]] = {}  # by seq, of the turns that are not undone
        self.turns: dict[int, list[Any]] = {}  # by seq, of all that were ever proposed: with their lines
        self.restored = 0  # how often a room was
        self._read: dict[str, int] = {}

    def proposed(self, order: RuledOrder, seq: int, turn: Any) -> None:
        self.truths[seq] = boxes_of(order)
        self.turns.setdefault(seq, []).append(turn)

    def look_at(self, saved: SavedRoom, order: RuledOrder) -> None:
        """A room was restored: the truth is that of its last turn."""
        self.restored += 1
        self.truths = {seq: text for seq, text in self.truths.items() if seq <= saved.last}
        assert boxes_of(order) == self.truths[max(self.truths)], "the truth is that of another turn"

    def check_lines(self, game: Playtest) -> None:
        """Each player was sent what it was to read of each turn, and nothing that is for others."""
        for player in game.players.values():
            for frame in player.received[self._read.get(player.name, 0) :]:
                self._check_frame(player, frame)
            self._read[player.name] = len(player.received)

    def _check_frame(self, player: PlaytestPlayer, frame: bytes) -> None:
        for line in codec.lines_of(frame):
            seq = getattr(codec.decode_server(line), "s", 0)
            if line.startswith(b'{"t":"welcome"') or seq not in self.turns:
                continue
            expected = [
                turn.line if turn.private is None else turn.private.line_of(player.room.me.id)
                for turn in self.turns[seq]
            ]
            assert line in expected, f"{player.name} was sent {line!r} in place of {expected}"


def boxes_of(order: RuledOrder) -> dict[str, Any]:
    """All that is true in a room: to the byte, and in the order of fields, where rules can see that."""
    boxes = order.truth().boxes
    return {name: dict(box) if is_shadow(name) else list(box.items()) for name, box in boxes.items()}


@contextmanager
def kept_records() -> Iterator[KeptRecords]:
    records = KeptRecords()
    propose, restore = RuledOrder.propose_turn, RuledOrder.restore_rules

    def propose_turn(self: RuledOrder, turn: Any, *more: Any) -> int:
        seq = propose(self, turn, *more)
        records.proposed(self, seq, turn)
        return seq

    def restore_rules(self: RuledOrder, saved: SavedRoom) -> int:
        held = restore(self, saved)
        records.look_at(saved, self)
        return held

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RuledOrder, "propose_turn", propose_turn)
        patch.setattr(RuledOrder, "restore_rules", restore_rules)
        yield records
