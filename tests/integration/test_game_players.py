"""The client for game loops, on a real server: who is there, who comes and who leaves."""

from collections.abc import Callable

import pytest

from roomcast import Room
from tests.integration.rooms import notes, pump_until

Enter = Callable[..., Room]


def test_join_handlers_are_called_for_those_already_there(red: Room, blue: Room) -> None:
    seen = notes(blue, "join")
    blue.pump()
    assert seen == [("join", "red"), ("join", "blue")]


def test_who_comes_and_who_leaves_is_told(red: Room, enter: Enter) -> None:
    seen = notes(red, "join", "leave")
    blue = enter("blue")
    pump_until(lambda: ("join", "blue") in seen, red)
    someone = red.players["blue"]
    assert someone.here
    blue.leave()
    pump_until(lambda: ("leave", "blue") in seen, red)
    assert seen == [("join", "red"), ("join", "blue"), ("leave", "blue")]
    assert not someone.here
    assert someone.name == "blue"  # still known to those who kept it


def test_a_player_who_leaves_is_gone_before_its_handlers_are_called(red: Room, enter: Enter) -> None:
    there = []
    red.on("leave")(lambda player: there.append((player in red.players, player.name, dict(player))))
    blue = enter("blue")
    blue.me["colour"] = "navy"
    blue.leave()
    pump_until(lambda: there, red)
    assert there == [(False, "blue", {"colour": "navy"})]


def test_players_are_in_the_order_of_joining(red: Room, blue: Room, enter: Enter) -> None:
    green = enter("green")
    pump_until(lambda: len(red.players) == 3, red)
    assert [player.id for player in red.players] == ["red", "blue", "green"]
    assert [player.id for player in green.players] == ["red", "blue", "green"]
    assert "blue" in red.players
    assert "pink" not in red.players
    assert red.players.get("pink") is None
    with pytest.raises(KeyError):
        red.players["pink"]
    assert red.me == red.players["red"]
    assert red.me != green.players["red"]  # the same player, seen from another room object
    assert red.me.here


def test_one_program_may_be_several_players_in_several_rooms(enter: Enter) -> None:
    one, two, other = enter("red"), enter("red"), enter("red", room="elsewhere")
    assert (one.me.id, two.me.id, other.me.id) == ("red", "red2", "red")
    heard = notes(other, "step")
    one.send("step")
    other.send("step")
    pump_until(lambda: heard, one, two, other)
    assert heard == [("step", "red")]
    assert (one.name, other.name) == ("dots", "elsewhere")
