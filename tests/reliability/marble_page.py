"""A player of the marbles in a real page: a Chromium of its own, with a mouse that clicks at random.

    python -m tests.reliability.marble_page WHERE NAME SEED

The page is that of examples/marbles, as the server at WHERE serves it; what it needs to tell what everyone's `finish`
finds is added to it. Prints that as marble_player does, and `error` for whatever goes wrong in the page. A line on
stdin closes the page, as its user would.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from playwright.sync_api import ConsoleMessage, Page, Route, sync_playwright

from tests.chromium import FLAGS, program
from tests.programs import EXAMPLES
from tests.reliability.marble_player import BETWEEN
from tests.waiting import wait_for

TOLD = ("in", "at ", "desync ")  # what the page says for `make marbles`
WORLD = EXAMPLES / "marbles" / "page" / "world.js"
RETURN = "  return { table, kick, save };\n"
DIGEST = 'import { digest } from "/js/digest.js";\n'
TELLS = """
  room.on("desync", (seq, players) => console.log(`desync ${seq} ${players.map((one) => one.id)}`));
  room.on("finish", () => console.log(`at ${room.seq} ${digest(save())}`));
  console.log("in");
"""


@contextmanager
def opened(folder: Path) -> Iterator[Page]:
    """A page in a browser that belongs to this process's group, so that whoever kills the group kills it, too."""
    name = program()
    assert name is not None
    words = [name, *FLAGS, "--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
    quiet = subprocess.DEVNULL
    browser = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        port = wait_for(lambda: port_of(folder), what="the browser listens")
        with sync_playwright() as playwright:
            driven = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
            try:
                yield driven.contexts[0].pages[0]
            finally:  # by name, for Debian's command is a script, which hands no signal on
                driven.new_browser_cdp_session().send("Browser.close")
    finally:
        browser.terminate()
        browser.wait()


def port_of(folder: Path) -> str:
    """Where a browser listens for commands; "" before it does."""
    try:
        return (folder / "DevToolsActivePort").read_text(encoding="ascii").partition("\n")[0]
    except FileNotFoundError:
        return ""


def answer(route: Route) -> None:
    world = WORLD.read_text(encoding="utf-8")
    assert RETURN in world
    route.fulfill(body=DIGEST + world.replace(RETURN, TELLS + RETURN), content_type="text/javascript")


def hear(message: ConsoleMessage) -> None:
    if message.text.startswith(TOLD):
        print(message.text, flush=True)
    elif message.type in ("error", "warning"):
        print(f"error {message.text}", flush=True)


def play(page: Page, server: str, name: str, chance: random.Random, closed: threading.Event) -> None:
    page.on("console", hear)
    page.on("pageerror", lambda error: print(f"error {error}", flush=True))
    page.route(f"http://{server}/world.js", answer)
    page.goto(f"http://{server}/?name={name}")
    box = page.locator("canvas").bounding_box()
    assert box is not None
    while not closed.is_set():
        page.mouse.click(box["x"] + chance.random() * box["width"], box["y"] + chance.random() * box["height"])
        page.wait_for_timeout(1000 * chance.expovariate(1 / BETWEEN))
    page.close()


def main() -> None:
    where, name, seed = sys.argv[1:]
    closed = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), closed.set()), daemon=True).start()
    with opened(Path(mkdtemp(prefix="marbles-"))) as page:
        play(page, where.partition("/")[0], name, random.Random(int(seed)), closed)


if __name__ == "__main__":
    main()
