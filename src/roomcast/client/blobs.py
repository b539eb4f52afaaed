"""Bytes among the arguments of a call: taken out before the rest becomes JSON, put back where the call is run.

In between, an empty string stands for each. Type hints apply to them as to any argument: parameters with the hints
`bytes`, `bytearray` and `memoryview` accept them, and so do parameters without a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from roomcast.core.client.parcels import ArgumentKey
from roomcast.errors import BadArgument

Blobs = Mapping[ArgumentKey, bytes]
"""The bytes of a call, by position or by name."""

NONE: Final[Blobs] = {}

BYTES: Final = frozenset({bytes, bytearray, memoryview})


def take_out(args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[Sequence[Any], Mapping[str, Any], Blobs]:
    """Arguments with an empty string for each that is bytes; and copies of these, since a program may change them.

    Raises `BadArgument` for bytes that are gone (a memoryview that was released).
    """
    if BYTES.isdisjoint(map(type, args)) and (not kwargs or BYTES.isdisjoint(map(type, kwargs.values()))):
        return args, kwargs, NONE
    try:
        blobs = {place: bytes(value) for place, value in _by_place(args, kwargs).items() if type(value) in BYTES}
    except ValueError as error:
        raise BadArgument(f"the bytes of an argument cannot be read: {error}", topic="not-sendable") from None
    return (
        tuple("" if place in blobs else value for place, value in enumerate(args)),
        {name: "" if name in blobs else value for name, value in kwargs.items()},
        blobs,
    )


def put_back(
    args: Sequence[Any], kwargs: Mapping[str, Any], blobs: Blobs, takes_any: Callable[[ArgumentKey], bool]
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments with the bytes back in their places. `takes_any`: whether the parameter at a place has no type hint.

    Raises LookupError for bytes in a place that does not exist or has a hint for something else.
    """
    values = _by_place(args, kwargs)
    for place, data in blobs.items():
        kind = type(values[place])
        if kind in BYTES:
            values[place] = kind(data)
        elif takes_any(place):
            values[place] = data
        else:
            raise LookupError(place)
    return [values[place] for place in range(len(args))], {name: values[name] for name in kwargs}


def _by_place(args: Sequence[object], kwargs: Mapping[str, object]) -> dict[ArgumentKey, Any]:
    values: dict[ArgumentKey, Any] = dict(enumerate(args))
    values.update(kwargs.items())
    return values
