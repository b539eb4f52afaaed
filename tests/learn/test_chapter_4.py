"""Chapter 4, followed to the letter: each program breaks as the page says, and the mended one does not."""

import platform
import re
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image, ImageColor

from tests.learn.follow import LEARN, Chapter, chapter
from tests.networks import lan
from tests.waiting import wait_for
from tests.windows import Window, picture

pytestmark = [pytest.mark.takes(30), pytest.mark.usefixtures("own_networks")]

RECVFROM = {"x86_64": "45", "aarch64": "207"}  # the number of this call in Linux
STILL = 0.7  # seconds in which nothing may happen, where the page says that nothing happens


def connected(count: int):
    """So many programs are connected to the server of the chapter."""

    def act(page: Chapter) -> None:
        command = page.computer.words("ss", "-Htn", "state", "established", "sport = :50003")

        def look() -> bool:
            return len(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()) == count

        wait_for(look, what=f"{count} programs are connected")

    return act


def waits_for_news(page: Chapter) -> None:
    """The only program that is connected has read all that came, something at least, and is in recv() for more."""
    command = page.computer.words("ss", "-Htnpi", "state", "established", "dport = :50003")

    def look() -> bool:
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        process = re.search(r"pid=(\d+)", said)
        if process is None or "bytes_received:" not in said or said.split()[0] != "0":
            return False
        call, *_ = Path(f"/proc/{process[1]}/syscall").read_text(encoding="ascii").split()
        return call == RECVFROM[platform.machine()]

    wait_for(look, what="it waits for news")


def nobody_hears_the_second_friend(page: Chapter) -> None:
    page.terminals["Terminal 3"].type("can nobody hear me?")
    time.sleep(STILL)
    assert "can nobody hear me" not in page.terminals["Terminal 4"].text


def the_counter_stands_still(page: Chapter) -> None:
    counter = page.terminals["Terminal 3"]
    seen, since = counter.text, time.monotonic()

    def stands_still() -> bool:
        nonlocal seen, since
        if counter.text != seen:
            seen, since = counter.text, time.monotonic()
        return "letters" in seen and time.monotonic() - since > STILL

    wait_for(stands_still, what="the counter stands still")
    assert "1000 letters" not in seen


def friend_comes(page: Chapter) -> None:
    """So that there is news."""
    page.computer.python("-c", "import socket; socket.create_connection(('localhost', 50003)).recv(10)")


def text_of(window: Window) -> Image.Image:
    """The part of the window in which the news are written."""
    left, top = window.corner
    return picture(window.display).crop((left + 20, top + 5, left + 380, top + 60))


def test_its_commands_do_what_it_shows(tmp_path: Path, display: str) -> None:
    def the_window_is_frozen(page: Chapter) -> None:
        window = Window.titled(display, "^a frozen window$")

        def is_drawn() -> bool:
            if window.colour(30, 100) == ImageColor.getrgb("tomato"):
                return True
            friend_comes(page)  # perhaps it froze before it was drawn: with the news, it goes on for 20 ms
            return False

        wait_for(is_drawn, what="the window is drawn")
        connected(1)(page)
        waits_for_news(page)
        window.press("Right", "Right", "Right", "Right", "Right")
        time.sleep(STILL)
        window.wait_to_see(30, 100, "tomato")

        def moves_with_the_news() -> bool:
            friend_comes(page)  # more than one, if need be: after each, it does what it can within 20 ms
            return window.colour(80, 100) == ImageColor.getrgb("tomato")

        wait_for(moves_with_the_news, what="with the news, the keys are heard")
        page.terminals["Terminal 2"].press(b"\x03")  # it waits again, and so cannot be closed
        window.close()

    def the_window_answers(page: Chapter) -> None:
        window = Window.titled(display, "^a window that answers$")
        window.wait_to_see(30, 100, "tomato")
        window.press("Right", "Right", "Right", "Right", "Right")
        window.wait_to_see(80, 100, "tomato")
        before = text_of(window)
        friend_comes(page)
        wait_for(lambda: text_of(window) != before, what="it shows the news")
        window.close()

    def the_window_shows_no_news(page: Chapter) -> None:
        window = Window.titled(display, "^my game$")
        wait_for(lambda: len(text_of(window).getcolors() or []) > 1, what="the window is drawn")
        before = text_of(window)
        friend_comes(page)
        time.sleep(STILL)
        assert text_of(window) == before
        window.close()
        page.terminals["Terminal 2"].wait_for_prompt()

    def the_window_shows_news(page: Chapter) -> None:
        window = Window.titled(display, "^my game$")
        wait_for(lambda: len(text_of(window).getcolors() or []) > 1, what="the window is drawn")
        before = text_of(window)
        friend_comes(page)
        wait_for(lambda: text_of(window) != before, what="it shows the news")
        window.close()
        page.terminals["Terminal 3"].wait_for_prompt()

    acts = {
        "three_are_connected": connected(3),
        "three_are_connected_again": connected(3),
        "nobody_hears_the_second_friend": nobody_hears_the_second_friend,
        "two_are_connected": connected(2),
        "two_are_connected_again": connected(2),
        "the_counter_stands_still": the_counter_stands_still,
        "the_window_is_frozen": the_window_is_frozen,
        "the_window_answers": the_window_answers,
        "the_window_shows_no_news": the_window_shows_no_news,
        "the_window_shows_news": the_window_shows_news,
    }
    with chapter("4-what-goes-wrong", tmp_path, acts, DISPLAY=display) as followed:
        assert len(followed.terminals) == 4


def test_what_the_doctor_says_of_a_firewall_and_of_no_server() -> None:
    page = (LEARN / "4-what-goes-wrong.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\$ roomcast doctor 10.99.0.1:8112\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(shown) == 2
    with lan("school", "laptop") as (school, laptop):
        refused = laptop.roomcast("doctor", "10.99.0.1:8112", COLUMNS="100").stdout
        school.close_by_default()
        dropped = laptop.roomcast("doctor", "10.99.0.1:8112", COLUMNS="100").stdout
    assert dropped.startswith(shown[0])
    assert refused.startswith(shown[1])
