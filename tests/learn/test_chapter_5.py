"""Chapter 5, the same game with Roomcast: the page to the letter, and what its table promises."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.learn.follow import Chapter, chapter
from tests.learn.terminals import LEARN
from tests.learn.test_chapter_6 import statements
from tests.learn.windows import alike, area, keep_picture, middle, several, side_by_side
from tests.programs import EXAMPLES, TOP, Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(14)

GAME = LEARN / "5-roomcast" / "dots.py"
DOTS = r"^tk( #[0-9]+)?$"  # as Tk calls windows without a name: tk, tk #2, …


def colour(player: str) -> str:
    names: dict[str, list[str]] = {}
    exec(next(line for line in GAME.read_text().splitlines() if line.startswith("COLOURS")), names)  # noqa: S102
    return names["COLOURS"][sum(player.encode()) % 8]


def test_it_has_fifteen_lines() -> None:
    text = GAME.read_text(encoding="utf-8")
    constants = len([line for line in text.splitlines() if line.startswith(("import ", "STEPS", "COLOURS"))])
    assert constants == 4
    assert statements(text) - constants == 15


def test_the_starter_code_is_as_long_as_the_page_says() -> None:
    page = (TOP / "docs" / "learn" / "5-roomcast.md").read_text(encoding="utf-8")
    client, server = (
        len((EXAMPLES / "starter" / name).read_text(encoding="utf-8").splitlines())
        for name in ("dots_client.py", "server.py")
    )
    assert f"{client} in the client, {server} in the server" in page


@pytest.mark.usefixtures("own_networks")
def test_its_commands_do_what_it_shows(display: str, tmp_path: Path) -> None:
    windows: list[Window] = []

    def two_windows(_: Chapter) -> None:
        windows.extend(several(display, DOTS, 2))
        side_by_side(windows)
        wait_for(lambda: alike(windows), what="both show the two dots in the middle")

    def arrow_keys(_: Chapter) -> None:
        windows[0].press("Right", "Right", "Right", "Right", "Right", "Right", "Up", "Up", "Up")
        for window in windows:
            wait_for(lambda: len(dots(window)) == 2, what="two dots are to be seen")  # noqa: B023
        assert alike(windows)
        keep_picture(windows, tmp_path / "two-windows.png")  # for whoever wants to look

    def old_client(_: Chapter) -> None:
        (old,) = several(display, "^dots: ", 1)
        old.move(10, 460)
        old.press("Down", "Down", "Down", "Down")
        for window in windows:
            wait_for(lambda: len(dots(window)) == 3, what="the old client's dot has moved")  # noqa: B023
        windows[1].press("Left", "Left", "Left", "Left", "Left")
        wait_for(lambda: len(dots(old)) == 3, what="the old client shows our moves")

    def keys_meanwhile(_: Chapter) -> None:
        before = heights(windows[0])
        assert before == [170, 200]
        windows[0].press("Down", "Down", "Down", "Down")
        assert heights(windows[0]) == before

    def back_again(_: Chapter) -> None:
        # The other window may have come back a moment later, and then it was not there for them.
        wait_for(lambda: {210, 240} & set(heights(windows[0])), what="the four steps down were made")

    acts = {
        "two_windows": two_windows,
        "arrow_keys": arrow_keys,
        "old_client": old_client,
        "keys_meanwhile": keys_meanwhile,
        "back_again": back_again,
    }
    with chapter("5-roomcast", tmp_path, acts, DISPLAY=display):
        pass


def dots(window: Window) -> set[str]:
    """The colours of the dots that are to be seen, each of at least half a dot."""
    return {name for name in map(colour, ids()) if area(window, name) > 300}


def heights(window: Window) -> list[int]:
    """How far from the top the dots of the first two players are, to the next step of 10 pixels."""
    return sorted(round(place[1] / 10) * 10 for one in ids()[:2] if (place := middle(window, colour(one))))


def ids() -> list[str]:
    return ["player", "player2", "player3", "player4", "Ada", "Bob"]


@pytest.fixture
def play(display: str, server: RunningServer) -> Iterator[Callable[[], Program]]:
    """play() → one more program with its window."""
    with ExitStack() as stack:
        where = {"ROOMCAST_SERVER": f"127.0.0.1:{server.port}", "DISPLAY": display}
        yield lambda: stack.enter_context(Program(GAME, **where))


def test_a_friend_who_is_killed_vanishes_and_one_who_sleeps_misses_nothing(
    display: str, server: RunningServer, play: Callable[[], Program]
) -> None:
    friend, sleeper = play(), play()
    windows = several(display, DOTS, 2)
    side_by_side(windows)
    with roomcast.join(server.address(), name="Ada") as ada:
        wait_for(lambda: all(area(window, colour("Ada")) for window in windows), what="Ada's dot is to be seen")
        sleeper.signal(signal.SIGSTOP)
        for _ in range(180):
            ada.send("move", 0, -1)
        awake = wait_for(
            lambda: [window for window in windows if window.colours(200, 20, 1) != {(255, 255, 255)}],
            what="the other window shows all 180 moves",
        )
        assert len(awake) == 1
        sleeper.signal(signal.SIGCONT)
        wait_for(lambda: alike(windows), what="who slept has caught up")
        friend.kill()
        left = several(display, DOTS, 1)
        wait_for(lambda: ada.pump(wait=0.1) and len(ada.players) == 2, what="the killed one's seat is free")
        wait_for(lambda: len(dots(left[0])) == 2, what="its dot has vanished")


def test_a_call_that_does_not_fit_is_refused_and_the_game_goes_on(
    display: str, server: RunningServer, play: Callable[[], Program]
) -> None:
    program = play()
    (window,) = several(display, DOTS, 1)
    window.move(10, 10)
    with roomcast.join(server.address(), name="Ada") as ada:
        ada.send("move", "far", "away")
        ada.send("move", "-120", "0")  # as starter clients send numbers
        window.wait_to_see(80, 200, colour("Ada"))
    assert 'move("far","away") does not fit' in " ".join(program.lines)


def test_two_windows_who_move_at_once_agree(display: str, play: Callable[[], Program]) -> None:
    play(), play()
    windows = several(display, DOTS, 2)
    side_by_side(windows)
    for _ in range(5):
        windows[0].press("Right", "Up")
        windows[1].press("Left", "Up")
        windows[0].press("s", "Right")
    wait_for(lambda: all(len(dots(window)) == 2 for window in windows) and alike(windows), what="both show the same")
