"""The other end of `interrupted_game`: starts it, presses Ctrl-C, and judges what it reports."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from tests.reliability.signatures import of_shown, of_state
from tests.reliability.truth import Truth

ENDS_WITHIN = 90.0  # seconds, for the last of its messages to come back


class InterruptedGame:
    """One such program, in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.report: dict[str, Any] = {}

    @classmethod
    async def start(cls, where: str, name: str) -> InterruptedGame:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.reliability.interrupted_game", where, name, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()  # it plays, and knows what to do at a signal
        return cls(process)

    def interrupt(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)

    async def end(self) -> None:
        """Have it come to rest, and read its report; a program that died has none."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            output, _ = await asyncio.wait_for(self._process.communicate(), ENDS_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            return
        if output.strip():
            self.report = json.loads(output)

    def judge(self, truth: Truth, check: Callable[[bool, str], None]) -> None:
        report = self.report
        check(bool(report), "an interrupted game ended by itself, or did not come to rest")
        if not report:
            return
        name = report["name"]
        for wrong in report["wrong"]:
            check(False, f"{name}: {wrong}")
        on_disk = truth.said.get(name, [])
        check(on_disk == sorted(set(on_disk)), f"{name}: what it said is twice on disk, or out of order")
        missing = set(report["said"]) - set(on_disk)
        allowed = report["perhaps_lost"]
        check(len(missing) <= allowed, f"{name}: {len(missing)} are missing, told of {allowed}")
        strangers = set(on_disk) - set(report["said"]) - set(report["unsure"])
        check(not strangers, f"{name}: {len(strangers)} are on disk that it never said")
        check(
            of_shown(*report["state"]) == of_state(truth.state_at(report["seq"])),
            f"{name}: its state at {report['seq']} is not what the log makes of it",
        )
