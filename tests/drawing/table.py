"""Players of one of the games with windows, each with a program and a window of its own, side by side."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from roomcast.server.server import Server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window, middle_of, picture

OPENS_WITHIN = 40.0  # seconds: OpenGL in software, on a busy machine
GAP = 10  # pixels beside each window


@dataclass(frozen=True)
class Game:
    """One of the games, and where a player is to be seen in it."""

    file: str
    room: str
    first: str  # the colours of the first and of the second who come
    second: str
    below: int = 0  # pixels of a bar in which the colours are, too
    stays: bool = False  # whether what a player has drawn stays when it leaves
    folder: str = "drawing"  # of examples/


BRIGHT = ("#e4572e", "#2e86ab")
GLOWING = ("#ff6b6b", "#4dabf7")
TAG = Game("tkinter_tag.py", "tag", *BRIGHT)
SNAKES = Game("pygame_snakes.py", "snakes", *GLOWING, below=40)
PAINT = Game("cmu_paint.py", "paint", "tomato", "steelblue", stays=True)
PONG = Game("arcade_pong.py", "pong", *GLOWING)
PATHS = Game("turtle_paths.py", "paths", *BRIGHT)


@dataclass(frozen=True)
class Seat:
    """A player: its program, and its window."""

    game: Game
    program: Program
    window: Window
    frame: tuple[int, int, int, int]  # where the window is on the screen

    def finds(self, colour: str, screen: Image.Image | None = None) -> tuple[int, int] | None:
        """Where the player of that colour is in this window, from its corner: now, or in a picture of the screen."""
        left, top, right, bottom = self.frame
        seen = (screen or picture(self.window.display)).crop((left, top + self.game.below, right, bottom))
        return middle_of(colour, seen)

    def sees(self, colour: str) -> tuple[int, int]:
        """Wait until that player is in this window; where."""
        found = wait_for(lambda: self.finds(colour), what=f"{colour} is to be seen")
        assert found
        return found


def agree(one: Seat, other: Seat, colour: str) -> None:
    """Wait until a player is at the same place in both windows, at one moment."""

    def same() -> bool:
        screen = picture(one.window.display)
        found = one.finds(colour, screen)
        return found is not None and found == other.finds(colour, screen)

    wait_for(same, what=f"{colour} is at one place in both windows")


class Table:
    """Where players sit down, one after another, so that each one's colour is known."""

    def __init__(self, game: Game, display: str, server: Server, stack: ExitStack) -> None:
        self.game = game
        self.display = display
        self.address = f"127.0.0.1:{server.port}"
        self._stack = stack
        self._right = GAP  # how far the windows reach

    def sit(self, name: str) -> Seat:
        """Start a program for a player of that name, and wait until its window has its place."""
        before = Window.all(self.display)
        script: Path = EXAMPLES / self.game.folder / self.game.file
        # Typed: CMU Graphics reads commands from the terminal, and ends with it. There is no sound card here.
        surroundings = {"DISPLAY": self.display, "ROOMCAST_SERVER": self.address}
        program = Program(script, name, typed=True, by=None, SDL_AUDIODRIVER="dummy", **surroundings)
        self._stack.enter_context(program)

        def opened() -> list[Window]:
            return [one for one in Window.all(self.display) if one not in before and min(one.middle) > 100]

        try:
            window = wait_for(opened, OPENS_WITHIN, f"{script.name} opens a window")[0]
        except AssertionError as failure:
            failure.add_note("\n".join(program.lines))
            raise
        window.move(self._right, GAP)
        frame = window.frame
        self._right = frame[2] + GAP
        return Seat(self.game, program, window, frame)
