"""The thread that gives up requests to open a room, while the storage thread waits for the disk."""

from __future__ import annotations

import threading
from pathlib import Path

from roomcast.core.room.commit_log import OpenFailed
from roomcast.storage.sqlite_queue import EventQueue, WorkQueue


class TimeoutThread:
    """Gives up a request to open a room while the storage thread waits too long for a slow disk."""

    def __init__(self, path: Path, queue: WorkQueue, events: EventQueue) -> None:
        self._path = path
        self._queue = queue
        self._events = events
        self._thread = threading.Thread(target=self._run, name="roomcast storage timeout", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Wait until the queue is stopped."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while (request := self._queue.next_overdue()) is not None:
            why = f"the room cannot be opened: the disk of {self._path} is too slow: try again later"
            self._events.put([(OpenFailed(request.room, why), 0, 0)])
