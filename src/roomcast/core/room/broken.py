"""The exception that says: this room cannot go on, and nothing else has to end."""

from __future__ import annotations

from roomcast.core.room.commit_log import CommitLog


class RoomBroken(Exception):
    """Something that a room had begun was not finished: what it holds may no longer fit together.

    Raised by the few steps of which a half would do harm: an entry that is given its place, a flush, a leave. Anything
    else that fails for a player leaves the room as it was. The cause is the exception that was met.
    """

    def __init__(self, commits: CommitLog) -> None:
        super().__init__(f"the room {commits.room!r} cannot go on")
        self.commits = commits  # of the room: another room may have its name by now
