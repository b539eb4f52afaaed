"""What the JSON decoder says of bytes that are no message, in words for whoever wrote the program that sent them."""

from __future__ import annotations

import re
from typing import Final

_KINDS: Final = {
    "array": "a list",
    "object": "an object",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}
_PLACE: Final = re.compile(r" - at `(?:key in )?\$\.?(.*)`$", re.DOTALL)
_EXPECTED: Final = re.compile(r"^Expected `(.+?)`, got `(.+?)`$", re.DOTALL)
_MISSING: Final = re.compile(r"^Object missing required field `(.+)`$")
_BYTE: Final = re.compile(r"\(byte (\d+)\)")


def in_words(said: str) -> str:
    """The decoder's sentence in ours; one that we do not know becomes a general one.

    >>> in_words("Expected `int`, got `str` - at `$.n`")
    'n is text, where a whole number is wanted'
    >>> in_words("Object missing required field `c`")
    'the field c is missing'
    >>> in_words("JSON is malformed: invalid character (byte 7)")
    'no JSON from byte 7 on'
    """
    place = _PLACE.search(said)
    where, what = (place[1], said[: place.start()]) if place else ("", said)
    if expected := _EXPECTED.match(what):
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in expected[1].split(" | "))
        return f"{where or 'it'} is {_KINDS.get(expected[2], expected[2])}, where {wanted} is wanted"
    if missing := _MISSING.match(what):
        return f"the field {where + '.' if where else ''}{missing[1]} is missing"
    if what.startswith("JSON is malformed"):
        byte = _BYTE.search(what)
        return f"no JSON from byte {byte[1]} on" if byte else "no JSON"
    if "truncated" in what:
        return "no JSON: it ends too soon, or a text has half a character (a lone surrogate)"
    return f"{where or 'something in it'} has a value that it must not have"
