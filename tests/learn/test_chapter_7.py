"""Chapter 7, your own game: five changes make a game for one a game for all; two play it after each, with real keys."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

import roomcast
from roomcast import Room
from tests.integration.conftest import RunningServer
from tests.learn.changes import CHANGES, difference
from tests.learn.follow import Chapter, chapter
from tests.learn.terminals import LEARN
from tests.learn.windows import alike, area, keep_picture, middle, several, side_by_side
from tests.programs import Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(16)

GAME = LEARN / "7-your-own-game" / "stars_4.py"
WINDOW = "^Catch the stars"
STEP = 20
START = (200, 200)
Place = tuple[int, int]


def walk(window: Window, start: Place, goal: Place) -> None:
    """Press the keys that lead from one place to another."""
    across, down = ((goal[axis] - start[axis]) // STEP for axis in (0, 1))
    keys = ["Right" if across > 0 else "Left"] * abs(across) + ["Down" if down > 0 else "Up"] * abs(down)
    window.press(*keys or ["Right", "Left"])


def star(window: Window) -> Place | None:
    """Where the star is; its glyph may be drawn a few pixels beside it."""
    found = middle(window, "gold")
    return found and (round(found[0] / STEP) * STEP, round(found[1] / STEP) * STEP)


def catch(catcher: Window, start: Place, *windows: Window) -> Place:
    """Walk to the star, and wait until all show the same next one. Where that was."""
    goal = wait_for(lambda: star(catcher), what="there is a star")
    walk(catcher, start, goal)
    wait_for(lambda: star(catcher) not in (None, goal), what="the star is caught")
    wait_for(lambda: all(star(window) == star(catcher) for window in windows), what="all show the same next star")
    return goal


class Players:
    """What the page's `% test:` lines mean: two windows, and the keys that are pressed in them."""

    def __init__(self, display: str, picture: Path) -> None:
        self._display = display
        self._picture = picture
        self._windows: list[Window] = []

    def acts(self) -> dict[str, Callable[[Chapter], None]]:
        names = ("alone", "change_1", "change_2", "change_3", "change_4", "change_5", "again")
        return {name: getattr(self, name) for name in names}

    def alone(self, _: Chapter) -> None:
        (window,) = several(self._display, WINDOW, 1)
        window.move(10, 10)
        before = wait_for(lambda: star(window), what="there is a star")
        walk(window, START, before)
        wait_for(lambda: star(window) not in (None, before), what="the star is caught")
        window.close()

    def two(self) -> tuple[Window, Window]:
        one, two = several(self._display, WINDOW + ": .*2 here", 2)
        side_by_side([one, two])
        return one, two

    def close(self, *windows: Window) -> None:
        for window in windows:
            window.close()
        wait_for(lambda: not Window.all_titled(self._display, WINDOW), what="all windows are closed")

    def change_1(self, _: Chapter) -> None:
        one, two = self.two()
        one.press("Right", "Right")
        one.wait_to_see(240, 200, "tomato")
        two.wait_to_see(200, 200, "tomato")  # who does not see the other walk
        self.close(one, two)

    def change_2(self, _: Chapter) -> None:
        one, two = self.two()
        one.press("Left", "Left", "Left")
        two.press("Right", "Right", "Right")
        for window in one, two:
            window.wait_to_see(140, 200, "tomato")
            window.wait_to_see(260, 200, "tomato")
        self.close(one, two)

    def change_3(self, _: Chapter) -> None:
        one, two = self.two()
        at = catch(one, START, one, two)
        catch(one, at, one, two)
        wait_for(lambda: alike([one, two]), what="both show the same")
        self.close(one, two)

    def change_4(self, _: Chapter) -> None:
        one, two = self.two()
        catch(one, START, one, two)
        at = catch(two, START, one, two)
        one.close()
        (two,) = several(self._display, WINDOW + ": .*1 here", 1)
        catch(two, at, two)
        self.close(two)

    def change_5(self, _: Chapter) -> None:
        one, two = self._windows = list(self.two())
        walk(one, START, (260, 140))
        walk(two, START, (120, 260))
        wait_for(lambda: alike([one, two]) and area(one, "gold"), what="both show the same")
        keep_picture([one, two], self._picture)  # for whoever wants to look

    def again(self, _: Chapter) -> None:
        one, two = self._windows
        wait_for(lambda: "2 here" in one.title and "2 here" in two.title, within=30, what="both are back")
        wait_for(lambda: alike([one, two]) and area(one, "gold"), what="both show the same star")
        self.close(one, two)


@pytest.mark.parametrize("shown", CHANGES, ids=lambda file: file.name)
def test_the_change_that_a_page_shows_is_the_one_between_its_files(shown: Path) -> None:
    assert shown.read_text(encoding="utf-8") == difference(*CHANGES[shown]), "run python -m tests.learn.changes"


@pytest.mark.usefixtures("own_networks")
def test_its_commands_do_what_it_shows(display: str, tmp_path: Path) -> None:
    players = Players(display, tmp_path / "stars.png")
    with chapter("7-your-own-game", tmp_path, players.acts(), DISPLAY=display):
        pass


def test_the_scores_stay_when_the_host_leaves(display: str, server: RunningServer) -> None:
    with ExitStack() as stack:
        where = {"ROOMCAST_SERVER": f"127.0.0.1:{server.port}", "DISPLAY": display}
        for _ in range(2):
            stack.enter_context(Program(GAME, **where))
        one, two = several(display, WINDOW + ": .*2 here", 2)
        side_by_side([one, two])
        looks = stack.enter_context(roomcast.join(server.address("stars"), name="looks"))
        at = {one: START, two: START}
        for count, catcher in enumerate([one, two, one], start=1):
            at[catcher] = catch_in(looks, catcher, at[catcher], count)
        before = dict(looks.state["scores"])
        host = next(iter(looks.players)).id
        first, second = (one, two) if f": {host}," in one.title else (two, one)
        first.close()
        wait_for(lambda: looks.pump(wait=0.1) and host not in looks.players, what="the host has left")
        catch_in(looks, second, at[second], 4)
        assert all(looks.state["scores"][player] >= score for player, score in before.items())


def catch_in(looks: Room, catcher: Window, start: Place, total: int) -> Place:
    """Catch the star of which the room's state knows; then there are so many points in all."""
    x, y = looks.state["star"]
    walk(catcher, start, (x, y))

    def counted() -> bool:
        looks.pump(wait=0.05)
        return sum(looks.state.get("scores", {}).values()) == total

    wait_for(counted, what=f"{total} points are given")
    return x, y
