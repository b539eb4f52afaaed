"""Finding a server and getting in, for both clients alike: who cannot is told why, at once, in a sentence."""

import asyncio
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

import roomcast
from roomcast.transports.event_loop import new_loop
from tests.integration.conftest import RunningServer
from tests.waiting import TOO_LONG

Join = Callable[..., str]


def join_as_game(where: str, name: str = "", timeout: float = TOO_LONG) -> str:
    with roomcast.join(where, name=name, timeout=timeout) as room:
        return room.me.id


def join_as_asyncio(where: str, name: str = "", timeout: float = TOO_LONG) -> str:
    async def enter() -> str:
        async with roomcast.connect(where, name=name, timeout=timeout) as room:
            return room.me.id

    return asyncio.run(enter())


@pytest.fixture(params=[join_as_game, join_as_asyncio], ids=["game", "asyncio"])
def join(request: pytest.FixtureRequest) -> Join:
    """Joins, and leaves at once; gives the player's id. After it, nothing of it still runs."""
    join_for_real = request.param

    def join_and_look(where: str, **options: Any) -> str:
        try:
            return str(join_for_real(where, **options))
        finally:
            left = [thread.name for thread in threading.enumerate() if thread.name == f"roomcast {where}"]
            assert left == []

    return join_and_look


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def plain_web() -> Iterator[int]:
    """The port of a web server that is no Roomcast."""

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the name that the base class calls
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        yield web.server_port
        web.shutdown()
        thread.join()


