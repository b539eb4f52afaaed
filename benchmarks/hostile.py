"""One hostile address beside fifty honest players: what these notice of ten attacks, each at full speed.

    make hostile                              a minute for each attack, in some fifteen minutes
    make hostile SECONDS=10 ARGS="--only watch,pages"
    make hostile ARGS=--quick                 a few seconds each: whether it works, not how fast

Each attack has a server of its own, with the default limits and an ordinary limit of open files. Time is divided into a
calm part, the attack, and another calm part; what the honest players waited for is compared within the run, as all of
it is on one machine. The exit code is 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from honest_players import GIVE_UP
from hostile_attacks import ATTACKS
from machine import chosen, describe
from servers import Kind, Running, load_core, running

from roomcast.learn.free_port import free_port
from roomcast.loadtest.server_process import MeasuredServer

TOP = Path(__file__).resolve().parent.parent
RESULTS: Final = TOP / "build" / "hostile.json"
SOURCE: Final = "127.0.0.66"  # of the attacks
OPEN_FILES: Final = 1024  # soft limit of the server, as shells set it
JOINING: Final = 2.0  # seconds for the honest players to come
SAMPLE_EVERY: Final = 0.1  # seconds
RATIO, NEWCOMER, MEMORY = 1.5, 1.0, 256.0  # the goals: times the calm p99, seconds, MiB more than at the start
MiB: Final = 1024 * 1024


def server_kind(source: Path) -> tuple[Kind, int]:
    """The server of a source tree, and its port for starter clients."""
    starter_port = free_port()

    def command(port: int) -> list[str]:
        serve = [sys.executable, "-P", "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", str(port)]
        serve += ["--starter-port", str(starter_port), "--quiet", "--no-announce"]
        return ["sh", "-c", f'ulimit -S -n {OPEN_FILES}; exec "$0" "$@"', *serve]

    return Kind("roomcast", "Roomcast", "roomcast", command, environment={"PYTHONPATH": str(source)}), starter_port


class Watched:
    """Samples of a server's memory and processor time, while it runs."""

    def __init__(self, server: Running) -> None:
        self.server = MeasuredServer("", server.process.pid)
        self.memory: list[tuple[float, float]] = []  # when, and MiB
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def processor(self) -> tuple[float, float]:
        """Seconds so far: that it ran, and that it was ready to run while another program had its core."""
        return sum(self.server.processor_time() or (0.0, 0.0)), self.server.run_delay()

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(SAMPLE_EVERY):
            self.memory.append((time.monotonic(), (self.server.memory() or 0) / MiB))


def measure(name: str, source: Path, calm: float, seconds: float) -> dict[str, Any]:
    """Run one attack."""
    kind, starter_port = server_kind(source)
    with running(kind) as server:
        watched = Watched(server)
        whole = JOINING + calm + seconds + calm + 1
        honest = _beside("honest_players.py", server.port, starter_port, whole)
        try:
            time.sleep(JOINING)  # this and the next: parts of the run, each as long as it is to be measured
            marks, used = [time.monotonic()], [watched.processor()]
            time.sleep(calm)
            marks.append(time.monotonic())
            used.append(watched.processor())
            attack = _beside("hostile_attacks.py", name, server.port, starter_port, SOURCE, seconds, nice=10)
            time.sleep(seconds)
            marks.append(time.monotonic())
            used.append(watched.processor())
            did = json.loads(attack.communicate(timeout=30)[0] or "{}")
            time.sleep(max(0.0, marks[2] + calm - time.monotonic()))
            marks.append(time.monotonic())
            samples = json.loads(honest.communicate(timeout=60)[0])
        finally:
            honest.kill()
            watched.stop()
        return _summary(name, samples, watched, marks, used, did)


def _beside(program: str, *words: object, nice: int = 0) -> subprocess.Popen[str]:
    """A program of this folder, on the core that the server has not."""
    command = [sys.executable, str(Path(__file__).with_name(program)), *map(str, words)]
    core = load_core()

    def prepare() -> None:
        os.sched_setaffinity(0, [core])
        if nice:  # the honest players measure: they go first, also where all of this was started with `chrt`
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
            os.nice(nice)
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=prepare)


