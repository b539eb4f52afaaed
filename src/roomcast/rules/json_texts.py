"""Values as JSON text. What would come back as something else is found when it is encoded, not after a restart."""

from __future__ import annotations

from dataclasses import is_dataclass
from inspect import isawaitable
from types import NoneType
from typing import Any, Final, Never

import msgspec

from roomcast.rules.rejection import Reject, RulesMistake

PLAIN: Final[frozenset[type]] = frozenset({int, str, bool, NoneType})  # kinds that are the same when they come back
SCALARS: Final = PLAIN | {float}  # … of those that cannot be changed in place; of floats, finite ones are the same
DEEPEST: Final = 200  # levels: what programs read has a few more around it
_WRITE: Final[dict[type, str]] = {tuple: ": write a list, [a, b]", set: ": write a list, such as sorted(…)"}
_OPENING: Final = (b"[", b"{")


class KeptObject:
    """Base of what belongs to a room and is no value."""

    __slots__ = ()

    def advice(self) -> str:
        """What to keep in its place: a sentence."""
        raise NotImplementedError


def _refuse(value: Any) -> Never:
    if isinstance(value, KeptObject):
        raise RulesMistake(value.advice())
    if isinstance(value, Reject) or value is Reject:
        raise RulesMistake("a Reject is raised, so that nothing has happened: write raise Reject(…)")
    if isawaitable(value):
        raise RulesMistake(f"a {type(value).__name__} cannot be kept: write await before the call, in an async def")
    raise RulesMistake(f"a {type(value).__name__} cannot be kept: JSON has texts, numbers, lists, dicts, True and None")


encode: Final = msgspec.json.Encoder(enc_hook=_refuse).encode
"""The text of a value that is known to have one; `encoded` says why another has none."""
decoded: Final = msgspec.json.Decoder().decode
"""The value of a text that was encoded here."""


def is_text(value: object) -> bool:
    """Whether a value is a text that can be written to others: half of a surrogate pair cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def encoded(value: Any, what: str, decode: Any = decoded, old: bytes | None = None) -> tuple[bytes, Any]:
    """The JSON text of a value (`old`, where it is the same), and what comes back of it: the value itself where there
    was no need to look. Raises `RulesMistake`, with `what` as its name.

    `decode`: makes of a text what is to come back.
    """
    text = _encoded(value, what)
    if (text == old and type(value) is not float) or (type(value) in PLAIN and decode is decoded):
        return text, value  # but NaN has the text of None
    try:
        back = decode(text)
    except msgspec.MsgspecError as error:
        raise RulesMistake(f"{what} is not what its hint says: {error}") from None
    if back != value:
        raise RulesMistake(f"{what} would not come back as it is: {_why(value, back)}")
    if is_too_deep(text):
        raise RulesMistake(f"{what} is nested more than {DEEPEST} levels deep")
    return text, back


def encoded_to_say(value: Any, what: str) -> bytes:
    """The JSON text of an event's arguments, or of an answer: structs in it become objects. Raises `RulesMistake`."""
    try:
        return encoded(value, what)[0]
    except RulesMistake:
        return encoded(_without_structs(value), what)[0]  # which raises the same, where there is none


def _without_structs(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_structs(one) for key, one in value.items()}
    if isinstance(value, list):
        return list(map(_without_structs, value))
    is_struct = isinstance(value, msgspec.Struct) or (is_dataclass(value) and not isinstance(value, type))
    return msgspec.to_builtins(value) if is_struct else value


def encoded_to_show(value: Any, what: str) -> bytes:
    """The JSON text of what is shown, and never comes back: structs and tuples can be in it. Raises `RulesMistake`."""
    text = _encoded(value, what)
    if type(value) not in PLAIN and is_too_deep(text):
        raise RulesMistake(f"{what} is nested more than {DEEPEST} levels deep")
    return text


def is_too_deep(text: bytes) -> bool:
    """Whether the value of a text is nested deeper than a field may be."""
    return len(text) > DEEPEST and sum(map(text.count, _OPENING)) > DEEPEST and _depth(decoded(text)) > DEEPEST


def _encoded(value: Any, what: str) -> bytes:
    try:
        return encode(value)
    except RulesMistake as mistake:
        raise RulesMistake(f"{what}: {mistake}") from None
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise RulesMistake(f"{what} cannot be kept: {_in_words(error)}") from None


def _in_words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep, or holds itself"
    if isinstance(error, OverflowError) or "out of range" in str(error):
        return "a whole number in it has more than 64 bits"
    if "key" in str(error).lower():
        return "a dict in it has a key that is no text"
    return str(error)


def _why(value: Any, back: Any) -> str:
    """The first place at which they differ."""
    if isinstance(value, dict) and isinstance(back, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                return f"the key {key!r} is no text; write {str(key)!r}"
            if back.get(key) != one:
                return f"in {key!r}, {_why(one, back.get(key))}"
    if isinstance(value, list) and isinstance(back, list):
        for place, (one, other) in enumerate(zip(value, back, strict=False)):
            if one != other:
                return f"in item {place}, {_why(one, other)}"
    if isinstance(value, float):
        return f"{value} is no number that JSON has"
    kind = type(value).__name__
    return f"a {kind} would be a {type(back).__name__}{_WRITE.get(type(value), '')}"


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth
