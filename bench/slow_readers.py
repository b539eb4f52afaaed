"""Slow readers in a busy room: do the others feel them, does the server's memory grow, do they know what they missed?

    make slow              50 players, 1,000 commands a second together, with and without slow readers in turn
    make slow ARGS="--times 1 --seconds 60"

One more player reads 1 KB a second, and one does not read at all. When the load is over, both read what there is: each
must have every entry, or have been told exactly which ones it skipped, with a snapshot that is what the log makes of
them. What else is given are flags of `roomcast serve`. It exits with 1 if a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from reader import Reader
from room import Load, Result, measure, memory, until

SLOW = 1024.0  # bytes a second
SHARE_EVERY = 0.05  # seconds between two changes of the shared state
LOOK_EVERY = 0.1  # seconds between two looks at the server's memory
MORE_MEMORY = 32 * 1024 * 1024  # bytes that the server may take in a run
MiB = 1024 * 1024


@dataclass
class Beside:
    """What goes on beside the load: one who reads everything and shares something; and, where asked for, the slow."""

    with_slow: bool
    memories: list[int] = field(default_factory=list)  # bytes, from when everyone was in
    slow: dict[str, Reader] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def __call__(self, url: str, load: Load, pid: int) -> AsyncIterator[None]:
        witness = Reader(url, "witness")
        await until(lambda: bool(witness.reading.snapshots))
        if self.with_slow:
            self.slow = {"1 KB/s": Reader(url, "slow", SLOW), "stopped": Reader(url, "stopped", 0)}
            await until(lambda: all(reader.reading.snapshots for reader in self.slow.values()))
        tasks = [asyncio.create_task(self._share(witness)), asyncio.create_task(self._look(load, pid))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for reader in self.slow.values():
            reader.read_all()
        everyone = [witness, *self.slow.values()]
        await until(lambda: len({reader.reading.seq for reader in everyone}) == 1)
        for name, reader in self.slow.items():
            self.wrong += [f"{name}: {what}" for what in reader.reading.compare(witness.reading)]
        self.wrong += [f"witness: {what}" for what in witness.reading.compare(witness.reading)]
        for reader in everyone:
            await reader.leave()

    async def _share(self, witness: Reader) -> None:
        count = 0
        while True:
            await asyncio.sleep(SHARE_EVERY)
            count += 1
            await witness.share(f"k{count % 50}", count)

    async def _look(self, load: Load, pid: int) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if load.latencies:
                self.memories.append(memory(pid))


def say(turn: int, beside: Beside, result: Result) -> None:
    """One line about one run."""
    kind = "with   " if beside.with_slow else "without"
    begin, most = beside.memories[0] / MiB, max(beside.memories) / MiB
    p50, p99 = result.latency["p50"] * 1000, result.latency["p99"] * 1000
    line = f"run {turn + 1}, {kind}: p50 {p50:.2f}, p99 {p99:.2f} ms; {result.used:.1f} s of processor time; "
    line += f"memory {begin:.0f} to {most:.0f} MiB"
    for name, reader in beside.slow.items():
        read, skipped = len(reader.reading.lines), reader.reading.skipped
        line += f"; {name}: {read:,} entries read, {skipped:,} skipped, {reader.drops} times dropped"
    print(line, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--players", type=int, default=50)
    options.add_argument("--rate", type=float, default=20.0, help="commands a second, each player")
    options.add_argument("--seconds", type=float, default=40.0, help="of each run")
    options.add_argument("--times", type=int, default=5, help="runs with and without slow readers")
    options.add_argument("--ratio", type=float, default=1.5, help="how much more the p99 of the others may be")
    wanted, flags = options.parse_known_args()
    p99: dict[bool, list[float]] = {False: [], True: []}
    grown, wrong = 0, []
    for turn in range(wanted.times):
        for with_slow in (False, True):
            beside = Beside(with_slow)
            result = measure(wanted.players, wanted.rate, wanted.seconds, flags, beside)
            say(turn, beside, result)
            p99[with_slow].append(result.latency["p99"])
            grown = max(grown, max(beside.memories) - beside.memories[0])
            wrong += beside.wrong if result.whole else [*beside.wrong, "the others do not have everything, in order"]
    without, with_them = (statistics.median(p99[kind]) for kind in (False, True))
    ratio = with_them / without
    both = f"{without * 1000:.2f} ms without slow readers, {with_them * 1000:.2f} ms with"
    print(f"\nthe others' p99, medians: {both}: {ratio:.2f}")
    print(f"the server's memory grew by at most {grown / MiB:.1f} MiB in a run")
    print("\n".join(["THIS IS WRONG:", *wrong[:10]]) if wrong else "all was read, or told as skipped, exactly")
    sys.exit(0 if not wrong and ratio <= wanted.ratio and grown <= MORE_MEMORY else 1)


if __name__ == "__main__":
    main()
