"""Takes pictures of every page of a server, on a phone and on a desktop, light and dark.

    .venv/bin/python -m scripts.screenshots_pages

All go to build/pictures, to be looked at; board.png, watch.png, watch-back.png and phones.png go to docs/pictures as
well. Needs Chromium.
"""

import io
import math
import sys
from contextlib import ExitStack
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import FilePayload

from roomcast import Limits, Room, join
from roomcast.hosting import HostedServer
from roomcast.server.access import AccessSettings
from roomcast.server.server import Server
from tests.chromium import DESKTOP, ELSEWHERE, PHONE, Browser, Window, started, why_not

TOP = Path(__file__).resolve().parent.parent
ALL = TOP / "build" / "pictures"
DOCS = TOP / "docs" / "pictures"
PLAYERS = {"Ada": (90, 110), "Grace": (310, 130), "Alan": (260, 310), "Katherine": (130, 280)}
LOOKS = {"phone": PHONE, "desktop": DESKTOP}
GAP = 24  # pixels between phones, and around them

PORT = 8112  # the default one, because the pictures show it

Points = list[tuple[float, float]]  # as fractions of the board's sides


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    ALL.mkdir(parents=True, exist_ok=True)
    gone_at_once = Limits(seat_kept=0.1, resume_window=0.2)  # so that no player of one picture is in the next
    access = AccessSettings(hosts=(ELSEWHERE,))
    server = Server(gone_at_once, host="127.0.0.1", port=PORT, starter_port=None, access=access)
    hosted = HostedServer(server)
    hosted.start()
    with ExitStack() as stack:
        stack.callback(hosted.close)
        address = f"{ELSEWHERE}:{server.port}"
        players = [stack.enter_context(join(f"127.0.0.1:{server.port}/dots", name=name)) for name in PLAYERS]
        for player, place in zip(players, PLAYERS.values(), strict=True):
            walk(player, place)
        browser = stack.enter_context(started())
        painter = Window(browser, address, "/board/art", "Ada")
        stack.callback(painter.close)
        paint(painter)
        for size in LOOKS:
            for theme in "light", "dark":
                take(browser, address, size, theme, players)
    show_phones([ALL / "lobby-phone-light.png", ALL / "dots-phone-dark.png", ALL / "board-phone-light.png"])
    for page in "board", "watch", "watch-back":
        Image.open(ALL / f"{page}-desktop-light.png").convert("RGB").save(DOCS / f"{page}.png", optimize=True)
    print(f"{ALL.relative_to(TOP)}/*.png; those of the docs in {DOCS.relative_to(TOP)}")


def take(browser: Browser, address: str, size: str, theme: str, players: list[Room]) -> None:
    """All pages, in one size and one theme."""
    for page, path, player, sign in (
        ("lobby", "/", "", ("#rooms", "Ada")),
        ("door", "/dots", "", ("#inside-now", "Katherine")),
        ("dots", "/dots", "Radia", ("#people", "310, 130")),
        ("board", "/board/art", "Grace", ("#pictures", "Save")),
        ("watch", "/watch/dots", "", ("#status", "live")),
        ("watch-back", "/watch/dots", "", ("#place", "Now")),
    ):
        window = Window(browser, address, path, player, LOOKS[size], color_scheme=theme)
        window.wait_to_read(*sign)
        if page in ("dots", "board"):
            window.page.locator("#people .away").first.wait_for(state="detached")
        if page == "dots":
            for key in ["ArrowRight"] * 5 + ["ArrowUp"] * 2:
                window.page.keyboard.press(key)
            window.wait_to_read("#people", "250, 180")
        if page == "watch":
            send_letters(window, players)
        if page == "watch-back":
            look_back(window)
        window.page.evaluate("document.activeElement.blur()")
        window.page.wait_for_timeout(500)  # until the dots have glided to their places
        window.page.screenshot(path=ALL / f"{page}-{size}-{theme}.png")
        window.close()


def send_letters(window: Window, players: list[Room]) -> None:
    """The players walk in a circle, back to where they were, and report to the observer."""
    for step in (10, 0), (0, 10), (-10, 0), (0, -10):
        for player in players:
            player.send("move", *step)
            for _ in range(40):
                for one in players:
                    one.pump(wait=0.002)
            window.page.wait_for_timeout(1)  # Playwright's turn


def look_back(window: Window) -> None:
    """Go back to a command, and wait until its copies go out."""
    window.page.locator("#when").focus()
    for _ in range(20):
        window.page.keyboard.press("ArrowLeft")
    window.wait_to_read("#place", "№")
    while "move(" not in window.text("#place"):
        window.page.keyboard.press("ArrowLeft")
        window.page.wait_for_timeout(100)  # until the page has drawn it
    window.wait_to_read("#steps .now b", "sent to all")


