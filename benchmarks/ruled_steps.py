"""What rooms with rules and ticks cost a server: 4 players in each who steer, and are moved in every tick.

    make ruled-steps                                       500 rooms: is a 20 Hz tick held on one core?
    make ruled-steps ARGS="--rooms 50 --steers 20 --relay"  a command in each tick, beside relays with the same commands
    make ruled-steps ARGS=--find                           how many rooms are held, in a minute

The server moves all four 20 times a second; each steers `--steers` times a second. Server and load have a core each
(see `ruled_load.py` for when a number of rooms is held). Lateness is that of this machine: where the server had to
wait for its core, or the load was the limit, that is said. The exit code is 1 where the rooms are not held, nothing is
found, or patches are longer than 1.3 times the shortest JSON of what changed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from machine import describe
from ruled_load import PLAYERS, RATE, SOON, TICK, Contender, Lateness, Measured, find, guess, measure
from ruled_servers import ROOMCAST
from servers import load_core

MOST = 1.3  # times the shortest JSON of what changed
GOAL = 500  # rooms on one core
CALM = 50  # rooms, from whose cost the search guesses where to begin
RELAY = Contender(ROOMCAST.kind, "relay-", lambda port: Lateness(()))


def ratio(messages: list[dict[str, Any]]) -> float:
    """The bytes of the patches of players, beside the shortest JSON object of the leaves that changed."""
    sent = needed = 0
    for message in messages:
        patches = message.get("x", {}).get("m", {})
        sent += len(json.dumps(patches, separators=(",", ":")))
        needed += len(json.dumps({who: leaves(patch) for who, patch in patches.items()}, separators=(",", ":")))
    return sent / needed if needed else 0.0


def leaves(patch: Any) -> Any:
    """A tree patch without what it says besides values: `[v]` is v."""
    if isinstance(patch, dict):
        return {key: leaves(one) for key, one in patch.items()}
    return patch[0] if isinstance(patch, list) and patch else patch


def ruled(rooms: int, steers: float, seconds: float) -> tuple[Measured, float]:
    """One measurement, and the bytes of the patches as a multiple of the values that changed."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "kept")
        measured = measure(ROOMCAST, rooms, steers, seconds, kept)
        lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    return measured, ratio([json.loads(line) for line in lines])


def line_of(one: Measured) -> str:
    """In one line, for searches."""
    if one.trouble:
        return f"{one.rooms:,} rooms: {one.trouble}"
    text = f"{one.rooms:,} rooms: {'held' if one.held else 'not held, ' + one.why_not}; {one.processor:.0%} of a core"
    text += f", {one.late.later_than(TICK):.2%} of ticks late, gap p99 {one.load['gap_p99']:.0f} ms"
    if one.disturbed:
        text += f" (disturbed: the server waited {one.load['server_run_delay']:.0%} of the time for its core)"
    return text + (" (the load was the limit)" if one.generator_limits else "")


def report(one: Measured, patches: float) -> list[str]:
    if one.trouble:
        return [f"trouble    {one.trouble}"]
    load, late = one.load, one.late
    parts = {
        "held": "yes" if one.held else f"no: {one.why_not}",
        "ticks": f"{late.ticks:,}; late {late.quantile(0.5):.1f} ms (p50), {late.quantile(0.99):.1f} (p99); "
        f"{late.later_than(SOON):.2%} by more than {SOON:g} ms, {late.later_than(TICK):.2%} by more than {TICK:g}",
        "updates": f"{load['updates'] / load['seconds']:,.0f} a second to the players, {one.updates:.1%} of those due; "
        f"gaps {load['gap_p50']:.0f} ms (p50), {load['gap_p99']:.0f} (p99), {one.long_gaps:.2%} over {2 * TICK:g}",
        "server": f"{one.processor:.0%} of a core, {load['kernel'] / load['seconds']:.0%} in the kernel; "
        f"{one.room_tick * 1e6:.0f} µs for one tick of one room and what belongs to it",
        "bytes": f"{one.down:,.0f} a second to each player, {one.up:,.0f} from it",
        "patches": f"{patches:.2f} times the values that changed",
        "load": f"busy {load['busy']:.0%}, behind its schedule {load['late_p99']:.1f} ms (p99)"
        + (": it was the limit" if one.generator_limits else ""),
        "waited": f"{load['server_run_delay']:.1%} of the time for its core, which others had",
    }
    return [f"{name:10} {text}" for name, text in parts.items()]


def beside(one: Measured, relay: Measured) -> str:
    """What a command costs with rules, its share of the tick in it, and in a relay."""
    each = [run.processor * run.load["seconds"] / run.load["steers"] * 1e6 for run in (one, relay)]
    return f"a command  {each[0]:.1f} µs of processor time, its share of the tick in it; {each[1]:.1f} in a relay"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rooms", type=int, default=GOAL)
    options.add_argument("--steers", type=float, default=2.0, help="commands of each player a second")
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--find", action="store_true", help="how many rooms are held")
    options.add_argument("--relay", action="store_true", help="and relays with the same commands")
    wanted = options.parse_args()
    os.sched_setaffinity(0, {load_core()})  # whatever this program does, the server does not wait for it
    print(f"{PLAYERS} players a room, {RATE} ticks and {wanted.steers:g} commands of each a second")
    print(" / ".join(describe().values()))
    if wanted.find:
        start = guess(measure(ROOMCAST, CALM, wanted.steers, wanted.seconds))
        best = find(
            lambda rooms: measure(ROOMCAST, rooms, wanted.steers, wanted.seconds),
            start,
            lambda one: print(line_of(one), flush=True),
        )
        print(f"held       {best.rooms if best else 0:,} rooms on one core; the goal is {GOAL}")
        sys.exit(0 if best else 1)
    one, patches = ruled(wanted.rooms, wanted.steers, wanted.seconds)
    print(f"rooms      {wanted.rooms:,}")
    print("\n".join(report(one, patches)))
    if wanted.relay and not one.trouble:
        print(beside(one, measure(RELAY, wanted.rooms, wanted.steers, wanted.seconds)))
    sys.exit(0 if one.held and 0 < patches <= MOST else 1)


if __name__ == "__main__":
    main()
