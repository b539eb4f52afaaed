"""The shared state of one owner: a map from keys to JSON values, each kept as the text that was set.

What is kept is the text, which takes a twentieth of the memory of what it is decoded to; a value is decoded when a
program reads it. A patch costs what it changes, however much there is beside it:

- The newest version of a map holds the one dict; patching a version gives the dict to its successor. The older one
  knows what was there before, and makes a dict of its own when it is read again: versions never change, and nobody
  reads old ones but tests and programs that hold one. (In an old version, keys that were removed come last.)
- An object into which patches are merged again and again is a map as well, from the first such patch on (`_NESTED`),
  so that of a large one only the keys that a patch names are touched.
- Sizes are kept by what each patch adds and removes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import NO_STATE, Json
from roomcast.core.protocol.tree_patch import patched

KEY_OVERHEAD: Final = 200  # bytes, about: what a key of an opened map takes beside its text
_NESTED: Final = 512  # bytes of an object's text: a smaller one is written anew by each patch that is merged into it

_members: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_decode: Final = msgspec.json.Decoder().decode
_exact: Final = msgspec.json.Decoder(float_hook=lambda text: Raw(text.encode())).decode
"""As `_decode`, but fractions stay as they are written: so what is made of a text is never longer than it."""
_NULL: Final = Raw(b"null")
_first_byte: Final = Struct("B").unpack_from
_OBJECT: Final = ord("{")


class SharedMap(Mapping[str, Json]):
    """One version of a map; `text` is a JSON object. Iterates in the order in which keys were first set."""

    __slots__ = ("_items", "_later", "_text", "_values", "keys_held", "size")

    def __init__(self, text: Raw = NO_STATE) -> None:
        self.size = len(text)  # bytes of its text
        self.keys_held = 0  # keys in dicts, here and in maps within
        self._text: Raw | None = text  # None: not made yet
        self._items: dict[str, _Item] | None = None  # None: not opened, or given to a later version
        self._later: tuple[SharedMap, dict[str, _Item | None]] | None = None  # it, and what was here in place of its
        self._values: dict[str, Json] | None = None  # those that were read

    @classmethod
    def of(cls, values: Mapping[str, Json]) -> SharedMap:
        """The map of these values."""
        return cls(Raw(codec.encode(dict(values))))

    @property
    def held(self) -> int:
        """Bytes of memory that the map takes, about, but for values that were read."""
        return self.size if self._items is None else 2 * self.size + KEY_OVERHEAD * self.keys_held

    def text(self) -> Raw:
        """The map as JSON text."""
        if self._text is None:
            items = self._opened()
            self._text = Raw(codec.encode(items)) if items else NO_STATE
        return self._text

    def patched(self, patch: Raw, *, whole: bool) -> SharedMap:
        """The map after `patch`, a JSON object. null removes a key.

        With `whole` each value takes the place of the old one; else objects are merged into objects,
        all the way down (RFC 7396, section 2).
        """
        return self._carry_out(self._plan(patch, whole=whole))

    def tree_patched(self, patch: Raw) -> SharedMap:
        """The map after a tree patch: `core.protocol.tree_patch`. null is a value here. Raises `ProtocolError`."""
        return self.with_texts({key: patched(self.text_of(key), change) for key, change in members_of(patch).items()})

    def with_texts(self, texts: Mapping[str, Raw | None]) -> SharedMap:
        """The map with these texts, each in place of the old one; None removes a key."""
        items = self._opened()
        size, before = self.size, {key: items.get(key) for key in texts}
        for key, text in texts.items():
            old = before[key]
            if type(old) is not Raw or text is None:
                changes = {one: new for one, new in texts.items() if not (new is None and before[one] is None)}
                return self._carry_out(self._plan_of(changes))
            size += len(text) - len(old)
        return self._succeeded(texts, before, size, self.keys_held)

    def _succeeded(
        self, put: Mapping[str, Any], before: dict[str, _Item | None], size: int, keys_held: int
    ) -> SharedMap:
        """The next version, in which these items are put in; it takes the dict."""
        items = self._opened()
        new = SharedMap()
        new.size, new.keys_held = size, keys_held
        new._items, new._text, new._values = items, None, self._values
        items.update(put)
        if new._values:
            for key in before:
                new._values.pop(key, None)
        self._items = self._values = None
        if self._text is None:
            self._later = new, before
        return new

    def size_after(self, patch: Raw, *, whole: bool) -> int:
        """The size that the map would have after `patch`."""
        return self._plan(patch, whole=whole).size

    # ------------------------------------------------------------------ reading

    def __getitem__(self, key: str) -> Json:
        values = self._values
        if values is None:
            values = self._values = {}
        elif key in values:
            return values[key]
        item = self._opened()[key]
        value = values[key] = value_of(item.text() if isinstance(item, SharedMap) else item)
        return value

    def text_of(self, key: str) -> Raw | None:
        """The JSON text of a value, None where the key is not set. Nothing is decoded."""
        item = self._opened().get(key)
        if item is None or type(item) is Raw:  # nearly always; `isinstance` of a mapping asks its abstract classes
            return item
        return item.text()

    def size_of(self, key: str) -> int:
        """Bytes of the JSON text of a value; 0 where the key is not set."""
        item = self._opened().get(key)
        return 0 if item is None else _size_of(item)

    def decoded(self) -> dict[str, Json]:
        """All values by key, in order, in a dict that is the caller's."""
        items, values = self._opened(), self._values or {}
        for key in items.keys() - values.keys():
            self[key]
        values = self._values or {}
        return {key: values[key] for key in items}

    def __contains__(self, key: object) -> bool:
        return key in self._opened()

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._opened()))  # the dict may go to a later version meanwhile

    def __len__(self) -> int:
        return len(self._opened())

    def __repr__(self) -> str:
        return repr(self.decoded())

    def _opened(self) -> dict[str, _Item]:
        if self._items is None:
            if self._text is None:
                self._items = self._rebuilt()
            else:
                self._open(self._text)
        assert self._items is not None
        return self._items

    def _open(self, text: Raw) -> None:
        members = members_of(text)
        items: dict[str, _Item] = {key: value.copy() for key, value in members.items()}  # else each keeps all of it
        self.size = _size(sum(map(len, members.values())) + sum(map(_key_size, members)), len(members))
        self.keys_held = len(items)
        self._items = items
        if items:
            self._text = None  # an empty one keeps it, and so knows no later versions: programs hold `EMPTY` for ever

    def _rebuilt(self) -> dict[str, _Item]:
        """The dict of a version that has given it away: what a later one has, and what was otherwise here."""
        changed = []
        version: SharedMap = self
        while version._items is None and version._text is None:
            assert version._later is not None
            later, before = version._later
            changed.append(before)
            version = later
        items = dict(version._opened())
        for before in reversed(changed):
            for key, item in before.items():
                if item is None:
                    items.pop(key, None)
                else:
                    items[key] = item
        self._later = None
        return items

    # ------------------------------------------------------------------ patches

    def _plan(self, patch: Raw, *, whole: bool) -> _Plan:
        """What `patch` changes. The map is only opened by this, where it has to be."""
        items = self._opened()
        changes: dict[str, _Change] = {}
        for key, text in members_of(patch).items():
            before = items.get(key)
            after: _Change
            if text == _NULL:
                after = None
            elif whole or not _is_object(text):
                after = text.copy()  # else it would keep the whole message in memory
            elif isinstance(before, SharedMap) or (before is not None and _is_object(before) and len(before) > _NESTED):
                after = self._plan_within(key, before, text)
            else:
                after = _merged_text(before, text)
            if after is not None or before is not None:
                changes[key] = after
        return self._plan_of(changes)

    def _plan_of(self, changes: Mapping[str, _Change]) -> _Plan:
        """These changes, with the sizes that the map has after them."""
        items = self._opened()
        size = keys = added = 0
        for key, after in changes.items():
            before = items.get(key)
            if type(after) is Raw and (before is None or type(before) is Raw):  # nearly always
                if before is None:
                    size += len(after) + _key_size(key)
                    keys += 1
                    added += 1
                else:
                    size += len(after) - len(before)
                continue
            size += (0 if after is None else _size_of(after)) - (0 if before is None else _size_of(before))
            keys += _keys_of(after) - _keys_of(before)
            if before is None or after is None:
                sign = 1 if before is None else -1
                added += sign
                size += sign * _key_size(key)
        size = _size(self.size - _size(0, len(items)) + size, len(items) + added)
        return _Plan(self, changes, size, self.keys_held + keys)

    def _plan_within(self, key: str, before: _Item, patch: Raw) -> _Plan:
        """What a patch changes in the map at a key, which is made of a text where it was none."""
        if isinstance(before, SharedMap):
            size, keys, within = before.size, before.keys_held, before
        else:
            size, keys, within = len(before), 0, SharedMap(before)
            self._opened()[key] = within
        plan = within._plan(patch, whole=False)
        self.size += within.size - size
        self.keys_held += within.keys_held - keys
        return plan

    def _carry_out(self, plan: _Plan) -> SharedMap:
        items = self._opened()
        put: dict[str, _Item] = {}
        gone: list[str] = []
        keys = plan.keys_held
        for key, change in plan.changes.items():
            if type(change) is Raw:
                put[key] = change
            elif isinstance(change, _Plan):
                within = change.of._carry_out(change)
                put[key] = item = within if within.size > _NESTED // 2 else within.text()
                keys += _keys_of(item) - _keys_of(change)
            else:
                gone.append(key)
        before = {key: items.get(key) for key in plan.changes}
        for key in gone:
            del items[key]
        return self._succeeded(put, before, plan.size, keys)


