"""What a class says of fields by hints: of which type each is, whether its owner alone sees it, what it is at first."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable
from types import NoneType, SimpleNamespace
from typing import Annotated, Any, ClassVar, Final, NamedTuple, TypeAlias, TypeVar

import msgspec
import msgspec.inspect

from roomcast.rules.json_texts import SCALARS

_T = TypeVar("_T")
_OWNER_ALONE: Final = "seen by its owner alone"
Owner: TypeAlias = Annotated[_T, _OWNER_ALONE]
"""The hint of a player's field that this player alone is sent: `cards: Owner[list[str]]`."""

_BY_KIND: Final = (  # hints that say nothing of a value but its kind
    (msgspec.inspect.IntType(), int),
    (msgspec.inspect.FloatType(), float),
    (msgspec.inspect.StrType(), str),
    (msgspec.inspect.BoolType(), bool),
    (msgspec.inspect.NoneType(), NoneType),
)


class FieldHint(NamedTuple):
    """Of one field, or attribute."""

    decode: Callable[[bytes], Any]  # makes a value of its text
    kinds: frozenset[type]  # kinds of scalars that fit, and come back as they are


class FieldHints:
    """Of the fields of one owner."""

    __slots__ = ("by_name", "defaults", "own")

    def __init__(self, by_name: dict[str, FieldHint], own: frozenset[str], defaults: dict[str, Any]) -> None:
        self.by_name = by_name
        self.own = own  # those that their player alone sees
        self.defaults = defaults  # what they are at first, where the class says it


NO_HINTS: Final = FieldHints({}, frozenset(), {})


def take_hints(cls: type, known: FieldHints, taken: Callable[[str], bool]) -> FieldHints:
    """The hints in the body of a class of fields, after those that its base has. Defaults are taken out of the class.

    `taken`: whether a name is one that cannot be a field's. Raises `TypeError`.
    """
    by_name, own, defaults = dict(known.by_name), set(known.own), dict(known.defaults)
    for name, hint in inspect.get_annotations(cls).items():
        where = f"{cls.__name__}.{name}"
        if name.startswith("_"):
            continue
        if name not in by_name and taken(name):
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
        by_name[name] = field_hint(where, found)
        if name in vars(cls):
            defaults[name] = vars(cls)[name]
            delattr(cls, name)  # else it would stand before the field
    return FieldHints(by_name, frozenset(own), defaults)


def read_hint(cls: type, name: str, hint: Any) -> Any:
    """A hint in the body of a class. Raises whatever its text raises."""
    space = vars(sys.modules[cls.__module__])
    one = SimpleNamespace(__annotations__={name: hint})
    return typing.get_type_hints(one, space, dict(vars(cls)), include_extras=True)[name]


def field_hint(where: str, hint: Any) -> FieldHint:
    """What the hint of a field says. Raises `TypeError`."""
    try:
        if hint in (Any, object):
            return FieldHint(msgspec.json.Decoder(hint).decode, _kinds_of(msgspec.inspect.AnyType()))
        info = msgspec.inspect.type_info(hint)
        if isinstance(info, msgspec.inspect.CustomType):
            raise TypeError(f"{hint!r} is no type that JSON can carry: take a msgspec.Struct, or a dataclass")
        return FieldHint(msgspec.json.Decoder(hint).decode, _kinds_of(info))
    except TypeError as error:
        raise TypeError(f"{where}: it cannot be kept ({error})") from None


def _kinds_of(info: Any) -> frozenset[type]:
    """The kinds of scalars of which any value fits a hint. `info`: as `msgspec.inspect` has it."""
    if isinstance(info, msgspec.inspect.UnionType):
        return frozenset().union(*map(_kinds_of, info.types))
    if isinstance(info, msgspec.inspect.AnyType):
        return SCALARS
    return frozenset(kind for hint, kind in _BY_KIND if hint == info)
