"""Slow readers in a busy room: the latency of the others, the server's memory, and what the slow ones were told.

    make slow              50 players, 1,000 commands a second in all, with and without slow readers in turn
    make slow ARGS="--times 1 --seconds 60"

One extra player reads 1 KB a second, another does not read at all. After the load, both read the rest: each must have
every entry, or have been told exactly which ones it skipped, with a snapshot that equals the fold of the log. Unknown
options are passed to `roomcast serve`. The exit code is 1 if a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reader import Reader

from roomcast.loadtest.load import Load, connected
from roomcast.loadtest.server_process import MeasuredServer, serving
from roomcast.loadtest.workloads import Step, one_room

SLOW = 1024.0  # bytes a second
SHARE_EVERY = 0.05  # seconds between changes of the shared state
SAMPLE_EVERY = 0.1  # seconds between samples of the server's memory
CATCH_UP_WITHIN = 10.0  # seconds, after the load
MORE_MEMORY = 32 * 1024 * 1024  # bytes by which the server may grow in a run
MiB = 1024 * 1024


@dataclass
class Run:
    """One run: the load, a witness that reads everything and changes shared state, and perhaps slow readers."""

    with_slow: bool
    memories: list[int] = field(default_factory=list)  # bytes, sampled after everyone has joined
    slow: dict[str, Reader] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    async def run(self, server: MeasuredServer, load: Load, rate: float, seconds: float) -> Step:
        """Run the load at `rate` copies a second, then compare what everyone has read."""
        room = load.room()
        witness = Reader(server.url, room, "witness")
        await until(lambda: bool(witness.reading.snapshots))
        if self.with_slow:
            self.slow = {
                "1 KB/s": Reader(server.url, room, "slow", SLOW),
                "stopped": Reader(server.url, room, "stopped", 0),
            }
            await until(lambda: all(reader.reading.snapshots for reader in self.slow.values()))
        tasks = [asyncio.create_task(self._share(witness)), asyncio.create_task(self._sample(server))]
        step, _ = await asyncio.to_thread(load.step, rate, seconds, to_the_end=True)
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
        if not step.whole:
            self.wrong.append(step.trouble or "the others do not have everything, in order")
        for reader in everyone:
            await reader.leave()
        return step

    async def _share(self, witness: Reader) -> None:
        count = 0
        while True:
            await asyncio.sleep(SHARE_EVERY)
            count += 1
            await witness.share(f"k{count % 50}", count)

    async def _sample(self, server: MeasuredServer) -> None:
        while True:
            self.memories.append(server.memory() or 0)
            await asyncio.sleep(SAMPLE_EVERY)


async def until(condition: Callable[[], bool]) -> None:
    """Poll a condition for `CATCH_UP_WITHIN` seconds; the comparison reports what is missing then."""
    give_up = time.monotonic() + CATCH_UP_WITHIN
    while not condition() and time.monotonic() < give_up:  # noqa: ASYNC110  # several readers have no common event
        await asyncio.sleep(0.01)


def measure(wanted: argparse.Namespace, flags: list[str], *, with_slow: bool) -> tuple[Run, Step]:
    """One run, with a new server that gets these flags."""
    players = wanted.players
    workload = one_room("S", players)
    one = Run(with_slow)
    with serving(flags) as server, connected(server, workload, processes=1) as load:
        return one, asyncio.run(one.run(server, load, players * wanted.rate * players, wanted.seconds))


def report(turn: int, one: Run, step: Step) -> None:
    """Print one line about one run."""
    kind = "with   " if one.with_slow else "without"
    begin, most = one.memories[0] / MiB, max(one.memories) / MiB
    used = (step.user or 0) + (step.system or 0)
    line = f"run {turn + 1}, {kind}: p50 {step.p50:.2f}, p99 {step.p99:.2f} ms; {used:.1f} s of processor time; "
    line += f"memory {begin:.0f} to {most:.0f} MiB"
    for name, reader in one.slow.items():
        read, skipped = len(reader.reading.lines), reader.reading.skipped
        line += f"; {name}: {read:,} entries read, {skipped:,} skipped, {reader.drops} times dropped"
    print(line, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--players", type=int, default=50)
    options.add_argument("--rate", type=float, default=20.0, help="commands a second, each player")
    options.add_argument("--seconds", type=float, default=40.0, help="of each run")
    options.add_argument("--times", type=int, default=5, help="runs with and without slow readers")
    options.add_argument("--ratio", type=float, default=1.5, help="largest factor on the others' p99")
    wanted, flags = options.parse_known_args()
    p99: dict[bool, list[float]] = {False: [], True: []}
    grown, wrong = 0, []
    for turn in range(wanted.times):
        for with_slow in (False, True):
            one, step = measure(wanted, flags, with_slow=with_slow)
            report(turn, one, step)
            p99[with_slow].append(step.p99)
            grown = max(grown, max(one.memories) - one.memories[0])
            wrong += one.wrong
    without, with_them = (statistics.median(p99[kind]) for kind in (False, True))
    ratio = with_them / without
    both = f"{without:.2f} ms without slow readers, {with_them:.2f} ms with"
    print(f"\nthe others' p99, medians: {both}: {ratio:.2f}")
    print(f"the server's memory grew by at most {grown / MiB:.1f} MiB in a run")
    print("\n".join(["THIS IS WRONG:", *wrong[:10]]) if wrong else "all was read, or told as skipped, exactly")
    sys.exit(0 if not wrong and ratio <= wanted.ratio and grown <= MORE_MEMORY else 1)


if __name__ == "__main__":
    main()
