"""Each kind of project, made and played: its own test, and two players who see each other's keys."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from roomcast.scaffold.new_project import new_project
from roomcast.scaffold.project_kinds import KINDS
from tests import chromium
from tests.drawing.terminal import Terminal
from tests.integration.conftest import RunningServer
from tests.programs import Program
from tests.rules.kinds import ruled_kinds
from tests.waiting import wait_for
from tests.windows import Window, middle_of, picture

pytestmark = pytest.mark.takes(40)

FIRST, SECOND = "#2e86ab", "#f3a712"  # the colours of the first and the second who come
OPENS_WITHIN = 40.0  # seconds: OpenGL in software, on a busy machine


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Path]:
    """make("pygame") → the folder of a new project of that kind."""
    return lambda kind: new_project("star-hunt", kind, tmp_path)


@pytest.mark.parametrize("kind", ["tkinter", "server", "starter"])
def test_its_own_test_passes_in_it(kind: str, make: Callable[[str], Path]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--simulation-seeds", "5"],
        cwd=make(kind),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_all_others_have_the_same_test_and_what_it_tests(make: Callable[[str], Path]) -> None:
    shared = {kind: chosen.shared for kind, chosen in KINDS.items() if kind not in ("server", "starter")}
    assert all(files == KINDS["tkinter"].shared for files in shared.values())


@pytest.mark.parametrize("kind", ["tkinter", "pygame", "cmu", "arcade", "turtle"])
def test_keys_in_one_window_move_the_dot_in_the_other(
    kind: str, make: Callable[[str], Path], display: str, server: RunningServer, tmp_path: Path
) -> None:
    game = make(kind) / "game.py"
    # Typed: CMU Graphics reads commands from the terminal, and ends with it. There is no sound card here.
    settings = {"DISPLAY": display, "ROOMCAST_SERVER": f"127.0.0.1:{server.port}", "SDL_AUDIODRIVER": "dummy"}
    with Program(game, "ada", typed=True, **settings) as adas:
        ada = opened(display, [], adas, 10)
        middle(ada, FIRST)
        with Program(game, "grace", typed=True, **settings) as graces:
            grace = opened(display, [ada], graces, 520)
            middle(grace, SECOND)
            (x, _), (_, y) = middle(grace, FIRST), middle(ada, SECOND)
            press_until(ada, "Right", lambda: middle(grace, FIRST)[0] >= x + 30)
            press_until(grace, "Down", lambda: middle(ada, SECOND)[1] >= y + 30)
            before = news(grace)
            press_until(ada, "space", lambda: news(grace) != before)
            picture(display).save(tmp_path / f"{kind}.png")  # for whoever wants to look
            grace.close()
            assert graces.wait() == 0
            wait_for(lambda: middle_of(SECOND, seen_in(ada)) is None, what="who closes the window has left")
    assert [line for one in (adas, graces) for line in one.lines if "Error" in line or "Traceback" in line] == []


def test_the_plain_sockets_play_alone_and_with_roomcast(
    make: Callable[[str], Path], display: str, server: RunningServer
) -> None:
    folder = make("starter")
    with Program(folder / "server.py", "0") as own:
        port = own.line("Listening on port ")
        for host_port in (port, str(server.starter_port)):
            with Program(folder / "client.py", "127.0.0.1", host_port, DISPLAY=display) as one:
                left = opened(display, [], one, 10)
                with Program(folder / "client.py", "127.0.0.1", host_port, DISPLAY=display) as two:
                    right = opened(display, [left], two, 520)
                    wait_for(lambda: left.colours(200, 200, 20) == right.colours(200, 200, 20), what="the same dots")  # noqa: B023
                    before = seen_in(right).tobytes()
                    press_until(left, "Right", lambda: seen_in(right).tobytes() != before)  # noqa: B023
                    left.close()
                    assert one.wait() == 0
            assert [line for program in (one, two) for line in program.lines] == []


def test_keys_in_one_terminal_move_the_dot_in_the_other(make: Callable[[str], Path], server: RunningServer) -> None:
    game, address = make("textual") / "game.py", f"127.0.0.1:{server.port}"
    with (
        Terminal(game, "ada", ROOMCAST_SERVER=address) as ada,
        Terminal(game, "grace", ROOMCAST_SERVER=address) as grace,
    ):
        for terminal in (ada, grace):
            terminal.shows("●ada", "●grace")
        before = column_of(grace, "●ada")
        ada.press("\x1b[C\x1b[C\x1b[C")  # the right arrow key
        wait_for(lambda: column_of(grace, "●ada") == before + 3, what="ada moves in grace's terminal")
        ada.press(" ")
        grace.shows("ada waves")
        assert grace.colour_of("●ada") == ada.colour_of("●ada") != grace.colour_of("●grace")
        ada.press("q")
        assert ada.wait() == 0
        wait_for(lambda: "●ada" not in grace.text, what="who ends it has left")


def test_keys_on_one_page_move_the_dot_on_the_other_and_a_bot_plays_along(
    make: Callable[[str], Path], start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    if reason := chromium.why_not():
        pytest.skip(reason)
    folder = make("web")
    server = start_server(site=folder)
    address = f"127.0.0.1:{server.port}"
    with chromium.started() as browser:
        ada = chromium.Window(browser, address, "/?name=ada")
        grace = chromium.Window(browser, address, "/?name=grace", look=chromium.PHONE)

        def place(window: chromium.Window, name: str) -> tuple[str, str]:
            return tuple(window.page.locator(f'[title="{name}"]').evaluate("dot => [dot.style.left, dot.style.top]"))

        before = place(grace, "ada")
        ada.page.keyboard.press("ArrowRight")
        wait_for(lambda: place(grace, "ada") != before, what="ada moves on grace's page")
        grace.page.locator("#field").tap(position={"x": 100, "y": 60})
        wait_for(lambda: place(ada, "grace") == place(grace, "grace"), what="grace goes to where she tapped")
        assert place(ada, "grace") != place(ada, "ada")
        with Program(folder / "bot.py", ROOMCAST_SERVER=address) as bot:
            for window in (ada, grace):
                window.page.locator('[title="bot"]').wait_for()
                window.wait_to_read("#news", "bot waves")
            ada.page.locator("#wave").click()
            grace.wait_to_read("#news", "ada waves")
            grace.page.screenshot(path=tmp_path / "web.png")  # for whoever wants to look
            bot.signal(signal.SIGINT)  # Ctrl-C
            bot.wait()
        ada.page.locator('[title="bot"]').wait_for(state="detached")
        grace.close()
        ada.close()


def opened(display: str, others: list[Window], program: Program, left: int) -> Window:
    """Wait until a program has opened its window, and put that where it covers no other."""

    def look() -> list[Window]:
        return [one for one in Window.all(display) if one not in others and min(one.middle) > 100]

    try:
        window = wait_for(look, OPENS_WITHIN, "a window opens")[0]
    except AssertionError as failure:
        failure.add_note("\n".join(program.lines))
        raise
    window.move(left, 10)
    return window


def press_until(window: Window, key: str, seen: Callable[[], object]) -> None:
    """Press a key again and again until something is seen."""

    def press_and_look() -> object:
        window.press(key)
        return seen()

    wait_for(press_and_look, what=f"{key} is seen in the other window")


def seen_in(window: Window) -> Image.Image:
    return picture(window.display).crop(window.frame)


def middle(window: Window, colour: str) -> tuple[int, int]:
    """Wait until something of that colour is to be seen; where."""
    return wait_for(lambda: middle_of(colour, seen_in(window)), OPENS_WITHIN, f"{colour} is to be seen") or (0, 0)


def news(window: Window) -> bytes:
    """What is to be seen at the window's lower edge."""
    seen = seen_in(window)
    return seen.crop((0, seen.height - 40, seen.width, seen.height)).tobytes()


