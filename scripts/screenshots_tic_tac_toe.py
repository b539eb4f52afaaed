"""Takes the picture docs/pictures/tic-tac-toe.png: the page of examples/rules/tic_tac_toe on a desktop and on a phone.

    .venv/bin/python -m scripts.screenshots_tic_tac_toe

Needs Chromium.
"""

import sys
from contextlib import ExitStack
from itertools import cycle

from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports
from roomcast.server.server import Server
from scripts.screenshots_cookbook import PICTURES, photos, save
from tests.chromium import Window, started, why_not
from tests.programs import EXAMPLES

GAME = EXAMPLES / "rules" / "tic_tac_toe"
CLICKS = (4, 0, 2, 6)
DESKTOP = {"viewport": {"width": 760, "height": 600}}
PHONE = {"viewport": {"width": 360, "height": 600}, "has_touch": True, "is_mobile": True}


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    kinds = RuledKinds(load_classes(GAME / "tic_tac_toe.py"), MakerReports(print))
    with started() as browser, ExitStack() as stack:
        server = Server(Limits(), host="127.0.0.1", port=0, starter_port=None, site=GAME / "pages", kinds=kinds)
        hosted = HostedServer(server)
        hosted.start()
        stack.callback(hosted.close)
        windows = []
        for name, look, theme in ("Ada", DESKTOP, "light"), ("Grace", PHONE, "dark"):
            window = Window(browser, f"127.0.0.1:{server.port}", "/tictactoe", look=look, color_scheme=theme)
            stack.callback(window.close)
            window.page.fill("#who", name)
            window.page.click("text=Play")
            window.page.locator("#game").wait_for()
            windows.append(window)
        for window, cell in zip(cycle(windows), CLICKS, strict=False):
            window.wait_to_read("#says", "Your turn")
            window.page.locator("#board button").nth(cell).click()
            window.page.locator(f"#board button:nth-child({cell + 1}) svg").wait_for()
        windows[0].wait_to_read("#says", "Your turn")
        save(PICTURES / "tic-tac-toe.png", photos(*windows))


if __name__ == "__main__":
    main()
