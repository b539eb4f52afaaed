"""Clients that others wrote: fragments, pings and silence, as RFC 6455 has them."""

import json
import socket
from collections.abc import Callable

import pytest

from tests.integration.conftest import RunningServer
from tests.integration.foreign import PING, PONG, TEXT, Foreign, Raw, frame
from tests.waiting import wait_for

Start = Callable[..., RunningServer]
Visit = Callable[..., Foreign]


def test_a_message_in_fragments_is_put_together(visit: Visit) -> None:
    red = visit("red")
    red.socket.send(['{"t":"do","n":1,', '"c":"say","a":["é', "🐢", '"]}'])
    assert red.hear()["a"] == ["é🐢"]
    red.say(t="do", n=2, c="whole")
    assert red.hear()["c"] == "whole"


def test_letters_may_be_cut_by_fragments_and_pings_may_come_between(server: RunningServer) -> None:
    message = '{"t":"hello","room":"dots","name":"é🐢"}'.encode()
    with Raw(server) as raw:
        for count, byte in enumerate(message):
            raw.send(bytes([byte]), TEXT if count == 0 else 0, final=count == len(message) - 1)
            if count == 10:
                raw.send(b"still there?", PING)
        assert raw.hear() == (PONG, b"still there?")
        opcode, welcome = raw.hear() or (0, b"")
        assert opcode == TEXT
        assert json.loads(welcome)["me"] == "é🐢"


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        ([(b"x", 0, True)], "a fragment out of order"),
        ([(b"x", TEXT, False), (b"{}", TEXT, True)], "a fragment out of order"),
        (
            [(b"x" * 40_000, TEXT, False), (b"x" * 40_000, 0, True)],
            "80000 where the limit is 65536 bytes (setting: message-size)",
        ),
    ],
)
def test_fragments_that_make_no_message_end_the_connection(
    server: RunningServer, frames: list[tuple[bytes, int, bool]], why: str
) -> None:
    with Raw(server) as raw:
        for payload, opcode, final in frames:
            raw.send(payload, opcode, final=final)
        (_, bye), _ = raw.farewell()
        assert json.loads(bye)["t"] == "bye"
        assert why in json.loads(bye)["message"]


def test_endless_empty_fragments_cost_the_server_nothing(server: RunningServer) -> None:
    many = 90_000
    with Raw(server) as raw, Foreign(server) as other:
        raw.send(b"", TEXT, final=False)
        raw.socket.sendall(frame(b"", 0, final=False) * many)
        raw.send(b"", PING)
        assert raw.hear() == (PONG, b"")  # if each looked at all before it, that would take minutes
        other.hello("red")


def test_pings_are_answered(visit: Visit) -> None:
    red = visit("red")
    assert red.socket.ping().wait(10)


def test_who_is_silent_is_pinged_and_stays_if_it_answers(often: None, start_server: Start) -> None:
    server = start_server(ping_every=0.1, silent_for=60)  # a ping that is not answered is the last
    with Foreign(server) as red, Raw(server) as raw:
        red.hello("red")
        raw.send(b'{"t":"hello","room":"dots","name":"raw"}')
        raw.hear()
        pings = 0
        while pings < 5:
            opcode, payload = raw.hear() or (0, b"")
            assert opcode == PING
            pings += 1
            raw.send(payload, PONG)
        red.say(t="do", n=1, c="still_here")  # it has answered by itself
        assert red.hear_next("do")["c"] == "still_here"


def test_who_does_not_answer_pings_is_dropped(often: None, start_server: Start) -> None:
    server = start_server(ping_every=0.1, silent_for=0.3)
    with Raw(server) as raw:
        raw.send(b'{"t":"hello","room":"dots","name":"raw"}')
        raw.hear()
        assert raw.hear() == (PING, b"")
        log = server.directory.rooms["dots"].log
        wait_for(lambda: server.ask(lambda: not log.state.players["raw"].here), what="it is away")


def test_who_says_no_hello_in_time_is_sent_away_and_may_try_again(often: None, start_server: Start) -> None:
    server = start_server(hello_within=0.2)
    with Foreign(server) as client:
        heard, code = client.farewell()
    (bye,) = heard
    assert (bye["t"], bye["code"], bye["again"], code) == ("bye", "hello-late", 0.5, 1001)
    assert "setting: hello-within" in bye["message"]


def test_a_connection_that_asks_for_nothing_is_ended(start_server: Start) -> None:
    server = start_server(hello_within=0.2)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        assert connection.recv(1) == b""


def test_a_server_that_closes_says_when_to_come_back(server: RunningServer, visit: Visit) -> None:
    red = visit("red")
    server.stop()
    heard, code = red.farewell()
    assert heard[-1]["code"] == "closing"
    assert heard[-1]["again"] > 0
    assert code == 1001
