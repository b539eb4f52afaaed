"""All players together, in several processes: one step at one rate, or a whole workload."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from roomcast.errors import CannotConnect
from roomcast.loadtest import search
from roomcast.loadtest.criteria import is_disturbed, is_held, is_limited_by_load
from roomcast.loadtest.latency import Latency
from roomcast.loadtest.load_players import microseconds
from roomcast.loadtest.server_process import MeasuredServer, cores
from roomcast.loadtest.workloads import Outcome, Step, Workload, room_name

_DISTURBED_RETRIES: Final = 12  # of disturbed steps, in one search
_GET_READY: Final = 50_000  # microseconds from the message to all processes until the first command is due
_SETTLE: Final = 0.3  # seconds for the joins to reach everyone
_GROWTH: Final = 4.0  # factor between rates until one fails; the first is one command a second from each sender
_END_WITHIN: Final = 5.0  # seconds


class Load:
    """The worker processes with their players connected. Created by `connected`."""

    def __init__(
        self, server: MeasuredServer, workload: Workload, processes: list[subprocess.Popen[str]], prefix: str
    ) -> None:
        self._server = server
        self._workload = workload
        self._processes = processes
        self._prefix = prefix

    def room(self, number: int = 0) -> str:
        """The name of one of the load's rooms, for others who want to join it."""
        return room_name(self._prefix, number)

    def ask(self, **message: Any) -> list[dict[str, Any]]:
        """Send a message to every process; returns their answers. Raises `CannotConnect`."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
        return self.answers()

    def answers(self) -> list[dict[str, Any]]:
        """The next answer of each process. Raises `CannotConnect` if one reports that it could not connect."""
        answers = [json.loads(process.stdout.readline() or "{}") for process in self._processes if process.stdout]
        for answer in answers:
            if set(answer) <= {"trouble"} and answer:
                raise CannotConnect(f"the load could not connect: {answer['trouble']}")
        return answers

    def step(self, rate: float, seconds: float, *, to_the_end: bool) -> tuple[Step, list[dict[str, Any]]]:
        """Schedule commands at `rate` copies a second; returns the result, and the answer of each process.

        `to_the_end`: go on even if the backlog only grows; otherwise the step ends early then.
        """
        workload = self._workload
        rounds = max(1, round(rate * seconds / workload.copies / workload.rooms))  # commands in each room
        commands = rounds * workload.rooms
        interval = workload.copies / rate * 1e6
        before, delay, began = self._server.processor_time(), self._server.run_delay(), time.perf_counter()
        start = microseconds() + _GET_READY
        plan = {"commands": commands, "interval": interval, "start": start, "to_the_end": to_the_end}
        played = self.ask(do="step", **plan)
        by_room = [sum(several) for several in zip(*(one["sent"] for one in played), strict=True)]
        addressed = [sum(several) for several in zip(*(one["addressed"] for one in played), strict=True)]
        told = self.ask(do="settle", sent=by_room, addressed=addressed)
        after, took = self._server.processor_time(), time.perf_counter() - began
        delays = [self._server.run_delay() - delay, *(one["run_delay"] for one in told)]
        latency, late = Latency(), Latency()
        for one in told:
            latency.merge(*one["latency"])
            late.merge(*one["late"])
        step = Step(
            rate=rate,
            seconds=sum(by_room) * interval / 1e6,
            commands=sum(by_room),
            copies=sum(one["copies"] for one in told),
            expected=sum(one["expected"] for one in told),
            whole=not any(one["short"] or one["gaps"] for one in told),
            given_up=sum(by_room) < commands,
            p50=latency.quantile(0.5),
            p99=latency.quantile(0.99),
            p999=latency.quantile(0.999),
            most=latency.maximum,
            late_p99=late.quantile(0.99),
            late_most=late.maximum,
            user=None if before is None or after is None else after[0] - before[0],
            system=None if before is None or after is None else after[1] - before[1],
            disturbed=max(delays) / took,
            trouble=next((one["trouble"] for one in told if one["trouble"]), ""),
        )
        return step, told


@contextmanager
def connected(server: MeasuredServer, workload: Workload, processes: int) -> Iterator[Load]:
    """Players in `processes` worker processes, joined to their rooms. Raises `CannotConnect`."""
    have = cores()
    if len(have) > 1:
        os.sched_setaffinity(0, have[1:])  # the first core is the server's
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "roomcast.loadtest.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    if have:
        os.sched_setaffinity(0, have)
    try:
        prefix = f"bench-{secrets.token_hex(3)}"  # a server that others use gets rooms of its own for this load
        for share, process in enumerate(started):
            begin = {"url": server.url, "workload": dataclasses.asdict(workload), "prefix": prefix}
            assert process.stdin is not None
            process.stdin.write(json.dumps(begin | {"share": share, "of": processes}) + "\n")
            process.stdin.flush()
        load = Load(server, workload, started, prefix)
        load.answers()
        time.sleep(_SETTLE)  # everyone has joined; the last join entries are not to be measured
        yield load
    finally:
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        for process in started:
            try:
                process.wait(_END_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()


def run(
    server: MeasuredServer,
    workload: Workload,
    *,
    processes: int,
    seconds: float,
    rate: float | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Run one workload from its joins to its end. `on_step` is called after each step. Raises `CannotConnect`."""
    empty = server.memory()
    with connected(server, workload, processes) as load:
        full = server.memory()
        memory = None if empty is None or full is None else (full - empty) / workload.connections
        if workload.idle:
            return _hold(load, workload, seconds, memory)
        rate = rate or workload.rate
        if rate is not None:
            step, answers = load.step(rate, seconds, to_the_end=True)
            on_step(step)
            return Outcome(
                workload=workload, steps=[step], memory=memory, arrivals=_arrivals(answers), trouble=step.trouble
            )
        return _search(load, workload, seconds, memory, on_step)