@pytest.fixture
def slamming() -> Iterator[int]:
    """A port that takes connections and ends each at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def slam() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if connection.recv(4096) == b"end":
                        return

        thread = threading.Thread(target=slam)
        thread.start()
        yield listener.getsockname()[1]
        with socket.create_connection(listener.getsockname()) as last:
            last.sendall(b"end")
        thread.join()


@pytest.fixture
def gibberish() -> Iterator[int]:
    """The port of a WebSocket server for something else altogether."""

    def talk(connection: ServerConnection) -> None:
        connection.send("[1, 2, 3]")
        for _ in connection:
            pass

    with serve(talk, "127.0.0.1", 0, subprotocols=["roomcast.1"]) as web:  # type: ignore[list-item]
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield web.socket.getsockname()[1]
        web.shutdown()
        thread.join()


# ---------------------------------------------------------------- no Roomcast server there


def test_where_nobody_listens_one_is_told_how_to_start_a_server(join: Join, unused_port: int) -> None:
    with pytest.raises(roomcast.CannotConnect, match=f"no server answers at 127.0.0.1:{unused_port}.*roomcast serve"):
        join(f"127.0.0.1:{unused_port}/dots")


@pytest.mark.parametrize("other", ["plain_web", "slamming", "gibberish"])
def test_what_is_no_roomcast_server_is_named(join: Join, other: str, request: pytest.FixtureRequest) -> None:
    port = request.getfixturevalue(other)
    with pytest.raises(roomcast.CannotConnect, match=f"answers at 127.0.0.1:{port} is no Roomcast server"):
        join(f"127.0.0.1:{port}/dots")


@pytest.mark.parametrize("when", ["when it is connected", "when the loop has just got it"])
@pytest.mark.parametrize("new", [new_loop, asyncio.SelectorEventLoop])
def test_a_socket_that_is_reset_while_connecting_is_closed_once(
    monkeypatch: pytest.MonkeyPatch, new: Callable[[], asyncio.AbstractEventLoop], when: str
) -> None:
    """One that still had its number would later close whoever has that number by then."""
    made = []
    with socket.create_server(("127.0.0.1", 0)) as listener, asyncio.Runner(loop_factory=new) as runner:
        loop = type(runner.get_loop())
        connect = loop.sock_connect

        async def connect_and_be_reset(running: Any, one: socket.socket, address: Any) -> None:
            await connect(running, one, address)
            made.append((one, one.fileno()))
            if when == "when it is connected":
                reset()
            else:
                running.call_soon(reset)

        def reset() -> None:
            with listener.accept()[0] as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        async def enter() -> None:
            await roomcast.connect(f"127.0.0.1:{listener.getsockname()[1]}/dots").__aenter__()

        monkeypatch.setattr(loop, "sock_connect", connect_and_be_reset)
        with pytest.raises(roomcast.CannotConnect, match="is no Roomcast server"):
            runner.run(enter())
    assert made
    for one, number in made:
        assert one.fileno() == -1
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)


def test_a_port_that_never_answers_is_given_up_in_time(join: Join, silent: int) -> None:
    with pytest.raises(roomcast.CannotConnect, match=r"does not answer within 0\.2 seconds"):
        join(f"127.0.0.1:{silent}/dots", timeout=0.2)


def test_the_starter_port_is_not_for_these_clients(join: Join, server: RunningServer) -> None:
    with pytest.raises(roomcast.CannotConnect, match="is no Roomcast server: is the port right"):
        join(f"127.0.0.1:{server.starter_port}/dots", timeout=0.2)


def test_a_name_that_no_computer_can_have_is_said_so(join: Join) -> None:
    with pytest.raises(roomcast.BadArgument, match=r"'a\.\.b/dots' is no address of a server"):
        join("a..b/dots")  # known without asking the network


def test_it_is_a_connection_error_and_shows_no_other(join: Join, unused_port: int) -> None:
    with pytest.raises(ConnectionError) as failure:
        join(f"127.0.0.1:{unused_port}/dots")
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


# ---------------------------------------------------------------- a server that does not let us in


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two\nlines", r"holds the character U\+000A .*remove it"),
        ("x" * 65, "is too long: 65 where the limit is 64 characters"),
        ("   ", "is empty"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(
    join: Join, server: RunningServer, name: str, reason: str
) -> None:
    with pytest.raises(roomcast.BadArgument, match=f"a player's name {reason}"):
        join(server.address(), name=name)


def test_a_name_that_this_server_does_not_take_is_refused_with_the_reason(
    join: Join, start_server: Callable[..., RunningServer]
) -> None:
    with pytest.raises(
        roomcast.CannotConnect, match="did not let us into 'dots': a player's name is too long: 8 where"
    ):
        join(start_server(name_length=5).address(), name="too long")


@pytest.mark.parametrize("room", ["a\tb", "a/b", "x" * 65, ""])
def test_a_room_that_cannot_be_fails_before_anything_is_sent(join: Join, unused_port: int, room: str) -> None:
    with pytest.raises(roomcast.BadArgument, match="room's name"):
        join(f"127.0.0.1:{unused_port}/{room}")


def test_a_full_room_is_said_to_be_full(join: Join, start_server: Callable[..., RunningServer]) -> None:
    server = start_server(room_players=2)
    with roomcast.join(server.address()), roomcast.join(server.address()):
        with pytest.raises(roomcast.CannotConnect, match=r"room 'dots' is full: 2 .*setting: room-players"):
            join(server.address())
        assert join(server.address("elsewhere")) == "player"
    assert join(server.address()) == "player"


@pytest.mark.parametrize("setting", ["connections", "connections_address"])
def test_a_full_server_is_said_to_be_full(join: Join, start_server: Callable[..., RunningServer], setting: str) -> None:
    server = start_server(**{setting: 1})
    with (
        roomcast.join(server.address()),
        pytest.raises(roomcast.CannotConnect, match=f"setting: {setting.replace('_', '-')}"),
    ):
        join(server.address())


# ---------------------------------------------------------------- and one that does


def test_a_name_makes_an_id_and_the_second_of_that_name_another(join: Join, server: RunningServer) -> None:
    with roomcast.join(server.address(), name="Ada Lovelace") as ada:
        assert ada.me.id == "Ada_Lovelace"
        assert ada.me.name == "Ada Lovelace"
        assert join(server.address(), name="Ada Lovelace") == "Ada_Lovelace2"


def test_a_room_alone_is_on_the_server_that_the_environment_names(
    join: Join, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMCAST_SERVER", f"localhost:{server.port}")
    assert join("dots", name="red") == "red"


@pytest.mark.parametrize("form", ["ws://127.0.0.1:{}/dots", "http://127.0.0.1:{}/dots", "localhost:{}/dots"])
def test_an_address_may_be_written_in_several_ways(join: Join, server: RunningServer, form: str) -> None:
    with roomcast.join(server.address(), name="red"):
        assert join(form.format(server.port), name="red") == "red2"


# ---------------------------------------------------------------------- by its code


def test_a_room_is_joined_by_its_code_too(server: RunningServer) -> None:
    with roomcast.join(server.address("class 7b"), name="Ada") as ada:
        code = ada.code
        with roomcast.join(server.address(code.lower()), name="Alan") as alan:
            assert (alan.name, alan.code) == ("class 7b", code)
            assert [player.id for player in alan.players] == ["Ada", "Alan"]

        async def by_code() -> tuple[str, str]:
            async with roomcast.connect(server.address(f"{code[:2]}-{code[2:]}")) as room:
                return room.name, room.code

        assert asyncio.run(by_code()) == ("class 7b", code)