def walk(room: Room, place: tuple[int, int]) -> None:
    room.send("move", place[0] - 200, place[1] - 200)
    room.me["at"] = place


# ---------------------------------------------------------------------- what is on the board


def paint(window: Window) -> None:
    """A picture of an evening, and drawings on it and beside it."""
    window.wait_inside()
    evening = FilePayload(name="evening.png", mimeType="image/png", buffer=evening_sky())
    window.page.locator("#files").set_input_files(evening)
    window.wait_to_read("#pictures", "Save")
    window.page.get_by_role("button", name="Picture evening.png").focus()
    for key in ["Shift+ArrowRight"] * 4 + ["ArrowUp"] * 2:
        window.page.keyboard.press(key)
    for colour, width, points in (
        ("Orange", "Broad", circle(0.78, 0.17, 0.05)),
        *(("Orange", "Medium", ray(0.78, 0.17, turn)) for turn in range(8)),
        ("Red", "Medium", [(0.07, 0.62), (0.19, 0.48), (0.31, 0.62)]),
        ("Ink", "Medium", [(0.1, 0.62), (0.1, 0.81), (0.28, 0.81), (0.28, 0.62), (0.1, 0.62)]),
        ("Blue", "Medium", [(0.16, 0.81), (0.16, 0.7), (0.22, 0.7), (0.22, 0.81)]),
        ("Green", "Broad", wave(0.05, 0.9, 0.83)),
        ("Purple", "Medium", [(0.12, 0.1), (0.12, 0.26)]),
        ("Purple", "Medium", [(0.12, 0.18), (0.2, 0.18)]),
        ("Purple", "Medium", [(0.2, 0.1), (0.2, 0.26)]),
        ("Purple", "Medium", [(0.27, 0.17), (0.27, 0.26)]),
        ("Purple", "Medium", [(0.27, 0.12), (0.272, 0.12)]),
    ):
        window.page.get_by_role("button", name=colour, exact=True).click()
        window.page.get_by_role("button", name=width, exact=True).click()
        draw(window, points)


def evening_sky() -> bytes:
    """Hills under a sky, no photo of anybody."""
    image = Image.new("RGB", (800, 520))
    pen = ImageDraw.Draw(image)
    for y in range(520):
        share = y / 520
        pen.line([(0, y), (800, y)], (int(60 + 190 * share), int(70 + 90 * share), int(130 - 20 * share)))
    pen.ellipse((520, 250, 620, 350), (255, 214, 140))
    for height, colour in ((330, (92, 70, 110)), (390, (66, 52, 86)), (450, (40, 36, 60))):
        hills = [(x, height + 30 * math.sin(x / (40 + height / 6) + height)) for x in range(0, 801, 8)]
        pen.polygon([(0, 520), *hills, (800, 520)], colour)
    file = io.BytesIO()
    image.filter(ImageFilter.SMOOTH).save(file, "png")
    return file.getvalue()


def circle(x: float, y: float, radius: float) -> Points:
    turns = [math.tau * step / 24 for step in range(25)]
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def ray(x: float, y: float, turn: int) -> Points:
    across, down = math.cos(math.tau * turn / 8), math.sin(math.tau * turn / 8)
    return [(x + 0.075 * across, y + 0.075 * down), (x + 0.11 * across, y + 0.11 * down)]


def wave(start: float, end: float, y: float) -> Points:
    return [(start + (end - start) * step / 40, y + 0.012 * math.sin(step / 2)) for step in range(41)]


def draw(window: Window, points: Points) -> None:
    box = window.page.locator("#stage").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    window.page.mouse.move(*places[0])
    window.page.mouse.down()
    for place in places[1:]:
        window.page.mouse.move(*place, steps=3)
    window.page.mouse.up()


# ---------------------------------------------------------------------- for the README


def show_phones(pictures: list[Path]) -> None:
    """Side by side, each with the rounded corners of a phone."""
    shots = [Image.open(picture).convert("RGB").resize((390, 844), Image.Resampling.LANCZOS) for picture in pictures]
    sheet = Image.new("RGB", (GAP + len(shots) * (390 + GAP), 844 + 2 * GAP), "#e9e5db")
    for count, shot in enumerate(shots):
        mask = Image.new("L", shot.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, 389, 843), 28, 255)
        sheet.paste(shot, (GAP + count * (390 + GAP), GAP), mask)
    few = sheet.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)  # a quarter of the bytes
    few.save(DOCS / "phones.png", optimize=True)


if __name__ == "__main__":
    main()
