"""Everything that can go wrong, at random and all at once, to a real server: is every promise kept?

    make soak                           two minutes
    make soak MINUTES=60 ARGS="--seed 7"

A dozen programs play in two rooms, one kept at *full* and one at *relaxed*, each behind a network of its own that
breaks, falls silent, stands still and becomes slow. Others come and go, flood, take over sessions, speak the starter
protocol, and send garbage. In the second half the server is closed and killed, too, and starts again. The programs
have no code for any of that; they write down what they ran and what they were told. In the end that is compared with
the log on disk. It exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from roomcast.transports import picows_client
from tests.reliability import strangers
from tests.reliability.serving import Serving, log_on_disk
from tests.reliability.strangers import Starter
from tests.reliability.truth import Truth
from tests.reliability.weather import Weather
from tests.reliability.witness import Told, Witness

ROOMS = {"safe": "full", "loose": "relaxed"}
STAYING = 6  # players in each room who stay, if they are let
FAULT_EVERY = 0.25  # seconds between two things that go wrong, on average
ALL_BACK_WITHIN = 60.0  # seconds, when everything is well again
MORE_MEMORY = 32 * 1024 * 1024  # bytes that the server may take, beyond what it had at the start
MiB = 1024 * 1024

# Small, so that a minute holds what takes hours with the defaults.
LIMITS = {
    "ping-every": 1, "silent-for": 3, "unread-for": 3, "unread": 16384, "seat-kept": 2, "resume-window": 6,
    "kept-entries": strangers.KEPT, "rate": 100, "burst": 400, "hello-within": 2, "empty-room": 5,
    "drain": 3,
}  # fmt: skip


Fault = Callable[[], Awaitable[bool]]
"""Something that goes wrong; whether it did, for sometimes there is nobody for it."""


class Soak:
    """One run. `chance` decides everything that the run decides itself."""

    def __init__(self, file: Path, chance: random.Random, stack: ExitStack) -> None:
        self.tried: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.checked = 0
        self.witnesses: dict[str, list[Witness]] = {room: [] for room in ROOMS}
        self.memories: list[int] = []  # of the server, once a second
        self._chance = chance
        self._file = file
        self._stack = stack
        self._starters: list[Starter] = []
        self._weathers: dict[Witness, Weather] = {}  # of those who stay
        self._bad: set[Weather] = set()  # where it is bad at the moment
        self._tasks: set[asyncio.Task[None]] = set()
        levels = [word for room, level in ROOMS.items() for word in ("--room-level", f"{room}={level}")]
        flags = [word for name, value in LIMITS.items() for word in (f"--{name}", str(value))]
        self._server = Serving(file, *levels, *flags, "--starter-room", "safe")
        self._restarting = asyncio.Lock()
        self._faults: dict[str, tuple[int, Fault]] = {
            "a connection is reset": (6, self._reset),
            "a network is away for a moment": (3, self._outage),
            "a network falls silent (half-open)": (2, self._silence),
            "a network stands still on the way to a player": (2, self._stall),
            "a network is slow": (2, self._slow),
            "a player floods the room": (2, self._flood),
            "a second connection takes over a session": (1, self._take_over),
            "a player comes, and leaves": (4, self._visit),
            "a starter client comes, and goes": (3, self._start),
            "garbage, as bytes": (2, self._garbage_bytes),
            "garbage, as frames": (2, self._garbage_frames),
        }
        self._restarts: dict[str, tuple[int, Fault]] = {
            "the server is closed, and starts again": (1, self._close),
            "the server is killed (kill -9), and starts again": (2, self._kill),
        }

    # ------------------------------------------------------------------ the run

    async def run(self, seconds: float) -> None:
        for _ in range(STAYING):
            for room in ROOMS:
                self._settle_in(room)
        began = time.monotonic()
        looking = asyncio.create_task(self._look(began, seconds))
        while (now := time.monotonic() - began) < seconds:
            restarts = self._restarts if now > seconds / 2 else {}
            await self._go_wrong(self._faults | restarts)
            await asyncio.sleep(FAULT_EVERY * self._chance.uniform(0, 2))
        looking.cancel()
        await self._all_is_well()

    async def _go_wrong(self, faults: dict[str, tuple[int, Fault]]) -> None:
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
        await self._until(lambda: all(witness.settled for witness in everyone), "all that was said has come back")
        for several in self.witnesses.values():
            inside = [witness for witness in several if witness.inside]
            await self._until(lambda some=inside: len({one.seq for one in some}) == 1, "all have run everything")
        self.memories.append(self._server.memory())
        await asyncio.gather(*(witness.leave() for witness in everyone))
        await asyncio.to_thread(self._server.stop)

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        give_up = time.monotonic() + ALL_BACK_WITHIN
        while not condition():
            if time.monotonic() > give_up:
                self.wrong.append(f"did not happen within {ALL_BACK_WITHIN:g} s: {what}")
                return
            await asyncio.sleep(0.05)

    async def _look(self, began: float, seconds: float) -> None:
        """Once a second: the server's memory, and a line for those who watch."""
        told = 0
        while True:
            await asyncio.sleep(1)
            if not self._restarting.locked():
                self.memories.append(self._server.memory())
            now = int(time.monotonic() - began)
            entries = sum(max(witness.seq for witness in several) for several in self.witnesses.values())
            line = f"{now} s of {seconds:.0f}: {self.tried.total():,} faults, {entries:,} entries, "
            line += f"{self.memories[-1] / MiB:.0f} MiB" if self.memories else ""
            if sys.stdout.isatty():
                print(f"\r{line}  ", end="", flush=True)
            elif now // 30 > told:
                told = now // 30
                print(line, flush=True)

    # ------------------------------------------------------------------ players

    def _settle_in(self, room: str) -> None:
        """One more player who stays, behind a network of its own."""
        weather = self._stack.enter_context(Weather(self._server.port))
        witness = self._witness(room, weather.port)
        self._weathers[witness] = weather

    def _witness(self, room: str, port: int) -> Witness:
        witness = Witness(f"w{len(self.witnesses[room])}-{room}", room, port, self._chance)
        self.witnesses[room].append(witness)
        return witness

    def _anyone(self) -> Witness | None:
        inside = [one for one, weather in self._weathers.items() if one.inside and weather not in self._bad]
        return self._chance.choice(inside) if inside else None

    async def _have_weather(self, begin: Callable[[Weather], None], shortest: float, longest: float) -> bool:
        witness = self._anyone()
        if witness is None:
            return False
        weather = self._weathers[witness]
        self._bad.add(weather)
        begin(weather)
        await asyncio.sleep(self._chance.uniform(shortest, longest))
        weather.clear_up()
        self._bad.discard(weather)
        return True

    async def _reset(self) -> bool:
        return await self._have_weather(Weather.cut, 0, 0)

    async def _outage(self) -> bool:
        return await self._have_weather(Weather.cut, 0.2, 8)  # sometimes for longer than one may come back

    async def _silence(self) -> bool:
        return await self._have_weather(lambda weather: weather.hold(clients_too=True), 3, 9)

    async def _stall(self) -> bool:
        return await self._have_weather(Weather.hold, 1, 9)

    async def _slow(self) -> bool:
        return await self._have_weather(lambda weather: setattr(weather, "slow", True), 3, 10)

    async def _flood(self) -> bool:
        if (witness := self._anyone()) is None:
            return False
        witness.flood(300)
        return True

    async def _visit(self) -> bool:
        witness = self._witness(self._chance.choice(list(ROOMS)), self._server.port)
        await asyncio.sleep(self._chance.uniform(0, 4))
        await witness.leave()
        return True

    async def _take_over(self) -> bool:
        if (witness := self._anyone()) is None:
            return False
        how = await strangers.copy_of(witness, self._server.port)
        if how not in ("", "resumed"):
            self.wrong.append(f"{witness.name}: its copy was welcome, but {how}")
        if witness.told.replaced:
            self._weathers.pop(witness)
            self._settle_in(witness.where.rpartition("/")[2])
        return bool(how)

    # ------------------------------------------------------------------ strangers

    async def _start(self) -> bool:
        starter = Starter(f"s{len(self._starters)}")
        self._starters.append(starter)
        try:
            seconds = self._chance.uniform(0, 4)
            await starter.play(self._server.starter_port, seconds, clean=self._chance.random() < 0.5)
        except OSError:
            return False  # the server is just starting
        return True

    async def _garbage_bytes(self) -> bool:
        port = self._chance.choice([self._server.port, self._server.starter_port])
        self._expect(await strangers.garbage_bytes(port, self._chance), "garbage was sent, and the connection lived on")
        return True

    async def _garbage_frames(self) -> bool:
        ended = await strangers.garbage_frames(self._server.port, self._chance)
        self._expect(ended, "frames of garbage were sent, and the connection lived on")
        return True

    # ------------------------------------------------------------------ the server

    async def _close(self) -> bool:
        return await self._restart(self._server.stop)

    async def _kill(self) -> bool:
        return await self._restart(self._server.kill)

    async def _restart(self, end: Callable[[], object]) -> bool:
        if self._restarting.locked():
            return False
        async with self._restarting:
            await asyncio.to_thread(end)
            await asyncio.to_thread(self._server.start)
            await asyncio.sleep(self._chance.uniform(0, 5))
        return True

    # ------------------------------------------------------------------ the verdict

    def _expect(self, good: bool, what: str) -> None:
        self.checked += 1
        if not good:
            self.wrong.append(what)

    def verdict(self) -> bool:
        """Compare everything with what is on disk, and say how it went."""
        print("\n\ntried:")
        for what, count in self.tried.most_common():
            print(f"  {count:6,}  {what}")
        for room, witnesses in self.witnesses.items():
            truth = Truth(log_on_disk(self._file, room), strict=ROOMS[room] == "full")
            truth.judge(witnesses, self._expect)
            self._tell(room, truth, witnesses)
            for starter in self._starters if room == "safe" else ():
                starter.judge(truth, self._expect)
        heard = sum(len(starter.heard) for starter in self._starters)
        print(f"{len(self._starters)} starter clients heard {heard:,} lines")
        start, middle, end = self.memories[0], self.memories[len(self.memories) // 2], self.memories[-1]
        most = max(self.memories)
        print(f"memory of the server: {start / MiB:.0f} MiB at the start, {middle / MiB:.0f} in the middle, ", end="")
        print(f"{end / MiB:.0f} at the end, {most / MiB:.0f} at most")
        self._expect(most - start <= MORE_MEMORY, "the server's memory grew by more than it may")
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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--minutes", type=float, default=2.0)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    wanted = options.parse_args()
    print(f"seed {wanted.seed}", flush=True)
    picows_client.PING_EVERY = 1.0  # type: ignore[misc]  # as the server's
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:

        async def soak() -> Soak:
            one = Soak(Path(folder) / "rooms.db", random.Random(wanted.seed), stack)
            await one.run(wanted.minutes * 60)
            return one

        good = asyncio.run(soak()).verdict()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
