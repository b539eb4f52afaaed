"""Many seeds in several processes: how far it is, what was exercised, and which seed to run again."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

from roomcast.testing.story import Told, tell

PIECE: Final = 20  # seeds that a process takes at a time
_MOST_SHOWN: Final = 5  # broken seeds
_EVERY: Final = 5.0  # seconds between two lines of progress


def campaign(seeds: range, processes: int) -> bool:
    """Tell the stories of many seeds; prints how it goes. Returns whether all promises were kept."""
    began = said = time.monotonic()
    counts: Counter[str] = Counter()
    broken: list[Told] = []
    done, worked = 0, 0.0
    for piece, seconds in _tell_all(seeds, processes):
        worked += seconds
        for told in piece:
            done += 1
            counts += told.counts
            if told.broken:
                broken.append(told)
                if len(broken) <= _MOST_SHOWN:
                    print(f"\nSeed {told.seed} broke a promise: {told.broken}\nRun it again: {again(told.seed)}")
        now = time.monotonic()
        if now - said >= _EVERY:
            said = now
            print(f"{done:>7} seeds, {done / (now - began):.0f} a second", flush=True)
    took = time.monotonic() - began
    print(f"\n{done} seeds in {took:.0f} s, {done / took:.1f} a second, in {processes} processes.")
    print(f"They took {worked:.0f} s of processor time, {done / worked:.1f} seeds a second of it.")
    print(f"\nWhat happened:\n\n{table(counts)}")
    if broken:
        which = ", ".join(str(told.seed) for told in sorted(broken, key=lambda told: told.seed)[:20])
        print(f"\n{len(broken)} seeds broke a promise: {which}{', …' if len(broken) > 20 else ''}")
    else:
        print("\nEvery promise was kept.")
    return not broken


def replay(seed: int, lines: int) -> bool:
    """Tell the story of one seed; prints what happened last. Returns whether all promises were kept."""
    told = tell(seed, follow=True)
    print("\n".join(told.lines[-lines:]))
    print(f"\nThe server: {told.setting}")
    print(f"Seed {seed}, digest {told.digest}")
    print(f"A promise is broken: {told.broken}" if told.broken else "Every promise was kept.")
    return not told.broken


def again(seed: int) -> str:
    """The command that runs a seed again."""
    return f"make simulate SEED={seed}    (or: {sys.executable} -m roomcast.testing --seed {seed})"


def table(counts: Counter[str]) -> str:
    """Counts, for people to read."""
    return "\n".join(f"{counts[what]:>12,}  {what}" for what in sorted(counts))


def _tell_all(seeds: range, processes: int) -> Iterator[tuple[list[Told], float]]:
    pieces = [seeds[start : start + PIECE] for start in range(0, len(seeds), PIECE)]
    if processes == 1:
        yield from map(_tell_some, pieces)
        return
    with ProcessPoolExecutor(processes) as pool:
        for future in as_completed([pool.submit(_tell_some, piece) for piece in pieces]):
            yield future.result()


def _tell_some(seeds: range) -> tuple[list[Told], float]:
    """Their stories, and how many seconds of processor time they took."""
    began = time.process_time()
    return [tell(seed) for seed in seeds], time.process_time() - began
