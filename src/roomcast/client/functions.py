"""Functions as commands: arguments become JSON at the caller, and are checked and converted where they run.

What cannot be sent fails at the caller, by the argument's name. What comes in and does not fit the function
(a stranger may send anything) becomes an error event for the program, never an exception inside its function.
"""

from __future__ import annotations

import inspect
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

import msgspec
import msgspec.inspect

from roomcast.client.blobs import BYTES, NONE, Blobs, put_back, take_out
from roomcast.core.client.parcels import Place
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode
_LEAST, _MOST = -(2**63), 2**63 - 1  # of whole numbers
_PLAIN: Final = frozenset({str, bool, type(None)})
_DEEPEST: Final = 200  # levels of one argument; a server takes some more for a whole message
_ARRAY: Final = ord("[")
_BY_POSITION: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class ArgumentMismatch(Exception):
    """Arguments that came in do not fit the function they are for."""


class _Missing:
    """Stands for an argument that was not given, so that the function's own default counts."""

    def __repr__(self) -> str:
        return "missing"


_MISSING: Final = _Missing()
_Arguments: TypeAlias = tuple[tuple[object, ...], dict[str, object]]  # by position, by name


# ---------------------------------------------------------------------- out


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
        if kind not in _PLAIN and not (kind is int and isinstance(value, int) and _LEAST <= value <= _MOST):
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
        if not _LEAST <= typing.cast(int, value) <= _MOST:
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


# ---------------------------------------------------------------------- in


