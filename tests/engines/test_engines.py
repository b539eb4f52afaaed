"""The same in Chromium, Firefox and WebKit: joining, order, a reload, coming back, drawing, the post office."""

import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

import roomcast
from roomcast import Player
from tests.engines.browsers import ENGINES
from tests.engines.engine import Tab, ask
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.waiting import wait_for

pytestmark = [pytest.mark.takes(50), pytest.mark.timeout(180)]

MARGIN = 30.0  # seconds for something to be seen
COMMANDS = 800  # of two who speak at the same time
LEFT = "\ue012"  # the left arrow


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """One for all engines; each test has rooms of its own."""
    running = RunningServer()
    yield running
    running.stop()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, server: RunningServer) -> Iterator[tuple[str, Tab]]:
    """One browser for all tests of an engine, and its name."""
    why_not, opened = ENGINES[request.param]
    if reason := why_not():
        pytest.skip(reason)
    with opened() as tab:
        tab.go(f"http://127.0.0.1:{server.port}/")
        ask(tab, "localStorage['roomcast.name'] = 'Ada';")
        yield request.param, tab


class Visit:
    """The engine's tab on pages of the server, and a room for one test."""

    def __init__(self, engine: tuple[str, Tab], server: RunningServer, test: str) -> None:
        self.name, self.tab = engine
        self.server = server
        self.room = f"{self.name} {test}"

    def go(self, page: str) -> None:
        self.tab.go(f"http://127.0.0.1:{self.server.port}/{page}/{self.room.replace(' ', '%20')}")

    def ask(self, body: str, *args: Any) -> Any:
        return ask(self.tab, body, *args)

    def wait_to_read(self, selector: str, words: str) -> None:
        def look() -> bool:
            return words in str(self.ask("return document.querySelector(args[0])?.textContent", selector))

        wait_for(look, MARGIN, f"{words!r} is to be read at {selector} in {self.name}")

    def players(self) -> dict[str, bool]:
        def look() -> dict[str, bool]:
            room = self.server.directory.rooms.get(self.room)
            return {one.id: one.here for one in room.state.players.values()} if room else {}

        return self.server.ask(look)

    def secrets(self) -> set[str]:
        return self.server.ask(lambda: {one.secret for one in self.server.directory.rooms[self.room].sessions.values()})

    def join(self, name: str) -> roomcast.Room:
        return roomcast.join(self.server.address(self.room), name=name)


@pytest.fixture
def visit(engine: tuple[str, Tab], server: RunningServer, request: pytest.FixtureRequest) -> Visit:
    return Visit(engine, server, request.node.originalname.removeprefix("test_")[:40])


WRITE_DOWN = """
  const { join } = await import("/roomcast.js");
  globalThis.seen = [];
  globalThis.room = await join(args[0], { name: "page" });
  room.on("say", (player, ...words) => seen.push([room.seq, player.id, ...words]));
"""
SAY = """for (const number of args[0]) room.send("say", number, "é🙂 <b>", { half: number / 2 });"""
DIGEST = """
  await room.leave();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(seen))));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
"""


