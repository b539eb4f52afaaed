"""The server is asked for the room's time only where what it was asked for last does not do."""

from __future__ import annotations

import pytest
from msgspec import Raw, Struct, structs

from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.room_clock import RoomClock
from roomcast.core.client.wakes import Wakes
from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import Do, DoRequest, Snapshot, Tick, Wake, Welcome

LIMITS = ClientLimits(message_size=64 * 1024, rate=1e9, burst=10**9, silent_for=25)


def asks(wakes: Wakes, wanted: Wake, heard: float = 0.0) -> Wake | None:
    """What the server is told; None: nothing."""
    wakes.ask(wanted, heard)
    found = codec.decode_client(wakes.write()) if wakes.has_output else None
    assert found is None or isinstance(found, Wake)
    return found


def test_a_schedule_is_asked_for_once() -> None:
    wakes = Wakes()
    steps = Wake(0.0, 50.0, 1000.0)
    assert asks(wakes, steps) == steps
    assert asks(wakes, steps, 2000.0) is None
    assert asks(wakes, Wake()) == Wake()
    assert asks(wakes, Wake()) is None


def test_of_a_moment_an_earlier_one_does_until_it_has_come() -> None:
    wakes = Wakes()
    assert asks(wakes, Wake(5000.0)) == Wake(5000.0)
    assert asks(wakes, Wake(7000.0), 1000.0) is None
    assert asks(wakes, Wake(4000.0), 1000.0) == Wake(4000.0)
    assert asks(wakes, Wake(7000.0), 4000.0) == Wake(7000.0)
    assert asks(wakes, Wake(), 4500.0) is None  # one tick too many is cheaper than a message


def test_what_was_heard_already_is_not_asked_for() -> None:
    assert asks(Wakes(), Wake(5000.0), 5000.0) is None


def test_on_a_new_connection_all_is_asked_again() -> None:
    wakes = Wakes()
    wakes.connected()
    assert not wakes.has_output
    asks(wakes, Wake(5000.0, 50.0, 100.0))
    wakes.connected()
    assert codec.decode_client(wakes.write()) == Wake(5000.0, 50.0, 100.0)


def hear(core: ClientCore, *messages: Struct, now: float = 0.0) -> None:
    core.receive(b"\n".join(map(codec.encode, messages)), now)


@pytest.fixture
def core() -> ClientCore:
    core = ClientCore("dots", "Ada", chance=lambda: 1.0)
    core.connected()
    core.next_frame(0.0)
    return core


def welcome(*, resumed: bool = False, time: int = 1_000_000) -> Welcome:
    return Welcome("Ada", "secret", 1, time, LIMITS, None if resumed else Snapshot(), resumed)


def test_a_client_asks_before_all_else_and_again_after_a_welcome(core: ClientCore) -> None:
    core.ask_for_time(Wake(5000.0), 0.0)
    assert core.next_frame(0.0) == b""  # not in the room yet
    hear(core, welcome())
    core.do("move", Raw(b"[]"), None, 0.0)
    assert [type(codec.decode_client(core.next_frame(0.0))) for _ in range(2)] == [Wake, DoRequest]
    core.disconnected("cut", 1.0)
    core.connected()
    core.next_frame(2.0)
    hear(core, welcome(resumed=True))
    assert core.has_output
    assert codec.decode_client(core.next_frame(2.0)) == Wake(5000.0)


def test_a_tick_is_remembered_until_another_log_begins(core: ClientCore) -> None:
    hear(core, welcome(), Tick(1_000_500))
    assert core.ticked == 1_000_500
    assert len(core.events) == 1  # it is in no log
    hear(core, Do(2, "Ada", 1_000_600, "move"))
    assert core.ticked == 1_000_500
    core.disconnected("cut", 1.0)
    core.connected()
    hear(core, welcome(resumed=True))
    assert core.ticked == 1_000_500
    core.disconnected("cut", 1.0)
    core.connected()
    hear(core, welcome())
    assert core.ticked == 0


def test_a_tick_does_not_hold_for_another_run_of_the_server(core: ClientCore) -> None:
    hear(core, welcome(), Tick(1_000_500))
    core.disconnected("cut", 1.0)
    core.connected()
    hear(core, structs.replace(welcome(resumed=True), epoch=2))
    assert core.ticked == 0


# ---------------------------------------------------------------------- the room's time, as estimated


def test_the_sample_of_the_shortest_round_trip_counts() -> None:
    clock = RoomClock()
    assert clock.time(5.0, 0.0) == 0.0
    clock.sample(10.0, 10.2, 1_000_000)
    assert clock.time(10.1, 0.0) == 1_000_000.5
    clock.sample(11.0, 11.01, 1_001_040)
    assert clock.time(11.005, 0.0) == pytest.approx(1_001_040.5)
    clock.sample(12.0, 12.5, 1_002_000)
    assert clock.time(12.005, 0.0) == pytest.approx(1_002_040.5)


def test_it_never_goes_back_and_is_not_below_what_was_run() -> None:
    clock = RoomClock()
    clock.sample(10.0, 10.0, 1_000_000)
    first = clock.time(11.0, 0.0)
    clock.restart(another_room=False)
    clock.sample(12.0, 12.0, 1_000_500)
    assert clock.time(12.0, 0.0) == first
    assert clock.time(12.0, first + 700) == first + 700
    clock.restart(another_room=True)
    clock.sample(13.0, 13.0, 500_000)
    assert clock.time(13.0, 0.0) == 500_000.5


def test_a_welcome_is_the_first_sample(core: ClientCore) -> None:
    core.connected()
    core.next_frame(20.0)
    hear(core, welcome(time=2_000_000), now=20.004)
    assert core.time_link.clock.time(20.002, 0.0) == pytest.approx(2_000_000.5)
