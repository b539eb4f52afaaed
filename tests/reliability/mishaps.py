"""What goes wrong in a soak: to networks, programs, pages, the server and its file, and what strangers do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from tests.reliability import files, strangers
from tests.reliability.interrupted import InterruptedGame
from tests.reliability.serving import Serving
from tests.reliability.strangers import Starter
from tests.reliability.visitors import Visitors
from tests.reliability.weather import Weather
from tests.reliability.witness import Witness

Mishap = Callable[[], Awaitable[bool]]
"""Something that goes wrong; whether it did, for sometimes there is nobody for it."""


class Cast(Protocol):
    """Who takes part in the soak."""

    server: Serving
    file: Path
    starters: list[Starter]
    games: list[InterruptedGame]
    visitors: Visitors | None

    def anyone(self) -> Witness | None:
        """One of the players who stay, where the network is well at the moment."""
        ...

    def weather_of(self, witness: Witness) -> Weather: ...

    def visitor(self) -> Witness:
        """A new player of one of the rooms, who will not stay."""
        ...

    def was_replaced(self, witness: Witness) -> None:
        """It is over for that one: another takes its place."""
        ...

    def expect(self, good: bool, what: str) -> None: ...


class Mishaps:
    """The tables of what goes wrong, with how often, in proportion."""

    def __init__(self, cast: Cast, chance: random.Random) -> None:
        self._cast = cast
        self._chance = chance
        self._bad: set[Weather] = set()  # where it is bad at the moment
        self.restarting = asyncio.Lock()
        self.always: dict[str, tuple[int, Mishap]] = {
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
            "a room's flush raises": (1, self._failure),
            "a page of another site, another Host, a wrong token": (2, self._untrusted),
            "a program hands over what cannot be sent": (2, self._misuse),
            "a second task iterates over a room": (2, self._second_task),
            "Ctrl-C, in the middle of a game": (12, self._interrupt),
            "numbers that are none": (2, self._numbers),
            "a backup is made, and checked": (1, self._backup),
            "a second server is started on the file": (1, self._second_server),
            "a page is reloaded, left, come back to, played in": (6, self._visit_page),
            "a program does not take what has arrived": (2, self._dawdle),
        }
        self.restarts: dict[str, tuple[int, Mishap]] = {
            "the server is closed, and starts again": (1, self._close),
            "the server is killed (kill -9), and starts again": (2, self._kill),
        }

    # ------------------------------------------------------------------ networks

    async def _have_weather(self, begin: Callable[[Weather], None], shortest: float, longest: float) -> bool:
        witness = self._anyone()
        if witness is None:
            return False
        weather = self._cast.weather_of(witness)
        self._bad.add(weather)
        begin(weather)
        await asyncio.sleep(self._chance.uniform(shortest, longest))
        weather.clear_up()
        self._bad.discard(weather)
        return True

    def _anyone(self) -> Witness | None:
        witness = self._cast.anyone()
        return None if witness is None or self._cast.weather_of(witness) in self._bad else witness

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

    # ------------------------------------------------------------------ programs

    async def _flood(self) -> bool:
        if (witness := self._anyone()) is None:
            return False
        witness.flood(300)
        return True

    async def _visit(self) -> bool:
        witness = self._cast.visitor()
        await asyncio.sleep(self._chance.uniform(0, 4))
        await witness.leave()
        return True

    async def _take_over(self) -> bool:
        if (witness := self._anyone()) is None:
            return False
        how = await strangers.copy_of(witness, self._cast.server.port)
        self._cast.expect(how in ("", "resumed"), f"{witness.name}: its copy was welcome, but {how}")
        if witness.told.replaced:
            self._cast.was_replaced(witness)
        return bool(how)

    async def _misuse(self) -> bool:
        return (witness := self._anyone()) is not None and witness.misuse()

    async def _second_task(self) -> bool:
        return (witness := self._anyone()) is not None and await witness.iterate_again()

    async def _dawdle(self) -> bool:
        if (witness := self._anyone()) is None:
            return False
        witness.dawdle(self._chance.uniform(0.5, 6))
        return True

    async def _interrupt(self) -> bool:
        if not self._cast.games:
            return False
        self._chance.choice(self._cast.games).interrupt()
        return True

    async def _visit_page(self) -> bool:
        return self._cast.visitors is not None and await self._cast.visitors.act()

    # ------------------------------------------------------------------ strangers

    async def _start(self) -> bool:
        starter = Starter(f"s{len(self._cast.starters)}")
        self._cast.starters.append(starter)
        try:
            seconds = self._chance.uniform(0, 4)
            await starter.play(self._cast.server.starter_port, seconds, clean=self._chance.random() < 0.5)
        except OSError:
            return False  # the server is just starting
        return True

    async def _garbage_bytes(self) -> bool:
        port = self._chance.choice([self._cast.server.port, self._cast.server.starter_port])
        ended = await strangers.garbage_bytes(port, self._chance)
        self._cast.expect(ended, "garbage was sent, and the connection lived on")
        return True

    async def _garbage_frames(self) -> bool:
        ended = await strangers.garbage_frames(self._cast.server.port, self._chance)
        self._cast.expect(ended, "frames of garbage were sent, and the connection lived on")
        return True

    async def _untrusted(self) -> bool:
        let_in = await strangers.untrusted(self._cast.server.port, self._chance)
        self._cast.expect(not let_in, f"let in: {let_in}")
        return True

    async def _numbers(self) -> bool:
        taken = await strangers.numbers(self._cast.server.port, self._chance)
        self._cast.expect(not taken, f"taken for a number: {taken}")
        return True

    # ------------------------------------------------------------------ the server, and its file

    async def _failure(self) -> bool:
        if self.restarting.locked():
            return False
        self._cast.server.fail_next_flush()
        return True

    async def _backup(self) -> bool:
        if self.restarting.locked():
            return False
        async with self.restarting:  # it may not be killed meanwhile: that is tried elsewhere
            wrong = await asyncio.to_thread(files.back_up_and_check, self._cast.file)
        self._cast.expect(not wrong, f"the backup: {wrong}")
        return True

    async def _second_server(self) -> bool:
        if self.restarting.locked():
            return False
        async with self.restarting:
            started = await asyncio.to_thread(files.serve_as_well, self._cast.file)
        self._cast.expect(not started, "a second server runs on the file")
        return True

    async def _close(self) -> bool:
        return await self._restart(self._cast.server.stop)

    async def _kill(self) -> bool:
        return await self._restart(self._cast.server.kill)

    async def _restart(self, end: Callable[[], object]) -> bool:
        if self.restarting.locked():
            return False
        async with self.restarting:
            await asyncio.to_thread(end)
            await asyncio.to_thread(self._cast.server.start)
            await asyncio.sleep(self._chance.uniform(0, 5))
        return True
