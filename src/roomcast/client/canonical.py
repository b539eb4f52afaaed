"""Canonical JSON (RFC 8785): equal values give equal text in every language. And the hash of it."""

from __future__ import annotations

import hashlib
import math
from json.encoder import encode_basestring
from typing import Final

from roomcast.client.json_arguments import check_state
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

DIGITS: Final = 32  # hexadecimal digits of a hash
_text: Final = encode_basestring
_EXACT: Final = 2**53  # whole numbers below it are exact in every language


def digest(state: object) -> str:
    """A hash of what JSON can carry, the same for equal values. Raises `BadArgument`."""
    check_state("the state", state)
    try:
        text = canonical(state)
    except (OverflowError, RecursionError) as error:
        raise BadArgument(
            f"the state holds a number beyond all bounds, or is nested too deep ({error})", topic="check"
        ) from None
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def canonical(value: Json) -> str:
    """The canonical text: keys sorted by UTF-16 code units, no blanks, numbers as in ECMAScript (RFC 8785)."""
    kind = type(value)
    if kind is float:
        digits = repr(value)
        if "e" in digits or digits.endswith(".0"):
            return _number(value)
        return digits  # the shortest that are read as this number, as there
    if isinstance(value, str):
        return _text(value)
    if value is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) < _EXACT:
        return str(value)
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, dict):
        keys = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_code_units)
        return "{" + ",".join([f"{_text(key)}:{canonical(value[key])}" for key in keys]) + "}"
    return "[" + ",".join(map(canonical, value)) + "]"


def _code_units(key: str) -> bytes:
    return key.encode("utf-16-be")


def _number(value: float) -> str:
    """As ECMA-262's Number::toString: the shortest digits that are read as this number.

    >>> _number(1e21), _number(1e20), _number(5.0), _number(1e-7), _number(-0.0)
    ('1e+21', '100000000000000000000', '5', '1e-7', '0')
    """
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)  # where it stands among the digits
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    sign = "-" if math.copysign(1, value) < 0 else ""
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"
