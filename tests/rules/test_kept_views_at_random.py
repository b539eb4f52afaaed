"""Views over crashes: whenever the server is killed, who comes back has what it may see, and is sent nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.room.commit_log import Level, SavedRoom
from roomcast.core.room.ruled_order import RuledOrder
from roomcast.core.room.shadows import Shadows
from roomcast.testing.disk import MemoryStore
from tests.rules import test_views_at_random
from tests.rules.houses import RuledHouse
from tests.rules.kept_records import KeptRecords, kept_records
from tests.rules.planted import is_found
from tests.rules.spies import spies
from tests.rules.test_views_at_random import TOKEN


class KeptGame(test_views_at_random.Game):
    """A room of spies on a disk, whose server is killed now and then."""

    def __init__(self, seed: int, records: KeptRecords) -> None:
        super().__init__(seed)
        self.records = records
        self.crashes = 0
        self.before: dict[int, tuple[Any, ...]] = {}  # by seq: what the model knew after it
        self.house = RuledHouse(
            spies(self.chance, self.secrets, self.acted),
            store=MemoryStore(Level.FULL, snapshot_every=20),
            show=self.traces.append,
            token=TOKEN,
            kept_entries=12,
            unread=2000,
            address_burst=100.0,
        )

    def proposed(self, seq: int, order: RuledOrder) -> None:
        super().proposed(seq, order)
        model = self.model
        self.before[seq] = model._shown, set(model._present), set(model._gone)

    def restored(self, last: int) -> None:
        """The room is as it was after an entry; the model follows."""
        shown, present, gone = self.before[last]
        self.model._shown, self.model._present, self.model._gone = shown, set(present), set(gone)

    def step(self, number: int) -> None:
        if self.chance.random() < 0.08:
            self.house.held = True
        if self.house.held and self.chance.random() < 0.4:
            self.crash()
        super().step(number)

    def crash(self) -> None:
        self.crashes += 1
        for name, program in list(self.programs.items()):
            self.hear_one(program)
            self.away[name] = program
        self.programs.clear()
        self.lines.clear()
        store = self.house.store
        assert store is not None
        store.write()
        store.crash(self.chance.randrange(store.waits + 1))
        self.house.crash()


def play(seed: int) -> int:
    """Returns how often the server was killed."""
    with kept_records() as records, pytest.MonkeyPatch.context() as patch:
        game = KeptGame(seed, records)
        propose, restore = RuledOrder.propose_turn, RuledOrder.restore_rules

        def proposed(self: RuledOrder, turn: Any, *more: Any) -> int:
            seq = propose(self, turn, *more)
            game.proposed(seq, self)
            return seq

        def restored(self: RuledOrder, saved: SavedRoom) -> int:
            held = restore(self, saved)
            game.restored(saved.last)
            return held

        patch.setattr(RuledOrder, "propose_turn", proposed)
        patch.setattr(RuledOrder, "restore_rules", restored)
        game.join("p")
        for number in range(70):
            game.step(number)
        game.house.held = False
        for program in list(game.away.values()):
            game.come_back(program)
        game.house.flush()
        game.hear()
    game.check_bytes()
    assert all(isinstance(error, ValueError | LookupError) for _, error in game.house.failed), game.house.failed
    return game.crashes


@pytest.mark.parametrize("part", range(4))
def test_everyone_has_what_it_may_see_whenever_the_server_is_killed(part: int) -> None:
    assert sum(play(seed) for seed in range(part * 15, part * 15 + 15)) > 10


def test_what_readers_had_and_is_not_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = Shadows.restore

    def forgets(self: Shadows, boxes: Any, public: Any) -> None:
        restore(self, {}, public)

    monkeypatch.setattr(Shadows, "restore", forgets)
    assert is_found(play, 60)
