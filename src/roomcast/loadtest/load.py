"""All players together, in several processes: what a step at one rate showed, and what a whole workload did."""

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
from roomcast.loadtest.latency import Latency
from roomcast.loadtest.load_players import microseconds
from roomcast.loadtest.server_process import Measured, cores
from roomcast.loadtest.workloads import Outcome, Step, Workload, room_name

HELD_WITHIN: Final = 50.0  # ms, the 99th percentile of a rate that is held
_LATE: Final = 0.25  # of that: if the load is later than this, it is the load that cannot go on
DISTURBED: Final = 0.02  # of its time without a core, for the players or the server: what failed then says nothing
_PARDONS: Final = 12  # so often in one search it is tried again for that reason
_GET_READY: Final = 50_000  # microseconds from telling all processes until the first command is due
_SETTLE: Final = 0.3  # seconds for the joins to reach everyone
_GROWTH: Final = 4.0  # of the rate, until one is not held; the first is a command a second from each who sends
_END_WITHIN: Final = 5.0  # seconds


def is_held(step: Step) -> bool:
    """Whether all came, in order, and soon enough."""
    return step.whole and not step.given_up and not step.trouble and step.p99 < HELD_WITHIN


class Load:
    """The processes, their players connected. Made by `connected`."""

    def __init__(
        self, server: Measured, workload: Workload, processes: list[subprocess.Popen[str]], prefix: str
    ) -> None:
        self._server = server
        self._workload = workload
        self._processes = processes
        self._prefix = prefix

    def room(self, number: int = 0) -> str:
        """The name of one of the load's rooms, for who wants to be there, too."""
        return room_name(self._prefix, number)

    def tell(self, **what: Any) -> list[dict[str, Any]]:
        """Say the same to every process; returns what each answers. Raises `CannotConnect`."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(json.dumps(what) + "\n")
            process.stdin.flush()
        return self.answers()

    def answers(self) -> list[dict[str, Any]]:
        """What each says next. Raises `CannotConnect` with what one has to complain of."""
        answers = [json.loads(process.stdout.readline() or "{}") for process in self._processes if process.stdout]
        for answer in answers:
            if set(answer) <= {"trouble"} and answer:
                raise CannotConnect(f"the load could not connect: {answer['trouble']}")
        return answers

    def step(self, rate: float, seconds: float, *, to_the_end: bool) -> tuple[Step, list[dict[str, Any]]]:
        """Let commands be due at so many copies a second; returns what that showed, and what each process said.

        `to_the_end`: even where it is hopeless; else it ends early then.
        """
        workload = self._workload
        rounds = max(1, round(rate * seconds / workload.players / workload.rooms))  # commands in each room
        commands = rounds * workload.rooms
        interval = workload.players / rate * 1e6
        before, kept, began = self._server.processor_time(), self._server.kept(), time.perf_counter()
        start = microseconds() + _GET_READY
        plan = {"commands": commands, "interval": interval, "start": start, "to_the_end": to_the_end}
        sent = [one["sent"] for one in self.tell(do="step", **plan)]
        by_room = [sum(several) for several in zip(*sent, strict=True)]
        told = self.tell(do="settle", sent=by_room)
        after, took = self._server.processor_time(), time.perf_counter() - began
        waits = [self._server.kept() - kept, *(one["kept"] for one in told)]
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
            whole=not any(one["short"] or one["holes"] for one in told),
            given_up=sum(by_room) < commands,
            p50=latency.at(0.5),
            p99=latency.at(0.99),
            p999=latency.at(0.999),
            most=latency.most,
            late_p99=late.at(0.99),
            late_most=late.most,
            user=None if before is None or after is None else after[0] - before[0],
            system=None if before is None or after is None else after[1] - before[1],
            disturbed=max(waits) / took,
            trouble=next((one["trouble"] for one in told if one["trouble"]), ""),
        )
        return step, told


@contextmanager
def connected(server: Measured, workload: Workload, processes: int) -> Iterator[Load]:
    """Players in so many processes, all in their rooms. Raises `CannotConnect`."""
    have = cores()
    if len(have) > 1:
        os.sched_setaffinity(0, have[1:])  # the first is the server's
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
        prefix = f"bench-{secrets.token_hex(3)}"  # rooms of our own, also on a server that others use
        for share, process in enumerate(started):
            begin = {"url": server.url, "workload": dataclasses.asdict(workload), "prefix": prefix}
            assert process.stdin is not None
            process.stdin.write(json.dumps(begin | {"share": share, "of": processes}) + "\n")
            process.stdin.flush()
        load = Load(server, workload, started, prefix)
        load.answers()
        time.sleep(_SETTLE)  # the players are in; what is told of the last of them is not to be measured
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
    server: Measured,
    workload: Workload,
    *,
    processes: int,
    seconds: float,
    rate: float | None = None,
    told: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """One workload from its joins to its end. `told` is called after each step. Raises `CannotConnect`."""
    empty = server.memory()
    with connected(server, workload, processes) as load:
        full = server.memory()
        memory = None if empty is None or full is None else (full - empty) / workload.connections
        if workload.idle:
            return _hold(load, workload, seconds, memory)
        rate = rate or workload.rate
        if rate is not None:
            step, answers = load.step(rate, seconds, to_the_end=True)
            told(step)
            return Outcome(
                workload=workload, steps=[step], memory=memory, arrivals=_arrivals(answers), trouble=step.trouble
            )
        return _search(load, workload, seconds, memory, told)


def _search(
    load: Load, workload: Workload, seconds: float, memory: float | None, told: Callable[[Step], None]
) -> Outcome:
    steps: list[Step] = []
    late: list[bool] = []

    pardons = _PARDONS

    def holds(rate: float) -> bool:
        nonlocal pardons
        while True:
            if steps and (steps[-1].trouble or not steps[-1].whole):
                return False  # what is missing would count against every other rate
            step, _ = load.step(rate, seconds, to_the_end=False)
            steps.append(step)
            told(step)
            if is_held(step):
                return True
            if step.disturbed < DISTURBED or not pardons:
                late.append(step.late_p99 > HELD_WITHIN * _LATE)
                return False
            pardons -= 1  # it says nothing: once more

    highest = search.highest(holds, workload.rooms * workload.senders * workload.players, _GROWTH)
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
    time.sleep(seconds)  # so long as one asked for: what is measured is that nothing happens
    held = sum(one["connected"] for one in load.tell(do="count"))
    trouble = "" if held == workload.connections else f"{workload.connections - held} connections were lost"
    return Outcome(workload=workload, memory=memory, held=held, trouble=trouble)


def _arrivals(answers: list[dict[str, Any]]) -> dict[str, float] | None:
    took = Latency()
    for one in answers:
        if "arrivals" not in one:
            return None
        took.merge(*one["arrivals"])
    return {
        "p50": took.at(0.5),
        "p99": took.at(0.99),
        "most": took.most,
        "all": max(one["all_in"] for one in answers) / 1000,
        "count": float(len(took)),
    }
