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
from roomcast.client.finite_numbers import ALWAYS_FINITE, check_numbers, convert
from roomcast.client.given import shown
from roomcast.client.json_arguments import SCALARS, scalars_to_json, to_json
from roomcast.client.mismatch import BY_POSITION, is_player, why_not_bound, why_not_converted
from roomcast.core.client.parcels import ArgumentKey
from roomcast.core.protocol.limits import MAX_DIGITS
from roomcast.errors import BadArgument

_decode: Final = msgspec.json.Decoder().decode
_astuple: Final = msgspec.structs.astuple
_ARRAY: Final = ord("[")
_UNREADABLE: Final = (msgspec.DecodeError, RecursionError)
_NO_NAMES: Final[dict[str, Any]] = {}
_FITTING: Final[tuple[tuple[Any, frozenset[type]], ...]] = (
    (Any, SCALARS),
    (object, SCALARS),
    (int, frozenset({int})),
    (float, frozenset({float, int})),
    (str, frozenset({str})),
    (bool, frozenset({bool})),
)  # by hint: the kinds of scalars of which every value fits
_MOST_KINDS: Final = 16  # combinations of kinds that are remembered


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

    def __init__(self, run: Callable[..., object], command: str, *, by_own_name: bool = False) -> None:
        self.run = run
        self.by_own_name = by_own_name  # called everywhere: the command is the function's own name
        self.command = command
        signature = _signature_of(run, command)
        parameters = list(signature.parameters.values())
        self.takes_player = bool(parameters) and parameters[0].name == "player" and parameters[0].kind in BY_POSITION
        if self.takes_player:
            parameters = parameters[1:]
        self.names = [p.name for p in parameters if p.kind in BY_POSITION]
        self._signature = signature.replace(parameters=parameters)
        self._hints = _hints_of(run)
        self._rest = next((p for p in parameters if p.kind is Parameter.VAR_POSITIONAL), None)
        self._any_name = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
        self._required_by_name = any(
            p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty for p in parameters
        )
        self._by_position_alone = self._rest is None and not self._required_by_name
        self._fewest = sum(p.kind in BY_POSITION and p.default is Parameter.empty for p in parameters)
        if self._required_by_name:
            self._fewest = len(self.names) + 1  # positions alone are never enough
        self._never_by_name = any(
            p.kind is Parameter.POSITIONAL_ONLY and p.default is Parameter.empty for p in parameters
        )
        self._fitting = [
            next((kinds for one, kinds in _FITTING if one is self._hints.get(name, Any)), frozenset())
            for name in self.names
        ]
        self._fit: dict[tuple[type, ...], bool] = {}  # kinds of arguments that fit, and whether there are floats
        self._decode_by_position, self._finite_by_position = self._decoder(
            [p for p in parameters if p.kind in BY_POSITION], array=True
        )
        self._decode_by_name, self._finite_by_name = self._decoder(
            [p for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)],
            array=False,
        )

    def bind(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> tuple[msgspec.Raw, Blobs]:
        """Arguments of a local call as JSON, by position where possible, and the bytes among them.

        Raises `BadArgument` for what JSON cannot carry, and for what the function would not accept where it runs.
        """
        kinds = tuple(map(type, args))
        floats = self._fit.get(kinds)
        if floats is not None and not kwargs:
            raw = scalars_to_json(args, floats=floats)
            if raw is not None:
                return raw, NONE
        raw, blobs = self._bind_any(args, kwargs)
        if not kwargs and len(self._fit) < _MOST_KINDS and self._fits(kinds):
            self._fit[kinds] = float in kinds
        return raw, blobs

    def _fits(self, kinds: tuple[type, ...]) -> bool:
        """Whether the function, which takes so many arguments, takes them of these kinds, whatever they are."""
        return self._by_position_alone and all(
            kind in fitting for kind, fitting in zip(kinds, self._fitting, strict=False)
        )

    def _bind_any(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> tuple[msgspec.Raw, Blobs]:
        if kwargs or not self._fewest <= len(args) <= len(self.names):
            args, kwargs = self._bound(args, kwargs)
        values: Sequence[object] = args
        named: Mapping[str, object] = kwargs
        blobs = NONE
        if kwargs or not BYTES.isdisjoint(map(type, args)):
            values, named, blobs = take_out(args, kwargs)
        try:
            raw = to_json(self.command, values, named, self.names)
        except BadArgument:
            if self.takes_player and args and is_player(args[0]):  # and as many others as may be left out
                why = why_not_bound(self.command, self._signature, args, kwargs, takes_player=True)
                raise BadArgument(f"{self.command}: {why}", topic="arguments") from None
            raise
        try:
            if self._by_position_alone and not named and not blobs and len(raw) <= self._finite_by_position:
                self._decode_by_position(raw)
            else:
                self.read(raw, blobs)
        except _UNREADABLE:
            raise BadArgument(str(self._mismatch(raw)), topic="arguments") from None
        except ArgumentMismatch as mismatch:
            raise BadArgument(str(mismatch), topic="arguments") from None
        return raw, blobs

    def _bound(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> _Arguments:
        """Arguments sorted as the function takes them: by position where possible. Raises `BadArgument`."""
        why = why_not_bound(self.command, self._signature, args, kwargs, takes_player=self.takes_player)
        if why is not None:
            raise BadArgument(f"{self.command}: {why}", topic="arguments")
        bound = self._signature.bind(*args, **kwargs)
        if bound.kwargs:
            args, kwargs = (), dict(bound.arguments)
            if self._rest is not None and kwargs.pop(self._rest.name, None):
                raise BadArgument(f"{self.command}: give arguments all by position or all by name", topic="arguments")
            for parameter in self._signature.parameters.values():
                if parameter.kind is Parameter.VAR_KEYWORD:
                    kwargs |= typing.cast("dict[str, object]", kwargs.pop(parameter.name, {}))
            return args, kwargs
        return bound.args, {}

    def read(self, arguments: msgspec.Raw, blobs: Blobs = NONE) -> tuple[Sequence[Any], dict[str, Any]]:
        """Received arguments, as the function takes them: by position, by name. Raises `ArgumentMismatch`."""
        args: Sequence[Any]
        kwargs = _NO_NAMES
        if self._by_position_alone:
            try:
                args = _astuple(self._decode_by_position(arguments))
                if len(arguments) > self._finite_by_position:
                    check_numbers(args)
            except _UNREADABLE:
                if _is_array(arguments):
                    raise self._mismatch(arguments) from None
                args, kwargs = self._read_by_name(arguments)
            while args and args[-1] is _MISSING:
                args = args[:-1]
        elif _is_array(arguments):
            args = self._read_rest(arguments)
        else:
            args, kwargs = self._read_by_name(arguments)
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
            if len(arguments) > self._finite_by_name:
                check_numbers(struct)
        except _UNREADABLE:
            raise self._mismatch(arguments) from None
        named = {key: value for key, value in msgspec.structs.asdict(struct).items() if value is not _MISSING}
        if self._any_name:
            named |= {key: value for key, value in self._plain(arguments).items() if key not in named}
            if self.takes_player and "player" in named:
                raise self._mismatch(arguments, "who the player is, the server says")
        return (), named

    def _decoder(self, parameters: list[Parameter], *, array: bool) -> tuple[Callable[[msgspec.Raw], Any], int]:
        """A function that reads arguments, given as an array or as an object, into a struct of the parameters.

        Also how long arguments may be (bytes) of which all numbers are then finite; longer ones are to be checked.
        """
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
            decode = msgspec.json.Decoder(struct, strict=False).decode
        except TypeError as error:
            raise BadArgument(
                f"{self.command}: a type hint of its parameters cannot come over the network ({error}): "
                "use int, float, str, bool, list, dict, or a dataclass of these",
                topic="type-hint",
            ) from None
        return decode, MAX_DIGITS if all(hint in ALWAYS_FINITE for _, hint, *_ in fields) else 0

    def _read_rest(self, arguments: msgspec.Raw) -> list[Any]:
        values = self._plain(arguments)
        try:
            bound = self._signature.bind(*values)
        except TypeError:
            raise self._mismatch(arguments) from None
        hints = [self._hints.get(name, Any) for name in self.names]
        if self._rest is not None:
            hints += [self._hints.get(self._rest.name, Any)] * (len(values) - len(hints))
        try:
            return [convert(value, hint) for value, hint in zip(bound.args, hints, strict=False)]
        except _UNREADABLE:
            raise self._mismatch(arguments) from None

    def _plain(self, arguments: msgspec.Raw) -> Any:
        try:
            return _decode(arguments)
        except _UNREADABLE:
            raise ArgumentMismatch(
                f"{self.command}({_shown(arguments)}) cannot be read: no JSON, or a number beyond all bounds"
            ) from None

    def _mismatch(self, arguments: msgspec.Raw, why: str = "") -> ArgumentMismatch:
        return ArgumentMismatch(
            f"{self.command}({_shown(arguments)}) does not fit {self.command}{self._signature}: "
            f"{why or self._why_not(arguments)}"
        )

    def _why_not(self, arguments: msgspec.Raw) -> str:
        """Why received arguments do not fit; raises `ArgumentMismatch` for what cannot be read at all."""
        values = self._plain(arguments)
        args, kwargs = ((), values) if isinstance(values, dict) else (values, {})
        why = why_not_bound(self.command, self._signature, args, kwargs, takes_player=self.takes_player)
        if why is not None:
            return why
        by_name = dict(zip(self.names, args, strict=False)) | kwargs
        hints = dict(self._hints)
        for place, value in enumerate(args[len(self.names) :], len(self.names) + 1):
            by_name[f"argument {place}"] = value
            hints[f"argument {place}"] = self._hints.get(self._rest.name if self._rest else "", Any)
        return why_not_converted(by_name, hints, convert)


def _is_array(arguments: msgspec.Raw) -> bool:
    return memoryview(arguments)[0] == _ARRAY


def _signature_of(run: Callable[..., object], command: str) -> inspect.Signature:
    try:
        return inspect.signature(run)
    except (TypeError, ValueError):
        raise BadArgument(
            f"{command}: Python does not know which arguments {shown(run)} takes: write a function that calls it",
            topic="decorator",
        ) from None


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
