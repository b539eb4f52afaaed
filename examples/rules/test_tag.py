import pytest
from tag import RADIUS, SAFE, WIDTH, Tag

from roomcast import Refused
from roomcast.testing import playtest


def test_who_steers_is_moved_and_stops_at_the_wall() -> None:
    game = playtest(Tag, "Ada", "Alan")
    before = game.Alan.players["Ada"]["x"]
    game.Ada.steer(1, 0)
    game.advance(0.5)
    assert game.Alan.players["Ada"]["x"] > before or before > WIDTH - 2 * RADIUS
    game.advance(5)
    assert game.Alan.players["Ada"]["x"] >= WIDTH - 4 * RADIUS
    game.Ada.steer(0, 0)
    game.advance(5)
    entries = len(game.Alan.received)
    game.advance(5)
    assert len(game.Alan.received) == entries, "where nobody moves, nothing is sent"


def test_nobody_steers_more_than_one() -> None:
    game = playtest(Tag, "Ada")
    with pytest.raises(Refused, match="-1, 0 or 1"):
        game.Ada.steer(50, 0)


def test_who_is_touched_is_it_and_safe_for_a_moment() -> None:
    game = playtest(Tag, "Ada", "Alan", seed=3)
    heard: list[str] = []
    game.Ada.room.command("tagged")(lambda player: heard.append(player.id))
    assert game.Ada.state["it"] == "Ada"
    for _ in range(200):  # she runs after him, who stands still
        ada, alan = game.Ada.players["Ada"], game.Ada.players["Alan"]
        game.Ada.steer(*((alan[key] > ada[key] + 5) - (alan[key] < ada[key] - 5) for key in "xy"))
        game.advance(0.1)
        if game.Ada.state["it"] == "Alan":
            break
    assert heard == ["Alan"]
    assert game.Ada.state["safe"]
    assert game.Alan.players["Alan"]["tagged"] == 1
    game.Ada.steer(0, 0)
    game.advance(SAFE + 0.1)
    assert not game.Ada.state["safe"]


def test_where_it_leaves_somebody_else_is_it() -> None:
    game = playtest(Tag, "Ada", "Alan")
    game.Ada.leave()
    assert game.Alan.state["it"] == "Alan"
    game.Alan.leave()
    assert game.server.state["it"] is None
