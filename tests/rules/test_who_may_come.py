"""What a room's rules say of who may come and how it is found: kept and undone with all else that they do."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.errors import CannotConnect, Refused
from roomcast.server import Reject, Room
from roomcast.testing import RulesFailed, playtest


class Table(Room):
    max_players = 4

    def on_create(self, options: dict[str, Any]) -> None:
        self.given = dict(options)
        if options.get("seats", 2) > 4:
            raise Reject("a table has four seats at most")

    def on_start(self, player: Any, really: bool) -> None:
        self.lock()
        self.private = True
        self.listing = {"map": "forest"}
        self.options["mode"] = "late"
        if not really:
            raise Reject("not yet")

    def on_list(self, player: Any, listing: Any) -> None:
        self.listing = listing

    def on_add(self, player: Any, key: str) -> None:
        self.listing[key] = True


class Sized(Room):
    max_players = 4

    def on_create(self, options: dict[str, Any]) -> None:
        self.max_players = options.get("max_players", 4)

    def on_size(self, player: Any, most: Any, really: bool = True) -> int:
        self.max_players = most
        if not really:
            raise Reject("not so")
        return self.max_players


class AnySize(Sized):
    max_players = 0

    def on_create(self, options: dict[str, Any]) -> None:
        if "max_players" in options:
            self.max_players = options["max_players"]


def found_by(player: Any) -> tuple[Any, ...]:
    room = player.server
    return room.locked, room.private, dict(room.listing), dict(room.options)


def test_the_rules_are_given_the_options() -> None:
    game = playtest(Table)
    assert game.create("red", seats=3, teams=["a", "b"]).server.given == {"seats": 3, "teams": ["a", "b"]}
    assert game.join("blue").server.given == {}, "a room that somebody has named has none"


def test_rules_may_refuse_options() -> None:
    game = playtest(Table)
    with pytest.raises(CannotConnect, match="four seats at most"):
        game.create("red", seats=5)
    assert game.directory.rooms == {}


def test_what_a_refused_handler_said_of_it_is_undone() -> None:
    game = playtest(Table)
    red = game.create("red", mode="early")
    with pytest.raises(Refused, match="not yet"):
        red.start(False)
    assert found_by(red) == (False, False, {}, {"mode": "early"})
    red.start(True)
    assert found_by(red) == (True, True, {"map": "forest"}, {"mode": "late"})


def test_a_listing_may_be_changed_in_place() -> None:
    game = playtest(Table)
    red = game.create("red")
    red.add("winter")
    assert found_by(red)[2] == {"winter": True}
    assert bytes(game.directory.rooms[red.room.name].meeting.listing) == b'{"winter":true}'


@pytest.mark.parametrize("listing", ["x" * 2000, ["a"], None, {"a": "x" * 1024}])
def test_a_listing_is_a_small_dict(listing: Any) -> None:
    game = playtest(Table)
    red = game.create("red")
    with pytest.raises(RulesFailed, match=r"self\.listing (is a dict|takes \d+ bytes as text)"):
        red.list(listing)
    assert found_by(red)[2] == {}


def test_what_says_who_may_come_is_sent_to_nobody() -> None:
    game = playtest(Table)
    red = game.create("red", mode="a secret mode")
    red.start(True)
    heard = b"".join(red.received)
    assert b"secret mode" not in heard
    assert b"forest" not in heard


def test_options_are_no_attribute_to_set() -> None:
    class Wrong(Room):
        def on_create(self) -> None:
            self.options = {}  # type: ignore[misc]

    with pytest.raises(RulesFailed) as failed:
        playtest(Wrong, "red")
    assert "self.options cannot be set" in str(failed.value.__cause__)


def test_after_a_restart_all_of_it_is_as_it_was() -> None:
    game = playtest(Table, level="full")
    red = game.create("red", password="a fish", mode="early")
    red.start(True)
    before, name = found_by(red), red.room.name
    kept = game.directory.rooms[name].meeting
    game.restart()
    assert found_by(red) == before
    assert game.directory.rooms[name].meeting == kept
    with pytest.raises(CannotConnect, match="has a password"):
        game.join("blue", name)
    with pytest.raises(CannotConnect, match="lets nobody in"):
        game.join("blue", name, password="a fish")


# ---------------------------------------------------------------------- how many


def test_a_room_may_let_in_fewer_than_its_class() -> None:
    game = playtest(Sized)
    red = game.create("red", max_players=2)
    assert (Sized.max_players, red.server.max_players) == (4, 2)
    assert game.join_or_create("blue").room.name == red.room.name
    assert game.join_or_create("green").room.name != red.room.name
    with pytest.raises(CannotConnect, match=r"is full: 2 of 2 that its rules let in \(max_players\)"):
        game.join("grey", red.room.name)


def test_a_room_that_is_full_by_its_class_says_so() -> None:
    game = playtest(Sized, *"abcd", room="sized")
    with pytest.raises(
        CannotConnect, match=r"'sized' is full: 4 of 4 that its rules let in \(max_players\)"
    ) as refused:
        game.join("e", "sized")
    assert "setting:" not in str(refused.value)


@pytest.mark.parametrize("most", [0, 5, -1, 2.0, True, "3", None, [2]])
def test_another_number_than_the_class_allows_is_refused_for_who_wants_it(most: Any) -> None:
    game = playtest(Sized)
    with pytest.raises(CannotConnect, match=r"a room of this kind has 1 to 4 seats \(max_players\), not"):
        game.create("red", max_players=most)
    assert game.failures == []


def test_where_the_class_says_nothing_the_server_does() -> None:
    game = playtest(AnySize)
    with pytest.raises(CannotConnect, match=r"has 1 or more seats \(max_players\), not 0"):
        game.create("red", max_players=0)
    server = game.directory.limits.room_players
    red, blue = game.create("red", max_players=10 * server), game.create("blue")
    rooms = [game.directory.rooms[one.room.name] for one in (red, blue)]
    assert [room.most_players for room in rooms] == [server, server]
    assert (red.server.max_players, blue.server.max_players) == (10 * server, 0)


def test_how_many_is_undone_with_all_else_and_can_be_set_later() -> None:
    game = playtest(Sized, level="full")
    red = game.create("red", max_players=1)
    with pytest.raises(Refused, match="not so"):
        red.size(3, False)
    assert red.server.max_players == 1
    assert red.size(2) == 2
    game.restart()
    assert red.server.max_players == 2
    assert game.join("blue", red.room.name).size(1) == 1, "who is there stays"
    with pytest.raises(CannotConnect, match="2 of 1 that its rules"):
        game.join("green", red.room.name)


def test_a_class_that_lets_in_fewer_from_now_on_counts_for_its_rooms_too() -> None:
    class Smaller(Sized):
        kind = "sized"
        max_players = 2

    game = playtest(Sized, level="full")
    red = game.create("red")
    red.size(3)
    game.restart(Smaller)
    assert game.directory.rooms[red.room.name].most_players == 2
    assert game.join("blue", red.room.name).server.max_players <= 3


def test_classes_keep_apart_how_many_they_let_in() -> None:
    assert (Room.max_players, Sized.max_players, AnySize.max_players, Table.max_players) == (0, 4, 0, 4)
