"""Everything that can go wrong, at random and all at once, to a real server: is every promise kept?

    make soak                           two minutes
    make soak MINUTES=60 ARGS="--seed 7"

A dozen programs play in two rooms, one kept at *full* and one at *relaxed*, each behind a network of its own that
breaks, falls silent, stands still and becomes slow. Others come and go, flood, take over sessions, speak the starter
protocol, and send garbage; games are interrupted by Ctrl-C, pages are reloaded and left, rooms fail in the server, its
file is backed up. In the second half the server is closed and killed, too, and starts again. The programs have no code
for any of that; they write down what they ran and what they were told. In the end that is compared with the log on
disk. It exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

from roomcast.transports import picows_client
from tests import chromium
from tests.reliability import strangers
from tests.reliability.interrupted import InterruptedGame
from tests.reliability.mishaps import Mishap, Mishaps
from tests.reliability.serving import Serving, log_on_disk
from tests.reliability.strangers import Starter
from tests.reliability.truth import Truth
from tests.reliability.visitors import Visitors
from tests.reliability.weather import Weather
from tests.reliability.witness import Told, Witness

ROOMS = {"safe": "full", "loose": "relaxed"}
STAYING = 6  # players in each room who stay, if they are let
GAMES = 2  # programs that Ctrl-C interrupts
PAGES = 3
FAULT_EVERY = 0.25  # seconds between two things that go wrong, on average
ALL_BACK_WITHIN = 60.0  # seconds, when everything is well again
MORE_MEMORY = 32 * 1024 * 1024  # bytes that the server may take, beyond what it had at the start
MiB = 1024 * 1024

# Small, so that a minute holds what takes hours with the defaults.
LIMITS = {
    "ping-every": 1, "silent-for": 3, "unread-for": 3, "unread": 16384, "seat-kept": 2, "resume-window": 6,
    "kept-entries": strangers.KEPT, "rate": 100, "burst": 400, "hello-within": 2, "empty-room": 5,
    "drain": 3, "address-time": 100,  # all come from one address here
}  # fmt: skip


class Soak:
    """One run. `chance` decides everything that the run decides itself."""

    def __init__(self, file: Path, chance: random.Random, stack: ExitStack, *, pages: int) -> None:
        self.tried: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.checked = 0
        self.witnesses: dict[str, list[Witness]] = {room: [] for room in ROOMS}
        self.memories: list[int] = []  # of the server, once a second
        self.starters: list[Starter] = []
        self.games: list[InterruptedGame] = []
        self.visitors: Visitors | None = None
        self.file = file
        self._chance = chance
        self._stack = stack
        self._pages = pages
        self._weathers: dict[Witness, Weather] = {}  # of those who stay
        self._tasks: set[asyncio.Task[None]] = set()
        levels = [word for room, level in ROOMS.items() for word in ("--room-level", f"{room}={level}")]
        flags = [word for name, value in LIMITS.items() for word in (f"--{name}", str(value))]
        self.server = Serving(
            file,
            *levels,
            *flags,
            "--starter-room",
            "safe",
            "--show",
            "--keep-history",
            program="tests.reliability.failing_server",
        )
        self._mishaps = Mishaps(self, chance)

    # ------------------------------------------------------------------ the run

    async def run(self, seconds: float) -> None:
        for _ in range(STAYING):
            for room in ROOMS:
                self._settle_in(room)
        where = f"127.0.0.1:{self.server.port}/safe"
        self.games += await asyncio.gather(*(InterruptedGame.start(where, f"g{n}") for n in range(GAMES)))
        async with AsyncExitStack() as stack:
            if self._pages:
                self.visitors = Visitors(self.server.port, "safe", self._pages, self._chance)
                await stack.enter_async_context(self.visitors)
            await self._go_on(seconds)

    async def _go_on(self, seconds: float) -> None:
        began = time.monotonic()
        looking = asyncio.create_task(self._look(began, seconds))
        while (now := time.monotonic() - began) < seconds:
            restarts = self._mishaps.restarts if now > seconds / 2 else {}
            await self._go_wrong(self._mishaps.always | restarts)
            await asyncio.sleep(FAULT_EVERY * self._chance.uniform(0, 2))
        looking.cancel()
        await self._all_is_well()

    async def _go_wrong(self, faults: dict[str, tuple[int, Mishap]]) -> None:
        (what,) = self._chance.choices(list(faults), [weight for weight, _ in faults.values()])

        async def happen() -> None:
            self.tried[what] += await faults[what][1]()

        task = asyncio.create_task(happen())
        self._tasks.add(task)
        task.add_done_callback(self._happened)

    def _happened(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.wrong.append(f"the soak itself: {failure!r}")

    async def _all_is_well(self) -> None:
        """No more faults: everyone must come to rest, at one place."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        for weather in self._weathers.values():
            weather.clear_up()
        everyone = [witness for several in self.witnesses.values() for witness in several]
        for witness in everyone:
            witness.be_quiet()
        await asyncio.gather(*(game.end() for game in self.games))
        await self._until(
            lambda: all(witness.settled for witness in everyone), "all that was said has come back", everyone
        )
        for several in self.witnesses.values():
            await self._until(partial(_at_one_place, several), "all have run everything", several)
        if self.visitors is not None:
            await self.visitors.come_to_rest(self.expect)
        self.memories.append(self.server.memory())
        await asyncio.gather(*(witness.leave() for witness in everyone))
        await asyncio.to_thread(self.server.stop)

    async def _until(self, condition: Callable[[], bool], what: str, witnesses: list[Witness]) -> None:
        give_up = time.monotonic() + ALL_BACK_WITHIN
        while not condition():
            if time.monotonic() > give_up:
                where = "; ".join(str(witness) for witness in witnesses if witness.inside)
                self.wrong.append(f"did not happen within {ALL_BACK_WITHIN:g} s: {what}: {where}")
                return
            await asyncio.sleep(0.05)

    async def _look(self, began: float, seconds: float) -> None:
        """Once a second: the server's memory, and a line for those who watch."""
        told = 0
        while True:
            await asyncio.sleep(1)
            if not self._mishaps.restarting.locked():
                self.memories.append(self.server.memory())
            now = int(time.monotonic() - began)
            entries = sum(max(witness.seq for witness in several) for several in self.witnesses.values())
            line = f"{now} s of {seconds:.0f}: {self.tried.total():,} faults, {entries:,} entries, "
            line += f"{self.memories[-1] / MiB:.0f} MiB" if self.memories else ""
            if sys.stdout.isatty():
                print(f"\r{line}  ", end="", flush=True)
            elif now // 30 > told:
                told = now // 30
                print(line, flush=True)

    # ------------------------------------------------------------------ who takes part

    def _settle_in(self, room: str) -> None:
        """One more player who stays, behind a network of its own."""
        weather = self._stack.enter_context(Weather(self.server.port))
        witness = self._witness(room, weather.port)
        self._weathers[witness] = weather

    def _witness(self, room: str, port: int) -> Witness:
        witness = Witness(f"w{len(self.witnesses[room])}-{room}", room, port, self._chance)
        self.witnesses[room].append(witness)
        return witness

    def anyone(self) -> Witness | None:
        inside = [one for one in self._weathers if one.inside]
        return self._chance.choice(inside) if inside else None

    def weather_of(self, witness: Witness) -> Weather:
        return self._weathers[witness]

    def visitor(self) -> Witness:
        return self._witness(self._chance.choice(list(ROOMS)), self.server.port)

    def was_replaced(self, witness: Witness) -> None:
        self._weathers.pop(witness)
        self._settle_in(witness.where.rpartition("/")[2])

    def expect(self, good: bool, what: str) -> None:
        self.checked += 1
        if not good:
            self.wrong.append(what)

    # ------------------------------------------------------------------ the verdict

    def verdict(self) -> bool:
        """Compare everything with what is on disk, and say how it went."""
        print("\n\ntried:")
        for what, count in self.tried.most_common():
            print(f"  {count:6,}  {what}")
        for room, witnesses in self.witnesses.items():
            truth = Truth(log_on_disk(self.file, room), strict=ROOMS[room] == "full")
            truth.judge(witnesses, self.expect)
            self._tell(room, truth, witnesses)
            if room == "safe":
                for starter in self.starters:
                    starter.judge(truth, self.expect)
                for game in self.games:
                    game.judge(truth, self.expect)
        heard = sum(len(starter.heard) for starter in self.starters)
        print(f"{len(self.starters)} starter clients heard {heard:,} lines")
        interrupts = sum(game.report.get("interrupts", 0) for game in self.games)
        print(f"{len(self.games)} games were interrupted {interrupts:,} times")
        start, middle, end = self.memories[0], self.memories[len(self.memories) // 2], self.memories[-1]
        most = max(self.memories)
        print(f"memory of the server: {start / MiB:.0f} MiB at the start, {middle / MiB:.0f} in the middle, ", end="")
        print(f"{end / MiB:.0f} at the end, {most / MiB:.0f} at most")
        self.expect(most - start <= MORE_MEMORY, "the server's memory grew by more than it may")
        print(f"{self.checked:,} promises looked at, {len(self.wrong)} of them broken")
        print("\n".join(["EVERY PROMISE WAS KEPT"] if not self.wrong else ["BROKEN:", *self.wrong[:20]]))
        return not self.wrong

    def _tell(self, room: str, truth: Truth, witnesses: list[Witness]) -> None:
        told = Told()
        for witness in witnesses:
            for name in vars(told):
                setattr(told, name, getattr(told, name) + getattr(witness.told, name))
        ran = sum(len(stretch.ran) for witness in witnesses for stretch in witness.stretches)
        said = sum(witness.said for witness in witnesses)
        print(f"\nroom {room!r}, {ROOMS[room]}: {len(truth.entries):,} entries on disk")
        print(f"  {len(witnesses)} players said {said:,} things, and ran {ran:,} entries")
        print(
            f"  resumed {told.resumed:,} times, with {told.caught_up:,} entries to catch up; {told.skipped:,} skipped"
        )
        print(f"        session lost {told.sessions_lost} times; {told.undone} entries undone; ", end="")
        print(f"{told.perhaps_lost} messages perhaps lost; replaced {told.replaced} times")


def _at_one_place(witnesses: list[Witness]) -> bool:
    """Whether all have run the same entries. Who is told late that it was replaced is no longer one of them."""
    return len({witness.seq for witness in witnesses if witness.inside}) == 1


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--minutes", type=float, default=2.0)
    options.add_argument("--pages", type=int, default=PAGES, help="of /dots, in Chromium (default: %(default)s)")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    wanted = options.parse_args()
    if wanted.pages and (why := chromium.why_not()):
        options.error(f"{why}, or give --pages 0")
    print(f"seed {wanted.seed}", flush=True)
    picows_client.PING_EVERY = 1.0  # type: ignore[misc]  # as the server's
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:

        async def soak() -> Soak:
            one = Soak(Path(folder) / "rooms.db", random.Random(wanted.seed), stack, pages=wanted.pages)
            await one.run(wanted.minutes * 60)
            return one

        good = asyncio.run(soak()).verdict()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
