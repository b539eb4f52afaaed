"""Arguments of a call as JSON: what a command carries, and what it cannot.

What cannot be sent fails at the caller, with a message that names the argument.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from roomcast.client.blobs import BYTES
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode
_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1  # of whole numbers: more than 64 bits are not the same in every language
_PLAIN: Final = frozenset({str, bool, type(None)})
_DEEPEST: Final = 200  # levels of one argument; a server accepts a few more for a whole message


def to_json(
    command: str, args: Sequence[object], kwargs: Mapping[str, object], names: Sequence[str] = ()
) -> msgspec.Raw:
    """Arguments as a JSON array (or object, when given by name). Raises `BadArgument` that names the argument.

    `names` are those of the parameters, where they are known, for the message.
    """
    if args and kwargs:
        raise BadArgument(
            f"{command}: give arguments all by position or all by name, not {len(args)} by position "
            f"and {', '.join(kwargs)} by name"
        )
    for index, value in enumerate(args):
        kind = type(value)
        if kind not in _PLAIN and not (kind is int and isinstance(value, int) and _MIN_INT <= value <= _MAX_INT):
            _check(command, value, repr(names[index]) if index < len(names) else str(index + 1))
    for name, value in kwargs.items():
        _check(command, value, repr(name))
    try:
        return msgspec.Raw(_encode(kwargs or args))
    except (OverflowError, ValueError, UnicodeEncodeError, RecursionError):
        for index, value in enumerate(args):
            _check(command, value, repr(names[index]) if index < len(names) else str(index + 1), deep=True)
        for name, value in kwargs.items():
            _check(command, value, repr(name), deep=True)
        raise BadArgument(f"{command}: the arguments are nested too deep to send") from None


def check_json(command: str, what: str, value: object) -> None:
    """Raise `BadArgument` if JSON cannot carry `value`."""
    _check(command, value, repr(what), deep=True)


def _check(command: str, value: object, path: str, *, deep: bool = False, depth: int = 0) -> None:
    kind = type(value)
    if kind is float:
        assert isinstance(value, float)
        if not math.isfinite(value):
            raise BadArgument(f"{command}: argument {path} is {value}, and JSON has no such number")
    elif kind is int:
        if not _MIN_INT <= typing.cast(int, value) <= _MAX_INT:
            raise BadArgument(f"{command}: argument {path} is a number of more than 64 bits: send it as text")
    elif kind is list or kind is tuple:
        assert isinstance(value, list | tuple)
        if depth > _DEEPEST:
            raise BadArgument(f"{command}: argument {path} is nested too deep to send")
        for index, item in enumerate(value):
            _check(command, item, f"{path}[{index}]", deep=deep, depth=depth + 1)
    elif kind is dict:
        assert isinstance(value, dict)
        if depth > _DEEPEST:
            raise BadArgument(f"{command}: argument {path} is nested too deep to send")
        for key, item in value.items():
            if type(key) is not str:
                raise BadArgument(f"{command}: argument {path} has the key {key!r}; JSON's keys are text: use str(…)")
            if deep and not _is_unicode(key):
                raise BadArgument(f"{command}: argument {path} has a key with half a character in it")
            _check(command, item, f"{path}[{key!r}]", deep=deep, depth=depth + 1)
    elif kind in BYTES:
        raise BadArgument(
            f"{command}: argument {path} is bytes, which JSON cannot carry: give them as an argument of their own"
        )
    elif kind not in _PLAIN:
        raise BadArgument(
            f"{command}: argument {path} is a {kind.__qualname__}, which JSON cannot carry: "
            "send numbers, text, True, False, None, and lists and dicts of these"
        )
    elif deep and kind is str and not _is_unicode(typing.cast(str, value)):
        raise BadArgument(f"{command}: argument {path} is text with half a character (a lone surrogate) in it")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain(arguments: msgspec.Raw) -> tuple[tuple[Json, ...], dict[str, Json]]:
    """Arguments without any function to say how: by position, by name."""
    try:
        value = _decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return (), {}
    return ((), value) if isinstance(value, dict) else (tuple(value), {})
