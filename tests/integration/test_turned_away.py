"""What a server says without a bye: close codes, and HTTP answers to the request for a WebSocket."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

import roomcast
from roomcast.core.client import backoff
from roomcast.core.client.backoff import MAX_IN_VAIN
from tests.integration.conftest import RunningServer
from tests.integration.foreign_server import WELCOME, foreign_server, raw_server, say, stay
from tests.integration.rooms import notes, pump_until
from tests.waiting import PATIENCE

FINAL = [1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4000, 4403, 4999]
FOR_NOW = [1000, 1001, 1011, 1012, 1013, 1014, 3008]


def join_as_game(where: str, **options: Any) -> None:
    roomcast.join(where, **options).leave()


def join_as_asyncio(where: str, **options: Any) -> None:
    async def enter() -> None:
        async with roomcast.connect(where, **options):
            pass

    asyncio.run(enter())


@pytest.fixture(params=[join_as_game, join_as_asyncio], ids=["game", "asyncio"])
def join(request: pytest.FixtureRequest) -> Callable[..., None]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients wait a hundredth of what they wait else, before they come back."""
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.05)
    monkeypatch.setattr(backoff, "LASTS", PATIENCE)  # on a busy machine it may take a while until a connection is ended


# ---------------------------------------------------------------------- close codes


@pytest.mark.parametrize("code", FINAL)
def test_a_close_code_that_means_never_ends_the_joining_at_once(join: Callable[..., None], code: int) -> None:
    with foreign_server(lambda connection: connection.close(code, "not in\nhere")) as server:
        with pytest.raises(roomcast.CannotConnect, match=rf"did not let us into 'dots': .*\({code}: not in here\)"):
            join(server.address)
        assert len(server.hellos) == 1


@pytest.mark.parametrize("code", FOR_NOW)
@pytest.mark.usefixtures("quick")
def test_a_close_code_that_may_pass_is_tried_again(join: Callable[..., None], code: int) -> None:
    def talk(connection: ServerConnection) -> None:
        if len(server.hellos) < 3:
            connection.close(code)
        else:
            say(connection, WELCOME)
            stay(connection)

    with foreign_server(talk) as server:
        join(server.address)
        assert len(server.hellos) == 3


@pytest.mark.usefixtures("quick")
def test_who_is_closed_again_and_again_before_any_welcome_is_told_what_was_said(join: Callable[..., None]) -> None:
    with foreign_server(lambda connection: connection.close(1013, "come tomorrow")) as server:
        with pytest.raises(roomcast.CannotConnect, match=r"10 connections in a row .*1013: come tomorrow"):
            join(server.address)
        assert len(server.hellos) == MAX_IN_VAIN


@pytest.mark.parametrize("code", FINAL)
def test_after_the_welcome_a_close_code_that_means_never_ends_the_room(code: int) -> None:
    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        connection.close(code, "enough")

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        felt = notes(room, "closed", "offline")
        pump_until(lambda: room.closed, room)
        assert felt == [("closed", f"the server closed the connection ({code}: enough)")]
        assert len(server.hellos) == 1
        with pytest.raises(roomcast.RoomClosed, match="enough"):
            room.send("step")


@pytest.mark.usefixtures("quick")
def test_a_server_that_welcomes_and_closes_for_ever_is_believed_in_the_end() -> None:
    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        connection.close(1011, "something is broken")

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        felt = notes(room, "closed")
        pump_until(lambda: room.closed, room)
        assert len(server.hellos) == MAX_IN_VAIN
        assert "something is broken" in felt[0][1]


@pytest.mark.usefixtures("quick")
def test_a_server_that_breaks_the_protocol_for_ever_is_left_in_the_end() -> None:
    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        say(connection, {"t": "do", "s": 99, "by": "red", "at": 0, "c": "step"})
        stay(connection)

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        felt = notes(room, "closed")
        pump_until(lambda: room.closed, room)
        assert len(server.hellos) == MAX_IN_VAIN
        assert "entry 99 came after 1" in felt[0][1]


