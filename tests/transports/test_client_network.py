"""The contract of a client's network, and every implementation of it: what connections tell, in which order, when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from roomcast.core.client.endings import ABNORMAL
from roomcast.transports import picows_client
from roomcast.transports.client_network import ConnectionEnd, NotWebSocket
from roomcast.transports.event_loop import new_loop
from tests.transports import websockets_network
from tests.transports.simulated_world import SimulatedWorld
from tests.transports.worlds import CERTIFICATE, RealWorld, Recorder, World

pytestmark = pytest.mark.takes(10)

REAL: dict[str, Callable[[], RealWorld]] = {
    "picows on asyncio": lambda: RealWorld(picows_client.PicowsNetwork(), picows_client, asyncio.SelectorEventLoop),
    "picows on our loop": lambda: RealWorld(picows_client.PicowsNetwork(), picows_client, new_loop),
    "websockets": lambda: RealWorld(
        websockets_network.WebsocketsNetwork(), websockets_network, asyncio.SelectorEventLoop
    ),
}


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest) -> Iterator[RealWorld]:
    with REAL[request.param]() as world:
        yield world


@pytest.fixture(params=[*REAL, "simulated"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with SimulatedWorld() if request.param == "simulated" else REAL[request.param]() as world:
        yield world


def connected(world: World) -> Recorder:
    one = world.connect()
    world.until(lambda: one.is_open)
    return one


# ---------------------------------------------------------------------- frames


def test_frames_go_both_ways_whole_and_in_order(world: World) -> None:
    one = connected(world)
    out = [str(number).encode() for number in range(200)] + ["Zoë 🎲".encode(), b"x" * 500_000]
    for frame in out:
        one.write(frame)
        world.server.send(frame)
    world.until(lambda: len(world.server.frames) == len(one.frames) == len(out))
    assert world.server.frames == one.frames == out
    assert one.ends == []


def test_a_frame_may_be_answered_from_within_its_event(world: World) -> None:
    one = connected(world)
    one.on_frame = lambda: one.write(b"answer")
    world.server.send(b"question")
    world.until(lambda: world.server.frames)
    assert world.server.frames == [b"answer"]


def test_the_fragments_of_a_message_are_one_frame(real: RealWorld) -> None:
    one = connected(real)
    real.server.send_fragments(["Zo", "ë ", "", "🎲"])
    real.server.send(b"next")
    real.until(lambda: len(one.frames) == 2)
    assert one.frames == ["Zoë 🎲".encode(), b"next"]


# ---------------------------------------------------------------------- back-pressure


def test_who_writes_faster_than_the_server_reads_is_told_to_stop_and_when_to_go_on(world: World) -> None:
    one = connected(world)
    world.server.stop_reading()
    frame, written, told = b"x" * 100_000, 0, -1
    while told < one.writables:  # until also the system takes no more
        told = one.writables
        while one.write(frame):
            written += 1
            assert written < 10_000, "it takes everything"
        written += 1
        world.let_pass(0.02)
    world.server.read_on()
    world.until(lambda: one.writables > told)
    assert one.write(b"last")
    world.until(lambda: world.server.frames[-1:] == [b"last"])
    assert world.server.frames == [frame] * written + [b"last"]


def test_reading_can_be_paused_and_nothing_is_lost(world: World) -> None:
    one = connected(world)
    world.server.send(b"first")
    world.until(lambda: one.frames)
    one.pause_reading()
    one.pause_reading()  # once more does nothing
    for number in range(200):
        world.server.send(b"%d " % number + b"x" * 20_000)
    world.let_pass(0.2)
    assert len(one.frames) < 100  # what TCP could take is at most read already
    one.resume_reading()
    one.resume_reading()
    world.until(lambda: len(one.frames) == 201)
    assert [int(frame.split()[0]) for frame in one.frames[1:]] == list(range(200))


def test_reading_can_be_paused_from_within_an_event(world: World) -> None:
    one = connected(world)
    one.on_frame = one.pause_reading
    for _ in range(200):
        world.server.send(b"x" * 20_000)
    world.until(lambda: one.frames)
    world.let_pass(0.1)
    assert len(one.frames) < 100


# ---------------------------------------------------------------------- the end


def test_after_close_the_server_has_everything_and_ends_the_connection(world: World) -> None:
    one = connected(world)
    for number in range(100):
        one.write(b"%d" % number)
    one.close()
    one.close()
    world.until(lambda: one.ends)
    assert one.ends == [ConnectionEnd(1000, "", None)]
    assert world.server.frames == [b"%d" % number for number in range(100)]


def test_a_close_frame_of_the_server_says_why(world: World) -> None:
    one = connected(world)
    world.server.send(b"before")
    world.server.close(4001, "the room is closed")
    world.until(lambda: one.ends)
    assert one.frames == [b"before"]
    assert one.ends == [ConnectionEnd(4001, "the room is closed", None)]


def test_a_connection_that_is_cut_ends_without_a_code(world: World) -> None:
    one = connected(world)
    world.server.cut()
    world.until(lambda: one.ends)
    assert one.ends == [ConnectionEnd(ABNORMAL, "", None)]


def test_abort_ends_an_open_connection_at_once_and_is_no_error(world: World) -> None:
    one = connected(world)
    one.abort()
    one.abort()
    world.until(lambda: one.ends)
    assert one.ends == [ConnectionEnd(ABNORMAL, "", None)]


def test_abort_from_within_an_event_lets_no_other_follow_but_the_end(world: World) -> None:
    one = connected(world)
    one.on_frame = one.abort
    for _ in range(100):
        world.server.send(b"more")
    world.until(lambda: one.ends)
    assert one.frames == [b"more"]


def test_after_its_end_a_connection_does_nothing(world: World) -> None:
    one = connected(world)
    one.abort()
    world.until(lambda: one.ends)
    one.write(b"too late")
    one.pause_reading()
    one.resume_reading()
    one.close()
    one.abort()
    world.let_pass(0.05)
    assert len(one.ends) == 1


# ---------------------------------------------------------------------- no connection


def test_where_nobody_listens_the_connection_is_refused(world: World) -> None:
    one = world.connect("nobody")
    world.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, ConnectionRefusedError)
    assert not one.is_open


def test_who_does_not_answer_in_time_is_given_up(real: RealWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real.module, "CONNECT_WITHIN", 0.1)
    one = real.connect("silent")
    real.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, TimeoutError)


@pytest.mark.parametrize("after", [0.0, 0.05])
@pytest.mark.parametrize("end", [Recorder.abort, Recorder.close])
def test_connecting_can_be_given_up(world: World, after: float, end: Callable[[Recorder], None]) -> None:
    one = world.connect("silent")
    world.let_pass(after)
    end(one)
    world.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, OSError)
    assert not one.is_open


@pytest.mark.parametrize("end", [Recorder.abort, Recorder.close])
def test_connecting_can_be_given_up_before_it_has_begun(world: World, end: Callable[[Recorder], None]) -> None:
    one = world.connect("silent", then=end)
    world.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, OSError)
    assert not one.is_open


def test_a_web_server_is_no_websocket(real: RealWorld) -> None:
    one = real.connect("web")
    real.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, NotWebSocket)


def test_who_ends_the_connection_before_it_is_open_is_no_websocket_server(real: RealWorld) -> None:
    one = real.connect("slamming")
    real.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, ConnectionError)


def test_a_name_that_no_computer_has_is_an_error_of_the_system(real: RealWorld) -> None:
    one = real.connect("nowhere")
    real.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, OSError)
    assert not isinstance(one.ends[0].error, ConnectionError | TimeoutError)


# ---------------------------------------------------------------------- signs of life


def test_pings_are_answered(real: RealWorld) -> None:
    connected(real)
    ping = real.run(real.server.ping)
    real.until(ping.done)


def test_a_server_that_gives_no_sign_of_life_is_given_up(real: RealWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real.module, "PING_EVERY", 0.1)
    one = connected(real)
    real.let_pass(0.5)
    assert not one.ends  # it answers pings
    real.run(real.server.go_silent)
    real.until(lambda: one.ends)
    assert one.ends[0].error is None


def test_while_reading_is_paused_no_sign_of_life_is_asked_for(real: RealWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real.module, "PING_EVERY", 0.1)
    one = connected(real)
    one.pause_reading()
    for _ in range(200):
        real.server.send(b"x" * 20_000)
    real.let_pass(0.5)
    assert not one.ends
    one.resume_reading()
    real.until(lambda: len(one.frames) == 200)


def test_an_answer_that_is_not_read_because_reading_is_paused_is_not_missed(
    real: RealWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(real.module, "PING_EVERY", 0.2)
    one = connected(real)
    real.run(real.server.go_silent)
    real.let_pass(0.3)  # a ping is on its way
    one.pause_reading()
    real.let_pass(0.6)
    assert not one.ends
    one.resume_reading()
    real.until(lambda: one.ends)


# ---------------------------------------------------------------------- TLS


def test_an_address_with_wss_is_reached_over_tls(real: RealWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    one = real.connect("secure")
    real.until(lambda: one.is_open)
    one.write(b"secret")
    real.server.send(b"safe")
    real.until(lambda: one.frames and real.server.frames)
    assert (real.server.frames, one.frames) == ([b"secret"], [b"safe"])
    one.close()
    real.until(lambda: one.ends)
    assert one.ends[0].code == 1000


def test_a_certificate_that_nobody_vouches_for_is_refused(real: RealWorld) -> None:
    one = real.connect("secure")
    real.until(lambda: one.ends)
    assert isinstance(one.ends[0].error, OSError)
    assert "certificate" in str(one.ends[0].error)
    assert not isinstance(one.ends[0].error, ConnectionError | TimeoutError)
