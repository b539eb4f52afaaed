"""The truth that all views are held against: what the server does is looked at, at once and from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from roomcast.core.protocol.messages import Do, Join, Set
from roomcast.core.room.commit_log import Level
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.testing import invariants
from roomcast.testing.chronicle import Chronicle
from roomcast.testing.disk import MemoryStore

if TYPE_CHECKING:
    from roomcast.testing.simulated_peer import ServerEnd


class Truth:
    """The chronicles of all rooms of the server. `look` is called after everything that the server does."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._newest: dict[str, Chronicle] = {}  # by the room's name
        self._of: dict[Room, Chronicle] = {}

    def of(self, room: Room) -> Chronicle:
        """The chronicle of a room as one server had it open."""
        return self._of[room]

    def newest(self, chronicle: Chronicle) -> Chronicle:
        """What became of that room."""
        return self._newest[chronicle.room.name]

    @property
    def all_newest(self) -> Iterable[Chronicle]:
        return self._newest.values()

    def look(self, directory: Directory, store: MemoryStore, end: ServerEnd | None) -> None:
        """Take in what has happened; `end`: whose doing it was, if a connection's."""
        for name, room in directory.rooms.items():
            chronicle = self._of.get(room) or self._opened(room, store)
            if room.log.last > chronicle.last:
                self._counts["server: entry"] += room.log.last - chronicle.last
                for entry in room.log.entries(chronicle.last, room.log.last):
                    chronicle.add(entry)
                    if type(entry) is Do or type(entry) is Set:
                        invariants.done_once(chronicle, entry, end)
                    elif type(entry) is Join and end is not None:
                        invariants.has_its_own_state(chronicle, entry, end)
            if chronicle.level is not Level.NONE and self._newest[name] is chronicle:
                chronicle.saved = store.last(name)
                invariants.seen_when_on_disk(chronicle, room.feed.flushed)

    def _opened(self, room: Room, store: MemoryStore) -> Chronicle:
        level = store.level_of(room.name)
        before = self._newest.get(room.name) if level is not Level.NONE else None
        base = 0 if before is None else store.kept[room.name].bases[room.epoch]
        chronicle = Chronicle(room, level, before, base)
        self._newest[room.name] = self._of[room] = chronicle
        self._counts["server: room opened" if before is None else "server: room opened from its disk"] += 1
        invariants.opened_as_it_was(chronicle)
        return chronicle

    def closed_well(self, directory: Directory) -> None:
        """The server has ended as it should."""
        for room in directory.rooms.values():
            chronicle = self._of[room]
            if chronicle.level is not Level.NONE:
                invariants.all_written(chronicle)
