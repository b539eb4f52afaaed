"""Starter clients that begin together: nobody hears anything until so many of them are there."""

from __future__ import annotations

from typing import Protocol


class Beginner(Protocol):
    """A starter client that has its seat, and has not been greeted."""

    @property
    def over(self) -> bool:
        """Whether its connection is about to end."""
        ...

    def begin_now(self, now: float) -> None:
        """Greet the client, and let it hear what happens."""
        ...


class StartingGate:
    """The gate of one starter port. It opens when `players` clients are there, and closes when all of them have gone.

    Who comes while it is open begins at once.
    """

    def __init__(self, players: int) -> None:
        self._players = players
        self._here: dict[Beginner, None] = {}
        self._open = False

    def arrive(self, client: Beginner, now: float) -> None:
        """A client has its seat: it begins now, or with the others."""
        self._here[client] = None
        if self._open:
            client.begin_now(now)
            return
        waiting = [one for one in self._here if not one.over]
        if len(waiting) >= self._players:
            self._open = True
            for one in waiting:
                one.begin_now(now)

    def leave(self, client: Beginner) -> None:
        """A client's connection has ended; does nothing where it never arrived."""
        self._here.pop(client, None)
        if not self._here:
            self._open = False