class Function:
    """A function that runs when a command comes: how it takes its arguments.

    A first parameter called `player` receives who called. Type hints convert and check the rest,
    leniently where a starter client sends text: `dx: int` turns "5" into 5.
    """

    def __init__(self, run: Callable[..., object], command: str) -> None:
        self.run = run
        self.command = command
        signature = inspect.signature(run)
        parameters = list(signature.parameters.values())
        self.takes_player = bool(parameters) and parameters[0].name == "player" and parameters[0].kind in _BY_POSITION
        if self.takes_player:
            parameters = parameters[1:]
        self.names = [p.name for p in parameters if p.kind in _BY_POSITION]
        self._signature = signature.replace(parameters=parameters)
        self._hints = _hints_of(run)
        self._rest = next((p for p in parameters if p.kind is Parameter.VAR_POSITIONAL), None)
        self._any_name = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
        self._required_by_name = any(
            p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty for p in parameters
        )
        self._by_position_alone = self._rest is None and not self._required_by_name
        self._fewest = sum(p.kind in _BY_POSITION and p.default is Parameter.empty for p in parameters)
        if self._required_by_name:
            self._fewest = len(self.names) + 1  # positions alone are never enough
        self._never_by_name = any(
            p.kind is Parameter.POSITIONAL_ONLY and p.default is Parameter.empty for p in parameters
        )
        self._by_position = self._decoder([p for p in parameters if p.kind in _BY_POSITION], array=True)
        self._by_name = self._decoder(
            [p for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)],
            array=False,
        )

    def bind(self, args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[msgspec.Raw, Blobs]:
        """Arguments of a local call as JSON, by position where possible, and the bytes. Raises `BadArgument`."""
        if kwargs or not self._fewest <= len(args) <= len(self.names):
            args, kwargs = self._bound(args, kwargs)
        values, named, blobs = take_out(args, kwargs)
        raw = to_json(self.command, values, named, self.names)
        try:
            if self._by_position_alone and not named and not blobs:
                self._convert(self._by_position, raw)
            else:
                self.read(raw, blobs)
        except ArgumentMismatch as misfit:
            raise BadArgument(str(misfit)) from None
        return raw, blobs

    def _bound(self, args: tuple[object, ...], kwargs: dict[str, object]) -> _Arguments:
        """Arguments sorted as the function takes them: by position where possible. Raises `BadArgument`."""
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise BadArgument(f"{self.command}: {error}") from None
        if bound.kwargs:
            args, kwargs = (), dict(bound.arguments)
            if self._rest is not None and kwargs.pop(self._rest.name, None):
                raise BadArgument(f"{self.command}: give arguments all by position or all by name")
            for parameter in self._signature.parameters.values():
                if parameter.kind is Parameter.VAR_KEYWORD:
                    kwargs |= typing.cast("dict[str, object]", kwargs.pop(parameter.name, {}))
            return args, kwargs
        return bound.args, {}

    def read(self, arguments: msgspec.Raw, blobs: Blobs = NONE) -> tuple[Sequence[Any], dict[str, Any]]:
        """Arguments that came in, as the function takes them. Raises `Misfit`."""
        args, kwargs = self._read(arguments)
        if not blobs:
            return args, kwargs
        try:
            return put_back(args, kwargs, blobs, self._takes_any)
        except LookupError:
            raise self._misfit(arguments, "there are bytes where it takes none") from None

    def _takes_any(self, place: Place) -> bool:
        """Whether the parameter at that place has no hint that says otherwise."""
        if isinstance(place, int) and place < len(self.names):
            place = self.names[place]
        elif self._rest is not None:
            place = self._rest.name
        return self._hints.get(str(place), Any) in (Any, object)

    def _read(self, arguments: msgspec.Raw) -> tuple[Sequence[Any], dict[str, Any]]:
        if memoryview(arguments)[0] == _ARRAY:
            if self._by_position_alone:
                struct = self._convert(self._by_position, arguments)
                values = msgspec.structs.astuple(struct)
                while values and values[-1] is _MISSING:
                    values = values[:-1]
                return values, {}
            return self._read_rest(arguments), {}
        if self._never_by_name:
            raise self._misfit(arguments, "it takes them by position")
        struct = self._convert(self._by_name, arguments)
        named = {key: value for key, value in msgspec.structs.asdict(struct).items() if value is not _MISSING}
        if self._any_name:
            named |= {key: value for key, value in self._plain(arguments).items() if key not in named}
            if self.takes_player and "player" in named:
                raise self._misfit(arguments, "who the player is, the server says")
        return (), named

    def _decoder(self, parameters: list[Parameter], *, array: bool) -> msgspec.json.Decoder[Any]:
        fields: list[Any] = []
        for parameter in parameters:
            hint = self._hints.get(parameter.name, Any)
            if parameter.default is Parameter.empty:
                fields.append((parameter.name, hint))
            else:
                fields.append((parameter.name, hint, msgspec.field(default_factory=lambda: _MISSING)))
        try:
            for name, hint, *_ in fields:
                if hint is not object and isinstance(msgspec.inspect.type_info(hint), msgspec.inspect.CustomType):
                    raise TypeError(f"{name}: {hint.__name__}")
            struct = msgspec.defstruct(
                self.command,
                fields,
                array_like=array,
                kw_only=not array,
                forbid_unknown_fields=not (self._any_name and not array),
            )
            return msgspec.json.Decoder(struct, strict=False)
        except TypeError as error:
            raise BadArgument(
                f"{self.command}: a type hint of its parameters cannot come over the network ({error}): "
                "use int, float, str, bool, list, dict, or a dataclass of these"
            ) from None

    def _convert(self, decoder: msgspec.json.Decoder[Any], arguments: msgspec.Raw) -> Any:
        try:
            return decoder.decode(arguments)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._misfit(arguments, error) from None

    def _read_rest(self, arguments: msgspec.Raw) -> list[Any]:
        values = self._plain(arguments)
        try:
            bound = self._signature.bind(*values)
        except TypeError as error:
            raise self._misfit(arguments, error) from None
        hints = [self._hints.get(name, Any) for name in self.names]
        if self._rest is not None:
            hints += [self._hints.get(self._rest.name, Any)] * (len(values) - len(hints))
        try:
            return [msgspec.convert(value, hint, strict=False) for value, hint in zip(bound.args, hints, strict=False)]
        except msgspec.ValidationError as error:
            raise self._misfit(arguments, error) from None

    def _plain(self, arguments: msgspec.Raw) -> Any:
        try:
            return _decode(arguments)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ArgumentMismatch(f"{self.command}: the arguments cannot be read: {error}") from None

    def _misfit(self, arguments: msgspec.Raw, why: object) -> ArgumentMismatch:
        return ArgumentMismatch(
            f"{self.command}({_shown(arguments)}) does not fit {self.command}{self._signature}: {why}"
        )


def plain(arguments: msgspec.Raw) -> tuple[tuple[Json, ...], dict[str, Json]]:
    """Arguments without any function to say how: by position, by name."""
    try:
        value = _decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return (), {}
    return ((), value) if isinstance(value, dict) else (tuple(value), {})


def _hints_of(run: Callable[..., object]) -> dict[str, Any]:
    """The hints of all parameters but those that only a type checker understands."""
    hints: dict[str, Any] = {}
    for name, hint in getattr(run, "__annotations__", {}).items():
        one = SimpleNamespace(__annotations__={name: hint})
        try:
            hints |= typing.get_type_hints(one, getattr(run, "__globals__", {}))
        except (NameError, TypeError, AttributeError, SyntaxError):
            continue  # then what comes is not converted
    return hints


def _shown(arguments: msgspec.Raw) -> str:
    text = bytes(memoryview(arguments)).decode("utf-8", "replace")[1:-1]
    return text if len(text) <= 60 else text[:59] + "…"
