"""Rooms with rules beside Colyseus: rooms held at 20 Hz on one core, bytes, and how soon others see a command.

    make beside-colyseus                          four minutes
    make beside-colyseus ARGS=--quick             one: a single round of short runs

Both run the rules of `ruled_steps_game.py`: four players a room, moved 20 times a second, each of whom steers
`--steers` times a second. Colyseus has them as its documentation does (peers/with_colyseus_rules.js): schema state, a
timestep and patches of 50 ms, its default transport, no compression. Server and load have a core each.

Rooms are searched in turn, `--rounds` times each, by one generator for both (`ruled_load.py` says when they are held).
Bytes and cost are those of `--at` rooms. Beside as many, players with each server's own library (`steering.mjs`) find
out how long after a command another program sees its effect.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from machine import describe
from ruled_load import (
    PLAYERS,
    RATE,
    Contender,
    Measured,
    find,
    guess,
    measure,
    measure_running,
    quantile,
)  # fmt: skip
from ruled_servers import COLYSEUS, ROOMCAST
from ruled_steps import line_of
from servers import PEERS, TOP, Running, load_core, running

RESULTS: Final = TOP / "build" / "beside-colyseus.json"
STEERING: Final = TOP / "benchmarks" / "steering.mjs"
IT_STARTS_WITHIN: Final = 4.0  # seconds, its connections and its warm-up included


def calm(by: Contender, rooms: int, steers: float, seconds: float) -> Measured:
    """What all costs while the server is far from full. Exits with a message where even that is not held."""
    one = measure(by, rooms, steers, seconds)
    print(f"{by.kind.title}: {line_of(one)}", flush=True)
    if one.trouble:
        raise SystemExit(f"{by.kind.title} cannot be measured: {one.trouble}")
    return one


def steering(by: Contender, rooms: int, steers: float, seconds: float) -> dict[str, Any]:
    """What players with the server's own library see, beside so many rooms: percentiles in ms, and updates a second."""
    told: dict[str, Any] = {}

    def play(server: Running) -> None:
        command = ["node", str(STEERING), "--by", by.kind.name, "--port", str(server.port)]
        command += ["--seconds", f"{seconds:g}", "--packages", str(PEERS)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60)
        told.update(json.loads(ran.stdout))

    with running(by.kind) as server:
        beside = measure_running(server, by, rooms, steers, seconds + IT_STARTS_WITHIN, meanwhile=play)
    result = {
        "updates": told["updates"],
        "unseen": told["unseen"],
        "sent": told["sent"],
        "disturbed": beside.disturbed,
        **{f"{what}_{name}": quantile(told[what], share)
           for what in ("seen", "moved") for name, share in (("p50", 0.5), ("p99", 0.99))},
    }  # fmt: skip
    print(f"{by.kind.title}: {told['sent']} commands, seen after {result['seen_p50']:.0f} ms (p50), "
          f"{result['seen_p99']:.0f} (p99); {told['updates']:.1f} updates a second", flush=True)  # fmt: skip
    return result


