"""Functions that are commands in tests of these, and what they give when a command comes in."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from roomcast.client.functions import Function


@dataclass
class Point:
    x: int
    y: int = 0


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def move(player: object, dx: int, dy: int = 0) -> tuple[int, int]:
    return dx, dy


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def ran(function: Callable[..., object], arguments: msgspec.Raw) -> Any:
    """What the function returns when the command comes in, called as the room calls it."""
    found = Function(function, "act")
    args, kwargs = found.read(arguments)
    if found.takes_player:
        args = ("the caller", *args)
    return function(*args, **kwargs)
