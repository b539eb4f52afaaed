"""What a hostile server can make a client hold, and believe: bounded, and in the end a sentence."""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

import roomcast
from roomcast.client import link, players
from roomcast.core.client import backoff
from roomcast.transports import picows_client
from tests.integration.conftest import RunningServer
from tests.integration.foreign_server import WELCOME, foreign_server, raw_server, say, stay
from tests.integration.rooms import notes, pump_until
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.05)


MOST = 1_000_000  # bytes of a frame, in these tests


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picows_client, "MAX_FRAME_SIZE", MOST)
    monkeypatch.setattr(backoff, "LASTS", PATIENCE)  # on a busy machine it may take a while until a connection is ended


def fragments(connection: ServerConnection, sizes: Callable[[int], int]) -> int:
    """Send fragments without end; returns the bytes that were sent."""
    sent = 0

    def pieces() -> Any:
        nonlocal sent
        number = 0
        while True:
            piece = "x" * sizes(number)
            sent += len(piece) + 2
            number += 1
            yield piece

    try:
        connection.send(pieces())
    except ConnectionClosed:
        pass
    return sent


@pytest.mark.usefixtures("small")
def test_fragments_without_end_end_the_connection_and_in_the_end_the_room() -> None:
    sent: list[int] = []

    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        sent.append(fragments(connection, lambda number: 50_000))

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        felt = notes(room, "closed")
        pump_until(lambda: room.closed, room, within=30)
    assert "message of more than 1000000 bytes" in felt[0][1]
    assert max(sent) < 100 * MOST  # what the system takes on the way; it was without end


@pytest.mark.usefixtures("small")
def test_a_giant_frame_ends_the_connection_and_in_the_end_the_room() -> None:
    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        connection.send("x" * (MOST + 1))
        stay(connection)

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        notes(room, "closed")
        pump_until(lambda: room.closed, room, within=30)
    assert len(server.hellos) <= backoff.MAX_IN_VAIN


@pytest.mark.usefixtures("small")
def test_the_header_of_a_giant_frame_is_enough_to_end_the_room() -> None:
    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        connection.socket.sendall(b"\x81\x7f" + (MOST + 1).to_bytes(8))
        stay(connection)

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        felt = notes(room, "closed")
        pump_until(lambda: room.closed, room)
    assert "a message of more than 1000000 bytes" in felt[0][1]
    assert len(server.hellos) == 1


DEEP = "[" * 5000 + "]" * 5000
ENTRY = {"t": "do", "s": 2, "by": "red", "at": 0, "c": "step"}

NONSENSE: list[Any] = [
    {**ENTRY, "s": 2**70},
    {**ENTRY, "s": -1},
    {**ENTRY, "s": 1.5},
    {**ENTRY, "at": 1e400},
    {**ENTRY, "at": "now"},
    {**ENTRY, "by": None},
    {"t": "skipped", "from": 2, "to": 2**70, "snapshot": {}},
    {"t": "skipped", "from": -5, "to": -1, "snapshot": {}},
    {"t": "skipped", "from": 2, "to": 9, "snapshot": []},
    {"t": "report", "every": -(2**70)},
    {"t": "bye", "code": 7, "message": None},
    {"t": "welcome"},
    [],
    7,
    None,
]


NO_MESSAGES = [DEEP, '{"t":"do","s":2,"by":"red","at":0,"c":"x","a":' + DEEP + "}", "\ud800", "{", "\x00", "NaN"]


@pytest.mark.parametrize("message", [*map(json.dumps, NONSENSE), *NO_MESSAGES])
def test_nonsense_ends_the_connection_and_in_the_end_the_room_is_closed_with_a_sentence(message: str) -> None:
    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        connection.send(message.encode("utf-8", "surrogatepass"), text=True)
        stay(connection)

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        felt = notes(room, "closed")
        pump_until(lambda: room.closed, room, within=30)
    assert felt[0][1].isprintable()
    assert len(felt[0][1]) < 700


ABSURD: list[dict[str, Any]] = [
    {"s": 2**70},
    {"s": -1},
    {"n": 2**70},
    {"n": -1},
    {"epoch": 2**70},
    {"lost": -1},
    {"time": 1e400},
    {"limits": {"message_size": 0, "rate": 240, "burst": 480, "silent_for": 25}},
    {"limits": {"message_size": -5, "rate": -1, "burst": -1, "silent_for": -1}},
    {"limits": {}},
    {"me": ""},
]


@pytest.mark.parametrize("absurd", ABSURD, ids=repr)
def test_an_absurd_welcome_is_refused_or_does_no_harm(absurd: dict[str, Any]) -> None:
    def talk(connection: ServerConnection) -> None:
        text = json.dumps({**WELCOME, **absurd}).replace("Infinity", "1e400")
        connection.send(text)
        stay(connection)

    with foreign_server(talk) as server:
        try:
            room = roomcast.join(server.address, timeout=5)
        except roomcast.CannotConnect:
            return
        room.send("step")
        room.leave()


