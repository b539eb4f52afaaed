"""Refusals that wait until all that they were judged by is committed: a crash must not undo what somebody was told."""

from __future__ import annotations

from collections import deque

from roomcast.core.room.session import Session
from roomcast.errors import Refused


class WaitingRefusals:
    """The refusals of one room, in the order of their commands."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, Session, Refused]] = deque()  # with the seq whose commit each waits for

    def add(self, seq: int, session: Session, refused: Refused) -> None:
        """Refuse once the entry `seq` is committed."""
        self.waiting.append((seq, session, refused))

    def tell(self, committed: int) -> None:
        """All up to a seq is committed."""
        waiting = self.waiting
        while waiting and waiting[0][0] <= committed:
            _, session, refused = waiting.popleft()
            if session.peer is not None:
                session.peer.refuse(refused.code, refused.message, refused.n)
