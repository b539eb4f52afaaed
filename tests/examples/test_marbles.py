"""Marbles: one deterministic world in all windows, also in one that comes late; and the same from the log alone."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.programs import EXAMPLES, Program
from tests.windows import Window

pytestmark = pytest.mark.takes(20)

FOLDER = EXAMPLES / "marbles"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The class of the tables."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield runpy.run_path(str(FOLDER / "table.py"))["Table"]
    sys.modules.pop("table", None)


def test_marbles_stay_on_the_table_and_push_one_another(table: Any) -> None:
    one = table()
    for number in range(12):
        one.put(f"p{number}")
    places = [tuple(marble[:2]) for marble in one.marbles.values()]
    assert len(set(places)) == 12
    for number in range(200):
        one.kick(f"p{number % 12}", number * 37 % 640, number * 91 % 400)
        for _ in range(5):
            one.step()
    assert all(0 < x < 640 and 0 < y < 400 for x, y, _, _ in one.marbles.values())
    assert places != [tuple(marble[:2]) for marble in one.marbles.values()]


def test_a_still_marble_is_pushed_away(table: Any) -> None:
    one = table()
    one.marbles = {"a": [100.0, 100.0, 100.0, 0.0], "b": [140.0, 100.0, 0.0, 0.0]}
    for _ in range(20):
        one.step()
    assert one.marbles["b"][2] > one.marbles["a"][2] == 0.0


def test_it_does_not_matter_in_which_order_the_marbles_came(table: Any) -> None:
    tables = []
    for names in ("abcdef", "fedcba"):
        one = table()
        one.marbles = {name: [100.0 + 20 * "abcdef".index(name), 100.0, 300.0, 50.0] for name in names}
        for number in range(300):
            one.kick("abcdef"[number % 6], number * 37 % 640, number * 91 % 400)
            one.step()
        tables.append(one.marbles)
    assert tables[0] == tables[1]


def watcher(room: roomcast.Room, table: Any) -> Any:
    """The same world without a window."""
    mine, rolling = table(), []
    world = room.world(lambda: {"marbles": mine.marbles, "rolling": rolling})

    @world.load
    def load(saved: Any) -> None:
        mine.marbles = saved["marbles"]
        rolling[:] = saved["rolling"]

    @room.timer
    def step() -> None:
        mine.step()

    @room.on("join")
    def come(player: roomcast.Player) -> None:
        mine.put(player.id)
        if not rolling:
            rolling.append(True)
            room.every(1 / 20, step)

    room.on("leave")(lambda player: mine.marbles.pop(player.id))
    room.command("kick")(lambda player, x, y: mine.kick(player.id, x, y))
    room.check(lambda: {"marbles": mine.marbles, "rolling": rolling})
    return mine


def test_a_click_rolls_a_marble_in_every_window_and_nothing_else_is_sent(
    display: str, server: RunningServer, table: Any
) -> None:
    address = f"127.0.0.1:{server.port}"
    with ExitStack() as stack:
        for place, name in enumerate(("Ada", "Grace")):
            stack.enter_context(Program(FOLDER / "marbles.py", name, DISPLAY=display, ROOMCAST_SERVER=address))
            Window.titled(display, f"^marbles: {name}").move(10 + 660 * place, 10)
        ada = Window.titled(display, "^marbles: Ada")
        room = stack.enter_context(roomcast.join(f"{address}/marbles", name="Watcher"))
        seen = watcher(room, table)
        told: list[Any] = []
        room.on("desync")(lambda seq, players: told.append((seq, players)))
        pump_until(lambda: set(seen.marbles) == {"Ada", "Grace", "Watcher"}, room)
        before = list(seen.marbles["Ada"])
        last = room.seq
        ada.click(300, 200)
        pump_until(lambda: seen.marbles["Ada"][:2] != before[:2], room, what="Ada's marble rolls")
        assert room.seq == last + 1  # one click: all the rest is reckoned
        pump_until(lambda: abs(seen.marbles["Ada"][2]) < 1.0, room, what="it comes to rest")
        for number in range(200):
            room.send("kick", number % 640, number % 400)
        pump_until(lambda: not room.unacknowledged and room.seq >= 200, room)
        assert not told  # at entry 100 and 200, all three had the same
