"""Tree patches: the difference between two JSON values, as small as the change.

    number, text, true, false, null     set to that
    [v]                                 set to v, whatever it is
    []                                  remove the key
    {…}                                 change inside: keys of an object; indexes of a list, after an optional
                                        splice {"": [start, removed, [items]]}

All functions work on JSON texts, one level at a time: what did not change is compared as bytes, and not decoded.
A merge patch (RFC 7396) cannot set null, and replaces lists whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final

import msgspec
from msgspec import Raw

from roomcast.errors import ProtocolError

REMOVED: Final = Raw(b"[]")
_SPLICE: Final = ""  # no index of a list is written so
_LIST, _OBJECT = ord("["), ord("{")
_CONTAINERS: Final = frozenset((_LIST, _OBJECT))
_members: Final[Callable[[Raw | bytes], dict[str, Raw]]] = msgspec.json.Decoder(dict[str, Raw]).decode
_items: Final[Callable[[Raw | bytes], list[Raw]]] = msgspec.json.Decoder(list[Raw]).decode
_splice: Final = msgspec.json.Decoder(tuple[int, int, list[Raw]]).decode
_encode: Final = msgspec.json.encode
_first_byte: Final = Struct("B").unpack_from


def _no_fit(why: str) -> ProtocolError:
    """A patch does not fit the value that it is for: it comes from a server that is not Roomcast."""
    return ProtocolError("bad-message", f"a patch of state does not fit: {why}")


def diff(old: Raw | None, new: Raw | None) -> Raw | None:
    """The patch of a value; None: there is nothing to change. `old`, `new`: None where it is not set."""
    if new is None:
        return None if old is None else REMOVED
    if old is None:
        return _set(new)
    if old == new:
        return None
    kind = _first(new)
    if kind not in _CONTAINERS:
        return new
    if kind != _first(old):
        return _set(new)
    return _diff_objects(old, new) if kind == _OBJECT else _diff_lists(old, new)


def diff_members(old: Mapping[str, Raw | None], new: Mapping[str, Raw | None]) -> Raw:
    """The patch of the members that are named in `new`, as a JSON object; those that are the same are not in it."""
    return Raw(_encode({key: patch for key, text in new.items() if (patch := diff(old.get(key), text)) is not None}))


def patched(old: Raw | None, patch: Raw) -> Raw | None:
    """The text after a patch; None: it is removed. Raises `ProtocolError`."""
    kind = _first(patch)
    try:
        if kind == _LIST:
            items = _items(patch)
            return items[0].copy() if items else None  # a copy: else it would keep the whole message in memory
        if kind != _OBJECT:
            return patch.copy()
        if old is None:
            raise _no_fit("a patch is for what is not there")
        return Raw(_encode(_inside_list(old, patch) if _first(old) == _LIST else _inside_object(old, patch)))
    except (msgspec.MsgspecError, IndexError, ValueError) as error:
        raise _no_fit(str(error)) from None


def _first(text: Raw) -> int:
    first: int = _first_byte(text)[0]
    return first


def _set(new: Raw) -> Raw:
    """The patch that sets a value in place of another."""
    return Raw(b"[%b]" % bytes(new)) if _first(new) in (_LIST, _OBJECT) else new


def _shorter(inside: Raw, new: Raw) -> Raw:
    """What is written of two: a change inside, or the whole new value."""
    return inside if len(inside) <= len(new) + 2 else _set(new)


def _diff_objects(old: Raw, new: Raw) -> Raw | None:
    before, after = _members(old), _members(new)
    changes = {key: REMOVED for key in before if key not in after}
    for key, text in after.items():
        if (change := diff(before.get(key), text)) is not None:
            changes[key] = change
    return _shorter(Raw(_encode(changes)), new) if changes else None


def _diff_lists(old: Raw, new: Raw) -> Raw | None:
    before, after = _items(old), _items(new)
    if len(before) == len(after):
        changes = _by_index(before, after, 0)
        return _shorter(Raw(_encode(changes)), new) if changes else None
    start = 0
    most = min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    # Between what both begin and end with, one list has more items: they are taken out or put in at the end of it.
    kept = most - start - end
    put_in = after[start + kept : len(after) - end]
    splice = [start + kept, len(before) - end - start - kept, put_in]
    changes = _by_index(before[start : start + kept], after[start : start + kept], start)
    return _shorter(Raw(_encode({_SPLICE: splice, **changes})), new)


def _by_index(before: list[Raw], after: list[Raw], start: int) -> dict[str, Raw]:
    """Patches of items that differ, of two lists of one length."""
    return {
        str(place): patch
        for place, (old, new) in enumerate(zip(before, after, strict=True), start)
        if old != new and (patch := diff(old, new)) is not None
    }


def _inside_object(old: Raw, patch: Raw) -> dict[str, Raw]:
    members = _members(old)
    for key, change in _members(patch).items():
        text = patched(members.get(key), change)
        if text is None:
            members.pop(key, None)
        else:
            members[key] = text
    return members


def _inside_list(old: Raw, patch: Raw) -> list[Raw]:
    items = _items(old)
    changes = _members(patch)
    splice = changes.pop(_SPLICE, None)
    if splice is not None:
        start, removed, put_in = _splice(splice)
        if not (0 <= start <= start + removed <= len(items)):
            raise _no_fit("a splice is outside of its list")
        items[start : start + removed] = put_in
    for key, change in changes.items():
        if not key.isdecimal() or (text := patched(items[int(key)], change)) is None:
            raise _no_fit("an item of a list cannot be removed but by a splice")
        items[int(key)] = text
    return items
