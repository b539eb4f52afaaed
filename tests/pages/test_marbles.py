"""Marbles in a page: in one world with programs in Python, on a desktop and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast.core.room.desync import StateChecks
from tests.chromium import DESKTOP, PHONE
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.pages.test_accessibility import AXE, violations
from tests.programs import EXAMPLES
from tests.reliability.marble_player import Player

pytestmark = pytest.mark.takes(10)


@pytest.fixture
def table(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(site=EXAMPLES / "marbles" / "page")


def test_a_click_in_a_page_rolls_the_marble_in_a_program_too(table: RunningServer, open_window: Open) -> None:
    with roomcast.join(table.address("marbles"), name="Ada") as room:
        told: list[Any] = []
        seen = Player(room, tells=False)
        room.on("desync")(lambda seq, players: told.append(seq))
        page = open_window("/?name=Grace", at=table)
        pump_until(lambda: "Grace" in seen.table.marbles, room, what="the page is in the room")
        before = list(seen.table.marbles["Grace"])
        page.page.click("canvas", position={"x": 300, "y": 180})
        pump_until(lambda: seen.table.marbles["Grace"][:2] != before[:2], room, what="its marble rolls")
        for number in range(210):
            room.send("kick", number * 37 % 640, number * 91 % 400)
        pump_until(lambda: not room.unacknowledged and room.seq > 200, room)
        checks = table.directory.rooms["marbles"]._checks
        hashes = pump_until(lambda: _both(checks), room, what="both hashes of entry 200 are there")
        assert len(set(hashes.values())) == 1
        assert not told


def _both(checks: StateChecks) -> dict[str, str] | None:
    place = checks._places.get(200)
    return place.hashes if place is not None and len(place.hashes) == 2 else None


@pytest.mark.skipif(not AXE.exists(), reason="not installed: axe-core; type: make test, on a computer with npm")
@pytest.mark.parametrize("look", [DESKTOP, PHONE | {"color_scheme": "dark"}])
def test_axe_finds_nothing_wrong(table: RunningServer, open_window: Open, look: dict[str, Any]) -> None:
    window = open_window("/?name=Grace", at=table, look=look)
    window.page.wait_for_selector("canvas")
    assert violations(window) == []
