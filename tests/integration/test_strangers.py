"""Clients that say what they should not: each is told, and harms nobody but itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast import Player
from roomcast.transports import connection_timers
from tests.integration.conftest import RunningServer
from tests.integration.foreign import BINARY, CLOSE, TEXT, Foreign, Raw
from tests.integration.rooms import notes, pump_until
from tests.waiting import wait_for

Visit = Callable[..., Foreign]


# ---------------------------------------------------------------- errors after which it goes on


@pytest.mark.parametrize(
    ("message", "code", "n"),
    [
        ({"t": "dance"}, "unknown-type", None),
        ({"t": "do", "n": 1, "c": "two words"}, "bad-name", 1),
        ({"t": "do", "n": 1, "c": ""}, "bad-name", 1),
        ({"t": "do", "n": 1, "c": "x" * 65}, "bad-name", 1),
        ({"t": "do", "n": 1, "c": "step", "a": 7}, "bad-argument", 1),
        ({"t": "do", "n": 1, "c": "step", "to": ["nobody"]}, "bad-argument", 1),
        ({"t": "set", "n": 1, "of": "you", "p": {}}, "bad-argument", 1),
        ({"t": "set", "n": 1, "of": "me", "p": {"x": "x" * 65_000, "y": "y" * 300}}, "state-full", 1),
    ],
)
def test_what_is_refused_is_said_and_the_connection_goes_on(
    visit: Visit, message: dict[str, Any], code: str, n: int | None
) -> None:
    red = visit("red")
    if code == "state-full":
        red.say(t="set", n=1, of="me", p={"z": "z" * 1000})
        red.hear_next("set")
        message, n = {**message, "n": 2}, 2
    red.say(**message)
    error = red.hear()
    assert (error["t"], error["code"], error.get("n")) == ("error", code, n)
    assert len(error["message"]) > 10
    red.say(t="do", n=(n or 0) + 1, c="still_here")
    assert red.hear()["c"] == "still_here"


# ---------------------------------------------------------------- errors that end it


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("garbage", "bad-message"),
        ("", "bad-message"),
        ("[1, 2]", "bad-message"),
        ('{"n": 1}', "bad-message"),
        ('{"t": "do", "n": "one", "c": "step"}', "bad-message"),
        ('{"t": "do", "n": 1, "c": "step", "a": [1}', "bad-message"),
        ("[" * 10_000, "too-big"),
        ('{"t": "do", "n": 1, "c": "say", "a": ["\\ud800"]}', "bad-message"),  # half a letter
        ('{"t": "hello", "room": "dots"}', "bad-message"),  # a second time
        ('{"t": "do", "n": 2, "c": "step"}', "gap"),
        ('{"t": "do", "n": 0, "c": "step"}', "gap"),
        ('{"t": "do", "n": -1, "c": "step"}', "gap"),
        ("x" * 65_537, "too-big"),
    ],
)
def test_what_is_no_message_is_told_and_ends_that_connection_alone(visit: Visit, sent: str, code: str) -> None:
    red, blue = visit("red"), visit("blue")
    red.hear_next("join")
    red.socket.send(sent)
    heard, close_code = red.farewell()
    assert [(message["t"], message["code"]) for message in heard] == [("error", code), ("bye", code)]
    assert heard[0]["message"] == heard[1]["message"]
    assert "again" not in heard[1]
    assert close_code == 1008
    blue.say(t="do", n=1, c="step")
    blue.hear_next("do")


def test_a_frame_over_the_limit_names_limit_value_and_setting(visit: Visit) -> None:
    red = visit("red")
    red.socket.send("x" * 70_000)
    assert red.hear()["message"] == "a frame is too big: 70000 where the limit is 65536 bytes (setting: message-size)"


def test_a_frame_of_many_megabytes_is_not_even_read(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.socket.sendall(b"\x81\xff" + (2**40).to_bytes(8) + b"\0\0\0\0")
        heard = raw.hear()
        assert heard is not None
        opcode, payload = heard
        assert opcode == CLOSE
        assert int.from_bytes(payload[:2]) == 1009  # RFC 6455, section 7.4.1: too big


@pytest.mark.parametrize("sent", ['{"t":"do","n":1,"c":"step"}', "garbage"])
def test_who_does_not_say_hello_first_is_told(visit: Visit, sent: str) -> None:
    client = visit()
    client.socket.send(sent)
    heard, close_code = client.farewell()
    assert [message["t"] for message in heard] == ["error", "bye"]
    assert heard[0]["code"] == ("bad-message" if sent == "garbage" else "hello-first")
    assert close_code == 1008


def test_a_client_of_another_version_is_told_which_ones_there_are(visit: Visit) -> None:
    client = visit()
    client.say(t="hello", room="dots", v=[3, 4])
    heard, _ = client.farewell()
    assert heard[-1]["code"] == "version"
    assert "speaks version 1, 2 of" in heard[-1]["message"]


@pytest.mark.parametrize("room", ["", "a/b", "x" * 65, "a\u0000b", "\u202e"])
def test_a_room_that_cannot_be_is_refused_by_the_server(visit: Visit, server: RunningServer, room: str) -> None:
    client = visit()
    client.say(t="hello", room=room)
    heard, _ = client.farewell()
    assert [message["code"] for message in heard] == ["bad-name", "bad-name"]
    assert server.ask(lambda: len(server.directory.rooms)) == 0


def test_binary_frames_are_refused(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b'{"t":"hello","room":"dots"}', BINARY)
        (_, bye), (opcode, close) = raw.farewell()
        assert json.loads(bye)["message"] == "messages come in text frames, not in binary ones"
        assert (opcode, int.from_bytes(close[:2])) == (CLOSE, 1008)


def test_text_that_is_not_utf_8_is_refused(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b'{"t":"hello","room":"dots"}\n{"t":"do","n":1,"c":"say","a":["\xff"]}')
        welcome, error, bye, _ = (payload for _, payload in raw.farewell())
        assert b"welcome" in welcome
        assert json.loads(error)["code"] == json.loads(bye)["code"] == "bad-message"
        assert "UTF-8" in json.loads(error)["message"]


def test_the_last_words_arrive_though_more_was_on_its_way(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b"garbage")
        for _ in range(100):  # 6 MB, which the server will not take in
            raw.send(b"x" * 60_000)
        codes = [json.loads(payload)["code"] for opcode, payload in raw.farewell() if opcode == TEXT]
        assert codes == ["bad-message", "bad-message"]


def test_a_connection_that_does_not_answer_the_close_is_ended_all_the_same(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_timers, "CLOSE_ANSWER_WITHIN", 0.1)
    with Raw(server) as raw:
        raw.send(b"garbage")
        frames = []
        try:
            while (heard := raw.hear()) is not None:
                frames.append(heard[0])
        except ConnectionResetError:
            pass
        assert frames == [TEXT, TEXT, CLOSE]


# ---------------------------------------------------------------- where pages come from


def test_a_page_of_another_site_may_not_connect(server: RunningServer) -> None:
    for origin in ("https://example.org", "null", f"http://127.0.0.1:{server.port + 1}"):
        with Raw(server, f"Origin: {origin}\r\n") as raw:
            assert raw.status == "403 Forbidden"
    assert server.ask(lambda: len(server.directory.peers)) == 0


def test_a_page_of_this_server_may(server: RunningServer) -> None:
    with Raw(server, f"Origin: http://127.0.0.1:{server.port}\r\n") as raw:
        assert raw.status.startswith("101")
        raw.send(b'{"t":"hello","room":"dots"}')
        assert raw.hear() is not None


# ---------------------------------------------------------------- strangers and Python players in one room


NESTED = json.loads("[" * 199 + "]" * 199)


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        ("[1e999]", []),
        ("[123456789012345678901234567890]", [123456789012345678901234567890, (123456789012345678901234567890,)]),
        ("[" * 200 + "]" * 200, [(NESTED,)]),
        ('{"player": 1}', [{"player": 1}]),
        ('{"": 1, "dx": 1}', [{"": 1, "dx": 1}]),
        ('{"dx": 1, "dx": 2}', [2, {"dx": 2}]),
        ("[1, 2, 3, 4, 5, 6, 7]", [(1, 2, 3, 4, 5, 6, 7)]),
        ('["\\u0000"]', [("\0",)]),
        ("[null]", [(None,)]),
        ("[true]", [(True,)]),
        ("[-0.0]", [0, (0,)]),
    ],
)
def test_only_functions_that_arguments_fit_are_run_and_the_game_goes_on(
    visit: Visit, server: RunningServer, arguments: str, ran: list[Any]
) -> None:
    with roomcast.join(server.address(), name="red") as red:
        seen: list[Any] = []

        @red.everywhere
        def move(player: Player, dx: int) -> None:
            assert type(dx) is int
            seen.append(dx)

        @red.on("move")
        def anything(*args: Any) -> None:
            seen.append(args)

        @red.on("move")
        def by_name(**kwargs: Any) -> None:
            seen.append(kwargs)

        red.on("error")(lambda error: None)
        over = notes(red, "over")
        stranger = visit("stranger")
        stranger.socket.send('{"t":"do","n":1,"c":"move","a":' + arguments + "}")
        stranger.say(t="do", n=2, c="over")
        pump_until(lambda: over, red)
        assert seen == ran


def test_a_stranger_cannot_act_as_somebody_else(visit: Visit, server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        heard = notes(red, "step")
        stranger = visit("stranger")
        stranger.say(t="do", n=1, c="step", by="red", s=1, at=0)
        pump_until(lambda: heard, red)
        assert heard == [("step", "stranger")]


def test_many_bad_ones_harm_nobody(visit: Visit, server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        heard = notes(red, "step")
        for count in range(50):
            with Raw(server) as raw:
                raw.socket.sendall(bytes((count * 7 + i * 13) % 256 for i in range(500)))
        red.send("step")
        pump_until(lambda: heard, red)
        wait_for(lambda: server.ask(lambda: len(server.directory.peers)) == 1, what="they are gone")
