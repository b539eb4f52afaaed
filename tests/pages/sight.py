"""What is to be seen on a stage: the field of dots, the board."""

import io

from PIL import Image

from tests.chromium import PATIENCE, Window
from tests.waiting import wait_for


def colour(window: Window, x: float, y: float) -> tuple[int, ...]:
    """Red, green and blue at a place, given in shares of the stage's sides."""
    shot = Image.open(io.BytesIO(window.page.locator("#stage").screenshot())).convert("RGB")
    pixel = shot.getpixel((int(x * shot.width), int(y * shot.height)))
    assert isinstance(pixel, tuple)
    return pixel


def wait_to_see(window: Window, x: float, y: float, wanted: tuple[int, ...]) -> None:
    wait_for(lambda: colour(window, x, y) == wanted, PATIENCE, f"{wanted} is to be seen at {x}, {y}")
