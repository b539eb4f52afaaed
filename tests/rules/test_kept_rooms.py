"""A room with rules goes on after a restart as if nothing had happened."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from roomcast.core.protocol.messages import Bye, Turn
from roomcast.core.room import deciding_room
from roomcast.core.room.commit_log import Level
from roomcast.core.server.failures import Failures
from roomcast.errors import CannotConnect
from roomcast.server import Player, Reject, Room, State
from roomcast.testing import playtest
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import Program
from tests.rules.houses import RuledHouse
from tests.rules.kept_games import Game, kept


def test_secrets_and_the_order_of_keys_go_on() -> None:
    game = kept()
    for player in (game.Ada, game.Alan, game.Ada):
        player.draw()
    deck, turns = list(game.server.deck), list(game.server.turns.items())
    assert turns == [("a", 3), ("z", 3)], "each draw puts the first one last"
    game.restart()
    assert game.server.deck == deck
    assert list(game.server.turns.items()) == turns
    assert game.Ada.draw()[0] == deck[-1]
    assert game.Alan.players["Ada"]["cards"] == 3


def test_the_dice_are_those_of_the_room_and_not_of_the_new_server() -> None:
    game = kept()
    secret = game.directory.rooms["game"].behaviour.save()["dice"]  # type: ignore[attr-defined]
    game.restart()
    assert game.directory.rooms["game"].behaviour.save()["dice"] == secret  # type: ignore[attr-defined]


def test_timers_run_on_and_those_that_were_due_meanwhile_run_when_it_opens() -> None:
    game = kept()
    game.Ada.bomb(5)
    game.restart()
    game.advance(6)
    assert game.Alan.state["log"] == ["boom, Ada"]
    game.Ada.bomb(3)
    game.run()
    game.crash()
    game.now += 30
    game.Ada.come()
    game.advance(1)
    assert game.Ada.state["log"] == ["boom, Ada"] * 2
    assert game.Ada.state["rain"] >= 3
    assert len(game.server.timers) == 1


def test_a_room_that_is_locked_is_locked_after_a_restart() -> None:
    game = kept()
    game.Ada.lock()
    game.restart()
    with pytest.raises(CannotConnect, match="lets nobody in"):
        game.join("Eve")


def test_those_who_were_connected_were_dropped() -> None:
    game = kept(Game, "Ada")
    game.restart()
    assert game.Ada.state["dropped"] == "Ada"
    assert game.server.players["Ada"].here


def test_a_room_opens_from_which_somebody_without_state_has_left() -> None:
    class Empty(Room):
        pass

    game = playtest(Empty, "Ada", "Alan", level=Level.FULL)
    game.Ada.leave()
    game.restart()
    assert list(game.Alan.players["Alan"]) == []
    assert [one.id for one in game.Alan.players] == ["Alan"]


def test_who_was_sent_out_stays_out() -> None:
    class Bouncer(Room):
        kind = "game"

        def on_out(self, player: Player, whom: str) -> None:
            self.kick(whom, "enough")

    for kept_changes in range(4):
        game = playtest(Bouncer, "Ada", "Alan", level="full")
        session = game.Alan._core.session
        game.machine.disk_waits = True
        game.Ada.room.send("out", "Alan")
        game.run()
        game.machine.disk_waits = False
        game.crash(kept_changes)
        game.Ada.come()
        room = game.directory.rooms["game"]
        assert ("Alan" in room.state.players) == (room.seats.find(session) is not None), kept_changes


def test_a_room_that_nobody_came_into_is_made_anew() -> None:
    class Closed(Room):
        kind = "game"
        open: ClassVar[list[bool]] = [False]

        def on_create(self) -> None:
            self.made = True

        def on_join(self, player: Player) -> None:
            if not self.open[0]:
                raise Reject("not yet")

    game = playtest(Closed, level="full")
    with pytest.raises(CannotConnect, match="not yet"):
        game.join("Ada")
    game.run()
    game.crash()
    Closed.open[0] = True
    game.join("Ada")
    assert game.server.made is True


def test_what_only_changed_a_secret_is_kept() -> None:
    class Vault(Room):
        kind = "game"

        def on_create(self) -> None:
            self.opened = 0
            self.every(5, self.open)

        def open(self) -> None:
            self.opened += 1

    game = playtest(Vault, "Ada", level="full")
    game.advance(21)
    before = game.server.opened
    assert before == 4
    game.restart()
    assert game.server.opened == before


def test_a_room_that_cannot_go_on_opens_again_from_what_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[str] = []
    store = MemoryStore(Level.FULL)
    house = RuledHouse(Game, store=store, failures=Failures(lambda what, error: failed.append(what)))
    ada = house.join("Ada", "game")
    ada.do("draw")
    house.flush()
    ada.hear()
    deck = list(house.behaviour("game").room.deck)
    with monkeypatch.context() as patch:
        patch.setattr(deciding_room, "make_turn", lambda *_: 1 / 0)
        ada.do("draw")
        house.flush()
    assert [one.code for one in ada.hear() if isinstance(one, Bye)] == ["room-broken"]
    assert len(failed) == 1
    program = back(house, ada, "game")
    assert house.behaviour("game").room.deck == deck
    assert program.state.players["Ada"].state.decoded() == {"cards": 1}
    program.n = 1  # the other one is not in the log
    program.do("draw")
    house.flush()
    program.hear()
    assert house.behaviour("game").room.deck == deck[:-1]


def test_a_room_opens_in_which_a_view_shows_nothing() -> None:
    class Dark(Room):
        def on_light(self, player: Player, on: bool) -> None:
            player["light"] = on

        def audience(self, player: Player) -> str:
            return "in the light" if player.get("light") else "in the dark"

        def view_player(self, player: Player, key: str | None) -> Player | dict[str, Any]:
            return player if key == "in the light" else {}

        def view(self, state: State, key: str | None) -> dict[str, int]:
            return {"lamps": 3} if key == "in the light" else {}

    game = playtest(Dark, "Ada", "Alan", level="full")
    for _ in range(2):
        game.restart()
        assert game.Alan.sees("Ada") == game.Ada.sees() == {}
        game.Ada.light(True)
        game.restart()
        assert game.Ada.sees() == {"lamps": 3}
        assert game.Ada.sees("Ada") == {"light": True}
        assert game.Alan.sees() == game.Alan.sees("Ada") == {}
        game.Ada.light(False)


class Post(Room):
    def on_tell(self, player: Player, whom: str, text: str) -> None:
        self.emit("told", text, to=whom)


def test_what_was_private_before_a_seat_was_given_up_is_read_after_a_crash() -> None:
    house = RuledHouse(Post, store=MemoryStore(Level.FULL))
    ada, alan = house.join("Ada", "post"), house.join("Alan", "post")
    alan.gone()
    ada.do("tell", "Alan", "psst")
    house.wait(40)  # its seat is given up
    assert "Alan" not in house.ruled("post").state.players
    back(house, alan)  # it is in the room again, and has read nothing
    house.crash()
    program = back(house, alan)
    told = [one.x.e for one in program.hear() if isinstance(one, Turn) and one.x.e]
    assert [bytes(event.a) for events in told for event in events] == [b'["psst"]']


def back(house: RuledHouse, before: Program, room: str = "post") -> Program:
    program = house.knock()
    program.seq, program.state, program.n, program.welcome = before.seq, before.state, before.n, before.welcome
    program.hello(room, "", before.back)
    house.flush()
    return program
