"""One process of players, controlled by JSON lines on standard input; it answers each with one line.

    {"url": …, "share": …, …}   the first line: join all its players              {}
    {"do":"step", …}            send commands; newcomers arrive meanwhile         commands sent, by room
    {"do":"settle","sent": …}   wait for the commands of all processes            counts and latencies
    {"do":"count"}              count the open connections                        {"connected": …}

The process ends at the end of its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from roomcast.loadtest.latency import Latency
from roomcast.loadtest.load_players import PlayerGroup
from roomcast.loadtest.server_process import run_delay
from roomcast.loadtest.workloads import Workload
from roomcast.transports.event_loop import new_loop


class _Worker:
    """The commands of the control protocol, one method each."""

    def __init__(self, group: PlayerGroup) -> None:
        self._group = group
        self._before: dict[int, tuple[int, int]] = {}  # copies and gaps of each player, before the step
        self._newcomers: asyncio.Task[tuple[Latency, int]] | None = None
        self._run_delay = 0.0  # seconds, up to the step

    async def join(self) -> dict[str, Any]:
        await self._group.join()
        return {}

    async def count(self) -> dict[str, Any]:
        return {"connected": sum(not player.transport.is_disconnected for player in self._group.players.values())}

    async def step(self, *, commands: int, interval: float, start: int, to_the_end: bool) -> dict[str, Any]:
        group = self._group
        self._run_delay = run_delay("self")
        self._before = {index: (player.copies, player.gaps) for index, player in group.players.items()}
        if group.workload.newcomers:
            self._newcomers = asyncio.create_task(group.arrive(start))
        sent, addressed = await group.step(commands, interval, start, to_the_end=to_the_end)
        return {"sent": sent, "addressed": addressed}

    async def settle(self, *, sent: list[int], addressed: list[int]) -> dict[str, Any]:
        """Wait for all copies. `sent`: commands by room; `addressed`: private ones by connection ([]: public)."""
        group, workload = self._group, self._group.workload
        present = {index: group.players[index] for index in self._before}
        if workload.patches:  # the server may drop a patch that a newer one of the same player replaces
            last = {(number := sent[0] - back) % workload.senders: number for back in range(1, workload.senders + 1)}
            last = {turn: number for turn, number in last.items() if number >= 0}
            await group.until(lambda: group.latest == last and len({player.seq for player in present.values()}) == 1)
            most = max(player.copies - self._before[index][0] for index, player in present.items())
            sent = [most if group.latest == last else sent[0]]
        wanted = {index: addressed[index] if addressed else sent[index // workload.players] for index in present}
        await group.until(lambda: group.copies >= sum(wanted.values()))
        answer: dict[str, Any] = {}
        if self._newcomers is not None:
            took, all_in = await self._newcomers
            answer |= {"arrivals": took.exported(), "all_in": all_in}
        group.finish()
        copies = {index: player.copies - self._before[index][0] for index, player in present.items()}
        return answer | {
            "copies": sum(copies.values()),
            "expected": sum(wanted.values()),
            "short": sum(copies[index] != wanted[index] for index in present),
            "gaps": sum(player.gaps - self._before[index][1] for index, player in present.items()),
            "latency": group.latency.exported(),
            "late": group.late.exported(),
            "run_delay": run_delay("self") - self._run_delay,
            "trouble": group.trouble,
        }


async def _work() -> None:
    loop = asyncio.get_running_loop()
    line = await loop.run_in_executor(None, sys.stdin.readline)
    if not line:
        return
    told = json.loads(line)
    group = PlayerGroup(told["url"], Workload(**told["workload"]), told["share"], told["of"], told["prefix"])
    worker = _Worker(group)
    what: str = "join"
    more: dict[str, Any] = {}
    while True:
        try:
            answer: dict[str, Any] = await getattr(worker, what)(**more)
        except* OSError as errors:
            answer = {"trouble": _first(errors)}
        print(json.dumps(answer), flush=True)
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            break
        more = json.loads(line)
        what = more.pop("do")
    group.leave()


def _first(errors: BaseExceptionGroup[BaseException]) -> str:
    """The message of the first error; groups may be nested."""
    one: BaseException = errors
    while isinstance(one, BaseExceptionGroup):
        one = one.exceptions[0]
    return str(one)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_work())
