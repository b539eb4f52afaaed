"""Numbers in place of ids."""

from roomcast.core.protocol import player_numbers
from roomcast.core.protocol.player_numbers import PlayerNumbers


def test_newcomers_have_the_lowest_number_that_is_free() -> None:
    numbers = PlayerNumbers(0)
    assert numbers.newcomer([]) == 0
    assert numbers.newcomer(["0"]) == 1
    assert numbers.newcomer(["0", "1"]) == 2
    assert numbers.newcomer(["0", "2"]) == 1, "whoever had it is gone"


def test_players_from_elsewhere_keep_theirs_while_they_are_there() -> None:
    numbers = PlayerNumbers(1)
    assert numbers.newcomer(["red"]) == 1
    assert numbers.of("red") == 2
    assert numbers.newcomer(["red", "1"]) == 3
    assert numbers.of("red") == 2
    assert numbers.of("blue") == 4
    assert numbers.newcomer(["1", "3", "blue"]) == 2, "red is gone"


def test_a_player_from_elsewhere_that_is_called_like_a_number_has_it_if_it_is_free() -> None:
    numbers = PlayerNumbers(0)
    assert numbers.newcomer(["1"]) == 0
    assert numbers.of("1") == 1
    assert numbers.newcomer(["0", "1"]) == 2
    assert numbers.of("red") == 3
    assert numbers.of("3") == 4, "red has it already"
    assert [numbers.of(name) for name in ("007", "-1", "\u0663", "1" * 5000)] == [5, 6, 7, 8]


def test_two_never_have_the_same_and_there_is_an_end_to_what_is_remembered(monkeypatch: object) -> None:
    numbers = PlayerNumbers(0)
    given = [numbers.of(f"player {number}") for number in range(player_numbers.MOST + 100)]
    assert len(set(given)) == len(given)
    assert len(numbers._numbers) == len(numbers._used) == player_numbers.MOST