def test_all_run_the_same_commands_in_one_order(visit: Visit) -> None:
    visit.tab.go(f"http://127.0.0.1:{visit.server.port}/")
    visit.ask(WRITE_DOWN, visit.room)
    seen: list[list[object]] = []
    with visit.join("program") as room:

        @room.on("say")
        def say(player: Player, *words: object) -> None:
            seen.append([room.seq, player.id, *words])

        for start in range(0, COMMANDS // 2, 50):
            numbers = list(range(start, start + 50))
            for number in numbers:
                room.send("say", number, "ü", {"half": number})
            visit.ask(SAY, numbers)
            room.pump()
        pump_until(lambda: len(seen) == COMMANDS, room, within=MARGIN)
        wait_for(lambda: visit.ask("return seen.length") == COMMANDS, MARGIN, "the page has run all commands")
    text = json.dumps(seen, ensure_ascii=False, separators=(",", ":")).replace(".0}", "}")
    assert hashlib.sha256(text.encode()).hexdigest() == visit.ask(DIGEST)
    assert sum(before[1] != after[1] for before, after in pairwise(seen)) > 5, "they spoke at the same time"


def test_joining_and_moving_and_a_reload_as_the_same_player(visit: Visit) -> None:
    with visit.join("red") as red:
        visit.go("dots")
        visit.wait_to_read("#people", "red")
        visit.wait_to_read("#status", "connected as Ada")
        visit.tab.press(LEFT)
        pump_until(lambda: "Ada" in red.players and red.players["Ada"].get("at") == [190, 200], red, within=MARGIN)
        before = visit.secrets()
        for _ in range(2):
            visit.tab.reload()
            visit.wait_to_read("#people", "Ada (you)190, 200")
        assert visit.secrets() == before
        wait_for(lambda: visit.players() == {"red": True, "Ada": True}, MARGIN, "they are two")


def test_going_to_another_page_and_back_is_one_player(visit: Visit) -> None:
    visit.go("dots")
    visit.wait_to_read("#status", "connected as Ada")
    before = visit.secrets()
    visit.go("board")
    visit.wait_to_read("#status", "connected as Ada")
    visit.tab.back()
    visit.wait_to_read("h1", "Dots")
    visit.wait_to_read("#people", "Ada (you)")
    wait_for(lambda: visit.players() == {"Ada": True}, MARGIN, "it is one player, who is here")
    assert visit.secrets() == before
    visit.tab.press(LEFT)
    visit.wait_to_read("#people", "190, 200")


def test_a_page_without_keep_leaves_when_another_one_is_opened_and_is_new_when_it_is_back(visit: Visit) -> None:
    lobby = f"http://127.0.0.1:{visit.server.port}/"
    visit.tab.go(lobby)
    visit.ask(WRITE_DOWN, visit.room)
    assert visit.players() == {"page": True}
    visit.tab.go(f"{lobby}watch/nowhere")
    wait_for(lambda: visit.players() == {}, what="it has left at once")
    visit.tab.back()
    wait_for(lambda: visit.ask("return location.pathname") == "/", MARGIN, "it is back")
    if visit.ask("return typeof globalThis.seen === 'object'"):  # out of the browser's cache
        wait_for(lambda: visit.players() == {"page": True}, MARGIN, "it has joined again")


def test_what_is_drawn_is_in_the_room(visit: Visit) -> None:
    with visit.join("red") as red:
        visit.go("board")
        visit.wait_to_read("#status", "connected as Ada")
        x, y, wide = visit.ask(
            "const box = document.getElementById('stage').getBoundingClientRect(); return [box.x, box.y, box.width]"
        )
        visit.tab.drag(*((x + wide * aside, y + wide * down) for aside, down in ((0.2, 0.3), (0.5, 0.4), (0.8, 0.3))))
        visit.wait_to_read("#summary", "1 stroke (1 by you)")
        pump_until(lambda: any(key.startswith("stroke ") for key in red.state), red, within=MARGIN)
        visit.tab.reload()
        visit.wait_to_read("#summary", "1 stroke (1 by you)")


def test_the_post_office_shows_letters_and_their_bytes(visit: Visit) -> None:
    with visit.join("red") as red:
        visit.go("watch")
        visit.wait_to_read("#status", "live")
        red.send("say", "Zoë “says” 漢 🎲")

        def followed() -> bool:
            red.pump()
            return bool(visit.ask("const row = document.querySelector('.entry.followed'); row?.click(); return !!row"))

        wait_for(followed, MARGIN, "the letter is followed")
        visit.wait_to_read("#letter-title", "of red: say(")
        visit.wait_to_read(".bytes .text", '"c":"say","a":["Zoë “says” 漢 🎲"]}')
        visit.wait_to_read("#place", "Now, at № 2")
        visit.ask("document.getElementById('when').focus()")
        visit.tab.press(LEFT)
        visit.wait_to_read("#place", "№ 1 of 2, ")
        visit.wait_to_read("#summary", "1 player was here at № 1.")
