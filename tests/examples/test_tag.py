"""Tag in two windows: keys steer, the server moves, and who is it is painted so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import RunningServer
from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(15)

RULES = EXAMPLES / "rules"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with ruled_server(RULES / "tag.py") as running:
        yield running


def test_keys_steer_and_the_server_moves(display: str, server: RunningServer) -> None:
    here = {"DISPLAY": display, "ROOMCAST_SERVER": f"127.0.0.1:{server.port}"}
    with Program(RULES / "play_tag.py", "Ada", **here), Program(RULES / "play_tag.py", "Alan", **here):
        ada = Window.titled(display, "^tag: Ada")
        ada.move(10, 10)
        Window.titled(display, "^tag: Alan").move(700, 10)
        room = wait_for(lambda: server.directory.rooms.get("tag"), what="the room is there")
        wait_for(lambda: len(room.state.players) == 2, what="both are there")
        it = str(room.state.shared.decoded()["it"])

        def place(player: str) -> float:
            x: float = room.state.players[player].state.decoded()["x"]
            return x

        before = place("Ada")
        with ada.holding("Right" if before < 320 else "Left"):
            wait_for(lambda: abs(place("Ada") - before) > 20, what="a key moves her")
        wait_for(lambda: seen_red(ada, room.state.players[it].state.decoded()), what="who is it is red")


def seen_red(window: Window, place: dict[str, float]) -> bool:
    return (0xE4, 0x57, 0x2E) in window.colours(int(place["x"]), int(place["y"]), 20)
