"""Runs the scenarios of many seeds in several processes: progress, counts of events, and which seed to run again."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import Final

from roomcast.testing.scenario_run import ScenarioResult, run_scenario

BATCH: Final = 20  # seeds that a process takes at a time
_MAX_SHOWN: Final = 5  # broken seeds that are shown at once
_MAX_LISTED: Final = 20  # broken seeds that are listed in the end
_PROGRESS_EVERY: Final = 5.0  # seconds


def campaign(seeds: range, processes: int, rules: bool | None = None) -> bool:
    """Run the scenarios of many seeds and print the results. Returns whether all promises were kept.

    `rules`: as for `run_scenario`.
    """
    began = reported = time.monotonic()
    counts: Counter[str] = Counter()
    broken: list[ScenarioResult] = []
    done, worked = 0, 0.0
    for batch, seconds in _run_all(seeds, processes, rules):
        worked += seconds
        for result in batch:
            done += 1
            counts += result.counts
            if result.broken:
                broken.append(result)
                if len(broken) <= _MAX_SHOWN:
                    print(f"\nSeed {result.seed} broke a promise: {result.broken}")
                    print(f"Run it again: {again(result.seed, rules)}")
        now = time.monotonic()
        if now - reported >= _PROGRESS_EVERY:
            reported = now
            print(f"{done:>7} seeds, {done / (now - began):.0f} a second", flush=True)
    took = time.monotonic() - began
    print(f"\n{done} seeds in {took:.0f} s, {done / took:.1f} a second, in {processes} processes.")
    print(f"They took {worked:.0f} s of processor time, {done / worked:.1f} seeds a second of it.")
    print(f"\nWhat happened:\n\n{table(counts)}")
    if broken:
        listed = ", ".join(str(seed) for seed in sorted(result.seed for result in broken)[:_MAX_LISTED])
        print(f"\n{len(broken)} seeds broke a promise: {listed}{', …' if len(broken) > _MAX_LISTED else ''}")
    else:
        print("\nEvery promise was kept.")
    return not broken


def replay(seed: int, lines: int, rules: bool | None = None) -> bool:
    """Run the scenario of one seed and print its last events. Returns whether all promises were kept."""
    result = run_scenario(seed, follow=True, rules=rules)
    print("\n".join(result.lines[-lines:]))
    print(f"\nThe server: {result.setting}")
    print(f"Seed {seed}, digest {result.digest}")
    print(f"A promise is broken: {result.broken}" if result.broken else "Every promise was kept.")
    return not result.broken


def again(seed: int, rules: bool | None = None) -> str:
    """The command that runs a seed again."""
    option = "" if rules is None else "--rules" if rules else "--relays"
    makes = f"make simulate SEED={seed}" + (f" ARGS={option}" if option else "")
    return f"{makes}    (or: {sys.executable} -m roomcast.testing --seed {seed}{' ' * bool(option)}{option})"


def table(counts: Counter[str]) -> str:
    """Counts, for people to read."""
    return "\n".join(f"{counts[kind]:>12,}  {kind}" for kind in sorted(counts))


def _run_all(seeds: range, processes: int, rules: bool | None) -> Iterator[tuple[list[ScenarioResult], float]]:
    batches = [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]
    if processes == 1:
        yield from map(partial(_run_batch, rules=rules), batches)
        return
    with ProcessPoolExecutor(processes) as pool:
        for future in as_completed([pool.submit(_run_batch, batch, rules) for batch in batches]):
            yield future.result()


def _run_batch(seeds: range, rules: bool | None) -> tuple[list[ScenarioResult], float]:
    """The results, and the seconds of processor time that they took."""
    began = time.process_time()
    return [run_scenario(seed, rules=rules) for seed in seeds], time.process_time() - began
