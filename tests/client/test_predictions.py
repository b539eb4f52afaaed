"""Our own moves are seen at once, and put right where the room decides otherwise."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from roomcast import BadArgument, Refused
from roomcast.server import Player, Reject, Room
from roomcast.testing import playtest

WALL = 10


class Walk(Room):
    def on_join(self, player: Player) -> None:
        player["x"] = 0
        player["bag"] = []

    def on_move(self, player: Player, dx: int) -> None:
        if abs(dx) > 5:
            raise Reject("too fast")
        player["x"] = min(WALL, player["x"] + dx)

    def on_take(self, player: Player, what: str) -> None:
        player["bag"].append(what)


class Walker:
    """A player who predicts, without a wall; what it sends waits until the game is run."""

    def __init__(self) -> None:
        self.game = playtest(Walk, "Ada", "Alan")
        self.room = room = self.game.Ada.room
        self.errors: list[Refused] = []
        room.on("error")(self.errors.append)

        @room.predict
        def move(me: dict[str, Any], dx: int) -> None:
            me["x"] += dx

        @room.predict
        def take(me: dict[str, Any], what: str) -> None:
            me["bag"].append(what)

        self.move, self.take = move, take

    @property
    def x(self) -> int:
        return self.room.predicted["x"]  # type: ignore[no-any-return]


def test_a_move_is_seen_before_the_room_has_heard_of_it() -> None:
    one = Walker()
    one.move(3)
    one.move(2)
    assert one.x == 5
    assert one.room.me["x"] == 0
    one.game.run()
    assert one.x == one.room.me["x"] == one.game.Alan.players["Ada"]["x"] == 5


def test_functions_of_the_turn_itself_see_the_move_once() -> None:
    one = Walker()
    seen = []
    one.room.on("set")(lambda player, patch: seen.append((one.room.me["x"], one.x)))
    one.move(3)
    one.move(2)
    one.game.run()
    assert seen == [(3, 5), (5, 5)]


def test_what_the_room_decides_otherwise_is_put_right() -> None:
    one = Walker()
    for _ in range(4):
        one.move(3)
    assert one.x == 12
    one.game.run()
    assert one.x == WALL


def test_what_it_refuses_is_taken_back_and_told() -> None:
    one = Walker()
    one.move(2)
    one.move(50)
    assert one.x == 52
    one.game.run()
    assert one.x == 2
    assert [error.message for error in one.errors] == ["too fast"]


def test_lists_in_state_are_copies() -> None:
    one = Walker()
    one.take("rope")
    one.take("lamp")
    assert one.room.predicted["bag"] == ["rope", "lamp"]
    assert list(one.room.me["bag"]) == []
    one.game.run()
    assert one.room.predicted["bag"] == one.room.me["bag"] == ["rope", "lamp"]


def test_what_a_lost_connection_took_with_it_is_not_seen_twice() -> None:
    for what in "nothing", "what it said", "what it was told":
        one = Walker()
        one.move(1)
        one.game.Ada.lose(what)
        assert one.x == 1
        one.move(1)
        assert one.x == 2
        one.game.Ada.come()
        one.game.run()
        assert one.x == one.room.me["x"] == 2


def test_a_call_that_does_not_fit_sends_nothing() -> None:
    one = Walker()
    with pytest.raises(BadArgument, match="move: missing a required argument: 'dx'"):
        one.move()  # type: ignore[call-arg]
    with pytest.raises(BadArgument):
        one.take({1, 2})  # type: ignore[arg-type]
    assert one.room.unacknowledged == 0


def test_a_function_that_fails_is_told_and_the_room_decides_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    one = Walker()

    @one.room.predict
    def move(me: dict[str, Any], dx: int) -> None:
        me["x"] = 99
        raise ZeroDivisionError

    with caplog.at_level(logging.WARNING):
        move(1)
    assert "move cannot be predicted" in caplog.text
    assert one.x == 0
    one.game.run()
    assert one.x == 1


def test_nothing_is_predicted_where_nobody_predicts() -> None:
    assert dict(playtest(Walk, "Ada").Ada.room.predicted) == {}