def figures(one: Measured) -> dict[str, Any]:
    return {
        "rooms": one.rooms, "down": one.down, "up": one.up, "each": one.down / (RATE * one.updates),
        "room_tick": one.room_tick * 1e6, "processor": one.processor, "gap_p99": one.load["gap_p99"],
        "generator_limits": one.generator_limits, "disturbed": one.disturbed,
    }  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """The figures, one column a server: in Markdown, as docs/performance.md has it."""
    servers = result["servers"]
    titles = [f"{one['title']} {one['version']}".strip() for one in servers.values()]
    lines = ["| measured | " + " | ".join(titles) + " |"]
    lines.append("| --- |" + " --- |" * len(servers))
    rows: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        (f"rooms of {PLAYERS} held on one core, at {RATE} ticks a second", _held),
        ("bytes a second to each player", lambda one: f"{one['calm']['down']:,.0f}"),
        ("… of each update", lambda one: f"{one['calm']['each']:,.0f}"),
        ("bytes a second from each player", lambda one: f"{one['calm']['up']:,.0f}"),
        ("a command, until another program has seen it", lambda one: _latency(one["steering"], "seen")),
        ("… until it has seen the player move by it", lambda one: _latency(one["steering"], "moved")),
        ("processor time of one tick of one room, and of what belongs to it",
         lambda one: f"{one['calm']['room_tick']:,.0f} µs"),
        ("updates a second, as its own library sees them", lambda one: f"{one['steering']['updates']:.1f}"),
    ]  # fmt: skip
    lines += [f"| {title} | " + " | ".join(map(cell, servers.values())) + " |" for title, cell in rows]
    machine, runs = result["machine"], _runs(result)
    disturbed = sum(one["disturbed"] for one in runs)
    limited = sum(one["generator_limits"] for one in runs)
    conditions = (
        f"{machine['date']}: {machine['processor']}; {machine['system']}; Python {machine['python']}; "
        f"Node {machine['node']}. Bytes, latency and cost beside {result['at']:,} rooms; "
        f"{result['steers']:g} commands of each player a second. In {disturbed} of {len(runs)} runs another program "
        f"had one of the two cores for more than 2 % of the time; in {limited} the load was the limit."
    )
    if 2 * disturbed > len(runs):
        conditions += (
            " **The machine was busy: the rooms held, and the p99 of latency, say more of it than of the servers.**"
        )
    return "\n".join([*lines, "", conditions])


def _held(one: dict[str, Any]) -> str:
    found = [run["rooms"] for run in one["held"]]
    if not found:
        return "none"
    few = f" ({min(found):,}–{max(found):,})" if len(found) > 1 else ""
    return f"{statistics.median(found):,.0f}{few}"


def _latency(one: dict[str, Any], what: str) -> str:
    return f"{one[f'{what}_p50']:.0f} ms (p50), {one[f'{what}_p99']:.0f} (p99)"


def _runs(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [run for one in result["servers"].values() for run in (one["calm"], *one["held"])]


def _measure(by: Contender, steers: float, seconds: float, rooms: int) -> Measured:
    return measure(by, rooms, steers, seconds)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--at", type=int, default=100, help="rooms, for bytes, latency and cost")
    options.add_argument("--steers", type=float, default=2.0, help="commands of each player a second")
    options.add_argument("--seconds", type=float, default=4.0, help="of each run")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--quick", action="store_true", help="one round of short runs")
    options.add_argument("--output", type=Path, default=RESULTS)
    wanted = options.parse_args()
    if wanted.quick:
        wanted.rounds, wanted.seconds = 1, 2.0
    contenders = [ROOMCAST, COLYSEUS]
    for one in contenders:
        if lacks := one.kind.missing():
            raise SystemExit(f"{one.kind.title} cannot be measured: {lacks}")
    os.sched_setaffinity(0, {load_core()})  # whatever this program starts, but the servers, shares the load's core
    result: dict[str, Any] = {"machine": describe(), "at": wanted.at, "steers": wanted.steers, "servers": {}}
    starts: dict[str, int] = {}
    for by in contenders:
        quiet = calm(by, wanted.at, wanted.steers, wanted.seconds)
        starts[by.kind.name] = guess(quiet)
        result["servers"][by.kind.name] = {
            "title": by.kind.title,
            "version": by.kind.version(),
            "calm": figures(quiet),
            "steering": steering(by, wanted.at, wanted.steers, wanted.seconds),
            "held": [],
        }
    for turn in range(wanted.rounds):
        for by in contenders:
            print(f"round {turn + 1}, {by.kind.title}", flush=True)
            best = find(
                partial(_measure, by, wanted.steers, wanted.seconds),
                starts[by.kind.name],
                lambda one: print(f"  {line_of(one)}", flush=True),
            )
            if best:
                starts[by.kind.name] = best.rooms
                result["servers"][by.kind.name]["held"].append(figures(best))
    print(f"\n{table(result)}")
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps(result, indent=1))
    print(f"\n{os.path.relpath(wanted.output)}")
    sys.exit(0 if all(one["held"] for one in result["servers"].values()) else 1)


if __name__ == "__main__":
    main()