@pytest.mark.parametrize("text", ["x" * 100_000, "a\x1b[2Jb\x00\r\nc\u202ed"])
def test_what_a_server_says_is_shown_on_one_line_and_has_a_length(join: Callable[..., None], text: str) -> None:
    bye = {"t": "bye", "code": "kicked", "message": text}
    with (
        foreign_server(lambda connection: say(connection, bye)) as server,
        pytest.raises(roomcast.CannotConnect) as failure,
    ):
        join(server.address)
    said = str(failure.value)
    assert len(said) < 700
    assert said.isprintable()
    assert failure.value.code == "kicked"


# ---------------------------------------------------------------------- codes for programs


def test_the_code_tells_full_from_forbidden(
    join: Callable[..., None], start_server: Callable[..., RunningServer]
) -> None:
    server = start_server(room_players=1)
    with roomcast.join(server.address()):
        with pytest.raises(roomcast.CannotConnect) as failure:
            join(server.address())
        assert failure.value.code == "room-full"
    server = start_server(connections=1)
    with roomcast.join(server.address()), pytest.raises(roomcast.CannotConnect) as failure:
        join(server.address())
    assert failure.value.code == "server-full"


def test_a_code_that_is_none_of_ours_is_none(join: Callable[..., None], unused_port: int) -> None:
    with foreign_server(lambda connection: say(connection, {"t": "bye", "code": "banana", "message": "no"})) as server:
        with pytest.raises(roomcast.CannotConnect, match=r": no \(help") as failure:
            join(server.address)
        assert failure.value.code is None
    with pytest.raises(roomcast.CannotConnect) as failure:
        join(f"127.0.0.1:{unused_port}/dots")
    assert failure.value.code is None


# ---------------------------------------------------------------------- HTTP


def http(status: str, body: str = "", *fields: str) -> Callable[[socket.socket], None]:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *fields])
    return lambda connection: connection.sendall(f"{head}\r\n\r\n{body}".encode())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (http("403 Forbidden", "not from here\n"), "answered 403 Forbidden: not from here - it does not let"),
        (
            http("404 Not Found", "<h1>no</h1>", "Content-Type: text/html"),
            "answered 404 Not Found - is there a Roomcast",
        ),
        (
            http("421 Misdirected Request", "who is that?"),
            "answered 421 Misdirected Request: who is that.*--allow-host",
        ),
        (http("426 Upgrade Required"), "answered 426 Upgrade Required - it speaks another version"),
        (http("429 Too Many Requests", "slowly"), "answered 429 Too Many Requests: slowly - .*wait a little"),
        (http("503 Service Unavailable"), "answered 503 Service Unavailable - .*wait a little"),
        (http("302 Found", "", "Location: http://elsewhere/x"), r"another place \(302 Found: http://elsewhere/x\)"),
        (http("599 Whatever"), "is no Roomcast server|answered 599"),
        (http("200 OK", "hello"), "is no Roomcast server"),
    ],
)
def test_an_http_answer_is_a_sentence_with_its_status_and_what_it_says(
    join: Callable[..., None], answer: Callable[[socket.socket], None], sentence: str
) -> None:
    with raw_server(answer) as address, pytest.raises(roomcast.CannotConnect, match=sentence):
        join(address)


def test_an_answer_without_end_is_no_answer(join: Callable[..., None]) -> None:
    sent = 0

    def talk(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            connection.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")
            sent += 8000

    with raw_server(talk) as address, pytest.raises(roomcast.CannotConnect, match="is no Roomcast server"):
        join(address)
    assert sent < 8 * 1024 * 1024


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("status", "tries"), [("403 Forbidden", 1), ("404 Not Found", MAX_IN_VAIN - 1)])
def test_after_the_welcome_http_answers_end_the_room_where_they_will_not_pass(status: str, tries: int) -> None:
    told = 0

    def refuse(connection: socket.socket) -> None:
        nonlocal told
        told += 1
        http(status, "gone")(connection)

    cut = threading.Event()
    with (
        raw_server(refuse) as elsewhere,
        foreign_server(lambda connection: (say(connection, WELCOME), cut.wait(10))) as server,
    ):
        room = roomcast.join(server.address)
        felt = notes(room, "closed")
        room._network._link._url = f"ws://{elsewhere}"
        cut.set()
        pump_until(lambda: room.closed, room)
        assert f"the server answered {status[:3]}: gone" in felt[0][1]
        assert told == tries
