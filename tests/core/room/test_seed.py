"""The seed of a room's dice: drawn once, with the first entry of a log, and part of its state from then on."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from roomcast.core.protocol.messages import Join, Leave, Skipped, Snapshot
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import EMPTY, apply, restore, snapshot
from tests.core.fakes import House
from tests.core.keeping import KEPT, house_of


def seeds(house: House) -> None:
    """Let new rooms have the seeds "1", "2" …"""
    numbers = itertools.count(1)
    house.directory.seed = lambda: str(next(numbers))


def joins(house: House) -> list[str]:
    log = house.room().log
    return [entry.seed for entry in log.entries(0, log.last) if isinstance(entry, Join)]


def test_the_first_entry_of_a_log_has_it_and_no_other() -> None:
    house = House()
    seeds(house)
    house.join("Ada"), house.join("Alan")
    assert joins(house) == ["1", ""]
    house.join("Grace", room="other")
    assert house.room("other").state.seed == "2"


def test_a_starter_client_may_be_the_first() -> None:
    house = House()
    seeds(house)
    line_client = house.join_by_lines(("Ada",))
    ada = house.join("Grace")
    house.flush()
    assert not any("seed" in line or line.split()[-1:] == ["1"] for line in line_client.hear())
    assert ada.state.seed == "1"


def test_every_snapshot_has_it() -> None:
    house = House(kept_entries=5)
    seeds(house)
    ada, alan = house.join("Ada"), house.join("Alan")
    assert [program.state.seed for program in (ada, alan)] == ["1", "1"]
    alan.gone()
    for number in range(20):
        ada.do("move", number)
    house.flush()
    back = house.come_back(alan)
    house.flush()
    skipped = next(message for message in back.hear() if isinstance(message, Skipped))
    assert skipped.snapshot.seed == "1"


def test_who_comes_and_goes_does_not_change_it() -> None:
    state = apply(EMPTY, Join(1, "Ada", 0, "Ada", seed="1"))
    for entry in (Join(2, "Alan", 0, "Alan", seed="2"), Leave(3, "Ada", 0), Leave(4, "Alan", 0)):
        state = apply(state, entry)
    assert state.seed == "1"
    assert restore(snapshot(state)) == state
    assert restore(snapshot(EMPTY)) != state


def test_a_room_that_begins_anew_has_another_one() -> None:
    house = House(empty_room=1)
    seeds(house)
    house.join("Ada").gone(clean=True)
    house.wait(5)
    assert house.directory.rooms == {}
    assert house.join("Ada").state.seed == "2"


@pytest.mark.parametrize("level", KEPT)
def test_a_kept_room_keeps_it(level: Level) -> None:
    house, _ = house_of(level)
    seeds(house)
    ada = house.join("Ada")
    house.flush()
    house.restart()
    seeds(house)
    house.come_back(ada)
    alan = house.join("Alan")
    assert alan.state.seed == house.room().state.seed == "1"


def test_a_log_from_before_there_were_dice_stays_without() -> None:
    house = House()
    house.join("Ada")
    seeds(house)
    alan = house.join("Alan")
    house.flush()
    assert joins(house) == ["", ""]
    assert alan.state.seed == ""
    assert msgspec.json.encode(Snapshot()) == b"{}", "and its snapshot as it was"
