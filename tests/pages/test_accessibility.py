"""Pages for everyone: axe-core finds nothing, and what it cannot see is tested by itself."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from roomcast import Room
from tests.chromium import DESKTOP, PATIENCE, PHONE, Window
from tests.pages.conftest import Open
from tests.pages.sight import colour
from tests.programs import TOP
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(20)

AXE = TOP / "tests" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RED = (0xE5, 0x48, 0x4D)  # the colour of a player of this name
FINGER = 44  # pixels: the least that a finger hits

PAGES = ["/", "/dots", "/board"]
LOOKS = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]


def violations(window: Window) -> list[str]:
    """What axe finds wrong, each with where."""
    if not window.page.evaluate("'axe' in window"):
        window.page.evaluate(AXE.read_text("utf-8"))
    # Of what is in order, axe need not say where it is: with hundreds of bytes shown, that takes longer than to look.
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = window.page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture
def company(enter: Callable[..., Room]) -> None:
    """Somebody is in every room, here or away."""
    for room in "dots", "board":
        enter("red", room=room).me["at"] = [100, 300]


@pytest.fixture(autouse=True)
def _needs_axe() -> None:
    if not AXE.exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("look", "theme"), LOOKS)
def test_axe_finds_nothing_wrong(open_window: Open, company: None, path: str, look: dict[str, Any], theme: str) -> None:
    window = open_window(path, "Ada", look, color_scheme=theme, bypass_csp=True)  # axe is a script from elsewhere
    if path == "/":
        window.wait_to_read("#rooms", "red")
    else:
        window.wait_inside()
        window.wait_to_read("#people", "red")
    assert violations(window) == []
    assert not window.sticks_out()


def test_what_sticks_out_on_a_phone_is_seen_by_these_tests(open_window: Open) -> None:
    window = open_window("/", "Ada", PHONE)
    assert not window.sticks_out()
    window.page.evaluate(
        "document.body.append(Object.assign(document.createElement('pre'), {innerText: '-'.repeat(99)}))"
    )
    assert window.sticks_out()


@pytest.mark.parametrize("path", PAGES)
def test_every_button_and_link_is_large_enough_for_a_finger(open_window: Open, company: None, path: str) -> None:
    window = open_window(path, "Ada", PHONE)
    if path == "/":
        window.wait_to_read("#rooms", "red")
    else:
        window.wait_inside()
    small = []
    for one in window.page.locator("button:visible, input:visible, .button:visible, nav a:visible, .brand").all():
        box = one.bounding_box()
        if box is not None and (box["height"] < FINGER or box["width"] < FINGER):
            small.append((one.evaluate("(it) => it.outerHTML"), box["width"], box["height"]))
    assert [one for one in small if "skip" not in one[0]] == []


@pytest.mark.parametrize("path", ["/dots", "/board"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_at_the_door_and_in_dialogs(open_window: Open, path: str, theme: str) -> None:
    window = open_window(path, color_scheme=theme, bypass_csp=True)
    assert violations(window) == []
    window.page.locator("#name").fill("Ada")
    window.page.keyboard.press("Enter")
    window.wait_inside()
    window.page.get_by_role("button", name="Invite").click()
    window.wait_to_read("#address", path)
    assert violations(window) == []
    window.page.keyboard.press("Escape")
    if path == "/board":
        window.page.get_by_role("button", name="Clear", exact=True).click()
        assert violations(window) == []


def test_all_can_be_reached_by_keys(open_window: Open) -> None:
    window = open_window("/board", "Ada")
    window.wait_inside()
    reached = []
    for _ in range(40):
        window.page.keyboard.press("Tab")
        reached.append(
            window.page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent.trim()")
        )
    wanted = "Skip to the room", "Roomcast", "Dots", "Invite", "The board.", "Red", "Broad", "Undo", "Clear"
    for what in *wanted, "Move pictures", "Choose a picture", "Change my name":
        assert any(name.startswith(what) for name in reached), f"{what} is not reached by Tab"


@pytest.mark.parametrize(("motion", "glides"), [("reduce", False), ("no-preference", True)])
def test_dots_glide_unless_people_want_no_motion(
    open_window: Open, enter: Callable[..., Room], motion: str, glides: bool
) -> None:
    red, window = enter("red"), open_window("/dots", "Ada", reduced_motion=motion)
    window.wait_to_read("#people", "red")
    window.page.clock.install()  # from here on, a frame comes when we say so
    window.page.clock.pause_at(time.time() + 10)
    red.send("move", 100, 100)

    def next_frame_without_red_in_the_middle() -> bool:
        window.page.clock.run_for(17)
        return colour(window, 0.5, 0.5) != RED

    wait_for(next_frame_without_red_in_the_middle, PATIENCE, "the dot leaves the middle")
    assert (colour(window, 0.75, 0.75) == RED) is not glides  # in the same frame
