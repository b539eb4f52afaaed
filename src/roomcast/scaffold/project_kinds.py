"""The kinds of projects, one for each way to draw, and what each consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_RULES: Final = {
    "dots.py": "what a player knows and does",
    "test_dots.py": "several players in one test",
}
_SERVER: Final = ("roomcast serve", "the server, in a terminal of its own")


@dataclass(frozen=True, slots=True)
class ProjectKind:
    """`files`: those in its own folder of examples/new, with what is in them; the first is where to start reading.

    `shared`: those that it has in common with others. `commands`: what to type to play, with what that does.
    """

    about: str
    files: dict[str, str]
    commands: tuple[tuple[str, str], ...]
    shared: dict[str, str]


def _drawn(about: str, what: str) -> ProjectKind:
    commands = (
        _SERVER,
        ("python game.py ada", "a player, in a second terminal"),
        ("python game.py grace", "another, in a third"),
    )
    return ProjectKind(about, {"game.py": what}, commands, _RULES)


KINDS: Final[dict[str, ProjectKind]] = {
    "tkinter": _drawn("a window; comes with Python", "the window, and what keys do"),
    "pygame": _drawn("a window with a game loop", "the window, and what keys do"),
    "cmu": _drawn("CMU Graphics: onStep, onKeyPress, redrawAll", "the window, and what keys do"),
    "arcade": _drawn("a window with fast pictures", "the window, and what keys do"),
    "textual": _drawn("the terminal", "the screen, and what keys do"),
    "turtle": _drawn("turtles; comes with Python", "the window, and what keys do"),
    "web": ProjectKind(
        "a page for computers and phones",
        {
            "game.js": "the page's program",
            "index.html": "the page",
            "style.css": "how it looks",
            "bot.py": "a player in Python, in the same room",
        },
        (
            ("roomcast serve --site .", "the server, with your page: open the address that it prints"),
            ("python bot.py", "a player in Python, in a second terminal"),
        ),
        _RULES,
    ),
    "server": ProjectKind(
        "rules that run on the server, and a page",
        {
            "rules.py": "what is true in the room, and who may do what",
            "test_rules.py": "the room and its players in one test",
            "pages/game.js": "the page's program",
            "pages/index.html": "the page",
            "pages/style.css": "how it looks",
            "bot.py": "a player in Python, in the same room",
        },
        (
            ("roomcast serve rules.py", "the server, with your page: open the address that it prints"),
            ("python bot.py", "a player in Python, in a second terminal"),
        ),
        {},
    ),
    "starter": ProjectKind(
        "plain sockets, client and server; comes with Python",
        {
            "client.py": "a window, and the thread that listens",
            "server.py": "passes each player's lines on to the others",
            "test_server.py": "players on real sockets, in a test",
        },
        (
            ("python server.py", "the server, in a terminal of its own"),
            ("python client.py", "a player, in a second terminal"),
            ("python client.py", "another, in a third"),
        ),
        {},
    ),
}
COMMON: Final = {"README.md": "how to play, change and test it", "requirements.txt": "what pip installs for it"}
"""Files that each kind has of its own, and whose meaning is the same."""
