"""The handlers of a class: which function runs for which command, and how it takes the arguments."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Sequence
from inspect import Parameter
from math import isfinite
from struct import Struct
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Final

import msgspec
import msgspec.inspect
from msgspec import Raw

from roomcast.core.protocol.names import shortened
from roomcast.rules.argument_words import call_of, why_not_converted, why_not_counted
from roomcast.rules.json_texts import DEEPEST, KeptObject, is_too_deep
from roomcast.rules.room_player import Player, Players

_BY_PLACE: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_ARRAY: Final = ord("[")
_first_byte: Final = Struct("B").unpack_from
_astuple: Final = msgspec.structs.astuple
_decode: Final = msgspec.json.Decoder().decode
_AT_ONCE: Final = 100  # arguments: among so many, the one that does not fit is looked for one by one
_NO_NAMES: Final[dict[str, Any]] = {}


class ArgumentMismatch(Exception):
    """Arguments do not fit the handler; the text is a sentence for who sent them."""


class CommandHandler:
    """One function `on_…`: its parameters after `self` and the player, and their hints.

    Raises `TypeError` where it can take no arguments that come over the network.
    """

    __slots__ = ("_by_place", "_defaults", "_finite", "_hints", "_lenient", "_named", "_named_rest",
                 "_named_rest_type", "_only_by_place", "_own", "_places", "_players", "_required", "_rest",
                 "_rest_type", "_strict", "called", "command", "names", "run", "waits")  # fmt: skip

    def __init__(self, command: str, run: Callable[..., Any]) -> None:
        self.command = command
        self.called: Final = f"on_{command}"
        self.run = run
        self.waits: Final = inspect.iscoroutinefunction(run)
        every = list(inspect.signature(run).parameters.values())
        parameters = every[2:]
        plain = [one for one in parameters if one.kind in _BY_PLACE or one.kind is Parameter.KEYWORD_ONLY]
        by_places = [one for one in plain if one.kind in _BY_PLACE]
        self.names = [one.name for one in plain]
        self._places = [one.name for one in by_places]
        self._only_by_place = [one.name for one in plain if one.kind is Parameter.POSITIONAL_ONLY]
        self._own = {one.name for one in every[:2] if one.kind is not Parameter.POSITIONAL_ONLY}  # "self", "player"
        self._by_place = all(one.kind in _BY_PLACE or one.default is not Parameter.empty for one in plain)
        self._required = [one.name for one in plain if one.default is Parameter.empty]
        self._defaults = {one.name: one.default for one in plain if one.default is not Parameter.empty}
        self._rest = next((one.name for one in parameters if one.kind is Parameter.VAR_POSITIONAL), "")
        self._named_rest = next((one.name for one in parameters if one.kind is Parameter.VAR_KEYWORD), "")
        hints = _hints_of(run)
        self._players = frozenset(one.name for one in parameters if _is_player(hints.get(one.name)))
        self._hints = hints | {name: str if isinstance(hints[name], type) else str | None for name in self._players}
        self._rest_type: Any = list[self._hints.get(self._rest, Any)]  # type: ignore[misc]
        self._named_rest_type: Any = dict[str, self._hints.get(self._named_rest, Any)]  # type: ignore[misc]
        self._finite = not any("float" in str(hint) for hint in self._hints.values())
        for one in parameters:
            hint = self._hints.get(one.name, Any)
            if hint is not object and (unknown := _unsendable(msgspec.inspect.type_info(hint))) is not None:
                raise TypeError(f"{one.name}: {_advice(unknown)}")
        fields = {one.name: self._field(one) for one in plain}
        places = [fields[one.name] for one in by_places]
        by_place = msgspec.defstruct(command, places, array_like=True, forbid_unknown_fields=True)
        by_name = msgspec.defstruct(command, list(fields.values()), kw_only=True, forbid_unknown_fields=True)
        self._strict = msgspec.json.Decoder(by_place).decode
        self._lenient = msgspec.json.Decoder(by_place, strict=False).decode
        self._named = msgspec.json.Decoder(by_name).decode

    def read(self, arguments: Raw, *, lenient: bool) -> tuple[tuple[Any, ...] | list[Any], dict[str, Any]]:
        """The arguments as the function takes them: by place, by name. Raises `ArgumentMismatch`.

        `lenient`: text stands for what the hints say, as line clients send it.
        """
        by_place = _first_byte(arguments)[0] == _ARRAY
        values: tuple[Any, ...] | list[Any]
        try:
            if not by_place:
                named = (
                    self._any_named(arguments) if self._named_rest else msgspec.structs.asdict(self._named(arguments))
                )
                return [named.pop(name) for name in self._only_by_place], named
            if not self._by_place:
                raise msgspec.ValidationError("some are by name only")
            if self._rest:
                values = self._with_rest(_decode(arguments), lenient=lenient)
            else:
                values = _astuple((self._lenient if lenient else self._strict)(arguments))
        except (msgspec.MsgspecError, RecursionError):
            raise self._mismatch(arguments, lenient=lenient) from None
        if lenient and not self._finite:
            for value in values:
                if type(value) is float and not isfinite(value):
                    raise self._mismatch(arguments, lenient=lenient)
        return values, _NO_NAMES

    def read_for(
        self, players: Players[Player], arguments: Raw, *, lenient: bool
    ) -> tuple[tuple[Any, ...] | list[Any], dict[str, Any]]:
        """As `read`, with players in place of their ids where the hints say so; not deeper than rules can keep."""
        args, kwargs = self.read(arguments, lenient=lenient)
        if len(arguments) > DEEPEST and is_too_deep(bytes(arguments)):
            raise ArgumentMismatch(f"{call_of(self.command, self.names)}: the arguments are nested too deep to be kept")
        if not self._players:
            return args, kwargs
        by_place = zip(self._named_by_place(args), args, strict=True)
        found = [self._found(name, name, value, players) for name, value in by_place]
        return found, {
            name: self._found(name if name in self.names else self._named_rest, name, value, players)
            for name, value in kwargs.items()
        }

    def _found(self, parameter: str, name: str, value: Any, players: Players[Player]) -> Any:
        """The argument, or the player whose id it is."""
        if parameter not in self._players or not isinstance(value, str):
            return value
        player = players.get(value)
        if player is None:
            why = f"{name} is {shortened(repr(value))}: nobody in the room has that id"
            raise ArgumentMismatch(f"{call_of(self.command, self.names)}: {why}")
        return player

    def _with_rest(self, values: list[Any], *, lenient: bool) -> list[Any]:
        if len(values) < len(self._required):
            raise msgspec.ValidationError("too few")
        own = [
            msgspec.convert(value, self._hints.get(name, Any), strict=not lenient)
            for name, value in zip(self._places, values, strict=False)
        ]
        return own + self._rest_of(values[len(own) :], lenient=lenient)

    def _rest_of(self, values: list[Any], *, lenient: bool) -> list[Any]:
        """What `*rest` takes, converted at once: a message may have thousands of them."""
        read: list[Any] = msgspec.convert(values, self._rest_type, strict=not lenient)
        return read

    def _named_by_place(self, values: Sequence[Any]) -> list[str]:
        """Of which parameter each of the values is, by place."""
        return [*self._places[: len(values)], *[self._rest] * (len(values) - len(self._places))]

    def _any_named(self, arguments: Raw) -> dict[str, Any]:
        values: dict[str, Any] = _decode(arguments)
        if any(name not in values for name in self._required) or not self._own.isdisjoint(values):
            raise msgspec.ValidationError("too few, or others")
        own = {name: msgspec.convert(values.pop(name), self._hints.get(name, Any))
               for name in self.names if name in values}  # fmt: skip
        rest: dict[str, Any] = msgspec.convert(values, self._named_rest_type)
        return self._defaults | own | rest

    def _mismatch(self, arguments: Raw, *, lenient: bool) -> ArgumentMismatch:
        what = call_of(self.command, self.names)
        try:
            return ArgumentMismatch(f"{what}: {self._why(_decode(arguments), lenient=lenient)}")
        except (msgspec.MsgspecError, RecursionError):
            return ArgumentMismatch(f"{what}: the arguments cannot be read")

    def _why(self, values: Any, *, lenient: bool) -> str:
        args, kwargs = ([], values) if isinstance(values, dict) else (values, {})
        known = {name for name in kwargs if name not in self._own} if self._named_rest else set(self.names)
        if why := why_not_counted(self._places, known, self._required, args, kwargs, rest=bool(self._rest)):
            return why
        pairs = list(zip(self._named_by_place(args), args, strict=True) if args else kwargs.items())
        own = [(name, one, self._hints.get(name, Any)) for name, one in pairs if name in self.names]
        hint = self._hints.get(self._rest if args else self._named_rest, Any)
        rest = [(name, one, hint) for name, one in pairs if name not in self.names]
        return why_not_converted([*own, *_suspects(rest, strict=not lenient)], strict=not lenient)

    def _field(self, one: Parameter) -> Any:
        """As a field: with the parameter's own default. Of a list, that is the same list, as Python has it."""
        hint = self._hints.get(one.name, Any)
        if one.default is Parameter.empty:
            return one.name, hint
        return one.name, hint, msgspec.field(default_factory=lambda: one.default)


