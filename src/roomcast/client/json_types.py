"""Types of what programs set and send, so that type checkers find what JSON cannot carry before a program runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeAlias, TypeVar

Value = TypeVar("Value", covariant=True)


class JsonList(Protocol[Value]):
    """A list, of which only the items matter: where a list of numbers is taken, a list of whole numbers is, too."""

    def __iter__(self) -> Iterator[Value]: ...

    def __reversed__(self) -> Iterator[Value]: ...

    def reverse(self) -> None: ...


JsonValue: TypeAlias = (
    "bool | int | float | str | JsonList[JsonValue] | tuple[JsonValue, ...] | Mapping[str, JsonValue] | None"
)
"""What JSON can carry."""

Argument: TypeAlias = "JsonValue | bytes | bytearray | memoryview"
"""What a command can carry as an argument."""
