"""Bytes among the arguments of a call: taken out before the rest becomes JSON, put back where it is run.

An empty text stands for them in between, so that a function's type hints count for them as for all else:
`data: bytes`, `bytearray` and `memoryview` take them, and so does a parameter without a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from roomcast.core.client.parcels import Place

Blobs = Mapping[Place, bytes]
NONE: Final[Blobs] = {}

BYTES: Final = frozenset({bytes, bytearray, memoryview})


def take_out(args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[Sequence[Any], Mapping[str, Any], Blobs]:
    """Arguments with an empty text for each that is bytes, and copies of these, for they may change meanwhile."""
    if BYTES.isdisjoint(map(type, args)) and (not kwargs or BYTES.isdisjoint(map(type, kwargs.values()))):
        return args, kwargs, NONE
    blobs = {place: bytes(value) for place, value in _by_place(args, kwargs).items() if type(value) in BYTES}
    return (
        tuple("" if place in blobs else value for place, value in enumerate(args)),
        {name: "" if name in blobs else value for name, value in kwargs.items()},
        blobs,
    )


def put_back(
    args: Sequence[Any], kwargs: Mapping[str, Any], blobs: Blobs, takes_any: Callable[[Place], bool]
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments with the bytes in their places. Raises LookupError where there is no such place for bytes."""
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


def _by_place(args: Sequence[object], kwargs: Mapping[str, object]) -> dict[Place, Any]:
    values: dict[Place, Any] = dict(enumerate(args))
    values.update(kwargs.items())
    return values
