"""The page /watch/ROOM, in a real browser: letters of real players, and their bytes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from roomcast import Room
from roomcast.transports.frames import text_frame
from tests.chromium import PATIENCE, PHONE
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.pages.test_accessibility import FINGER, LOOKS, violations
from tests.pages.watching import TOKEN, digits, see, watch
from tests.plain_player import PlainPlayer
from tests.programs import TOP
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(40)

TITLES = ["acted", "sent", "received", "sent to all", "received by each", "done"]


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(token=TOKEN)


# ---------------------------------------------------------------------- what is to be seen


def test_letters_of_a_python_player_and_of_a_starter_client(
    open_window: Open, enter: Callable[..., Room], joan: PlainPlayer
) -> None:
    red = enter("red")
    window = watch(open_window)
    see(window, "#summary", "2 players are here", red)
    red.send("move", 5, 0)
    see(window, "#entries", "move(5, 0)", red)
    see(window, "#whose", "of red: move(5, 0)", red)
    joan.say("jump 3")
    see(window, "#entries", 'jump("3")', red)
    see(window, "#whose", f"of {joan.id}", red)
    facts = window.page.locator("#steps .fact").all_text_contents()
    assert facts[1] == "when, a starter client does not say"
    assert facts[4].startswith("red +")
    red.send("move", 9, 9)
    see(window, "#whose", "of red: move(9, 9)", red)
    assert window.page.locator("#steps .fact").nth(5).text_content().endswith(f"{joan.id} cannot say")  # type: ignore[union-attr]
    assert [joan.hear(), joan.hear()] == ["newPlayer red", "move red 5 0"]


@pytest.mark.parametrize("path", ["/watch", "/watch/", "/watch?room=dots", "/watch/dots"])
def test_its_address_names_the_room(open_window: Open, server: RunningServer, path: str) -> None:
    assert watch(open_window, path).page.url == f"http://127.0.0.1:{server.port}/watch/dots"


def test_letters_from_a_page_report_their_steps_too(open_window: Open, enter: Callable[..., Room]) -> None:
    red, blue = enter("red"), open_window("/dots", "blue")
    blue.wait_inside()
    window = watch(open_window)
    see(window, "#summary", "2 players are here", red)
    blue.page.keyboard.press("ArrowRight")
    see(window, "#whose", "of blue: move(", red)
    facts = window.page.locator("#steps .fact").all_text_contents()
    assert facts[1].endswith(" later")
    assert "blue +" in facts[4]
    assert "red +" in facts[5]


def test_it_says_who_comes_and_goes_and_the_stage_has_words(open_window: Open, enter: Callable[..., Room]) -> None:
    window = watch(open_window)
    assert window.text("#empty").startswith("Nobody lives here yet.")
    red = enter("red")
    see(window, "#entries", "comes in", red)
    assert not window.page.locator("#empty").is_visible()
    see(window, "#summary", "1 player is here", red)
    see(window, "#news", "red comes in.", red)
    red.leave()
    window.wait_to_read("#entries", "leaves")
    window.wait_to_read("#summary", "Nobody is here.")
    described = window.page.locator("#town").get_attribute("aria-describedby")
    assert described == "summary"


def test_private_commands_are_sealed_and_open_with_the_token(
    open_window: Open, enter: Callable[..., Room], server: RunningServer
) -> None:
    red, blue = enter("red"), enter("blue")
    window, admin = watch(open_window), watch(open_window, f"/watch/dots#token={TOKEN}")
    see(admin, "#residents", "blue", red, blue)
    red.send("whisper", "the key is under the mat", to="blue")
    see(window, "#entries", "a sealed letter", red, blue)
    assert "under the mat" not in window.page.content()
    see(admin, "#entries", 'whisper("the key is under the mat") to blue', red, blue)


def test_the_list_is_filtered(open_window: Open, enter: Callable[..., Room]) -> None:
    red, blue = enter("red"), enter("blue")
    window = watch(open_window)
    for number in range(3):
        red.send("move", number)
        blue.send("say", f"word {number}")
    red.state["level"] = 2
    see(window, "#entries", "word 2", red, blue)
    see(window, "#entries", "sets the room’s state", red, blue)

    def rows() -> list[str]:
        return window.page.locator(".entry:visible .what").all_inner_texts()

    window.page.fill("#filter-text", "WORD 1")
    wait_for(lambda: rows() == ['say("word 1")'], PATIENCE, "the text is looked for")
    assert window.text("#entries-count") == "1 entry, of 7."
    window.page.fill("#filter-text", "")
    window.page.select_option("#filter-player", label="red")
    window.page.select_option("#filter-command", "move")
    wait_for(lambda: rows() == ["move(2)", "move(1)", "move(0)"], PATIENCE, "the newest is first")
    window.page.select_option("#filter-command", "")
    window.page.select_option("#filter-player", "")
    window.page.select_option("#filter-kind", "set")
    wait_for(lambda: len(rows()) == 1, PATIENCE, "shared state alone")


# ---------------------------------------------------------------------- pause, step, speed


def test_one_step_at_a_time(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red")
    window = watch(open_window, leaps=True)
    window.page.get_by_role("button", name="Pause").click()
    window.page.get_by_role("button", name="Step").click()
    window.wait_to_read("#whose", "There is no letter to step")
    window.wait_to_read("#summary", "1 player is here, the stage is paused, and no letter is on it.")
    red.send("move", 5, 0)
    see(window, "#whose", "of red: move(5, 0)", red)  # it is written at once, and stays at its house
    window.wait_to_read("#summary", "1 player is here, 1 letter waits for Step.")
    for number, title in enumerate(TITLES, 1):
        if number > 1:
            window.page.get_by_role("button", name="Step").click()
        window.wait_to_read("#steps .now b", title)
        assert window.page.locator('#steps [aria-current="step"]').count() == 1
        assert window.page.locator("#steps .over").count() == number - 1
    window.wait_to_read("#news", "Step 6 of 6, done.", leap=4)
    window.page.get_by_role("button", name="Go on").click()
    window.page.get_by_role("button", name="Pause").wait_for()


def test_slow_motion_is_slow_and_says_how_much(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red")
    window = watch(open_window)
    window.page.get_by_role("radio", name="1⁄50").check()
    red.send("move", 5, 0)
    see(window, "#truth", "times as long", red)
    assert "Here it takes 175 seconds" in window.text("#truth")
    assert window.text("#steps .now b") == "acted"


def test_without_motion_a_letter_stands_at_its_stations(open_window: Open, enter: Callable[..., Room]) -> None:
    """Nothing glides: two frames within one step are the same picture."""
    red = enter("red")
    window = watch(open_window, reduced_motion="reduce", leaps=True)
    window.page.get_by_role("radio", name="1⁄50").check()
    red.send("move", 5, 0)
    see(window, ".entry.followed", "move(5, 0)", red)
    stage = window.page.locator("#stage")
    picture: list[bytes] = []

    def stands_still() -> bool:  # a second later than at the last look; a step takes half a minute
        window.page.clock.fast_forward(1000)
        picture.append(stage.screenshot())
        return len(picture) > 1 and picture[-1] == picture[-2]

    wait_for(stands_still, PATIENCE, "the bubble has come and the letter stands")


# ---------------------------------------------------------------------- bytes


def test_the_bytes_of_a_letter_are_exactly_those_that_were_sent(
    open_window: Open, enter: Callable[..., Room], server: RunningServer, joan: PlainPlayer
) -> None:
    red = enter("red")
    window = watch(open_window)
    see(window, "#summary", "2 players are here", red)
    red.send("say", "Zoë “says” 漢 🎲")
    see(window, ".entry.followed", "say(", red)
    window.page.locator(".entry.followed").first.click()
    window.page.locator("#letter").wait_for()
    came = '{"t":"do","n":1,"c":"say","a":["Zoë “says” 漢 🎲"]}'
    room = server.directory.rooms["dots"]
    (went,) = server.ask(lambda: room.log.lines(room.log.last - 1, room.log.last))
    texts = window.page.locator(".bytes .text").all_inner_texts()
    assert texts[:2] == [came, went.decode()]
    assert digits(window, 0) == came.encode().hex()
    assert digits(window, 1) == text_frame(went).hex()
    assert joan.hear() == "newPlayer red"
    assert digits(window, 2) == joan.hear().encode().hex() + "0a"
    named = window.page.locator(".bytes").nth(1).locator(".legend b").all_inner_texts()
    assert named == ["header", *json.loads(went)]
    words = window.text("#letter-inside")
    assert f"{len(came.encode())} bytes from the sender" in words
    assert f"{joan.id}\ta starter client cannot say" in words


def test_a_line_of_a_starter_client_is_shown_as_it_came(
    open_window: Open, enter: Callable[..., Room], joan: PlainPlayer
) -> None:
    red = enter("red")
    window = watch(open_window)
    joan.say("move  5 é")
    see(window, ".entry.followed", "move(", red)
    window.page.locator(".entry.followed").first.click()
    assert window.page.locator(".bytes .text").first.inner_text() == "move  5 é"
    assert digits(window, 0) == "move  5 é".encode().hex()


def test_a_letter_is_chosen_on_the_stage_and_sent_again(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red")
    window = watch(open_window)
    window.page.get_by_role("button", name="Pause").click()
    red.send("move", 5, 0)
    see(window, "#whose", "of red: move(5, 0)", red)
    for _ in range(2):
        window.page.get_by_role("button", name="Step").click()
    window.wait_to_read("#steps .now b", "received")
    stage = window.page.locator("#town").bounding_box()
    assert stage is not None
    middle = {"x": stage["width"] / 2, "y": stage["height"] * 0.66}  # before the post office

    def chosen() -> bool:
        window.page.locator("#town").click(position=middle)  # type: ignore[arg-type]
        return window.page.locator("#letter").is_visible()

    wait_for(chosen, PATIENCE, "the letter can be clicked")
    assert "Letter № 2 of red: move(5, 0)" in window.text("#letter-title")
    window.page.get_by_role("button", name="Send it again, slowly").click()
    window.wait_to_read("#steps .now b", "acted")
    window.page.get_by_role("button", name="Put away").click()
    window.page.locator("#letter").wait_for(state="hidden")


# ---------------------------------------------------------------------- the connection


def test_it_comes_back_by_itself(open_window: Open, enter: Callable[..., Room], server: RunningServer) -> None:
    red = enter("red")
    window = watch(open_window)
    see(window, "#summary", "1 player is here", red)

    def cut() -> None:
        for peer in list(server.directory.peers):
            if peer.session is None:
                peer.connection.abort()

    server.ask(cut)
    red.send("move", 7, 7)
    red.send("move", 8, 8)

    def seen_again() -> bool:
        red.send("jump")
        return "jump()" in window.text("#entries")

    pump_until(seen_again, red, within=PATIENCE)
    window.wait_to_read("#status", "live")


def test_a_server_that_lets_nobody_watch_says_so(start_server: Callable[..., RunningServer], open_window: Open) -> None:
    closed = start_server(room_observers=0)
    window = open_window("/watch/dots", "", at=closed)
    window.wait_to_read("#status", "trying again")


# ---------------------------------------------------------------------- for everyone


@pytest.mark.parametrize(("look", "theme"), LOOKS)
def test_axe_finds_nothing_wrong(
    open_window: Open, enter: Callable[..., Room], joan: PlainPlayer, look: dict[str, Any], theme: str
) -> None:
    if not (TOP / "tests" / "node_modules" / "axe-core" / "axe.min.js").exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    red = enter("red")
    path = f"/watch/dots#token={TOKEN}" if theme == "dark" else "/watch/dots"
    window = watch(open_window, path, look, color_scheme=theme, bypass_csp=True)  # axe is a script from elsewhere
    assert violations(window) == []
    red.send("move", 5, 0)
    see(window, ".entry.followed", "move(5, 0)", red)
    window.page.locator(".entry.followed").first.click()
    window.page.locator("#letter").wait_for()
    assert violations(window) == []
    assert not window.sticks_out()
    if theme == "dark":
        window.page.get_by_role("button", name="Close the room").click()
        assert violations(window) == []


def test_all_can_be_done_with_keys_and_hit_with_a_finger(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red")
    window = watch(open_window, f"/watch/dots#token={TOKEN}", PHONE)
    red.send("move", 5, 0)
    see(window, ".entry.followed", "move(5, 0)", red)
    for one in window.page.locator(
        "button:visible, input:visible:not([type=radio]), .speeds label, nav a, select"
    ).all():
        box = one.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER - 2, one.evaluate("(it) => it.outerHTML")
        assert box["width"] >= FINGER, one.evaluate("(it) => it.outerHTML")
    reached = []
    for _ in range(40):
        window.page.keyboard.press("Tab")
        reached.append(window.page.evaluate("document.activeElement.value + document.activeElement.textContent.trim()"))
    for what in "Skip to the post office", "Pause", "Step", "№ 2", "Send out", "Close the room":
        assert any(what in name for name in reached), f"{what} is not reached by Tab: {reached}"
