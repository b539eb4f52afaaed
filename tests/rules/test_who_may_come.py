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
