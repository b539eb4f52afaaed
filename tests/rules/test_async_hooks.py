"""Hooks that wait: the room waits with them, who comes waits for its own, and who goes is gone after it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.errors import CannotConnect
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, PlaytestPlayer, RulesFailed, playtest
from tests.rules.test_async_handlers import asked


class Club(Room):
    """It looks up in a list, for a second, who comes; and writes down who goes."""

    kind = "club"

    def on_create(self) -> None:
        self.done: list[str] = []
        self.state["inside"] = 0

    async def on_join(self, player: Player) -> None:
        self.done.append(f"{player.id} knocks")
        player["card"] = player.id
        await asyncio.sleep(60 if player.name == "slow" else 1)
        if player.name == "Eve":
            raise Reject("you are not on the list")
        if player.name == "bug":
            raise ZeroDivisionError
        self.state["inside"] += 1
        self.done.append(f"{player.id} enters")
        self.emit("welcome", player.name, to=player)

    async def on_leave(self, player: Player) -> None:
        self.state["inside"] -= 1
        self.done.append(f"{player.id} goes")
        await asyncio.sleep(player.get("goes for", 1))
        self.done.append(f"{player.id} is gone with {player['card']}")

    async def on_drop(self, player: Player) -> None:
        await asyncio.sleep(0.5)
        self.done.append(f"{player.id} drops")

    async def on_reconnect(self, player: Player) -> None:
        await asyncio.sleep(0.5)
        self.done.append(f"{player.id} is back")
        if player.get("banned"):
            self.kick(player, "out")

    def on_set_wait(self, player: Player, seconds: float) -> None:
        player["goes for"] = seconds

    def on_ban(self, player: Player, whom: Player) -> None:
        whom["banned"] = True

    def on_throw_out(self, player: Player, whom: str) -> None:
        self.kick(whom, "go")
        self.done.append(f"{whom} is thrown out")

    def on_look(self, player: Player) -> int:
        self.done.append(f"{player.id} looks")
        return int(self.state["inside"])


def coming(game: Playtest, name: str, meet: Meet | None = None) -> None:
    """Somebody who comes, and for whom nobody waits."""
    player = game.players[name] = PlaytestPlayer(game, name, meet=meet)
    game.run_until = lambda done: game.run()  # type: ignore[method-assign]
    with pytest.raises(CannotConnect):
        player.come()
    del game.run_until  # type: ignore[method-assign]


@pytest.fixture
def game() -> Playtest:
    return playtest(Club, "red")


def test_a_join_waits_and_the_player_is_there_after_it(game: Playtest) -> None:
    assert game.red.state["inside"] == 1
    assert game.server.done == ["red knocks", "red enters"]
    heard: list[str] = []
    coming(game, "blue")
    game.blue.room.command("welcome")(lambda player, name: heard.append(name))
    assert list(game.red.room.players) == [game.red.room.me]
    looked = asked(game, "red", "look")
    game.advance(2)
    assert [one.id for one in game.red.players] == ["red", "blue"]
    assert looked.result(0) == 2
    assert game.blue.state["inside"] == 2
    assert heard == ["blue"]


@pytest.mark.parametrize(("name", "why"), [("Eve", "not on the list"), ("slow", "handler-time"), ("bug", "failed")])
def test_a_join_that_is_refused_or_stopped_has_not_happened(game: Playtest, name: str, why: str) -> None:
    with pytest.raises(RulesFailed if name == "bug" else CannotConnect, match="ZeroDivision" if name == "bug" else why):
        game.join(name)
    game.run()
    assert game.red.look() == 1
    assert game.server.done == ["red knocks", "red enters", "red looks"]
    assert [one.id for one in game.server.players] == ["red"]
    game.join("blue")
    assert game.red.look() == 2


def test_many_come_at_once_one_after_the_other(game: Playtest) -> None:
    for name in ("Ada", "Eve", "Alan", "Grace"):
        coming(game, name)
    game.advance(10)
    assert [one.id for one in game.red.players] == ["red", "Ada", "Alan", "Grace"]
    assert [one for one in game.server.done if one.endswith("enters")] == [
        "red enters", "Ada enters", "Alan enters", "Grace enters"
    ]  # fmt: skip


def coming_back(game: Playtest, name: str) -> None:
    """As `coming`, of one that had a seat."""
    game.run_until = lambda done: game.run()  # type: ignore[method-assign]
    with pytest.raises(CannotConnect):
        game.players[name].come()
    del game.run_until  # type: ignore[method-assign]


@pytest.mark.parametrize("end", ["drop", "leave"])
def test_one_that_goes_before_it_is_in_leaves_since_it_cannot_come_back_as_itself(game: Playtest, end: str) -> None:
    coming(game, "blue")
    getattr(PlaytestPlayer, end)(game.blue)
    game.advance(3)
    assert [(one.id, one.here) for one in game.server.players] == [("red", True)]
    assert game.server.done[2:] == ["blue knocks", "blue enters", "blue goes", "blue is gone with blue"]
    coming(game, "Eve")
    game.players["Eve"].drop()
    game.advance(3)
    assert [one.id for one in game.server.players] == ["red"]
    assert game.directory.rooms["club"]._turned_away == {}  # type: ignore[attr-defined]


def test_one_that_had_a_seat_and_goes_before_it_is_in_again_is_away(game: Playtest) -> None:
    game.join("blue").drop()
    game.advance(40)  # its seat is kept no longer
    coming_back(game, "blue")
    game.blue.drop()
    game.advance(3)
    assert [(one.id, one.here) for one in game.server.players] == [("red", True), ("blue", False)]
    game.blue.come()
    assert [(one.id, one.here) for one in game.server.players] == [("red", True), ("blue", True)]


def test_seats_are_not_reserved_for_a_party_of_which_nobody_was_told() -> None:
    class Hall(Club):
        kind = "hall"
        max_players = 4

    game = playtest(Hall, "red")
    seats = game.directory.rooms["hall"].seats.parties
    coming(game, "blue", Meet(party=3))
    assert seats.seats == 2
    game.blue.drop()
    game.advance(3)
    assert seats.seats == 0


def test_who_leaves_is_there_until_its_hook_has_ended(game: Playtest) -> None:
    game.join("blue").leave()
    assert [one.id for one in game.red.players] == ["red", "blue"]
    looked = asked(game, "red", "look")
    game.advance(2)
    assert looked.result(0) == 1
    assert [one.id for one in game.red.players] == ["red"]
    assert game.server.done[-3:] == ["blue goes", "blue is gone with blue", "red looks"]


def test_what_a_stopped_hook_did_of_a_leave_is_passed_over_and_it_has_left(game: Playtest) -> None:
    game.join("blue").set_wait(100.0)
    game.blue.leave()
    game.advance(7)
    assert [one.id for one in game.red.players] == ["red"]
    assert "blue goes" not in game.server.done
    assert game.red.state["inside"] == 2


def test_a_drop_and_a_return_wait(game: Playtest) -> None:
    blue = game.join("blue")
    blue.drop()
    game.advance(1)
    assert not game.red.players["blue"].here
    blue.come()
    assert game.red.players["blue"].here
    assert game.server.done[-2:] == ["blue drops", "blue is back"]
    assert blue.look() == 2


def test_one_may_be_sent_out_as_it_comes_back(game: Playtest) -> None:
    blue = game.join("blue")
    game.red.ban("blue")
    blue.drop()
    game.advance(1)
    with pytest.raises(CannotConnect, match="out"):
        blue.come()
    game.advance(3)
    assert [one.id for one in game.red.players] == ["red"]
    assert game.server.done[-2:] == ["blue goes", "blue is gone with blue"]


def test_on_leave_of_who_is_sent_out_runs_right_after_that_turn(game: Playtest) -> None:
    game.join("blue")
    game.red.throw_out("blue")
    assert [one.id for one in game.red.players] == ["red"]
    game.advance(2)
    assert game.server.done[-3:] == ["blue is thrown out", "blue goes", "blue is gone with blue"]
    assert game.red.state["inside"] == 1


def test_a_room_in_which_everyone_has_left_is_closed(game: Playtest) -> None:
    game.red.leave()
    game.advance(200)
    assert "club" not in game.directory.rooms


def test_a_seat_that_is_given_up_is_free_once_the_hook_has_ended() -> None:
    class Small(Club):
        kind = "club"
        max_players = 2

    game = playtest(Small, "red", "blue")
    game.blue.drop()
    game.advance(40)  # its seat is kept no longer
    assert game.server.done[-1] == "blue is gone with blue"
    game.join("Ada")
    assert [one.id for one in game.red.players] == ["red", "Ada"]
    with pytest.raises(CannotConnect, match="full"):
        game.join("Alan")


# ---------------------------------------------------------------------- rooms that open, kept rooms, reloads


class Library(Room):
    """Its books come from a shelf that takes its time."""

    async def on_create(self, options: dict[str, Any]) -> None:
        self.state["begun"] = True
        await asyncio.sleep(options.get("seconds", 1))
        if "fail" in options:
            raise Reject("there are no books")
        self.state["books"] = [1, 2]

    def on_join(self, player: Player) -> None:
        player["read"] = len(self.state["books"])


def test_a_room_opens_once_on_create_has_ended() -> None:
    game = playtest(Library, "red")
    assert game.red.sees() == {"begun": True, "books": [1, 2]}
    assert game.red.players["red"]["read"] == 2
    assert game.red.room.seq == 1


@pytest.mark.parametrize(("options", "why"), [({"fail": 1}, "no books"), ({"seconds": 60}, "handler-time")])
def test_a_room_whose_on_create_refuses_or_is_stopped_does_not_open(options: dict[str, int], why: str) -> None:
    game = playtest(Library)
    with pytest.raises(CannotConnect, match=why):
        game.join_or_create("red", **options)
    assert not game.directory.rooms
    game.join_or_create("blue")
    assert len(game.directory.rooms) == 1


def test_after_a_crash_those_who_were_here_drop_one_after_the_other() -> None:
    game = playtest(Club, "red", "blue", level="full")
    game.crash()
    game.red.come()
    assert sorted(game.server.done[4:]) == ["blue drops", "red drops", "red is back"]
    game.blue.come()
    assert game.server.done[-1] == "blue is back"
    assert game.red.look() == 2


def test_a_crash_while_one_comes_or_goes() -> None:
    game = playtest(Club, "red", level="full")
    coming(game, "blue")
    game.crash()
    game.red.come()
    game.blue.come()
    assert game.red.look() == 2
    game.blue.leave()
    game.crash()
    game.red.come()
    assert [one.id for one in game.server.players] == ["red"], "it was on its way out, which goes on"
    assert game.server.done.count("blue is gone with blue") == 1