def test_an_entry_that_cannot_be_run_closes_the_room_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a server sends that nobody has thought of: the states would differ from then on."""

    def talk(connection: ServerConnection) -> None:
        say(connection, WELCOME)
        say(connection, {"t": "set", "s": 2, "by": "red", "at": 0, "of": "room", "p": {"x": 1}}, {**ENTRY, "s": 3})
        stay(connection)

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("nobody has thought of it")

    with foreign_server(talk) as server:
        room = roomcast.join(server.address)
        monkeypatch.setattr(players, "apply", fail)
        felt = notes(room, "closed", "step", "set")
        pump_until(lambda: room.closed, room)
        assert [one[0] for one in felt] == ["closed"]
        assert "cannot be run: ZeroDivisionError: nobody has thought of it" in felt[0][1]
        with pytest.raises(roomcast.RoomClosed):
            room.send("step")


def test_a_server_that_sends_an_endless_answer_is_left_in_time() -> None:
    def talk(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"x" * 10_000)

    with raw_server(talk) as address, pytest.raises(roomcast.CannotConnect):
        roomcast.join(address)


# ---------------------------------------------------------------------- a program that does not take what arrives


@pytest.mark.parametrize("kept", [20_000, 500], ids=["all is kept", "it is skipped"])
def test_a_program_that_does_not_pump_holds_little_and_comes_back_well(
    start_server: Callable[..., RunningServer], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MAX_BACKLOG", 1000)
    server = start_server(kept_entries=kept, kept_bytes=64 * 2**20, unread=64 * 1024)
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        text = "x" * 2000
        sent = 6000
        for number in range(sent):
            while blue.unacknowledged > 100:
                blue.pump(wait=0.01)
            blue.send("say", text, number)
            blue.state["number"] = number
        pump_until(lambda: blue.unacknowledged == 0, blue, within=60)
        assert red._network.paused
        assert 1000 <= len(red._core.events) < 4000  # of 12,000 that were sent
        felt = notes(red, "skipped", "offline", "closed")
        heard = notes(red, "say")
        pump_until(lambda: red.seq == blue.seq, red, blue, within=60)
        assert red.state["number"] == sent - 1
        numbers = [one[3] for one in heard]
        assert numbers == sorted(set(numbers))
        assert ("skipped" in {one[0] for one in felt}) == (kept == 500)
        assert (len(numbers) == sent) == (kept != 500)
        blue.send("say", "again", sent)
        pump_until(lambda: heard[-1][3] == sent, red, blue)


def test_an_asyncio_program_that_does_not_iterate_holds_little_and_comes_back_well(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MAX_BACKLOG", 500)

    async def play() -> None:
        async with (
            roomcast.connect(server.address(), name="red") as red,
            roomcast.connect(server.address(), name="blue") as blue,
        ):
            assert red._network is not None
            number = 0
            while not red._network.paused:
                blue.send("say", number)
                number += 1
                assert (await anext(blue)).kind in ("do", "join")
            assert 500 <= len(red._core.events) < 1000
            for _ in range(1000):
                blue.send("say", number)
                number += 1
                await anext(blue)
            while blue.unacknowledged:
                await anext(blue)
            assert len(red._core.events) < 1000
            numbers = []
            while len(numbers) < number:
                entry = await anext(red)
                if entry.kind == "do":
                    numbers.append(entry.args[0])
            assert numbers == list(range(number))

    asyncio.run(asyncio.wait_for(play(), 60))


# ---------------------------------------------------------------------- of two addresses the first is dead


def test_of_two_addresses_the_dead_one_costs_a_moment(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # then nobody is answered any more
            one.setblocking(False)
            one.connect_ex(full.getsockname())

        def two(host: str, port: int, **_: Any) -> list[Any]:
            dead, good = full.getsockname(), ("127.0.0.1", port)
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", where) for where in (dead, good)]

        monkeypatch.setattr(socket, "getaddrinfo", two)
        with roomcast.join(f"twofold.example:{server.port}/dots", name="red") as room:
            assert room.me.id == "red"
        for one in waiting:
            one.close()


@pytest.mark.usefixtures("often")
def test_a_program_that_was_dropped_for_not_reading_comes_back_well(
    start_server: Callable[..., RunningServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MAX_BACKLOG", 500)
    server = start_server(kept_entries=500, unread=32 * 1024, unread_for=0.5)
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        gone = notes(blue, "away", "back", "leave")
        number, text = 0, "x" * 4000
        while not gone:
            if blue.unacknowledged < 100:
                number += 1
                blue.send("say", text, number)
                blue.state["number"] = number
            blue.pump(wait=0.001)
        assert gone == [("away", "red")]
        server.set_limits(unread_for=60.0)  # from here on it reads, but on a busy computer perhaps nothing for a moment
        assert len(red._core.events) < 5000
        felt = notes(red, "offline", "closed", "lost")
        pump_until(lambda: red.state.get("number") == number and red.seq == blue.seq, red, blue, within=60)
        assert [one[0] for one in felt] == ["offline"]
        assert ("back", "red") in gone
        red.send("say", text, 0)
        pump_until(lambda: red.unacknowledged == 0, red, blue)
