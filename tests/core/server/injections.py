"""Exceptions, each put at one place from which one may come, and what is done so that it comes: `INJECTIONS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Check, Done
from roomcast.core.room import order
from roomcast.core.room.command_trace import CommandTracer
from roomcast.core.room.desync import StateChecks
from roomcast.core.room.feed import Feed
from roomcast.core.room.log import Log
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.room.shared_state import StateSizes
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.core.room.wire_formats import JsonWire
from roomcast.core.server import welcomes
from roomcast.core.server.failures import Failures
from roomcast.core.server.flush_scheduler import FlushScheduler
from roomcast.core.server.observers import RoomObservers
from roomcast.storage.memory import MemoryCommitLog
from tests.core.fakes import House
from tests.core.looking import look

Patch = pytest.MonkeyPatch
Ends = Literal["room", "connection", "observers", "nothing"]


class Scene:
    """Two rooms: "dots", where something is going to fail, and "chess", where nobody is to notice."""

    def __init__(self, *, pace: float) -> None:
        self.reported: list[tuple[str, Exception]] = []
        self.shown: list[int] = []
        self.house = House(
            show=lambda trace: self.show(trace),
            failures=Failures(lambda what, error: self.reported.append((what, error))),
            token="secret token",
            pace=pace,
        )
        self.show: Callable[[Any], object] = lambda trace: self.shown.append(trace.seq)
        self.ada, self.alan = self.house.join("Ada"), self.house.join("Alan")
        self.joan = self.house.join_by_lines(("Joan",))
        self.eve, self.bob = self.house.join("Eve", "chess"), self.house.join("Bob", "chess")
        self.watcher, self.chess_watcher = look(self.house), look(self.house, "chess")
        self.house.flush()
        self.dots = self.house.room("dots")
        for one in (self.ada, self.alan, self.joan, self.eve, self.bob, self.watcher, self.chess_watcher):
            one.hear()
        for program in (self.eve, self.bob):
            program.hear()

    def is_dots(self, one: Any) -> bool:
        """Whether something is, or belongs to, the room in which things fail."""
        room = self.dots
        owned = (room, room.log, room.feed, room.seats, room.commits, room._starts, room.state_sizes, room._checks)
        return any(one is part for part in owned) or getattr(one, "room", None) in ("dots", room)

    def tick(self, seconds: float = 1.0) -> None:
        self.house.wait(seconds)


@dataclass(frozen=True)
class Injection:
    """What is broken, what then happens, and what that may end."""

    name: str
    plant: Callable[[Patch, Scene], None]
    act: Callable[[Scene], object]
    ends: Ends


def failing(patch: Patch, scene: Scene, owner: Any, name: str, error: type[Exception] = MemoryError) -> None:
    """Let a method raise where it is called on something of the room "dots"."""
    whole = getattr(owner, name)

    def fail(self: Any, *args: Any, **kwargs: Any) -> Any:
        if scene.is_dots(self):
            raise error("planted")
        return whole(self, *args, **kwargs)

    patch.setattr(owner, name, fail)


def method(owner: Any, name: str) -> Callable[[Patch, Scene], None]:
    return lambda patch, scene: failing(patch, scene, owner, name)


def always(owner: Any, name: str) -> Callable[[Patch, Scene], None]:
    """Let something raise whoever calls it: what happens next is about "dots" alone."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("planted")

    return lambda patch, scene: patch.setattr(owner, name, fail)


def of_ada(name: str) -> Callable[[Patch, Scene], None]:
    """Let a method of one connection raise."""
    return lambda patch, scene: always(scene.ada.connection, name)(patch, scene)


def subscriber(owner: Any, name: str) -> Callable[[Patch, Scene], None]:
    """Let a method of those who follow "dots" raise."""

    def plant(patch: Patch, scene: Scene) -> None:
        whole = getattr(owner, name)
        own = owner is CommandTracer

        def fail(self: Any, *args: Any, **kwargs: Any) -> Any:
            if (self._room if own else self._name) == "dots":
                raise RuntimeError("planted")
            return whole(self, *args, **kwargs)

        patch.setattr(owner, name, fail)

    return plant


