"""Rooms that tick, under the load that players make: one measurement, and the search for how many are held.

The load is benchmarks/load with `--steers`: players on the load's core, each with commands at its own due times. A
number of rooms is *held* if fewer than 1 % of the ticks began more than one tick late, by the server's own notes; if
fewer than 1 % of the gaps between two updates at a player were longer than two ticks; and if 95 % of the updates came
that 20 ticks a second make. (Timers of Node end a tick after 50.2 to 51.4 ms, and so begin 2 to 3 % fewer of them.)
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt
from pathlib import Path
from typing import Any, Final

from c_load import PROGRAM
from servers import Kind, Running, load_core, running

from roomcast.loadtest.criteria import DISTURBED

PLAYERS: Final = 4  # in each room
RATE: Final = 20  # ticks a second
TICK: Final = 1000 / RATE  # ms
SOON: Final = 10.0  # ms: a tick that begins so late is still one that nobody notices
MOST_LATE: Final = 0.01  # of the ticks, and of the gaps
LEAST_UPDATES: Final = 0.95  # of those that are due
BUSY: Final = 0.9  # of its core: from there on, the generator may be what limits
BEHIND: Final = 10.0  # ms behind its own schedule (p99): the same
WARM_UP: Final = 1.5  # seconds
CLOSE: Final = 1.05  # between the largest number that is held and the smallest that is not
_MOST_TRIES: Final = 12  # in one search
_AGAIN: Final = 4  # tries in one search that failed while the machine was disturbed, and do not count


def quantile(sorted_values: Sequence[float], share: float) -> float:
    """The value below or at which this share of them is, by the nearest rank; 0 of none."""
    if not sorted_values:
        return 0.0
    return sorted_values[max(0, ceil(share * len(sorted_values)) - 1)]


@dataclass(frozen=True)
class Lateness:
    """How late ticks began: pairs of milliseconds and how many ticks, in order of the milliseconds."""

    counts: Sequence[tuple[float, int]]

    @property
    def ticks(self) -> int:
        return sum(count for _, count in self.counts)

    def later_than(self, limit: float) -> float:
        """The share of ticks that began later than this, in ms."""
        return sum(count for ms, count in self.counts if ms > limit) / max(1, self.ticks)

    def quantile(self, share: float) -> float:
        """In ms, the upper end of the rounded value."""
        wanted = share * self.ticks
        seen = 0
        for ms, count in self.counts:
            seen += count
            if seen >= wanted:
                return ms
        return 0.0


@dataclass(frozen=True)
class Measured:
    """One run. `load` is what the generator said (benchmarks/load/main.c), `late` what the server noted meanwhile.

    `trouble` says why there was no run; nothing else counts then.
    """

    rooms: int
    late: Lateness
    load: dict[str, Any]
    trouble: str = ""

    @property
    def updates(self) -> float:
        """The share that came of those that are due."""
        return float(self.load["updates"] / (self.rooms * PLAYERS * RATE * self.load["seconds"]))

    @property
    def long_gaps(self) -> float:
        return float(self.load["long_gaps"] / max(1, self.load["gaps"]))

    @property
    def processor(self) -> float:
        """Seconds of the server's processor time in each second, of all its threads."""
        return float((self.load["user"] + self.load["kernel"]) / self.load["seconds"])

    @property
    def room_tick(self) -> float:
        """Seconds of the server's processor time for one tick of one room, with all that belongs to it."""
        return self.processor / (self.rooms * RATE)

    @property
    def down(self) -> float:
        """Bytes a second to each player, with the framing of WebSockets."""
        return float(self.load["bytes_in"] / self.load["seconds"] / (self.rooms * PLAYERS))

    @property
    def up(self) -> float:
        """Bytes a second from each player."""
        return float(self.load["bytes_out"] / self.load["seconds"] / (self.rooms * PLAYERS))

    @property
    def held(self) -> bool:
        return not self.why_not

    @property
    def why_not(self) -> str:
        """In a few words; "" where it is held."""
        if self.trouble:
            return self.trouble
        if (late := self.late.later_than(TICK)) >= MOST_LATE:
            return f"{late:.1%} of the ticks late"
        if self.updates < LEAST_UPDATES:
            return f"{self.updates:.1%} of the updates"
        if self.long_gaps >= MOST_LATE:
            return f"{self.long_gaps:.1%} of the gaps long"
        return ""

    @property
    def generator_limits(self) -> bool:
        return bool(self.load) and (self.load["busy"] > BUSY or self.load["late_p99"] > BEHIND)

    @property
    def disturbed(self) -> bool:
        """Whether another program had a core that the server or the generator needed."""
        return bool(self.load) and max(self.load["server_run_delay"], self.load["run_delay"]) > DISTURBED


