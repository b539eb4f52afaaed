"""Arguments of a call as JSON: what a command carries, and what it cannot.

What cannot be sent fails at the caller, with a message that names the argument. What can is encoded at once: nothing of
the program's is read after the call has returned.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from roomcast.client.blobs import BYTES
from roomcast.client.given import a_kind, shown
from roomcast.client.read_only import ReadOnlyDict, ReadOnlyList
from roomcast.core.protocol.limits import MAX_LEVELS
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode
_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1  # of whole numbers: more than 64 bits are not the same in every language
_PLAIN: Final = frozenset({str, bool, type(None)})
SCALARS: Final[frozenset[type]] = frozenset({str, bool, type(None), int, float})
"""The kinds of values that JSON can carry and that hold no others."""

_SHORT: Final = len("[9223372036854775808]") - 1  # bytes: in arguments of this length, no whole number is too large
_LISTS: Final = frozenset({list, tuple, ReadOnlyList})
_DICTS: Final = frozenset({dict, ReadOnlyDict})
_DEEPEST: Final = 200  # levels of one argument; a server accepts a few more for a whole message
_DEEPEST_RECEIVED: Final = MAX_LEVELS + 44  # levels: a message's, and those of a program's own around it
_MOST: Final = 1_000_000  # values of one argument; more than a message of any size has use for
_UNENCODABLE: Final = (OverflowError, ValueError, TypeError, RecursionError, RuntimeError)


def to_json(
    command: str, args: Sequence[object], kwargs: Mapping[str, object], names: Sequence[str] = ()
) -> msgspec.Raw:
    """Arguments as a JSON array (or object, when given by name). Raises `BadArgument` that names the argument.

    `names` are those of the parameters, where they are known, for the message.
    """
    if args and kwargs:
        raise BadArgument(
            f"{command}: give arguments all by position or all by name, not {len(args)} by position "
            f"and {', '.join(map(shown, kwargs))} by name",
            topic="not-sendable",
        )
    for index, value in enumerate(args):
        kind = type(value)
        if kind not in _PLAIN and not (kind is int and isinstance(value, int) and _MIN_INT <= value <= _MAX_INT):
            _check(f"{command}: argument ", value, _name(index, names), _Walk())
    for name, value in kwargs.items():
        _check(f"{command}: argument ", value, repr(name), _Walk())
    try:
        return msgspec.Raw(_encode(kwargs or args))
    except _UNENCODABLE:
        for index, value in enumerate(args):
            _check(f"{command}: argument ", value, _name(index, names), _Walk(deep=True))
        for name, value in kwargs.items():
            if not _is_unicode(name):
                raise BadArgument(
                    f"{command}: the name {name!r} of an argument has half a character in it", topic="not-sendable"
                ) from None
            _check(f"{command}: argument ", value, repr(name), _Walk(deep=True))
        raise BadArgument(f"{command}: the arguments are nested too deep to send", topic="not-sendable") from None


def scalars_to_json(args: tuple[Any, ...], *, floats: bool) -> msgspec.Raw | None:
    """Arguments of the kinds in `SCALARS` as a JSON array; None where `to_json` has to say why that cannot be sent.

    `floats`: whether there are any.
    """
    try:
        text = _encode(args)
    except _UNENCODABLE:
        return None
    if floats or len(text) > _SHORT:
        for value in args:
            kind = type(value)
            if kind is int:
                if not _MIN_INT <= value <= _MAX_INT:
                    return None
            elif kind is float and not math.isfinite(value):
                return None
    return msgspec.Raw(text)


def encode_value(what: str, value: object) -> msgspec.Raw:
    """A value as JSON. `what` names it, for the message. Raises `BadArgument`."""
    _check(what, value, "", _Walk())
    try:
        return msgspec.Raw(_encode(value))
    except _UNENCODABLE:
        _check(what, value, "", _Walk(deep=True))
        raise BadArgument(f"{what} is nested too deep to send", topic="not-sendable") from None


def _name(index: int, names: Sequence[str]) -> str:
    return repr(names[index]) if index < len(names) else str(index + 1)


class _Unfit(Exception):
    """A value that JSON cannot carry: why, as what follows its name in a sentence; and the way to it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.way: list[str] = []  # from the inside out


