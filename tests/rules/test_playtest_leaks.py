"""`leaks_nothing` finds what a maker's rules send to the wrong player, and nothing else."""

from __future__ import annotations

import pytest

from roomcast.server import Owner, Player, Players, Reject, Room
from roomcast.testing import Playtest, playtest
from roomcast.testing.playtest import Refused


class Seat(Player):
    role: Owner[str]
    cards: Owner[list[str]]
    side: Owner[str] = "both have it"


class Careless(Room):
    players: Players[Seat]

    def on_join(self, player: Seat) -> None:
        player.role = f"spy {player.id}"
        player.cards = ["AS", "KD"] if player.id == "Ada" else ["7C"]

    def on_tell_all(self, player: Seat) -> None:
        self.emit("look", {"he has": [f"an {player.cards[0]}, I think"]})

    def on_ask(self, player: Seat, whom: Seat) -> list[str]:
        return whom.cards

    def on_refuse(self, player: Seat, whom: Seat) -> None:
        raise Reject(f"you are not {whom.role}")

    def on_copy(self, player: Seat) -> None:
        player["shown"] = player.cards

    def on_state(self, player: Seat) -> None:
        self.state[player.cards[0]] = 1

    def on_show(self, player: Seat) -> None:
        self.state["table"] = player.cards
        player.cards = []

    def on_whisper(self, player: Seat) -> None:
        self.emit("psst", player.cards, to=player)

    def on_similar(self, player: Seat) -> None:
        self.emit("look", "BIAS", "KD2", "spy")


@pytest.fixture
def game() -> Playtest:
    return playtest(Careless, "Ada", "Alan")


@pytest.mark.parametrize("command", ["tell_all", "copy", "state"])
def test_what_others_are_sent_while_it_is_another_s_is_found(game: Playtest, command: str) -> None:
    game.leaks_nothing()
    game.Ada.ask(command)
    with pytest.raises(AssertionError, match=r"Alan was sent 'AS', which is for Ada alone: .*turn"):
        game.leaks_nothing()


def test_answers_and_refusals_are_looked_through(game: Playtest) -> None:
    game.Alan.ask("ask", "Ada")
    with pytest.raises(AssertionError, match=r'Alan was sent .* for Ada alone: .*"re"'):
        game.leaks_nothing()
    game = playtest(Careless, "Ada", "Alan")
    with pytest.raises(Refused):
        game.Alan.ask("refuse", "Ada")
    with pytest.raises(AssertionError, match=r"Alan was sent 'spy Ada', which is for Ada alone: .*error"):
        game.leaks_nothing()


def test_who_looks_on_and_who_comes_later_are_looked_at(game: Playtest) -> None:
    game.Ada.ask("state")
    game.Alan.leave()
    game.Alan.received.clear()
    game.spectator()
    with pytest.raises(AssertionError, match=r"a spectator was sent 'AS'"):
        game.leaks_nothing()
    game = playtest(Careless, "Ada")
    game.Ada.ask("copy")
    game.join("Grace")
    with pytest.raises(AssertionError, match=r"Grace was sent 'AS', which is for Ada alone: .*welcome"):
        game.leaks_nothing()


def test_what_is_shown_is_no_leak(game: Playtest) -> None:
    game.spectator()
    for command in ("whisper", "similar", "show"):
        game.Ada.ask(command)
    game.Alan.drop()
    game.Alan.come()
    game.leaks_nothing()


def test_texts_that_one_names_are_looked_for_from_the_beginning(game: Playtest) -> None:
    game.Ada.ask("show")
    game.leaks_nothing({"Alan": ["7C"], "": ["QH"]})
    with pytest.raises(AssertionError, match=r"Ada was sent 'AS', which is for nobody"):
        game.leaks_nothing({"": ["AS"]})