@dataclass(frozen=True)
class Contender:
    """A server with these rules. `take_late` asks it, by its port, how late ticks began since it was asked last."""

    kind: Kind
    room: str  # what the names of its rooms begin with
    take_late: Callable[[int], Lateness]


def measure(by: Contender, rooms: int, steers: float, seconds: float, keep: Path | None = None) -> Measured:
    """Start a server, and measure it with so many rooms. `keep`: a file for what the first player reads."""
    with running(by.kind) as server:
        return measure_running(server, by, rooms, steers, seconds, keep)


def measure_running(
    server: Running,
    by: Contender,
    rooms: int,
    steers: float,
    seconds: float,
    keep: Path | None = None,
    meanwhile: Callable[[Running], None] = lambda _: None,
) -> Measured:
    """The same with a server that runs already. `meanwhile` is called once the measurement has begun."""
    with tempfile.TemporaryDirectory() as folder:
        options = ("--keep", str(keep)) if keep else ()
        if by.kind.seats is not None:
            names = [f"{by.room}{number}" for number in range(rooms) for _ in range(PLAYERS)]
            paths = Path(folder, "paths")
            paths.write_text("\n".join(by.kind.seats(server.port, names)) + "\n", encoding="utf-8")
            options = (*options, "--paths", str(paths))
        command = [
            *("taskset", "--cpu-list", str(load_core()), str(PROGRAM)),
            *("--dialect", by.kind.dialect, "--port", str(server.port), "--pid", str(server.process.pid)),
            *("--room", f"{by.room}{server.process.pid}", "--rooms", str(rooms), "--players", str(PLAYERS)),
            *("--steers", f"{steers:g}", "--warm-up", str(WARM_UP), "--seconds", f"{seconds:g}"),
            *("--limit", f"{2 * TICK:g}", "--stay", *options),
        ]
        late = Lateness(())
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as generator:
            assert generator.stdout is not None
            load: dict[str, Any] = {}
            for line in generator.stdout:
                load = json.loads(line)
                late = by.take_late(server.port)
                if "counting" not in load:
                    break
                meanwhile(server)
            generator.communicate()  # its players leave, now that nothing is measured
    return Measured(rooms, late, load, str(load.get("trouble", "")))


def find(
    measured: Callable[[int], Measured], start: int, told: Callable[[Measured], None] = lambda _: None
) -> Measured | None:
    """The run with the most rooms that are held; None where not even one room is.

    From `start` on it grows or shrinks by a quarter until one number is held and one is not, then goes between them
    until they are within 5 %. What failed while the machine was disturbed is tried again, four times in all.
    """
    best: Measured | None = None
    held, failed, rooms = 0.0, inf, max(1, start)
    again = _AGAIN
    for _ in range(_MOST_TRIES):
        one = measured(rooms)
        told(one)
        if one.disturbed and not one.held and again:
            again -= 1
            continue
        if one.held:
            best, held = one, rooms
        else:
            failed = rooms
        following = next_number(held, failed, rooms)
        if following is None:
            break
        rooms = following
    return best


def next_number(held: float, failed: float, last: int) -> int | None:
    """What to try after `last`; None: nothing. `held` (0: none) is the most held, `failed` (inf) the least not held."""
    if failed == inf:
        return max(last + 1, round(last * 1.25))
    if not held:
        return max(1, min(last - 1, round(last / 1.25))) if last > 1 else None
    if failed / held <= CLOSE or failed - held <= 1:
        return None
    return min(max(round(sqrt(held * failed)), int(held) + 1), int(failed) - 1)


def guess(calm: Measured) -> int:
    """How many rooms a core may hold, from what one costs while it is far from full."""
    return max(1, round(calm.rooms / max(0.01, calm.processor) * 0.95))


def lateness(pairs: Iterable[Sequence[float]]) -> Lateness:
    """From JSON."""
    return Lateness(tuple((float(ms), int(count)) for ms, count in pairs))
