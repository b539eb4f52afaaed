"""What a class says of fields by hints: of which type each is, whether its owner alone sees it, what it is at first."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar

import msgspec
import msgspec.inspect

Decode: TypeAlias = Callable[[bytes], Any]
_T = TypeVar("_T")
_OWNER_ALONE: Final = "seen by its owner alone"
Owner: TypeAlias = Annotated[_T, _OWNER_ALONE]
"""The hint of a player's field that this player alone is sent: `cards: Owner[list[str]]`."""


class FieldHints:
    """Of the fields of one owner."""

    __slots__ = ("decoders", "defaults", "own")

    def __init__(self, decoders: dict[str, Decode], own: frozenset[str], defaults: dict[str, Any]) -> None:
        self.decoders = decoders  # by field that has a hint
        self.own = own  # those that their player alone sees
        self.defaults = defaults  # what they are at first, where the class says it


NO_HINTS: Final = FieldHints({}, frozenset(), {})


def take_hints(cls: type, known: FieldHints, taken: Callable[[str], bool]) -> FieldHints:
    """The hints in the body of a class of fields, after those that its base has. Defaults are taken out of the class.

    `taken`: whether a name is one that cannot be a field's. Raises `TypeError`.
    """
    decoders, own, defaults = dict(known.decoders), set(known.own), dict(known.defaults)
    for name, hint in inspect.get_annotations(cls).items():
        where = f"{cls.__name__}.{name}"
        if name.startswith("_"):
            continue
        if taken(name):
            raise TypeError(f"{where}: it is there already: call it something else")
        try:
            found = read_hint(cls, name, hint)
        except Exception as error:
            raise TypeError(f"{where}: its hint cannot be read ({error}): import what it names") from None
        if typing.get_origin(found) is ClassVar or found is ClassVar:
            continue
        own.discard(name)
        if _OWNER_ALONE in getattr(found, "__metadata__", ()):
            own.add(name)
        decoders[name] = decoder_of(where, found)
        if name in vars(cls):
            defaults[name] = vars(cls)[name]
            delattr(cls, name)  # else it would stand before the field
    return FieldHints(decoders, frozenset(own), defaults)


def read_hint(cls: type, name: str, hint: Any) -> Any:
    """A hint in the body of a class. Raises whatever its text raises."""
    space = vars(sys.modules[cls.__module__])
    one = SimpleNamespace(__annotations__={name: hint})
    return typing.get_type_hints(one, space, dict(vars(cls)), include_extras=True)[name]


def decoder_of(where: str, hint: Any) -> Decode:
    """What makes of a text a value of that type. Raises `TypeError`."""
    try:
        if hint not in (Any, object) and isinstance(msgspec.inspect.type_info(hint), msgspec.inspect.CustomType):
            raise TypeError(f"{hint!r} is no type that JSON can carry: take a msgspec.Struct, or a dataclass")
        return msgspec.json.Decoder(hint).decode
    except TypeError as error:
        raise TypeError(f"{where}: it cannot be kept ({error})") from None