def column_of(terminal: Terminal, word: str) -> int:
    return next((line.index(word) for line in terminal.text.splitlines() if word in line), -1)


def test_the_rules_of_a_room_decide_for_two_pages_and_a_bot(
    make: Callable[[str], Path], start_server: Callable[..., RunningServer]
) -> None:
    if reason := chromium.why_not():
        pytest.skip(reason)
    folder = make("server")
    kinds = ruled_kinds(folder / "rules.py")
    server = start_server(site=folder / "pages", kinds=kinds)
    address = f"127.0.0.1:{server.port}"
    with chromium.started() as browser:
        ada = chromium.Window(browser, address, "/?name=ada")
        grace = chromium.Window(browser, address, "/?name=grace", look=chromium.PHONE)
        mine = grace.page.locator('[title="ada"]')
        before = mine.evaluate("dot => dot.style.left")
        ada.page.keyboard.press("ArrowRight")
        wait_for(lambda: mine.evaluate("dot => dot.style.left") != before, what="ada moves on grace's page")
        grace.page.locator("#field").tap(position={"x": 5, "y": 5})
        grace.page.locator('[title="grace"]').wait_for()
        with Program(folder / "bot.py", ROOMCAST_SERVER=address) as bot:
            assert bot.line("bot has found the coin: 1", 60) == ""
            ada.wait_to_read("#scores", "bot: 1")
            ada.wait_to_read("#news", "bot has found the coin")
        for _ in range(60):
            ada.page.keyboard.press("ArrowUp")
        ada.wait_to_read("#news", "there is a wall")
