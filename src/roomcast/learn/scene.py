"""What a program's windows show, as far as a check looks at it: dots, and whether two windows show the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeAlias

from roomcast.learn.learner_program import LearnerProgram

Place: TypeAlias = tuple[str, tuple[float, ...]]
"""An item of a canvas: its type and its coordinates."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled oval on a canvas."""

    x: float  # of its middle
    y: float
    colour: str  # as the program has named it
    rgb: tuple[int, ...]  # as Tk shows it, each of 0 to 65535

    @property
    def place(self) -> tuple[float, float]:
        return self.x, self.y


def dots(program: LearnerProgram) -> list[Dot]:
    """All dots in the program's windows, in the order in which they were drawn. Raises `Frozen`."""
    return [_dot(item) for item in _all_items(program) if item["type"] == "oval" and item.get("rgb")]


def places(program: LearnerProgram) -> Counter[Place]:
    """Where everything is on the program's canvases, except for texts, which may say “you” to each. Raises `Frozen`."""
    return Counter((item["type"], tuple(item["at"])) for item in _all_items(program) if item["type"] != "text")


def moved(before: list[Dot], after: list[Dot]) -> Dot | None:
    """The dot that is in another place than before; None where none is, or several are."""
    new = list((Counter(dot.place for dot in after) - Counter(dot.place for dot in before)).elements())
    return next((dot for dot in reversed(after) if dot.place == new[0]), None) if len(new) == 1 else None


def _all_items(program: LearnerProgram) -> list[dict[str, Any]]:
    return [item for window in program.see() for canvas in window["canvases"] for item in canvas]


def _dot(item: dict[str, Any]) -> Dot:
    left, top, right, bottom = item["at"]
    return Dot((left + right) / 2, (top + bottom) / 2, item["fill"], tuple(item["rgb"]))
