"""Takes the tutorial's pictures of running programs, for docs/learn/pictures.

    .venv/bin/python -m scripts.screenshots_learn

Of /watch in Chromium: watch-a-letter.png, watch-bytes.png (chapter 1), watch-away.png (chapter 4). Of two windows on a
virtual screen: starter-dots.png (chapter 3). Needs Chromium, Xvfb, xdotool and python3-tk.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from roomcast import Limits, Room, join
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from tests import chromium, windows
from tests.programs import EXAMPLES, Program

TOP = Path(__file__).resolve().parent.parent
PICTURES = TOP / "docs" / "learn" / "pictures"
SIDE, GAP, BAR = 402, 24, 30  # pixels: a window, between windows, a title bar
PAPER, FRAME, INK = "#f4f4f2", "#d9d9d6", "#333333"


def main() -> None:
    if reason := chromium.why_not() or windows.why_not():
        sys.exit(reason)
    letter_on_its_way()
    friend_who_vanished()
    starter_dots()
    print(PICTURES.relative_to(TOP))


# ---------------------------------------------------------------------- chapter 1


def letter_on_its_way() -> None:
    """A letter of Ada's at its fourth step, and its bytes."""
    server = Server(Limits(), host="127.0.0.1", port=0, starter_port=None)
    hosted = HostedServer(server)
    hosted.start()
    with ExitStack() as stack:
        stack.callback(hosted.close)
        room = f"127.0.0.1:{server.port}/dots"
        players = [stack.enter_context(join(room, name=name)) for name in ("Ada", "Grace")]
        browser = stack.enter_context(chromium.started())
        look = {"viewport": {"width": 1180, "height": 740}, "device_scale_factor": 1.5}
        window = chromium.Window(browser, f"127.0.0.1:{server.port}", "/watch/dots", look=look)
        stack.callback(window.close)
        window.wait_to_read("#summary", "2 players are here")
        window.page.get_by_role("button", name="Pause").click()
        go_on(window, players)  # until both know that somebody watches
        players[0].send("move", 5, 0)
        go_on(window, players)  # until both have reported what they did
        window.wait_to_read(".entry.followed", "move(5, 0)")
        window.wait_to_read("#steps .now b", "acted")
        for step in "sent", "received", "sent to all":
            window.page.get_by_role("button", name="Step").click()
            window.wait_to_read("#steps .now b", step)
        window.page.wait_for_timeout(1500)  # until the letter has glided to its station
        window.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        shoot(window, "watch-a-letter.png", None)
        window.page.locator(".entry.followed").first.click()
        window.page.locator("#letter").wait_for()
        window.page.evaluate("document.activeElement.blur()")
        shoot(window, "watch-bytes.png", "#letter")


def friend_who_vanished() -> None:
    """The house of a friend whose program was killed."""
    server = Server(Limits(), host="127.0.0.1", port=0, starter_port=None)
    hosted = HostedServer(server)
    hosted.start()
    with ExitStack() as stack:
        stack.callback(hosted.close)
        room = f"127.0.0.1:{server.port}/dots"
        ada, grace = (stack.enter_context(join(room, name=name)) for name in ("Ada", "Grace"))
        alan = stack.enter_context(Program(EXAMPLES / "bot.py", room, "Alan"))
        browser = stack.enter_context(chromium.started())
        look = {"viewport": {"width": 1180, "height": 560}, "device_scale_factor": 1.5}
        window = chromium.Window(browser, f"127.0.0.1:{server.port}", "/watch/dots", look=look)
        stack.callback(window.close)
        window.wait_to_read("#summary", "3 players are here")
        alan.kill()
        window.wait_to_read("#entries", "connection is lost")
        window.page.wait_for_timeout(5000)  # until letters of before are done
        ada.send("move", 5, 0)  # the others play on
        go_on(window, [ada, grace])
        window.page.wait_for_timeout(1500)
        shoot(window, "watch-away.png", "#stage")


def go_on(window: chromium.Window, players: list[Room]) -> None:
    for _ in range(50):
        for player in players:
            player.pump()
        window.page.wait_for_timeout(10)


def shoot(window: chromium.Window, name: str, selector: str | None) -> None:
    raw = PICTURES / name
    (window.page.locator(selector) if selector else window.page).screenshot(path=raw)
    Image.open(raw).convert("RGB").quantize(128).save(raw, optimize=True)


# ---------------------------------------------------------------------- chapter 3


def starter_dots() -> None:
    """Ada and Grace with chapter 3's client, on chapter 3's server."""
    with ExitStack() as stack:
        display = stack.enter_context(windows.screen())
        server = stack.enter_context(Program(EXAMPLES / "starter" / "server.py", "0"))
        port = server.line("Listening on port ")
        both = []
        for count, player in enumerate(("Ada", "Grace"), 1):
            client = EXAMPLES / "starter" / "dots_client.py"
            stack.enter_context(Program(client, "127.0.0.1", port, DISPLAY=display))
            both.append(windows.Window.titled(display, rf"^dots: {player} \({count} here\)$"))
        ada, grace = both
        ada.move(10, 10)
        grace.move(450, 10)
        ada.press(*["Left"] * 9, *["Up"] * 6)
        grace.press(*["Right"] * 8, *["Down"] * 7)
        for window in both:
            window.wait_to_see(110, 140, "sienna")
            window.wait_to_see(280, 270, "forest green")
        compose(display, both).save(PICTURES / "starter-dots.png", optimize=True)


def compose(display: str, both: list[windows.Window]) -> Image.Image:
    """The windows side by side, each with its title, as the virtual screen has no window manager."""
    shot = windows.picture(display)
    sheet = Image.new("RGB", (GAP + len(both) * (SIDE + GAP), GAP + BAR + SIDE + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    for count, window in enumerate(both):
        left, top = window.corner
        x = GAP + count * (SIDE + GAP)
        draw.rounded_rectangle((x - 1, GAP - 1, x + SIDE, GAP + BAR + SIDE), 6, FRAME)
        draw.text((x + SIDE // 2, GAP + BAR // 2), window.title, INK, ImageFont.load_default(15), anchor="mm")
        sheet.paste(shot.crop((left, top, left + SIDE, top + SIDE)), (x, GAP + BAR))
    return sheet


if __name__ == "__main__":
    main()
