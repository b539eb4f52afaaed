"""The game of ships in two windows, over a slow network: what is switched off can be seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import RunningServer
from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(15)

GAME = EXAMPLES / "rules" / "play_ships.py"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with ruled_server(EXAMPLES / "rules" / "ships.py") as running:
        yield running


def test_keys_move_our_ship_and_a_click_shoots_where_the_other_is_seen(display: str, server: RunningServer) -> None:
    slow = {"DISPLAY": display, "ROOMCAST_SERVER": f"127.0.0.1:{server.port}", "ROOMCAST_LAG": "40ms"}
    with Program(GAME, "Ada", **slow), Program(GAME, "Alan", **slow):
        window = Window.titled(display, "^ships: Ada")
        Window.titled(display, "^ships: Alan").move(600, 10)
        window.move(10, 10)
        room = wait_for(lambda: server.directory.rooms.get("ships"), what="the room is there")
        wait_for(lambda: len(room.state.players) == 2, what="both ships are there")

        def state(player: str) -> dict[str, float]:
            return room.state.players[player].state.decoded()

        before = state("Ada")["x"]
        key = "Right" if before < 240 else "Left"
        wait_for(lambda: (window.press(key), state("Ada")["x"] != before)[1], what="a key moves the ship")
        for switch in "spl":
            window.press(switch)

        def hit() -> bool:
            window.click(int(state("Alan")["x"]), int(state("Alan")["y"]))
            return state("Ada")["hits"] > 0

        wait_for(hit, what="a shot hits")
