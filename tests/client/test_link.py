"""The link alone, with a network and a clock that are turned by hand: connecting, coming back, leaving."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from roomcast.client.link import (
    CLOSE_ANSWER_WITHIN,
    LEAVE_WITHIN,
    MAX_BACKLOG,
    MAX_BACKLOG_BYTES,
    SMALL_BACKLOG,
    Link,
)
from roomcast.core.client.backoff import MAX_IN_VAIN
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Offline
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import NO_ARGS, Bye, Do, Snapshot, Welcome
from roomcast.transports.client_network import ConnectionEnd, ConnectionEvents

LIMITS = ClientLimits(message_size=1000, rate=60, burst=120, silent_for=25)


class Call:
    def __init__(self, when: float, call: Callable[[], object]) -> None:
        self.when = when
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """A `Scheduler`."""

    def __init__(self) -> None:
        self.time = 100.0
        self.calls: list[Call] = []

    def now(self) -> float:
        return self.time

    def call_soon(self, call: Callable[..., object], /, *args: Any) -> Call:
        return self.call_later(0.0, call, *args)

    def call_later(self, delay: float, call: Callable[..., object], /, *args: Any) -> Call:
        self.calls.append(Call(self.time + delay, lambda: call(*args)))
        return self.calls[-1]

    def turn(self, seconds: float) -> None:
        end = self.time + seconds
        while due := [one for one in self.calls if one.when <= end and not one.cancelled]:
            first = min(due, key=lambda one: one.when)
            self.calls.remove(first)
            self.time = max(self.time, first.when)
            first.call()
        self.time = end


class Connection:
    """A `ClientConnection`. It takes as many frames as it has `room` for."""

    def __init__(self, events: ConnectionEvents) -> None:
        self.events = events
        self.written: list[bytes] = []
        self.room = 1000
        self.closed = self.aborted = False

    def write(self, frame: bytes) -> bool:
        self.written.append(frame)
        self.room -= 1
        return self.room > 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


class World:
    """A link with all that it needs; also its `ClientNetwork`."""

    def __init__(self, *, start: bool = True) -> None:
        self.clock = Clock()
        self.core = ClientCore("dots", "Ada", chance=lambda: 1.0)
        self.arrived, self.ended = threading.Event(), threading.Event()
        self.connections: list[Connection] = []
        self.link = Link(
            "ws://here/",
            self.core,
            network=self,
            scheduler=self.clock,
            arrived=self.arrived,
            ended=self.ended,
        )
        if start:
            self.link.start()

    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> Connection:
        assert (url, subprotocol) == ("ws://here/", "roomcast.1")
        self.connections.append(Connection(events))
        return self.connections[-1]

    @property
    def connection(self) -> Connection:
        return self.connections[-1]

    def hear(self, *messages: Any) -> None:
        self.link.received(b"\n".join(map(codec.encode, messages)))

    def let_in(self) -> None:
        self.link.opened()
        self.hear(Welcome("Ada", "secret", 0, 0, LIMITS, Snapshot()))

    def send(self, count: int = 1) -> None:
        for _ in range(count):
            self.core.do("move", NO_ARGS, None, self.clock.time)
        self.link.flush()

    def acknowledge(self, n: int) -> None:
        self.hear(Do(n, "Ada", 0, "move", NO_ARGS, n))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def inside() -> World:
    one = World()
    one.let_in()
    one.arrived.clear()
    return one


# ---------------------------------------------------------------------- connecting


def test_it_says_hello_as_soon_as_the_connection_is_open(world: World) -> None:
    assert world.connection.written == []
    world.link.opened()
    assert len(world.connection.written) == 1
    assert b'"hello"' in world.connection.written[0]


def test_why_the_first_connection_could_not_be_made_is_kept_and_it_is_tried_again(world: World) -> None:
    refused, late = ConnectionRefusedError("nobody"), TimeoutError("late")
    world.link.closed(ConnectionEnd(error=refused))
    assert world.arrived.is_set()
    world.clock.turn(0.1)
    world.link.closed(ConnectionEnd(error=late))
    assert world.link.first_failure is refused
    world.clock.turn(0.1)
    assert len(world.connections) == 2  # the second wait is longer
    world.clock.turn(0.11)
    assert len(world.connections) == 3


def test_a_lost_connection_is_made_again_and_what_waits_goes_out_once_more(inside: World) -> None:
    inside.send()
    inside.link.closed(ConnectionEnd())
    assert inside.arrived.is_set()
    inside.clock.turn(0.1)
    inside.link.opened()
    inside.hear(Welcome("Ada", "secret", 0, 0, LIMITS, resumed=True))
    assert [b"resume" in frame or b"move" in frame for frame in inside.connection.written] == [True, True]


def test_a_server_that_breaks_the_protocol_loses_the_connection(inside: World) -> None:
    inside.hear(Do(7, "Alan", 0, "move", NO_ARGS, 1))
    assert inside.connection.aborted
    inside.link.closed(ConnectionEnd())
    inside.clock.turn(0.1)
    assert len(inside.connections) == 2


def test_what_a_server_did_wrong_is_said_of_that_connection_alone(inside: World) -> None:
    inside.link.received(b"nonsense")
    inside.link.closed(ConnectionEnd())
    inside.clock.turn(1)
    inside.let_in()
    inside.link.closed(ConnectionEnd())
    first, second = (event.why for event in inside.core.events if isinstance(event, Offline))
    assert first != second == "the connection was lost"


def test_when_the_server_sends_us_away_for_good_it_ends(inside: World) -> None:
    inside.hear(Bye("kicked", "go"))
    assert not inside.ended.is_set()  # the connection is still there
    inside.link.closed(ConnectionEnd(1000))
    assert inside.ended.is_set()
    inside.clock.turn(60)
    assert len(inside.connections) == 1


# ---------------------------------------------------------------------- writing


def test_it_stops_writing_where_the_connection_says_so_and_goes_on_when_it_may(inside: World) -> None:
    connection = inside.connection
    connection.room, before = 2, len(connection.written)
    for _ in range(4):
        inside.send()
    assert len(connection.written) - before == 2
    connection.room = 1000
    inside.send()
    assert len(connection.written) - before == 2
    inside.link.writable()
    assert len(connection.written) - before == 3  # the other three, in one frame
    assert connection.written[-1].count(b"move") == 3


# ---------------------------------------------------------------------- leaving


def test_it_leaves_when_all_has_come_back_and_lets_the_server_end_the_connection(inside: World) -> None:
    inside.send(2)
    inside.link.leave()
    inside.acknowledge(1)
    assert not inside.connection.closed
    inside.acknowledge(2)
    assert inside.connection.closed
    assert not inside.connection.aborted
    assert inside.core.stage is Stage.OVER
    inside.link.closed(ConnectionEnd(1000))
    assert inside.ended.is_set()


def test_it_leaves_all_the_same_when_something_does_not_come_back(inside: World) -> None:
    inside.send()
    inside.link.leave()
    inside.clock.turn(LEAVE_WITHIN - 0.01)
    assert not inside.connection.closed
    inside.clock.turn(0.02)
    assert inside.connection.closed
    inside.clock.turn(CLOSE_ANSWER_WITHIN - 0.02)
    assert not inside.connection.aborted
    inside.clock.turn(0.02)
    assert inside.connection.aborted  # the server did not answer
    inside.link.closed(ConnectionEnd())
    assert inside.ended.is_set()


def test_leaving_before_it_begins_to_connect_is_the_end() -> None:
    world = World(start=False)
    world.link.leave()
    assert world.ended.is_set()
    world.link.start()
    assert world.connections == []


def test_where_the_core_is_over_it_does_not_connect_and_can_be_left() -> None:
    """An asyncio room that is entered once more after its end."""
    world = World(start=False)
    world.core.leave()
    world.link.start()
    assert world.ended.is_set()
    world.link.leave()
    assert world.connections == []


def test_leaving_while_it_connects_gives_the_connection_up(world: World) -> None:
    world.link.leave()
    assert world.connection.aborted
    assert not world.ended.is_set()
    world.link.closed(ConnectionEnd(error=ConnectionAbortedError()))
    assert world.ended.is_set()


def test_leaving_while_it_waits_to_connect_again_ends_at_once(world: World) -> None:
    world.link.closed(ConnectionEnd(error=ConnectionRefusedError()))
    world.link.leave()
    assert world.ended.is_set()
    world.clock.turn(60)
    assert len(world.connections) == 1


def test_losing_the_connection_while_leaving_is_the_end(inside: World) -> None:
    inside.send()
    inside.link.leave()
    inside.link.closed(ConnectionEnd())
    assert inside.ended.is_set()
    assert inside.core.over is not None
    assert inside.core.over.code == "left"


def test_leaving_while_the_connection_is_lost_does_not_wait_for_what_was_sent(inside: World) -> None:
    inside.send()
    inside.link.closed(ConnectionEnd())
    inside.link.leave()
    assert inside.ended.is_set()


def test_a_server_has_the_whole_time_of_leaving_to_answer_the_goodbye(inside: World) -> None:
    inside.link.leave()
    assert inside.connection.closed
    inside.clock.turn(LEAVE_WITHIN - 0.01)
    assert not inside.connection.aborted
    inside.clock.turn(0.02)
    assert inside.connection.aborted


# ---------------------------------------------------------------------- what nobody expected


class Faulty(Connection):
    """Raises where it is told to."""

    fault = ""

    def write(self, frame: bytes) -> bool:
        self.may("write")
        return super().write(frame)

    def pause_reading(self) -> None:
        self.may("pause_reading")

    def resume_reading(self) -> None:
        self.may("resume_reading")

    def close(self) -> None:
        self.may("close")
        super().close()

    def abort(self) -> None:
        self.may("abort")
        super().abort()

    def may(self, call: str) -> None:
        if call in self.fault.split():
            raise ZeroDivisionError(call)


class FaultyWorld(World):
    refuses = False

    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> Connection:
        if self.refuses:
            raise ZeroDivisionError("connect")
        self.connections.append(Faulty(events))
        return self.connections[-1]


@pytest.mark.parametrize("fault", ["write", "write abort"])
def test_a_connection_that_raises_is_replaced(fault: str) -> None:
    world = FaultyWorld()
    world.let_in()
    world.connection.fault = fault  # type: ignore[attr-defined]
    world.send()
    if world.connection.aborted:
        world.link.closed(ConnectionEnd())
    world.clock.turn(1)
    assert len(world.connections) == 2
    world.link.opened()
    world.hear(Welcome("Ada", "secret", 0, 0, LIMITS, resumed=True))
    assert b"move" in world.connection.written[-1]
    assert world.core.over is None


def test_a_network_that_raises_is_asked_again_and_in_the_end_it_is_said() -> None:
    world = FaultyWorld(start=False)
    world.refuses = True
    world.link.start()
    for _ in range(MAX_IN_VAIN + 1):
        world.clock.turn(6)
    assert isinstance(world.link.first_failure, ZeroDivisionError)
    assert world.core.over is not None
    assert "connect" in world.core.over.message
    assert world.ended.is_set()
    assert world.arrived.is_set()


CORE = ["connected", "receive", "next_frame", "disconnected", "wait_before_retry"]


@pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("call", CORE)
def test_a_core_that_raises_is_over_and_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch, call: str, error: type[BaseException]
) -> None:
    """A signal comes in the middle of a step where the network runs on the program's own loop: then it goes on up."""

    def fail(*args: object, **kwargs: object) -> None:
        raise error("in the core")

    monkeypatch.setattr(ClientCore, call, fail)
    raised = 0
    world.core.do("move", NO_ARGS, None, 0.0)
    for step in (world.let_in, world.link.flush, lambda: world.link.closed(ConnectionEnd())):
        try:
            step()
        except KeyboardInterrupt:
            raised += 1
    assert bool(raised) == (error is KeyboardInterrupt)
    monkeypatch.undo()
    world.link.closed(ConnectionEnd())
    assert world.core.over is not None
    assert world.core.over.message == f"this program cannot go on in the room: {error.__name__}: in the core"
    assert world.ended.is_set()
    assert world.arrived.is_set()
    world.clock.turn(60)
    assert len(world.connections) == 1


