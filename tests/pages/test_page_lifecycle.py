"""Pages that come and go, in a real Chromium: reloaded, duplicated, frozen, killed, kept in the back/forward cache."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute

from roomcast import Room
from tests.chromium import ELSEWHERE, PATIENCE, Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)

JOIN = """async ([keep, name]) => {
  const { join } = await import("/roomcast.js");
  globalThis.room = await join("dots", { name, ...(keep ? { keep: sessionStorage } : {}) });
  return room.me.id;
}"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
STEP = """(persisted) => dispatchEvent(new PageTransitionEvent("%s", { persisted }))"""
HOSTS = ["127.0.0.1", ELSEWHERE]  # the latter has no Web Locks: it is no secure context


def players(server: RunningServer, room: str = "dots") -> dict[str, bool]:
    """Who is in the room, and who of them is connected."""

    def look() -> dict[str, bool]:
        there = server.directory.rooms.get(room)
        return {one.id: one.here for one in there.state.players.values()} if there else {}

    return server.ask(look)


def sessions(server: RunningServer) -> set[str]:
    """The secrets of all who are in a room, or may come back."""
    return server.ask(
        lambda: {one.secret for room in server.directory.rooms.values() for one in room.sessions.values()}
    )


def only(server: RunningServer, *ids: str) -> None:
    """Wait until these, and nobody else, are in the room, all connected."""
    wanted = dict.fromkeys(ids, True)
    wait_for(lambda: players(server) == wanted, PATIENCE, f"{ids} are the room's players")


def joined(window: Window, *, keep: bool = True, name: str = "Ada") -> Any:
    return window.page.evaluate(JOIN, [keep, name])


def opened_by(window: Window, path: str = "/dots") -> Page:
    """A page that begins with a copy of the window's storage, as a duplicated tab does."""
    with window.context.expect_page() as opening:
        window.page.evaluate("(path) => void open(path)", path)
    page = opening.value
    page.locator("#inside").wait_for(state="visible")
    return page


def test_a_page_reloaded_twice_is_the_same_player_though_nobody_answered_in_between(
    open_window: Open, server: RunningServer
) -> None:
    ada = open_window("/dots", "Ada")
    ada.wait_inside()
    before = sessions(server)
    asked: list[WebSocketRoute] = []
    answers = False

    def route(socket: WebSocketRoute) -> None:
        asked.append(socket)
        if answers:
            socket.connect_to_server()

    ada.page.route_web_socket(re.compile("."), route)
    for times in 1, 2:
        ada.page.reload()
        wait_for(lambda times=times: len(asked) == times or ada.page.evaluate("0"), PATIENCE, "it tries to join")
    answers = True
    ada.page.reload()
    ada.wait_inside()
    assert sessions(server) == before
    only(server, "Ada")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("frozen", [False, True])
def test_a_tab_that_is_duplicated_from_a_hidden_one_is_a_player_of_its_own(
    open_window: Open, server: RunningServer, host: str, frozen: bool
) -> None:
    ada = open_window("/dots", "Ada", host=host)
    ada.wait_inside()
    ada.page.evaluate(HIDE, True)
    assert ada.page.evaluate("sessionStorage.length") == 1
    with ada.context.expect_page() as opening:
        ada.page.evaluate("void open('about:blank')")  # its storage is copied now
    copy = opening.value
    if frozen:
        devtools = ada.context.new_cdp_session(ada.page)
        devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    copy.goto(f"http://{ada.server}/dots")
    copy.locator("#inside").wait_for(state="visible")
    only(server, "Ada", "Ada2")
    if frozen:
        devtools.send("Page.setWebLifecycleState", {"state": "active"})
    ada.page.evaluate(HIDE, False)
    for page, name in (copy, "Ada2"), (ada.page, "Ada"):
        page.reload()
        page.locator("#inside").wait_for(state="visible")
        only(server, "Ada", "Ada2")
        assert page.evaluate("sessionStorage.length") == 0, name


@pytest.mark.parametrize("host", HOSTS)
def test_a_hidden_page_that_was_killed_comes_back_as_the_same_player(
    open_window: Open, server: RunningServer, host: str
) -> None:
    ada = open_window("/dots", "Ada", host=host)
    ada.wait_inside()
    before = sessions(server)
    ada.page.evaluate("addEventListener('pagehide', (event) => event.stopImmediatePropagation(), true)")
    ada.page.evaluate(HIDE, True)
    ada.page.reload()
    ada.wait_inside()
    only(server, "Ada")
    assert sessions(server) == before


def test_a_page_in_the_back_forward_cache_is_away_and_the_same_player_when_it_is_back(
    open_window: Open, server: RunningServer, enter: Callable[..., Room]
) -> None:
    red, ada = enter("red"), open_window("/")
    assert joined(ada) == "Ada"
    ada.page.evaluate(STEP % "pagehide", True)
    wait_for(lambda: players(server) == {"red": True, "Ada": False}, PATIENCE, "the others see at once that it is away")
    red.send("move", 1, 2)
    pump_until(lambda: red.unacknowledged == 0, red)
    ada.page.evaluate("room.on('move', (_, x, y) => (globalThis.moved = [x, y]))")
    ada.page.evaluate("dispatchEvent(new Event('online'))")
    assert players(server)["Ada"] is False, "it stays so while it is in the cache"
    ada.page.evaluate(STEP % "pageshow", True)
    only(server, "red", "Ada")
    wait_for(lambda: ada.page.evaluate("globalThis.moved") == [1, 2], PATIENCE, "it has what it missed")
    ada.complaints.clear()  # of the connection, which was lost


