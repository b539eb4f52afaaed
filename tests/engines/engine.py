"""What the tests of all engines need of a browser: one tab. Each engine has an implementation beside this file."""

import json
from collections.abc import Iterable
from typing import Any, Protocol

WITHIN = 30.0  # seconds for anything that a browser is asked; on a busy machine it is slow

# What is asked is a function's body, which may await; the answer is JSON.
ASKED = "(async () => JSON.stringify((await (async (...args) => {%s})(...%s)) ?? null))()"


class Tab(Protocol):
    """One tab. Places are in pixels of the page, from its upper left corner."""

    def go(self, url: str) -> None:
        """Open an address, and wait until it is loaded."""
        ...

    def reload(self) -> None: ...

    def back(self) -> None:
        """Go back in the tab's history. The page may come out of the browser's cache."""
        ...

    def drag(self, *points: tuple[float, float]) -> None:
        """With the mouse button down, from point to point."""
        ...

    def press(self, key: str) -> None:
        """A key, by its character or by its code in WebDriver (such as U+E012, the left arrow)."""
        ...

    def evaluate(self, expression: str) -> str:
        """The text that an expression of JavaScript gives, once its promise is kept."""
        ...


def ask(tab: Tab, body: str, *args: Any) -> Any:
    """Run a function's body in the page, with `args`; what it returns."""
    return json.loads(tab.evaluate(ASKED % (body, json.dumps(args))))


def dragging(points: Iterable[tuple[float, float]]) -> dict[str, Any]:
    """Moves of the mouse with its button down, as a source of actions of WebDriver."""
    moves: list[dict[str, Any]] = [
        {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 20} for x, y in points
    ]
    down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
    return {"type": "pointer", "id": "mouse", "actions": [moves[0], down, *moves[1:], up]}


def pressing(key: str) -> dict[str, Any]:
    """A key that is pressed and released, likewise."""
    return {"type": "key", "id": "keys", "actions": [{"type": how, "value": key} for how in ("keyDown", "keyUp")]}
