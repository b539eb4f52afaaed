"""What was private to a player stays so when its id becomes another player's."""

from __future__ import annotations

import msgspec
import pytest

from roomcast.core.protocol.messages import Do, Hello, Hidden
from roomcast.core.room.commit_log import Level
from roomcast.testing import MemoryStore
from tests.core.fakes import House, Program, shown


def begins(house: House, name: str) -> Program:
    """Joins, and asks for all that is kept."""
    program = house.knock()
    program.say(Hello("dots", name, start="beginning"))
    house.flush()
    return program


def a_card_for_somebody_who_left(house: House) -> tuple[Program, Program]:
    """Bob, and a stranger who has the id of a player to whom Bob sent a card, and who sent one to Bob."""
    bob = house.join("Bob")
    ada = house.join("Ada")
    bob.do("card", "of hearts", to=("Ada",))
    ada.do("card", "of spades", to=("Bob",))
    house.flush()
    assert ada.hear_commands() == ['Bob: card ["of hearts"]', 'Ada: card ["of spades"]']
    ada.gone(clean=True)
    house.flush()
    return bob, begins(house, "Ada")


def test_who_takes_the_id_of_a_player_who_left_reads_nothing_that_was_private_to_it() -> None:
    house = House()
    bob, stranger = a_card_for_somebody_who_left(house)
    bob.do("card", "of clubs", to=("Ada",))
    house.flush()
    entries = stranger.hear_entries()
    assert stranger.me == "Ada"
    assert sum(isinstance(entry, Hidden) for entry in entries) == 2
    assert [shown(entry) for entry in entries if isinstance(entry, Do)] == ['Bob: card ["of clubs"]']


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_nor_after_a_restart(level: Level) -> None:
    house = House(store=MemoryStore(level))
    bob, stranger = a_card_for_somebody_who_left(house)
    bob.do("card", "of clubs", to=("Ada",))
    house.flush()
    stranger.hear()
    house.restart()
    again = house.knock()
    again.say(Hello("dots", start="beginning", resume=msgspec.structs.replace(stranger.back, seen=0)))
    house.flush()
    entries = again.hear_entries()
    assert again.me == "Ada"
    assert sum(isinstance(entry, Hidden) for entry in entries) == 2
    assert [shown(entry) for entry in entries if isinstance(entry, Do)] == ['Bob: card ["of clubs"]']


def test_who_gave_up_its_seat_and_came_back_reads_what_was_private_to_it() -> None:
    house = House()
    bob = house.join("Bob")
    ada = house.join("Ada")
    bob.do("card", "of hearts", to=("Ada",))
    ada.gone()
    house.wait(40)  # the seat is given up, the session is not
    assert "Ada" not in house.room().state.players
    again = house.come_back(ada)
    house.flush()
    assert 'Bob: card ["of hearts"]' in again.hear_commands()
