"""Why arguments do not fit a handler, as a sentence for who sent them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from roomcast.core.protocol.decode_words import in_words
from roomcast.core.protocol.names import shortened


def call_of(command: str, names: Sequence[str]) -> str:
    """How the command is called: `move(dx, dy)`."""
    return f"{command}({', '.join(names)})"


def why_not_counted(
    names: Sequence[str], fewest: int, args: Sequence[Any], kwargs: Mapping[str, Any], *, rest: bool
) -> str:
    """Why the arguments are too few, too many, or others; "" where they are as many as there are parameters."""
    if len(args) > len(names) and not rest:
        what = "argument" if len(names) == 1 else "arguments"
        return f"it takes {len(names)} {what}, not {len(args)}"
    for name in kwargs:
        if name not in names:
            return f"it takes no {shortened(repr(name))}"
    missing = [name for name in names[len(args) : fewest] if name not in kwargs]
    if not missing:
        return ""
    return f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing"


def why_not_converted(values: Mapping[str, Any], hints: Mapping[str, Any], *, strict: bool) -> str:
    """Which of the arguments, by parameter, is not what its hint says."""
    for name, value in values.items():
        try:
            msgspec.convert(value, hints.get(name, Any), strict=strict)
        except msgspec.ValidationError as error:
            why = in_words(str(error))
            return f"{name} is {shortened(repr(value))}: {why}"
    return "a number in it is out of bounds"
