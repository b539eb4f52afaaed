"""A real server, real sockets, and an exception in the middle of it: who is not concerned does not notice."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from roomcast.core.room.feed import Feed
from roomcast.core.server import observer_directory
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.server.acceptors import JsonAcceptor, LineAcceptor
from roomcast.transports import fanout
from roomcast.transports.http_connection import HttpConnection
from roomcast.transports.socket_connection import SocketConnection
from roomcast.transports.socket_wire import SocketGroup
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.plain_player import PlainPlayer
from tests.waiting import wait_for

Patch = pytest.MonkeyPatch
Visit = Callable[..., Foreign]


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(show=lambda trace: None)


@pytest.fixture
def chess(visit: Visit) -> Iterator[tuple[Foreign, Foreign]]:
    """Two players of another room than the one in which things fail, who play on at the end."""
    eve, bob = visit(), visit()
    eve.hello("Eve", "chess")
    bob.hello("Bob", "chess")
    yield eve, bob
    eve.say(t="do", n=1, c="mate", a=[])
    assert [eve.hear_next("do")["c"], bob.hear_next("do")["c"]] == ["mate", "mate"]


def room_of(server: RunningServer, name: str = "dots") -> Any:
    return server.ask(lambda: server.directory.rooms.get(name))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged with a traceback."""
    return [record.getMessage() for record in caplog.records if record.exc_info is not None]


