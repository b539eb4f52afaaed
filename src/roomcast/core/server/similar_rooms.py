"""Rooms whose names are nearly the one that somebody has typed, and in which somebody is: one of them may be meant.

So may a kind of rooms with rules, where a room has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from roomcast.core.protocol.made_names import read_made_name
from roomcast.core.room.room import Room

MAX_LOOKED_AT: Final = 100  # rooms: on a larger server nearly every name is like some other one, and looking costs time
MAX_TOLD: Final = 3  # names


def similar_rooms(name: str, rooms: Iterable[Room]) -> tuple[str, ...]:
    """The names of rooms that are nearly `name`, which is a new room's; none where they differ in numbers alone."""
    looked_at = islice(rooms, MAX_LOOKED_AT)
    return tuple(islice(_similar(name, looked_at), MAX_TOLD))


def similar_kinds(room: str, kinds: Iterable[str]) -> tuple[str, ...]:
    """Kinds of rooms with rules that may be meant by whoever has made this room, which has none."""
    made = read_made_name(room)
    typed = (made.kind,) if made is not None else (room, room.partition("-")[0])
    return tuple(kind for kind in kinds if any(is_slip(one, kind) for one in typed))[:MAX_TOLD]


def _similar(name: str, rooms: Iterable[Room]) -> Iterator[str]:
    for room in rooms:
        if room.sessions and room.name != name and not room.meeting.private and is_slip(name, room.name):
            yield room.name


def is_slip(typed: str, name: str) -> bool:
    """Whether names differ in up to two letters that stand together, or in capitals, blanks and signs.

    >>> is_slip("trutles", "turtles"), is_slip("Turtles", "turtles"), is_slip("group1", "group2"), is_slip("a", "b")
    (True, True, False, False)
    """
    one, other = _letters(typed), _letters(name)
    if one == other:
        return bool(one)
    least = min(len(one), len(other))
    if least < 4 or abs(len(one) - len(other)) > 2:
        return False
    first = next((i for i in range(least) if one[i] != other[i]), least)
    last = next((i for i in range(least - first) if one[-1 - i] != other[-1 - i]), least - first)
    differing = one[first : len(one) - last], other[first : len(other) - last]
    return max(map(len, differing)) <= 2 and not all(part.isdecimal() or not part for part in differing)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
