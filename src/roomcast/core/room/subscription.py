"""Following what happens in a room without being in it. Nothing in the room's log changes by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from roomcast.core.protocol.messages import Done
from roomcast.core.room.session import Session


class RoomSubscriber(Protocol):
    """The contract of those who follow one room."""

    @property
    def every(self) -> int:
        """Sampling interval of the reports that it wants from clients: those on entries where seq % every == 0."""
        ...

    def received(self, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        """A command was read and proposed. `line` is the message as it came; `starter`: from a line client."""
        ...

    def flushed(self, after: int, upto: int, now: float) -> None:
        """The entries of seqs `after + 1` to `upto` were written; of a huge flush, some may be forgotten already."""
        ...

    def reported(self, player: str, report: Done, now: float) -> bool:
        """A client has run an entry. Returns whether this subscriber waited for the report."""
        ...

    def sweep(self, now: float) -> None:
        """About once a second."""
        ...


class Subscriptions:
    """The subscribers of one room, and how often they want reports from the clients of its sessions."""

    __slots__ = ("_sessions", "all", "report_every")

    def __init__(self, sessions: Mapping[str, Session]) -> None:
        self._sessions = sessions
        self.all: tuple[RoomSubscriber, ...] = ()
        self.report_every = 0  # sampling interval of the clients' reports; 0: none

    def add(self, subscriber: RoomSubscriber) -> None:
        self.all = (*self.all, subscriber)
        self.request_reports()

    def remove(self, subscriber: RoomSubscriber) -> None:
        self.all = tuple(one for one in self.all if one is not subscriber)
        self.request_reports()

    def request_reports(self) -> None:
        """Ask clients for as many reports as the subscribers want, where that has changed."""
        every = min((subscriber.every for subscriber in self.all), default=0)
        if every != self.report_every:
            self.report_every = every
            for session in self._sessions.values():
                if session.peer is not None:
                    session.peer.request_reports(every)

    def received(self, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        """See `RoomSubscriber`; likewise the next."""
        for subscriber in self.all:
            subscriber.received(seq, line, now, starter=starter)

    def reported(self, player: str, report: Done, now: float) -> bool:
        waited = False
        for subscriber in self.all:  # all of them hear of it
            waited = subscriber.reported(player, report, now) or waited
        return waited
