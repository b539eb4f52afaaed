"""Takes the picture docs/pictures/clicker.png: the page of examples/clicker on a desktop and on a phone.

    .venv/bin/python -m scripts.screenshots_clicker

Needs Chromium.
"""

import random
import sys
from contextlib import ExitStack

from roomcast import Limits, join
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from scripts.screenshots_cookbook import PICTURES, pages, photos, save
from tests.chromium import started, why_not
from tests.programs import EXAMPLES

CLICKS = {"Alan": 212, "Joan": 187}


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    dice = random.Random(7)
    with started() as browser, ExitStack() as stack:
        site = EXAMPLES / "clicker" / "page"
        hosted = HostedServer(server := Server(Limits(), host="127.0.0.1", port=0, starter_port=None, site=site))
        hosted.start()
        stack.callback(hosted.close)
        address = f"127.0.0.1:{server.port}"
        windows = pages(browser, address, stack)
        for name, clicks in CLICKS.items():
            player = stack.enter_context(join(f"{address}/clicker", name=name))
            player.me.add("clicks", clicks)
            player.state.add("total", clicks)
            for coin in dice.sample(range(24), 7):
                player.state.claim(f"coin {coin}", name)
        clicked = sum(CLICKS.values())
        for window, coins in zip(windows, ((2, 9, 16), (5, 20)), strict=True):
            window.page.wait_for_function(f"document.getElementById('total').textContent >= {clicked}")
            for _ in range(20):
                window.page.click("#click")
            for coin in coins:
                window.page.evaluate(f"document.querySelectorAll('#coins button')[{coin}].click()")
        for window in windows:
            window.page.wait_for_function(f"document.getElementById('total').textContent === '{clicked + 40}'")
        save(PICTURES / "clicker.png", photos(*windows))


if __name__ == "__main__":
    main()
