"""Following what happens in a room without being in it. Nothing in the room's log changes by it.

A subscriber that raises is taken out, and the room goes on: who drives the room polls `take_failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    def taken_out(self) -> None:
        """It has raised, and is told nothing more."""
        ...


class Subscriptions:
    """The subscribers of one room, and how often they want reports from the clients of its sessions."""

    __slots__ = ("_failed", "_sessions", "all", "report_every")

    def __init__(self, sessions: Mapping[str, Session]) -> None:
        self._sessions = sessions
        self.all: tuple[RoomSubscriber, ...] = ()
        self.report_every = 0  # sampling interval of the clients' reports; 0: none
        self._failed: list[tuple[RoomSubscriber, Exception]] = []

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
        self._tell(lambda one: one.received(seq, line, now, starter=starter))

    def flushed(self, after: int, upto: int, now: float) -> None:
        self._tell(lambda one: one.flushed(after, upto, now))

    def reported(self, player: str, report: Done, now: float) -> bool:
        return self._tell(lambda one: one.reported(player, report, now))  # all of them hear of it

    def sweep(self, now: float) -> None:
        self._tell(lambda one: one.sweep(now))

    def take_failed(self) -> list[tuple[RoomSubscriber, Exception]]:
        """The subscribers that were taken out since the last call, each with what it raised."""
        failed, self._failed = self._failed, []
        return failed

    def _tell(self, tell: Callable[[RoomSubscriber], bool | None]) -> bool:
        """Call each subscriber; returns whether one of them said yes."""
        said = False
        for subscriber in self.all:
            try:
                said = bool(tell(subscriber)) or said
            except Exception as error:
                self._failed.append((subscriber, error))
                self.all = tuple(one for one in self.all if one is not subscriber)
        return said
