"""Takes the picture docs/pictures/dots.png, of running programs on a virtual screen.

    .venv/bin/python -m scripts.screenshots

Two players with examples/dots.py and one with the unchanged examples/starter/dots_client.py, in one room.
Needs Xvfb, xdotool and python3-tk.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from tests.programs import EXAMPLES, Program
from tests.windows import Window, picture, screen, why_not

TOP = Path(__file__).resolve().parent.parent
PICTURE = TOP / "docs" / "pictures" / "dots.png"
SIDE = 400  # pixels, a window's width and height
GAP = 24  # between windows, and around them
BAR = 30  # a title bar's height, and a caption's
PAPER, FRAME, INK, PALE = "#f4f4f2", "#d9d9d6", "#333333", "#6b6b68"
WALKS = {  # the keys that each player presses
    "Ada": ["Left"] * 11 + ["Up"] * 9,
    "Grace": ["Right"] * 10 + ["Up"] * 4,
    "Alan": ["Right"] * 2 + ["Down"] * 10,
}
CAPTIONS = ["examples/dots.py", "examples/dots.py", "examples/starter/dots_client.py, in plain lines"]


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    PICTURE.parent.mkdir(exist_ok=True)
    server = Server(Limits(), host="127.0.0.1", port=0, starter_port=0)
    hosted = HostedServer(server)
    hosted.start()
    with ExitStack() as stack:
        stack.callback(hosted.close)
        display = stack.enter_context(screen())
        room = f"127.0.0.1:{server.port}/dots"
        windows = {}
        for count, player in enumerate(WALKS):
            if player == "Alan":
                command = [EXAMPLES / "starter" / "dots_client.py", "127.0.0.1", str(server.starter_port)]
            else:
                command = [EXAMPLES / "dots.py", room, player]
            stack.enter_context(Program(*command, DISPLAY=display))
            windows[player] = Window.titled(display, rf"^dots: {player} \({count + 1} here\)$")
        for count, window in enumerate(windows.values()):
            window.move(10 + count * (SIDE + 10), 10)
        for player, keys in WALKS.items():
            windows[player].press(*keys)
        for window in windows.values():  # until all have seen all
            window.wait_to_see(90, 110, "sienna")
            window.wait_to_see(300, 160, "forest green")
            window.wait_to_see(220, 300, "orchid")
        compose(display, list(windows.values())).save(PICTURE, optimize=True)
    print(PICTURE.relative_to(TOP))


def compose(display: str, windows: list[Window]) -> Image.Image:
    """The windows side by side, each with a title and a caption, as the virtual screen has no window manager."""
    shot = picture(display)
    font, small = ImageFont.load_default(15), ImageFont.load_default(13)
    width = GAP + len(windows) * (SIDE + GAP)
    sheet = Image.new("RGB", (width, GAP + BAR + SIDE + BAR + GAP // 2), PAPER)
    draw = ImageDraw.Draw(sheet)
    for count, window in enumerate(windows):
        left, top = window.corner
        x = GAP + count * (SIDE + GAP)
        draw.rounded_rectangle((x - 1, GAP - 1, x + SIDE, GAP + BAR + SIDE), 6, FRAME)
        draw.text((x + SIDE // 2, GAP + BAR // 2), window.title, INK, font, anchor="mm")
        draw.text((x + SIDE // 2, GAP + BAR + SIDE + BAR // 2 + 2), CAPTIONS[count], PALE, small, anchor="mm")
        sheet.paste(shot.crop((left + 1, top + 1, left + 1 + SIDE, top + 1 + SIDE)), (x, GAP + BAR))
    return sheet


if __name__ == "__main__":
    main()
