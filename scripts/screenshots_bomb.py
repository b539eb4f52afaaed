"""Takes the picture docs/pictures/bomb.png: the game of examples/bomb in two windows.

    .venv/bin/python -m scripts.screenshots_bomb

Real programs. Needs Xvfb and xdotool.
"""

import io
import sys
from contextlib import ExitStack

from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from scripts.screenshots_cookbook import PICTURES, save
from tests import windows
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

GAME = EXAMPLES / "bomb" / "bomb.py"
FIELD = 44  # pixels, as in the game


def main() -> None:
    if reason := windows.why_not():
        sys.exit(reason)
    with windows.screen() as display, ExitStack() as stack:
        hosted = HostedServer(server := Server(Limits(), host="127.0.0.1", port=0, starter_port=None))
        hosted.start()
        stack.callback(hosted.close)
        players = []
        for place, name in enumerate(("Ada", "Grace")):
            program = Program(GAME, name, ROOMCAST_SERVER=f"127.0.0.1:{server.port}", DISPLAY=display)
            players.append(stack.enter_context(program))
            windows.Window.titled(display, f"^bomb: {name}").move(10 + place * 500, 0)
        ada = windows.Window.titled(display, "^bomb: Ada")
        for x, y in ((2, 3), (8, 8), (5, 1), (3, 7)):
            ada.click(int(FIELD * (x + 0.5)), int(FIELD * (y + 0.5)))
            ada.press("Right")
        wait_for(lambda: all(player.lines for player in players), what="the first one explodes")
        seen = windows.picture(display)
        shots = []
        for left in (10, 510):
            shot = io.BytesIO()
            seen.crop((left, 0, left + 484, 520)).save(shot, "PNG")
            shots.append(shot.getvalue())
        save(PICTURES / "bomb.png", shots)


if __name__ == "__main__":
    main()
