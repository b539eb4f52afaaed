"""Takes the pictures of docs/how-to's pages about drawing libraries, and of the README's games: two players of each.

    .venv/bin/python -m scripts.screenshots_drawing           all of them
    .venv/bin/python -m scripts.screenshots_drawing pong      one of them, by its room

Real programs on a virtual screen, played by keys. Needs what the tests of windows need, and the font DejaVu Sans Mono.
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.server.server import Server
from tests.drawing.table import PAINT, PATHS, PONG, SNAKES, TAG, Game, Seat, Table, agree
from tests.drawing.terminal import Terminal
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window, picture, screen, why_not

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
GAP, BAR = 20, 30  # pixels between windows and around them; a title bar's height
PAPER, FRAME, INK = "#f4f4f2", "#d9d9d6", "#333333"
MONO = "DejaVuSansMono.ttf"
WALKED = 430  # pixels of a window of the game of ten lines that are to be seen


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    wanted = sys.argv[1:]
    server = Server(Limits(), host="127.0.0.1", port=0)
    hosted = HostedServer(server)
    hosted.start()
    with ExitStack() as stack:
        stack.callback(hosted.close)
        display = stack.enter_context(screen())
        for name, (game, play) in GAMES.items():
            if not wanted or game.room in wanted:
                with ExitStack() as seats:
                    table = Table(game, display, server, seats)
                    ada, grace = table.sit("Ada"), table.sit("Grace")
                    play(ada, grace)
                    shots = together(display, game, ada, grace)
                save(name, shots)
        if not wanted or "walk" in wanted:
            save("one-turtle", one_turtle(display, f"127.0.0.1:{server.port}"))
        if not wanted or "quiz" in wanted:
            save("textual", quiz(f"127.0.0.1:{server.port}"))


def together(display: str, game: Game, ada: Seat, grace: Seat) -> list[tuple[str, Image.Image]]:
    """Both windows at one moment."""
    shot = picture(display)
    titles = ["Python Turtle Graphics"] * 2 if game is TURTLES else [f"{game.room}: {who}" for who in ("Ada", "Grace")]
    return [(title, shot.crop(seat.frame)) for title, seat in zip(titles, (ada, grace), strict=True)]


def save(name: str, shots: list[tuple[str, Image.Image]]) -> None:
    """The windows side by side, each with a title, as the virtual screen has no window manager."""
    width = GAP + sum(shot.width + GAP for _, shot in shots)
    sheet = Image.new("RGB", (width, 2 * GAP + BAR + max(shot.height for _, shot in shots)), PAPER)
    draw = ImageDraw.Draw(sheet)
    left = GAP
    for title, shot in shots:
        draw.rounded_rectangle((left - 1, GAP - 1, left + shot.width, GAP + BAR + shot.height), 6, FRAME)
        draw.text((left + shot.width // 2, GAP + BAR // 2), title, INK, ImageFont.load_default(15), anchor="mm")
        sheet.paste(shot, (left, GAP + BAR))
        left += shot.width + GAP
    file = PICTURES / (f"{name}.png" if name in ("turtles", "one-turtle") else f"drawing-{name}.png")
    sheet.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    print(file)


# ---------------------------------------------------------------- what the players do


def play_tag(ada: Seat, grace: Seat) -> None:
    walk(ada, TAG.first, (150, 170))
    walk(grace, TAG.second, (330, 300))
    agree(ada, grace, TAG.second)


def walk(seat: Seat, colour: str, to: tuple[int, int]) -> None:
    for axis, less, more in ((0, "Left", "Right"), (1, "Up", "Down")):
        at = seat.sees(colour)[axis]
        if abs(at - to[axis]) > 10:
            with seat.window.holding(more if at < to[axis] else less):
                wait_for(lambda axis=axis: abs(seat.sees(colour)[axis] - to[axis]) <= 10, what=f"{colour} gets there")


def play_snakes(ada: Seat, grace: Seat) -> None:
    for key in "Down", "Left", "Up", "Right":
        for seat, colour in ((ada, SNAKES.first), (grace, SNAKES.second)):
            before = seat.sees(colour)
            seat.window.press(key)
            wait_for(lambda s=seat, c=colour, b=before: s.sees(c) != b, what="a snake moves")


def play_paint(ada: Seat, grace: Seat) -> None:
    for seat, brush in ((ada, HEART), (grace, HOUSE)):
        for column, row in brush:
            seat.window.click(column * 20 + 10, row * 20 + 10)
    agree(ada, grace, PAINT.second)


def play_pong(ada: Seat, grace: Seat) -> None:
    for seat, key in ((ada, "Up"), (grace, "Down")):
        colour = PONG.first if seat is ada else PONG.second
        before = seat.sees(colour)[1]
        with seat.window.holding(key):
            wait_for(lambda c=colour, b=before, s=seat: abs(s.sees(c)[1] - b) > 40, what="a paddle moves")


def play_paths(ada: Seat, grace: Seat) -> None:
    ada.window.press(*(["Up"] * 2 + ["Right"]) * 12)
    grace.window.press(*(["Up"] * 4 + ["Left"] * 5) * 12)
    agree(ada, grace, PATHS.second)


def play_turtles(ada: Seat, grace: Seat) -> None:
    paths = {TURTLES.first: [(115, 110), (345, 60), (435, 240)], TURTLES.second: [(65, 290), (215, 360), (365, 270)]}
    for seat, (colour, path) in zip((ada, grace), paths.items(), strict=True):
        for x, y in path:
            seat.window.click(x, y)
            ada.window.wait_to_see_near(x, y, colour)
    agree(ada, grace, TURTLES.second)


def one_turtle(display: str, address: str) -> list[tuple[str, Image.Image]]:
    """Three windows of the game of ten lines, side by side as far as the screen is wide; the third one came late."""
    clicks = [(180, 130), (90, 240), (230, 330), (360, 180)]
    with ExitStack() as stack:
        windows: list[Window] = []
        for player in range(3):
            stack.enter_context(Program(EXAMPLES / "one_turtle.py", DISPLAY=display, ROOMCAST_SERVER=address))
            (window,) = wait_for(
                lambda: [one for one in Window.all_titled(display, "Turtle") if one not in windows],
                what="a window opens",
            )
            wait_for(lambda one=window: one.corner != (0, 0), what="turtle puts it into its place")
            window.move(player * WALKED, 0)
            windows.append(window)
            if player == 1:
                for turn, (x, y) in enumerate(clicks):
                    windows[turn % 2].click(x, y)
                    for each in windows:
                        each.wait_to_see_near(x, y, "black")
        windows[-1].wait_to_see_near(*clicks[-1], "black")
        shot = picture(display)
        titles = "the first window", "the second", "the third, which was opened last"
        boxes = [(player * WALKED, 60, (player + 1) * WALKED - 10, 390) for player in range(3)]
        return [(title, shot.crop(box)) for title, box in zip(titles, boxes, strict=True)]


def quiz(address: str) -> list[tuple[str, Image.Image]]:
    game = EXAMPLES / "drawing" / "textual_quiz.py"
    with ExitStack() as stack:
        ada = stack.enter_context(Terminal(game, "Ada", ROOMCAST_SERVER=address))
        ada.shows("Ada", "How many")  # before the next one comes, so that each has a colour of its own
        grace = stack.enter_context(Terminal(game, "Grace", ROOMCAST_SERVER=address))
        grace.shows("Grace", "How many")
        ada.press("3")
        grace.shows("Which port", "●")
        grace.press("1")
        ada.shows("Grace: wrong")
        ada.press("2")
        grace.shows("Ada: right!", "What does TCP")
        ada.shows("Ada: right!", "What does TCP")
        return [("quiz: Ada", drawn(ada)), ("quiz: Grace", drawn(grace))]


def drawn(terminal: Terminal) -> Image.Image:
    """What is on a terminal, as a picture."""
    font = ImageFont.truetype(MONO, 14)
    across, down = round(font.getlength("M")), 17
    rows = terminal.cells()
    shot = Image.new("RGB", (len(rows[0]) * across, len(rows) * down), "#121212")
    draw = ImageDraw.Draw(shot)
    for y, row in enumerate(rows):
        for x, (_, _, paper) in enumerate(row):
            draw.rectangle((x * across, y * down, (x + 1) * across - 1, (y + 1) * down - 1), paper)
        for x, (letter, ink, _) in enumerate(row):
            draw.text((x * across, y * down), letter, ink, font)
    return shot


HEART = [
    (6, 6),
    (7, 5),
    (8, 5),
    (9, 6),
    (10, 5),
    (11, 5),
    (12, 6),
    (12, 7),
    (11, 8),
    (10, 9),
    (9, 10),
    (8, 9),
    (7, 8),
    (6, 7),
]
HOUSE = [(x, 19) for x in range(13, 20)] + [(13, y) for y in range(15, 19)] + [(19, y) for y in range(15, 19)]
HOUSE += [(14, 14), (15, 13), (16, 12), (17, 13), (18, 14), (16, 18), (16, 17)]

TURTLES = Game("../turtles.py", "turtles", "green", "orange")  # the README's

GAMES: dict[str, tuple[Game, Callable[[Seat, Seat], None]]] = {
    "tkinter": (TAG, play_tag),
    "pygame": (SNAKES, play_snakes),
    "cmu-graphics": (PAINT, play_paint),
    "arcade": (PONG, play_pong),
    "turtle": (PATHS, play_paths),
    "turtles": (TURTLES, play_turtles),
}

if __name__ == "__main__":
    main()
