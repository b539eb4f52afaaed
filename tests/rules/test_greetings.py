"""What rules say to a player when it joins reaches it once, though its snapshot is the state after its join."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.core.room.greetings import Greetings
from roomcast.errors import CannotConnect
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


# ---------------------------------------------------------------------- over a crash


def told_over_a_crash(level: Level, saves: int, kept: int) -> tuple[list[tuple[Any, ...]], bool]:
    """What a newcomer is told where the server is killed after so many writes of the disk, and it comes back.

    With that, whether it was somebody before. `kept`: of what is not on disk then, the oldest changes that survive.
    """
    game = playtest(Cards, "Ada", level=level)
    save, left = game.machine.disk.save, [saves]

    def save_some() -> bool:
        left[0] -= 1
        game.machine.disk_waits = left[0] <= 0
        return save()

    game.machine.disk.save = save_some  # type: ignore[method-assign,assignment]
    player = game.players["Alan"] = PlaytestPlayer(game, "Alan")
    heard = listen(player)
    with suppress(CannotConnect):
        player.come()
    game.machine.disk.save = save  # type: ignore[method-assign]
    game.machine.disk_waits = False
    was_somebody = player._core.session != ""
    game.crash(min(kept, game.machine.disk.waits))
    player.come()
    return heard, was_somebody


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_a_newcomer_is_told_once_whenever_the_server_is_killed(level: Level) -> None:
    somebody = 0
    for saves in range(1, 8):
        for kept in range(5):
            heard, was_somebody = told_over_a_crash(level, saves, kept)
            times = [what for what, *_ in heard].count("hand")
            assert times == 1 or (level is Level.RELAXED and times == 2), (saves, kept)  # its join was undone
            somebody += was_somebody
    assert somebody, "the server is killed between the welcome and what it is told"


def test_a_greeting_that_is_not_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Greetings, "restore", lambda self, fields: None)
    with pytest.raises(AssertionError):
        test_a_newcomer_is_told_once_whenever_the_server_is_killed(Level.FULL)
