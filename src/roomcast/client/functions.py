"""Functions as commands: arguments become JSON at the caller, and are checked and converted where they run.

What is received and does not fit the function (a stranger may send anything) becomes an error event for the program,
never an exception inside its function.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

import msgspec
import msgspec.inspect

from roomcast.client.blobs import BYTES, NONE, Blobs, put_back, take_out
from roomcast.client.json_arguments import to_json
from roomcast.core.client.parcels import ArgumentKey
from roomcast.errors import BadArgument

_decode: Final = msgspec.json.Decoder().decode
_astuple: Final = msgspec.structs.astuple
_ARRAY: Final = ord("[")
_BY_POSITION: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_UNREADABLE: Final = (msgspec.DecodeError, RecursionError)


class ArgumentMismatch(Exception):
    """Received arguments do not fit the function that they are for."""


class _Missing:
    """Stands for an argument that was not given: the function's own default is used."""

    def __repr__(self) -> str:
        return "missing"


_MISSING: Final = _Missing()
_Arguments: TypeAlias = tuple[tuple[object, ...], dict[str, object]]  # by position, by name


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
        self._decode_by_position = self._decoder([p for p in parameters if p.kind in _BY_POSITION], array=True)
        self._decode_by_name = self._decoder(
            [p for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)],
            array=False,
        )

    def bind(self, args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[msgspec.Raw, Blobs]:
        """Arguments of a local call as JSON, by position where possible, and the bytes among them.

        Raises `BadArgument` for what JSON cannot carry, and for what the function would not accept where it runs.
        """
        if kwargs or not self._fewest <= len(args) <= len(self.names):
            args, kwargs = self._bound(args, kwargs)
        values: Sequence[object] = args
        named: Mapping[str, object] = kwargs
        blobs = NONE
        if kwargs or not BYTES.isdisjoint(map(type, args)):
            values, named, blobs = take_out(args, kwargs)
        raw = to_json(self.command, values, named, self.names)
        try:
            if self._by_position_alone and not named and not blobs:
                self._decode_by_position(raw)
            else:
                self.read(raw, blobs)
        except _UNREADABLE as error:
            raise BadArgument(str(self._mismatch(raw, error))) from None
        except ArgumentMismatch as mismatch:
            raise BadArgument(str(mismatch)) from None
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
        """Received arguments, as the function takes them: by position, by name. Raises `ArgumentMismatch`."""
        if memoryview(arguments)[0] != _ARRAY:
            args, kwargs = self._read_by_name(arguments)
        elif not self._by_position_alone:
            args, kwargs = self._read_rest(arguments), {}
        else:
            try:
                args, kwargs = _astuple(self._decode_by_position(arguments)), {}
            except _UNREADABLE as error:
                raise self._mismatch(arguments, error) from None
            while args and args[-1] is _MISSING:
                args = args[:-1]
        if not blobs:
            return args, kwargs
        try:
            return put_back(args, kwargs, blobs, self._takes_any)
        except LookupError:
            raise self._mismatch(arguments, "there are bytes where it takes none") from None

    def _takes_any(self, place: ArgumentKey) -> bool:
        """Whether the parameter at that place has no hint that says otherwise."""
        if isinstance(place, int) and place < len(self.names):
            place = self.names[place]
        elif self._rest is not None:
            place = self._rest.name
        return self._hints.get(str(place), Any) in (Any, object)

    def _read_by_name(self, arguments: msgspec.Raw) -> tuple[Sequence[Any], dict[str, Any]]:
        if self._never_by_name:
            raise self._mismatch(arguments, "it takes them by position")
        try:
            struct = self._decode_by_name(arguments)
        except _UNREADABLE as error:
            raise self._mismatch(arguments, error) from None
        named = {key: value for key, value in msgspec.structs.asdict(struct).items() if value is not _MISSING}
        if self._any_name:
            named |= {key: value for key, value in self._plain(arguments).items() if key not in named}
            if self.takes_player and "player" in named:
                raise self._mismatch(arguments, "who the player is, the server says")
        return (), named

    def _decoder(self, parameters: list[Parameter], *, array: bool) -> Callable[[msgspec.Raw], Any]:
        """A function that reads arguments, given as an array or as an object, into a struct of the parameters."""
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
            return msgspec.json.Decoder(struct, strict=False).decode
        except TypeError as error:
            raise BadArgument(
                f"{self.command}: a type hint of its parameters cannot come over the network ({error}): "
                "use int, float, str, bool, list, dict, or a dataclass of these"
            ) from None

    def _read_rest(self, arguments: msgspec.Raw) -> list[Any]:
        values = self._plain(arguments)
        try:
            bound = self._signature.bind(*values)
        except TypeError as error:
            raise self._mismatch(arguments, error) from None
        hints = [self._hints.get(name, Any) for name in self.names]
        if self._rest is not None:
            hints += [self._hints.get(self._rest.name, Any)] * (len(values) - len(hints))
        try:
            return [msgspec.convert(value, hint, strict=False) for value, hint in zip(bound.args, hints, strict=False)]
        except msgspec.ValidationError as error:
            raise self._mismatch(arguments, error) from None

    def _plain(self, arguments: msgspec.Raw) -> Any:
        try:
            return _decode(arguments)
        except _UNREADABLE as error:
            raise ArgumentMismatch(f"{self.command}: the arguments cannot be read: {error}") from None

    def _mismatch(self, arguments: msgspec.Raw, why: object) -> ArgumentMismatch:
        return ArgumentMismatch(
            f"{self.command}({_shown(arguments)}) does not fit {self.command}{self._signature}: {why}"
        )


def _hints_of(run: Callable[..., object]) -> dict[str, Any]:
    """The hints of all parameters but those that only a type checker understands."""
    hints: dict[str, Any] = {}
    for name, hint in getattr(run, "__annotations__", {}).items():
        one = SimpleNamespace(__annotations__={name: hint})
        try:
            hints |= typing.get_type_hints(one, getattr(run, "__globals__", {}))
        except (NameError, TypeError, AttributeError, SyntaxError):
            continue  # then the argument is not converted
    return hints


def _shown(arguments: msgspec.Raw) -> str:
    text = bytes(memoryview(arguments)).decode("utf-8", "replace")[1:-1]
    return text if len(text) <= 60 else text[:59] + "…"