def test_an_abandoned_connection_is_not_touched(inside: World) -> None:
    before = list(inside.connection.written)
    inside.link.abandon("it is another process's")
    inside.core.outbox.handed.clear()
    inside.link.flush()
    inside.link.leave()
    inside.clock.turn(60)
    assert (inside.connection.written, inside.connection.closed, inside.connection.aborted) == (before, False, False)
    assert inside.core.over is not None
    assert inside.core.over.message == "it is another process's"


# ---------------------------------------------------------------------- a program that does not take what arrives


class Slow(Connection):
    """Counts."""

    reads = True
    changes = 0

    def pause_reading(self) -> None:
        self.reads = False
        self.changes += 1

    def resume_reading(self) -> None:
        self.reads = True
        self.changes += 1


class SlowWorld(World):
    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> Connection:
        self.connections.append(Slow(events))
        return self.connections[-1]


def entries(first: int, count: int, size: int = 0) -> list[Do]:
    return [Do(seq, "Alan", 0, "move", Raw(b'["%s"]' % (b"x" * size)), seq) for seq in range(first, first + count)]


@pytest.fixture
def slow() -> SlowWorld:
    one = SlowWorld()
    one.let_in()
    return one


def test_where_much_waits_for_the_program_the_connection_is_not_read_until_it_has_caught_up(slow: SlowWorld) -> None:
    connection, events = slow.connection, slow.core.events
    assert isinstance(connection, Slow)
    seq = 1
    while connection.reads:
        slow.hear(*entries(seq, 100))
        seq += 100
    assert MAX_BACKLOG <= len(events) < MAX_BACKLOG + 200
    assert slow.link.paused
    while len(events) >= SMALL_BACKLOG:
        slow.link.flush()
        assert not connection.reads
        events.popleft()
    slow.link.flush()
    assert connection.reads
    assert not slow.link.paused
    assert connection.changes == 2