def snapshot_is_due(patch: Patch, scene: Scene) -> None:
    scene.dots.commits.snapshot_due = True  # type: ignore[misc]
    failing(patch, scene, MemoryCommitLog, "save_snapshot")


def show_fails(patch: Patch, scene: Scene) -> None:
    def show(trace: Any) -> None:
        if trace.room == "dots":
            raise UnicodeEncodeError("charmap", "\U0001f600", 0, 1, "planted")
        scene.shown.append(trace.seq)

    scene.show = show


def wake_fails(patch: Patch, scene: Scene) -> None:
    whole, calls = FlushScheduler.schedule, iter([True])

    def schedule(self: FlushScheduler, room: Room) -> None:
        if room.name == "dots" and next(calls, False):
            raise MemoryError("planted")
        whole(self, room)

    patch.setattr(FlushScheduler, "schedule", schedule)


def entries_cannot_be_encoded(patch: Patch, scene: Scene) -> None:
    patch.setattr(order, "codec", SimpleNamespace())


def rendering_fails(patch: Patch, scene: Scene) -> None:
    whole = JsonWire.render

    def render(wire: JsonWire, log: Log, after: int, upto: int) -> Any:
        if scene.is_dots(log):
            raise MemoryError("planted")
        return whole(wire, log, after, upto)

    patch.setattr(JsonWire, "render", render)


def writing_fails(patch: Patch, scene: Scene) -> None:
    own = next(iter(scene.dots.feed._groups.values()))
    kind: Any = type(own)
    whole = kind.deliver

    def deliver(group: Any, data: bytes) -> Any:
        if group is own:
            raise OSError("planted")
        return whole(group, data)

    patch.setattr(kind, "deliver", deliver)


def log_is_large(patch: Patch, scene: Scene) -> None:
    object.__setattr__(scene.house.directory.limits, "kept_total", 1)
    failing(patch, scene, Log, "trim")


def says(scene: Scene) -> None:
    scene.ada.do("move", 1)
    scene.house.flush()


def says_privately(scene: Scene) -> None:
    scene.ada.do("move", 1, to=("Alan",))
    scene.house.flush()


def sets(scene: Scene) -> None:
    scene.ada.set("room", {"level": 1})
    scene.house.flush()


def checks(scene: Scene) -> None:
    scene.ada.say(Check(1, "aa"))


def waits(scene: Scene) -> None:
    scene.tick(2)


def leaves(scene: Scene) -> None:
    scene.ada.gone(clean=True)


def is_lost(scene: Scene) -> None:
    scene.ada.gone()


def joins(scene: Scene) -> None:
    scene.ada = scene.house.knock()
    scene.ada.hello("dots", "Grace")
    scene.house.flush()


def comes_back(scene: Scene) -> None:
    before = scene.ada
    scene.ada = scene.house.knock()
    scene.ada.welcome, scene.ada.seq, scene.ada.state = before.welcome, before.seq, before.state
    scene.ada.hello("dots", "", before.back)
    scene.house.flush()


def reports(scene: Scene) -> None:
    scene.ada.do("move", 1)
    scene.house.flush()
    scene.ada.say(Done(scene.dots.log.last, 0.5))


def watches(scene: Scene) -> None:
    scene.watcher = look(scene.house)


def watches_no_more(scene: Scene) -> None:
    scene.watcher.gone()


def kicks(scene: Scene) -> None:
    scene.ada.do("move", 1)
    scene.house.directory.kick("dots", "Alan", scene.house.now)
    scene.house.flush()


def kicks_ada(scene: Scene) -> None:
    scene.house.directory.kick("dots", "Ada", scene.house.now)
    scene.house.flush()


def closes_the_room(scene: Scene) -> None:
    scene.ada.do("move", 1)
    scene.house.directory.close_room("dots", scene.house.now)
    scene.house.flush()


