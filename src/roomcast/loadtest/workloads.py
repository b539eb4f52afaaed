"""The loads: how many rooms, how many players in each, who sends, and what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of load."""

    letter: str
    title: str
    rooms: int
    players: int  # in each room
    senders: int  # of these
    patches: bool = False  # of shared state, in place of commands
    rate: float | None = None  # copies a second, where the load has one of its own; else the highest is searched
    newcomers: int = 0  # who arrive within a second, while the others play
    idle: bool = False  # nobody sends

    @property
    def connections(self) -> int:
        return self.rooms * self.players

    def actor(self, number: int) -> int:
        """Whose turn it is with the command of that number, as a number of a connection.

        It goes round the rooms, so that two commands of one room are as far apart as can be.
        """
        room, turn = number % self.rooms, number // self.rooms
        return room * self.players + turn % self.senders


def room_name(prefix: str, number: int) -> str:
    """The room of that number; `prefix` tells the rooms of one load from all others on a server."""
    return f"{prefix}-{number}"


def _table(*workloads: Workload) -> dict[str, Workload]:
    return {one.letter: one for one in workloads}


WORKLOADS: Final = _table(
    Workload("A", "one room of 100, all send", rooms=1, players=100, senders=100),
    Workload("B", "200 rooms of 2", rooms=200, players=2, senders=2),
    Workload("C", "one sender, 1,000 listeners", rooms=1, players=1001, senders=1),
    Workload("D", "idle connections, in 200 rooms of 50", rooms=200, players=50, senders=0, idle=True),
    Workload("E", "2,000 arrive within a second at 100", rooms=20, players=5, senders=5, rate=10_000.0, newcomers=2000),
    Workload("F", "100 change shared state", rooms=1, players=100, senders=100, patches=True, rate=200_000.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step at one rate showed. Latencies in milliseconds, from when a command was due until it arrived."""

    rate: float  # copies a second that were asked for
    seconds: float
    commands: int
    copies: int
    expected: int
    whole: bool  # all arrived, in the one order of their room
    given_up: bool  # it ended early, since what waited only grew
    p50: float
    p99: float
    p999: float
    most: float
    late_p99: float  # ms that the load itself was behind its plan
    late_most: float
    user: float | None  # seconds of the server's processor time; None: not known
    system: float | None
    disturbed: float  # the largest share of its time in which other programs had the core of one of these
    trouble: str = ""  # a sentence

    @property
    def a_copy(self) -> float | None:
        """Microseconds of the server's processor time."""
        return (
            None if self.user is None or self.system is None else 1e6 * (self.user + self.system) / max(1, self.copies)
        )

    @property
    def a_command(self) -> float | None:
        return None if self.user is None else 1e6 * self.user / max(1, self.commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one workload showed."""

    workload: Workload
    steps: list[Step] = field(default_factory=list)
    highest: float | None = None  # copies a second; None: not searched
    limited_by: str = ""  # "server" or "load", where searched: who could no more
    memory: float | None = None  # bytes of the server's memory, a connection; None: not known
    arrivals: dict[str, float] | None = None  # of newcomers: ms until they were in, and until all were
    held: int | None = None  # connections that were there at the end, of those idle
    trouble: str = ""
