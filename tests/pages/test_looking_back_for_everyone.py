"""Looking back in the page /watch/ROOM, for everyone: on phones, in the dark, without motion, with a screen reader."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast import Room
from tests.chromium import PATIENCE, PHONE
from tests.pages.conftest import Open
from tests.pages.looking_back import look_back, played
from tests.pages.test_accessibility import LOOKS, violations
from tests.pages.watching import watch
from tests.programs import TOP
from tests.waiting import wait_for

__all__ = ["played"]  # a fixture

pytestmark = pytest.mark.takes(12)


@pytest.mark.parametrize(("look", "theme"), LOOKS)
def test_axe_finds_nothing_wrong(
    open_window: Open, played: tuple[Room, Room], look: dict[str, Any], theme: str
) -> None:
    if not (TOP / "tests" / "node_modules" / "axe-core" / "axe.min.js").exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    window = watch(open_window, "/watch/dots", look, color_scheme=theme, bypass_csp=True)
    window.wait_to_read("#place", "Now, at № 10")
    look_back(window, 8)
    window.wait_to_read("#state", "hat")
    assert violations(window) == []
    assert not window.sticks_out()


def test_a_finger_drags_the_slider(open_window: Open, played: tuple[Room, Room]) -> None:
    window = watch(open_window, "/watch/dots", PHONE)
    window.wait_to_read("#place", "Now, at № 10")
    slider = window.page.locator("#when")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    window.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    window.wait_to_read("#place", "№ 5 of 10")


def test_without_motion_nothing_glides_while_one_looks_back(open_window: Open, played: tuple[Room, Room]) -> None:
    """Two frames within one step are the same picture."""
    window = watch(open_window, reduced_motion="reduce", leaps=True)
    window.wait_to_read("#place", "Now, at № 10")
    window.page.get_by_role("radio", name="1⁄50").check()
    look_back(window, 4)
    window.wait_to_read("#whose", "Letter № 4 of red")
    stage = window.page.locator("#stage")
    picture: list[bytes] = []

    def stands_still() -> bool:
        window.page.clock.fast_forward(1000)
        picture.append(stage.screenshot())
        return len(picture) > 1 and picture[-1] == picture[-2]

    wait_for(stands_still, PATIENCE, "the bubble has come and the letter stands")
