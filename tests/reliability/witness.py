"""A player without any code for faults, that writes down what it ran and what it was told."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import roomcast
from tests.reliability.signatures import of_log_entry, of_room

PAUSE = 0.12  # seconds between two things that a player does, on average
CHECK_EVERY = 100  # entries between two looks at the state

BAD_VALUES: list[Any] = [
    object(),
    "\ud83d",
    float("nan"),
    float("inf"),
    {1: 2},
    {"a": {1, 2}},
    10**5000,
    print,
]


@dataclass
class Stretch:
    """A part of the order that a player ran without a gap, from a snapshot on."""

    player: str  # as who
    begin: int  # seq of the snapshot
    ran: list[tuple[int, int]] = field(default_factory=list)  # seq, and the signature of the entry
    states: list[tuple[int, int]] = field(default_factory=list)  # seq, and the signature of the state there
    end: int = 0  # the last seq, hidden entries too
    forgotten: bool = False  # it ended with the session: a crash after that has nobody to tell what it undid


@dataclass
class Told:
    """What a player was told about itself."""

    resumed: int = 0
    caught_up: int = 0  # entries
    skipped: int = 0
    sessions_lost: int = 0
    perhaps_lost: int = 0  # messages of ours: sent, and not heard of
    undone: int = 0  # entries that we had seen
    replaced: int = 0
    left_behind: int = 0  # messages that had not come back when we left


class Witness:
    """One program in a room. `weather` is the port that it goes through."""

    def __init__(self, name: str, room: str, port: int, chance: random.Random) -> None:
        self.name = name
        self.where = f"127.0.0.1:{port}/{room}"
        self.said = 0
        self.stretches: list[Stretch] = []
        self.told = Told()
        self.wrong: list[str] = []
        self.closed = False
        self.room: roomcast.AsyncRoom | None = None
        self._chance = chance
        self._quiet = False
        self._dawdles = 0.0  # seconds in which it will take nothing
        self._listens = False
        self._over = asyncio.Event()
        self.task = asyncio.create_task(self._play())

    @property
    def inside(self) -> bool:
        return self.room is not None and not self.closed

    @property
    def seq(self) -> int:
        return self.room.seq if self.room is not None else 0

    def __str__(self) -> str:
        room = self.room
        if room is None:
            return f"{self.name} has not come in"
        core, network = room._core, room._network
        state = [f"{self.name} at {room.seq}", f"sent up to {core.seen}", f"{len(core.events)} events wait"]
        state += [f"{room.unacknowledged} unacknowledged", core.stage.name.lower()]
        if network is not None:
            state += ["connected"] * network.connected + ["not reading"] * network.paused
        return ", ".join([*state, *["closed"] * self.closed])

    def be_quiet(self) -> None:
        """Say no more."""
        self._quiet = True

    @property
    def settled(self) -> bool:
        """Whether it is over, or all that it said has come back."""
        return self.closed or (self._quiet and self.room is not None and not self.room.unacknowledged)

    async def leave(self) -> None:
        self._over.set()
        await self.task

    def dawdle(self, seconds: float) -> None:
        """Take nothing of what arrives for so long."""
        self._dawdles = max(self._dawdles, seconds)

    def misuse(self) -> bool:
        """Hand over what cannot be sent, anywhere. Each must be refused at once, and change nothing."""
        room = self.room
        if room is None or room.closed:
            return False
        bad = self._chance.choice(BAD_VALUES)
        calls: list[Callable[[], object]] = [
            lambda: room.send("count", bad),
            lambda: room.me.update({"said": bad}),
            lambda: room.state.update({"k0": [bad]}),
            lambda: room.send(bad),
            lambda: room.send("count", to=[bad]),
        ]
        call = self._chance.choice(calls)
        try:
            call()
        except (roomcast.BadArgument, roomcast.RoomClosed):
            return True
        except Exception as error:
            self.wrong.append(f"{self.name}: {bad!r} was refused with {error!r}")
        else:
            self.wrong.append(f"{self.name}: {bad!r} was taken")
        return True

    async def iterate_again(self) -> bool:
        """Have a second task iterate over the room while the first does: it must get an exception."""
        room = self.room
        if room is None or room.closed or not self._listens or self._dawdles:
            return False
        try:
            async with asyncio.timeout(5):
                entry = await anext(room)
        except (roomcast.RoomClosed, StopAsyncIteration):
            return False
        except RuntimeError:
            return True
        except TimeoutError:
            self.wrong.append(f"{self.name}: a second task waits for entries")
        else:
            self.wrong.append(f"{self.name}: a second task was given entry {entry.seq}")
        return True

    def flood(self, count: int) -> None:
        for _ in range(count):
            self._say()

    # ------------------------------------------------------------------ playing

    async def _play(self) -> None:
        while not self._over.is_set():
            try:
                async with roomcast.connect(self.where, name=self.name, timeout=5) as room:
                    self.room = room
                    await self._stay(room)
                self.told.left_behind += room.unacknowledged
                self.closed = True
                return
            except roomcast.CannotConnect:
                await asyncio.sleep(0.1)  # as a person would, who tries again
        self.closed = True

    async def _stay(self, room: roomcast.AsyncRoom) -> None:
        self._begin()
        room.on("resumed")(self._resumed)
        room.on("skipped")(self._skipped)
        room.on("lost")(self._lost)
        room.on("error")(self._refused)
        room.on("closed")(self._closed)
        room.on("offline")(self._offline)
        acting = asyncio.create_task(self._act())
        listening = asyncio.create_task(self._listen(room))
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait([over, listening], return_when=asyncio.FIRST_COMPLETED)
        for task in (acting, over):
            task.cancel()
        await room.leave()
        outcome = await asyncio.gather(listening, acting, over, return_exceptions=True)
        self.wrong += [repr(one) for one in outcome[:2] if isinstance(one, Exception) and not self.told.replaced]
        self.stretches[-1].end = room.seq
        self.stretches[-1].forgotten = True

    async def _act(self) -> None:
        while True:
            await asyncio.sleep(PAUSE * self._chance.uniform(0.2, 1.8))
            if not self._quiet and self.inside:
                self._say()

    def _say(self) -> None:
        room = self.room
        if room is None or room.closed or self._quiet:
            return
        if self._chance.random() < 0.02:
            with contextlib.suppress(roomcast.TooFast, roomcast.RoomClosed):
                room.send("cheer", "\N{PARTY POPPER}")  # many outputs cannot print it
            return
        self.said += 1
        kind = self._chance.random()
        try:
            if kind < 0.7:
                room.send("count", self.name, self.said)
            elif kind < 0.8:
                room.send("count", self.name, self.said, to=[])
            else:
                value = [self.name, self.said]
                if kind < 0.9:
                    room.me.update({"said": value})
                else:
                    room.state.update({f"k{self._chance.randrange(20)}": value})
                value.append("changed after it was set")
        except (roomcast.TooFast, roomcast.RoomClosed):
            self.said -= 1  # it was not taken, and we know

    async def _listen(self, room: roomcast.AsyncRoom) -> None:
        async for entry in room:
            self._listens = True
            stretch = self.stretches[-1]
            if stretch.ran and entry.seq <= stretch.ran[-1][0]:
                self.wrong.append(f"{self.name}: entry {entry.seq} was run after {stretch.ran[-1][0]}")
            stretch.ran.append((entry.seq, of_log_entry(entry)))
            stretch.end = room.seq
            if entry.seq % CHECK_EVERY == 0:
                stretch.states.append((entry.seq, of_room(room)))
            if self._dawdles and not self._quiet:
                await asyncio.sleep(self._dawdles)
                self._dawdles = 0.0

    # ------------------------------------------------------------------ what it is told

    def _begin(self) -> None:
        assert self.room is not None
        self.stretches.append(Stretch(self.room.me.id, self.room.seq, end=self.room.seq))
        self.stretches[-1].states.append((self.room.seq, of_room(self.room)))

    def _resumed(self, missed: int) -> None:
        self.told.resumed += 1
        self.told.caught_up += missed

    def _skipped(self, first: int, last: int) -> None:
        self.told.skipped += last - first + 1
        self.stretches[-1].end = first - 1
        self._begin()

    def _lost(self, why: str) -> None:
        if undone := re.search(r": (\d+) entries that were seen here are undone", why):
            self.told.undone += int(undone[1])
            self._undo(int(undone[1]))
        else:
            self.told.sessions_lost += 1
            self.stretches[-1].forgotten = True
            if sent := re.search(r"; (\d+) of our messages (?:was|were) on", why):
                self.told.perhaps_lost += int(sent[1])
        self._begin()

    def _undo(self, count: int) -> None:
        base = self.stretches[-1].end - count
        for stretch in self.stretches:
            stretch.ran = [one for one in stretch.ran if one[0] <= base]
            stretch.states = [one for one in stretch.states if one[0] <= base]
            stretch.end = min(stretch.end, base)

    def _refused(self, error: roomcast.Refused) -> None:
        if error.code == "unanswered":
            self.told.perhaps_lost += 1
        elif error.code != "rate":
            self.wrong.append(f"{self.name}: {error.code}: {error}")

    def _closed(self, why: str) -> None:
        if "connected anew from elsewhere" in why:
            self.told.replaced += 1
        elif "left" not in why:
            self.wrong.append(f"{self.name}: closed: {why}")

    def _offline(self, why: str) -> None:
        assert self.room is not None
        self.stretches[-1].end = self.room.seq
        if "hole" in why:
            self.wrong.append(f"{self.name}: {why}")
