"""What a store tells: a room is open, or cannot be; what was proposed is committed, or cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from roomcast.core.room.commit_log import CommitFailed, CommitLog, Committed, Opened, OpenFailed, Store, StoreEvent
from roomcast.core.room.room import Room
from roomcast.core.server.failures import Failures
from roomcast.errors import Refused


class StoreEvents:
    """Of one server, whose open rooms are `rooms`.

    `opened` and `open_failed` are called for rooms that were to be opened; `break_off` for one of which nothing more
    can be committed, with a code and a sentence; `room_failed` for one in which something went wrong.
    """

    def __init__(
        self,
        store: Store,
        rooms: Mapping[str, Room],
        failures: Failures,
        opened: Callable[[Opened, float], object],
        open_failed: Callable[[str, Refused], object],
        break_off: Callable[[Room, str, str], object],
        room_failed: Callable[[Room, Exception], object],
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._failures = failures
        self._opened = opened
        self._open_failed = open_failed
        self._break_off = break_off
        self._room_failed = room_failed

    def poll(self, now: float) -> None:
        """The store has woken the server: take its events."""
        try:
            events = self._store.poll()
        except Exception as error:
            self._failures.add("the store's events could not be taken", "", error)
            return
        for event in events:
            self._handle(event, now)

    def _handle(self, event: StoreEvent, now: float) -> None:
        if isinstance(event, Opened):
            self._opened(event, now)
        elif isinstance(event, OpenFailed):
            self._open_failed(event.room, Refused("disk", event.message))
        else:
            room = self.room_of(event.commits)
            if room is not None:
                self._handle_commit(room, event)

    def _handle_commit(self, room: Room, event: Committed | CommitFailed) -> None:
        if isinstance(event, CommitFailed):
            # Nothing more of the room can be committed: close it; it opens again from what is committed.
            self._break_off(room, "disk", event.message)
            return
        try:
            room.committed()
        except Exception as error:
            self._room_failed(room, error)

    def room_of(self, commits: CommitLog) -> Room | None:
        """The open room whose commit log that is."""
        room = self._rooms.get(commits.room)
        return room if room is not None and room.commits is commits else None
