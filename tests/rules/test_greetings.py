"""What rules say to a player when it joins reaches it once, though its snapshot is the state after its join."""

from __future__ import annotations

from typing import Any

from roomcast.server import Player, Room
from roomcast.testing import Playtest, playtest
from roomcast.testing.playtest import PlaytestPlayer
from tests.rules.houses import RuledHouse


class Cards(Room):
    def on_create(self) -> None:
        self.emit("opened")

    def on_join(self, player: Player) -> None:
        self.emit("hand", f"secret of {player.id}", to=player)
        self.emit("came", player.id)
        self.emit("newcomer", player.id, but=player)


def listen(player: PlaytestPlayer) -> list[tuple[Any, ...]]:
    heard: list[tuple[Any, ...]] = []
    for event in ("opened", "hand", "came", "newcomer"):
        player.room.on(event)(lambda player, *args, _event=event: heard.append((_event, *args)))
    return heard


def came(game: Playtest, name: str) -> list[tuple[Any, ...]]:
    """Let one more player come; what its program is told."""
    player = game.players[name] = PlaytestPlayer(game, name)
    heard = listen(player)
    player.come()
    return heard


def test_a_newcomer_is_told_what_was_said_to_it_and_the_others_are_told_once() -> None:
    game = playtest(Cards)
    ada = came(game, "Ada")
    assert ada == [("opened",), ("hand", "secret of Ada"), ("came", "Ada")]
    alan = came(game, "Alan")
    assert alan == [("hand", "secret of Alan"), ("came", "Alan")]
    assert ada[3:] == [("came", "Alan"), ("newcomer", "Alan")]
    assert not any(b"secret of Alan" in frame for frame in game.Ada.received)


def test_who_comes_back_is_told_once() -> None:
    game = playtest(Cards)
    ada, alan = came(game, "Ada"), came(game, "Alan")
    game.Alan.drop()
    game.Alan.come()
    assert alan == [("hand", "secret of Alan"), ("came", "Alan")]
    game.Alan.drop()
    game.advance(40)  # its seat is given up: it joins anew, and reads of that itself
    game.Alan.come()
    assert alan == [("hand", "secret of Alan"), ("came", "Alan")] * 2
    assert ada.count(("came", "Alan")) == 2


def test_an_old_program_is_told_after_its_id() -> None:
    house = RuledHouse(Cards)
    ada = house.join_by_lines(("Ada",), room="cards")
    house.flush()
    assert ada.hear() == ["myIDis Ada ", "opened", "hand secret of Ada", "came Ada"]


def test_what_was_said_is_kept_until_it_is_read() -> None:
    house = RuledHouse(Cards)
    house.join("Ada", "cards")
    assert house.ruled("cards")._greetings.waiting == set()
