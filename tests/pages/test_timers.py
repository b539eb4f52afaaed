"""Timers, dice in them and a world, in a page that runs what arrives before each frame, beside a program in Python."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import roomcast
from roomcast.client.canonical import canonical
from tests.chromium import Window
from tests.integration.conftest import RunningServer, often  # noqa: F401  # a fixture
from tests.integration.rooms import pump_until
from tests.integration.world_programs import Clockwork, with_world
from tests.pages.conftest import Open

PAGE = """<!doctype html><html lang="en"><title>Clockwork</title><script type="module" src="game.js"></script>"""
GAME = """
import { join } from "/roomcast.js";

const room = await join("dots", { name: "page", batch: "frame" });
let state = { rolled: {}, ticks: [], exploded: [] };
window.marks = [];
window.loads = 0;
room.timer("tick", () => {
  state.ticks.push(room.time);
  state.rolled.dice = room.random.randint(1, 10 ** 9);
});
room.timer("explode", (player, sound, what) => state.exploded.push([player.id, sound, what]));
room.on("join", (player) => (state.rolled[player.id] = 0));
room.on("start", () => room.every(0.05, "tick"));
room.on("light", (player, seconds) => room.after(seconds, "explode", player, "boom", [1, 2]));
room.on("mark", () => window.marks.push(JSON.stringify(state)));
room.world({
  save: () => state,
  load: (saved) => {
    state = structuredClone(saved);
    window.loads += 1;
  },
});
window.room = room;
window.ticked = () => state.ticks.length;
"""


def test_a_page_keeps_step_and_a_later_one_comes_to_the_same_state(
    start_server: Callable[..., RunningServer],
    open_window: Open,
    often: None,  # noqa: F811
    tmp_path: Path,
) -> None:
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "game.js").write_text(GAME, encoding="utf-8")
    server = start_server(site=tmp_path)
    with roomcast.join(server.address(), name="python") as room:
        program = Clockwork(room)
        marks: list[Any] = []
        room.command("mark")(lambda: marks.append(state_of(program)))
        first = open_window("/", at=server)
        pump_until(lambda: "page" in room.players, room)
        room.send("start")
        first.page.evaluate("room.send('light', 3)")
        pump_until(lambda: ask(first, "ticked()") > 10, room, what="the page ticks")
        with_world(server, room)
        late = open_window("/", at=server)
        pump_until(lambda: ask(late, "window.loads") == 1, room, what="the other page has loaded the world")
        pump_until(lambda: program.exploded, room)
        room.send("mark")
        for window in (first, late):
            pump_until(lambda window=window: marks and ask(window, "marks.length") == 1, room)  # type: ignore[misc]
            assert canonical(json.loads(ask(window, "marks[0]"))) == canonical(marks[0])
        assert len(program.ticks) > 20


def state_of(program: Clockwork) -> Any:
    return json.loads(json.dumps({"rolled": program.rolled, "ticks": program.ticks, "exploded": program.exploded}))


def ask(window: Window, expression: str) -> Any:
    """What it is in the page; 0 where the page is not that far."""
    return window.page.evaluate(f"(() => {{ try {{ return {expression} }} catch {{ return 0 }} }})()")
