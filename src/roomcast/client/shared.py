"""Shared state, as a program sees it: a dict that everyone in the room reads.

What is set is encoded at the call; what is read cannot be changed: `read_only`.
"""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, Never, Protocol, SupportsIndex

from msgspec import Raw

from roomcast.client.given import a_kind, shown
from roomcast.client.json_arguments import encode_value
from roomcast.client.json_types import JsonValue
from roomcast.client.read_only import read_only
from roomcast.core.protocol.messages import Json
from roomcast.core.room.shared_map import SharedMap
from roomcast.errors import BadArgument
from roomcast.help_topics import with_link


class PatchSender(Protocol):
    """Where patches of shared state go."""

    def set(
        self, of: str, patch: dict[str, Raw], *, whole: bool = False, op: str = "", was: dict[str, Raw] | None = None
    ) -> None:
        """Send a patch of the program's own player's state ("me") or of the room's ("room"); the values are encoded.

        `whole`: each value replaces the old one; else it is a JSON merge patch (RFC 7396). `op`: not a patch, but an
        operation, as in `core.room.operations`; `was` are the values that a swap expects. Raises `TooFast`,
        `BadArgument` for one that is too large, and `RoomClosed`.
        """


class Shared:
    """A dict that everyone in the room sees. Reading returns the value as of the last entry run here.

    Setting sends the value; it is there for everyone, here too, when it has come back. The last one to set
    a key wins; where that loses what another has set, `add`, `claim` and `compare_and_set` do not. Setting None removes
    the key. Whatever sets raises `BadArgument` for what JSON cannot carry or for more
    than a message may have, `TooFast` when too much waits, and `RoomClosed`. Dicts and lists that are read cannot be
    changed (`BadArgument` says what to write instead): a change would be seen here alone.
    """

    __slots__ = ("_read",)

    def __init__(self) -> None:
        self._read: dict[str, tuple[Json, Any]] = {}  # by key: a dict or list, and the same as it is read

    def __getitem__(self, key: str) -> Any:
        """The value of a key. Raises KeyError where nothing has been set, or has not come back yet."""
        values = self._values()
        try:
            value = values[key]
        except KeyError as missing:
            owner = self._owner()
            missing.add_note(
                f"{owner} has no {key!r} now. What was set is there once it has come back, which may take "
                f"several calls of room.pump(). Until then {owner}.get({key!r}) gives None, "
                f"and {owner}.get({key!r}, other) another value of your choice"
            )
            raise
        kind = type(value)
        if kind is not dict and kind is not list:
            return value
        known = self._read.get(key)
        if known is None or known[0] is not value:
            if len(self._read) > 2 * len(values):  # most keys of these are gone
                self._read = {}
            known = self._read[key] = (value, read_only(value, (self._owner(), key)))
        return known[1]

    def __setitem__(self, key: str, value: JsonValue) -> None:
        """Send a new value of a key, in place of the whole old one; None removes the key."""
        self._put({key: value}, whole=True)

    def __delitem__(self, key: str) -> None:
        """Send that a key is to be removed; it need not be there."""
        self._put({key: None}, whole=True)

    def update(
        self, values: Mapping[str, JsonValue] | Iterable[tuple[str, JsonValue]] = (), /, **more: JsonValue
    ) -> None:
        """Set several keys at once, in one entry."""
        try:
            together = dict(values, **more)
        except (TypeError, ValueError):
            raise BadArgument(
                "update takes a dict, as in update({'level': 3}), or update(level=3)", topic="state"
            ) from None
        self._put(together, whole=True)

    def merge(self, patch: Mapping[str, JsonValue]) -> None:
        """Merge objects into objects, key by key, all the way down; None removes (RFC 7396)."""
        if not isinstance(patch, Mapping):
            raise BadArgument(
                f"merge takes a dict, as in merge({{'scores': {{'Ada': 3}}}}), not {a_kind(patch)}", topic="state"
            )
        self._put(patch, whole=False)

    def add(self, key: str, number: float) -> None:
        """Add a number to a key's value, which is a number, or not set: then it counts as 0.

        The sum is made in the room's order, so that nothing is lost where several add at the same moment. Whole numbers
        are added exactly, all others as 64-bit floats. Raises `BadArgument` for what is no finite number. Where the
        value is no number, or the sum is too large, nothing changes, and an "error" event says so ("bad-argument").

        Called in a function that runs everywhere, it adds once for each computer: call it where something happens.
        """
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise BadArgument(
                f"add takes a key and a number, as in {self._owner()}.add({shown(key)}, 1), not {shown(number)}",
                topic="counting",
            )
        self._operate("add", {key: number})

    def claim(self, key: str, value: JsonValue) -> None:
        """Set a key if it is not set yet: of all who claim it, the first in the room's order gets it.

        Everyone hears of that one, as of any change; of the others nothing is heard but that their turn has come, and
        nothing changes. `del` frees the key. Raises `BadArgument` for None, which would claim nothing.
        """
        if value is None:
            raise BadArgument(
                f"claim takes a key and a value, as in {self._owner()}.claim({shown(key)}, room.me.id): "
                "None means that nobody has it",
                topic="counting",
            )
        self._operate("claim", {key: value})

    def compare_and_set(self, key: str, expected: JsonValue, new: JsonValue) -> None:
        """Set a key to `new` if its value is `expected` when its turn in the room's order comes; else change nothing.

        None as `expected`: the key is not set; as `new`: remove it. Values are compared as JSON: 1 and 1.0 are the
        same, 1 and True are not; lists and dicts are compared with all that is in them.
        """
        self._operate("swap", {key: new}, {key: expected})

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, `default` where there is none."""
        return self[key] if key in self._values() else default

    def keys(self) -> KeysView[str]:
        """The keys that are set now."""
        return dict.fromkeys(self._values()).keys()

    def values(self) -> ValuesView[Json]:
        """The values that are set now."""
        return self._all().values()

    def items(self) -> ItemsView[str, Json]:
        """Keys with their values, as of now."""
        return self._all().items()

    def __contains__(self, key: object) -> bool:
        """Whether a key is set."""
        return key in self._values()

    def __iter__(self) -> Iterator[str]:
        """The keys, one after the other."""
        return iter(self._values())

    def __len__(self) -> int:
        """How many keys are set."""
        return len(self._values())

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        owner = self._owner()
        raise BadArgument(
            f"{owner} belongs to its room, and cannot be copied or pickled: take dict({owner})", topic="not-copied"
        )

    def _all(self) -> dict[str, Any]:
        return {key: self[key] for key in self._values()}

    def _put(self, patch: Mapping[str, JsonValue], *, whole: bool) -> None:
        self._send(self._encoded(patch), whole=whole)

    def _operate(self, op: str, patch: dict[str, JsonValue], was: dict[str, JsonValue] | None = None) -> None:
        self._send(self._encoded(patch), op=op, was=None if was is None else self._encoded(was))

    def _encoded(self, patch: Mapping[str, JsonValue]) -> dict[str, Raw]:
        owner = self._owner()
        encoded = {}
        for key, value in patch.items():
            if type(key) is not str:
                raise BadArgument(f"the key {key!r} of {owner} is not text: use str(…)", topic="state")
            try:
                key.encode()
            except UnicodeEncodeError:
                raise BadArgument(f"the key {key!r} of {owner} has half a character in it", topic="state") from None
            encoded[key] = encode_value(f"{owner}[{json.dumps(key, ensure_ascii=False)}]", value)
        return encoded

    if not TYPE_CHECKING:  # type checkers know that there are no such attributes

        def __getattr__(self, name: str) -> Any:
            raise self._no_attribute(name, "")

        def __setattr__(self, name: str, value: object) -> None:
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                if hasattr(type(self), name):  # such as a player's name
                    raise
                raise self._no_attribute(name, " = …") from None

    def _no_attribute(self, name: str, then: str) -> AttributeError:
        if name.startswith("_"):
            return AttributeError(f"{type(self).__qualname__!r} object has no attribute {name!r}")
        owner = self._owner()
        write = f'{owner}["{name}"]{then}'
        words = f"{owner} has no attribute {name!r}: for what everyone sees write {write}"
        return AttributeError(
            with_link(words, "state"), name=name, obj=self
        )  # so that Python adds which one may be meant

    # ------------------------------------------------------------------ whose state it is

    def _values(self) -> SharedMap:
        """As of the last entry run; do not hold it: it would keep all that comes after it, too."""
        raise NotImplementedError

    def _owner(self) -> str:
        """The expression that stands for it in a program."""
        raise NotImplementedError

    def _send(
        self, patch: dict[str, Raw], *, whole: bool = False, op: str = "", was: dict[str, Raw] | None = None
    ) -> None:
        """As `PatchSender.set`."""
        raise NotImplementedError
