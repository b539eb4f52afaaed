"""What a connection was made of is freed when it ends, not by the garbage collector, whose pauses everyone notices."""

from __future__ import annotations

import gc
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from roomcast.core.server.observers import Observer
from roomcast.core.server.peer import Peer
from roomcast.transports.connection_timers import ReadThrottle
from roomcast.transports.http_connection import HttpConnection
from roomcast.transports.socket_connection import SocketConnection
from tests.integration.conftest import RunningServer
from tests.integration.foreign import BINARY, CLOSE, PING, Raw
from tests.plain_player import PlainPlayer
from tests.waiting import wait_for

KINDS = (SocketConnection, HttpConnection, Peer, Observer, ReadThrottle)
GOODBYE = (1000).to_bytes(2)


def come_in(server: RunningServer, **message: object) -> Raw:
    raw = Raw(server)
    raw.send(json.dumps({"t": "hello", "room": "dots", "name": "Ada", **message}).encode())
    assert raw.hear() is not None
    return raw


def leaves(server: RunningServer) -> None:
    with come_in(server) as raw:
        raw.send(GOODBYE, CLOSE)
        raw.farewell()


def is_cut(server: RunningServer) -> None:
    with come_in(server):
        pass


def is_sent_away(server: RunningServer) -> None:
    with come_in(server) as raw:
        raw.send(b"x", BINARY)
        raw.farewell()


def is_held_back(server: RunningServer) -> None:
    with come_in(server) as raw:
        for _ in range(3):
            raw.send(b"\n".join(b'{"t":"ping"}' for _ in range(2000)))


def only_pings(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b"x", PING)
        raw.hear()


def observes(server: RunningServer) -> None:
    with come_in(server, t="watch"):
        pass


def is_refused(server: RunningServer) -> None:
    with come_in(server, room="a/b") as raw:
        raw.farewell()


def asks_for_a_page(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as page:
        page.sendall(f"GET /dots HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        while page.recv(65536):
            pass


def asks_for_half_a_page(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as page:
        page.sendall(b"GET /dots HTTP/1.1\r\n")


def speaks_lines(server: RunningServer) -> None:
    with PlainPlayer(server.starter_port) as player:
        player.meet()
        player.say("wave")


@pytest.fixture
def without_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive() -> Counter[str]:
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, KINDS))


@pytest.mark.parametrize(
    "visit",
    [
        leaves, is_cut, is_sent_away, is_held_back, only_pings, observes, is_refused, asks_for_a_page,
        asks_for_half_a_page, speaks_lines,
    ],
)  # fmt: skip
def test_nothing_of_a_connection_that_has_ended_waits_for_the_garbage_collector(
    start_server: Callable[..., RunningServer], without_collections: None, visit: Callable[[RunningServer], None]
) -> None:
    server = start_server(rate=100.0, burst=100)
    before = alive()
    for _ in range(3):
        visit(server)
    wait_for(lambda: server.ask(lambda: server.directory.admission.sockets) == 0, what="all sockets have ended")
    wait_for(lambda: alive() == before, what=f"all is freed: {alive() - before}")
