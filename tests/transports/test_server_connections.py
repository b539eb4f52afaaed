"""The contract of a server's connections, and every implementation of it (`roomcast.core.room.connection`)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roomcast.core.room.connection import Group
from roomcast.transports import connection_timers
from roomcast.transports.bad_network import BadNetwork
from roomcast.transports.event_loop import new_loop
from tests.transports.real_server_ends import LineWorld, WebSocketWorld
from tests.transports.server_ends import UNREAD, RecordingPeer, World
from tests.transports.simulated_server_ends import SimulatedLineWorld, SimulatedWorld

NO_LAG = BadNetwork(lag=1e-9)  # everything goes through its lines
LAG = BadNetwork(lag=0.005, jitter=0.003)
FRAMES: dict[str, Callable[[], World]] = {
    "websocket on asyncio": lambda: WebSocketWorld(asyncio.SelectorEventLoop),
    "websocket on our loop": lambda: WebSocketWorld(new_loop),
    "websocket that lags": lambda: WebSocketWorld(new_loop, LAG),
    "websocket that lags by nothing": lambda: WebSocketWorld(asyncio.SelectorEventLoop, NO_LAG),
    "simulated": SimulatedWorld,
    "simulated that lags": lambda: SimulatedWorld(LAG),
    "simulated that lags by nothing": lambda: SimulatedWorld(NO_LAG),
}
LINES: dict[str, Callable[[], World]] = {
    "lines on asyncio": lambda: LineWorld(asyncio.SelectorEventLoop),
    "lines on our loop": lambda: LineWorld(new_loop),
    "lines that lag": lambda: LineWorld(new_loop, LAG),
    "lines that lag by nothing": lambda: LineWorld(asyncio.SelectorEventLoop, NO_LAG),
    "simulated lines": SimulatedLineWorld,
    "simulated lines that lag": lambda: SimulatedLineWorld(LAG),
}
PIECE = 10_000  # bytes


@pytest.fixture(params=FRAMES | LINES)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with (FRAMES | LINES)[request.param]() as world:
        yield world


@pytest.fixture(params=FRAMES)
def frames(request: pytest.FixtureRequest) -> Iterator[World]:
    """A world whose protocol has frames, and so pings."""
    with FRAMES[request.param]() as world:
        yield world


def noise(size: int) -> bytes:
    """Bytes that repeat nowhere, so that none can be lost, doubled or out of order without showing."""
    return random.Random(size).randbytes(size)


def fill(world: World, peer: RecordingPeer) -> bytes:
    """Write until the client, who does not read, is behind, and remains so. Returns all that was written."""
    written = bytearray()
    while not peer.connection.behind:
        behind = False
        while not behind:
            assert not peer.connection.behind
            piece = noise(PIECE)
            behind = not peer.call("write", piece)
            written += piece
        if world.network:
            world.run_for(0.05)  # what waited here may fit into the system's buffers
    peer.told.clear()
    return bytes(written)


def alone_in_a_group(peer: RecordingPeer) -> Group:
    group = peer.wire.group()
    group.add(peer.connection)
    return group


# ---------------------------------------------------------------------- what is written


def test_what_is_written_arrives_whole_and_in_order(world: World) -> None:
    client, peer = world.connect()
    pieces = [noise(size) for size in (10, 70_000, 1, 30_000, 200_000, 5, 0, 40_000)]
    for piece in pieces:
        peer.call("write", piece)
        world.turn()
    whole = b"".join(pieces)
    client.read_until(len(whole))
    assert client.read == whole
    assert peer.told_inside == []


def test_what_is_delivered_to_many_arrives_whole_and_in_order_between_what_is_written_to_one(world: World) -> None:
    ends = [world.connect() for _ in range(10)]
    group, expected = ends[0][1].wire.group(peer.connection for _, peer in ends), [bytearray() for _ in ends]
    for number, size in enumerate((100, 40_000, 17, 25_000, 90_000)):
        together, alone = noise(size), noise(size + 1)
        group.deliver(together)
        ends[number][1].call("write", alone)
        for all_of_it in expected:
            all_of_it += together
        expected[number] += alone
        world.turn()
    for (client, _), whole in zip(ends, expected, strict=True):
        client.read_until(len(whole))
        assert client.read == whole


def test_nothing_is_written_after_the_end_and_nothing_raises(world: World) -> None:
    client, peer = world.connect()
    group = alone_in_a_group(peer)
    peer.call("write", b"before")
    client.read_until(6)
    peer.call("abort")
    for _ in range(2):  # before the peer knows of the end, and after
        for name, *args in (("write", b"late"), ("ping",), ("close", 1001, "closing"), ("abort",), ("unread",)):
            peer.call(name, *args)
        for size in (100, 40_000):
            group.deliver(noise(size))
        world.until(lambda: peer.told)
    client.read_until(7)
    assert client.ended
    assert client.read == b"before"
    world.run_for(0.05)
    assert peer.told in (["gone"], ["gone, clean"])
    assert peer.told_inside == []


# ---------------------------------------------------------------------- back-pressure


def test_write_says_that_a_client_that_does_not_read_is_behind(world: World) -> None:
    _, peer = world.connect()
    fill(world, peer)
    assert peer.connection.behind
    assert UNREAD < peer.connection.unread() <= UNREAD + 2 * PIECE
    assert peer.call("write", b"more") is False
    world.run_for(0.05)
    assert peer.told == [], "it was said already"
    assert peer.connection.behind


def test_a_client_that_has_read_is_no_longer_behind_and_the_peer_is_told_in_a_turn_of_the_loop(world: World) -> None:
    client, peer = world.connect()
    written = fill(world, peer)
    client.read_until(len(written))
    world.until(lambda: peer.told)
    assert peer.told == ["resumed"]
    assert not peer.connection.behind
    assert peer.call("write", b"more") is True
    client.read_until(len(written) + 4)
    assert client.read == written + b"more"
    assert peer.told_inside == []


def test_what_is_unread_shrinks_while_the_client_reads(world: World) -> None:
    client, peer = world.connect()
    written = fill(world, peer)
    unread = [peer.connection.unread()]
    while peer.connection.unread():
        client.read_until(min(len(written), len(client.read) + 20_000))
        world.run_for(0.005)
        unread.append(peer.connection.unread())
    assert unread == sorted(unread, reverse=True)
    assert len(set(unread)) > 3


@pytest.mark.parametrize("size", [1_000, 30_000])
def test_deliver_returns_those_who_have_fallen_behind_and_calls_nobody(world: World, size: int) -> None:
    ends = [world.connect() for _ in range(10)]
    peers = [peer for _, peer in ends]
    reader, reads = ends[3]
    behind: list[Any] = []
    group = reads.wire.group()
    for peer in peers:
        group.add(peer.connection)
    delivered = 0
    while len(behind) < 9:
        data = noise(size)
        for peer in peers:
            peer.inside("deliver")
        new = group.deliver(data)
        for peer in peers:
            peer.inside("")
        delivered += size
        assert all(connection.behind for connection in new)
        for connection in new:
            group.discard(connection)
        behind += new
        assert len(group) == len(peers) - len(behind)
        reader.read_until(delivered)
        world.until(lambda: not reads.connection.unread())
    assert sorted(map(id, behind)) == sorted(id(peer.connection) for peer in peers if peer is not reads)
    assert not reads.connection.behind
    world.run_for(0.05)
    for peer in peers:
        assert peer.told_inside == []
        assert "fell behind" not in peer.told


def test_a_client_that_falls_behind_by_a_pong_is_reported_in_a_turn_of_the_loop(frames: World) -> None:
    client, peer = frames.connect()
    fill(frames, peer)
    while peer.connection.behind:
        client.read_until(len(client.read) + 5_000)
        frames.run_for(0.002)
    frames.run_for(0.05)  # the system takes nothing more now
    peer.told.clear()
    while (room := UNREAD - peer.connection.unread()) > 0:
        assert peer.call("write", noise(min(room, 5_000)))
        frames.run_for(0.002)
    assert not peer.connection.behind
    peer.heard = False
    client.ping()
    frames.until(lambda: peer.told and peer.heard)
    assert peer.told == ["fell behind"]
    assert peer.connection.behind
    unread = peer.connection.unread()
    client.ping()
    frames.run_for(0.1)
    assert peer.connection.unread() == unread, "who does not read gets no answers either"


# ---------------------------------------------------------------------- what comes in


def test_messages_arrive_in_order(world: World) -> None:
    client, peer = world.connect()
    messages = [b"message %d\n" % number for number in range(100)]
    for message in messages:
        client.send(message)
    world.until(lambda: sum(map(len, peer.received)) == len(b"".join(messages)))
    assert b"".join(peer.received) == b"".join(messages)
    if client.has_frames:
        assert peer.received == messages


def test_nothing_is_read_for_as_long_as_the_peer_asks(world: World) -> None:
    client, peer = world.connect()
    peer.waits = [0.05, 0.05, 0.0]
    client.send(b"too fast")
    world.until(lambda: peer.received)
    began = world.now()
    client.send(b"the next")
    world.until(lambda: len(peer.received) == 2)
    assert peer.told == ["received", "read on", "read on", "received"]
    assert world.now() - began > 0.09


def test_signs_of_life(frames: World) -> None:
    client, peer = frames.connect()
    peer.call("ping")
    client.read_until(len(frames.ping))
    assert client.read == frames.ping
    client.ping()
    client.read_until(len(frames.ping) + len(frames.pong))
    assert client.read == frames.ping + frames.pong
    frames.until(lambda: peer.heard)
    assert peer.told_inside == []


# ---------------------------------------------------------------------- the end


def test_a_client_that_leaves_is_gone_cleanly(world: World) -> None:
    client, peer = world.connect()
    client.leave()
    world.until(lambda: peer.told)
    world.run_for(0.05)
    assert peer.told == ["gone, clean"]


def test_a_client_that_closes_for_another_reason_has_not_left(frames: World) -> None:
    client, peer = frames.connect()
    client.leave(1001)  # it goes away, as a page does that is loaded again
    frames.until(lambda: peer.told)
    assert peer.told == ["gone"]


def test_a_client_that_vanishes_is_gone(frames: World) -> None:
    client, peer = frames.connect()
    client.vanish()
    frames.until(lambda: peer.told)
    frames.run_for(0.05)
    assert peer.told == ["gone"]


def test_a_close_comes_after_the_last_words_and_nothing_after_it(world: World) -> None:
    client, peer = world.connect()
    last_words = noise(300_000)
    group = alone_in_a_group(peer)
    peer.call("write", last_words)
    peer.call("close", 1001, "closing")
    peer.call("write", b"one more")
    peer.call("close", 1001, "closing")
    peer.call("ping")
    for size in (100, 40_000):
        group.deliver(noise(size))
    whole = last_words + world.close
    client.read_until(len(whole))
    assert client.read == whole
    assert [told for told in peer.told if told != "resumed"] == []
    client.leave()
    world.until(lambda: peer.told and peer.told[-1].startswith("gone"))
    world.run_for(0.05)
    assert client.read == whole
    assert sum(told.startswith("gone") for told in peer.told) == 1
    assert peer.told_inside == []


def test_a_close_that_is_not_answered_ends_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_timers, "CLOSE_ANSWER_WITHIN", 0.05)
    _, peer = world.connect()
    began = world.now()
    peer.call("close", 1001, "closing")
    world.until(lambda: peer.told)
    assert world.now() - began > 0.04
    world.run_for(0.05)
    assert len(peer.told) == 1
    assert peer.told[0].startswith("gone")


def test_a_close_waits_for_a_client_that_still_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_timers, "CLOSE_ANSWER_WITHIN", 0.05)
    client, peer = world.connect()
    written = fill(world, peer)
    peer.call("close", 1001, "closing")
    world.run_for(0.2)
    assert peer.told == []
    client.read_until(len(written) + len(world.close))
    assert client.read == written + world.close
