"""The client of docs/how-to/write-a-client.md in a page of one's own: the browser's WebSocket is all that it needs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import roomcast
from tests.chromium import Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.programs import EXAMPLES
from tests.waiting import wait_for

PAGE = "<!doctype html><html lang=en><title>A client</title><script type=module src=page.js></script>"
SCRIPT = """
import { Player } from "./client.mjs";
window.heard = [];
window.player = new Player(`ws://${location.host}/`, "dots", "Ada", (message) => window.heard.push(message));
"""


def test_it_plays_in_a_page(
    start_server: Callable[..., RunningServer], open_window: Callable[..., Window], tmp_path: Path
) -> None:
    shutil.copy(EXAMPLES / "any_language" / "client.mjs", tmp_path)
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "page.js").write_text(SCRIPT, encoding="utf-8")
    server = start_server(site=tmp_path)
    with roomcast.join(server.address(), name="green") as green:
        heard: list[Any] = []
        green.on("step")(lambda player, *args: heard.append([player.id, *args]))
        left: list[str] = []
        green.on("leave")(lambda player: left.append(player.id))
        window = open_window("/", at=server)

        def commands() -> list[Any]:
            messages = json.loads(window.page.evaluate("JSON.stringify(window.heard ?? [])"))
            return [[one["by"], *one["a"]] for one in messages if one["t"] == "do"]

        window.page.wait_for_function("window.heard?.some((message) => message.t === 'welcome')")
        for number in range(5):
            window.page.evaluate(f"player.do('step', [{number}, 'é'])")
            green.send("step", number)
        pump_until(lambda: len(heard) == 10, green)
        wait_for(lambda: commands() == heard, what="the page has heard the same, in one order")
        window.page.evaluate("player.leave()")
        pump_until(lambda: left == ["Ada"], green)