def _summary(
    name: str,
    samples: dict[str, Any],
    watched: Watched,
    marks: list[float],
    used: list[tuple[float, float]],
    did: dict[str, int],
) -> dict[str, Any]:
    begin, attack, over, end = marks
    trips = samples["trips"]
    parts = ([ms for at, ms in trips if begin <= at < attack], [ms for at, ms in trips if over + 1 <= at < end])
    calm = min(parts, key=lambda part: quantile(part, 0.99))  # after it, the server may still have work of it
    during = [ms for at, ms in trips if attack <= at < over]
    memory = watched.memory
    at_start = [mib for at, mib in memory if at < attack][-1]
    return {
        "attack": name,
        "calm": quantile(calm, 0.99),
        "attacked": quantile(during, 0.99),
        "after": quantile([ms for at, ms in trips if over <= at < end], 0.99),
        "ratio": quantile(during, 0.99) / max(0.1, quantile(calm, 0.99)),
        "median": [quantile(calm, 0.5), quantile(during, 0.5)],
        "lost": sum(attack <= at < over for at in samples["lost"]),
        "newcomer": max((took for at, took in samples["newcomers"] if attack <= at < over), default=0.0),
        "starter": max((took for at, took in samples["starters"] if attack <= at < over), default=0.0),
        "kept out": sum(
            took >= GIVE_UP for at, took in samples["newcomers"] + samples["starters"] if attack <= at < over
        ),
        "memory": [at_start, max(mib for _, mib in memory), memory[-1][1]],
        "busy": [(used[1][0] - used[0][0]) / (attack - begin), (used[2][0] - used[1][0]) / (over - attack)],
        # Shares of the attack in which other programs had the cores of the server and of the honest players.
        "disturbed": [(used[2][1] - used[1][1]) / (over - attack), samples["delayed"] / samples["seconds"]],
        "seconds": over - attack,
        **did,
    }


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def missed(row: dict[str, Any]) -> list[str]:
    """The goals that were missed."""
    start, most, _ = row["memory"]
    goals = {
        "p99": row["ratio"] <= RATIO,
        "newcomers": max(row["newcomer"], row["starter"]) <= NEWCOMER,
        "lost": not row["lost"],
        "memory": most - start <= MEMORY,
    }
    return [goal for goal, held in goals.items() if not held]


def shown(row: dict[str, Any]) -> str:
    start, most, end = row["memory"]
    calm, attacked = row["busy"]
    said = ", ".join(missed(row))
    return (
        f"{row['attack']:10} {row['calm']:7.1f} {row['attacked']:9.1f} {row['ratio']:6.2f} {row['lost']:5} "
        f"{row['newcomer']:9.2f} {row['starter']:8.2f} {start:6.0f} {most:6.0f} {end:6.0f} "
        f"{100 * calm:5.0f} {100 * attacked:5.0f} {row.get('done', 0):9,} {row.get('sent', 0) / MiB:8.1f} "
        f"{100 * row['disturbed'][0]:7.0f} {100 * row['disturbed'][1]:4.0f}" + (f"  missed: {said}" if said else "")
    )


HEAD: Final = (
    "           honest p99, ms           cut  newcomers, s     memory, MiB        busy, %                     "
    " waited, %\n"
    "attack        calm  attacked  ratio   off     worst  starter  start   most    end  calm  att.      done  sent, MB"
    "  server them"
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default=",".join(ATTACKS), help=f"of {', '.join(ATTACKS)}")
    options.add_argument("--seconds", type=float, default=60.0, help="of each attack")
    options.add_argument("--calm", type=float, default=None, help="seconds before and after it; default: a quarter")
    options.add_argument("--quick", action="store_true", help="3 seconds each")
    options.add_argument("--source", type=Path, default=TOP / "src", help="the source tree of the server")
    options.add_argument("--output", type=Path, default=RESULTS)
    wanted = options.parse_args()
    seconds = 3.0 if wanted.quick else wanted.seconds
    calm = max(3.0, seconds / 4) if wanted.calm is None else wanted.calm
    rows = []
    print(HEAD, flush=True)
    for name in chosen(wanted.only, ATTACKS):
        rows.append(measure(name, wanted.source, calm, seconds))
        print(shown(rows[-1]), flush=True)
        wanted.output.parent.mkdir(exist_ok=True)
        results = {"machine": describe(), "seconds": seconds, "attacks": rows}
        wanted.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(os.path.relpath(wanted.output))
    sys.exit(0 if not any(map(missed, rows)) else 1)


if __name__ == "__main__":
    main()
