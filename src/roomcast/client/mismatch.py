"""Why arguments do not fit a function, in a sentence: for who calls it, and for who receives what does not fit."""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from inspect import Parameter, Signature
from typing import Any, Final

import msgspec

from roomcast.client.blobs import BYTES
from roomcast.client.given import shown

BY_POSITION: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_WANTED: Final[dict[Any, str]] = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "text",
    list: "a list",
    dict: "a dict",
    tuple: "a list",
    set: "a list",
    frozenset: "a list",
    bytes: "bytes",
    bytearray: "bytes",
    memoryview: "bytes",
    Decimal: "a number",
    None: "None",
    types.NoneType: "None",
}
"""By hint: what is to be given."""


def why_not_bound(
    command: str, signature: Signature, args: Sequence[object], kwargs: Mapping[str, object], *, takes_player: bool
) -> str | None:
    """Why a call does not fit the parameters (without `player`), as a sentence; None where it does."""
    parameters = list(signature.parameters.values())
    places = [p for p in parameters if p.kind in BY_POSITION]
    rest = any(p.kind is Parameter.VAR_POSITIONAL for p in parameters)
    any_name = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    call = f"{command}({', '.join(p.name for p in places)})"
    if takes_player and (any(map(is_player, args[:1])) or "player" in kwargs):
        return f"leave the player out: write {call}; who calls is put in by itself"
    if len(args) > len(places) and not rest:
        what = "argument" if len(places) == 1 else "arguments"
        return f"it takes {len(places)} {what} ({', '.join(p.name for p in places) or 'none'}), not {len(args)}"
    taken = {p.name for p in places[: len(args)]}
    for name in kwargs:
        if name in taken:
            return f"the argument {name!r} is given twice"
        found = signature.parameters.get(name)
        if not any_name and (found is None or found.kind in (Parameter.POSITIONAL_ONLY, *_RESTS)):
            return f"it has no parameter {name!r} that can be given by name"
    missing = [
        p.name
        for p in parameters
        if p.default is Parameter.empty and p.kind not in _RESTS and p.name not in taken and p.name not in kwargs
    ]
    if not missing:
        return None
    plural = "arguments are" if len(missing) > 1 else "argument is"
    sentence = f"the {plural} missing: {', '.join(missing)}"
    if not takes_player and any(p.name == "player" for p in places):
        others = "".join(f", {p.name}" for p in places if p.name != "player")
        sentence += f" (if 'player' is to be who called, it comes first: def {command}(player{others}))"
    elif not takes_player and len(missing) == 1 and places and not kwargs and len(args) == len(places) - 1:
        others = "".join(f", {p.name}" for p in places[1:])
        sentence += f" (if {places[0].name!r} is to be who called, call it player: def {command}(player{others}))"
    return sentence


_RESTS: Final = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def why_not_converted(
    values: Mapping[str, object], hints: Mapping[str, Any], converted: Callable[[object, Any], object]
) -> str:
    """Which of the arguments, by parameter, is not of its hint. `converted` raises for one that is not."""
    for name, value in values.items():
        hint = hints.get(name, Any)
        try:
            converted(value, hint)
        except (msgspec.ValidationError, RecursionError, ValueError):
            return f"{name!r} is {said(value)}, where {wanted(hint)} is wanted"
    return "its arguments are of other types"


def wanted(hint: Any) -> str:
    """What a hint asks for, in words."""
    try:
        if hint in _WANTED:
            return _WANTED[hint]
    except TypeError:
        return "something else"
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(wanted(one) for one in inner)
    if origin is typing.Literal:
        return " or ".join(map(repr, inner))
    if origin is typing.Annotated:
        return wanted(inner[0])
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return " or ".join(repr(one.value) for one in hint)
    if origin in (list, set, frozenset, dict, tuple):
        return f"{_WANTED[origin]} ({inspect.formatannotation(hint)})"
    return f"a {inspect.formatannotation(hint)}"


def said(value: object) -> str:
    """A received value in a sentence."""
    return "bytes" if type(value) in BYTES else shown(value)


def is_player(value: object) -> bool:
    """Whether a value is a player, of any room."""
    return hasattr(type(value), "here") and hasattr(type(value), "id")
