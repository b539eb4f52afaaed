"""Takes the pictures of docs/cookbook's pages about the cursor board and the robot: a page on a desktop and on a phone.

    .venv/bin/python -m scripts.screenshots_cookbook

Real programs and pages; cookbook-cursors.png and cookbook-robot.png go to docs/pictures. Needs Chromium.
"""

import io
import sys
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from roomcast import Limits, join
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from tests.chromium import Browser, Window, started, why_not
from tests.programs import EXAMPLES, Program

TOP = Path(__file__).resolve().parent.parent
PICTURES = TOP / "docs" / "pictures"
GAP, PAPER = 10, "#c9d1d9"  # pixels between the pages, and around them
HEIGHT = 600  # pixels
DESKTOP = {"viewport": {"width": 820, "height": HEIGHT}}
PHONE = {"viewport": {"width": 352, "height": HEIGHT}, "has_touch": True, "is_mobile": True}
NOTES = {
    "Bring a kettle": (0.1, 0.08),
    "Who has the key?": (0.52, 0.2),
    "Ada: music": (0.93, 0.05),
    "Start at six, not seven": (0.15, 0.66),
    "Grace: lamps": (0.62, 0.72),
}
CURSORS = {"Alan": (0.34, 0.34), "Tidy": (0.16, 0.55)}


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    with started() as browser:
        for name, folder, take in ("cursors", "board", cursors), ("robot", "remote", robot):
            with ExitStack() as stack:
                server = Server(Limits(), host="127.0.0.1", port=0, starter_port=None, site=recipe(name) / folder)
                hosted = HostedServer(server)
                hosted.start()
                stack.callback(hosted.close)
                shots = take(browser, f"127.0.0.1:{server.port}", stack)
            save(PICTURES / f"cookbook-{name}.png", shots)


def recipe(name: str) -> Path:
    return EXAMPLES / "cookbook" / name


def pages(browser: Browser, address: str, stack: ExitStack) -> list[Window]:
    """Ada's on a desktop in the light, and Grace's on a phone in the dark."""
    windows = []
    for name, look, theme in ("Ada", DESKTOP, "light"), ("Grace", PHONE, "dark"):
        window = Window(browser, address, "/", look=look, color_scheme=theme)
        stack.callback(window.close)
        window.page.fill("input", name)
        window.page.click("text=Join in")
        windows.append(window)
    return windows


def cursors(browser: Browser, address: str, stack: ExitStack) -> list[bytes]:
    ada, grace = pages(browser, address, stack)
    for name, place in CURSORS.items():
        player = stack.enter_context(join(f"{address}/cursors", name=name))
        player.me["at"] = place
        if name == "Alan":
            player.state.update({f"note {text}": {"text": text, "place": place} for text, place in NOTES.items()})
    for window, place in (ada, (0.42, 0.88)), (grace, (0.66, 0.5)):
        box = window.page.locator("#board").bounding_box()
        assert box
        window.page.mouse.move(box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"])
    for window in (ada, grace):
        window.page.wait_for_function(
            "document.querySelectorAll('.cursor').length === 4 && document.querySelectorAll('div.note').length === 5"
        )
    return photos(ada, grace)


def robot(browser: Browser, address: str, stack: ExitStack) -> list[bytes]:
    stack.enter_context(Program(recipe("robot") / "robot.py", ROOMCAST_SERVER=address))
    ada, grace = pages(browser, address, stack)
    ada.wait_to_read("#news", "Nobody drives.")
    ada.page.keyboard.down("ArrowUp")
    ada.page.keyboard.down("ArrowLeft")
    ada.page.wait_for_function(
        "document.getElementById('robot').getAttribute('transform').match(/rotate\\(-[3-6][0-9]/)"
    )
    ada.page.keyboard.up("ArrowLeft")
    grace.wait_to_read("#news", "Ada drives.")
    shots = photos(ada, grace)
    ada.page.keyboard.up("ArrowUp")
    ada.wait_to_read("#news", "Nobody drives.")
    return shots


def photos(*windows: Window) -> list[bytes]:
    for window in windows:
        window.page.wait_for_timeout(100)  # until what moves is where it belongs
    return [window.page.screenshot() for window in windows]


def save(file: Path, shots: list[bytes]) -> None:
    """The pages side by side."""
    images = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    sheet = Image.new("RGB", (GAP + sum(image.width + GAP for image in images), HEIGHT + 2 * GAP), PAPER)
    left = GAP
    for image in images:
        sheet.paste(image, (left, GAP))
        left += image.width + GAP
    sheet.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    print(file.relative_to(TOP))


if __name__ == "__main__":
    main()