def _search(
    load: Load, workload: Workload, seconds: float, memory: float | None, on_step: Callable[[Step], None]
) -> Outcome:
    steps: list[Step] = []
    late: list[bool] = []
    retries = _DISTURBED_RETRIES

    def holds(rate: float) -> bool:
        nonlocal retries
        while True:
            if steps and (steps[-1].trouble or not steps[-1].whole):
                return False  # lost copies would count against every other rate
            step, _ = load.step(rate, seconds, to_the_end=False)
            steps.append(step)
            on_step(step)
            if is_held(step):
                return True
            if not is_disturbed(step.disturbed) or not retries:
                late.append(is_limited_by_load(step))
                return False
            retries -= 1

    highest = search.highest(holds, workload.rooms * workload.senders * workload.copies, _GROWTH)
    trouble = next((step.trouble for step in steps if step.trouble), "")
    if not trouble and not all(step.whole for step in steps):
        trouble = "not everything arrived, or not in order"
    return Outcome(
        workload=workload,
        steps=sorted(steps, key=lambda step: step.rate),
        highest=highest,
        limited_by="load" if any(late[-2:]) else "server",
        memory=memory,
        trouble=trouble,
    )


def _hold(load: Load, workload: Workload, seconds: float, memory: float | None) -> Outcome:
    time.sleep(seconds)  # the measurement itself: nothing is to happen
    held = sum(one["connected"] for one in load.ask(do="count"))
    trouble = "" if held == workload.connections else f"{workload.connections - held} connections were lost"
    return Outcome(workload=workload, memory=memory, held=held, trouble=trouble)


def _arrivals(answers: list[dict[str, Any]]) -> dict[str, float] | None:
    took = Latency()
    for one in answers:
        if "arrivals" not in one:
            return None
        took.merge(*one["arrivals"])
    return {
        "p50": took.quantile(0.5),
        "p99": took.quantile(0.99),
        "most": took.maximum,
        "all": max(one["all_in"] for one in answers) / 1000,
        "count": float(len(took)),
    }