def test_a_page_that_keeps_nothing_leaves_when_it_goes_and_is_new_when_it_is_back(
    open_window: Open, server: RunningServer, enter: Callable[..., Room]
) -> None:
    enter("red")
    ada = open_window("/")
    joined(ada, keep=False)
    ada.page.evaluate("room.on('lost', (why) => (globalThis.why = why))")
    ada.page.evaluate(STEP % "pagehide", True)
    wait_for(lambda: players(server) == {"red": True}, PATIENCE, "it has left at once")
    ada.page.evaluate(STEP % "pageshow", True)
    only(server, "red", "Ada")
    why = wait_for(lambda: ada.page.evaluate("globalThis.why"), PATIENCE, "it is told")
    assert "is a new player now that it is back" in why
    ada.page.goto(f"http://{ada.server}/watch/dots")
    wait_for(lambda: players(server) == {"red": True}, PATIENCE, "and so it does when it goes for good")
    ada.complaints.clear()  # of the connection, which was lost


def test_another_page_in_the_same_tab_and_back_again_is_one_player(open_window: Open, server: RunningServer) -> None:
    ada = open_window("/dots", "Ada")
    ada.wait_inside()
    before = sessions(server)
    ada.page.goto(f"http://{ada.server}/board/dots")
    ada.wait_inside()
    ada.page.go_back()
    ada.wait_inside()
    only(server, "Ada")
    assert sessions(server) == before


AGAIN = """async (pause) => {
  const { join } = await import("/roomcast.js");
  const options = { name: "Ada", keep: sessionStorage };
  const ids = [];
  if (pause === null) {                         // unmounted before it was welcomed, as StrictMode does
    const first = join("dots", options).then((room) => (ids.push(room.me.id), room.leave()));
    globalThis.room = await join("dots", options);
    await first;
  } else {
    const first = await join("dots", options);
    ids.push(first.me.id);
    first.send("wave", 1);
    const left = first.leave();
    if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
    globalThis.room = await join("dots", options);
    await left;
  }
  return [...ids, room.me.id, room.closed];
}"""


@pytest.mark.parametrize("pause", [None, 0, 10])
def test_left_and_joined_again_within_a_moment_is_one_player(
    open_window: Open, server: RunningServer, enter: Callable[..., Room], pause: int | None
) -> None:
    red, ada = enter("red"), open_window("/")
    seen: list[str] = []
    for event in "join", "leave":
        red.on(event)(lambda player, event=event: seen.append(f"{event} {player.id}"))
    waves: list[int] = []
    red.on("wave")(lambda player, number: waves.append(number))
    pump_until(lambda: seen == ["join red"], red)
    assert ada.page.evaluate(AGAIN, pause) == ["Ada", "Ada", False]
    only(server, "red", "Ada")
    ada.page.evaluate("room.send('wave', 2)")
    pump_until(lambda: 2 in waves, red)
    assert seen == ["join red", "join Ada"]
    assert waves == ([2] if pause is None else [1, 2]), "once, and nothing is lost"
    ada.page.evaluate("room.leave()")
    pump_until(lambda: seen[-1] == "leave Ada", red)


def test_two_rooms_of_one_page_with_one_name_are_two_players(open_window: Open, server: RunningServer) -> None:
    ada = open_window("/")
    assert {joined(ada), joined(ada)} == {"Ada", "Ada2"}
    only(server, "Ada", "Ada2")


@pytest.mark.parametrize("keep", ["true", "sessionStorage"])
def test_where_the_browser_allows_no_storage_a_page_plays_all_the_same(
    open_window: Open, server: RunningServer, keep: str
) -> None:
    ada = open_window("/")
    ada.page.evaluate("""() => {
      for (const name of ["getItem", "setItem", "removeItem"]) {
        Storage.prototype[name] = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
      }
    }""")
    if keep == "true":
        ada.page.evaluate("""() => Object.defineProperty(globalThis, "sessionStorage", {
          get() { throw new DOMException("The operation is insecure.", "SecurityError"); } })""")
    words = f'(await import("/roomcast.js")).join("dots", {{ name: "Ada", keep: {keep} }})'
    assert ada.page.evaluate(f"async () => {{ globalThis.room = await {words}; return room.me.id; }}") == "Ada"
    ada.page.evaluate(HIDE, True)
    only(server, "Ada")


def test_a_full_storage_keeps_the_session_and_never_an_old_moment(open_window: Open, server: RunningServer) -> None:
    ada = open_window("/dots", "Ada")
    ada.wait_inside()
    before = sessions(server)
    ada.page.evaluate("""() => {
      const usual = Storage.prototype.setItem;
      Storage.prototype.setItem = function (key, text) {
        if (!text.includes('"waiting":[]')) throw new DOMException("full", "QuotaExceededError");
        return usual.call(this, key, text);
      };
    }""")
    ada.context.set_offline(True)
    ada.page.keyboard.press("ArrowLeft")
    ada.page.evaluate(HIDE, True)
    kept = json.loads(ada.page.evaluate("sessionStorage.getItem(sessionStorage.key(0))"))
    assert kept["kept"]["waiting"] == []
    ada.context.set_offline(False)
    ada.page.reload()
    ada.wait_inside()
    assert sessions(server) == before
    ada.complaints.clear()  # of connections that could not be made
