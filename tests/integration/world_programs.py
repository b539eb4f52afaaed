"""Programs whose own state is a room's world, and how a test lets the room ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import roomcast
from roomcast.core.room.worlds import Worlds
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until


class Marbles:
    """A program whose own state is nowhere else: what has been rolled, and by whom."""

    def __init__(self, room: Any) -> None:
        self.room = room
        self.rolled: dict[str, int] = {}
        self.loads = 0
        self.joined: list[str] = []
        room.on("join")(self.on_join)
        room.command("roll")(self.roll)
        world = room.world(lambda: {"rolled": self.rolled})
        world.load(self.load)

    def on_join(self, player: roomcast.Player) -> None:
        self.joined.append(player.id)
        self.rolled[player.id] = 0

    def roll(self, player: roomcast.Player, by: int) -> None:
        self.rolled[player.id] += by

    def load(self, saved: Any) -> None:
        self.loads += 1
        self.rolled.clear()
        self.rolled.update(saved["rolled"])


def world_of(server: RunningServer) -> Any:
    return server.ask(lambda: server.directory.rooms["dots"]._worlds.newest)


def with_world(server: RunningServer, *rooms: roomcast.Room) -> None:
    """Let the room have a world of now, from the programs that are there."""

    def there() -> bool:
        server.ask(lambda: setattr(server.directory.rooms["dots"]._worlds, "_asked_at", -1e9))
        world = world_of(server)
        return world is not None and world.seq == rooms[0].seq

    pump_until(there, *rooms, what="the room has a world")


def with_world_asked(server: RunningServer, *rooms: roomcast.Room) -> None:
    """Let the room ask once, and judge."""
    worlds = server.ask(lambda: server.directory.rooms["dots"]._worlds)
    rooms[0].send("roll", 0)
    before = worlds._turn, worlds._asked_at
    server.ask(lambda: setattr(worlds, "_asked_at", -1e9))
    pump_until(lambda: worlds._asked_at > 0 and worlds._question is None, *rooms, what=f"asked again: {before}")


@contextmanager
def without_asking() -> Iterator[None]:
    """Meanwhile, no room asks for its world, so none is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worlds, "mark", lambda worlds, point: None)
        yield


class Clockwork(Marbles):
    """With timers that go on: one that ticks, and bombs."""

    def __init__(self, room: Any) -> None:
        self.ticks: list[float] = []
        self.exploded: list[tuple[str, str, list[int]]] = []
        super().__init__(room)
        room.world(lambda: {"rolled": self.rolled, "ticks": self.ticks, "exploded": self.exploded})
        room.timer(self.tick)
        room.timer(self.explode)
        room.command("start")(lambda player: room.every(0.05, self.tick))
        room.command("light")(lambda player, seconds: room.after(seconds, self.explode, player, "boom", [1, 2]))

    def tick(self) -> None:
        self.ticks.append(self.room.time)
        self.rolled["dice"] = self.room.random.randint(1, 10**9)

    def explode(self, player: roomcast.Player, sound: str, what: list[int]) -> None:
        self.exploded.append((player.id, sound, what))

    def load(self, saved: Any) -> None:
        super().load(saved)
        self.ticks[:] = saved["ticks"]
        self.exploded[:] = [tuple(one) for one in saved["exploded"]]

    @property
    def all(self) -> Any:
        return self.rolled, self.ticks, self.exploded
