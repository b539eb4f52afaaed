"""The queues between the rooms' thread and the storage thread: batches and requests one way, events the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from roomcast.core.room.commit_log import CommitFailed, Committed, Level, StoreEvent
from roomcast.storage.sqlite_batch import Batch
from roomcast.storage.sqlite_commit_log import SqliteCommitLog

RELAXED_WAIT: Final = 0.01  # seconds that relaxed rooms gather entries; with two commits it stays under 50 ms
FULL_PACE: Final = 0.002  # seconds, at least, from one commit of busy full rooms to the next; a quiet one never waits
DOWNTIME: Final = 0.5  # seconds: a wait that ends so much too late means that the computer stood still


class EventQueue:
    """Events for `Store.poll`. `wake` is called, in the storage thread, for the first after each `take`."""

    def __init__(self) -> None:
        self.wake: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._events: list[tuple[StoreEvent, int, int]] = []

    def put(self, events: Sequence[tuple[StoreEvent, int, int]]) -> None:
        """Add events, each with the seq up to which it commits, and the time that is kept; 0: nothing new."""
        if not events:
            return
        with self._lock:
            first = not self._events
            self._events += events
        if first:
            try:
                self.wake()
            except RuntimeError:
                pass  # the event loop has ended: nobody takes events any more

    def take(self) -> list[StoreEvent]:
        """The events since the last call, but those of commit logs that are closed. What they commit is committed."""
        with self._lock:
            events, self._events = self._events, []
        taken: list[StoreEvent] = []
        for event, upto, told in events:
            if isinstance(event, (Committed, CommitFailed)):
                log = event.commits
                assert isinstance(log, SqliteCommitLog)
                if log.closed:
                    continue
                if isinstance(event, Committed):
                    log.committed = upto or log.committed
                    log.time_kept = told or log.time_kept
                else:
                    log.closed = True
            taken.append(event)
        return taken


@dataclass(slots=True, eq=False)
class OpenRequest:
    """A room that is to be opened."""

    room: str
    level: Level
    at: float  # when it was asked for; later, where the computer stood still since


@dataclass(frozen=True, slots=True)
class Work:
    """What the storage thread does next: first commit the batches, then open the rooms."""

    batches: list[tuple[SqliteCommitLog, Batch]]
    requests: list[OpenRequest]
    closed: list[int]  # ids of rooms whose commit logs are closed, with all that was given in the file


class WorkQueue:
    """What the storage thread is to do. Its methods may be called in any thread; only those that say so wait."""

    def __init__(self, timeout: float) -> None:
        self.lock = threading.Lock()
        self.urgent = False  # a full room waits
        self._timeout = timeout  # seconds after which a request is given up
        self._changed = threading.Condition(self.lock)  # for the storage thread
        self._asked = threading.Condition(self.lock)  # for `next_overdue`
        self._open: dict[SqliteCommitLog, None] = {}
        self._logs: dict[SqliteCommitLog, None] = {}  # those with something to write
        self._requests: dict[str, OpenRequest] = {}  # not answered yet, the oldest first
        self._closed: list[int] = []  # ids of rooms; the storage thread has not been told
        self._new: list[OpenRequest] = []  # those of them that the storage thread has not taken
        self._since = 0.0  # when the first of the logs was queued
        self._taken_at = float("-inf")  # when the storage thread last took work
        self._stopping = False
        self._working_since: float | None = None  # the storage thread does what it took; None: it waits for work

    @property
    def is_stuck(self) -> bool:
        """Whether the storage thread has waited for the disk for too long."""
        since = self._working_since
        return since is not None and time.monotonic() - since > self._timeout

    # ------------------------------------------------------------------ for the rooms' thread

    def enqueue(self, log: SqliteCommitLog, *, urgent: bool) -> None:
        if not self._logs:
            self._since = time.monotonic()
        if not self._logs or (urgent and not self.urgent):
            self._changed.notify()
        log.queued = True
        self._logs[log] = None
        self.urgent = self.urgent or urgent

    def release(self, log: SqliteCommitLog) -> None:
        if log in self._open:
            del self._open[log]
            self._closed.append(log.room_id)

    def ask(self, room: str, level: Level) -> None:
        """Have a room opened, after all that was given for it is committed."""
        with self.lock:
            if room not in self._requests:
                request = OpenRequest(room, level, time.monotonic())
                self._requests[room] = request
                self._new.append(request)
                self._changed.notify()
                self._asked.notify()

    def stop(self) -> None:
        """Have what waits committed; then `take` returns None."""
        with self.lock:
            self._stopping = True
            self._requests.clear()
            self._new.clear()
            self._changed.notify()
            self._asked.notify()

    # ------------------------------------------------------------------ for the storage thread

    def take(self, within: float) -> Work | None:
        """The pending work; if there is none, wait for it, at most `within` seconds. None: stopped, and all is done."""
        self._working_since = None
        work = self._take(time.monotonic() + within)
        self._working_since = time.monotonic()
        return work

    def _take(self, give_up: float) -> Work | None:
        with self.lock:
            while (left := self._left()) is None or left > 0:
                rest = give_up - time.monotonic()
                if rest <= 0:
                    closed, self._closed = self._closed, []
                    return Work([], [], closed)
                self._changed.wait(rest if left is None else min(left, rest))
            if self._stopping and not self._logs:
                return None
            batches = [(log, log.take()) for log in self._logs]
            requests, self._new = self._new, []
            closed, self._closed = self._closed, []
            self._logs.clear()
            self.urgent = False
            self._taken_at = time.monotonic()
        return Work(batches, requests, closed)

    def _left(self) -> float | None:
        """Seconds until the storage thread should take the pending work; None: there is none."""
        if self._stopping or self._new:
            return 0
        if not self._logs:
            return None
        # Relaxed rooms gather a little, unless a full one waits; what came during the last commit has waited already.
        due = self._taken_at + FULL_PACE if self.urgent else self._since + RELAXED_WAIT
        return due - time.monotonic()

    def waits_for(self, request: OpenRequest) -> bool:
        """Whether the request was not given up."""
        with self.lock:
            return self._requests.get(request.room) is request

    def answer(self, request: OpenRequest, log: SqliteCommitLog | None) -> bool:
        """The request is done; `log` if the room is open. False: it was given up meanwhile."""
        with self.lock:
            if self._requests.get(request.room) is not request:
                return False
            del self._requests[request.room]
            if log is not None:
                self._open[log] = None
        return True

    def open_rooms(self) -> set[int]:
        """The ids of the rooms whose commit logs are open, or not written to the end yet."""
        with self.lock:
            return {log.room_id for log in self._open}

    def written(self, logs: Sequence[SqliteCommitLog]) -> None:
        """What was taken from these commit logs is on disk."""
        with self.lock:
            for log in logs:
                log.written()

    def fail(self, logs: Sequence[SqliteCommitLog] | None = None) -> list[SqliteCommitLog]:
        """Nothing more is written for these commit logs, or for all. Returns those that had not failed yet."""
        with self.lock:
            failed = [log for log in (self._open if logs is None else logs) if not log.failed]
            for log in failed:
                log.fail()
                self._logs.pop(log, None)
                self.release(log)
        return failed

    # ------------------------------------------------------------------ for the thread that gives up requests

    def next_overdue(self) -> OpenRequest | None:
        """Wait for a request that was not answered within the timeout, and give it up. None: `stop` was called.

        Where the computer stood still, the disk could not answer either: then all requests have the whole time again.
        """
        with self.lock:
            while not self._stopping:
                oldest = next(iter(self._requests.values()), None)
                now = time.monotonic()
                left = None if oldest is None else oldest.at + self._timeout - now
                if oldest is not None and left is not None and left <= 0:
                    if oldest in self._new:
                        self._new.remove(oldest)
                    return self._requests.pop(oldest.room)
                self._asked.wait(left)
                woken = time.monotonic()
                if left is not None and woken - now - left > DOWNTIME:
                    for request in self._requests.values():
                        request.at = woken
        return None
