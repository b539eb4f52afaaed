"""Takes the picture docs/pictures/marbles.png: the marbles of examples/marbles in two windows.

    .venv/bin/python -m scripts.screenshots_marbles

Real programs. Needs Xvfb and xdotool.
"""

import sys
from contextlib import ExitStack

from PIL import Image

import roomcast
from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from scripts.screenshots_cookbook import GAP, PAPER, PICTURES
from tests import windows
from tests.integration.rooms import pump_until
from tests.programs import EXAMPLES, Program

FOLDER = EXAMPLES / "marbles"
WIDE, HIGH = 640, 400  # pixels, as in the game
PLAYERS = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Linus")


def main() -> None:
    if reason := windows.why_not():
        sys.exit(reason)
    with windows.screen() as display, ExitStack() as stack:
        hosted = HostedServer(server := Server(Limits(), host="127.0.0.1", port=0, starter_port=None))
        hosted.start()
        stack.callback(hosted.close)
        address = f"127.0.0.1:{server.port}"
        for place, name in enumerate(PLAYERS[:2]):
            program = Program(FOLDER / "marbles.py", name, ROOMCAST_SERVER=address, DISPLAY=display)
            stack.enter_context(program)
            windows.Window.titled(display, f"^marbles: {name}").move(10, 10 + (HIGH + 20) * place)
        others = [stack.enter_context(roomcast.join(f"{address}/marbles", name=name)) for name in PLAYERS[2:]]
        for number, room in enumerate(others):
            room.send("kick", 120 + 130 * number, 330 - 70 * number)
        windows.Window.titled(display, "^marbles: Ada").click(420, 250)
        began = others[0].time
        pump_until(lambda: others[0].time > began + 1.2, *others, what="they roll")
        seen = windows.picture(display)
        picture = Image.new("RGB", (2 * WIDE + 3 * GAP, HIGH + 2 * GAP), PAPER)
        for place in range(2):
            top = 10 + (HIGH + 20) * place
            picture.paste(seen.crop((10, top, 10 + WIDE, top + HIGH)), (GAP + (WIDE + GAP) * place, GAP))
        picture.quantize(64).save(PICTURES / "marbles.png", optimize=True)


if __name__ == "__main__":
    main()