class _Walk:
    """Looks through one argument. `deep`: at texts as well, which the encoder otherwise does.

    `received`: for what need not be sent, but may have been received. `exact`: for what is read again as it was.
    """

    __slots__ = ("deep", "deepest", "exact", "left", "received")

    def __init__(self, *, deep: bool = False, received: bool = False, exact: bool = False) -> None:
        self.deep = deep
        self.received = received
        self.exact = exact
        self.deepest = _DEEPEST if not received else _DEEPEST_RECEIVED
        self.left = _MOST  # values

    def look(self, value: Any, depth: int) -> None:
        """Raises `_Unfit`."""
        kind = type(value)
        if kind is float:
            if not math.isfinite(value):
                raise _Unfit(f"is {value}, and JSON has no such number: send None instead")
        elif kind is int:
            if not (_MIN_INT <= value <= _MAX_INT or self.received):
                raise _Unfit("is a number of more than 64 bits: send it as text")
            if self.exact and not _is_float(value):
                raise _Unfit("is a whole number that others would read as another one (above 2**53): keep it as text")
        elif kind in _LISTS:
            self._go_down(len(value), depth)
            for index, item in enumerate(value):
                try:
                    self.look(item, depth + 1)
                except _Unfit as unfit:
                    unfit.way.append(f"[{index}]")
                    raise
        elif kind in _DICTS:
            self._go_down(len(value), depth)
            for key, item in value.items():
                if type(key) is not str:
                    raise _Unfit(f"has the key {shown(key)}; JSON's keys are text: use str(…)")
                if self.deep and not _is_unicode(key):
                    raise _Unfit("has a key with half a character in it")
                try:
                    self.look(item, depth + 1)
                except _Unfit as unfit:
                    unfit.way.append(f"[{key!r}]")
                    raise
        elif kind not in _PLAIN:
            raise _Unfit(_why_not(value))
        elif self.deep and kind is str and not _is_unicode(value):
            raise _Unfit("is text with half a character (a lone surrogate) in it")

    def _go_down(self, count: int, depth: int) -> None:
        if depth > self.deepest:
            raise _Unfit("is nested too deep to send")
        self.left -= count
        if self.left < 0:
            raise _Unfit(f"holds more than {_MOST:,} values: send less, or in pieces")


def check_state(what: str, value: object, *, exact: bool = False) -> None:
    """Raise `BadArgument` for what JSON cannot carry. What others may have sent passes, also what one may not send.

    `exact`: not what canonical JSON rounds, which is for what is read again.
    """
    _check(what, value, "", _Walk(deep=True, received=True, exact=exact))


def _check(what: str, value: object, name: str, walk: _Walk) -> None:
    """Raise `BadArgument` for what JSON cannot carry. The message begins with `what`, `name` and the way inside."""
    try:
        walk.look(value, 0)
    except _Unfit as unfit:
        way = "".join(reversed(unfit.way[-8:]))
        raise BadArgument(
            f"{what}{name}{way}{'…' if len(unfit.way) > 8 else ''} {unfit.why}", topic="not-sendable"
        ) from None
    except RecursionError:
        raise BadArgument(f"{what}{name} is nested too deep to send", topic="not-sendable") from None
    except RuntimeError:  # a dict that has another size than a moment ago
        raise BadArgument(
            f"{what}{name} was changed by another thread while it was looked through", topic="not-sendable"
        ) from None


def _why_not(value: object) -> str:
    """Why JSON cannot carry a value of that kind, and what to send instead."""
    kind = type(value)
    if kind in BYTES:
        return "is bytes, which JSON cannot carry: give them as an argument of their own"
    what = f"is {a_kind(value)}, which JSON cannot carry: "
    if isinstance(value, enum.Enum):
        return f"{what}send its .value"
    for plain_kind in (int, float, str, dict, list, tuple):  # also numpy's float64, named tuples, IntFlag
        if isinstance(value, plain_kind):
            return f"{what}send {plain_kind.__name__}(…) of it"
    if hasattr(kind, "tolist"):  # numpy's arrays, and its numbers
        return f"{what}send .tolist() of it"
    if isinstance(value, set | frozenset) or hasattr(kind, "__next__"):
        return f"{what}send list(…) of it"
    if hasattr(kind, "id") and hasattr(kind, "here"):  # a player
        return f"{what}send its id"
    return f"{what}send numbers, text, True, False, None, and lists and dicts of these"


def _is_float(number: int) -> bool:
    """Whether a 64-bit float can hold a whole number."""
    try:
        return int(float(number)) == number
    except OverflowError:
        return False


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
