"""Players whom rules send out at moments at which the room is busy with them."""

from __future__ import annotations

import pytest

from roomcast.errors import CannotConnect
from roomcast.server import Player, Room
from roomcast.testing import playtest
from tests.rules.houses import RuledHouse


class Strict(Room):
    def on_reconnect(self, player: Player) -> None:
        self.kick(player, "who leaves stays out")


def test_who_is_sent_out_as_it_comes_back_is_told_and_is_no_player() -> None:
    game = playtest(Strict, "Ada", "Alan")
    game.Ada.drop()
    with pytest.raises(CannotConnect, match="who leaves stays out"):
        game.Ada.come()
    assert not game.Ada.is_connected
    assert [one.id for one in game.Alan.players] == ["Alan"]
    game.join("Ada")  # as anyone


def test_a_room_that_is_empty_then_is_closed() -> None:
    game = playtest(Strict, "Ada")
    game.Ada.drop()
    with pytest.raises(CannotConnect):
        game.Ada.come()
    game.advance(200)
    assert not game.directory.rooms


class Party(Room):
    def on_leave(self, player: Player) -> None:
        for one in self.players:
            self.kick(one, "the party is over")


def test_a_sweep_passes_over_who_was_sent_out_by_it() -> None:
    house = RuledHouse(Party, seat_kept=10.0, resume_window=10.0)
    ada, alan = house.join("Ada", "party"), house.join("Alan", "party")
    ada.gone()
    alan.gone()
    house.wait(30)
    assert "party" not in house.directory.rooms or not house.ruled("party").state.players


class Hour(Room):
    def on_create(self) -> None:
        self.gone: list[str] = []
        self.after(10, self.close)

    def close(self) -> None:
        for one in self.players:
            self.kick(one, "the hour is over")

    def on_go(self, player: Player) -> None:
        self.gone.append(player.id)

    def on_drop(self, player: Player) -> None:
        self.gone.append(player.id)

    on_reconnect = on_drop


@pytest.mark.parametrize("what", ["acts", "is lost", "leaves", "comes back", "is away for too long"])
def test_who_is_sent_out_by_what_is_due_just_before_it_does_something_has_not_done_it(what: str) -> None:
    house = RuledHouse(Hour, seat_kept=0.5, resume_window=60.0)
    ada, alan = house.join("Ada", "hour"), house.join("Alan", "hour")
    if what in ("comes back", "is away for too long"):
        ada.gone()
        house.behaviour("hour").room.gone.clear()
    house.now += 20.0  # nobody has looked at the time since
    match what:
        case "acts":
            ada.do("go")
        case "is lost" | "leaves":
            ada.gone(clean=what == "leaves")
        case "comes back":
            again = house.knock()
            again.hello("hour", "", ada.back)
            house.flush()
            again.hear()
            assert again.connection.ended
        case "is away for too long":
            house.directory.sweep(house.now)
    house.flush()
    alan.hear()
    room = house.ruled("hour")
    assert house.behaviour("hour").room.gone == []
    assert not room.state.players
    assert not room.sessions
    assert house.failed == []
    assert alan.connection.ended
    assert not {"Ada", "Alan"} & room.state_sizes._by_owner.keys()


def test_what_is_due_happens_before_a_patch_of_state_is_judged() -> None:
    house = RuledHouse(Hour)
    ada = house.join("Ada", "hour")
    house.now += 20.0
    ada.set("me", {"x": 1})
    assert not house.ruled("hour").state.players
