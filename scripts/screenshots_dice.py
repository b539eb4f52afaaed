"""Takes the picture docs/pictures/dice.png: the game of examples/dice in a window, in a page, and on a phone.

    .venv/bin/python -m scripts.screenshots_dice

Real programs and pages. Needs Chromium, Xvfb and xdotool.
"""

import io
import sys
from contextlib import ExitStack

from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from scripts.screenshots_cookbook import HEIGHT, PICTURES, photos, save
from tests import chromium, windows
from tests.chromium import Window
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

GAME = EXAMPLES / "dice"
ROLLS = 40
PAGE = {"viewport": {"width": 460, "height": HEIGHT}}
PHONE = {"viewport": {"width": 352, "height": HEIGHT}, "has_touch": True, "is_mobile": True}


def main() -> None:
    if reason := chromium.why_not() or windows.why_not():
        sys.exit(reason)
    with windows.screen() as display, chromium.started() as browser, ExitStack() as stack:
        site = GAME / "page"
        hosted = HostedServer(server := Server(Limits(), host="127.0.0.1", port=0, starter_port=None, site=site))
        hosted.start()
        stack.callback(hosted.close)
        address = f"127.0.0.1:{server.port}"
        stack.enter_context(Program(GAME / "dice.py", "Ada", ROOMCAST_SERVER=address, DISPLAY=display))
        ada = windows.Window.titled(display, "^dice: Ada")
        ada.move(0, 0)
        pages = []
        for name, look, theme in ("Grace", PAGE, "light"), ("Joan", PHONE, "dark"):
            page = Window(browser, address, "/", look=look, color_scheme=theme)
            stack.callback(page.close)
            page.page.fill("input", name)
            page.page.click("text=Join in")
            page.page.wait_for_function(f"document.querySelectorAll('#order li').length === {len(pages) + 2}")
            pages.append(page)
        for rolls in range(1, ROLLS + 1):
            ada.press("space")
            for page in pages:
                page.page.evaluate("document.getElementById('roll').click()")
            wait_for(lambda: all(page.page.locator("#news li").count() >= rolls for page in pages))  # noqa: B023
        pages[0].page.wait_for_timeout(500)  # until the window is drawn
        picture = windows.picture(display).crop((0, 0, 532, 533))
        window = io.BytesIO()
        picture.save(window, "PNG")
        save(PICTURES / "dice.png", [window.getvalue(), *photos(*pages)])


if __name__ == "__main__":
    main()
