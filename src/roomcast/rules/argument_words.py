"""Why arguments do not fit a handler, as a sentence for who sent them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from roomcast.core.protocol.decode_words import in_words
from roomcast.core.protocol.names import shortened


def call_of(command: str, names: Sequence[str]) -> str:
    """How the command is called: `move(dx, dy)`."""
    return f"{command}({', '.join(names)})"


def why_not_counted(
    places: Sequence[str], known: Collection[str], required: Iterable[str], args: Sequence[Any],
    kwargs: Mapping[str, Any], *, rest: bool,
) -> str:  # fmt: skip
    """Why the arguments are too few, too many, or others; "" where they are as many as there are parameters.

    `places`, `known`: parameters by place, and by name. `rest`: more of them are taken by place.
    """
    if len(args) > len(places) and not rest:
        what = "argument" if len(places) == 1 else "arguments"
        by_place = "" if len(places) == len(known) else " by place"
        return f"it takes {len(places)} {what}{by_place}, not {len(args)}"
    for name in kwargs:
        if name not in known:
            return f"it takes no {shortened(repr(name))}"
    missing = [name for name in required if name not in kwargs and name not in places[: len(args)]]
    if not missing:
        return ""
    by_name = "" if set(missing) <= set(places) or kwargs else ": give it by name"
    return f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing{by_name}"


def why_not_converted(hinted: Iterable[tuple[str, Any, Any]], *, strict: bool) -> str:
    """Which of the arguments (its parameter, the value, the hint) is not what its hint says."""
    for name, value, hint in hinted:
        try:
            msgspec.convert(value, hint, strict=strict)
        except msgspec.ValidationError as error:
            why = in_words(str(error))
            return f"{name} is {shortened(repr(value))}: {why}"
    return "a number in it is out of bounds"
