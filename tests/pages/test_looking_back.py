"""The page /watch/ROOM, in a real browser: looking back at what the room still keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from roomcast import Room, join
from tests.chromium import PATIENCE, Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.pages.looking_back import look_back, played, slide
from tests.pages.watching import TOKEN, see, watch
from tests.waiting import wait_for

__all__ = ["played"]  # a fixture

pytestmark = pytest.mark.takes(25)

RED, BLUE = "#e5484d", "#4f8ff7"  # the roofs of players of these names
_HAS_COLOUR = """(canvas, colour) => {
  const part = (at) => parseInt(colour.slice(at, at + 2), 16);
  const wanted = [part(1), part(3), part(5)];
  const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (wanted.every((value, index) => data[at + index] === value)) found += 1;
  }
  return found > 100;
}"""


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(token=TOKEN)


def roofs(window: Window) -> set[str]:
    town = window.page.locator("#town")
    return {colour for colour in (RED, BLUE) if town.evaluate(_HAS_COLOUR, colour)}


def place(window: Window) -> str:
    return window.text("#place")


# ---------------------------------------------------------------------- what is shown


def test_town_players_and_state_stand_as_they_stood(open_window: Open, played: tuple[Room, Room]) -> None:
    red, blue = played
    blue.leave()
    pump_until(lambda: red.seq == 11, red)
    window = watch(open_window)
    window.wait_to_read("#place", "Now, at № 11")
    wait_for(lambda: roofs(window) == {RED}, PATIENCE, "blue is gone")
    look_back(window, 8)
    assert place(window).startswith("№ 8 of 11, ")
    assert place(window).endswith(', blue: sets its own state: {"hat":"green"}')
    window.wait_to_read("#status", "looking back")
    window.wait_to_read("#summary", "2 players were here at № 8.")
    wait_for(lambda: roofs(window) == {RED, BLUE}, PATIENCE, "blue is there again")
    window.wait_to_read("#state", "hat")
    assert window.text("#state") == 'Shared state at № 8\nThe room\nlevel\t1\nblue\nhat\t"green"'
    assert window.page.locator("#state .changed th").all_inner_texts() == ["hat"]
    window.wait_to_read("#entries-title", "Everything that happened up to № 8")
    window.wait_to_read("#entries-count", "8 entries, the newest first.")
    look_back(window, 1)
    window.wait_to_read("#state", "Nothing was set.")
    wait_for(lambda: roofs(window) == {RED}, PATIENCE, "blue has not come")
    window.page.get_by_role("button", name="Live").click()
    window.wait_to_read("#status", "live")
    window.wait_to_read("#summary", "1 player is here")
    assert not window.page.locator("#state").is_visible()
    assert window.text("#entries-title") == "Everything that happens"
    wait_for(lambda: roofs(window) == {RED}, PATIENCE, "the town is that of now")


def test_private_letters_stay_sealed_in_the_past_and_open_with_the_token(
    open_window: Open, played: tuple[Room, Room]
) -> None:
    window, admin = watch(open_window), watch(open_window, f"/watch/dots#token={TOKEN}")
    for one, words in ((window, "a sealed letter: private"), (admin, 'whisper("under the mat") to red')):
        one.wait_to_read("#place", "Now, at № 10")
        look_back(one, 9)
        one.wait_to_read("#place", words)
        one.wait_to_read("#entries", words)
    assert "under the mat" not in window.page.content()


def test_a_letter_that_nobody_saw_travels_to_all_who_were_there(open_window: Open, played: tuple[Room, Room]) -> None:
    window = watch(open_window)
    window.wait_to_read("#place", "Now, at № 10")
    look_back(window, 4)
    window.wait_to_read("#whose", "Letter № 4 of red: move(1)")
    facts = window.page.locator("#steps .fact").all_text_contents()
    assert facts == ["red: move(1)", "not traced", "№ 4", "to 2 houses", "not traced", "not traced"]


def test_the_past_has_the_traces_that_were_seen(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red")
    window = watch(open_window)
    see(window, "#summary", "1 player is here", red)
    red.send("move", 5, 0)
    see(window, "#whose", "of red: move(5, 0)", red)
    red.send("jump")
    see(window, "#place", "Now, at № 3", red)
    look_back(window, 2)
    window.wait_to_read("#whose", "of red: move(5, 0)")
    window.wait_to_read("#steps", "red +")


# ---------------------------------------------------------------------- moving in it


def test_keys_step_and_go_to_both_ends(open_window: Open, played: tuple[Room, Room]) -> None:
    window = watch(open_window)
    window.wait_to_read("#place", "Now, at № 10")
    slider = window.page.locator("#when")
    slider.focus()
    for key, words in (
        ("ArrowLeft", "№ 9 of 10"),
        ("ArrowLeft", "№ 8 of 10"),
        ("ArrowRight", "№ 9 of 10"),
        ("Home", "№ 0 of 10: before anything happened"),
        ("ArrowUp", "№ 1 of 10"),
        ("End", "Now, at № 10"),
    ):
        window.page.keyboard.press(key)
        window.wait_to_read("#place", words)
        assert (slider.get_attribute("aria-valuetext") or "").startswith(words)


def test_the_space_bar_plays_and_stops(open_window: Open, played: tuple[Room, Room]) -> None:
    red, blue = played
    began = red.time
    pump_until(lambda: red.time > began + 1, red, blue)  # so that playing it takes longer than a frame
    red.send("move", 4)
    pump_until(lambda: red.seq == 11, red, blue)
    window = watch(open_window, leaps=True)
    window.wait_to_read("#place", "Now, at № 11")
    window.page.locator("#when").focus()
    window.page.keyboard.press("Home")
    window.wait_to_read("#place", "№ 0 of 11")
    clock = window.page.clock
    clock.pause_at(window.page.evaluate("Date.now()") + 1000)
    window.page.keyboard.press(" ")
    clock.run_for(50)
    assert window.text("#play") == "Stop"
    assert place(window) != "№ 0 of 11: before anything happened"
    window.page.keyboard.press(" ")
    clock.run_for(50)
    assert window.text("#play") == "Play"
    stopped = place(window)
    clock.run_for(500)
    assert place(window) == stopped
    assert window.page.evaluate("scrollY") == 0, "the space bar did not scroll"
    assert window.page.evaluate("document.activeElement.id") == "when"


def test_buttons_step_and_say_where_one_is(open_window: Open, played: tuple[Room, Room]) -> None:
    window = watch(open_window, leaps=True)
    window.wait_to_read("#place", "Now, at № 10")
    back, on = (window.page.get_by_role("button", name=name) for name in ("One back", "One on"))
    back.click()
    window.wait_to_read("#place", "№ 9 of 10")
    back.click()
    window.wait_to_read("#news", "№ 8 of 10", leap=4)
    on.click()
    window.wait_to_read("#place", "№ 9 of 10")
    on.click()
    window.wait_to_read("#status", "live")
    assert window.page.get_by_role("button", name="Live").get_attribute("aria-pressed") == "true"
    assert on.get_attribute("aria-disabled") == "true"


def test_it_plays_to_the_end_and_is_live_again(open_window: Open, played: tuple[Room, Room]) -> None:
    window = watch(open_window, leaps=True)
    window.wait_to_read("#place", "Now, at № 10")
    window.page.get_by_role("radio", name="10×").check()
    window.page.get_by_role("button", name="Play").click()
    window.wait_to_read("#whose", "of red: move(")
    window.wait_to_read("#status", "live", leap=5)
    window.wait_to_read("#play", "Play")


def test_the_room_goes_on_and_the_place_stays(open_window: Open, played: tuple[Room, Room]) -> None:
    red, blue = played
    window = watch(open_window)
    window.wait_to_read("#place", "Now, at № 10")
    look_back(window, 3)
    red.send("move", 99)
    pump_until(lambda: red.seq == 11, red, blue)
    blue.leave()
    see(window, "#place", "№ 3 of 12", red)
    wait_for(lambda: roofs(window) == {RED, BLUE}, PATIENCE, "blue is there, as it was")
    window.wait_to_read("#entries-count", "3 entries")
    look_back(window, 11)
    window.wait_to_read("#place", "red: move(99)")
    slide(window, 12)
    window.wait_to_read("#summary", "1 player is here")


def test_from_an_entry_in_the_list_to_the_town_then(open_window: Open, played: tuple[Room, Room]) -> None:
    red, _ = played
    window = watch(open_window)
    red.send("jump")
    see(window, "#entries", "jump()", red)
    red.send("move", 7)
    see(window, "#entries", "move(7)", red)
    window.page.locator(".entry", has_text="jump()").click()
    window.page.get_by_role("button", name="Show the town then").click()
    window.wait_to_read("#place", "№ 11 of 12")
    assert window.page.evaluate("document.activeElement.id") == "when"
    window.wait_to_read("#entries", "move(0)")
    window.page.locator(".entry", has_text="move(0)").click()
    window.wait_to_read("#letter", "How it went its way is not known")
    window.page.get_by_role("button", name="Show the town then").click()
    window.wait_to_read("#place", "№ 3 of 12")


# ---------------------------------------------------------------------- what is kept


def test_a_log_that_has_forgotten_its_beginning(start_server: Callable[..., RunningServer], open_window: Open) -> None:
    server = start_server(kept_entries=80)
    with join(server.address("dots"), name="red") as red:
        red.state["since"] = "ever"
        for number in range(200):
            red.send("move", number)
            if number % 10 == 9:
                pump_until(lambda: red.unacknowledged == 0, red)
        _looks_at_what_is_kept(watch(open_window, at=server))


def _looks_at_what_is_kept(window: Window) -> None:
    window.wait_to_read("#place", "Now, at № 202")
    slider = window.page.locator("#when")
    first = int(slider.get_attribute("min") or "0")
    assert 202 - 88 <= first < 202
    slider.focus()
    window.page.keyboard.press("Home")
    window.wait_to_read("#place", f"№ {first} of 202: the oldest that is kept")
    window.wait_to_read("#state", '"ever"')
    window.page.keyboard.press("ArrowRight")
    window.wait_to_read("#place", f"№ {first + 1} of 202, ")


def test_where_nobody_was_there_is_nothing_to_look_back_at(open_window: Open, enter: Callable[..., Room]) -> None:
    window = watch(open_window)
    assert window.page.locator("#when").is_disabled()
    assert place(window) == "Nothing is kept of this room yet"
    red = enter("red")
    see(window, "#place", "Now, at № 1", red)
    look_back(window, 0)
    assert window.text("#summary") == "No players were here at № 0."


def test_it_is_there_again_after_a_lost_connection(
    open_window: Open, played: tuple[Room, Room], server: RunningServer
) -> None:
    red, _ = played
    window = watch(open_window)
    window.wait_to_read("#place", "Now, at № 10")
    look_back(window, 5)

    def cut() -> None:
        for peer in list(server.directory.peers):
            if peer.session is None:
                peer.connection.abort()

    server.ask(cut)
    red.send("move", 99)
    see(window, "#place", "№ 5 of 11", red)
    window.wait_to_read("#status", "looking back")
    look_back(window, 10)
    window.wait_to_read("#state", "level\t2")
