"""Shared state, as a program sees it: a dict that everyone in the room reads."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any, Protocol

from roomcast.client.json_arguments import check_json
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument


class PatchSender(Protocol):
    """Where patches of shared state go."""

    def set(self, of: str, patch: dict[str, Json], *, whole: bool) -> None:
        """Send a patch of the program's own player's state ("me") or of the room's ("room").

        `whole`: each value replaces the old one; else it is a JSON merge patch (RFC 7396). Raises `TooFast`,
        `BadArgument` for one that is too large, and `RoomClosed`.
        """


class Shared:
    """A dict that everyone in the room sees. Reading returns the value as of the last entry run here.

    Setting sends the value; it is there for everyone, here too, when it has come back. The last one to set
    a key wins. Setting None removes the key. Whatever sets raises `BadArgument` for what JSON cannot carry or for more
    than a message may have, `TooFast` when too much waits, and `RoomClosed`.
    """

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        return self._values()[key]

    def __setitem__(self, key: str, value: Json) -> None:
        self._put({key: value}, whole=True)

    def __delitem__(self, key: str) -> None:
        self._put({key: None}, whole=True)

    def update(self, values: dict[str, Json] | None = None, /, **more: Json) -> None:
        """Set several keys at once, in one entry."""
        self._put({**(values or {}), **more}, whole=True)

    def merge(self, patch: dict[str, Json]) -> None:
        """Merge objects into objects, key by key, all the way down; None removes (RFC 7396)."""
        self._put(patch, whole=False)

    def get(self, key: str, default: Any = None) -> Any:
        return self._values().get(key, default)

    def keys(self) -> KeysView[str]:
        return self._values().keys()

    def values(self) -> ValuesView[Json]:
        return self._values().values()

    def items(self) -> ItemsView[str, Json]:
        return self._values().items()

    def __contains__(self, key: object) -> bool:
        return key in self._values()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def _put(self, patch: dict[str, Json], *, whole: bool) -> None:
        for key, value in patch.items():
            if type(key) is not str:
                raise BadArgument(f"the key {key!r} of shared state is not text: use str(…)")
            check_json("shared state", key, value)
        self._send(patch, whole=whole)

    # ------------------------------------------------------------------ whose state it is

    def _values(self) -> dict[str, Json]:
        raise NotImplementedError

    def _send(self, patch: dict[str, Json], *, whole: bool) -> None:
        raise NotImplementedError
