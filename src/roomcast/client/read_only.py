"""Values of shared state as a program reads them: dicts and lists that cannot be changed.

A change to them would be seen here alone; so it raises, with a sentence that says how to set a value for everyone.
What makes a new value works as ever, and gives a plain one: `scores | {"ann": 3}`, `bag + [4]`, `list(bag)`, copying,
pickling. So does `room.state["bag"] += [4]`, which reads, makes a new list and sets it.
"""

from __future__ import annotations

import copy
import json
import keyword
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

SETTABLE: Final = frozenset({"room.state", "room.me"})
"""The owners whose values a program may set."""

Place: TypeAlias = tuple[Any, ...]
"""Where a value was read: the expression that stands for its owner ("room.state"), then the keys on the way to it."""


def read_only(value: Json, place: Place) -> Any:
    """The value, of which nothing can be changed. What is neither a dict nor a list is given back as it is."""
    kind = type(value)
    if kind is dict:
        return ReadOnlyDict({key: read_only(one, (*place, key)) for key, one in value.items()}, place)
    if kind is list:
        return ReadOnlyList([read_only(one, (*place, index)) for index, one in enumerate(value)], place)
    return value


class ReadOnlyDict(dict[str, Any]):
    """A dict that was read from shared state."""

    __slots__ = ("_place",)

    def __init__(self, values: dict[str, Any], place: Place) -> None:
        super().__init__(values)
        self._place = place

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: copy.deepcopy(value, memo) for key, value in self.items()}

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __or__(self, other: Any) -> Any:
        return dict(self) | other

    __ior__ = __or__  # as of a tuple: a new value, which the name then stands for


class ReadOnlyList(list[Any]):
    """A list that was read from shared state."""

    __slots__ = ("_place",)

    def __init__(self, values: list[Any], place: Place) -> None:
        super().__init__(values)
        self._place = place

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return list, (list(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return [copy.deepcopy(value, memo) for value in self]

    def __copy__(self) -> list[Any]:
        return list(self)

    def __add__(self, other: Any) -> Any:
        return list(self) + other

    def __mul__(self, times: Any) -> Any:
        return list(self) * times

    __iadd__ = __add__  # as of a tuple
    __imul__ = __mul__


def _refuse(self: ReadOnlyDict | ReadOnlyList, *args: object, **kwargs: object) -> NoReturn:
    raise BadArgument(_how_to_set(self, self._place), topic="read-only")


for _kind, _names in (
    (ReadOnlyDict, "__setitem__ __delitem__ clear pop popitem setdefault update"),
    (ReadOnlyList, "__setitem__ __delitem__ append clear extend insert pop remove reverse sort"),
):
    for _name in _names.split():
        setattr(_kind, _name, _refuse)


def _how_to_set(value: ReadOnlyDict | ReadOnlyList, place: Place) -> str:
    """Why a value cannot be changed that was read at that place, and what to write."""
    owner, *keys = place
    read = owner + "".join(map(_index, keys))
    if owner not in SETTABLE:
        what = f"{read} cannot be changed: the others would not see it."
        return f"{what} Change a copy: import copy, then copy.deepcopy({read})"
    says = [f"{read} cannot be changed: only this program would see it. Set it for everyone:"]
    if len(keys) == 1:
        says.append(f'{read} |= {{"key": 3}}' if isinstance(value, dict) else f"{read} += [3]")
    elif isinstance(value, dict) and not any(isinstance(key, int) for key in keys):
        patch = '{"key": 3}'
        for key in reversed(keys):
            patch = f"{{{_text(key)}: {patch}}}"
        says.append(f"{owner}.merge({patch})")
    top = f"{owner}{_index(keys[0])}"
    name = keys[0] if keys[0].isidentifier() and not keyword.iskeyword(keys[0]) else "value"
    other = "or " if len(says) > 1 else ""
    says.append(f"{other}import copy, then {name} = copy.deepcopy({top}), then change {name}, then {top} = {name}")
    return " ".join(says)


def _index(key: Any) -> str:
    return f"[{key}]" if isinstance(key, int) else f"[{_text(key)}]"


def _text(key: Any) -> str:
    return json.dumps(str(key), ensure_ascii=False)