def reads_again(scene: Scene) -> None:
    connection = scene.ada.connection
    connection.stop_reading()
    for _ in range(10):
        scene.ada.do("move", "x" * 30_000)
        scene.house.flush()
    assert connection.behind
    connection.read_on()


def stands_still(scene: Scene) -> None:
    scene.house.directory.exclude_downtime(5.0, scene.house.now)


INJECTIONS = [
    Injection("feed", method(Feed, "flush"), says, "room"),
    Injection("rendering", rendering_fails, says, "room"),
    Injection("a write to all", writing_fails, says, "room"),
    Injection("starting readers", method(ReaderStarts, "resume"), reads_again, "connection"),
    Injection("fold", always(order, "apply"), sets, "connection"),
    Injection("encoding an entry", entries_cannot_be_encoded, says, "connection"),
    Injection("sizes of state", method(StateSizes, "check"), sets, "connection"),
    Injection("desync", method(StateChecks, "add"), checks, "connection"),
    Injection("log", method(Log, "append"), sets, "room"),
    Injection("private log", method(Log, "append"), says_privately, "room"),
    Injection("commit log of a command", method(MemoryCommitLog, "append"), says, "room"),
    Injection("commit log of a state", method(MemoryCommitLog, "append"), sets, "room"),
    Injection("snapshot to be kept", snapshot_is_due, says, "room"),
    Injection("command", method(Order, "propose_command"), says, "connection"),
    Injection("waking the server", wake_fails, says, "connection"),
    Injection("reading a message", always(codec, "decode_client"), says, "connection"),
    Injection("rate", always(TokenBucket, "take"), says, "connection"),
    Injection("sweep of the room", method(StateChecks, "find"), waits, "room"),
    Injection("trimming logs", log_is_large, waits, "room"),
    Injection("downtime", method(Room, "exclude_downtime"), stands_still, "room"),
    Injection("leave", method(Seats, "remove"), leaves, "room"),
    Injection("away", method(Order, "propose"), is_lost, "room"),
    Injection("join", method(Seats, "add"), joins, "connection"),
    Injection("session of a newcomer", method(MemoryCommitLog, "save_session"), joins, "connection"),
    Injection("entry of a newcomer", method(Order, "propose"), joins, "connection"),
    Injection("attaching a newcomer", method(Feed, "add"), joins, "connection"),
    Injection("taking a session over", method(Room, "come_back"), comes_back, "connection"),
    Injection("welcome", always(welcomes, "Welcome"), joins, "connection"),
    Injection("counting out", method(Seats, "remove"), leaves, "room"),
    Injection("unread", of_ada("unread"), waits, "connection"),
    Injection("bye", of_ada("close"), kicks_ada, "connection"),
    Injection("kick", method(Feed, "flush"), kicks, "room"),
    Injection("close", method(Feed, "flush"), closes_the_room, "room"),
    Injection("show", show_fails, says, "nothing"),
    Injection("tracer: received", subscriber(CommandTracer, "received"), says, "observers"),
    Injection("tracer: flushed", subscriber(CommandTracer, "flushed"), says, "observers"),
    Injection("tracer: reported", subscriber(CommandTracer, "reported"), reports, "observers"),
    Injection("tracer: expired", subscriber(CommandTracer, "expired"), waits, "observers"),
    Injection("observers: flushed", subscriber(RoomObservers, "flushed"), says, "observers"),
    Injection("observers: sweep", subscriber(RoomObservers, "sweep"), waits, "observers"),
    Injection("observers: tick", subscriber(RoomObservers, "tick"), waits, "observers"),
    Injection("observers: end", subscriber(RoomObservers, "end"), watches_no_more, "nothing"),
    Injection("observers: room closed", subscriber(RoomObservers, "room_closed"), closes_the_room, "observers"),
    Injection("observers: newcomer", subscriber(RoomObservers, "add"), watches, "nothing"),
]
