"""The handlers of a class: which function runs for which command, and how it takes the arguments."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from inspect import Parameter
from math import isfinite
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import msgspec.inspect
from msgspec import Raw

from roomcast.rules.argument_words import call_of, why_not_converted, why_not_counted

_BY_PLACE: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_ARRAY: Final = ord("[")
_astuple: Final = msgspec.structs.astuple
_decode: Final = msgspec.json.Decoder().decode
_NO_NAMES: Final[dict[str, Any]] = {}


class ArgumentMismatch(Exception):
    """Arguments do not fit the handler; the text is a sentence for who sent them."""


class CommandHandler:
    """One function `on_…`: its parameters after `self` and the player, and their hints.

    Raises `TypeError` where it can take no arguments that come over the network.
    """

    __slots__ = ("_any_name", "_fewest", "_finite", "_hints", "_lenient", "_named", "_rest", "_strict", "command",
                 "names", "run")  # fmt: skip

    def __init__(self, command: str, run: Callable[..., Any]) -> None:
        self.command = command
        self.run = run
        parameters = list(inspect.signature(run).parameters.values())[2:]
        plain = [one for one in parameters if one.kind in _BY_PLACE or one.kind is Parameter.KEYWORD_ONLY]
        self.names = [one.name for one in plain]
        self._rest = any(one.kind is Parameter.VAR_POSITIONAL for one in parameters)
        self._any_name = any(one.kind is Parameter.VAR_KEYWORD for one in parameters)
        self._fewest = sum(one.default is Parameter.empty for one in plain)
        self._hints = _hints_of(run)
        self._finite = not any("float" in str(hint) for hint in self._hints.values())
        fields: list[Any] = []
        for one in plain:
            hint = self._hints.get(one.name, Any)
            if hint not in (Any, object) and isinstance(msgspec.inspect.type_info(hint), msgspec.inspect.CustomType):
                raise TypeError(f"{one.name}: {hint!r}")
            fields.append((one.name, hint) if one.default is Parameter.empty else (one.name, hint, _default(one)))
        by_place = msgspec.defstruct(command, fields, array_like=True, forbid_unknown_fields=True)
        by_name = msgspec.defstruct(command, fields, kw_only=True, forbid_unknown_fields=True)
        self._strict = msgspec.json.Decoder(by_place).decode
        self._lenient = msgspec.json.Decoder(by_place, strict=False).decode
        self._named = msgspec.json.Decoder(by_name).decode

    def read(self, arguments: Raw, *, lenient: bool) -> tuple[tuple[Any, ...] | list[Any], dict[str, Any]]:
        """The arguments as the function takes them: by place, by name. Raises `ArgumentMismatch`.

        `lenient`: text stands for what the hints say, as line clients send it.
        """
        by_place = memoryview(arguments)[0] == _ARRAY
        try:
            if not by_place:
                if self._any_name:
                    return (), self._any_named(arguments)
                return (), msgspec.structs.asdict(self._named(arguments))
            if self._rest:
                return self._with_rest(_decode(arguments), lenient=lenient), _NO_NAMES
            values = _astuple((self._lenient if lenient else self._strict)(arguments))
        except (msgspec.MsgspecError, RecursionError):
            raise self._mismatch(arguments, lenient=lenient) from None
        if lenient and not self._finite:
            for value in values:
                if type(value) is float and not isfinite(value):
                    raise self._mismatch(arguments, lenient=lenient)
        return values, _NO_NAMES

    def _with_rest(self, values: list[Any], *, lenient: bool) -> list[Any]:
        if len(values) < self._fewest:
            raise msgspec.ValidationError("too few")
        hints = [self._hints.get(name, Any) for name in self.names]
        return [
            msgspec.convert(value, hints[place] if place < len(hints) else Any, strict=not lenient)
            for place, value in enumerate(values)
        ]

    def _any_named(self, arguments: Raw) -> dict[str, Any]:
        values: dict[str, Any] = _decode(arguments)
        if any(name not in values for name in self.names[: self._fewest]):
            raise msgspec.ValidationError("too few")
        return {name: msgspec.convert(value, self._hints.get(name, Any)) for name, value in values.items()}

    def _mismatch(self, arguments: Raw, *, lenient: bool) -> ArgumentMismatch:
        what = call_of(self.command, self.names)
        try:
            values = _decode(arguments)
        except (msgspec.MsgspecError, RecursionError):
            return ArgumentMismatch(f"{what}: the arguments cannot be read")
        args, kwargs = ([], values) if isinstance(values, dict) else (values, {})
        known = {} if self._any_name else kwargs
        why = why_not_counted(self.names, self._fewest, args, known, rest=self._rest)
        if not why:
            by_name = dict(zip(self.names, args, strict=False)) | kwargs
            why = why_not_converted(by_name, self._hints, strict=not lenient)
        return ArgumentMismatch(f"{what}: {why}")


def _default(one: Parameter) -> Any:
    """The parameter's own default, as a field's: of a list, the same list, as Python has it."""
    return msgspec.field(default_factory=lambda: one.default)


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