class _Plan(NamedTuple):
    """What a patch changes in a map, and the sizes of the map after it; small ones within become texts."""

    of: SharedMap
    changes: Mapping[str, _Change]
    size: int
    keys_held: int


_Item: TypeAlias = Raw | SharedMap
_Change: TypeAlias = Raw | _Plan | None  # None: the key is removed


def _size(members: int, count: int) -> int:
    """The size of an object: of its members with a comma each, between braces."""
    return members + 2 - (count > 0)


def _key_size(key: str) -> int:
    """What a member has beside its value: the key, a colon, and a comma."""
    return len(codec.encode(key)) + 2


def _size_of(item: Raw | SharedMap | _Plan) -> int:
    return len(item) if isinstance(item, Raw) else item.size


def _keys_of(item: Raw | SharedMap | _Plan | None) -> int:
    if item is None:
        return 0
    return 1 if isinstance(item, Raw) else 1 + item.keys_held


def values_of(patch: Raw) -> dict[str, Json]:
    """What a patch says, as programs read it."""
    return {key: value_of(text) for key, text in members_of(patch).items()}


def members_of(text: Raw) -> dict[str, Raw]:
    """The values of an object by key, as texts that keep all of `text` in memory."""
    try:
        return _members(text)
    except msgspec.MsgspecError:
        return {}  # not an object: it came from a server that is not Roomcast


def _is_object(text: Raw) -> bool:
    return bool(_first_byte(text)[0] == _OBJECT)


def _merged_text(before: Raw | None, patch: Raw) -> Raw:
    """What a patch makes of a small object, or of what is none."""
    if before is not None and _is_object(before):
        return Raw(codec.encode(_merged(_exact(before), _exact(patch))))
    if b"null" not in memoryview(patch).tobytes():
        return patch.copy()
    return Raw(codec.encode(_merged({}, _exact(patch))))


def _merged(old: dict[str, Json], patch: dict[str, Json]) -> dict[str, Json]:
    """`old`, changed by a merge patch."""
    for key, value in patch.items():
        if value is None:
            old.pop(key, None)
        elif type(value) is dict:
            before = old.get(key)
            old[key] = _merged(before if type(before) is dict else {}, value)
        else:
            old[key] = value
    return old


def value_of(text: Raw) -> Json:
    """The value that a JSON text stands for."""
    try:
        return _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None  # a number that cannot be read: it came from a server that is not Roomcast