def test_a_room_whose_flush_raises_is_closed_and_opens_again(
    server: RunningServer, visit: Visit, chess: Any, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    red, blue = visit("red"), visit("blue")
    broken, whole = room_of(server), Feed.flush

    def flush(feed: Feed, upto: int) -> None:
        if feed is broken.feed:
            raise MemoryError("planted")
        whole(feed, upto)

    with PlainPlayer(server.starter_port or 0) as ada, monkeypatch.context() as patch:
        ada.meet()
        patch.setattr(Feed, "flush", flush)
        red.say(t="do", n=1, c="move", a=[])
        for one in (red, blue):
            heard, code = one.farewell()
            assert heard[-1]["t"] == "bye"
            assert (heard[-1]["code"], heard[-1]["again"], code) == ("room-broken", 0.5, 1001)
            assert "begins anew" in heard[-1]["message"]
        assert "something in the server failed" in wait_for(ada.hear, what="the starter client hears why")
    assert errors(caplog) == ["in the room 'dots': it was closed, for something in the server failed"]
    again = visit()
    again.hello("red", resume={"session": red.session, "seen": 3})
    again.say(t="do", n=1, c="move", a=[])
    assert again.hear_next("do")["c"] == "move"
    assert room_of(server) is not broken


def test_a_socket_that_cannot_be_written_to_ends_alone(
    server: RunningServer, visit: Visit, chess: Any, caplog: pytest.LogCaptureFixture
) -> None:
    players = [visit(f"p{number}") for number in range(5)]
    group = room_of(server).feed
    wait_for(lambda: server.ask(lambda: group.caught_up) == 5, what="all have caught up")

    def break_second() -> None:
        sends = next(iter(group._groups.values()))._sends
        writer = list(sends)[1]

        def send(data: bytes) -> None:
            raise OSError("planted")

        writer.send = sends[writer] = send

    server.ask(break_second)
    players[0].say(t="do", n=1, c="move", a=[])
    for number in (0, 2, 3, 4):
        assert players[number].hear_next("do")["c"] == "move"
        assert players[number].hear_next("away")["by"] == "p1"
    assert errors(caplog) == ["a connection was ended, for writing to it failed"]
    again = visit()
    assert again.hello("p1", resume={"session": players[1].session, "seen": 5})["resumed"]
    assert again.hear_next("do")["c"] == "move", "nothing is lost for it"


def test_one_that_cannot_be_written_to_in_a_large_batch_ends_alone(monkeypatch: Patch) -> None:
    """The way of large batches: `sendfile`, stream by stream."""

    class Stream:
        def __init__(self, *, broken: bool) -> None:
            self.broken, self.taken = broken, b""

        def write(self, data: bytes | memoryview) -> None:
            if self.broken:
                raise OSError("planted")
            self.taken += bytes(data)

        def get_write_buffer_size(self) -> int:
            return 1  # something waits: the file is not used

        def is_closing(self) -> bool:
            return False

    class Writer:
        def __init__(self, *, broken: bool) -> None:
            self.group: Any = None
            self.behind = False
            self.failed: list[Exception] = []
            self.own = Stream(broken=broken)
            self.send = self.own.write
            self.stream = (self.own, 0)

        def write_failed(self, error: Exception) -> None:
            self.failed.append(error)

    for size in (10, fanout.LARGE):
        writers = [Writer(broken=number in (2, 5)) for number in range(fanout.MANY)]
        group = SocketGroup([], writers)  # type: ignore[arg-type]
        group.deliver(b"x" * size)
        assert [len(one.own.taken) for one in writers] == [0 if one.own.broken else size for one in writers]
        assert [bool(one.failed) for one in writers] == [one.own.broken for one in writers]


def test_a_request_that_fails_is_answered_with_500_and_a_sentence(
    server: RunningServer, chess: Any, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(HttpConnection, "_response", _raises)
        status, body = get(server, "/healthz")
    assert status == 500
    assert body.startswith("this server has made a mistake: its log says which (help: ")
    assert len(errors(caplog)) == 1
    assert get(server, "/healthz")[0] == 200


def test_a_connection_that_cannot_be_accepted_ends_alone(
    server: RunningServer, visit: Visit, chess: Any, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        for acceptor in (JsonAcceptor, LineAcceptor):
            patch.setattr(acceptor, "__call__", _raises)
        for _ in range(3):
            with Foreign(server) as red:
                assert red.farewell()[0] == []
            with PlainPlayer(server.starter_port or 0) as ada, pytest.raises((AssertionError, OSError)):
                ada.hear()
    assert errors(caplog) == ["a new connection was ended, for something in the server failed"]
    assert visit("red").me == "red"
    assert server.ask(lambda: len(server.directory.peers)) == 3


@pytest.mark.usefixtures("often")
def test_the_sweeps_go_on_after_one_that_failed(
    start_server: Callable[..., RunningServer], monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[bool] = []
    whole = Directory.sweep

    def sweep(directory: Directory, now: float) -> None:
        calls.append(True)
        if len(calls) in (2, 3):
            raise RuntimeError("planted")
        whole(directory, now)

    monkeypatch.setattr(Directory, "sweep", sweep)
    start_server()
    wait_for(lambda: len(calls) > 5, what="more sweeps")
    assert errors(caplog) == ["the sweep of each second failed"]


@pytest.mark.usefixtures("often")
def test_observers_that_fail_end_alone(
    server: RunningServer, visit: Visit, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    red = visit("red")
    watcher = visit()
    watcher.say(t="watch", room="dots")
    watcher.hear_next("watching")
    with monkeypatch.context() as patch:
        patch.setattr(observer_directory.RoomObservers, "flushed", _raises)
        red.say(t="do", n=1, c="move", a=[])
        assert red.hear_next("do")["c"] == "move"
        heard, code = watcher.farewell()
    assert (heard[-1]["code"], heard[-1]["again"], code) == ("server-error", 0.5, 1001)
    assert errors(caplog) == ["in the room 'dots': what is shown of it failed, and ended"]
    again = visit()
    again.say(t="watch", room="dots")
    assert [one["id"] for one in again.hear_next("watching")["players"]] == ["red"]
    red.say(t="do", n=2, c="again", a=[])
    assert again.hear_next("do")["c"] == "again"


def test_a_message_whose_handling_raises_ends_its_connection_alone(
    server: RunningServer, visit: Visit, chess: Any, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    red, blue = visit("red"), visit("blue")
    whole = JsonPeer._handle_message

    def handle(peer: JsonPeer, message: Any, now: float) -> None:
        if type(message).__name__ == "SetRequest":
            raise RecursionError("planted")
        whole(peer, message, now)

    monkeypatch.setattr(JsonPeer, "_handle_message", handle)
    red.say(t="set", n=1, of="room", p={"a": 1})
    heard, code = red.farewell()
    assert (heard[-1]["code"], heard[-1]["again"], code) == ("server-error", 0.5, 1001)
    assert blue.hear_next("away")["by"] == "red"
    blue.say(t="do", n=1, c="move", a=[])
    assert blue.hear_next("do")["c"] == "move"
    assert errors(caplog) == ["in the room 'dots': a connection was ended, for something in the server failed"]


def test_a_connection_that_cannot_be_looked_after_ends_alone(
    server: RunningServer, visit: Visit, chess: Any, monkeypatch: Patch
) -> None:
    red, blue = visit("red"), visit("blue")
    own = server.ask(lambda: server.directory.rooms["dots"].sessions["red"].peer.connection)  # type: ignore[union-attr]
    whole = SocketConnection.unread
    monkeypatch.setattr(SocketConnection, "unread", lambda one: _raises() if one is own else whole(one))
    assert red.farewell()[0][-1]["code"] == "server-error"
    assert blue.hear_next("away")["by"] == "red"
    again = visit()
    assert again.hello("red", resume={"session": red.session, "seen": 2})["resumed"]


def test_a_server_ends_though_closing_fails(start_server: Callable[..., RunningServer], monkeypatch: Patch) -> None:
    server = start_server()
    with ExitStack() as stack:
        red = stack.enter_context(Foreign(server))
        red.hello("red")
        monkeypatch.setattr(Directory, "close", _raises)
        server.stop()
        assert red.farewell()[1] is not None


def get(server: RunningServer, path: str) -> tuple[int, str]:
    asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        asking.request("GET", path)
        answer = asking.getresponse()
        return answer.status, answer.read().decode()
    finally:
        asking.close()


def _raises(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("planted")