def test_bytes_that_wait_count_as_well(slow: SlowWorld) -> None:
    connection = slow.connection
    assert isinstance(connection, Slow)
    seq = 1
    while connection.reads:
        slow.hear(*entries(seq, 1, 100_000))
        seq += 1
    assert seq < MAX_BACKLOG_BYTES / 100_000 + SMALL_BACKLOG + 2


def test_a_program_that_keeps_up_is_never_held_back(slow: SlowWorld) -> None:
    for seq in range(1, 1000):
        slow.hear(*entries(seq, 1, 100_000))
        slow.core.events.clear()
    assert isinstance(slow.connection, Slow)
    assert slow.connection.changes == 0


def test_who_leaves_reads_on_to_hear_what_became_of_its_messages(slow: SlowWorld) -> None:
    connection = slow.connection
    assert isinstance(connection, Slow)
    slow.send()
    slow.hear(*entries(1, MAX_BACKLOG))
    assert not connection.reads
    slow.link.leave()
    assert connection.reads
    assert not connection.closed
    slow.hear(Do(MAX_BACKLOG + 1, "Ada", 0, "move", NO_ARGS, 1))
    assert connection.closed


def test_a_connection_that_is_lost_while_it_is_not_read_is_made_again(slow: SlowWorld) -> None:
    slow.hear(*entries(1, MAX_BACKLOG))
    slow.link.closed(ConnectionEnd())
    assert not slow.link.paused
    slow.clock.turn(1)
    assert len(slow.connections) == 2
