"""The windows that learners' programs open on a screen that nobody sees."""

from pathlib import Path

from PIL import Image, ImageChops, ImageColor

from tests.waiting import wait_for
from tests.windows import Window, picture

GAP = 16  # pixels around each window in a picture for the docs
GROUND = (236, 236, 236)


def several(display: str, pattern: str, count: int) -> list[Window]:
    """Wait until so many windows are titled like that."""
    return wait_for(
        lambda: (found := Window.all_titled(display, pattern)) and len(found) == count and found,
        within=30.0,  # programs start slowly on a busy machine
        what=f"{count} windows {pattern!r} are open",
    )


def side_by_side(windows: list[Window], width: int = 420) -> None:
    for number, window in enumerate(windows):
        window.move(10 + number * width, 10)


def area(window: Window, colour: str) -> int:
    """How many of its pixels have exactly this colour."""
    wanted = ImageColor.getrgb(colour.replace(" ", ""))
    return sum(number for number, found in inside(window).getcolors(1 << 20) or [] if found == wanted)


def middle(window: Window, colour: str) -> tuple[int, int] | None:
    """The middle of what has this colour in it, None where nothing has."""
    now = inside(window)
    wanted = Image.new("RGB", now.size, ImageColor.getrgb(colour.replace(" ", "")))
    box = ImageChops.difference(now, wanted).convert("L").point(lambda value: 0 if value else 255).getbbox()
    return ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2) if box else None


def inside(window: Window) -> Image.Image:
    """What is to be seen of it now."""
    left, top = window.corner
    width, height = (2 * half for half in window.middle)
    return picture(window.display).crop((left, top, left + width, top + height))


def alike(windows: list[Window]) -> bool:
    """Whether all of them show the same, pixel by pixel."""
    first, *others = (inside(window).tobytes() for window in windows)
    return all(other == first for other in others)


def keep_picture(windows: list[Window], file: Path) -> None:
    """All of them side by side, for whoever wants to look."""
    pictures = [inside(window) for window in windows]
    width = sum(one.width + GAP for one in pictures) + GAP
    whole = Image.new("RGB", (width, max(one.height for one in pictures) + 2 * GAP), GROUND)
    left = GAP
    for one in pictures:
        whole.paste(one, (left, GAP))
        left += one.width + GAP
    whole.save(file, optimize=True)
