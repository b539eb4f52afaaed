"""Checks that converted arguments are finite numbers: a type hint turns text into numbers, and `float("nan")` is one.

What a stranger sends comes to a handler as a number that can be compared, hashed and sent on, or not at all.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from roomcast.core.protocol.limits import MAX_DIGITS

ALWAYS_FINITE: Final = (int, str, bool, list, dict, bytes, bytearray, memoryview, None, Any, object)
"""Hints under which no value of JSON becomes a number that is not finite: their arguments need no check."""

_NO_NUMBERS: Final = frozenset({str, bool, bytes, type(None)})
_SEVERAL: Final = (list, tuple, set, frozenset)
_BEYOND: Final = 10**MAX_DIGITS


def convert(value: object, hint: Any) -> Any:
    """The value as its hint says, leniently where it is text. Raises `msgspec.ValidationError` for a misfit."""
    converted = msgspec.convert(value, hint, strict=False)
    check_numbers(converted)
    return converted


def check_numbers(value: Any) -> None:
    """Raise `msgspec.ValidationError` where a number inside is not finite, or has more digits than one may send."""
    kind = type(value)
    if kind is float:
        if not math.isfinite(value):
            raise msgspec.ValidationError("not finite")
    elif kind is int:
        if not -_BEYOND < value < _BEYOND:
            raise msgspec.ValidationError("too many digits")
    elif kind is Decimal:
        if not value.is_finite() or value.adjusted() > MAX_DIGITS:
            raise msgspec.ValidationError("not finite")
    elif kind not in _NO_NUMBERS:
        for one in _inside(value):
            check_numbers(one)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, _SEVERAL):
        return value
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.astuple(value)
    if dataclasses.is_dataclass(value):
        return [getattr(value, one.name) for one in dataclasses.fields(value) if hasattr(value, one.name)]
    return vars(value).values() if hasattr(value, "__attrs_attrs__") else ()
