"""The loads: how many rooms, how many players in each, who sends what; and the records of what they showed."""

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
    patches: bool = False  # send patches of shared state in place of commands
    to: int = 0  # recipients of each command beside its sender; 0: commands are public
    rate: float | None = None  # copies a second, where the load has a fixed rate; else the highest is searched
    newcomers: int = 0  # connections that arrive within a second, while the others play
    idle: bool = False  # nobody sends

    @property
    def connections(self) -> int:
        return self.rooms * self.players

    @property
    def copies(self) -> int:
        """How many copies a command makes: one for each player who may read it."""
        return self.to + 1 if self.to else self.players

    def sender(self, number: int) -> int:
        """The index of the connection that sends the command of that number.

        Round robin over the rooms first, so that two commands of one room are as far apart as possible.
        """
        room, turn = number % self.rooms, number // self.rooms
        return room * self.players + turn % self.senders

    def recipients(self, number: int) -> list[int]:
        """The connections to which a private command goes beside its sender. They rotate from command to command."""
        sender = self.sender(number)
        first, place = sender - sender % self.players, sender % self.players
        offsets = (1 + (number * self.to + k) % (self.players - 1) for k in range(self.to))
        return [first + (place + offset) % self.players for offset in offsets]


def one_room(letter: str, players: int) -> Workload:
    """One room in which all players send."""
    return Workload(letter, "one room, all send", rooms=1, players=players, senders=players)


def room_name(prefix: str, number: int) -> str:
    """The name of a room; `prefix` keeps the rooms of one load apart from all others on the server."""
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
    Workload("P", "one room of 64, each command private to 8", rooms=1, players=64, senders=64, to=8),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step at one rate showed. Latencies in milliseconds, from when a command was due until it arrived."""

    rate: float  # copies a second, as scheduled
    seconds: float
    commands: int
    copies: int
    expected: int
    whole: bool  # all arrived, in the one order of their room
    given_up: bool  # the step ended early, since the backlog only grew
    p50: float
    p99: float
    p999: float
    most: float
    late_p99: float  # ms that the players themselves were behind their schedule
    late_most: float
    user: float | None  # seconds of the server's processor time; None: not known
    system: float | None
    disturbed: float  # run delay, as a share of the step's time: the largest of the server's and the players'
    trouble: str = ""  # why the load could not go on, as a sentence

    @property
    def time_per_copy(self) -> float | None:
        """Microseconds of the server's processor time for each copy, the kernel's included; None: not known."""
        return (
            None if self.user is None or self.system is None else 1e6 * (self.user + self.system) / max(1, self.copies)
        )

    @property
    def time_per_command(self) -> float | None:
        """Microseconds of the server's processor time in user mode for each command; None: not known."""
        return None if self.user is None else 1e6 * self.user / max(1, self.commands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one workload showed."""

    workload: Workload
    steps: list[Step] = field(default_factory=list)
    highest: float | None = None  # copies a second; None: not searched
    limited_by: str = ""  # "server" or "load", where searched: the bottleneck
    memory: float | None = None  # bytes of the server's memory, a connection; None: not known
    arrivals: dict[str, float] | None = None  # of newcomers: ms until each was in (p50, p99, most) and until all were
    held: int | None = None  # idle connections that were still there at the end
    trouble: str = ""  # as in `Step`
