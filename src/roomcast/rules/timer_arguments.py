"""What rules give to `self.after` and `self.every`, checked where it is given, and not when the timer runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from math import inf, isnan
from typing import Any, Final

from roomcast.core.protocol.names import shortened
from roomcast.rules.json_texts import encoded
from roomcast.rules.rejection import RulesMistake

LONGEST: Final = 10 * 366 * 86_400.0  # seconds: ten years


def milliseconds(where: str, wait: Any, *, repeat: bool) -> float:
    """A wait in seconds, as milliseconds. Less than no time is none. Raises `RulesMistake`."""
    seconds = _number(wait)
    if seconds is None or isnan(seconds):
        raise RulesMistake(f"{where}: the first argument is a number of seconds, not {shortened(repr(wait))}")
    if seconds > LONGEST:
        raise RulesMistake(f"{where}: a timer may wait for ten years at most, and not {seconds:g} seconds")
    if repeat and seconds <= 0:
        raise RulesMistake(f"{where}: it would run all the time: give more than 0 seconds from one run to the next")
    return max(seconds, 0.0) * 1000


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        return None
    try:
        return float(value)
    except OverflowError:
        return inf
    except (TypeError, ValueError):
        return None


def method_name(
    where: str, room: object, method: Any, args: tuple[Any, ...], which: str = "the second argument", given: str = ""
) -> str:
    """The name of a method of the room that takes these arguments. Raises `RulesMistake`.

    `given`: what they are, for the maker, where they are others than in the call.
    """
    name, function = getattr(method, "__name__", ""), getattr(method, "__func__", None)
    if getattr(method, "__self__", None) is not room or getattr(type(room), name, None) is not function:
        if method is None:
            raise RulesMistake(f"{where}: {which} is None: write self.method without ()")
        what = shortened(repr(method))
        raise RulesMistake(f"{where}: {which} is {what}: give a method of this class, as self.method")
    try:
        _signature(function).bind(room, *args)
    except TypeError as error:
        raise RulesMistake(f"{where}: {name}() cannot be called so: {error}{given}") from None
    return name


@lru_cache(maxsize=1000)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """How a function is called. Raises `TypeError` for one that would not run."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError("with yield in it, nothing of it would run: take yield out")
    return inspect.signature(function)


def kept_arguments(where: str, args: tuple[Any, ...]) -> list[Any]:
    """Arguments as they will be when the timer runs. Raises `RulesMistake`."""
    kept: list[Any] = encoded(list(args), f"what {where} is given")[1]
    return kept