def _suspects(hinted: list[tuple[str, Any, Any]], *, strict: bool) -> list[tuple[str, Any, Any]]:
    """Some of them, among which is the first that does not fit. All have the same hint: names, values, hints."""
    for begin in range(0, len(hinted), _AT_ONCE):
        some = hinted[begin : begin + _AT_ONCE]
        try:
            msgspec.convert([value for _, value, _ in some], list[some[0][2]], strict=strict)  # type: ignore[misc]
        except msgspec.ValidationError:
            return some
    return []


def _is_player(hint: Any) -> bool:
    """Whether it is `Player` or a class of it, or one of these or None."""
    kinds = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, UnionType) else (hint,)
    kinds = tuple(one for one in kinds if one is not NoneType)
    return bool(kinds) and all(isinstance(one, type) and issubclass(one, Player) for one in kinds)


def _unsendable(info: Any, seen: frozenset[int] = frozenset()) -> Any:
    """The first type in a hint that JSON cannot carry; None: there is none. `info`: as `msgspec.inspect` has it."""
    if isinstance(info, msgspec.inspect.CustomType):
        return info.cls
    if isinstance(info, tuple):
        parts: Sequence[Any] = info
    elif isinstance(info, msgspec.inspect.Type | msgspec.inspect.Field) and id(info) not in seen:
        seen |= {id(info)}  # a struct may hold itself
        parts = [getattr(info, name) for name in info.__struct_fields__]
    else:
        return None
    return next((found for one in parts if (found := _unsendable(one, seen)) is not None), None)


def _advice(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, KeptObject):
        return "what belongs to the room cannot be sent; of players alone (Player, Player | None), the id is"
    return repr(hint)


def _hints_of(run: Callable[..., Any]) -> dict[str, Any]:
    """The hints of a function, but for those that only a type checker understands."""
    hints: dict[str, Any] = {}
    for name, hint in getattr(run, "__annotations__", {}).items():
        one = SimpleNamespace(__annotations__={name: hint})
        try:
            hints |= typing.get_type_hints(one, getattr(run, "__globals__", {}))
        except (NameError, TypeError, AttributeError, SyntaxError):
            continue  # then the argument is not converted
    return hints
