"""The dots in a browser, in one room with windows, starter clients and programs."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest

import roomcast
from roomcast import Player, Room
from tests.asyncio_mover import AsyncioMover
from tests.chromium import PATIENCE, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.programs import EXAMPLES, TOP, Program
from tests.waiting import wait_for
from tests.windows import Window as TkWindow

pytestmark = pytest.mark.takes(12)

OLD_DOTS = TOP / "tests/integration/old_programs/tutorial_dots.py"


def wait_to_see(window: Window, player: str, place: str) -> None:
    """Until the list of dots has that one at that place."""
    line = window.page.locator("#people li", has_text=player)
    wait_for(lambda: line.locator(".place").inner_text() == place, PATIENCE, f"{player} is at {place}")


@pytest.fixture
def run(display: str) -> Iterator[Callable[..., Program]]:
    """run("dots.py", …) → the example, with its window on the display."""
    with ExitStack() as stack:
        yield lambda script, *args: stack.enter_context(Program(EXAMPLES / script, *args, "--log", DISPLAY=display))


def test_browsers_windows_starter_windows_and_programs_see_each_others_moves(
    display: str, server: RunningServer, open_window: Open, run: Callable[..., Program]
) -> None:
    ada = open_window("/dots", "Ada")
    ada.wait_inside()
    graces = run("dots.py", server.address(), "Grace")
    grace = TkWindow.titled(display, r"^dots: Grace \(2 here\)$")
    alans = run("starter/dots_client.py", "127.0.0.1", str(server.starter_port))
    starter = alans.line("").split()[0]  # it is told that Ada is there, …
    assert starter == "Ada"
    bob = AsyncioMover(server.address(), "Bob")
    try:
        me = wait_for(lambda: alans.all_lines("")[2:], what="… and Grace, and who it is itself")[0].split()[0]
        alan = TkWindow.titled(display, rf"^dots: {me} \(4 here\)$")
        ada.wait_to_read("#people", "Bob")
        grace.move(10, 10)
        alan.move(450, 10)

        for key in "ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp":
            ada.page.keyboard.press(key)
        grace.press("Down", "Down", "Left")
        alan.press("Left", "Up", "Up")
        bob.do(lambda: bob.room.send("move", 60, 60))

        for player, place in ("Ada", "230, 190"), ("Grace", "190, 220"), (me, "190, 180"), ("Bob", "260, 260"):
            wait_to_see(ada, player, place)
            for program in graces, alans:
                program.line(f"{player} is at {place.replace(',', '')}")
        wait_for(lambda: len(bob.saw) == 11, what="the asyncio player has seen all moves")
        assert sum(dx for who, dx, _ in bob.saw if who == "Ada") == 30
    finally:
        bob.leave()


def test_dots_that_say_player_moved_and_the_page_see_each_other_move(
    display: str, server: RunningServer, open_window: Open
) -> None:
    """An old program, as it is, and a page: without any setting."""
    ada = open_window("/dots", "Zoe")
    ada.wait_inside()
    ada.page.keyboard.press("ArrowUp")  # before the other one is there
    with Program(OLD_DOTS, str(server.starter_port), DISPLAY=display) as old:
        old.line("Ada is at 200 200")
        window = TkWindow.titled(display, "^dots of Ada$")
        for key in "ArrowRight", "ArrowRight":
            ada.page.keyboard.press(key)
        wait_to_see(ada, "Zoe", "220, 190")
        window.press("Left", "Left", "Down")
        wait_to_see(ada, "Ada", "180, 210")
        old.line("Zoe is at 220 190")
        ada.page.keyboard.press("ArrowDown")
        old.line("Zoe is at 220 200")
        window.press("Up")
        wait_to_see(ada, "Ada", "180, 200")
        wait_to_see(ada, "Zoe", "220, 200")
        assert old.all_lines("Zoe is at ") == ["200 200", "220 190", "220 200"]


def test_what_is_said_to_old_dots_moves_nothing_elsewhere(open_window: Open, enter: Callable[..., Room]) -> None:
    ada, grace, red = open_window("/dots", "Ada"), open_window("/dots", "Grace"), enter("red")
    ada.wait_inside()
    grace.wait_inside()
    heard: list[tuple[str, int, int]] = []

    @red.command("playerMoved")
    def player_moved(player: Player, dx: int, dy: int) -> None:
        heard.append((player.id, dx, dy))

    red.send("playerMoved", 30, 40)
    wait_to_see(ada, "red", "230, 240")
    ada.page.keyboard.press("ArrowLeft")
    for window in ada, grace:
        wait_to_see(window, "Ada", "190, 200")
        wait_to_see(window, "Grace", "200, 200")
    pump_until(lambda: len(heard) == 2, red)
    assert heard == [("red", 30, 40), ("Ada", -10, 0)]


def test_a_finger_on_the_field_and_the_buttons_move_the_dot(open_window: Open, enter: Callable[..., Room]) -> None:
    red, ada = enter("red"), open_window("/dots", "Ada", PHONE)
    places: dict[str, list[int]] = {}

    @red.on("set")
    def moved(player: Player, patch: dict[str, list[int]]) -> None:
        places[player.id] = patch.get("at", [])

    ada.wait_inside()
    stage = ada.page.locator("#stage")
    box = stage.bounding_box()
    assert box is not None
    ada.page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    pump_until(lambda: places.get("Ada") == [300, 100], red)
    ada.page.get_by_role("button", name="Down").tap()
    pump_until(lambda: places["Ada"] == [300, 110], red)
    button = ada.page.get_by_role("button", name="Left")
    button.focus()
    ada.page.keyboard.press("Enter")  # without a pointer
    pump_until(lambda: places["Ada"] == [290, 110], red)


def test_newcomers_see_where_everyone_is(open_window: Open) -> None:
    ada = open_window("/dots", "Ada")
    ada.wait_inside()
    ada.page.keyboard.press("ArrowLeft")
    wait_to_see(ada, "Ada", "190, 200")
    grace = open_window("/dots?room=dots", "Grace")
    wait_to_see(grace, "Ada", "190, 200")
    wait_to_see(grace, "Grace", "200, 200")


def test_those_who_listen_hear_who_came_and_went_and_moved(open_window: Open, enter: Callable[..., Room]) -> None:
    ada = open_window("/dots", "Ada", leaps=True)
    ada.wait_inside()
    red = enter("red")
    ada.wait_to_read("#news", "red is here.", leap=4)
    red.send("move", 50, -20)
    ada.wait_to_read("#news", "red is at 250, 180, above and right of you.", leap=4)
    red.leave()
    ada.wait_to_read("#news", "red has left.", leap=4)


def test_what_strangers_send_moves_no_dot_to_nowhere(open_window: Open, enter: Callable[..., Room]) -> None:
    ada, red = open_window("/dots", "Ada"), enter("red")
    ada.wait_inside()
    for hostile in ["left", "right"], [None, None], [{}, []], ["1e999", 0], []:
        red.send("move", *hostile)
    red.me["at"] = "nowhere"
    red.send("move", 10, "20")
    wait_to_see(ada, "red", "210, 220")


def test_a_reload_comes_back_as_the_same_player(
    open_window: Open, server: RunningServer, enter: Callable[..., Room]
) -> None:
    red, ada = enter("red"), open_window("/dots", "Ada")
    happened: list[str] = []
    for event in "join", "away", "back", "leave":
        red.on(event)(lambda player, event=event: happened.append(f"{player.id} {event}"))
    ada.wait_inside()
    ada.page.keyboard.press("ArrowLeft")
    wait_to_see(ada, "Ada", "190, 200")
    session = server.ask(lambda: sessions(server))
    for _ in range(2):
        ada.page.reload()
        ada.wait_inside()
        ada.wait_to_read("#people", "Ada (you)")
        wait_to_see(ada, "Ada", "190, 200")
    assert server.ask(lambda: sessions(server)) == session
    pump_until(lambda: happened[-1] == "Ada back", red)
    assert "Ada leave" not in happened


def sessions(server: RunningServer) -> set[str]:
    return {session for room in server.directory.rooms.values() for session in room.sessions}


def test_the_other_pages_lead_to_the_same_room_as_the_same_player(open_window: Open, server: RunningServer) -> None:
    ada = open_window("/dots/blue%20room", "Ada")
    ada.wait_inside()
    session = server.ask(lambda: sessions(server))
    ada.page.get_by_role("link", name="Board").click()
    ada.wait_to_read("h1", "Board in blue room")
    ada.wait_inside()
    ada.wait_to_read("#people", "Ada (you)")
    assert server.ask(lambda: sessions(server)) == session


def test_what_is_done_without_a_network_is_done_when_it_is_back(open_window: Open, enter: Callable[..., Room]) -> None:
    red, ada = enter("red"), open_window("/dots", "Ada", leaps=True)
    ada.wait_inside()
    ada.wait_to_read("#status", "connected as Ada")
    ada.context.set_offline(True)
    ada.wait_to_read("#status", "offline")
    for _ in range(3):
        red.send("move", 10, 0)
    pump_until(lambda: red.unacknowledged == 0, red)
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("ArrowDown")
    ada.context.set_offline(False)
    ada.wait_to_read("#status", "entries caught up")
    wait_to_see(ada, "red", "230, 200")
    wait_to_see(ada, "Ada", "200, 220")
    pump_until(lambda: red.players["Ada"].get("at") == [200, 220], red)
    ada.wait_to_read("#status", "connected as Ada", leap=1)
    ada.complaints.clear()  # of connections that could not be made


def test_a_server_that_closes_and_comes_again(open_window: Open, start_server: Callable[..., RunningServer]) -> None:
    server = start_server()
    ada = open_window("/dots", "Ada", at=server, leaps=True)
    ada.wait_inside()
    server.stop()
    ada.wait_to_read("#status", "offline")
    start_server(port=server.port)
    ada.wait_to_read("#status", "connected as Ada", leap=1)
    wait_to_see(ada, "Ada", "200, 200")
    ada.complaints.clear()


WRITE_DOWN = """async (room) => {
  const { join } = await import("/roomcast.js");
  globalThis.seen = [];
  globalThis.room = await join(room, { name: "page" });
  globalThis.room.on("say", (player, ...words) => globalThis.seen.push([globalThis.room.seq, player.id, ...words]));
}"""
SAY = """(numbers) => {
  for (const number of numbers) globalThis.room.send("say", number, "é🙂 <b>", { half: number / 2 });
}"""
DIGEST = """async () => {
  await globalThis.room.leave();
  const text = new TextEncoder().encode(JSON.stringify(globalThis.seen));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}"""


def test_a_page_and_a_program_run_a_thousand_commands_in_one_order(open_window: Open, server: RunningServer) -> None:
    page = open_window("/").page
    page.evaluate(WRITE_DOWN, "order")
    seen: list[list[object]] = []
    with roomcast.join(server.address("order"), name="program") as room:

        @room.on("say")
        def say(player: Player, *words: object) -> None:
            seen.append([room.seq, player.id, *words])

        for start in range(0, 500, 50):
            numbers = list(range(start, start + 50))
            for number in numbers:
                room.send("say", number, "ü", {"half": number})
            page.evaluate(SAY, numbers)
            room.pump()
        pump_until(lambda: len(seen) == 1000, room)
        wait_for(lambda: page.evaluate("globalThis.seen.length") == 1000, PATIENCE, "the page has run all commands")
    text = json.dumps(seen, ensure_ascii=False, separators=(",", ":")).replace(
        ".0}", "}"
    )  # JavaScript writes 1, not 1.0
    assert hashlib.sha256(text.encode()).hexdigest() == page.evaluate(DIGEST)
    assert sum(before[1] != after[1] for before, after in pairwise(seen)) > 10  # they spoke at the same time
